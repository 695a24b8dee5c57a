import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  generateKeyPairSync,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto';

import { KMSClient } from '@aws-sdk/client-kms';

import type { JsonObject } from '../../domain/json.ts';
import { canonicalJson } from '../../domain/ledger/canonical-json.ts';
import { localClient } from './aws-servers.ts';
import { awsError, startStub, type StubAnswer } from './aws-stub.ts';

/**
 * The operations of KMS that the adapters call, done in truth, on this machine: no npm package serves them. Any key id is
 * a key. Beside it, `node scripts/with-moto.mjs npm test` holds the adapters to moto's KMS.
 */
export async function startKms() {
  const secrets = new Map<string, Buffer>();
  const pairs = new Map<string, { publicKey: KeyObject; privateKey: KeyObject }>();
  const secretOf = (id: string): Buffer => made(secrets, id, () => randomBytes(32));
  const pairOf = (id: string) => made(pairs, id, () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }));
  const answer = (operation: string, input: JsonObject): StubAnswer => {
    const { KeyId: id } = input as { KeyId: string };
    const context = Buffer.from(canonicalJson(input['EncryptionContext'] ?? {}));
    const bytes = (name: string) => Buffer.from(input[name] as string, 'base64');
    switch (operation) {
      case 'GenerateDataKey': {
        const key = randomBytes(32);
        const nonce = randomBytes(12);
        const cipher = createCipheriv('aes-256-gcm', secretOf(id), nonce).setAAD(context);
        const wrapped = Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
        return base64({ KeyId: id, Plaintext: key, CiphertextBlob: wrapped });
      }
      case 'Decrypt': {
        const wrapped = bytes('CiphertextBlob');
        try {
          const decipher = createDecipheriv('aes-256-gcm', secretOf(id), wrapped.subarray(0, 12), { authTagLength: 16 })
            .setAAD(context)
            .setAuthTag(wrapped.subarray(-16));
          const key = Buffer.concat([decipher.update(wrapped.subarray(12, -16)), decipher.final()]);
          return base64({ KeyId: id, Plaintext: key });
        } catch {
          return awsError('InvalidCiphertextException');
        }
      }
      case 'GenerateMac':
        return base64({ KeyId: id, Mac: createHmac('sha256', secretOf(id)).update(bytes('Message')).digest() });
      case 'GetPublicKey':
        return base64({ KeyId: id, PublicKey: pairOf(id).publicKey.export({ type: 'spki', format: 'der' }) });
      case 'Sign':
        return base64({ KeyId: id, Signature: sign('sha256', bytes('Message'), pairOf(id).privateKey) });
      default:
        return awsError('UnsupportedOperationException');
    }
  };
  const stub = await startStub(answer);
  const client = new KMSClient(localClient(stub.endpoint));
  return {
    client,
    endpoint: stub.endpoint,
    async close() {
      client.destroy();
      await stub.close();
    },
  };
}

function made<T>(all: Map<string, T>, id: string, make: () => T): T {
  const found = all.get(id) ?? make();
  all.set(id, found);
  return found;
}

const base64 = (members: Readonly<Record<string, string | Buffer>>): StubAnswer => ({
  body: Object.fromEntries(
    Object.entries(members).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : value.toString('base64'),
    ]),
  ),
});
