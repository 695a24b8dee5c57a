import type { JsonObject } from '../domain/json.ts';
import type { WorkItem, WorkStore } from '../adapters/ports.ts';

/** Keys of the work items, in one place. */
export const keys = {
  summary: (applicationId: string) => ({ pk: `APPLICATION#${applicationId}`, sk: 'SUMMARY' }),
  task: (applicationId: string) => ({ pk: `APPLICATION#${applicationId}`, sk: 'TASK' }),
  pull: (applicationId: string, bureau: string, epoch: number | string) => ({
    pk: `PULL#${applicationId}#${bureau}#${epoch}`,
    sk: 'STATE',
  }),
  person: (personKey: string, applicationId: string) => ({ pk: `PERSON#${personKey}`, sk: applicationId }),
  queue: (queue: 'REVIEW' | 'ATTENTION') => `QUEUE#${queue}`,
  /** Applications whose execution was not started yet: what a death between accepting and starting leaves behind. */
  starting: 'STARTING',
  /** Intakes that were never accepted and are being forgotten. */
  givenUp: 'GIVEN_UP',
  reopening: (applicationId: string) => ({ pk: `APPLICATION#${applicationId}`, sk: 'REOPENING' }),
  offers: (applicationId: string, decision: string) => ({
    pk: `APPLICATION#${applicationId}`,
    sk: `OFFERS#${decision}`,
  }),
  /** Decisions whose offers are neither accepted nor lapsed, by the last day on which one can be accepted. */
  openOffers: 'OFFERS',
  /** The versions of a product's policy that were proposed and approved. */
  policy: (product: string) => ({ pk: `POLICY#${product}`, sk: 'APPROVALS' }),
  retention: (applicationId: string) => ({ pk: `APPLICATION#${applicationId}`, sk: 'RETENTION' }),
  /** Decided applications that nothing holds, by the last day on which they are kept. */
  kept: 'RETENTION',
  /** Applications under a legal hold. */
  onHold: 'LEGAL_HOLD',
  undecided: 'UNDECIDED',
  /** Which application's ledger names a piece of evidence; or that none did when it was looked for. */
  named: (address: string) => ({ pk: `EVIDENCE#${address}`, sk: 'NAMED' }),
  /** What reconciliation found last of an application, or of all evidence, and told. */
  findings: (applicationId: string) => ({ pk: `APPLICATION#${applicationId}`, sk: 'FINDINGS' }),
  /** How far reconciliation has come. */
  reconciliation: (pass: string) => ({ pk: 'RECONCILIATION', sk: pass }),
  switch: (kind: string, id: string) => ({ pk: `SWITCH#${kind}:${id}`, sk: 'STATE' }),
  /** A day's applications in eight shards, so that no key is hot. */
  receivedOn: (date: string, shard: number) => `RECEIVED#${date}#${shard}`,
  /** Applications that a policy or a model package was asked about, in shards too. */
  affectedBy: (digest: string, shard: number) => `AFFECTED#${digest}#${shard}`,
};

export const SHARDS = 8;

/** The shard of an application, the same on every machine. */
export function shardOf(applicationId: string): number {
  let hash = 0;
  for (const letter of applicationId) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return hash % SHARDS;
}

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

/** Where an application stands, for lists: a projection of its ledger. */
export interface Summary extends JsonObject {
  applicationId: string;
  product: string;
  receivedAt: string;
  /** Null until the execution was started. */
  executionArn: string | null;
  status: 'IN_PROGRESS' | 'IN_REVIEW' | 'NEEDS_ATTENTION' | 'DECIDED';
  outcome: string | null;
  /** The newest reopening that was begun; 0 while there is none. */
  reopening: number;
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

/** How far the claim on a hard pull has come: see PullBureauReport. */
export type PullState = JsonObject &
  (
    | { state: 'CLAIMED' | 'SENT'; reference: string }
    | {
        state: 'RECEIVED';
        reference: string;
        answer: { address: string; versionId: string };
      }
  );
