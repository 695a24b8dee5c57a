import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { embeddedEvidenceStore } from '../../../adapters/embedded/evidence-store.ts';
import { releaseFaults } from '../../../audit/verify/release.ts';
import { temporaryDataFolder } from '../../support/data-folder.ts';

let data: ReturnType<typeof temporaryDataFolder>;
beforeAll(() => {
  data = temporaryDataFolder();
});
afterAll(() => data.remove());

const faultsOf = async (kind: string, value: { core?: string }): Promise<string[]> =>
  (await releaseFaults(embeddedEvidenceStore(data.database), kind, value)).map(({ fault }) => fault);

test('A result that names no decision core is a fault, because nothing can replay it', async () => {
  for (const kind of ['score', 'policy', 'decision']) expect(await faultsOf(kind, {})).toEqual(['RELEASE_NOT_NAMED']);
  expect(await faultsOf('decision', { core: 'a'.repeat(64) })).toEqual(['RELEASE_OBJECT_MISSING']);
  expect(await faultsOf('review', {})).toEqual([]);
});
