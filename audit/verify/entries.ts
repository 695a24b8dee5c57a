import { POLICIES_LEDGER } from '../../app/governance/govern-policy.ts';
import { quotingOf } from '../../app/prequalification/continue-quote.ts';
import { caseReport } from '../../app/review/case-report.ts';
import { readEvidence, type EvidenceKinds } from '../../app/workflow/read-evidence.ts';
import { receivedEventId } from '../../app/workflow/start-execution.ts';
import { localDate } from '../../domain/calendar.ts';
import { clearingFaults } from '../../domain/decision/clearance.ts';
import type { DecisionRecord } from '../../domain/decision/record.ts';
import type { Review } from '../../domain/decision/review.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { MAX_CLOCK_SKEW_MS, type LedgerEntry } from '../../domain/ledger/chain.ts';
import { evidenceNamedBy, readBody, type EventType } from '../../domain/ledger/events.ts';
import { ofNewestExecution, withdrawalIn } from '../../domain/ledger/reopening.ts';
import {
  archiveStatement,
  completedId,
  decisionStatement,
  draftId,
  draftStatement,
  noReportStatement,
  openedBy,
  opensTask,
  policyStatement,
  preBureauPolicyStatement,
  reportStatement,
  resumptionStatement,
  reviewStatement,
  scoreStatement,
  screeningStatement,
  validationStatement,
} from '../../domain/ledger/statements.ts';
import {
  afterModelChange,
  championOn,
  EMPTY_REGISTRY,
  isPromoted,
  MODELS_LEDGER,
  type Registry,
} from '../../domain/models/registry.ts';
import { afterChange, inForceOn, isGoverned, type Proposal } from '../../domain/policy/approval.ts';
import { compareQuote } from '../../domain/prequalification/compare-quote.ts';
import { modelChanges, policyChanges } from '../../domain/projections/control.ts';
import type { Records } from '../records.ts';
import { ACTS } from './acts.ts';
import { requireAuthority } from './authority.ts';
import { requireUnclaimed } from './casework.ts';
import { requireNoConflict } from './conflict.ts';
import type { Fault } from './fault.ts';
import { noticesExpected } from './notices.ts';
import { NotNamed, same, type Expected } from './rests-on.ts';

/**
 * Compares each entry with its sealed objects. A person who can write the ledger can rebuild its hashes, but cannot seal
 * evidence.
 */
export async function entryFaults(records: Records, entries: readonly LedgerEntry[]): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const entry of entries) {
    const { sequence } = entry;
    let expected: Expected;
    try {
      expected = await expectedOf(records, entry, entries);
    } catch (error) {
      // What is unreadable, missing or does not open is named with the entry that refers to it.
      if (!(error instanceof NotNamed)) continue;
      faults.push({ fault: 'ENTRY_DIFFERS', sequence, detail: error.message });
      continue;
    }
    const differing = Object.keys(expected).filter((path) => !same(valueAt(entry, path), expected[path]));
    if (differing.length > 0) {
      const detail = `Its ${differing.join(', ')} differ from the records that it rests on.`;
      faults.push({ fault: 'ENTRY_DIFFERS', sequence, detail });
    }
  }
  return faults;
}

const isAct = (type: string): type is keyof typeof ACTS => Object.hasOwn(ACTS, type);

function valueAt(entry: LedgerEntry, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], entry);
}

/** An entry to check, the application's other entries, and the evidence that it names. */
interface Checked {
  readonly records: Records;
  readonly entry: LedgerEntry;
  readonly entries: readonly LedgerEntry[];
  /** Opens the evidence of a kind. @throws NotNamed where the entry names none. */
  readonly open: <Kind extends keyof EvidenceKinds>(kind: Kind) => Promise<[EvidenceKinds[Kind], string]>;
  /** Opens a history. */
  readonly openHistory: () => Promise<unknown>;
}

