import { createPublicKey } from 'node:crypto';

import { GetPublicKeyCommand, SignCommand, type KMSClient } from '@aws-sdk/client-kms';

import type { Signer } from '../ports.ts';
import { answered, present } from './errors.ts';

export interface AwsSignerOptions {
  readonly kms: KMSClient;
  /** A KMS key of the spec ECC_NIST_P256 that signs and verifies. */
  readonly keyId: string;
}

/** A signer whose private key is in KMS: ECDSA on P-256 with SHA-256. Needs `kms:GetPublicKey`, and to sign `kms:Sign`. */
export function awsSigner({ kms, keyId }: AwsSignerOptions): Signer {
  let pem: string | undefined;
  return {
    // The stack makes the key, and keeps it when it goes.
    async create() {},
    async publicKey() {
      if (pem !== undefined) return pem;
      const { PublicKey } = await answered('KMS', kms.send(new GetPublicKeyCommand({ KeyId: keyId })));
      const key = createPublicKey({
        key: Buffer.from(present(PublicKey, 'GetPublicKey')),
        type: 'spki',
        format: 'der',
      });
      return (pem = String(key.export({ type: 'spki', format: 'pem' })));
    },
    async sign(text) {
      const { Signature } = await answered(
        'KMS',
        kms.send(
          new SignCommand({
            KeyId: keyId,
            Message: Buffer.from(text),
            MessageType: 'RAW',
            SigningAlgorithm: 'ECDSA_SHA_256',
          }),
        ),
      );
      return Buffer.from(present(Signature, 'Sign')).toString('base64');
    },
  };
}
