import { readCase } from '../app/review/case.ts';
import { noticeDueOn } from '../app/status.ts';
import { denialLeft, offerStateOf } from '../domain/decision/offer-state.ts';
import { decidedByInWords, type DecisionRecord } from '../domain/decision/record.ts';
import type { LedgerEntry } from '../domain/ledger/chain.ts';
import { readBody } from '../domain/ledger/events.ts';
import { openDraft } from '../domain/projections/task.ts';
import { decisionInWords, readDecision, readApplicationView, type ApplicationView } from './application-view.ts';
import { caseEvidence, caseOnLedger, evidenceLines, ledgerLines } from './case-screen.ts';
import { EXIT, notFound, type ExitCode } from './failure.ts';
import { noticeLines, noticeStates } from './notices.ts';
import { openRecords } from './open-records.ts';
import type { ReaderOptions } from './recorded-read.ts';
import type { CommonOptions } from './run-options.ts';
import { outcomeStyled, plainLine, print, printJson } from './terminal.ts';

interface StatusOptions extends CommonOptions, ReaderOptions {
  /** Opens what the case's decision reads. */
  readonly case?: boolean;
}

/** Prints an application's status, and what was decided; of one that waits, who works on it and all that a decision needs. */
export async function status(applicationId: string, options: StatusOptions): Promise<ExitCode> {
  const { data, keyDir, aws, json } = options;
  const records = await openRecords({ data, keyDir, aws });
  try {
    const entries = await records.ledger.read(applicationId);
    const view = await readApplicationView(records, applicationId, entries);
    if (!view) throw notFound(applicationId, records);
    const decision = view.status === 'FORGOTTEN' ? undefined : await readDecision(records, applicationId);
    const reviewed = await readCase(records, entries);
    const { supported = [] } = reviewed ?? {};
    const draft = draftOf(entries);
    const work = caseOnLedger(records, entries);
    const opened = options.case ? await caseEvidence(records, entries, reviewed, options) : undefined;
    if (json) {
      const stated = {
        ...view,
        decision: decision ?? null,
        supportedReasons: supported,
        draft,
        case: work ?? null,
        notices: noticeStates(entries),
      };
      printJson({ ...stated, ...(opened && { evidence: opened }) });
      return EXIT.OK;
    }
    const lines = [
      ...viewLines(view),
      ...(work ? ledgerLines(work) : []),
      ...(opened ? evidenceLines(opened) : []),
      ...(draft ? [draftLine(draft)] : []),
      ...supported.map(({ code, text, name }) => `  reason     ${code}  ${text} (${plainLine(name)})`),
      ...(decision ? decisionLines(decision, entries) : []),
      ...noticeLines(entries),
    ];
    for (const line of lines) print(line);
    return EXIT.OK;
  } finally {
    records.close();
  }
}

const draftLine = ({ action, by, second, address }: NonNullable<ReturnType<typeof draftOf>>): string =>
  `  draft      ${action} by ${plainLine(by)}, for a second person (${second.join(', ')}): --draft ${address}`;

/** The draft that waits for a second person; null where none does. */
function draftOf(entries: readonly LedgerEntry[]) {
  const entry = openDraft(entries);
  if (!entry) return null;
  const { action, role, second, evidence } = readBody(entry, 'REVIEW_DRAFTED');
  return { action, by: entry.actor, role, second, address: evidence[0]?.address ?? '' };
}

function* viewLines(view: ApplicationView): Generator<string> {
  const { applicationId, status, receivedAt, outcome, reopenings, waitsFor, waitsSince } = view;
  yield `${plainLine(applicationId)}  ${outcomeStyled(status)}${outcome ? ` ${outcomeStyled(outcome)}` : ''}`;
  yield `  received   ${receivedAt}`;
  if (reopenings > 0) yield `  reopened   ${reopenings === 1 ? 'once' : `${reopenings} times`}: see its trace`;
  if (waitsSince) yield `  waits      since ${waitsSince} for: ${plainLine(waitsFor.join(', '))}`;
}

function* decisionLines(decision: DecisionRecord, entries: readonly LedgerEntry[]): Generator<string> {
  const closing = offerStateOf(entries);
  const isOver = closing.state === 'WITHDRAWN' || closing.state === 'LAPSED';
  yield `  decided    ${decision.decidedAt} by ${plainLine(decidedByInWords(decision))}`;
  if (isOver)
    yield `  ${closing.state.toLowerCase().padEnd(10)} ${closing.entry.occurredAt}: it closed the decision ${decision.outcome}`;
  else yield `  decision   ${plainLine(decisionInWords(decision))}`;
  const denial = denialLeft(entries);
  if (denial) yield `  denied     ${denial.occurredAt}: the withdrawal ended the review, and the denial counts`;
  if (decision.supersedes) yield `  replaces   ${decision.supersedes.decision}: ${decision.supersedes.why}`;
  yield `  notice due ${noticeDueOn(entries, decision)}`;
}
