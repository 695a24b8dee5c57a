import { DecryptCommand, GenerateDataKeyCommand, GenerateMacCommand, type KMSClient } from '@aws-sdk/client-kms';
import { GetCommand, PutCommand, UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

import { KeyCache } from '../key-cache.ts';
import { IdentityConflict, IdentityMissing, KeyDestroyed, KeyMissing, type Vault } from '../ports.ts';
import { answered, nameOf, present } from './errors.ts';
import { applicationKey } from './table-keys.ts';

export interface AwsVaultOptions {
  readonly client: DynamoDBDocumentClient;
  /** A table with the keys of VAULT_TABLE. */
  readonly tableName: string;
  readonly kms: KMSClient;
  /** A symmetric KMS key: it wraps data keys, with the encryption context `{applicationId}`. */
  readonly dataKeyId: string;
  /** An HMAC_256 KMS key. */
  readonly indexKeyId: string;
}

type Row = { wrappedKey?: Uint8Array; identity?: Uint8Array; destroyed?: boolean };

/**
 * The vault in DynamoDB and KMS. The row is read every time, so a key destroyed elsewhere is gone here; only KMS's answer
 * is kept. Needs `dynamodb:GetItem`, and to write `UpdateItem`, to forget `PutItem`; `kms:Decrypt`, to make keys
 * `kms:GenerateDataKey`, for index keys `kms:GenerateMac`.
 */
export function awsVault({ client, tableName, kms, dataKeyId, indexKeyId }: AwsVaultOptions): Vault {
  const cache = new KeyCache();
  /** What is under way: a function that opens several pieces of evidence at once asks KMS once. */
  const asked = new Map<string, Promise<Uint8Array>>();

  async function rowOf(applicationId: string): Promise<Row | undefined> {
    const { Item } = await answered(
      'DynamoDB',
      client.send(
        new GetCommand({ TableName: tableName, Key: { pk: applicationKey(applicationId) }, ConsistentRead: true }),
      ),
    );
    return Item as Row | undefined;
  }

  async function find(applicationId: string): Promise<Row | undefined> {
    const row = await rowOf(applicationId);
    if (!row?.destroyed) return row;
    throw new KeyDestroyed(`The data key of ${applicationId} was destroyed: what it sealed can never be read again.`);
  }

  /** Sets an attribute that is not there yet. @returns whether it did. */
  async function setOnce(applicationId: string, attribute: keyof Row, value: Uint8Array): Promise<boolean> {
    try {
      await answered(
        'DynamoDB',
        client.send(
          new UpdateCommand({
            TableName: tableName,
            Key: { pk: applicationKey(applicationId) },
            UpdateExpression: 'SET #attribute = :value',
            ConditionExpression: 'attribute_not_exists(#attribute) AND attribute_not_exists(destroyed)',
            ExpressionAttributeNames: { '#attribute': attribute },
            ExpressionAttributeValues: { ':value': value },
          }),
        ),
      );
      return true;
    } catch (error) {
      if (nameOf(error) === 'ConditionalCheckFailedException') return false;
      throw error;
    }
  }

  async function unwrap(applicationId: string, wrapped: Uint8Array): Promise<Uint8Array> {
    const known = cache.get(wrapped);
    if (known) return known;
    const name = `${applicationId} ${Buffer.from(wrapped).toString('base64')}`;
    const asking = asked.get(name) ?? decrypt(applicationId, wrapped).finally(() => asked.delete(name));
    asked.set(name, asking);
    return new Uint8Array(await asking);
  }

  async function decrypt(applicationId: string, wrapped: Uint8Array): Promise<Uint8Array> {
    const { Plaintext } = await answered(
      'KMS',
      kms.send(new DecryptCommand({ KeyId: dataKeyId, CiphertextBlob: wrapped, EncryptionContext: { applicationId } })),
    );
    const key = present(Plaintext, 'Decrypt');
    cache.set(wrapped, key);
    return key;
  }

  async function dataKey(applicationId: string): Promise<Uint8Array> {
    const wrapped = (await find(applicationId))?.wrappedKey;
    if (!wrapped) throw new KeyMissing(`${applicationId} has no data key: it is made when an application is taken in.`);
    return unwrap(applicationId, wrapped);
  }

  return {
    dataKey,

    async createDataKey(applicationId) {
      const existing = (await find(applicationId))?.wrappedKey;
      if (existing) return unwrap(applicationId, existing);
      const { Plaintext, CiphertextBlob } = await answered(
        'KMS',
        kms.send(
          new GenerateDataKeyCommand({ KeyId: dataKeyId, KeySpec: 'AES_256', EncryptionContext: { applicationId } }),
        ),
      );
      const wrapped = present(CiphertextBlob, 'GenerateDataKey');
      if (await setOnce(applicationId, 'wrappedKey', wrapped)) {
        const key = present(Plaintext, 'GenerateDataKey');
        cache.set(wrapped, key);
        return key;
      }
      // Another call was faster: its key is the application's.
      return dataKey(applicationId);
    },

    async destroyDataKey(applicationId) {
      const { Attributes } = await answered(
        'DynamoDB',
        client.send(
          new PutCommand({
            TableName: tableName,
            Item: { pk: applicationKey(applicationId), destroyed: true },
            ReturnValues: 'ALL_OLD',
          }),
        ),
      );
      const { wrappedKey } = (Attributes ?? {}) as Row;
      if (wrappedKey) cache.delete(wrappedKey);
    },

    async putIdentity(applicationId, sealed) {
      if (await setOnce(applicationId, 'identity', sealed)) return;
      const earlier = (await find(applicationId))?.identity;
      if (earlier && Buffer.compare(earlier, sealed) === 0) return;
      throw new IdentityConflict(`Another identity is stored for ${applicationId}: an identity is written once.`);
    },

    async getIdentity(applicationId) {
      const identity = (await find(applicationId))?.identity;
      if (!identity) throw new IdentityMissing(`No identity is stored for ${applicationId}.`);
      return identity;
    },

    async holds(applicationId) {
      return (await rowOf(applicationId)) !== undefined;
    },

    async indexKey(identifier) {
      const { Mac } = await answered(
        'KMS',
        kms.send(
          new GenerateMacCommand({ KeyId: indexKeyId, MacAlgorithm: 'HMAC_SHA_256', Message: Buffer.from(identifier) }),
        ),
      );
      return Buffer.from(present(Mac, 'GenerateMac')).toString('hex');
    },
  };
}
