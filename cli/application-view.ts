import { newestDecision, reasonsToWait } from '../app/status.ts';
import { executionArnFor, readEnding, type Ending } from '../audit/execution.ts';
import type { Records } from '../audit/records.ts';
import type { DecisionRecord } from '../domain/decision/record.ts';
import type { LedgerEntry } from '../domain/ledger/chain.ts';
import { readBody } from '../domain/ledger/events.ts';
import { ofNewestExecution } from '../domain/ledger/reopening.ts';
import { formatDollars } from '../domain/money.ts';
import { keys } from '../domain/projections/keys.ts';
import { reasonText } from '../domain/reasons/reason-text.ts';
import { statusOf, type ApplicationStatus, type Status } from '../domain/status.ts';

/** The status of an application, as the commands show it. */
export interface ApplicationView {
  readonly applicationId: string;
  readonly product: string;
  readonly receivedAt: string;
  readonly receivedOn: string;
  readonly status: Status;
  /** How often it was decided again, or is being. */
  readonly reopenings: number;
  /** The address of its newest decision, also of one that is being made again; null until there is one. */
  readonly decisionAddress: string | null;
  /** Null until it is decided, while it is decided again, and while what follows the decision waits for a person. */
  readonly outcome: DecisionRecord['outcome'] | null;
  /** Whether nothing moves without a person: decided and archived, waiting, or ended. */
  readonly settled: boolean;
  /** The queue that lists it; null where nothing waits for a person. */
  readonly queue: 'REVIEW' | 'ATTENTION' | null;
  /** Why it waits: rules that refer or hold it, the state and error that stopped it, or the end of its execution. */
  readonly waitsFor: readonly string[];
  readonly waitsSince: string | null;
  /** The id of the task that waits, which a decision names. An ended execution has none. */
  readonly task: string | null;
}

/**
 * Reads an application's status: the fold of its ledger, and from the engine only whether it is settled.
 * @param entries of its ledger. @default they are read
 * @returns undefined for an application that was never received.
 */
export async function readApplicationView(
  records: Records,
  applicationId: string,
  entries?: readonly LedgerEntry[],
): Promise<ApplicationView | undefined> {
  const all = entries ?? (await records.ledger.read(applicationId));
  const folded = statusOf(all);
  if (!folded) return undefined;
  const { product, receivedAt, receivedOn, status, outcome, reopening, waiting } = folded;
  const newest = all.findLast(({ type }) => type === 'DECISION_RECORDED');
  return {
    applicationId,
    product,
    receivedAt,
    receivedOn,
    status,
    outcome,
    reopenings: reopening,
    decisionAddress: (newest && readBody(newest, 'DECISION_RECORDED').evidence[0]?.address) ?? null,
    settled: await isSettled(records, applicationId, all, folded),
    queue: waiting?.queue ?? null,
    waitsFor: waiting ? await waitsFor(records, applicationId, all) : [],
    waitsSince: waiting?.entry.occurredAt ?? null,
    task: waiting?.kind === 'TASK' ? waiting.entry.id : null,
  };
}

/** Whether nothing moves the application without a person. Only the engine knows this of an execution that runs. */
async function isSettled(
  records: Records,
  applicationId: string,
  all: readonly LedgerEntry[],
  { status, waiting, reopening }: ApplicationStatus,
): Promise<boolean> {
  if (status === 'FORGOTTEN') return true;
  const entries = ofNewestExecution(all);
  const ending = await readEnding(records, await executionArnFor(records, applicationId, entries, reopening));
  const stopped = (ending?.status ?? null) !== null;
  if (waiting?.kind === 'TASK') return !stopped && (await isQueued(records, applicationId, waiting.entry));
  // The end of an execution that did not come to be the application's is not archived.
  const came = entries.some(({ type }) => type === 'APPLICATION_VALIDATED');
  return isArchived(entries, ending) || (!came && stopped);
}

/** Whether the end of the execution is archived: an archive from before a redrive is not of its end. */
function isArchived(entries: readonly LedgerEntry[], ending: Ending | undefined): boolean {
  const archives = entries.filter(({ type }) => type === 'HISTORY_ARCHIVED');
  if (!ending) return archives.length > 0;
  return (
    ending.status !== null && archives.some((entry) => readBody(entry, 'HISTORY_ARCHIVED').events === ending.lastEvent)
  );
}

/** Whether a task is in its queue: its row follows its entry, and an answer removes the row. */
async function isQueued({ workStore }: Records, applicationId: string, opened: LedgerEntry): Promise<boolean> {
  const { pk, sk } = keys.task(applicationId);
  return (await workStore.get(pk, sk))?.data['eventId'] === opened.id;
}

/** A list goes on where one application's evidence cannot be opened: `verify` names the fault. */
async function waitsFor({ evidence }: Records, applicationId: string, entries: readonly LedgerEntry[]) {
  return reasonsToWait(evidence, applicationId, entries).catch(() => [
    '(the policy result cannot be opened: run verify)',
  ]);
}

/** @returns undefined when no decision is recorded, or the newest is superseded and the application being decided again. */
export async function readDecision(
  { ledger, evidence }: Records,
  applicationId: string,
): Promise<DecisionRecord | undefined> {
  return newestDecision(evidence, applicationId, await ledger.read(applicationId));
}

/** The offer, the reasons or what is missing, in words. */
export function decisionInWords({ outcome, ground, offers, reasons, missing }: DecisionRecord): string {
  const offered = offers[0] && offerInWords(offers[0]);
  const why = reasons.map(reasonText).join('; ');
  switch (outcome) {
    case 'APPROVE':
      return offered ?? '';
    case 'COUNTEROFFER':
      return `${offered}: ${why}`;
    case 'DECLINE':
      return why;
    case 'NOT_OFFERED':
      if (ground === undefined) return 'Not offered in the state of residence';
      return ground === 'law' ? 'The law prohibits this credit' : 'Credit of this type is not offered';
    case 'INCOMPLETE':
      return `Missing: ${missing.map(({ path }) => path).join(', ')}`;
    case 'WITHDRAWN':
      return 'The applicant withdrew the application';
  }
}

/** An offer in a line. */
export function offerInWords(offer: DecisionRecord['offers'][number]): string {
  if (offer.kind === 'LINE') {
    return `A line of ${formatDollars(offer.limitCents)} at ${offer.apr}% APR, ${formatDollars(offer.subscriptionFeeCents)} a month`;
  }
  const { amountCents, termMonths, paymentCents, apr } = offer;
  return `${formatDollars(amountCents)} over ${termMonths} months at ${apr}% APR, ${formatDollars(paymentCents)} a month`;
}