function checkedOf(records: Records, entry: LedgerEntry, entries: readonly LedgerEntry[]): Checked {
  const { applicationId } = entry;
  const references = evidenceNamedBy(entry);
  const addressOf = (kind: string): string => {
    const found = references.find((each) => each.kind === kind);
    if (!found) throw new NotNamed(`It names no ${kind}.`);
    return found.address;
  };
  return {
    records,
    entry,
    entries,
    open: async (kind) => {
      const address = addressOf(kind);
      return [await readEvidence(records.evidence, applicationId, kind, address), address];
    },
    openHistory: () => records.evidence.open(applicationId, 'history', addressOf('history')),
  };
}

async function expectedOf(records: Records, entry: LedgerEntry, entries: readonly LedgerEntry[]): Promise<Expected> {
  const checked = checkedOf(records, entry, entries);
  const { type } = entry;
  const before = entries.filter(({ sequence }) => sequence < entry.sequence);
  requireNoConflict(entry, before);
  if (isAct(type)) {
    return ACTS[type]({
      entry,
      before,
      lending: records.lending,
      evidence: records.evidence,
      openDecision: () => checked.open('decision'),
    });
  }
  return STEPS[type as Exclude<EventType, keyof typeof ACTS>](checked);
}

const SYSTEM: Expected = { actor: 'system' };

/** A statement of a step, as paths in its entry. */
const stated = ({ output, facts }: { readonly output: JsonObject; readonly facts: JsonObject }): Expected => ({
  ...SYSTEM,
  'body.output': output,
  'body.facts': facts,
});

/** Only the step history states more of these entries: `entryOriginFaults` compares it with them. */
const ofSystem = async (): Promise<Expected> => SYSTEM;

/** Derives each entry from its sealed evidence, by the statement with which its step wrote it. */
const STEPS: Readonly<Record<Exclude<EventType, keyof typeof ACTS>, (checked: Checked) => Promise<Expected>>> = {
  APPLICATION_RECEIVED: receivedExpected,
  APPLICATION_VALIDATED: validatedExpected,
  APPLICANTS_SCREENED: async ({ open }) => stated(screeningStatement(...(await open('screening')))),
  PRE_BUREAU_POLICY_APPLIED: preBureauPolicyExpected,
  BUREAU_REPORT_PULLED: reportExpected,
  BUREAU_ANSWER_UNREADABLE: ofSystem,
  APPLICATION_SCORED: scoreExpected,
  POLICY_APPLIED: policyExpected,
  REVIEW_AWAITED: ofSystem,
  REVIEW_DRAFTED: draftExpected,
  REVIEW_COMPLETED: reviewExpected,
  ATTENTION_NEEDED: ofSystem,
  ATTENTION_COMPLETED: reviewExpected,
  TASK_RESUMED: resumptionExpected,
  DECISION_RECORDED: decisionExpected,
  NOTICES_ISSUED: noticesExpected,
  HISTORY_ARCHIVED: archiveExpected,
};

async function receivedExpected({ records, entry, open }: Checked): Promise<Expected> {
  const { applicationId, occurredAt } = entry;
  const [{ product, prequalification }] = await open('application');
  if (prequalification !== undefined) {
    const [{ quote }] = await open('continued-quote');
    if (quote.prequalificationId !== prequalification)
      throw new NotNamed('It names the quote of another prequalification.');
  }
  // identityFaults checks the actor.
  return {
    id: receivedEventId(applicationId),
    'body.product': product,
    'body.receivedOn': localDate(occurredAt, records.lending.lender.timeZone),
  };
}

async function validatedExpected({ entries, open }: Checked): Promise<Expected> {
  const [validation, address] = await open('validation');
  requireReceipt(entries, validation.receivedAt, validation.receivedOn);
  const { output, facts } = validationStatement(validation, address);
  return {
    ...SYSTEM,
    'body.output.status': output.status,
    'body.output.evidence': output.evidence,
    'body.facts.missing': facts.missing,
  };
}

