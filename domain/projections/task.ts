import type { Json, JsonObject } from '../json.ts';
import type { LedgerEntry } from '../ledger/chain.ts';
import { readBody } from '../ledger/events.ts';
import { draftId, opensTask, queueOf, type Queue } from '../ledger/statements.ts';
import { statusOf } from '../status.ts';
import { keys } from './keys.ts';
import type { Projected } from './rule.ts';

/** Why an application waits: what CompleteTask needs to judge an answer. */
export interface TaskDetails extends JsonObject {
  stage: 'PRE_BUREAU' | 'FULL' | 'ATTENTION';
  /** The policy result that asks for a person. */
  policy: string | null;
  /** What failed, where it needed an operator. */
  failure: { state: string; error: string; cause: string } | null;
}

/** A task in its queue. The token is a credential: only CompleteTask reads it. */
export interface OpenTask extends JsonObject {
  queue: Queue;
  taskToken: string;
  openedAt: string;
  /** The event that opened the task: it distinguishes one answer from another. */
  eventId: string;
  details: TaskDetails;
}

/** The payload with which a workflow calls AwaitReview or NeedsAttention. */
export interface TaskPayload {
  readonly taskToken: string;
  readonly stage?: TaskDetails['stage'];
  readonly policy?: string | null;
  readonly failure: TaskDetails['failure'];
}

/** @param opened the entry that opens the task. */
export function taskDetails(opened: Pick<LedgerEntry, 'type'>, { stage, policy, failure }: TaskPayload): TaskDetails {
  return opened.type === 'REVIEW_AWAITED'
    ? { stage: stage ?? 'ATTENTION', policy: policy ?? null, failure }
    : { stage: 'ATTENTION', policy: null, failure };
}

/** The task that an entry opens, in its place on its queue. */
export function taskItem(opened: LedgerEntry, details: TaskDetails, taskToken: string): Projected & { data: OpenTask } {
  const { id: eventId, applicationId, occurredAt: openedAt } = opened;
  const queue = queueOf(opened);
  return {
    ...keys.task(applicationId),
    index: { pk: keys.queue(queue), sk: `${openedAt}#${applicationId}` },
    data: { queue, taskToken, openedAt, eventId, details },
  };
}

/** The entry of the task that waits for a person. */
export function openedTask(entries: readonly LedgerEntry[]): LedgerEntry | undefined {
  const { waiting } = statusOf(entries) ?? {};
  return waiting?.kind === 'TASK' ? waiting.entry : undefined;
}

/** The entry of the draft that waits for a second person. */
export function openDraft(entries: readonly LedgerEntry[]): LedgerEntry | undefined {
  const opened = openedTask(entries);
  return opened && entries.find(({ id, type }) => type === 'REVIEW_DRAFTED' && id === draftId(opened.id));
}

/**
 * Whether the workflow took the answer to a task: a step followed it. The answer that no step followed may have been lost.
 * @param answer the entry of the answer; undefined where none was recorded.
 */
export function isAnswerTaken(entries: readonly LedgerEntry[], answer: LedgerEntry | undefined): boolean {
  return !answer || entries.some((entry) => entry.sequence > answer.sequence && !opensTask(entry));
}

/** The address of the policy result that asked for the person; undefined where an operator referred the application. */
export function policyBehind(entries: readonly LedgerEntry[], opened: LedgerEntry): string | undefined {
  if (readBody(opened, 'REVIEW_AWAITED').facts['stage'] === 'ATTENTION') return undefined;
  const applied = entries.findLast(
    ({ type, sequence }) =>
      sequence < opened.sequence && (type === 'POLICY_APPLIED' || type === 'PRE_BUREAU_POLICY_APPLIED'),
  );
  return (
    applied && readBody(applied, applied.type as 'POLICY_APPLIED' | 'PRE_BUREAU_POLICY_APPLIED').evidence[0]?.address
  );
}

/** What the ledger alone says of a task's details: all of them but the cause of a failure. */
export function agreesWithLedger(entries: readonly LedgerEntry[], opened: LedgerEntry, details: TaskDetails): boolean {
  const { failure, policy, stage } = details;
  if (opened.type === 'REVIEW_AWAITED') {
    const { facts } = readBody(opened, 'REVIEW_AWAITED');
    return stage === facts['stage'] && policy === (policyBehind(entries, opened) ?? null);
  }
  const { failedState, error } = readBody(opened, 'ATTENTION_NEEDED').facts as Record<string, Json>;
  return stage === 'ATTENTION' && policy === null && failure?.state === failedState && failure?.error === error;
}
