import type { Clock, Ledger, WorkItem, WorkStore } from '../../adapters/ports.ts';
import { keys, type Summary } from '../work-items.ts';
import { receivedEventId } from '../workflow/start-execution.ts';

/** No front end that lost its answer asks again as late. Our own period: nothing was accepted that a law would keep. */
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
  const until = new Date(clock.now().getTime() - ABANDONED_AFTER_DAYS * 86_400_000).toISOString();
  const abandoned = [...begun.items];
  for (const item of items) {
    const { applicationId } = item.data as Summary;
    if (item.sk !== keys.summary(applicationId).sk || (item.index?.sk ?? '') >= until) continue;
    if (!(await ledger.find(applicationId, receivedEventId(applicationId)))) abandoned.push(item);
  }
  return abandoned;
}

/**
 * Takes an intake off the list of those that can still be completed. The ledger never heard of it, so its summary, which
 * names nobody, is what says so, and stays. @returns undefined when it was sent again meanwhile.
 */
export async function beginToAbandon(workStore: WorkStore, item: WorkItem): Promise<WorkItem | undefined> {
  if (item.index?.pk === keys.abandoned) return item;
  return workStore.replace({ ...item, index: { pk: keys.abandoned, sk: item.index?.sk ?? '' } });
}

/** Nothing is left of it: it is on no list any more. */
export async function endAbandoning(workStore: WorkStore, { pk, sk, version, data }: WorkItem): Promise<void> {
  await workStore.replace({ pk, sk, version, data });
}

/** Whether the summary of an intake says that it is not completed any more. */
export function isAbandoned({ index, data }: WorkItem): boolean {
  return data['executionArn'] === null && index?.pk !== keys.starting;
}