async function preBureauPolicyExpected({ records, entry, entries, open }: Checked): Promise<Expected> {
  const [result, address] = await open('policy');
  const { policyApproval = null } = readBody(entry, 'PRE_BUREAU_POLICY_APPLIED').facts;
  const approved = { approval: policyApproval, digest: result.policy.digest };
  await requireApproval(records, approved);
  await requireInForce(records, entry, entries, approved);
  return stated(preBureauPolicyStatement(result, address, policyApproval));
}

async function scoreExpected({ records, entry, entries, open }: Checked): Promise<Expected> {
  const [scoring, address] = await open('score');
  const { modelApproval = null } = readBody(entry, 'APPLICATION_SCORED').facts;
  await requireModel(records, entry, entries, { approval: modelApproval, digest: scoring.model.packageDigest });
  return stated(scoreStatement(scoring, address, modelApproval));
}

async function policyExpected({ records, entry, open }: Checked): Promise<Expected> {
  const [result, address] = await open('policy');
  const { policyApproval = null } = readBody(entry, 'POLICY_APPLIED').facts;
  await requireApproval(records, { approval: policyApproval, digest: result.policy.digest });
  return stated(policyStatement(result, address, policyApproval));
}

async function reportExpected({ entry, entries, open }: Checked): Promise<Expected> {
  const { output, evidence, facts } = readBody(entry, 'BUREAU_REPORT_PULLED');
  if (output['evidence'] === null && evidence.length === 0) {
    return stated(noReportStatement(output['bureau'] as string, output['status']!));
  }
  const reused = facts['reused'] === true;
  const earlier = entries.some(
    ({ type, sequence, body }) =>
      type === entry.type && sequence < entry.sequence && same(body['evidence'], entry.body['evidence']),
  );
  const [report, address] = await open('bureau-report');
  if (reused && !earlier) throw new NotNamed('It reuses a report that no earlier entry pulled.');
  return stated(reportStatement(report, address, reused));
}

async function reviewExpected({ records, entry, entries, open }: Checked): Promise<Expected> {
  const [review, address] = await open('review');
  await requireClearances(records, entry, entries, review);
  const opened = entries.find(({ id, type }) => type === openedBy(review.queue) && completedId(id) === entry.id);
  if (!opened) throw new NotNamed('It completes a task that no entry opened.');
  await requireAuthority(records, entries, { review, entry, opened });
  requireUnclaimed({ entry, before: entries.filter(({ sequence }) => sequence < entry.sequence) }, review);
  const {
    action,
    output,
    role = null,
    draftedBy = null,
    consent = null,
    ...members
  } = reviewStatement(review, address);
  return {
    ...members,
    'body.action': action,
    'body.role': role,
    'body.consent': consent,
    'body.draftedBy': draftedBy,
    'body.output': output,
  };
}

async function draftExpected({ records, entry, entries, open }: Checked): Promise<Expected> {
  const [review] = await open('review');
  const opened = entries.find(({ id, type }) => type === 'REVIEW_AWAITED' && draftId(id) === entry.id);
  if (!opened) throw new NotNamed('It drafts the answer to a task that no entry opened.');
  await requireAuthority(records, entries, { review, entry, opened });
  requireUnclaimed({ entry, before: entries.filter(({ sequence }) => sequence < entry.sequence) });
  const { actor, occurredAt, action, role = null, second } = draftStatement(review);
  return { actor, occurredAt, 'body.action': action, 'body.role': role, 'body.second': second };
}

/**
 * A cleared alert has evidence that fits the report. Reviews and reports of earlier releases have no members for it.
 * @throws NotNamed naming the first fault, never a value.
 */
