import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

import { describe, expect, test } from '@jest/globals';

import { KeyUnusable, verificationKey } from '../../../domain/ledger/signature.ts';

interface Pair {
  readonly publicKey: string;
  readonly privateKey: string;
}
const pems = (pair: { publicKey: KeyObject; privateKey: KeyObject }): Pair => ({
  publicKey: String(pair.publicKey.export({ type: 'spki', format: 'pem' })),
  privateKey: String(pair.privateKey.export({ type: 'pkcs8', format: 'pem' })),
});
const ed25519 = pems(generateKeyPairSync('ed25519'));
const p256 = pems(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }));

describe('A public key', () => {
  test.each<[string, Pair, null | 'sha256']>([
    ['Ed25519', ed25519, null],
    ['ECDSA on P-256', p256, 'sha256'],
  ])('of %s checks what its private key signed, and nothing else', (_, { publicKey, privateKey }, digest) => {
    const { isSigned, keyId } = verificationKey(publicKey);
    const signature = sign(digest, Buffer.from('text'), privateKey).toString('base64');
    expect(keyId).toMatch(/^[0-9a-f]{64}$/);
    expect(isSigned('text', signature)).toBe(true);
    expect(isSigned('text ', signature)).toBe(false);
    const other = digest === null ? p256 : ed25519;
    expect(verificationKey(other.publicKey).isSigned('text', signature)).toBe(false);
  });

  test.each([
    ['a private key', ed25519.privateKey],
    ['no key', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n'],
    ['another curve', pems(generateKeyPairSync('ec', { namedCurve: 'secp384r1' })).publicKey],
    ['RSA', pems(generateKeyPairSync('rsa', { modulusLength: 2048 })).publicKey],
  ])('that is %s is refused', (_, pem) => {
    expect(() => verificationKey(pem)).toThrow(KeyUnusable);
  });
});
