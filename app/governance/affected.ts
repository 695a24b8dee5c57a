import type { WorkStore } from '../../adapters/ports.ts';
import { affectedItem } from '../../domain/projections/application.ts';
import { keys, SHARDS } from '../work-items.ts';

/** Lists an application under the digest of a policy or a model package that is about to be asked about it. */
export async function listAffected(workStore: WorkStore, applicationId: string, digest: string): Promise<void> {
  await workStore.create(affectedItem(applicationId, digest));
}

/** Every application that a policy or a model package was asked about, a page at a time. */
export async function* affectedBy(workStore: WorkStore, digest: string): AsyncGenerator<string> {
  for (let shard = 0; shard < SHARDS; shard += 1) {
    let after: string | undefined;
    do {
      const page = await workStore.list(keys.affectedBy(digest, shard), after === undefined ? {} : { after });
      for (const { sk } of page.items) yield sk;
      after = page.next;
    } while (after !== undefined);
  }
}
