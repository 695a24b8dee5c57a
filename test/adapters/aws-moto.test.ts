import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { awsEvents, EVENT_SOURCE } from '../../adapters/aws/events.ts';
import { awsEvidenceStore, evidenceKey } from '../../adapters/aws/evidence-store.ts';
import { awsSigner } from '../../adapters/aws/signer.ts';
import { applicationKey, VAULT_TABLE } from '../../adapters/aws/table-keys.ts';
import { awsVault } from '../../adapters/aws/vault.ts';
import { awsWorkflows } from '../../adapters/aws/workflows.ts';
import { ExecutionConflict, ExecutionMissing, type DomainEvent } from '../../adapters/ports.ts';
import { sealedEvidence } from '../../adapters/sealed-evidence.ts';
import type { JsonObject } from '../../domain/json.ts';
import { describeEventsContract } from '../contracts/events.ts';
import { describeEvidenceStoreContract } from '../contracts/evidence-store.ts';
import { describeEvidenceContract } from '../contracts/evidence.ts';
import { describeSignerContract } from '../contracts/signer.ts';
import { describeVaultContract } from '../contracts/vault.ts';
import { createTable, createVersionedS3, localClient } from '../support/aws-servers.ts';

const endpoint = process.env['UNDERWRIGHT_MOTO'];

if (endpoint === undefined) {
  const skipped =
    'the vault and the signer on KMS, events on EventBridge, S3 with versions and executions on Step Functions';
  console.warn(
    `Not tested here: ${skipped}. No npm package serves them; "node scripts/with-moto.mjs npm test" runs them ` +
      `against moto_server (Python 3).`,
  );
  test(`without UNDERWRIGHT_MOTO, ${skipped} are left out`, () => {
    expect(process.env['UNDERWRIGHT_MOTO']).toBeUndefined();
  });
} else {
  againstMoto(localClient(endpoint));
}