async function requireClearances(
  { evidence }: Records,
  entry: LedgerEntry,
  entries: readonly LedgerEntry[],
  { by, at, clears, clearances }: Review,
): Promise<void> {
  if (clears.length === 0 && clearances === undefined) return;
  const { report, reportedAt } = await caseReport(
    evidence,
    entries.filter(({ sequence }) => sequence < entry.sequence),
  );
  if (clearances === undefined && report?.alertContacts === undefined) return;
  const [fault] = clearingFaults({ by, clears, clearances: clearances ?? [], reviewedAt: at, report, reportedAt });
  if (fault) throw new NotNamed(`Its evidence does not clear the hold: ${fault.path} ${fault.message}.`);
}

async function resumptionExpected({ entry, entries }: Checked): Promise<Expected> {
  const before = entries.filter(({ sequence }) => sequence < entry.sequence);
  const archive = before.findLast(({ type }) => type === 'HISTORY_ARCHIVED');
  const opened = before.findLast(opensTask);
  if (!archive || !opened) throw new NotNamed('It resumes a task that no execution left behind.');
  const { id, occurredAt, task } = resumptionStatement(opened, archive);
  return { ...SYSTEM, id, occurredAt, 'body.task': task };
}

async function decisionExpected({ records, entry, entries, open }: Checked): Promise<Expected> {
  const [decision, address] = await open('decision');
  requireReceipt(entries, decision.receivedAt, decision.receivedOn);
  requireReopening(entries, entry, decision);
  const part = ofNewestExecution(entries.filter(({ sequence }) => sequence < entry.sequence));
  if ((withdrawalIn(part) !== undefined) !== (decision.outcome === 'WITHDRAWN')) {
    throw new NotNamed('Its outcome and the withdrawal of the application differ.');
  }
  await requireQuote(records, entries, decision);
  return { ...stated(decisionStatement(decision, address)), occurredAt: decision.decidedAt };
}

async function archiveExpected({ entry, openHistory }: Checked): Promise<Expected> {
  const history = await openHistory();
  const { id, occurredAt, executionArn, status, events } = archiveStatement(
    history as Parameters<typeof archiveStatement>[0],
  );
  return {
    ...SYSTEM,
    id,
    occurredAt: occurredAt ?? entry.occurredAt,
    'body.executionArn': executionArn,
    'body.status': status,
    'body.events': events,
  };
}

/** The approval that an entry names, and the digest of the policy or model package that it used. */
interface Approved {
  readonly approval: Json;
  readonly digest: string;
}

/** The approval by which a policy decided is in the ledger of policies, and is of that policy. */
async function requireApproval({ ledger }: Records, { approval, digest }: Approved): Promise<void> {
  if (approval === null) return;
  const found = typeof approval === 'string' ? await ledger.find(POLICIES_LEDGER, approval) : undefined;
  const body = found && readBody(found, 'POLICY_GOVERNED');
  if (body?.action !== 'APPROVE' || body.digest !== digest) {
    throw new NotNamed('It names an approval of its policy that is not in the ledger of policies.');
  }
}

/**
 * The first stage of an execution chooses the policy: the one that the ledger of policies says was in force, at some moment
 * while the stage ran, on the day on which the application was received or reopened.
 */
async function requireInForce(
  { ledger, lending }: Records,
  entry: LedgerEntry,
  entries: readonly LedgerEntry[],
  { approval, digest }: Approved,
): Promise<void> {
  const received = entries.find(({ type }) => type === 'APPLICATION_RECEIVED');
  const [opening] = ofNewestExecution(entries.filter(({ sequence }) => sequence < entry.sequence));
  if (!received || !opening) return;
  const { product } = readBody(received, 'APPLICATION_RECEIVED');
  const { occurredAt } = opening.type === 'DECISION_REOPENED' ? opening : received;
  const date = localDate(occurredAt, lending.lender.timeZone);
  const wasInForce = (proposals: readonly Proposal[]): boolean => {
    if (approval === null) return !isGoverned(proposals);
    const found = inForceOn(proposals, date);
    return found?.digest === digest && found.approved.entry === approval;
  };
  const changes = policyChanges(await ledger.read(POLICIES_LEDGER), product);
  if (!statesDuring(entry, changes, [] as Proposal[], afterChange).some(wasInForce)) {
    throw new NotNamed('By the ledger of policies its policy was not in force for it.');
  }
}

