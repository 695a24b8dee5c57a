import type { WorkStore } from '../../adapters/ports.ts';
import { SHARDS } from '../../domain/ledger/shards.ts';
import { affectedItem } from '../../domain/projections/application.ts';
import { keys } from '../../domain/projections/keys.ts';

/** Indexes an application under the digest of the policy or model package that judges it next. */
export async function indexAffected(workStore: WorkStore, applicationId: string, digest: string): Promise<void> {
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
