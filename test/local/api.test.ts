import { connect } from 'node:net';

import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  RedriveExecutionCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  StopExecutionCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { afterEach, describe, expect, test } from '@jest/globals';

import { systemClock } from '../../adapters/system-clock.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { openApi } from '../../local/api/server.ts';
import { localClient } from '../support/aws-servers.ts';
import { callSigned, LOCAL_KEY } from '../support/signed.ts';
import { fakeFunctions, executionArn, MACHINE, openClient, openWorld, type World } from './support/world.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function open(
  options: Parameters<typeof openWorld>[0],
): Promise<{ world: World; client: SFNClient; endpoint: string }> {
  const world = openWorld(options);
  closing.push(() => world.destroy());
  const { client, close, api } = await openClient(world.engine);
  closing.push(close);
  return { world, client, endpoint: api.endpoint };
}

const start = (client: SFNClient, name: string, input: Json = {}) =>
  client.send(new StartExecutionCommand({ stateMachineArn: MACHINE, name, input: JSON.stringify(input) }));

/** The first line of the answer to a health check under a name, from an address. */
const healthOf = (port: number, host: string, address = '127.0.0.1'): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, address);
    let text = '';
    socket.on('data', (data) => (text += data.toString()));
    socket.on('end', () => resolve(text.split('\r\n')[0]!));
    socket.on('error', reject);
    socket.end(`GET /health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  });

const ASK: JsonObject = {
  Ask: {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Arguments: { FunctionName: 'Ask', Payload: { token: '{% $states.context.Task.Token %}' } },
    End: true,
  },
};
const PASS: JsonObject = { Only: { Type: 'Pass', End: true } };

describe('StartExecution', () => {
  test('the same name and input while it runs is the same execution, whatever the order of members', async () => {
    const { client } = await open({ states: { Wait: { Type: 'Wait', Seconds: 9, End: true } } });
    const first = await start(client, 'one', { a: 1, b: 2 });
    expect(await start(client, 'one', { b: 2, a: 1 })).toMatchObject({
      executionArn: first.executionArn,
      startDate: first.startDate,
    });
    await expect(start(client, 'one', { a: 2 })).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  });

  test('a name stays taken when its execution has ended, even for the same input', async () => {
    const { client, world } = await open({ states: PASS });
    await start(client, 'one');
    await world.engine.drain();
    await expect(start(client, 'one')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  });

  test('without a name it makes one, without an input it takes {}', async () => {
    const { client, world } = await open({ states: PASS });
    const { executionArn: arn } = await client.send(new StartExecutionCommand({ stateMachineArn: MACHINE }));
    await world.engine.drain();
    const found = await client.send(new DescribeExecutionCommand({ executionArn: arn }));
    expect(found).toMatchObject({ status: 'SUCCEEDED', input: '{}', output: '{}', redriveCount: 0 });
    expect(found.startDate).toEqual(world.clock.now());
  });

  test('refuses names, inputs and state machines by the error that AWS gives', async () => {
    const { client } = await open({ states: PASS });
    await expect(start(client, 'no spaces')).rejects.toMatchObject({ name: 'InvalidName' });
    await expect(start(client, 'x'.repeat(81))).rejects.toMatchObject({ name: 'InvalidName' });
    const request = { stateMachineArn: MACHINE, name: 'one' };
    await expect(client.send(new StartExecutionCommand({ ...request, input: '{' }))).rejects.toMatchObject({
      name: 'InvalidExecutionInput',
    });
    const input = JSON.stringify('é'.repeat(131_072));
    await expect(client.send(new StartExecutionCommand({ ...request, input }))).rejects.toMatchObject({
      name: 'InvalidExecutionInput',
    });
    await expect(client.send(new StartExecutionCommand({ stateMachineArn: `${MACHINE}2` }))).rejects.toMatchObject({
      name: 'StateMachineDoesNotExist',
    });
    await expect(client.send(new StartExecutionCommand({ stateMachineArn: 'machine' }))).rejects.toMatchObject({
      name: 'InvalidArn',
    });
  });
});

describe('task tokens', () => {
  async function waiting(more: JsonObject = {}) {
    const tokens: string[] = [];
    const opened = await open({
      states: { Ask: { ...(ASK['Ask'] as JsonObject), ...more } },
      invoke: (_, payload) => {
        tokens.push((payload as { token: string }).token);
        return Promise.resolve(null);
      },
    });
    await start(opened.client, 'one');
    await opened.world.engine.drain();
    return { ...opened, taskToken: tokens[0]! };
  }

  test('a token is spent once', async () => {
    const { client, taskToken } = await waiting();
    await client.send(new SendTaskSuccessCommand({ taskToken, output: '"yes"' }));
    const again = { name: 'TaskTimedOut' };
    await expect(client.send(new SendTaskSuccessCommand({ taskToken, output: '"no"' }))).rejects.toMatchObject(again);
    await expect(client.send(new SendTaskFailureCommand({ taskToken, error: 'No' }))).rejects.toMatchObject(again);
    await expect(client.send(new SendTaskHeartbeatCommand({ taskToken }))).rejects.toMatchObject(again);
    const found = await client.send(new DescribeExecutionCommand({ executionArn: executionArn('one') }));
    expect(found).toMatchObject({ status: 'SUCCEEDED', output: '"yes"' });
  });

  test('of two that answer at once, one is taken', async () => {
    const { client, taskToken } = await waiting();
    const answers = await Promise.allSettled(
      ['1', '2', '3'].map((output) => client.send(new SendTaskSuccessCommand({ taskToken, output }))),
    );
    expect(answers.map((answer) => answer.status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
  });

  test('what is no token, an unknown token and an output that is no JSON are told apart', async () => {
    const { client, taskToken } = await waiting();
    const send = (token: string, output = '1') => client.send(new SendTaskSuccessCommand({ taskToken: token, output }));
    await expect(send('nonsense')).rejects.toMatchObject({ name: 'InvalidToken' });
    const unknown = Buffer.from(`999.1.${'A'.repeat(43)}`).toString('base64url');
    await expect(send(unknown)).rejects.toMatchObject({ name: 'TaskDoesNotExist' });
    const [execution, frame] = Buffer.from(taskToken, 'base64url').toString().split('.');
    const guessed = Buffer.from(`${execution}.${frame}.${'A'.repeat(43)}`).toString('base64url');
    await expect(send(guessed)).rejects.toMatchObject({ name: 'TaskTimedOut' });
    await expect(send(taskToken, '{')).rejects.toMatchObject({ name: 'InvalidOutput' });
    await send(taskToken);
  });

  test('heartbeats keep a task alive until they stop, and its token ends with it', async () => {
    const { client, taskToken, world } = await waiting({ HeartbeatSeconds: 60 });
    for (let i = 0; i < 5; i += 1) {
      world.clock.advance(59);
      await client.send(new SendTaskHeartbeatCommand({ taskToken }));
    }
    world.clock.advance(60);
    await world.engine.drain();
    const found = await client.send(new DescribeExecutionCommand({ executionArn: executionArn('one') }));
    expect(found).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    await expect(client.send(new SendTaskSuccessCommand({ taskToken, output: '1' }))).rejects.toMatchObject({
      name: 'TaskTimedOut',
    });
  });

  test('stopping an execution voids its token', async () => {
    const { client, taskToken, world } = await waiting();
    await client.send(
      new StopExecutionCommand({ executionArn: executionArn('one'), error: 'Stopped', cause: 'by test' }),
    );
    await expect(client.send(new SendTaskSuccessCommand({ taskToken, output: '1' }))).rejects.toMatchObject({
      name: 'TaskTimedOut',
    });
    const found = await client.send(new DescribeExecutionCommand({ executionArn: executionArn('one') }));
    expect(found).toMatchObject({ status: 'ABORTED', error: 'Stopped', cause: 'by test', stopDate: world.clock.now() });
    const events = await world.engine.history(executionArn('one'));
    expect(events.at(-1)).toMatchObject({
      type: 'ExecutionAborted',
      executionAbortedEventDetails: { error: 'Stopped', cause: 'by test' },
    });
  });
});

describe('RedriveExecution', () => {
  const work = (name: string, more: JsonObject): JsonObject => ({
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Arguments: { FunctionName: name },
    Output: '{% $states.result.Payload %}',
    ...more,
  });
  const redrive = (client: SFNClient, name: string) =>
    client.send(new RedriveExecutionCommand({ executionArn: executionArn(name) }));

  test('goes on from the task that failed, with its retries anew', async () => {
    const broken = { throw: { name: 'Broken', message: 'still' } };
    const { client, world } = await open({
      states: {
        One: work('One', { Next: 'Two' }),
        Two: work('Two', { Retry: [{ ErrorEquals: ['Broken'], MaxAttempts: 1 }], End: true }),
      },
      invoke: fakeFunctions({ One: [{ return: 1 }], Two: [broken, broken, broken, { return: 'mended' }] }),
    });
    await start(client, 'one');
    await world.engine.drain();
    world.clock.advance(1);
    await world.engine.drain();
    const failed = await client.send(new DescribeExecutionCommand({ executionArn: executionArn('one') }));
    expect(failed).toMatchObject({ status: 'FAILED', redriveStatus: 'REDRIVABLE' });
    await redrive(client, 'one');
    await world.engine.drain();
    world.clock.advance(1);
    await world.engine.drain();
    const found = await client.send(new DescribeExecutionCommand({ executionArn: executionArn('one') }));
    expect(found).toMatchObject({ status: 'SUCCEEDED', output: '"mended"', redriveCount: 1 });
    const types = (await world.engine.history(executionArn('one'))).map((event) => event.type);
    expect(types.slice(types.indexOf('ExecutionFailed'))).toEqual([
      'ExecutionFailed',
      'ExecutionRedriven',
      'TaskScheduled',
      'TaskStarted',
      'TaskFailed',
      'TaskScheduled',
      'TaskStarted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
    await expect(redrive(client, 'one')).rejects.toMatchObject({ name: 'ExecutionNotRedrivable' });
  });

  test('runs again only the map items that did not succeed, after a restart as well', async () => {
    const states: JsonObject = {
      Each: {
        Type: 'Map',
        Items: ['a', 'b', 'c'],
        MaxConcurrency: 1,
        ItemProcessor: {
          StartAt: 'Item',
          States: {
            Item: {
              ...work('Item', { End: true }),
              Arguments: { FunctionName: 'Item', Payload: '{% $states.input %}' },
            },
          },
        },
        End: true,
      },
    };
    const called: Json[] = [];
    let broken = true;
    const invoke = (_: string, payload: Json) => {
      called.push(payload);
      if (payload === 'b' && broken) throw new Error('b is broken');
      return Promise.resolve([payload, 'done']);
    };
    const before = openWorld({ states, invoke });
    await before.engine.startExecution({ stateMachineArn: MACHINE, name: 'one' });
    await before.engine.drain();
    await before.stop();
    broken = false;
    const { client, world } = await open({ states, invoke, folder: before.folder });
    await redrive(client, 'one');
    await world.engine.drain();
    expect(called).toEqual(['a', 'b', 'b', 'c']);
    const found = await client.send(new DescribeExecutionCommand({ executionArn: executionArn('one') }));
    expect(found).toMatchObject({ status: 'SUCCEEDED', output: '[["a","done"],["b","done"],["c","done"]]' });
  });

  test('goes on in every branch and item that was under way when an execution was stopped', async () => {
    const tokens: string[] = [];
    const wait = (name: string): JsonObject => ({
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Arguments: { FunctionName: name, Payload: '{% $states.context.Task.Token %}' },
      End: true,
    });
    const { client, world } = await open({
      states: {
        Both: {
          Type: 'Parallel',
          Branches: [
            { StartAt: 'Done', States: { Done: work('Done', { End: true }) } },
            {
              StartAt: 'Each',
              States: {
                Each: {
                  Type: 'Map',
                  Items: [1, 2, 3],
                  MaxConcurrency: 2,
                  ItemProcessor: { StartAt: 'Ask', States: { Ask: wait('Ask') } },
                  End: true,
                },
              },
            },
          ],
          End: true,
        },
      },
      invoke: (name, payload) => {
        if (name === 'Ask') tokens.push(payload as string);
        return Promise.resolve(name);
      },
    });
    await start(client, 'one');
    await world.engine.drain();
    const answer = async (output: string) => {
      await client.send(new SendTaskSuccessCommand({ taskToken: tokens.shift()!, output }));
      await world.engine.drain();
    };
    await answer('"first"');
    await client.send(new StopExecutionCommand({ executionArn: executionArn('one') }));
    const stale = tokens.splice(0);
    expect(stale).toHaveLength(2);
    await redrive(client, 'one');
    await world.engine.drain();
    expect(tokens).toHaveLength(2);
    await expect(client.send(new SendTaskSuccessCommand({ taskToken: stale[0]!, output: '1' }))).rejects.toMatchObject({
      name: 'TaskTimedOut',
    });
    await answer('"second"');
    await answer('"third"');
    const found = await client.send(new DescribeExecutionCommand({ executionArn: executionArn('one') }));
    expect(found).toMatchObject({ status: 'SUCCEEDED', output: '["Done",["first","second","third"]]' });
    expect(world.database.statement('SELECT count(*) AS frames FROM workflow_frame').get()).toEqual({ frames: 0 });
  });

  test('refuses what runs and what ended more than 14 days ago', async () => {
    const { client, world } = await open({
      states: { Stop: { Type: 'Wait', Seconds: 99, Next: 'Fail' }, Fail: { Type: 'Fail' } },
    });
    await start(client, 'one');
    await expect(redrive(client, 'one')).rejects.toMatchObject({ name: 'ExecutionNotRedrivable' });
    world.clock.advance(99);
    await world.engine.drain();
    world.clock.advance(14 * 86_400 + 1);
    await expect(redrive(client, 'one')).rejects.toMatchObject({
      name: 'ExecutionNotRedrivable',
      message: expect.stringContaining('14 days'),
    });
  });
});

describe('lists and histories come in pages', () => {
  test('executions, newest first and by status', async () => {
    const { client, world } = await open({
      states: {
        Which: { Type: 'Choice', Choices: [{ Condition: '{% $states.input %}', Next: 'Good' }], Default: 'Bad' },
        Good: { Type: 'Succeed' },
        Bad: { Type: 'Fail' },
      },
    });
    for (let i = 0; i < 7; i += 1) await start(client, `e${i}`, i % 2 === 0);
    await world.engine.drain();
    const names: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await client.send(new ListExecutionsCommand({ stateMachineArn: MACHINE, maxResults: 3, nextToken }));
      names.push(...page.executions!.map((execution) => execution.name!));
      nextToken = page.nextToken;
    } while (nextToken);
    expect(names).toEqual(['e6', 'e5', 'e4', 'e3', 'e2', 'e1', 'e0']);
    const failed = await client.send(new ListExecutionsCommand({ stateMachineArn: MACHINE, statusFilter: 'FAILED' }));
    expect(failed.executions!.map((execution) => execution.name)).toEqual(['e5', 'e3', 'e1']);
  });

  test('events, in either order, with or without data', async () => {
    const { client, world } = await open({
      states: { One: { Type: 'Pass', Assign: { secret: 1 }, Next: 'Two' }, Two: { Type: 'Succeed' } },
    });
    await start(client, 'one', { secret: 1 });
    await world.engine.drain();
    const read = async (reverseOrder: boolean) => {
      const ids: number[] = [];
      let nextToken: string | undefined;
      do {
        const page = await client.send(
          new GetExecutionHistoryCommand({ executionArn: executionArn('one'), maxResults: 2, reverseOrder, nextToken }),
        );
        ids.push(...page.events!.map((event) => event.id!));
        nextToken = page.nextToken;
      } while (nextToken);
      return ids;
    };
    expect(await read(false)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await read(true)).toEqual([6, 5, 4, 3, 2, 1]);
    const bare = await client.send(
      new GetExecutionHistoryCommand({ executionArn: executionArn('one'), includeExecutionData: false }),
    );
    expect(bare.events).toHaveLength(6);
    expect(JSON.stringify(bare.events)).not.toContain('secret');
    expect(bare.events![1]).toMatchObject({ type: 'PassStateEntered', stateEnteredEventDetails: { name: 'One' } });
  });

  test('a nextToken of another call is refused', async () => {
    const { client, world } = await open({ states: PASS });
    await start(client, 'one');
    await world.engine.drain();
    const page = await client.send(
      new GetExecutionHistoryCommand({ executionArn: executionArn('one'), maxResults: 1 }),
    );
    const other = new ListExecutionsCommand({ stateMachineArn: MACHINE, nextToken: page.nextToken });
    await expect(client.send(other)).rejects.toMatchObject({ name: 'InvalidToken' });
  });
});

test('an execution of 25,000 events is ended, and the last event says why', async () => {
  const { client, world } = await open({
    states: {
      Round: { Type: 'Pass', Next: 'AndRound' },
      AndRound: { Type: 'Choice', Choices: [{ Condition: false, Next: 'End' }], Default: 'Round' },
      End: { Type: 'Succeed' },
    },
  });
  await start(client, 'one');
  await world.engine.drain();
  const { events } = await client.send(
    new GetExecutionHistoryCommand({ executionArn: executionArn('one'), reverseOrder: true, maxResults: 1 }),
  );
  expect(events![0]).toMatchObject({ id: 25_000, type: 'ExecutionFailed' });
  const found = await client.send(new DescribeExecutionCommand({ executionArn: executionArn('one') }));
  expect(found).toMatchObject({ status: 'FAILED', error: 'States.Runtime', redriveStatus: 'NOT_REDRIVABLE' });
});

test('state machines are listed and described, placeholders replaced', async () => {
  const { client } = await open({
    definition: JSON.stringify({
      QueryLanguage: 'JSONata',
      StartAt: 'Only',
      States: { Only: { Type: 'Task', Resource: '${Function}', End: true } },
    }),
    substitutions: { Function: 'arn:aws:lambda:local:000000000000:function:Only' },
  });
  const { stateMachines } = await client.send(new ListStateMachinesCommand({}));
  expect(stateMachines).toMatchObject([{ name: 'machine', stateMachineArn: MACHINE, type: 'STANDARD' }]);
  const found = await client.send(new DescribeStateMachineCommand({ stateMachineArn: MACHINE }));
  expect(found.definition).toContain('function:Only');
});

describe('the server', () => {
  const post = (endpoint: string, target: string, body: string) => callSigned(endpoint, target, body);

  test('answers the unknown, the malformed and the invalid as AWS does', async () => {
    const { endpoint } = await open({ states: PASS });
    const answers = [
      await post(endpoint, 'CreateStateMachine', '{}'),
      await post(endpoint, 'DescribeExecution', '{'),
      await post(endpoint, 'DescribeExecution', '{}'),
      await post(endpoint, 'DescribeExecution', JSON.stringify({ executionArn: executionArn('none') })),
    ];
    const types = [];
    for (const answer of answers) {
      expect(answer.status).toBe(400);
      types.push(((await answer.json()) as { __type: string }).__type);
    }
    expect(types).toEqual([
      'UnknownOperationException',
      'SerializationException',
      'ValidationException',
      'ExecutionDoesNotExist',
    ]);
    expect(await (await fetch(`${endpoint}/health`)).json()).toEqual({ status: 'ok' });
  });

  test('refuses a name that is not the loopback, as a rebound one of a web page would be', async () => {
    const { endpoint } = await open({ states: PASS });
    const port = Number(new URL(endpoint).port);
    expect(await healthOf(port, 'rebound.example')).toBe('HTTP/1.1 403 Forbidden');
    expect(await healthOf(port, '127.0.0.1.rebound.example')).toBe('HTTP/1.1 403 Forbidden');
    expect(await healthOf(port, `localhost:${port}`)).toBe('HTTP/1.1 200 OK');
    expect((await fetch(`${endpoint}/health`, { headers: { origin: 'https://other.example' } })).status).toBe(403);
    expect((await fetch(`${endpoint}/health`, { headers: { origin: endpoint } })).status).toBe(200);
  });

  // A Mac has one loopback address.
  (process.platform === 'linux' ? test : test.skip)('listens on 127.0.0.1 alone, or on every address', async () => {
    const world = openWorld({ states: PASS });
    closing.push(() => world.destroy());
    const options = { engine: world.engine, accessKey: LOCAL_KEY, clock: systemClock };
    const [one, every] = [await openApi(options), await openApi({ ...options, host: '0.0.0.0' })];
    closing.push(
      () => one.close(),
      () => every.close(),
    );
    await expect(healthOf(one.port, 'localhost', '127.0.0.2')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(await healthOf(every.port, 'localhost', '127.0.0.2')).toBe('HTTP/1.1 200 OK');
    expect(await healthOf(every.port, '127.0.0.2', '127.0.0.2')).toBe('HTTP/1.1 403 Forbidden');
  });

  test('refuses a request that is too large', async () => {
    const { endpoint } = await open({ states: PASS });
    const answer = await post(endpoint, 'StartExecution', 'x'.repeat(6_291_557));
    expect(answer.status).toBe(413);
  });

  test('says why when the engine has stopped', async () => {
    const { client, world } = await open({ states: PASS });
    await world.engine.close();
    await expect(start(client, 'one')).rejects.toMatchObject({
      name: 'EngineHalted',
      message: 'The engine is closed.',
    });
  });

  test('serves functions to the Lambda client, with their errors', async () => {
    const world = openWorld({ states: PASS });
    closing.push(() => world.destroy());
    const api = await openApi({
      engine: world.engine,
      accessKey: LOCAL_KEY,
      clock: systemClock,
      functions: {
        Echo: (payload) => Promise.resolve({ echo: payload }),
        Break: () => Promise.reject(new RangeError('too far')),
      },
    });
    closing.push(() => api.close());
    const lambda = new LambdaClient({ ...localClient(api.endpoint), maxAttempts: 1 });
    closing.push(() => Promise.resolve(lambda.destroy()));
    const echo = await lambda.send(new InvokeCommand({ FunctionName: 'Echo', Payload: '{"n":1}' }));
    expect(JSON.parse(echo.Payload!.transformToString())).toEqual({ echo: { n: 1 } });
    expect(echo).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    expect(echo.FunctionError).toBeUndefined();
    const broken = await lambda.send(new InvokeCommand({ FunctionName: 'Break' }));
    expect(broken.FunctionError).toBe('Unhandled');
    expect(JSON.parse(broken.Payload!.transformToString())).toEqual({
      errorType: 'RangeError',
      errorMessage: 'too far',
      trace: [],
    });
    await expect(lambda.send(new InvokeCommand({ FunctionName: 'None' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});
