import type { Clock, Ledger, WorkItem, WorkStore } from '../../adapters/ports.ts';
import { MS_PER_DAY } from '../../domain/calendar.ts';
import { keys } from '../../domain/projections/keys.ts';
import type { Summary } from '../../domain/projections/summary.ts';
import { receivedEventId } from '../workflow/start-execution.ts';

/** The creditor's own period, as nothing was accepted that a law keeps. No front end retries after it. */
const ABANDONED_AFTER_DAYS = 30;

/**
 * Finds intakes that stopped before they accepted anything and were not sent again for `ABANDONED_AFTER_DAYS`. Includes those
 * that an earlier call began to abandon.
 * @returns their summaries.
 */
export async function abandonedIntakes(
  { workStore, ledger, clock }: { readonly workStore: WorkStore; readonly ledger: Ledger; readonly clock: Clock },
  limit: number,
): Promise<WorkItem[]> {
  const begun = await workStore.listIndex(keys.abandoned, { limit });
  const { items } = await workStore.listIndex(keys.starting, { limit });
  const until = new Date(clock.now().getTime() - ABANDONED_AFTER_DAYS * MS_PER_DAY).toISOString();
  const abandoned = [...begun.items];
  for (const item of items) {
    const { applicationId } = item.data as Summary;
    if (item.sk !== keys.summary(applicationId).sk || (item.index?.sk ?? '') >= until) continue;
    if (!(await ledger.find(applicationId, receivedEventId(applicationId)))) abandoned.push(item);
  }
  return abandoned;
}

/**
 * Removes an intake from the list of those that can still be completed. The ledger has no entry of it, so its summary stays as
 * the only record; it names no person. @returns undefined when it was sent again meanwhile.
 */
export async function beginToAbandon(workStore: WorkStore, item: WorkItem): Promise<WorkItem | undefined> {
  if (item.index?.pk === keys.abandoned) return item;
  return workStore.replace({ ...item, index: { pk: keys.abandoned, sk: item.index?.sk ?? '' } });
}

/** Removes the intake from its last list, once nothing else is left of it. */
export async function endAbandoning(workStore: WorkStore, { pk, sk, version, data }: WorkItem): Promise<void> {
  await workStore.replace({ pk, sk, version, data });
}

/** Whether an intake's summary shows that it was abandoned. */
export function isAbandoned({ index, data }: WorkItem): boolean {
  return data['executionArn'] === null && index?.pk !== keys.starting;
}
