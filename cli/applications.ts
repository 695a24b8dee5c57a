import type { Embedded } from '../adapters/compose/embedded.ts';
import { keys, RECEIVED_SHARDS, type Summary } from '../lambdas/work-items.ts';

/** Every application that the ledger of a data folder knows, in the order they came. */
export function allApplications({ database }: Embedded): string[] {
  return database
    .statement('SELECT application_id FROM ledger_applications ORDER BY id')
    .all()
    .map((row) => String(row['application_id']));
}

/** Entries and kinds of what a data folder holds. */
export function ledgerCounts({ database }: Embedded): { applications: number; entries: number; evidence: number } {
  const count = (table: string) => Number(database.statement(`SELECT count(*) AS n FROM ${table}`).get()?.['n'] ?? 0);
  return {
    applications: count('ledger_applications'),
    entries: count('ledger_entries'),
    evidence: count('evidence_objects'),
  };
}

/** Applications received on a local date of the creditor, oldest first. */
export async function receivedOn({ workStore }: Embedded, date: string): Promise<string[]> {
  const found: Summary[] = [];
  for (let shard = 0; shard < RECEIVED_SHARDS; shard += 1) {
    found.push(...(await listed(workStore, keys.receivedOn(date, shard))).map((data) => data as Summary));
  }
  return found
    .sort((a, b) => (a.receivedAt < b.receivedAt ? -1 : a.receivedAt > b.receivedAt ? 1 : 0))
    .map(({ applicationId }) => applicationId);
}

/** Applications in a queue, the one that waits longest first. */
export async function queued({ workStore }: Embedded, queue: 'REVIEW' | 'ATTENTION'): Promise<string[]> {
  const ids: string[] = [];
  let after: string | undefined;
  do {
    const page = await workStore.listIndex(keys.queue(queue), after === undefined ? {} : { after });
    // The key of a queue's index ends in the application's id: the item itself holds a task token, which nobody reads.
    ids.push(...page.items.map(({ pk }) => pk.replace(/^APPLICATION#/, '')));
    after = page.next;
  } while (after !== undefined);
  return ids;
}

async function listed(workStore: Embedded['workStore'], indexPk: string) {
  const items = [];
  let after: string | undefined;
  do {
    const page = await workStore.listIndex(indexPk, after === undefined ? {} : { after });
    items.push(...page.items.map(({ data }) => data));
    after = page.next;
  } while (after !== undefined);
  return items;
}