function againstMoto(configuration: ReturnType<typeof localClient>): void {
  async function makeVault(tableName: string) {
    const dynamoDb = new DynamoDBClient(configuration);
    await createTable(dynamoDb, tableName, VAULT_TABLE);
    const kms = new KMSClient(configuration);
    const dataKey = await kms.send(new CreateKeyCommand({}));
    const indexKey = await kms.send(new CreateKeyCommand({ KeyUsage: 'GENERATE_VERIFY_MAC', KeySpec: 'HMAC_256' }));
    const client = DynamoDBDocumentClient.from(dynamoDb);
    const options = {
      client,
      tableName,
      kms,
      dataKeyId: dataKey.KeyMetadata?.KeyId ?? '',
      indexKeyId: indexKey.KeyMetadata?.KeyId ?? '',
    };
    return {
      client,
      open: () => awsVault(options),
      async close() {
        dynamoDb.destroy();
        kms.destroy();
      },
    };
  }

  describeVaultContract('DynamoDB and KMS', () => makeVault('vault'));

  describe('DynamoDB and KMS: the vault', () => {
    let made: Awaited<ReturnType<typeof makeVault>>;
    beforeAll(async () => {
      made = await makeVault('vault-moves');
    });
    afterAll(() => made.close());

    test('a wrapped key moved to another application does not open there', async () => {
      await made.open().createDataKey('application-1');
      await made.open().createDataKey('application-2');
      const { Item } = await made.client.send(
        new GetCommand({ TableName: 'vault-moves', Key: { pk: applicationKey('application-1') } }),
      );
      await made.client.send(
        new UpdateCommand({
          TableName: 'vault-moves',
          Key: { pk: applicationKey('application-2') },
          UpdateExpression: 'SET wrappedKey = :wrapped',
          ExpressionAttributeValues: { ':wrapped': Item?.['wrappedKey'] },
        }),
      );
      await expect(made.open().dataKey('application-2')).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
    });
  });

  async function makeStore(bucketName: string) {
    const { client, close } = await createVersionedS3(configuration, bucketName);
    const place = (address: string) => ({ Bucket: bucketName, Key: evidenceKey(address) });
    return {
      client,
      open: () => awsEvidenceStore({ client, bucketName }),
      async damage(address: string, bytes: Uint8Array) {
        await client.send(new PutObjectCommand({ ...place(address), Body: bytes }));
      },
      async remove(address: string) {
        await client.send(new DeleteObjectCommand(place(address)));
      },
      close,
    };
  }

  describeEvidenceStoreContract('S3 with versions', () => makeStore('evidence'));

  describe('S3 with versions: the evidence store', () => {
    test('a retry finds the version that the first try wrote', async () => {
      const made = await makeStore('evidence-versions');
      const first = await made.open().put(new Uint8Array([1, 2, 3]));
      expect(first.versionId).not.toBe('1');
      expect(await made.open().put(new Uint8Array([1, 2, 3]))).toEqual(first);
      await made.close();
    });
  });

  describeEvidenceContract('S3 and KMS', async () => {
    const vault = await makeVault('sealing-vault');
    const made = await makeStore('sealed-evidence');
    const [store, opened] = [made.open(), vault.open()];
    return {
      store,
      vault: opened,
      evidence: sealedEvidence(store, opened),
      damage: (address, bytes) => made.damage(address, bytes),
      async close() {
        await vault.close();
        await made.close();
      },
    };
  });

  describeEventsContract('EventBridge', async () => {
    // The queue is asked for without an SDK: none for SQS is among the packages.
    const sqs = async (operation: string, input: JsonObject): Promise<JsonObject> => {
      const answer = await fetch(configuration.endpoint, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': `AmazonSQS.${operation}`,
          authorization: 'AWS4-HMAC-SHA256 Credential=local/20260105/us-east-1/sqs/aws4_request',
        },
        body: JSON.stringify(input),
      });
      return (await answer.json()) as JsonObject;
    };
    const client = new EventBridgeClient(configuration);
    const eventBusName = 'underwright';
    const { QueueUrl } = (await sqs('CreateQueue', { QueueName: 'receiver' })) as { QueueUrl: string };
    const Arn = 'arn:aws:sqs:us-east-1:123456789012:receiver';
    await client.send(new CreateEventBusCommand({ Name: eventBusName }));
    const rule = { EventBusName: eventBusName, Name: 'all', EventPattern: JSON.stringify({ source: [EVENT_SOURCE] }) };
    await client.send(new PutRuleCommand(rule));
    await client.send(
      new PutTargetsCommand({ EventBusName: eventBusName, Rule: 'all', Targets: [{ Id: 'queue', Arn }] }),
    );
    const received: DomainEvent[] = [];
    return {
      open: () => awsEvents({ client, eventBusName }),
      async received() {
        for (;;) {
          const { Messages = [] } = (await sqs('ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 })) as {
            Messages?: { Body: string }[];
          };
          if (Messages.length === 0) return received;
          for (const { Body } of Messages) {
            const { 'detail-type': type, detail } = JSON.parse(Body) as {
              'detail-type': string;
              detail: { id: string; occurredAt: string; data: JsonObject };
            };
            received.push({ id: detail.id, type, occurredAt: detail.occurredAt, detail: detail.data });
          }
        }
      },
      async close() {
        client.destroy();
      },
    };
  });

  describeSignerContract('KMS', async () => {
    const kms = new KMSClient(configuration);
    const key = await kms.send(new CreateKeyCommand({ KeyUsage: 'SIGN_VERIFY', KeySpec: 'ECC_NIST_P256' }));
    const keyId = key.KeyMetadata?.KeyId ?? '';
    return { open: () => awsSigner({ kms, keyId }), close: async () => kms.destroy() };
  });

  describe('Step Functions: executions', () => {
    const client = new SFNClient(configuration);
    afterAll(() => client.destroy());

    test('one name and input is one execution; another input is refused', async () => {
      const { stateMachineArn = '' } = await client.send(
        new CreateStateMachineCommand({
          name: 'underwriting',
          roleArn: 'arn:aws:iam::123456789012:role/underwriting',
          definition: JSON.stringify({ StartAt: 'A', States: { A: { Type: 'Pass', End: true } } }),
        }),
      );
      const workflows = awsWorkflows({ client, stateMachineArn });
      const first = await workflows.start('application-1', { a: 1, b: 2 });
      expect(await workflows.start('application-1', { b: 2, a: 1 })).toEqual(first);
      await expect(workflows.start('application-1', { a: 1 })).rejects.toThrow(ExecutionConflict);
      const history = await workflows.history(first.executionArn);
      expect(history[0]).toMatchObject({ id: 1, previousEventId: 0, type: 'ExecutionStarted' });
      await expect(workflows.history(`${first.executionArn}-unknown`)).rejects.toThrow(ExecutionMissing);
    });
  });
}
