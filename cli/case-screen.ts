import { viewOf } from '../app/casework/command.ts';
import { sealedWork, WORK_KINDS } from '../app/casework/sealed-work.ts';
import type { ReviewedCase } from '../app/review/case.ts';
import { allowedActions } from '../app/review/judge-command.ts';
import { readEvidence } from '../app/workflow/read-evidence.ts';
import type { Records } from '../audit/records.ts';
import type { Application } from '../domain/application/submission.ts';
import { caseOf } from '../domain/casework/case.ts';
import type { Review } from '../domain/decision/review.ts';
import type { Json } from '../domain/json.ts';
import type { LedgerEntry } from '../domain/ledger/chain.ts';
import { evidenceNamedBy } from '../domain/ledger/events.ts';
import { ofNewestExecution } from '../domain/ledger/reopening.ts';
import { openDraft } from '../domain/projections/task.ts';
import { REASONS, type ReasonCode } from '../domain/reasons/catalogue.ts';
import { statusOf } from '../domain/status.ts';
import { offerInWords } from './application-view.ts';
import { caseLines } from './case.ts';
import { recordedRead, type ReaderOptions } from './recorded-read.ts';
import type { CommonOptions } from './run-options.ts';
import { plainLine } from './terminal.ts';

/** What the ledger alone shows of a case: who works on it, its clocks, and the actions that its task takes. */
export function caseOnLedger({ clock }: Pick<Records, 'clock'>, entries: readonly LedgerEntry[]) {
  const found = caseOf(entries);
  if (!found) return undefined;
  const { decided = false } = statusOf(entries) ?? {};
  return {
    ...viewOf(found, clock.now().toISOString()),
    actions: allowedActions({ queue: found.queue, decided, drafted: openDraft(entries) !== undefined }),
  };
}

export function* ledgerLines(shown: NonNullable<ReturnType<typeof caseOnLedger>>): Generator<string> {
  yield* caseLines(shown);
  yield `  actions    ${shown.actions.join(', ')}`;
}

/** What a decision reads beside the ledger: reports without identity, score, rules, possible offers, and people's words. */
export async function caseEvidence(
  { evidence }: Pick<Records, 'evidence'>,
  all: readonly LedgerEntry[],
  reviewed: ReviewedCase | undefined,
  { data, keyDir, aws, ...reader }: CommonOptions & ReaderOptions,
) {
  const entries = ofNewestExecution(all);
  const { waiting } = statusOf(all) ?? {};
  if (waiting?.kind !== 'TASK') return undefined;
  const { applicationId } = waiting.entry;
  const policy = reviewed?.policy ?? null;
  const named = entries.flatMap(evidenceNamedBy);
  const of = (kind: string) => named.filter((each) => each.kind === kind).map(({ address }) => address);
  const kinds = ['bureau-report', 'score', 'review', ...WORK_KINDS].filter((kind) => of(kind).length > 0);
  const read = {
    command: 'status --case',
    action: 'READ_REVIEW' as const,
    kinds: [...(reviewed ? ['application'] : []), ...kinds, ...(policy ? ['policy'] : [])],
  };
  if (read.kinds.length > 0) await recordedRead({ data, keyDir, aws }, applicationId, read, reader);
  const scored = of('score').at(-1);
  return {
    application: reviewed?.application ?? null,
    reports: await Promise.all(
      [...new Set(of('bureau-report'))].map((address) =>
        readEvidence(evidence, applicationId, 'bureau-report', address),
      ),
    ),
    score: scored ? (await readEvidence(evidence, applicationId, 'score', scored)).result : null,
    policy,
    reviews: await Promise.all(of('review').map((address) => readEvidence(evidence, applicationId, 'review', address))),
    ...(await sealedWork(evidence, entries)),
  };
}

type Shown = NonNullable<Awaited<ReturnType<typeof caseEvidence>>>;

