import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import {
  EvidenceDamaged,
  IdentityConflict,
  IdentityMissing,
  KeyDestroyed,
  KeyMissing,
  type Vault,
} from '../../adapters/ports.ts';
import { applicationIdentity } from '../../adapters/sealed-evidence.ts';

export interface VaultUnderTest {
  /** Another adapter on the same store. */
  open(): Vault;
  close(): Promise<void>;
}

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text));
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** What every vault does. */
export function describeVaultContract(name: string, make: () => Promise<VaultUnderTest>): void {
  describe(`${name}: the vault`, () => {
    let under: VaultUnderTest;
    let vault: Vault;
    let count = 0;
    const newApplication = () => `vault-application-${(count += 1)}`;
    beforeAll(async () => {
      under = await make();
      vault = under.open();
    });
    afterAll(() => under.close());

    test('makes one key of 32 bytes an application, the same for every asker', async () => {
      const application = newApplication();
      const key = await vault.createDataKey(application);
      expect(key).toHaveLength(32);
      expect(hex(await vault.createDataKey(application))).toBe(hex(key));
      expect(hex(await vault.dataKey(application))).toBe(hex(key));
      const other = under.open();
      expect(hex(await other.dataKey(application))).toBe(hex(key));
      expect(hex(await other.createDataKey(application))).toBe(hex(key));
      expect(hex(await vault.createDataKey(newApplication()))).not.toBe(hex(key));
    });

    test('makes one key however many ask at once', async () => {
      const application = newApplication();
      const vaults = [vault, under.open()];
      const keys = await Promise.all(
        Array.from({ length: 20 }, (_, n) => (vaults[n % 2] as Vault).createDataKey(application)),
      );
      expect(new Set(keys.map(hex)).size).toBe(1);
    });

    test('a caller that wipes its copy of a key wipes no one else’s', async () => {
      const application = newApplication();
      const key = await vault.createDataKey(application);
      const before = hex(key);
      key.fill(0);
      (await vault.dataKey(application)).fill(0);
      expect(hex(await vault.dataKey(application))).toBe(before);
    });

    test('says that there is no key yet', async () => {
      await expect(vault.dataKey(newApplication())).rejects.toThrow(KeyMissing);
    });

    test('a destroyed key is gone for every adapter, with the identity, and is not made anew', async () => {
      const application = newApplication();
      const other = under.open();
      await vault.createDataKey(application);
      await vault.putIdentity(application, bytesOf('sealed'));
      await other.dataKey(application);
      await vault.destroyDataKey(application);
      for (const one of [vault, other, under.open()]) {
        await expect(one.dataKey(application)).rejects.toThrow(KeyDestroyed);
        await expect(one.createDataKey(application)).rejects.toThrow(KeyDestroyed);
        await expect(one.getIdentity(application)).rejects.toThrow(KeyDestroyed);
        await expect(one.putIdentity(application, bytesOf('sealed'))).rejects.toThrow(KeyDestroyed);
      }
    });

    test('destroying twice, or what never was, is success and final', async () => {
      const application = newApplication();
      await vault.destroyDataKey(application);
      await vault.destroyDataKey(application);
      await expect(vault.createDataKey(application)).rejects.toThrow(KeyDestroyed);
    });

    test('knows whom it holds, or has forgotten', async () => {
      const application = newApplication();
      expect(await vault.holds(application)).toBe(false);
      await vault.createDataKey(application);
      expect(await under.open().holds(application)).toBe(true);
      await vault.destroyDataKey(application);
      expect(await vault.holds(application)).toBe(true);
    });

    test('stores an identity once', async () => {
      const application = newApplication();
      await expect(vault.getIdentity(application)).rejects.toThrow(IdentityMissing);
      await vault.createDataKey(application);
      await expect(vault.getIdentity(application)).rejects.toThrow(IdentityMissing);
      await vault.putIdentity(application, bytesOf('sealed'));
      await vault.putIdentity(application, bytesOf('sealed'));
      await expect(vault.putIdentity(application, bytesOf('other'))).rejects.toThrow(IdentityConflict);
      expect(hex(await under.open().getIdentity(application))).toBe(hex(bytesOf('sealed')));
    });

    test('an identity before the key does not stand in the key’s way', async () => {
      const application = newApplication();
      await vault.putIdentity(application, bytesOf('sealed'));
      await expect(vault.dataKey(application)).rejects.toThrow(KeyMissing);
      expect(await vault.createDataKey(application)).toHaveLength(32);
      expect(hex(await vault.getIdentity(application))).toBe(hex(bytesOf('sealed')));
    });

    test('seals an identity on its way in and opens it on its way out', async () => {
      const application = newApplication();
      await vault.createDataKey(application);
      const identities = applicationIdentity(vault);
      await identities.put(application, { ssn: '900-12-3456', name: 'Robin Example' });
      await identities.put(application, { name: 'Robin Example', ssn: '900-12-3456' });
      expect(await identities.get(application)).toEqual({ name: 'Robin Example', ssn: '900-12-3456' });
      expect(Buffer.from(await vault.getIdentity(application)).includes('Robin')).toBe(false);
      await expect(identities.put(application, { name: 'Robin Other' })).rejects.toThrow(IdentityConflict);
    });

    test('an identity moved to another application does not open there', async () => {
      const [application, other] = [newApplication(), newApplication()];
      const identities = applicationIdentity(vault);
      for (const each of [application, other]) await vault.createDataKey(each);
      await identities.put(application, { name: 'Robin Example' });
      await vault.putIdentity(other, await vault.getIdentity(application));
      await expect(identities.get(other)).rejects.toThrow(EvidenceDamaged);
    });

    test('gives equal index keys for equal identifiers, and tells nothing of them', async () => {
      const key = await vault.indexKey('900-12-3456');
      expect(key).toMatch(/^[0-9a-f]{64}$/);
      expect(await under.open().indexKey('900-12-3456')).toBe(key);
      expect(await vault.indexKey('900-12-3457')).not.toBe(key);
      expect(await vault.indexKey('José, 1980-01-01')).toMatch(/^[0-9a-f]{64}$/);
    });
  });
}
