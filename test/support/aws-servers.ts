import type { AddressInfo } from 'node:net';

import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import dynalite from 'dynalite';
import { startFauxqs } from 'fauxqs';

/** For clients of servers on this machine: the credentials are no one's. */
export const localClient = (endpoint: string) => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});

type KeyOf = Readonly<Record<string, 'S' | 'N'>>;
export interface TableKeys {
  readonly partitionKey: KeyOf;
  readonly sortKey?: KeyOf;
  readonly index?: {
    readonly name: string;
    readonly partitionKey: KeyOf;
    readonly sortKey: KeyOf;
    readonly projection?: 'KEYS_ONLY';
  };
}

/** Creates an on-demand table with these keys. */
export async function createTable(client: DynamoDBClient, tableName: string, keys: TableKeys): Promise<void> {
  const schemaOf = ({ partitionKey, sortKey }: Pick<TableKeys, 'partitionKey' | 'sortKey'>) => [
    ...Object.keys(partitionKey).map((AttributeName) => ({ AttributeName, KeyType: 'HASH' as const })),
    ...Object.keys(sortKey ?? {}).map((AttributeName) => ({ AttributeName, KeyType: 'RANGE' as const })),
  ];
  const attributes = Object.entries({
    ...keys.partitionKey,
    ...keys.sortKey,
    ...keys.index?.partitionKey,
    ...keys.index?.sortKey,
  });
  await client.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: schemaOf(keys),
      AttributeDefinitions: attributes.map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
      ...(keys.index && {
        GlobalSecondaryIndexes: [
          {
            IndexName: keys.index.name,
            KeySchema: schemaOf(keys.index),
            Projection: { ProjectionType: keys.index.projection ?? 'ALL' },
          },
        ],
      }),
    }),
  );
}

/** A DynamoDB on this machine with one table, or more. */
export async function startDynamoDb(tableName: string, keys: TableKeys) {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  const client = new DynamoDBClient(localClient(endpoint));
  await createTable(client, tableName, keys);
  return {
    client: DynamoDBDocumentClient.from(client),
    tableName,
    endpoint,
    createTable: (name: string, others: TableKeys) => createTable(client, name, others),
    async close() {
      client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An S3 on this machine with one bucket. */
export async function startS3(bucketName: string) {
  const server = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false });
  const endpoint = `http://127.0.0.1:${server.port}`;
  const client = new S3Client({ ...localClient(endpoint), forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: bucketName }));
  return {
    client,
    bucketName,
    endpoint,
    async close() {
      client.destroy();
      await server.stop();
    },
  };
}

/** A versioned bucket in an S3 that runs already. */
export async function createVersionedS3(configuration: ReturnType<typeof localClient>, bucketName: string) {
  const client = new S3Client({ ...configuration, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: bucketName }));
  const VersioningConfiguration = { Status: 'Enabled' as const };
  await client.send(new PutBucketVersioningCommand({ Bucket: bucketName, VersioningConfiguration }));
  return { client, close: async () => client.destroy() };
}
