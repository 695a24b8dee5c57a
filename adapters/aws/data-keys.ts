import { DecryptCommand, GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';

import { KeyCache } from '../key-cache.ts';
import { answered, present } from './errors.ts';

interface DataKey {
  readonly key: Uint8Array;
  readonly wrapped: Uint8Array;
}

/**
 * Data keys under a symmetric KMS key, with the encryption context `{applicationId}`. Keeps the answers of KMS. Needs
 * `kms:Decrypt`, and to make keys `kms:GenerateDataKey`.
 */
export class KmsDataKeys {
  readonly #kms: KMSClient;
  readonly #keyId: string;
  readonly #cache = new KeyCache();
  /** Calls under way: a function that opens several evidence objects at once calls KMS once. */
  readonly #pending = new Map<string, Promise<Uint8Array>>();

  constructor(kms: KMSClient, keyId: string) {
    this.#kms = kms;
    this.#keyId = keyId;
  }

  async generate(applicationId: string): Promise<DataKey> {
    const command = new GenerateDataKeyCommand({
      KeyId: this.#keyId,
      KeySpec: 'AES_256',
      EncryptionContext: { applicationId },
    });
    const { Plaintext, CiphertextBlob } = await answered('KMS', this.#kms.send(command));
    return { key: present(Plaintext, 'GenerateDataKey'), wrapped: present(CiphertextBlob, 'GenerateDataKey') };
  }

  async unwrap(applicationId: string, wrapped: Uint8Array): Promise<Uint8Array> {
    const known = this.#cache.get(wrapped);
    if (known) return known;
    const name = `${applicationId} ${Buffer.from(wrapped).toString('base64')}`;
    const call =
      this.#pending.get(name) ?? this.#decrypt(applicationId, wrapped).finally(() => this.#pending.delete(name));
    this.#pending.set(name, call);
    return new Uint8Array(await call);
  }

  /** Keeps a key, so that `unwrap` needs no call. */
  keep({ key, wrapped }: DataKey): void {
    this.#cache.set(wrapped, key);
  }

  forget(wrapped: Uint8Array): void {
    this.#cache.delete(wrapped);
  }

  async #decrypt(applicationId: string, wrapped: Uint8Array): Promise<Uint8Array> {
    const command = new DecryptCommand({
      KeyId: this.#keyId,
      CiphertextBlob: wrapped,
      EncryptionContext: { applicationId },
    });
    const { Plaintext } = await answered('KMS', this.#kms.send(command));
    const key = present(Plaintext, 'Decrypt');
    this.#cache.set(wrapped, key);
    return key;
  }
}
