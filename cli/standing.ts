import { newestDecision, reasonsToWait, type Status } from '../app/standing.ts';
import { keys } from '../app/work-items.ts';
import { executionArnFor, readEnding, type Ending } from '../audit/execution.ts';
import type { Records } from '../audit/records.ts';
import type { DecisionRecord } from '../domain/decision/record.ts';
import type { LedgerEntry } from '../domain/ledger/chain.ts';
import { readBody } from '../domain/ledger/events.ts';
import { byExecution } from '../domain/ledger/reopening.ts';
import type { OpenTask } from '../domain/projections/task.ts';
import { REASONS, type ReasonCode } from '../domain/reasons/catalogue.ts';
import { forgettingOf } from '../domain/retention/retention.ts';
import { dollars } from './terminal.ts';

/** Where an application stands, read from its ledger. */
export interface Standing {
  readonly applicationId: string;
  readonly product: string;
  readonly receivedAt: string;
  readonly receivedOn: string;
  /** `ENDED`: its execution ended without a decision. `FORGOTTEN`: what was sealed of it can never be read again. */
  readonly status: Status;
  /** How often it was decided again, or is being. */
  readonly reopenings: number;
  /** The address of its newest decision, also of one that is being made again; null until there is one. */
  readonly decisionAddress: string | null;
  /** Null until it is decided, while it is decided again, and while what follows the decision waits for a person. */
  readonly outcome: DecisionRecord['outcome'] | null;
  /** Whether nothing moves without a person: decided and archived, waiting, or ended. */
  readonly settled: boolean;
  /** What it waits for a person about: rules that ask for one, or the state and error that stopped it. */
  readonly waitsFor: readonly string[];
  readonly waitsSince: string | null;
  /** The id of the task that waits: a decision names it. */
  readonly task: string | null;
}

/** @returns undefined for an application that was never received. */
export async function readStanding(records: Records, applicationId: string): Promise<Standing | undefined> {
  const all = await records.ledger.read(applicationId);
  const received = all.find(({ type }) => type === 'APPLICATION_RECEIVED');
  if (!received) return undefined;
  const parts = byExecution(all);
  const entries = parts.at(-1) ?? [];
  const reopenings = parts.length - 1;
  const { product, receivedOn } = readBody(received, 'APPLICATION_RECEIVED');
  const decided = entries.findLast(({ type }) => type === 'DECISION_RECORDED');
  const outcome = decided ? (readBody(decided, 'DECISION_RECORDED').facts['outcome'] as Standing['outcome']) : null;
  const newest = all.findLast(({ type }) => type === 'DECISION_RECORDED');
  const decisionAddress = (newest && readBody(newest, 'DECISION_RECORDED').evidence[0]?.address) ?? null;
  const base = { applicationId, product, receivedAt: received.occurredAt, receivedOn, reopenings, decisionAddress };
  if (forgettingOf(all).decided) {
    return { ...base, outcome, status: 'FORGOTTEN', settled: true, waitsFor: [], waitsSince: null, task: null };
  }
  const moving = { ...base, outcome, waitsFor: [], waitsSince: null, task: null };
  const ending = await readEnding(records, await executionArnFor(records, applicationId, entries, reopenings));
  // A task first: also what follows a decision, such as its notices, can need a person.
  const task = ending?.status ? undefined : await openTaskOf(records, applicationId, entries);
  if (task) {
    const status = task.queue === 'REVIEW' ? 'IN_REVIEW' : 'NEEDS_ATTENTION';
    const about = { waitsFor: await waitsFor(records, applicationId, entries), waitsSince: task.openedAt };
    return { ...base, outcome: null, status, settled: true, ...about, task: task.eventId };
  }
  // The end of an execution that did not come to be the application's is not archived.
  const came = entries.some(({ type }) => type === 'APPLICATION_VALIDATED');
  const ended = isArchived(entries, ending) || (!came && (ending?.status ?? null) !== null);
  if (decided) return { ...moving, status: 'DECIDED', settled: ended };
  if (ended) return { ...moving, status: 'ENDED', settled: true };
  return { ...moving, status: 'IN_PROGRESS', settled: false };
}

/** Whether the end of the execution is archived: an archive from before a redrive is not of its end. */
function isArchived(entries: readonly LedgerEntry[], ending: Ending | undefined): boolean {
  const archives = entries.filter(({ type }) => type === 'HISTORY_ARCHIVED');
  if (!ending) return archives.length > 0;
  return (
    ending.status !== null && archives.some((entry) => readBody(entry, 'HISTORY_ARCHIVED').events === ending.lastEvent)
  );
}

/** The task that waits for a person; undefined also in the moment in which it is being opened or answered. */
async function openTaskOf(
  { workStore }: Records,
  applicationId: string,
  entries: readonly LedgerEntry[],
): Promise<OpenTask | undefined> {
  const opened = entries.findLast(({ type }) => type === 'REVIEW_AWAITED' || type === 'ATTENTION_NEEDED');
  if (!opened || entries.some(({ id }) => id === `${opened.id}/completed`)) return undefined;
  const { pk, sk } = keys.task(applicationId);
  const task = (await workStore.get(pk, sk))?.data as OpenTask | undefined;
  return task?.eventId === opened.id ? task : undefined;
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
  const why = reasons.map(({ code }) => REASONS[code as ReasonCode]).join('; ');
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
  }
}

/** An offer in a line. */
export function offerInWords(offer: DecisionRecord['offers'][number]): string {
  if (offer.kind === 'LINE') {
    return `A line of ${dollars(offer.limitCents)} at ${offer.apr}% APR, ${dollars(offer.subscriptionFeeCents)} a month`;
  }
  const { amountCents, termMonths, paymentCents, apr } = offer;
  return `${dollars(amountCents)} over ${termMonths} months at ${apr}% APR, ${dollars(paymentCents)} a month`;
}
