import { expect, test } from '@jest/globals';

import { archivedOnce } from '../../adapters/archived-once.ts';
import { embeddedEvidenceStore } from '../../adapters/embedded/evidence-store.ts';
import { sha256 } from '../../domain/ledger/canonical-json.ts';
import { temporaryDataFolder } from '../support/data-folder.ts';

const files = ['manifest', 'model'].map((text) => Buffer.from(text));

test('What decides is loaded and archived once, each file under its digest, by however many ask at once', async () => {
  const data = temporaryDataFolder();
  try {
    const store = embeddedEvidenceStore(data.database);
    let loads = 0;
    const load = archivedOnce(store, async () => {
      loads += 1;
      return { name: 'package', files };
    });
    expect(await Promise.all([load(), load()])).toMatchObject([{ name: 'package' }, { name: 'package' }]);
    await load();
    expect(loads).toBe(1);
    for (const file of files) expect(Buffer.from(await store.get(sha256(file))).equals(file)).toBe(true);
  } finally {
    data.remove();
  }
});

test('Nothing is given that could not be archived, and the next call tries again', async () => {
  const data = temporaryDataFolder();
  try {
    const store = embeddedEvidenceStore(data.database);
    let refusals = 1;
    const refusing = {
      ...store,
      put: async (bytes: Uint8Array) => {
        refusals -= 1;
        if (refusals >= 0) throw new Error('The store is full.');
        return store.put(bytes);
      },
    };
    const load = archivedOnce(refusing, async () => ({ files }));
    await expect(load()).rejects.toThrow('The store is full.');
    await expect(load()).resolves.toMatchObject({ files });
  } finally {
    data.remove();
  }
});
