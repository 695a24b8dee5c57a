import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import type { SealLog } from '../../adapters/ports.ts';
import { digestOf } from '../../domain/ledger/canonical-json.ts';
import { nextSeal, type SealedHead, type SignedSeal } from '../../domain/ledger/seal.ts';
import { treeFaults } from '../support/sealed-heads.ts';

export interface SealLogUnderTest {
  /** Another adapter on the same store. */
  open(): SealLog;
  close(): Promise<void>;
}

const head = (applicationId: string, length: number): SealedHead => ({
  applicationId,
  length,
  headHash: String(length).padStart(64, '0'),
});

/** What every log of seals does. Whether signatures hold is not its affair. */
export function describeSealLogContract(name: string, make: () => Promise<SealLogUnderTest>): void {
  describe(`${name}: the log of seals`, () => {
    let store: SealLogUnderTest;
    let log: SealLog;
    beforeAll(async () => {
      store = await make();
      log = store.open();
    });
    afterAll(() => store.close());

    /** A seal over the heads, behind the newest of the log. */
    async function sealOver(heads: readonly SealedHead[]): Promise<[SignedSeal, SealedHead[]]> {
      const previous = (await log.newest())?.seal;
      const grown = heads.map((each) => ({ ...each, addedEntries: 1 }));
      const sealedAt = new Date(Date.UTC(2026, 0, 5 + (previous?.number ?? 0))).toISOString();
      const next = nextSeal({ sealedAt, keyId: 'a'.repeat(64), previous, grown });
      if (!next) throw new Error('Name heads to seal.');
      return [{ seal: next.seal, signature: digestOf(heads) }, next.added];
    }

    test('is empty at first', async () => {
      expect(await log.newest()).toBeUndefined();
      expect(await log.seals()).toEqual([]);
      expect(await log.added(1)).toEqual([]);
      expect(await log.sealOf('application-a')).toBeUndefined();
    });

    test('keeps seals with their heads, and finds the newest seal of an application', async () => {
      const [first, firstHeads] = await sealOver([head('application-b', 2), head('application-a', 3)]);
      expect(await log.append(first, firstHeads)).toBe(true);
      const [second, secondHeads] = await sealOver([head('application-c', 1), head('application-a', 5)]);
      expect(await log.append(second, secondHeads)).toBe(true);
      for (const one of [log, store.open()]) {
        expect(await one.seals()).toEqual([first, second]);
        expect(await one.newest()).toEqual(second);
        expect(await Promise.all([1, 2, 3].map((number) => one.seal(number)))).toEqual([first, second, undefined]);
        expect(await one.added(1)).toEqual(firstHeads);
        expect(await one.added(2)).toEqual(secondHeads);
        expect(await treeFaults(one)).toEqual([]);
        const asked = ['application-a', 'application-b', 'application-c', 'application-d'];
        expect(await Promise.all(asked.map((id) => one.sealOf(id)))).toEqual([2, 1, 2, undefined]);
      }
    });

    test('of two seals of one number takes one, whole', async () => {
      const tries = [await sealOver([head('application-a', 6)]), await sealOver([head('application-d', 1)])];
      const taken = await Promise.all(tries.map(([signed, heads]) => store.open().append(signed, heads)));
      expect(taken.filter((each) => each)).toHaveLength(1);
      const [signed, heads] = tries[taken.indexOf(true)]!;
      expect(await log.newest()).toEqual(signed);
      expect(await log.added(3)).toEqual(heads);
      expect(await log.append(...tries[taken.indexOf(false)]!)).toBe(false);
      expect(await log.sealOf('application-d')).toBe(heads[0]?.applicationId === 'application-d' ? 3 : undefined);
      expect(await treeFaults(log)).toEqual([]);
    });

    test('takes more heads than a page of any store', async () => {
      const heads = Array.from({ length: 3000 }, (_, n) => head(`many-${String(n).padStart(4, '0')}`, 1));
      const [signed, added] = await sealOver(heads);
      expect(await log.append(signed, added)).toBe(true);
      expect(await log.added(4)).toEqual(heads);
      expect(await log.sealOf('many-2999')).toBe(4);
    });
  });
}
