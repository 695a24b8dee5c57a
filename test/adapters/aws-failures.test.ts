import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { awsEvents } from '../../adapters/aws/events.ts';
import { awsLedger } from '../../adapters/aws/ledger.ts';
import { LEDGER_TABLE, WORK_TABLE } from '../../adapters/aws/table-keys.ts';
import { awsWorkStore } from '../../adapters/aws/work-store.ts';
import { StoreUnavailable } from '../../adapters/ports.ts';
import type { JsonObject } from '../../domain/json.ts';
import { domainEvent } from '../contracts/events.ts';
import { ledgerEvent } from '../contracts/ledger.ts';
import { localClient, startDynamoDb } from '../support/aws-servers.ts';
import { awsError, startStub } from '../support/aws-stub.ts';
import { manualClock } from '../support/manual-clock.ts';

/** Sends every write twice, as a client does that never got the first answer. */
function losingFirstAnswers(client: DynamoDBDocumentClient): DynamoDBDocumentClient {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context['commandName'] === 'PutItemCommand') await next(args).catch(() => undefined);
      return next(args);
    },
    { step: 'finalizeRequest', name: 'losingFirstAnswers' },
  );
  return client;
}

describe('when the answer to a write is lost and the client sends it again', () => {
  let ledgerServer: Awaited<ReturnType<typeof startDynamoDb>>;
  let workServer: Awaited<ReturnType<typeof startDynamoDb>>;
  beforeAll(async () => {
    ledgerServer = await startDynamoDb('ledger', LEDGER_TABLE);
    workServer = await startDynamoDb('work', WORK_TABLE);
  });
  afterAll(async () => {
    await ledgerServer.close();
    await workServer.close();
  });

  test('the ledger finds its own entry', async () => {
    const { tableName } = ledgerServer;
    const client = losingFirstAnswers(ledgerServer.client);
    const ledger = awsLedger({ client, tableName, clock: manualClock() });
    expect((await ledger.append(ledgerEvent('application-1', 'e1'))).sequence).toBe(0);
    expect((await ledger.append(ledgerEvent('application-1', 'e2'))).sequence).toBe(1);
    expect(await ledger.read('application-1')).toHaveLength(2);
  });

  test('the work store knows its own item from another’s', async () => {
    const { tableName } = workServer;
    const store = awsWorkStore({ client: losingFirstAnswers(workServer.client), tableName });
    const item = await store.create({ pk: 'QUEUE#1', sk: 'a', data: { n: 1 } });
    expect(item?.version).toBe(1);
    expect((await store.replace({ ...item!, data: { n: 2 } }))?.version).toBe(2);
    expect(await store.create({ pk: 'QUEUE#1', sk: 'a', data: { n: 1 } })).toBeUndefined();
    expect(await store.replace({ ...item!, data: { n: 2 } })).toBeUndefined();
    expect(await store.get('QUEUE#1', 'a')).toMatchObject({ version: 2, data: { n: 2 } });
  });
});

describe('when a service throttles past all retries', () => {
  test('the stores say so by name', async () => {
    const stub = await startStub(() => awsError('com.amazonaws.dynamodb.v20120810#ThrottlingException'));
    const client = DynamoDBDocumentClient.from(new DynamoDBClient({ ...localClient(stub.endpoint), maxAttempts: 1 }));
    try {
      const ledger = awsLedger({ client, tableName: 'ledger', clock: manualClock() });
      await expect(ledger.append(ledgerEvent('application-1', 'e1'))).rejects.toThrow(StoreUnavailable);
      const store = awsWorkStore({ client, tableName: 'work' });
      await expect(store.create({ pk: 'QUEUE#1', sk: 'a', data: {} })).rejects.toThrow(StoreUnavailable);
      await expect(store.remove({ pk: 'QUEUE#1', sk: 'a', version: 1, data: {} })).rejects.toThrow(StoreUnavailable);
    } finally {
      client.destroy();
      await stub.close();
    }
  });

  test('another fault keeps its own name', async () => {
    const stub = await startStub(() => awsError('com.amazonaws.dynamodb.v20120810#ResourceNotFoundException'));
    const client = DynamoDBDocumentClient.from(new DynamoDBClient({ ...localClient(stub.endpoint), maxAttempts: 1 }));
    try {
      const store = awsWorkStore({ client, tableName: 'work' });
      await expect(store.get('QUEUE#1', 'a')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    } finally {
      client.destroy();
      await stub.close();
    }
  });
});

describe('when EventBridge refuses some events of a batch', () => {
  type Entry = { Detail: string };
  const idOf = ({ Detail }: Entry) => (JSON.parse(Detail) as { id: string }).id;

  /** @param refusals how often each id is refused before it is taken */
  async function publishing(ids: string[], refusals: Record<string, number>) {
    const batches: string[][] = [];
    const taken: string[] = [];
    const waits: number[] = [];
    const stub = await startStub((_, input) => {
      const entries = input['Entries'] as Entry[];
      batches.push(entries.map(idOf));
      const answers = entries.map((entry): JsonObject => {
        const id = idOf(entry);
        const left = refusals[id] ?? 0;
        refusals[id] = left - 1;
        if (left > 0) return { ErrorCode: 'ThrottlingException', ErrorMessage: 'later' };
        taken.push(id);
        return { EventId: id };
      });
      return { body: { Entries: answers, FailedEntryCount: answers.filter((answer) => answer['ErrorCode']).length } };
    });
    const client = new EventBridgeClient({ ...localClient(stub.endpoint), maxAttempts: 1 });
    const wait = async (milliseconds: number) => waits.push(milliseconds);
    try {
      const events = awsEvents({ client, eventBusName: 'bus', wait });
      const failure = await events.publish(ids.map(domainEvent)).then(
        () => undefined,
        (error: unknown) => error,
      );
      return { batches, taken, waits, failure };
    } finally {
      client.destroy();
      await stub.close();
    }
  }

  test('ten go in a batch', async () => {
    const ids = Array.from({ length: 25 }, (_, n) => `e${n}`);
    const { batches, taken, waits } = await publishing(ids, {});
    expect(batches.map(({ length }) => length)).toEqual([10, 10, 5]);
    expect(taken).toEqual(ids);
    expect(waits).toEqual([]);
  });

  test('only the refused are sent again, after ever longer waits', async () => {
    const { batches, taken, waits, failure } = await publishing(['a', 'b', 'c'], { b: 1, c: 2 });
    expect(failure).toBeUndefined();
    expect(batches).toEqual([['a', 'b', 'c'], ['b', 'c'], ['c']]);
    expect(taken).toEqual(['a', 'b', 'c']);
    expect(waits).toEqual([100, 400]);
  });

  test('what is refused to the end is said aloud', async () => {
    const { failure, waits } = await publishing(['a', 'b'], { b: 99 });
    expect(failure).toBeInstanceOf(StoreUnavailable);
    expect(String(failure)).toContain('refused 1 events past all retries (ThrottlingException)');
    expect(waits).toEqual([100, 400, 1600]);
  });
});
