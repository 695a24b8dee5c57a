import * as z from 'zod';

import {
  BureauAmbiguous,
  BureauUnavailable,
  type Bureau,
  type Identities,
  type WorkItem,
  type WorkStore,
} from '../../adapters/ports.ts';
import { consentFault } from '../../domain/application/consents.ts';
import { identitySchema } from '../../domain/application/submission.ts';
import { keptAnswer } from '../../domain/bureau/kept-answer.ts';
import { readBureauAnswer } from '../../domain/bureau/mappings/index.ts';
import { BureauReportUnreadable, type CreditReport } from '../../domain/bureau/report.ts';
import type { BureauAnswer, BureauRequest } from '../../domain/bureau/request.ts';
import { localDate } from '../../domain/calendar.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { evidenceNamedBy, ledgerEvent, readBody } from '../../domain/ledger/events.ts';
import { parseExecutionName } from '../../domain/ledger/execution-name.ts';
import { byExecution } from '../../domain/ledger/reopening.ts';
import { noReportStatement, reportStatement } from '../../domain/ledger/statements.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import { keys } from '../../domain/projections/keys.ts';
import { pullEpochOf, pullReference, type PullState } from '../../domain/projections/pulls.ts';
import { appendOnce } from '../append-once.ts';
import { pulledReport, stepInput, type Contract, type Input, type Output, type UseCase } from '../contracts.ts';
import { requireNotWithdrawn } from './open-task.ts';
import { pullConsents, repullsIn } from './pull-consents.ts';
import { readApplication } from './read-evidence.ts';
import { eventId, recordStep, sealed, type SealedReference, type StepPorts, type StepRecord } from './record-step.ts';
import { isFresh, reportDaysOf } from './report-age.ts';

export const contract = {
  input: z.strictObject({
    ...stepInput,
    bureau: z.string(),
    /** Raised only when a person orders a new pull: the key of the claim on a hard pull has it. */
    pullEpoch: z.int().nonnegative(),
    /** Tries so far: the last try reports an outage instead of throwing. */
    retryCount: z.int().nonnegative(),
  }),
  output: pulledReport,
} as const satisfies Contract;

export interface PullPorts extends StepPorts {
  readonly lending: LendingSettings;
  readonly identities: Identities;
  readonly workStore: WorkStore;
  readonly bureau: Bureau;
}

type Pulled = Output<typeof contract>;
type PullInput = Input<typeof contract>;

/** Retries of the state in underwriting.asl.json: after the last, an outage is reported instead of thrown. */
const RETRIES = 2;

export class PullNotOrdered extends Error {
  override readonly name = 'PullNotOrdered';
}

/** No consent of the applicant permits an inquiry, and no earlier execution made one. */
export class ConsentMissing extends Error {
  override readonly name = 'ConsentMissing';
}

/** No consent of the applicant permits an inquiry: an earlier execution may have used the application's own. */
export class ConsentStale extends Error {
  override readonly name = 'ConsentStale';
}

/**
 * One hard pull, never sent twice. Its claim goes CLAIMED, SENT, RECEIVED: a call that finds SENT cannot know whether the
 * bureau was asked, so the pull is ambiguous and a person resolves it (15 USC 1681b; docs/decisions/0004).
 */
export function pullBureauReport(ports: PullPorts): UseCase<typeof contract> {
  return (called) => {
    const item = `${called.bureau}/${called.pullEpoch}`;
    return recordStep(ports, { ...called, item }, 'BUREAU_REPORT_PULLED', () => pull(ports, called));
  };
}

/** Whoever holds a task token could answer it with REPULL: a new inquiry needs the recorded order of a person. */
function requireOrders(entries: readonly LedgerEntry[], pullEpoch: number): void {
  if (repullsIn(entries) < pullEpoch) {
    throw new PullNotOrdered(
      'No review of this application orders a new inquiry: find out who answered its task token.',
    );
  }
}

/**
 * Where a report comes from: the claim under which it is pulled, with the entries of the executions so far, or the entry of
 * an earlier pull that is fresh enough.
 */
type Source =
  | { readonly epoch: number | string; readonly parts: readonly (readonly LedgerEntry[])[] }
  | { readonly reused: LedgerEntry };

