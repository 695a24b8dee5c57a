import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto';

/** @param signature base64. @returns whether it is a known key's, over the text. */
export type SignatureCheck = (text: string, signature: string) => boolean;

export interface VerificationKey {
  /** SHA-256 of the SubjectPublicKeyInfo, 64 hexadecimal digits. */
  readonly keyId: string;
  readonly isSigned: SignatureCheck;
}

export class KeyUnusable extends Error {
  override readonly name = 'KeyUnusable';
}

/**
 * What a public key verifies: Ed25519 (RFC 8032), which a data folder signs with, or ECDSA on P-256 with SHA-256 and
 * signatures in DER (FIPS 186-5), which AWS KMS does.
 * @param pem SubjectPublicKeyInfo. @throws KeyUnusable for anything else.
 */
export function verificationKey(pem: string): VerificationKey {
  const key = publicKeyOf(pem);
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type !== 'ed25519' && details?.namedCurve !== 'prime256v1') {
    throw new KeyUnusable('The public key is neither Ed25519 nor on the curve P-256: give the key of the seals.');
  }
  const digest = type === 'ed25519' ? null : 'sha256';
  return {
    keyId: createHash('sha256')
      .update(key.export({ type: 'spki', format: 'der' }))
      .digest('hex'),
    isSigned: (text, signature) => verify(digest, Buffer.from(text), key, Buffer.from(signature, 'base64')),
  };
}

function publicKeyOf(pem: string): KeyObject {
  // From a private key Node would derive the public one, and whoever verifies must not be asked for a private key.
  if (!pem.includes('-----BEGIN PUBLIC KEY-----')) {
    throw new KeyUnusable('The key is no public key in PEM: it begins with -----BEGIN PUBLIC KEY-----.');
  }
  try {
    return createPublicKey(pem);
  } catch (cause) {
    throw new KeyUnusable('The public key cannot be read: fetch it again from whoever made the seals.', { cause });
  }
}
