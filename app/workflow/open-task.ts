import type { Events, Ledger, WorkStore } from '../../adapters/ports.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { ledgerEvent, readBody } from '../../domain/ledger/events.ts';
import { ofNewestExecution, withdrawalIn } from '../../domain/ledger/reopening.ts';
import { openedBy, resumptionStatement } from '../../domain/ledger/statements.ts';
import { announcementOf } from '../../domain/projections/announcements.ts';
import { taskDetails, taskItem, type OpenTask, type TaskPayload } from '../../domain/projections/task.ts';
import { removeTask, syncCase, syncStatus, updateItem } from '../work-items.ts';
import { eventId, type Called } from './record-step.ts';

/** The error with which a task of a withdrawn application ends: underwriting.asl.json catches it. */
export const APPLICATION_WITHDRAWN = 'ApplicationWithdrawn';

export interface TaskPorts {
  readonly ledger: Ledger;
  readonly workStore: WorkStore;
  readonly events: Events;
}

/** The applicant withdrew: the workflow records that and waits for no person. */
class ApplicationWithdrawn extends Error {
  override readonly name = APPLICATION_WITHDRAWN;
}

/** @throws ApplicationWithdrawn where the applicant withdrew before the newest execution decided. */
export async function requireNotWithdrawn(ledger: Pick<Ledger, 'read'>, applicationId: string): Promise<void> {
  if (!withdrawalIn(ofNewestExecution(await ledger.read(applicationId)))) return;
  throw new ApplicationWithdrawn('The applicant withdrew the application: its withdrawal is recorded.');
}

/**
 * Puts an application into a queue, in place of an earlier task of the same application.
 * @throws ApplicationWithdrawn
 */
export async function openTask(
  ports: TaskPorts,
  called: Called & TaskPayload,
  opening: { queue: OpenTask['queue']; tries: number; facts: JsonObject },
): Promise<void> {
  const { ledger, workStore, events } = ports;
  const { application, step, taskToken } = called;
  const { applicationId } = application;
  const { queue, tries, facts } = opening;
  await requireNotWithdrawn(ledger, applicationId);
  const entry = await ledger.append(
    ledgerEvent({
      id: eventId(step, String(tries)),
      applicationId,
      type: openedBy(queue),
      occurredAt: step.enteredAt,
      actor: 'system',
      body: { queue, facts },
    }),
  );
  const { data, ...place } = taskItem(entry, taskDetails(entry, called), taskToken);
  await recordResumption(ports, entry, step.executionArn);
  await syncStatus(ports, applicationId);
  await updateItem(workStore, place, () => data);
  await syncCase(ports, applicationId);
  await requireNotWithdrawn(ledger, applicationId).catch(async (error: unknown) => {
    // The withdrawal came in between, and may have found no task to end.
    await removeTask(workStore, applicationId);
    throw error;
  });
  const announcement = announcementOf(entry);
  if (announcement) await events.publish([announcement]);
}

/** Records that a redrive reopened the task of a stopped execution. */
async function recordResumption({ ledger }: TaskPorts, opened: LedgerEntry, executionArn: string): Promise<void> {
  const { applicationId, sequence } = opened;
  const archive = (await ledger.read(applicationId)).findLast(
    (entry) =>
      entry.type === 'HISTORY_ARCHIVED' &&
      entry.sequence > sequence &&
      readBody(entry, 'HISTORY_ARCHIVED').executionArn === executionArn,
  );
  if (archive) await appendResumption(ledger, opened, archive);
}

/** @param opened the entry that opened the task. @param archive the entry that archived the end before the redrive. */
export async function appendResumption(ledger: Ledger, opened: LedgerEntry, archive: LedgerEntry): Promise<void> {
  const { applicationId } = opened;
  const { id, occurredAt, task } = resumptionStatement(opened, archive);
  await ledger.append(
    ledgerEvent({ id, applicationId, type: 'TASK_RESUMED', occurredAt, actor: 'system', body: { task } }),
  );
}