/** Days for which the policy that decides in an execution lends on a report. */
async function reportDaysIn({ evidence }: PullPorts, entries: readonly LedgerEntry[]): Promise<number | undefined> {
  const applied = entries.find(({ type }) => type === 'PRE_BUREAU_POLICY_APPLIED');
  const [result] = applied ? evidenceNamedBy(applied) : [];
  return applied && reportDaysOf(evidence, applied.applicationId, [result?.address ?? null]);
}

/** The entry of the last pull, where it brought a report that was pulled recently enough. */
function lastPull(pulls: readonly LedgerEntry[], fresh: (instant: string) => boolean): LedgerEntry | undefined {
  const last = pulls.at(-1);
  const report = last && outputOf(last).evidence;
  if (!report) return undefined;
  // Of several entries that name a report, the first is its pull.
  const pulled = pulls.find((entry) => outputOf(entry).evidence === report);
  return pulled && fresh(pulled.occurredAt) ? last : undefined;
}

/**
 * A first decision pulls, once. One that was reopened reuses what was pulled before, for as long as it is fresh; a new
 * inquiry has a claim of its own.
 * @throws PullNotOrdered
 */
async function sourceOf(ports: PullPorts, called: PullInput): Promise<Source> {
  const { application, step, bureau, pullEpoch } = called;
  const { reopening } = parseExecutionName(step.executionArn);
  if (reopening === 0 && pullEpoch === 0) return { epoch: 0, parts: [] };
  const parts = byExecution(await ports.ledger.read(application.applicationId)).slice(0, reopening + 1);
  const epoch = pullEpochOf(step.executionArn, pullEpoch);
  if (await isLookupOrdered(ports, called)) return { epoch, parts };
  if (pullEpoch > 0) {
    requireOrders(parts[reopening] ?? [], pullEpoch);
    return { epoch, parts };
  }
  const { timeZone } = ports.lending.lender;
  const today = localDate(step.enteredAt, timeZone);
  const reportDays = await reportDaysIn(ports, parts[reopening] ?? []);
  const fresh = (instant: string): boolean => isFresh(instant, { today, timeZone }, reportDays);
  const pulls = parts
    .slice(0, reopening)
    .flat()
    .filter((entry) => entry.type === 'BUREAU_REPORT_PULLED' && outputOf(entry).bureau === bureau);
  const reused = lastPull(pulls, fresh);
  return reused ? { reused } : { epoch, parts };
}

/** Returns the error where no consent of the applicant permits an inquiry on the day of the step. */
async function consentObjection(
  ports: PullPorts,
  { application: reference, step, bureau }: PullInput,
  parts: readonly (readonly LedgerEntry[])[],
): Promise<ConsentMissing | ConsentStale | undefined> {
  const application = await readApplication(ports.evidence, reference);
  const { consents, ownUsed } = await pullConsents(ports.workStore, application, bureau, parts);
  const rules = { lender: ports.lending.lender, product: application.product };
  if (consents.some((each) => !consentFault({ kind: 'BUREAU_PULL', ...each }, step.enteredAt, rules))) return undefined;
  const fix = 'obtain a new consent, refer the application, and have a reviewer send the consent with REPULL.';
  return ownUsed
    ? new ConsentStale(`A new report needs a new consent of the applicant: ${fix}`)
    : new ConsentMissing(`No consent of the applicant permits a pull, or it is too old: ${fix}`);
}

const outputOf = (entry: LedgerEntry): Pulled => pulledReport.parse(readBody(entry, 'BUREAU_REPORT_PULLED').output);

