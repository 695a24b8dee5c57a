import type { Ledger, WorkItem, WorkStore } from '../adapters/ports.ts';
import type { JsonObject } from '../domain/json.ts';
import type { LedgerEntry } from '../domain/ledger/chain.ts';
import { caseItem } from '../domain/projections/case.ts';
import { keys } from '../domain/projections/keys.ts';
import { differences } from '../domain/projections/rule.ts';
import { endedItem, summaryData, type Summary } from '../domain/projections/summary.ts';

/** The answer of an attempt that another writer intervened in. */
export const RACE_LOST = Symbol('another writer came first');

/**
 * Retries a read and its write until no other writer intervenes.
 * @param attempt gets the present item, undefined when there is none. @returns the first answer other than RACE_LOST.
 */
export async function compareAndSwap<Value>(
  workStore: WorkStore,
  { pk, sk }: Pick<WorkItem, 'pk' | 'sk'>,
  attempt: (present: WorkItem | undefined) => Promise<Value | typeof RACE_LOST>,
): Promise<Value> {
  for (;;) {
    const answer = await attempt(await workStore.get(pk, sk));
    if (answer !== RACE_LOST) return answer;
  }
}

/** Replaces the item that was read, or creates it. @returns undefined where another writer came first. */
export function writeItem(
  workStore: WorkStore,
  present: WorkItem | undefined,
  next: Omit<WorkItem, 'version'>,
): Promise<WorkItem | undefined> {
  return present ? workStore.replace({ ...next, version: present.version }) : workStore.create(next);
}

/**
 * Changes an item's data, or creates the item. Retries after each lost race.
 * @param change gets the present data, undefined when there is no item, and gives the new; undefined leaves it as it is.
 */
export function updateItem(
  workStore: WorkStore,
  { pk, sk, index }: Pick<WorkItem, 'pk' | 'sk' | 'index'>,
  change: (data: JsonObject | undefined) => JsonObject | undefined | Promise<JsonObject | undefined>,
): Promise<void> {
  return compareAndSwap<void>(workStore, { pk, sk }, async (item) => {
    const data = await change(item?.data);
    if (data === undefined) return undefined;
    const placed = index ?? item?.index;
    const written = await writeItem(workStore, item, { pk, sk, data, ...(placed ? { index: placed } : {}) });
    return written ? undefined : RACE_LOST;
  });
}

export async function readSummary(workStore: WorkStore, applicationId: string): Promise<Summary | undefined> {
  const { pk, sk } = keys.summary(applicationId);
  return (await workStore.get(pk, sk))?.data as Summary | undefined;
}

export interface StatusPorts {
  readonly ledger: Pick<Ledger, 'read'>;
  readonly workStore: WorkStore;
}

/**
 * Writes the rows that show an application's status, from the fold of its ledger alone: the summary that the intake made,
 * and the row that queues an ended execution for operators. Each caller runs it after its own entry is appended.
 * @param started the execution that was started, and the summary's place on its list where that changes.
 * @returns the ledger's entries.
 */
export async function syncStatus(
  { ledger, workStore }: StatusPorts,
  applicationId: string,
  started?: { readonly executionArn: string; readonly index?: WorkItem['index'] },
): Promise<readonly LedgerEntry[]> {
  // The ledger is read after the row: a writer that came in between has changed the row's version.
  let entries: readonly LedgerEntry[] = [];
  const { index, ...executionArn } = started ?? {};
  await updateItem(workStore, { ...keys.summary(applicationId), ...(index && { index }) }, async (data) => {
    entries = await ledger.read(applicationId);
    return data && { ...data, ...summaryData(entries), ...executionArn };
  });
  if (entries.some(({ type }) => type === 'HISTORY_ARCHIVED')) await syncEnded({ ledger, workStore }, applicationId);
  return entries;
}

/** Queues an ended execution for operators and removes its task, or takes a redriven one off the queue. */
async function syncEnded({ ledger, workStore }: StatusPorts, applicationId: string): Promise<void> {
  const task = keys.task(applicationId);
  await compareAndSwap<void>(workStore, keys.ended(applicationId), async (stored) => {
    const open = await workStore.get(task.pk, task.sk);
    const item = endedItem(await ledger.read(applicationId));
    if (!item) return !stored || (await workStore.remove(stored)) ? undefined : RACE_LOST;
    if (open && !(await workStore.remove(open))) return RACE_LOST;
    await removeItem(workStore, keys.case(applicationId));
    if (stored?.data['archive'] === item.data['archive']) return undefined;
    if (!(await writeItem(workStore, stored, item))) return RACE_LOST;
    // A redrive that came in between has found no row to remove.
    return endedItem(await ledger.read(applicationId)) ? undefined : RACE_LOST;
  });
}

/** Removes an item of any version. A missing item is no error. */
export function removeItem(workStore: WorkStore, place: Pick<WorkItem, 'pk' | 'sk'>): Promise<void> {
  return compareAndSwap<void>(workStore, place, async (item) =>
    item && !(await workStore.remove(item)) ? RACE_LOST : undefined,
  );
}

/** Removes a task and its case that CompleteTask left when it stopped early. */
export async function removeTask(workStore: WorkStore, applicationId: string): Promise<void> {
  for (const { pk, sk } of [keys.task(applicationId), keys.case(applicationId)]) {
    const item = await workStore.get(pk, sk);
    if (item) await workStore.remove(item);
  }
}

/**
 * Writes the row of an application's case from the fold of its ledger. Each caller runs it after its own entry is appended.
 * @returns the ledger's entries.
 */
export async function syncCase(
  { ledger, workStore }: StatusPorts,
  applicationId: string,
): Promise<readonly LedgerEntry[]> {
  // The ledger is read after the row: a writer that came in between has changed the row's version.
  let entries: readonly LedgerEntry[] = [];
  await compareAndSwap<void>(workStore, keys.case(applicationId), async (present) => {
    entries = await ledger.read(applicationId);
    const item = caseItem(entries);
    // CompleteTask and the end of an execution remove the row.
    if (!item || (present && differences(item, present).length === 0)) return undefined;
    return (await writeItem(workStore, present, item)) ? undefined : RACE_LOST;
  });
  return entries;
}
