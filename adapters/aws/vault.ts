import { GenerateMacCommand, type KMSClient } from '@aws-sdk/client-kms';
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';

import { IdentityConflict, IdentityMissing, KeyDestroyed, KeyMissing, type Vault } from '../ports.ts';
import { KmsDataKeys } from './data-keys.ts';
import { answered, present } from './errors.ts';
import { applicationKey } from './table-keys.ts';
import { conditionHeld, getItem, type Table } from './table.ts';

/** The table has the keys of VAULT_TABLE. */
export interface AwsVaultOptions extends Table {
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
export function awsVault(options: AwsVaultOptions): Vault {
  const dataKeys = new KmsDataKeys(options.kms, options.dataKeyId);
  return {
    dataKey: (applicationId) => dataKey(options, dataKeys, applicationId),
    createDataKey: (applicationId) => createDataKey(options, dataKeys, applicationId),
    destroyDataKey: (applicationId) => destroyDataKey(options, dataKeys, applicationId),
    putIdentity: (applicationId, sealed) => putIdentity(options, applicationId, sealed),

    async getIdentity(applicationId) {
      const identity = (await findRow(options, applicationId))?.identity;
      if (!identity) throw new IdentityMissing(`No identity is stored for ${applicationId}.`);
      return identity;
    },

    holds: async (applicationId) => (await getItem(options, keyOf(applicationId))) !== undefined,
    indexKey: (identifier) => indexKey(options, identifier),
  };
}

const keyOf = (applicationId: string) => ({ pk: applicationKey(applicationId) });

/** @throws KeyDestroyed where the application was forgotten. */
async function findRow(table: Table, applicationId: string): Promise<Row | undefined> {
  const row = (await getItem(table, keyOf(applicationId))) as Row | undefined;
  if (!row?.destroyed) return row;
  throw new KeyDestroyed(`The data key of ${applicationId} was destroyed: what it sealed can never be read again.`);
}

/** Sets an attribute that is not there yet. @returns whether it did. */
function setOnce(
  { client, tableName }: Table,
  applicationId: string,
  attribute: keyof Row,
  value: Uint8Array,
): Promise<boolean> {
  return conditionHeld(
    client.send(
      new UpdateCommand({
        TableName: tableName,
        Key: keyOf(applicationId),
        UpdateExpression: 'SET #attribute = :value',
        ConditionExpression: 'attribute_not_exists(#attribute) AND attribute_not_exists(destroyed)',
        ExpressionAttributeNames: { '#attribute': attribute },
        ExpressionAttributeValues: { ':value': value },
      }),
    ),
  );
}

async function dataKey(table: Table, dataKeys: KmsDataKeys, applicationId: string): Promise<Uint8Array> {
  const wrapped = (await findRow(table, applicationId))?.wrappedKey;
  if (!wrapped) throw new KeyMissing(`${applicationId} has no data key: it is made when an application is taken in.`);
  return dataKeys.unwrap(applicationId, wrapped);
}

async function createDataKey(table: Table, dataKeys: KmsDataKeys, applicationId: string): Promise<Uint8Array> {
  const existing = (await findRow(table, applicationId))?.wrappedKey;
  if (existing) return dataKeys.unwrap(applicationId, existing);
  const made = await dataKeys.generate(applicationId);
  // Another call was faster: its key is the application's.
  if (!(await setOnce(table, applicationId, 'wrappedKey', made.wrapped)))
    return dataKey(table, dataKeys, applicationId);
  dataKeys.keep(made);
  return made.key;
}

async function destroyDataKey(table: Table, dataKeys: KmsDataKeys, applicationId: string): Promise<void> {
  const command = new PutCommand({
    TableName: table.tableName,
    Item: { ...keyOf(applicationId), destroyed: true },
    ReturnValues: 'ALL_OLD',
  });
  const { Attributes } = await answered('DynamoDB', table.client.send(command));
  const { wrappedKey } = (Attributes ?? {}) as Row;
  if (wrappedKey) dataKeys.forget(wrappedKey);
}

async function putIdentity(table: Table, applicationId: string, sealed: Uint8Array): Promise<void> {
  if (await setOnce(table, applicationId, 'identity', sealed)) return;
  const earlier = (await findRow(table, applicationId))?.identity;
  if (earlier && Buffer.compare(earlier, sealed) === 0) return;
  throw new IdentityConflict(`Another identity is stored for ${applicationId}: an identity is written once.`);
}

async function indexKey({ kms, indexKeyId }: AwsVaultOptions, identifier: string): Promise<string> {
  const command = new GenerateMacCommand({
    KeyId: indexKeyId,
    MacAlgorithm: 'HMAC_SHA_256',
    Message: Buffer.from(identifier),
  });
  const { Mac } = await answered('KMS', kms.send(command));
  return Buffer.from(present(Mac, 'GenerateMac')).toString('hex');
}
