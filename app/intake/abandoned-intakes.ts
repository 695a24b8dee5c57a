import type { Clock, Ledger, WorkItem, WorkStore } from '../../adapters/ports.ts';
import { keys, type Summary } from '../work-items.ts';
import { receivedEventId } from '../workflow/start-execution.ts';

/** No front end that lost its answer asks again as late. Our own period: nothing was accepted that a law would keep. */
const GIVEN_UP_DAYS = 30;

/**
 * Intakes that died before they accepted anything and were not sent again for `GIVEN_UP_DAYS`, and those that an earlier call
 * died over giving up.
 * @returns their summaries.
 */
export async function deadIntakes(
  { workStore, ledger, clock }: { readonly workStore: WorkStore; readonly ledger: Ledger; readonly clock: Clock },
  limit: number,
): Promise<WorkItem[]> {
  const begun = await workStore.listIndex(keys.givenUp, { limit });
  const { items } = await workStore.listIndex(keys.starting, { limit });
  const until = new Date(clock.now().getTime() - GIVEN_UP_DAYS * 86_400_000).toISOString();
  const dead = [...begun.items];
  for (const item of items) {
    const { applicationId } = item.data as Summary;
    if (item.sk !== keys.summary(applicationId).sk || (item.index?.sk ?? '') >= until) continue;
    if (!(await ledger.find(applicationId, receivedEventId(applicationId)))) dead.push(item);
  }
  return dead;
}

/**
 * Takes an intake off the list of those that can still be completed. The ledger never heard of it, so its summary, which
 * names nobody, is what says so, and stays. @returns undefined when it was sent again meanwhile.
 */
export async function beginToGiveUp(workStore: WorkStore, item: WorkItem): Promise<WorkItem | undefined> {
  if (item.index?.pk === keys.givenUp) return item;
  return workStore.replace({ ...item, index: { pk: keys.givenUp, sk: item.index?.sk ?? '' } });
}

/** Nothing is left of it: it is on no list any more. */
export async function endGivingUp(workStore: WorkStore, { pk, sk, version, data }: WorkItem): Promise<void> {
  await workStore.replace({ pk, sk, version, data });
}

/** Whether the summary of an intake says that it is not completed any more. */
export function isGivenUp({ index, data }: WorkItem): boolean {
  return data['executionArn'] === null && index?.pk !== keys.starting;
}
