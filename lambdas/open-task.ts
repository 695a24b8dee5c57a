import type { Events, Ledger, WorkStore } from '../adapters/ports.ts';
import type { JsonObject } from '../domain/json.ts';
import { ledgerEvent } from '../domain/ledger/events.ts';
import { eventId, type Called } from './record-step.ts';
import { keys, updateItem, updateSummary } from './work-items.ts';

export interface TaskPorts {
  readonly ledger: Ledger;
  readonly workStore: WorkStore;
  readonly events: Events;
}

/** Why an application waits: what CompleteTask needs to judge an answer. */
export interface TaskDetails extends JsonObject {
  stage: 'PRE_BUREAU' | 'FULL' | 'ATTENTION';
  /** The policy result that asks for a person. */
  policy: string | null;
  /** What failed, where it needed an operator. */
  failure: { state: string; error: string; cause: string } | null;
}

/** What waits for a person, as it stands in the queue. The token is a credential: only CompleteTask reads it. */
export interface OpenTask extends JsonObject {
  queue: 'REVIEW' | 'ATTENTION';
  taskToken: string;
  openedAt: string;
  /** The event that says that the task was opened: with it, one answer is told from another. */
  eventId: string;
  details: TaskDetails;
}

/** Puts an application into a queue, in place of an earlier task of the same application. */
export async function openTask(
  { ledger, workStore, events }: TaskPorts,
  { application: { applicationId }, step }: Called,
  opening: { queue: OpenTask['queue']; taskToken: string; tries: number; details: TaskDetails; facts: JsonObject },
): Promise<void> {
  const { queue, taskToken, tries, details, facts } = opening;
  const id = eventId(step, String(tries));
  await ledger.append(
    ledgerEvent({
      id,
      applicationId,
      type: queue === 'REVIEW' ? 'REVIEW_AWAITED' : 'ATTENTION_NEEDED',
      occurredAt: step.enteredAt,
      actor: 'system',
      body: { queue, facts },
    }),
  );
  const task: OpenTask = { queue, taskToken, openedAt: step.enteredAt, eventId: id, details };
  await updateSummary(workStore, applicationId, { status: queue === 'REVIEW' ? 'IN_REVIEW' : 'NEEDS_ATTENTION' });
  const index = { pk: keys.queue(queue), sk: `${step.enteredAt}#${applicationId}` };
  await updateItem(workStore, { ...keys.task(applicationId), index }, () => task);
  const type = queue === 'REVIEW' ? 'ReviewAwaited' : 'AttentionNeeded';
  await events.publish([{ id, type, occurredAt: step.enteredAt, detail: { applicationId, ...facts } }]);
}
