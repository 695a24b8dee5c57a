import type { WorkItem, WorkStore } from '../adapters/ports.ts';
import type { JsonObject } from '../domain/json.ts';
import { keys } from '../domain/projections/keys.ts';
import type { Summary } from '../domain/projections/summary.ts';

export { keys, SHARDS, shardOf } from '../domain/projections/keys.ts';
export type { PullState } from '../domain/projections/pulls.ts';
export type { Summary } from '../domain/projections/summary.ts';

/**
 * Changes an item's data however often another writer comes first; makes the item when there is none.
 * @param change gets the present data, undefined when there is no item, and gives the new; undefined leaves it as it is.
 */
export async function updateItem(
  workStore: WorkStore,
  { pk, sk, index }: Pick<WorkItem, 'pk' | 'sk' | 'index'>,
  change: (data: JsonObject | undefined) => JsonObject | undefined,
): Promise<void> {
  for (;;) {
    const item = await workStore.get(pk, sk);
    const data = change(item?.data);
    if (data === undefined) return;
    const placed = index ?? item?.index;
    const next = { pk, sk, data, ...(placed ? { index: placed } : {}) };
    const written = item ? await workStore.replace({ ...next, version: item.version }) : await workStore.create(next);
    if (written) return;
  }
}

export async function readSummary(workStore: WorkStore, applicationId: string): Promise<Summary | undefined> {
  const { pk, sk } = keys.summary(applicationId);
  return (await workStore.get(pk, sk))?.data as Summary | undefined;
}

/** Changes parts of an application's summary, which the intake made. */
export function updateSummary(
  workStore: WorkStore,
  applicationId: string,
  change: Partial<Summary>,
  index?: WorkItem['index'],
): Promise<void> {
  return updateItem(workStore, { ...keys.summary(applicationId), ...(index && { index }) }, (data) =>
    data === undefined ? undefined : { ...data, ...(change as JsonObject) },
  );
}

/** Removes an item, whatever its version; none there is success. */
export async function removeItem(workStore: WorkStore, { pk, sk }: Pick<WorkItem, 'pk' | 'sk'>): Promise<void> {
  for (;;) {
    const item = await workStore.get(pk, sk);
    if (!item || (await workStore.remove(item))) return;
  }
}

/** Takes an application's task off its queue where CompleteTask died before it could. */
export async function removeTask(workStore: WorkStore, applicationId: string): Promise<void> {
  const { pk, sk } = keys.task(applicationId);
  const task = await workStore.get(pk, sk);
  if (task) await workStore.remove(task);
}
