import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import {
  EvidenceDamaged,
  EvidenceMissing,
  KeyDestroyed,
  KeyMissing,
  type Evidence,
  type EvidenceStore,
  type Vault,
} from '../../adapters/ports.ts';
import type { Json } from '../../domain/json.ts';

export interface EvidenceUnderTest {
  readonly evidence: Evidence;
  readonly store: EvidenceStore;
  readonly vault: Vault;
  /** Replaces stored bytes, behind the adapter's back. */
  damage(address: string, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** What sealed evidence does, whatever store and vault it stands on. */
export function describeEvidenceContract(name: string, make: () => Promise<EvidenceUnderTest>): void {
  describe(`${name}: sealed evidence`, () => {
    let under: EvidenceUnderTest;
    let count = 0;
    const newApplication = async () => {
      const applicationId = `sealed-application-${(count += 1)}`;
      await under.vault.createDataKey(applicationId);
      return applicationId;
    };
    beforeAll(async () => {
      under = await make();
    });
    afterAll(() => under.close());

    test('opens what was sealed, whatever the value', async () => {
      const application = await newApplication();
      await fc.assert(
        fc.asyncProperty(fc.jsonValue(), async (value) => {
          const plain = JSON.parse(JSON.stringify(value)) as Json;
          const { address } = await under.evidence.seal(application, 'score', plain);
          expect(await under.evidence.open(application, 'score', address)).toEqual(plain);
        }),
        { numRuns: 30 },
      );
    });

    test('a retry writes the same bytes, and its address can be told beforehand', async () => {
      const application = await newApplication();
      const address = await under.evidence.addressOf(application, 'score', { a: 1, b: 2 });
      await expect(under.evidence.open(application, 'score', address)).rejects.toThrow(EvidenceMissing);
      const first = await under.evidence.seal(application, 'score', { a: 1, b: 2 });
      expect(first.address).toBe(address);
      expect(await under.evidence.seal(application, 'score', { b: 2, a: 1 })).toEqual(first);
    });

    test('another value, kind or application is another address', async () => {
      const [one, two] = [await newApplication(), await newApplication()];
      const addresses = await Promise.all([
        under.evidence.addressOf(one, 'score', { a: 1 }),
        under.evidence.addressOf(one, 'score', { a: 2 }),
        under.evidence.addressOf(one, 'policy', { a: 1 }),
        under.evidence.addressOf(two, 'score', { a: 1 }),
      ]);
      expect(new Set(addresses).size).toBe(4);
    });

    test('stores nothing that can be read without the key', async () => {
      const application = await newApplication();
      const { address } = await under.evidence.seal(application, 'score', { name: 'Robin Example' });
      const bytes = Buffer.from(await under.store.get(address));
      expect(bytes.subarray(0, 4).toString()).toBe('UWEV');
      expect(bytes.includes('Robin')).toBe(false);
    });

    test('refuses a value opened as another kind or for another application', async () => {
      const [application, other] = [await newApplication(), await newApplication()];
      const { address } = await under.evidence.seal(application, 'score', { a: 1 });
      await expect(under.evidence.open(application, 'policy', address)).rejects.toThrow(EvidenceDamaged);
      await expect(under.evidence.open(other, 'score', address)).rejects.toThrow(EvidenceDamaged);
    });

    test('refuses bytes that were never sealed, under their true address', async () => {
      const application = await newApplication();
      for (const text of ['', 'UWEV', 'x'.repeat(100), `UWEV\x01${'x'.repeat(100)}`]) {
        const { address } = await under.store.put(new Uint8Array(Buffer.from(text, 'latin1')));
        await expect(under.evidence.open(application, 'score', address)).rejects.toThrow(EvidenceDamaged);
      }
    });

    test('finds a changed byte wherever it is', async () => {
      const application = await newApplication();
      const { address } = await under.evidence.seal(application, 'score', { outcome: 'DECLINE' });
      const genuine = await under.store.get(address);
      for (const place of [0, 4, 5, 17, genuine.length - 1]) {
        const changed = Uint8Array.from(genuine, (byte, index) => (index === place ? byte ^ 1 : byte));
        // Under its address the store finds it; as an object of its own, the seal does.
        await under.damage(address, changed);
        await expect(under.evidence.open(application, 'score', address)).rejects.toThrow(EvidenceDamaged);
        const stored = await under.store.put(changed);
        await expect(under.evidence.open(application, 'score', stored.address)).rejects.toThrow(EvidenceDamaged);
      }
    });

    test('names a missing and a destroyed key', async () => {
      await expect(under.evidence.seal('no-such-application', 'score', 1)).rejects.toThrow(KeyMissing);
      const application = await newApplication();
      const { address } = await under.evidence.seal(application, 'score', { a: 1 });
      await under.vault.destroyDataKey(application);
      await expect(under.evidence.open(application, 'score', address)).rejects.toThrow(KeyDestroyed);
      await expect(under.evidence.seal(application, 'score', { a: 1 })).rejects.toThrow(KeyDestroyed);
      await expect(under.evidence.addressOf(application, 'score', { a: 1 })).rejects.toThrow(KeyDestroyed);
    });
  });
}
