import { expect, test } from '@jest/globals';

import { nextSeal, seal } from '../../../domain/ledger/seal.ts';

const head = (applicationId: string) => ({ applicationId, length: 2, headHash: 'b'.repeat(64), addedEntries: 2 });

test('A seal has a tree over its own leaves: one that counts other leaves has no valid shape', () => {
  const sealedAt = '2026-01-05T12:00:00.000Z';
  const next = nextSeal({ sealedAt, keyId: 'a'.repeat(64), previous: undefined, grown: ['x', 'y'].map(head) });
  expect(seal.parse(next?.seal)).toMatchObject({ treeSize: 2, addedLeaves: 2, addedEntries: 4 });
  const cumulative = seal.safeParse({ ...next?.seal, treeSize: 5 });
  expect(cumulative.error?.issues).toMatchObject([{ path: ['treeSize'] }]);
});
