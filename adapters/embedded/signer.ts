import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Signer } from '../ports.ts';
import { createPrivate } from './private-files.ts';

class SealKeyMissing extends Error {
  override readonly name = 'SealKeyMissing';
}

const privateFile = (folder: string): string => join(folder, 'seal-private.pem');
/** The key that examiners verify with. */
const publicKeyFile = (folder: string): string => join(folder, 'seal-public.pem');

/** The Ed25519 key pair of a data folder: the private key for the owner's eyes only, made at the first seal. */
export function embeddedSigner(folder: string): Signer {
  const publicPem = (): string => {
    if (!existsSync(publicKeyFile(folder))) {
      throw new SealKeyMissing(
        `${publicKeyFile(folder)} does not exist: put its backup back, or make a first seal with: underwright seal --data ${folder}`,
      );
    }
    return readFileSync(publicKeyFile(folder), 'utf8');
  };
  return {
    async create() {
      if (!existsSync(privateFile(folder))) {
        if (existsSync(publicKeyFile(folder))) {
          throw new SealKeyMissing(
            `${privateFile(folder)} is missing and its public key is there: put its backup back.`,
          );
        }
        const { privateKey } = generateKeyPairSync('ed25519');
        createPrivate(privateFile(folder), String(privateKey.export({ type: 'pkcs8', format: 'pem' })));
      }
      // Also after a process that was killed between the two files.
      if (!existsSync(publicKeyFile(folder))) {
        const publicKey = createPublicKey(readFileSync(privateFile(folder)));
        createPrivate(publicKeyFile(folder), String(publicKey.export({ type: 'spki', format: 'pem' })));
      }
    },
    publicKey: async () => publicPem(),
    sign: async (text) =>
      sign(null, Buffer.from(text), createPrivateKey(readFileSync(privateFile(folder)))).toString('base64'),
  };
}
