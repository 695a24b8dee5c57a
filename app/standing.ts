import type { Evidence } from '../adapters/ports.ts';
import type { DecisionRecord } from '../domain/decision/record.ts';
import type { LedgerEntry } from '../domain/ledger/chain.ts';
import { readBody } from '../domain/ledger/events.ts';
import { ofNewestExecution } from '../domain/ledger/reopening.ts';
import { policyBehind } from '../domain/projections/task.ts';
import { forgettingOf } from '../domain/retention/retention.ts';
import { readEvidence } from './workflow/read-evidence.ts';

/** `ENDED`: its execution ended without a decision. `FORGOTTEN`: who applied was forgotten, and what was sealed with them. */
export const STATUSES = ['IN_PROGRESS', 'IN_REVIEW', 'NEEDS_ATTENTION', 'DECIDED', 'ENDED', 'FORGOTTEN'] as const;
export type Status = (typeof STATUSES)[number];

/** Where an application stands, read from its ledger alone. */
export interface LedgerStanding {
  readonly product: string;
  readonly receivedAt: string;
  readonly receivedOn: string;
  readonly status: Status;
  /** Null until it is decided, and while what follows the decision waits for a person. */
  readonly outcome: DecisionRecord['outcome'] | null;
  /** What waits for a person. */
  readonly waiting: LedgerTask | null;
}

export interface LedgerTask {
  /** The task's id: a decision names it. */
  readonly task: string;
  readonly queue: 'REVIEW' | 'ATTENTION';
  readonly since: string;
}

/** @returns undefined for an application that was never received. */
export function standingOf(all: readonly LedgerEntry[]): LedgerStanding | undefined {
  const received = all.find(({ type }) => type === 'APPLICATION_RECEIVED');
  if (!received) return undefined;
  const { product, receivedOn } = readBody(received, 'APPLICATION_RECEIVED');
  const base = { product, receivedAt: received.occurredAt, receivedOn };
  if (forgettingOf(all).decided) return { ...base, status: 'FORGOTTEN', outcome: null, waiting: null };
  // While it is decided again, the decision before is not its decision any more.
  const entries = ofNewestExecution(all);
  const waiting = waitingTask(entries);
  if (waiting) {
    return { ...base, status: waiting.queue === 'REVIEW' ? 'IN_REVIEW' : 'NEEDS_ATTENTION', outcome: null, waiting };
  }
  const decided = entries.findLast(({ type }) => type === 'DECISION_RECORDED');
  if (decided) {
    const outcome = readBody(decided, 'DECISION_RECORDED').facts['outcome'] as DecisionRecord['outcome'];
    return { ...base, status: 'DECIDED', outcome, waiting: null };
  }
  const ended = entries.findLast(({ type }) => OF_EXECUTION.test(type))?.type === 'HISTORY_ARCHIVED';
  return { ...base, status: ended ? 'ENDED' : 'IN_PROGRESS', outcome: null, waiting: null };
}

/** What an execution writes, and who answers its tasks; the rest is done to records, whether or not it goes on. */
const OF_EXECUTION =
  /^(APPLICATION_|APPLICANTS_|PRE_BUREAU_|BUREAU_|POLICY_APPLIED|REVIEW_|ATTENTION_|DECISION_|NOTICES_|HISTORY_ARCHIVED)/;

function waitingTask(entries: readonly LedgerEntry[]): LedgerTask | null {
  const opened = entries.findLast(({ type }) => type === 'REVIEW_AWAITED' || type === 'ATTENTION_NEEDED');
  if (!opened || entries.some(({ id }) => id === `${opened.id}/completed`)) return null;
  // An execution that was stopped waits for nobody.
  const ended = entries.some(({ type, sequence }) => type === 'HISTORY_ARCHIVED' && sequence > opened.sequence);
  if (ended) return null;
  const queue = opened.type === 'REVIEW_AWAITED' ? 'REVIEW' : 'ATTENTION';
  return { task: opened.id, queue, since: opened.occurredAt };
}

/** What an application waits for a person about: the rules that ask for one, or the state and error that stopped it. */
export async function reasonsToWait(
  evidence: Evidence,
  applicationId: string,
  all: readonly LedgerEntry[],
): Promise<string[]> {
  const entries = ofNewestExecution(all);
  const opened = entries.findLast(({ type }) => type === 'REVIEW_AWAITED' || type === 'ATTENTION_NEEDED');
  if (!opened) return [];
  const policy = opened.type === 'REVIEW_AWAITED' ? policyBehind(entries, opened) : undefined;
  if (!policy) {
    // What stopped it, also where an operator has referred it since.
    const stopped = entries.findLast(({ type }) => type === 'ATTENTION_NEEDED');
    if (!stopped) return ['referred by an operator'];
    const { failedState, error } = readBody(stopped, 'ATTENTION_NEEDED').facts;
    return [`${failedState as string}: ${error as string}`];
  }
  const { rules } = await readEvidence(evidence, applicationId, 'policy', policy);
  const fired = rules.filter(({ result }) => result === 'FIRED');
  const holds = fired.filter(({ action }) => action === 'HOLD');
  const asking = holds.length > 0 ? holds : fired.filter(({ action }) => action === 'REFER');
  const named = asking.length > 0 ? asking : rules.filter(({ result }) => result === 'MISSING');
  return named.map(({ id }) => id);
}

/** The newest decision record; undefined when none is recorded, or it is being made again. */
export async function newestDecision(
  evidence: Evidence,
  applicationId: string,
  entries: readonly LedgerEntry[],
): Promise<DecisionRecord | undefined> {
  const decided = ofNewestExecution(entries).findLast(({ type }) => type === 'DECISION_RECORDED');
  const address = decided && readBody(decided, 'DECISION_RECORDED').evidence[0]?.address;
  return address ? readEvidence(evidence, applicationId, 'decision', address) : undefined;
}