export function* evidenceLines(shown: Shown): Generator<string> {
  const { application, reports, score, policy, reviews } = shown;
  if (application) yield* applicationLines(application);
  for (const { bureau, status, alerts, mismatches, attributes } of reports) {
    const kinds = [...alerts, ...mismatches];
    yield `  report     ${bureau}: ${status}${kinds.length > 0 ? ` (${plainLine(kinds.join(', '))})` : ''}`;
    for (const [name, value] of Object.entries(attributes ?? {}))
      yield `               ${wordsOf(name)}: ${value ?? 'unknown'}`;
  }
  if (score) yield `  score      ${score.score}, probability of default ${(score.pdMicros / 10_000).toFixed(2)} %`;
  if (policy) {
    for (const { id, action, result } of policy.rules.filter(({ result }) => !result.endsWith('PASSED'))) {
      yield `  rule       ${id}: ${action} (${result})`;
    }
    for (const code of policy.reasons) yield `  reason     ${code} ${REASONS[code as ReasonCode]}`;
    for (const offer of policy.offers) yield `  offer      ${offerInWords(offer)}`;
    if (policy.conditions.length > 0) yield `  verify     ${policy.conditions.join(', ')}`;
  }
  for (const each of reviews) yield* reviewLines(each);
  yield* wordLines(shown);
}

/** Comments, requests and documents. */
function* wordLines({
  comments,
  requests,
  documents,
}: Pick<Shown, 'comments' | 'requests' | 'documents'>): Generator<string> {
  for (const { at, by, from, text } of comments)
    yield `  comment    ${at} ${by}${ofApplicant(from)}: ${plainLine(text)}`;
  for (const { at, by, text, answerBy } of requests)
    yield `  request    ${at} ${by}, until ${answerBy}: ${plainLine(text)}`;
  for (const { at, by, from, name, mediaType, bytes, document } of documents) {
    yield `  document   ${at} ${by}${ofApplicant(from)}: ${plainLine(name)} (${mediaType}, ${bytes} bytes) ${document}`;
  }
}

const ofApplicant = (from: string): string => (from === 'APPLICANT' ? ' for the applicant' : '');

/** A field's name in words: `monthlyObligationsCents` is `monthly obligations in cents`. */
const wordsOf = (name: string): string =>
  name
    .replace(/(Cents|Percent|Months)$/, (unit) => `In${unit}`)
    .replaceAll(/([A-Z]|\d+)/g, (part) => ` ${part.toLowerCase()}`);

/** What the applicant stated, without the identity. */
function* applicationLines(application: Application): Generator<string> {
  const { product, request, income, employment, housing, residence } = application;
  const deposits = 'deposits' in application ? application.deposits : undefined;
  for (const [name, value] of Object.entries({ product, request, income, employment, housing, residence, deposits }))
    if (value !== undefined) yield `  applied    ${name}: ${plainLine(factsIn(value))}`;
}

/** A person's answer or draft: its terms, reasons and note. */
function* reviewLines(reviewed: Review): Generator<string> {
  const { at, by, role, action, offer, reasons, ownReason, confirmation, note } = reviewed;
  const stated = [
    ...reasons.map((code) => `${code} ${REASONS[code as ReasonCode]}`),
    ...(ownReason ? [ownReason] : []),
  ];
  const terms = [...(offer ? [offerInWords(offer)] : []), ...stated].join('; ');
  yield `  review     ${at} ${by}${role ? ` as ${role}` : ''}: ${action} ${plainLine(terms)}`;
  yield `               ${plainLine(note)}`;
  if (confirmation) yield `               ${confirmation.by} as ${confirmation.role}: ${plainLine(confirmation.note)}`;
}

/** The members of a part of an application in words. */
function factsIn(part: Json | undefined): string {
  if (part === null || part === undefined) return 'not stated';
  if (typeof part !== 'object') return String(part);
  return Object.entries(part)
    .map(([name, value]) => `${wordsOf(name)} ${factsIn(value)}`)
    .join(', ');
}
