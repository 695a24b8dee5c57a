import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from '@jest/globals';

import { awsEvidenceStore, evidenceKey } from '../../adapters/aws/evidence-store.ts';
import { awsLedger } from '../../adapters/aws/ledger.ts';
import { awsSealLog } from '../../adapters/aws/seal-log.ts';
import { awsSigner } from '../../adapters/aws/signer.ts';
import { applicationKey, LEDGER_TABLE, VAULT_TABLE, WORK_TABLE } from '../../adapters/aws/table-keys.ts';
import { awsVault } from '../../adapters/aws/vault.ts';
import { awsWorkStore } from '../../adapters/aws/work-store.ts';
import { describeEvidenceStoreContract } from '../contracts/evidence-store.ts';
import { describeLedgerContract } from '../contracts/ledger.ts';
import { describeSealLogContract } from '../contracts/seal-log.ts';
import { describeSignerContract } from '../contracts/signer.ts';
import { describeVaultContract } from '../contracts/vault.ts';
import { describeWorkStoreContract } from '../contracts/work-store.ts';
import { startDynamoDb, startS3 } from '../support/aws-servers.ts';
import { startKms } from '../support/loopback-kms.ts';

describeLedgerContract('DynamoDB', async () => {
  const server = await startDynamoDb('ledger', LEDGER_TABLE);
  const { client, tableName } = server;
  const itemOf = (applicationId: string, sequence: number) => ({
    TableName: tableName,
    Key: { pk: applicationKey(applicationId), sk: sequence },
  });
  return {
    open: (clock) => awsLedger({ client, tableName, clock }),
    async damage(applicationId, sequence, from, to) {
      const { Item } = await client.send(new GetCommand(itemOf(applicationId, sequence)));
      const entry = String(Item?.['entry']).replaceAll(from, to);
      await client.send(new PutCommand({ TableName: tableName, Item: { ...Item, entry } }));
    },
    async displace(applicationId, sequence) {
      const { Item } = await client.send(new GetCommand(itemOf(applicationId, sequence)));
      await client.send(new PutCommand({ TableName: tableName, Item: { ...Item, eventId: 'another' } }));
    },
    async remove(applicationId, sequence) {
      await client.send(new DeleteCommand(itemOf(applicationId, sequence)));
    },
    close: () => server.close(),
  };
});

describeWorkStoreContract('DynamoDB', async () => {
  const server = await startDynamoDb('work', WORK_TABLE);
  const { client, tableName } = server;
  return { open: () => awsWorkStore({ client, tableName }), close: () => server.close() };
});

describeEvidenceStoreContract('S3', async () => {
  const server = await startS3('evidence');
  const { client, bucketName } = server;
  const place = (address: string) => ({ Bucket: bucketName, Key: evidenceKey(address) });
  return {
    open: () => awsEvidenceStore({ client, bucketName }),
    async damage(address, bytes) {
      await client.send(new PutObjectCommand({ ...place(address), Body: bytes }));
    },
    async remove(address) {
      await client.send(new DeleteObjectCommand(place(address)));
    },
    close: () => server.close(),
  };
});

describeVaultContract('DynamoDB and a KMS on this machine', async () => {
  const server = await startDynamoDb('vault', VAULT_TABLE);
  const kms = await startKms();
  const { client, tableName } = server;
  return {
    open: () => awsVault({ client, tableName, kms: kms.client, dataKeyId: 'data', indexKeyId: 'index' }),
    async close() {
      await server.close();
      await kms.close();
    },
  };
});

test('A function that opens several pieces of evidence at once asks KMS for the key once, and each gets its own copy', async () => {
  const server = await startDynamoDb('vault', VAULT_TABLE);
  const kms = await startKms();
  try {
    const { client, tableName } = server;
    const open = () => awsVault({ client, tableName, kms: kms.client, dataKeyId: 'data', indexKeyId: 'index' });
    const key = Uint8Array.from(await open().createDataKey('app-at-once-0001'));
    let calls = 0;
    kms.client.middlewareStack.add(
      (next) => (args) => {
        calls += 1;
        return next(args);
      },
      { step: 'initialize' },
    );
    const vault = open();
    const keys = await Promise.all([1, 2, 3].map(() => vault.dataKey('app-at-once-0001')));
    expect(calls).toBe(1);
    keys[0]?.fill(0);
    for (const each of [...keys.slice(1), await vault.dataKey('app-at-once-0001')]) {
      expect(Buffer.from(each)).toEqual(Buffer.from(key));
    }
  } finally {
    await server.close();
    await kms.close();
  }
});

describeSealLogContract('DynamoDB and S3', async () => {
  const server = await startDynamoDb('ledger', LEDGER_TABLE);
  const s3 = await startS3('evidence');
  const { client, tableName } = server;
  return {
    open: () => awsSealLog({ client, tableName, evidenceStore: awsEvidenceStore(s3) }),
    async close() {
      await server.close();
      await s3.close();
    },
  };
});

describeSignerContract('a KMS on this machine', async () => {
  const kms = await startKms();
  return { open: () => awsSigner({ kms: kms.client, keyId: 'seals' }), close: () => kms.close() };
});