/** @throws ApplicationWithdrawn before an inquiry is claimed */
async function pull(ports: PullPorts, called: PullInput): Promise<StepRecord<Pulled>> {
  await requireNotWithdrawn(ports.ledger, called.application.applicationId);
  const source = await sourceOf(ports, called);
  if ('reused' in source) {
    const { evidence, facts } = readBody(source.reused, 'BUREAU_REPORT_PULLED');
    return { output: outputOf(source.reused), evidence, facts: { ...facts, reused: true } };
  }
  const { applicationId } = called.application;
  const request = await bureauRequest(ports, called, source.epoch);
  const lookup = await isLookupOrdered(ports, called);
  const claim = await claimPull(ports, called, { reference: request.reference, lookup, source });
  const state = claim?.data as PullState | undefined;
  const kept = state?.state === 'RECEIVED' ? await keptUnder(ports, applicationId, { request, state }) : undefined;
  if (kept && isReadable(kept)) return report(ports, called, kept);
  if (claim && state && lookup) return lookUp(ports, called, { request, claim, state });
  if (kept) return report(ports, called, kept);
  if (claim && state?.state === 'CLAIMED') {
    const sent = await advance(ports, claim, { ...state, state: 'SENT' });
    if (sent) return send(ports, called, request, sent);
  }
  return withoutReport(called, 'AMBIGUOUS');
}

/** Opens the answer that a claim names. */
async function keptUnder(
  { evidence }: PullPorts,
  applicationId: string,
  { request, state }: { readonly request: BureauRequest; readonly state: PullState & { state: 'RECEIVED' } },
): Promise<Answered> {
  const raw = { kind: 'bureau-answer', ...state.answer };
  const answer = (await evidence.open(applicationId, raw.kind, raw.address)) as unknown as BureauAnswer;
  return { request, answer, raw };
}

function isReadable({ answer, request }: Answered): boolean {
  try {
    readBureauAnswer(answer, request);
    return true;
  } catch (error) {
    if (error instanceof BureauReportUnreadable) return false;
    throw error;
  }
}

/** Sends an inquiry, whose claim is SENT. */
async function send(
  ports: PullPorts,
  called: PullInput,
  request: BureauRequest,
  sent: WorkItem,
): Promise<StepRecord<Pulled>> {
  let answer: BureauAnswer;
  try {
    answer = keptAnswer(await ports.bureau.pull(request));
  } catch (error) {
    if (error instanceof BureauAmbiguous) return withoutReport(called, 'AMBIGUOUS');
    if (!(error instanceof BureauUnavailable)) throw error;
    // Proven not pulled, so the claim may be sent again.
    await advance(ports, sent, { state: 'CLAIMED', reference: request.reference });
    if (called.retryCount < RETRIES) throw error;
    return withoutReport(called, 'UNAVAILABLE');
  }
  return received(ports, called, { request, answer, claim: sent });
}

/** Whether a reviewer ordered TAKE_POSTED in this execution, and no report of this bureau was recorded since. */
async function isLookupOrdered({ ledger }: PullPorts, { application, step, bureau }: PullInput): Promise<boolean> {
  // No person has sent a first round on.
  if (step.round === 0) return false;
  const parts = byExecution(await ledger.read(application.applicationId));
  const newest = (parts[parseExecutionName(step.executionArn).reopening] ?? []).findLast(
    (entry) =>
      entry.type === 'REVIEW_COMPLETED' || (entry.type === 'BUREAU_REPORT_PULLED' && outputOf(entry).bureau === bureau),
  );
  return newest?.type === 'REVIEW_COMPLETED' && newest.body['action'] === 'TAKE_POSTED';
}

interface Claimed {
  readonly request: BureauRequest;
  readonly claim: WorkItem;
  readonly state: PullState;
}

/**
 * Fetches the report of an inquiry that was sent, without a new one. Where the bureau has none, the inquiry is proven not
 * posted: the pull is reported as UNAVAILABLE, and a person may order another. Where the bureau does not answer, a claim
 * with an unreadable answer keeps it, and the step fails.
 */
async function lookUp(
  ports: PullPorts,
  called: PullInput,
  { request, claim, state }: Claimed,
): Promise<StepRecord<Pulled>> {
  if (state.state === 'CLAIMED') return withoutReport(called, 'UNAVAILABLE');
  let answer: BureauAnswer | undefined;
  try {
    answer = await ports.bureau.posted(request);
  } catch (error) {
    if (!(error instanceof BureauUnavailable)) throw error;
    if (called.retryCount < RETRIES || state.state === 'RECEIVED') throw error;
    return withoutReport(called, 'AMBIGUOUS');
  }
  if (answer) return received(ports, called, { request, answer: keptAnswer(answer), claim });
  await advance(ports, claim, { state: 'CLAIMED', reference: request.reference });
  return withoutReport(called, 'UNAVAILABLE');
}