/** The step of a score used the model that the ledger of models names for the lender's local date of the step. */
async function requireModel(
  { ledger, lending }: Records,
  entry: LedgerEntry,
  entries: readonly LedgerEntry[],
  { approval, digest }: Approved,
): Promise<void> {
  const received = entries.find(({ type }) => type === 'APPLICATION_RECEIVED');
  if (!received) return;
  const { product } = readBody(received, 'APPLICATION_RECEIVED');
  const place = { product, purpose: 'default' } as const;
  const date = localDate(entry.occurredAt, lending.lender.timeZone);
  const wasInForce = (registry: Registry): boolean => {
    if (approval === null) return !isPromoted(registry, place);
    const found = championOn(registry, { ...place, date });
    return found?.digest === digest && found.promoted.entry === approval;
  };
  const changes = modelChanges(await ledger.read(MODELS_LEDGER));
  if (!statesDuring(entry, changes, EMPTY_REGISTRY, afterModelChange).some(wasInForce)) {
    throw new NotNamed('By the ledger of models its model was not in force for it.');
  }
}

/** Returns each state of a control while the step of an entry ran, as clocks may differ. */
function statesDuring<State, Change extends { readonly at: string }>(
  entry: LedgerEntry,
  changes: readonly Change[],
  initial: State,
  after: (state: State, change: Change) => State,
): State[] {
  const from = Date.parse(entry.occurredAt) - MAX_CLOCK_SKEW_MS;
  const until = Date.parse(entry.recordedAt) + MAX_CLOCK_SKEW_MS;
  const states: State[] = [];
  let state = initial;
  for (const change of changes) {
    const at = Date.parse(change.at);
    if (at > until) break;
    if (at >= from) states.push(state);
    state = after(state, change);
  }
  return [...states, state];
}

/** A decision names the one that it supersedes, and why and when that was reopened; a first decision names none. */
function requireReopening(entries: readonly LedgerEntry[], entry: LedgerEntry, { supersedes }: DecisionRecord): void {
  const reopened = entries.findLast((each) => each.type === 'DECISION_REOPENED' && each.sequence < entry.sequence);
  const body = reopened && readBody(reopened, 'DECISION_REOPENED');
  const named = supersedes && [supersedes.decision, supersedes.why, supersedes.reopenedAt];
  if (!same(named, reopened && [body?.evidence[0]?.address ?? '', body?.why ?? '', reopened.occurredAt])) {
    throw new NotNamed('The entry and its evidence name different superseded decisions.');
  }
}

/** A decision compares the quote that its application continues, and no other. */
async function requireQuote(
  { evidence }: Records,
  entries: readonly LedgerEntry[],
  decision: DecisionRecord,
): Promise<void> {
  const quoted = await quotingOf(evidence, entries, decision.evidence.reports);
  if (!same(decision.evidence.quote, quoted?.address))
    throw new NotNamed('It names another quote than its application.');
  if (!quoted) return;
  const application = await readEvidence(
    evidence,
    decision.applicationId,
    'application',
    decision.evidence.application,
  );
  if (!same(decision.quote, compareQuote(quoted.quoting, application, decision))) {
    throw new NotNamed('Its quote differs from the sealed quote, report and application.');
  }
}

/** Steps after the receipt carry its instant and date: the legal clock runs from there. */
function requireReceipt(entries: readonly LedgerEntry[], receivedAt: string, receivedOn: string): void {
  const received = entries.find(({ type }) => type === 'APPLICATION_RECEIVED');
  if (!received) return;
  if (received.occurredAt !== receivedAt || received.body['receivedOn'] !== receivedOn) {
    throw new NotNamed('The time of receipt differs from the sealed evidence.');
  }
}
