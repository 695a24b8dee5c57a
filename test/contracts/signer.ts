import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import type { Signer } from '../../adapters/ports.ts';
import { verificationKey } from '../../domain/ledger/signature.ts';

export interface SignerUnderTest {
  /** Another adapter on the same key. */
  open(): Signer;
  close(): Promise<void>;
}

/** What every signer does. */
export function describeSignerContract(name: string, make: () => Promise<SignerUnderTest>): void {
  describe(`${name}: the signer`, () => {
    let under: SignerUnderTest;
    let signer: Signer;
    beforeAll(async () => {
      under = await make();
      signer = under.open();
      await signer.create();
    });
    afterAll(() => under.close());

    test('makes one key, which is the same for every asker', async () => {
      const publicKey = await signer.publicKey();
      expect(publicKey).toMatch(/^-----BEGIN PUBLIC KEY-----\n[\s\S]+-----END PUBLIC KEY-----\n$/);
      const other = under.open();
      await other.create();
      expect(await other.publicKey()).toBe(publicKey);
    });

    test('signs what its public key verifies, and nothing else', async () => {
      const text = `underwright-seal-v1\n${'é'.repeat(2000)}`;
      const signature = await signer.sign(text);
      const { isSigned, keyId } = verificationKey(await signer.publicKey());
      expect(keyId).toMatch(/^[0-9a-f]{64}$/);
      expect(isSigned(text, signature)).toBe(true);
      expect(isSigned(`${text} `, signature)).toBe(false);
      expect(isSigned(text, Buffer.from(signature, 'base64').reverse().toString('base64'))).toBe(false);
      expect(isSigned(text, '')).toBe(false);
      expect(isSigned(text, 'no signature')).toBe(false);
    });
  });
}
