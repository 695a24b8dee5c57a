import { expect, test } from '@jest/globals';

import { nextSeal, signedSeal } from '../../../domain/ledger/seal.ts';

const head = (applicationId: string) => ({ applicationId, length: 2, headHash: 'b'.repeat(64), addedEntries: 2 });

test('A seal has a tree over its own leaves: one that counts other leaves has no valid shape', () => {
  const sealedAt = '2026-01-05T12:00:00.000Z';
  const next = nextSeal({ sealedAt, keyId: 'a'.repeat(64), previous: undefined, grown: ['x', 'y'].map(head) });
  const { seal } = signedSeal.parse({ seal: next?.seal, signature: '' });
  expect(seal).toMatchObject({ treeSize: 2, addedLeaves: 2, addedEntries: 4 });
  const cumulative = signedSeal.safeParse({ seal: { ...seal, treeSize: 5 }, signature: '' });
  expect(cumulative.error?.issues).toMatchObject([{ path: ['seal', 'treeSize'] }]);
});
