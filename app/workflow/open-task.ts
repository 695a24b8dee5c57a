import type { Events, Ledger, WorkStore } from '../../adapters/ports.ts';
import type { JsonObject } from '../../domain/json.ts';
import { ledgerEvent } from '../../domain/ledger/events.ts';
import { announcementOf } from '../../domain/projections/announcements.ts';
import { taskDetails, taskItem, type OpenTask, type TaskPayload } from '../../domain/projections/task.ts';
import { updateItem, updateSummary } from '../work-items.ts';
import { eventId, type Called } from './record-step.ts';

export interface TaskPorts {
  readonly ledger: Ledger;
  readonly workStore: WorkStore;
  readonly events: Events;
}

/** Puts an application into a queue, in place of an earlier task of the same application. */
export async function openTask(
  { ledger, workStore, events }: TaskPorts,
  called: Called & TaskPayload,
  opening: { queue: OpenTask['queue']; tries: number; facts: JsonObject },
): Promise<void> {
  const { application, step, taskToken } = called;
  const { applicationId } = application;
  const { queue, tries, facts } = opening;
  const entry = await ledger.append(
    ledgerEvent({
      id: eventId(step, String(tries)),
      applicationId,
      type: queue === 'REVIEW' ? 'REVIEW_AWAITED' : 'ATTENTION_NEEDED',
      occurredAt: step.enteredAt,
      actor: 'system',
      body: { queue, facts },
    }),
  );
  const { data, ...place } = taskItem(entry, taskDetails(entry, called), taskToken);
  await updateSummary(workStore, applicationId, { status: queue === 'REVIEW' ? 'IN_REVIEW' : 'NEEDS_ATTENTION' });
  await updateItem(workStore, place, () => data);
  const announcement = announcementOf(entry);
  if (announcement) await events.publish([announcement]);
}
