import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import type { Signer } from '../ports.ts';

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
        writeWhole(privateFile(folder), String(privateKey.export({ type: 'pkcs8', format: 'pem' })), 0o600);
      }
      // Also after a process that was killed between the two files.
      if (!existsSync(publicKeyFile(folder))) {
        const publicKey = createPublicKey(readFileSync(privateFile(folder)));
        writeWhole(publicKeyFile(folder), String(publicKey.export({ type: 'spki', format: 'pem' })), 0o600);
      }
    },
    publicKey: async () => publicPem(),
    sign: async (text) =>
      sign(null, Buffer.from(text), createPrivateKey(readFileSync(privateFile(folder)))).toString('base64'),
  };
}

/** Whole or not at all, as the vault's key is written. */
function writeWhole(path: string, text: string, mode: number): void {
  const half = `${path}.${randomBytes(8).toString('hex')}`;
  const file = openSync(half, 'wx', mode);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(half, path);
}