/** Seals the raw answer, then marks the claim as answered by it. */
async function received(
  ports: PullPorts,
  called: PullInput,
  {
    request,
    answer,
    claim,
  }: { readonly request: BureauRequest; readonly answer: BureauAnswer; readonly claim: WorkItem },
): Promise<StepRecord<Pulled>> {
  const raw = await sealed(ports, called.application.applicationId, 'bureau-answer', answer);
  await advance(ports, claim, {
    state: 'RECEIVED',
    reference: request.reference,
    answer: { address: raw.address, versionId: raw.versionId },
  });
  return report(ports, called, { request, answer, raw });
}

interface Claiming {
  readonly reference: string;
  /** Whether the report of an earlier inquiry is to be fetched, which needs no consent. */
  readonly lookup: boolean;
  readonly source: Exclude<Source, { readonly reused: LedgerEntry }>;
}

/**
 * The claim of an inquiry. A consent is required before it, because no entry would explain a claim that nothing follows.
 * @throws ConsentMissing, ConsentStale
 */
async function claimPull(
  ports: PullPorts,
  called: PullInput,
  { reference, lookup, source: { epoch, parts } }: Claiming,
): Promise<WorkItem | undefined> {
  const { workStore } = ports;
  const key = keys.pull(called.application.applicationId, called.bureau, epoch);
  const data: PullState = { state: 'CLAIMED', reference };
  const objection = lookup ? undefined : await consentObjection(ports, called, parts);
  const created = objection ? undefined : await workStore.create({ ...key, data });
  const claim = created ?? (await workStore.get(key.pk, key.sk));
  const isUnsent = !claim || (claim.data as PullState).state === 'CLAIMED';
  if (objection && isUnsent) throw objection;
  return claim;
}

function advance({ workStore }: PullPorts, item: WorkItem, data: PullState): Promise<WorkItem | undefined> {
  return workStore.replace({ ...item, data });
}

/** A bureau's answer to a request, and the raw answer as it was sealed. */
interface Answered {
  readonly request: BureauRequest;
  readonly answer: BureauAnswer;
  readonly raw: SealedReference;
}

async function report(ports: PullPorts, called: PullInput, answered: Answered): Promise<StepRecord<Pulled>> {
  const { applicationId } = called.application;
  const read = await readOrRecord(ports, called, answered);
  const canonical = await sealed(ports, applicationId, 'bureau-report', read);
  return { evidence: [answered.raw, canonical], ...reportStatement(read, canonical.address) };
}

/** Reads the answer; one that cannot be read is recorded as it came before the step fails. */
async function readOrRecord(
  { ledger }: PullPorts,
  { application: { applicationId }, step, bureau }: PullInput,
  { request, answer, raw }: Answered,
): Promise<CreditReport> {
  try {
    return readBureauAnswer(answer, request);
  } catch (error) {
    if (!(error instanceof BureauReportUnreadable)) throw error;
    // A repeated lookup may bring another answer, which its claim names.
    await appendOnce(
      ledger,
      ledgerEvent({
        id: eventId(step, `${bureau}/${request.reference}/unreadable`),
        applicationId,
        type: 'BUREAU_ANSWER_UNREADABLE',
        occurredAt: step.enteredAt,
        actor: 'system',
        body: { bureau, reference: request.reference, fault: error.message, evidence: [raw] },
      }),
    );
    throw error;
  }
}

function withoutReport({ bureau }: PullInput, status: 'AMBIGUOUS' | 'UNAVAILABLE'): StepRecord<Pulled> {
  return { evidence: [], ...noReportStatement(bureau, status) };
}

async function bureauRequest(ports: PullPorts, called: PullInput, epoch: number | string): Promise<BureauRequest> {
  const { applicationId } = called.application;
  const { firstName, lastName, dateOfBirth, ssn, address } = identitySchema.parse(
    await ports.identities.get(applicationId),
  );
  return {
    bureau: called.bureau,
    applicationId,
    inquiry: 'HARD',
    purpose: 'EXTENSION_OF_CREDIT',
    reference: pullReference(applicationId, { bureau: called.bureau, epoch }),
    consumer: { firstName, lastName, dateOfBirth, ssn, address },
  };
}
