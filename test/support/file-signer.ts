import { generateKeyPairSync, sign } from 'node:crypto';

import type { DecisionFile } from '../../domain/decision/file.ts';
import { verificationKey } from '../../domain/ledger/signature.ts';
import { signedFileText } from '../../domain/ledger/signed-file.ts';

export interface FileSigner {
  /** The public key, PEM. */
  readonly pem: string;
  /** The text of a decision file with this signer's signature in place of its own. */
  sign(file: DecisionFile): string;
}

/** Signs changed decision files with a key of its own, so that they verify with it. */
export function fileSigner(): FileSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const { keyId } = verificationKey(pem);
  return {
    pem,
    sign(file) {
      const value = sign(null, Buffer.from(signedFileText({ ...file })), privateKey).toString('base64');
      return JSON.stringify({ ...file, signature: { ...file.signature, keyId, value } });
    },
  };
}
