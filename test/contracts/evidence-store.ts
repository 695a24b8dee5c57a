import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { EvidenceDamaged, EvidenceMissing, type EvidenceStore } from '../../adapters/ports.ts';
import { sha256 } from '../../domain/ledger/canonical-json.ts';

export interface EvidenceStoreUnderTest {
  /** Another adapter on the same store. */
  open(): EvidenceStore;
  /** Replaces stored bytes, behind the adapter's back. */
  damage(address: string, bytes: Uint8Array): Promise<void>;
  remove(address: string): Promise<void>;
  close(): Promise<void>;
}

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text));

/** What every evidence store does. */
export function describeEvidenceStoreContract(name: string, make: () => Promise<EvidenceStoreUnderTest>): void {
  describe(`${name}: the evidence store`, () => {
    let under: EvidenceStoreUnderTest;
    let store: EvidenceStore;
    beforeAll(async () => {
      under = await make();
      store = under.open();
    });
    afterAll(() => under.close());

    test('gives back what was put, under the SHA-256 of the bytes', async () => {
      const bytes = bytesOf('a report');
      const { address, versionId } = await store.put(bytes);
      expect(address).toBe(sha256(bytes));
      expect(versionId).not.toBe('');
      expect(Buffer.from(await under.open().get(address))).toEqual(Buffer.from(bytes));
    });

    test('finds the same bytes put again', async () => {
      const first = await store.put(bytesOf('twice'));
      expect(await store.put(bytesOf('twice'))).toEqual(first);
      expect(await under.open().put(bytesOf('twice'))).toEqual(first);
    });

    test('takes the same bytes from many at once', async () => {
      const stores = [store, under.open()];
      const stored = await Promise.all(
        Array.from({ length: 40 }, (_, n) => (stores[n % 2] as EvidenceStore).put(bytesOf('at once'))),
      );
      expect(new Set(stored.map(({ address }) => address)).size).toBe(1);
      expect(Buffer.from(await store.get(sha256('at once'))).toString()).toBe('at once');
    });

    test('keeps nothing, every byte value, and five megabytes', async () => {
      const every = Uint8Array.from({ length: 256 }, (_, n) => n);
      const large = new Uint8Array(5_000_000).map((_, n) => (n * 31) & 0xff);
      for (const bytes of [new Uint8Array(), every, large]) {
        const { address } = await store.put(bytes);
        expect(Buffer.compare(await store.get(address), bytes)).toBe(0);
      }
    });

    test('says by name that something is missing', async () => {
      await expect(store.get('0'.repeat(64))).rejects.toThrow(EvidenceMissing);
      const { address } = await store.put(bytesOf('removed later'));
      await under.remove(address);
      await expect(store.get(address)).rejects.toThrow(EvidenceMissing);
    });

    test('says what is there, and lists all of it in pages', async () => {
      const put = await Promise.all(
        ['one', 'two', 'three', 'four'].map((text) => store.put(bytesOf(`listed ${text}`))),
      );
      for (const { address } of put) expect(await store.has(address)).toBe(true);
      expect(await store.has('0'.repeat(64))).toBe(false);
      const listed: string[] = [];
      let after: string | undefined;
      let pages = 0;
      do {
        const page = await store.list({ limit: 2, ...(after !== undefined && { after }) });
        expect(page.addresses.length).toBeLessThanOrEqual(2);
        listed.push(...page.addresses);
        after = page.next;
        pages += 1;
      } while (after !== undefined);
      expect(pages).toBeGreaterThan(2);
      expect(listed).toEqual(listed.toSorted());
      expect(new Set(listed).size).toBe(listed.length);
      expect(listed).toEqual(expect.arrayContaining(put.map(({ address }) => address)));
      await expect(store.list({ limit: 0 })).rejects.toThrow(RangeError);
    });

    test('never gives out bytes that were changed in the store, nor finds them for the genuine ones', async () => {
      const { address } = await store.put(bytesOf('genuine'));
      for (const changed of ['Genuine', 'genuine ', '']) {
        await under.damage(address, bytesOf(changed));
        await expect(store.get(address)).rejects.toThrow(EvidenceDamaged);
        await expect(store.put(bytesOf('genuine'))).rejects.toThrow(EvidenceDamaged);
      }
    });
  });
}
