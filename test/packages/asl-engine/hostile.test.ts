import { connect } from 'node:net';

import { afterEach, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import type { Json, JsonObject } from '../../../domain/json.ts';
import { StateMachineRefused } from '../../../packages/asl-engine/errors.ts';
import { loadStateMachine } from '../../../packages/asl-engine/machines.ts';
import { machineOf, MACHINE, openClient, openWorld, executionArn, type World } from '../../local/support/world.ts';
import { callSigned, signedHeaders } from '../../support/signed.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const PASS: JsonObject = { Only: { Type: 'Pass', End: true } };
const CALL: JsonObject = {
  Call: {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Arguments: { FunctionName: 'f', Payload: {} },
    Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }],
    Next: 'Done',
  },
  Caught: { Type: 'Pass', Output: '{% $states.input.Error %}', End: true },
  Done: { Type: 'Pass', Output: 'done', End: true },
};

async function serve(states: JsonObject = PASS): Promise<{ world: World; endpoint: string; port: number }> {
  const world = openWorld({ states });
  closing.push(() => world.destroy());
  const { close, api } = await openClient(world.engine);
  closing.push(close);
  return { world, endpoint: api.endpoint, port: api.port };
}

const OPERATIONS = [
  'StartExecution',
  'StopExecution',
  'DescribeExecution',
  'ListExecutions',
  'GetExecutionHistory',
  'DescribeStateMachine',
  'ListStateMachines',
  'SendTaskSuccess',
  'SendTaskFailure',
  'SendTaskHeartbeat',
  'RedriveExecution',
];

async function post(endpoint: string, operation: string, body: string) {
  const response = await callSigned(endpoint, operation, body);
  return { status: response.status, body: (await response.json()) as JsonObject };
}

/** Sends bytes as they are. @returns all that comes back until the server or the last of `answers` ends it. */
function raw(port: number, bytes: string, answers: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if ((received.match(/HTTP\/1\.1 \d/g) ?? []).length >= answers && /\r\n\r\n.*\}$/s.test(received)) socket.end();
    });
    socket.on('close', () => resolve(received));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' || error.code === 'EPIPE' ? resolve(received) : reject(error),
    );
  });
}

/** A signed request for an operation, as it goes over the wire. */
async function signed(target: string): Promise<string> {
  const own = { 'x-amz-target': target };
  const headers = await signedHeaders({ service: 'states', url: 'http://127.0.0.1/', headers: own, body: '{}' });
  const lines = Object.entries({ host: '127.0.0.1', 'content-length': '2', ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return `POST / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n{}`;
}

describe('whatever is sent to the API', () => {
  test('any JSON under any operation is answered, and refused with a name and a message', async () => {
    const { endpoint } = await serve();
    const field = fc.constantFrom(
      'stateMachineArn',
      'executionArn',
      'name',
      'input',
      'taskToken',
      'output',
      'error',
      'maxResults',
      'nextToken',
      'statusFilter',
      'reverseOrder',
      '__proto__',
      'constructor',
    );
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom(MACHINE, executionArn('none'), 'MS4xLg', '{', '1e999'));
    const body = fc.oneof(fc.jsonValue(), fc.dictionary(field, value));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...OPERATIONS), body, async (operation, request) => {
        const answer = await post(endpoint, operation, JSON.stringify(request));
        expect([200, 400]).toContain(answer.status);
        if (answer.status === 400) {
          expect(answer.body).toEqual({ __type: expect.any(String), message: expect.any(String) });
        }
      }),
      { numRuns: 300 },
    );
  });

  test('any text under any operation is answered', async () => {
    const { endpoint } = await serve();
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.json().map((json) => json.slice(1)),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...OPERATIONS), text, async (operation, body) => {
        const answer = await post(endpoint, operation, body);
        expect([200, 400]).toContain(answer.status);
      }),
      { numRuns: 150 },
    );
  });

  test.each([
    ['arrays', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['objects', '{"a":'.repeat(40_000) + '1' + '}'.repeat(40_000)],
    ['arrays never closed', '['.repeat(1_000_000)],
  ])('a body of deeply nested %s is refused', async (_, body) => {
    const { endpoint } = await serve();
    expect((await post(endpoint, 'StartExecution', body)).status).toBe(400);
    expect((await post(endpoint, 'ListStateMachines', '{}')).status).toBe(200);
  });

  test.each([
    ['arrays', '['.repeat(50_000) + ']'.repeat(50_000)],
    ['objects', '{"a":'.repeat(30_000) + '1' + '}'.repeat(30_000)],
  ])('an execution input of deeply nested %s ends or is refused, and others go on', async (_, input) => {
    const { endpoint, world } = await serve();
    const answer = await post(
      endpoint,
      'StartExecution',
      JSON.stringify({ stateMachineArn: MACHINE, name: 'deep', input }),
    );
    expect([200, 400]).toContain(answer.status);
    expect(
      (await post(endpoint, 'StartExecution', JSON.stringify({ stateMachineArn: MACHINE, name: 'one' }))).status,
    ).toBe(200);
    await world.engine.drain();
    expect(await world.engine.describeExecution({ executionArn: executionArn('one') })).toMatchObject({
      status: 'SUCCEEDED',
    });
  });

  test.each([1_000, 3_000, 10_000, 50_000])(
    'expressions over an input %d levels deep end their execution, and only theirs',
    async (depth) => {
      const { endpoint, world } = await serve({
        Wrap: { Type: 'Pass', Output: '{% {"a": $states.input, "n": $count($keys($states.input))} %}', End: true },
      });
      const start = (name: string, input: string) =>
        post(endpoint, 'StartExecution', JSON.stringify({ stateMachineArn: MACHINE, name, input }));
      expect([200, 400]).toContain((await start('deep', `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`)).status);
      expect((await start('one', '{}')).status).toBe(200);
      await world.engine.drain();
      const { executions } = await world.engine.listExecutions({ stateMachineArn: MACHINE, statusFilter: 'RUNNING' });
      expect(executions).toEqual([]);
      expect(await world.engine.describeExecution({ executionArn: executionArn('one') })).toMatchObject({
        status: 'SUCCEEDED',
      });
    },
  );

  test('pipelined requests are each answered, in order', async () => {
    const { port } = await serve();
    const requests = ['ListStateMachines', 'Nothing', 'ListStateMachines'].map((name) =>
      signed(`AWSStepFunctions.${name}`),
    );
    const answers = await raw(port, (await Promise.all(requests)).join(''), 3);
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400', 'HTTP/1.1 200']);
  });

  test.each([
    ['two lengths', 'Content-Length: 2\r\nContent-Length: 4\r\n\r\n{}{}'],
    ['a length and chunks', 'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a length that is none', 'Content-Length: -1\r\n\r\n{}'],
    ['a header that is too large', `X: ${'x'.repeat(100_000)}\r\n\r\n`],
    ['a line without a colon', 'no header\r\n\r\n{}'],
  ])('a request with %s is refused', async (_, headers) => {
    const { port, endpoint } = await serve();
    const answer = await raw(port, `POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}`, 1);
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d/);
    expect((await post(endpoint, 'ListStateMachines', '{}')).status).toBe(200);
  });

  test.each(['/%', '/2015-03-31/functions/%/invocations', '//', '//[', '*', 'http://[/'])(
    'the path %s is refused',
    async (path) => {
      const { port, endpoint } = await serve();
      const answer = await raw(port, `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{}`, 1);
      expect(answer).toMatch(/^HTTP\/1\.1 4\d\d/);
      expect((await post(endpoint, 'ListStateMachines', '{}')).status).toBe(200);
    },
  );

  test('a target repeated, or of another service, is unknown', async () => {
    const { port } = await serve();
    for (const target of ['AWSStepFunctions.constructor', 'AWSStepFunctions.__proto__', 'DynamoDB.ListTables', '']) {
      const answer = await raw(port, await signed(target), 1);
      expect(answer).toContain('UnknownOperationException');
    }
  });
});

describe('whatever is given as a state machine', () => {
  const loads = (text: string) => {
    try {
      return typeof loadStateMachine(text);
    } catch (error) {
      return error instanceof StateMachineRefused ? 'refused' : error;
    }
  };

  test('it is loaded or refused by name', () => {
    const key = fc.constantFrom(
      'Type',
      'Next',
      'End',
      'Choices',
      'Condition',
      'Default',
      'Items',
      'Output',
      'Assign',
      'Arguments',
      'Resource',
      'Retry',
      'Catch',
      'ErrorEquals',
      'Branches',
      'ItemProcessor',
      'Seconds',
      'States',
      'StartAt',
      '__proto__',
    );
    const leaf = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom('Pass', 'Task', 'Map', 'Parallel', 'Choice', 'Wait', 'Fail', 'A', '{% $x %}', '{% ( %}', '{%%}'),
    );
    const state = fc.dictionary(key, fc.oneof(leaf, fc.dictionary(key, leaf), fc.array(fc.dictionary(key, leaf))));
    const states = fc.dictionary(fc.constantFrom('A', 'B', '__proto__', 'toString', ''), fc.oneof(state, leaf));
    const more = fc.dictionary(fc.constantFrom('TimeoutSeconds', 'Comment', 'Version', 'Other'), leaf);
    const machine = fc.oneof(
      fc
        .tuple(states, more)
        .map(([States, rest]): Json => ({ QueryLanguage: 'JSONata', StartAt: 'A', States, ...rest }) as Json),
      fc.jsonValue() as fc.Arbitrary<Json>,
    );
    fc.assert(
      fc.property(machine, (definition) => {
        expect(['string', 'refused']).toContain(loads(JSON.stringify(definition)));
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['no JSON', '{'],
    ['nothing', ''],
    ['deep arrays', '['.repeat(100_000) + ']'.repeat(100_000)],
    [
      'a deep Output',
      machineOf({ A: { Type: 'Pass', Output: 0, End: true } }).replace(
        ':0',
        `:${'['.repeat(20_000)}${']'.repeat(20_000)}`,
      ),
    ],
    [
      'an expression of deep parentheses',
      machineOf({ A: { Type: 'Pass', Output: `{% ${'('.repeat(50_000)}1${')'.repeat(50_000)} %}`, End: true } }),
    ],
    [
      'an expression never closed',
      machineOf({ A: { Type: 'Pass', Output: `{% ${'['.repeat(50_000)} %}`, End: true } }),
    ],
  ])('%s is refused by name', (_, text) => {
    expect(loads(text)).toBe('refused');
  });
});

describe('whatever a function gives', () => {
  const EDGE = 262_144 - '{"ExecutedVersion":"$LATEST","Payload":"","StatusCode":200}'.length;
  const nested = () => {
    let value: Json = 1;
    for (let i = 0; i < 50_000; i += 1) value = [value];
    return value;
  };
  const circular: { self?: unknown } = {};
  circular.self = circular;
  class Broken {
    toJSON(): never {
      throw new Error('no');
    }
  }

  test.each<[string, () => unknown, string]>([
    ['a result of 256 KiB', () => 'x'.repeat(EDGE), 'done'],
    ['one byte more', () => 'x'.repeat(EDGE + 1), 'FAILED States.DataLimitExceeded'],
    ['characters of two bytes over the edge', () => 'é'.repeat(EDGE / 2 + 1), 'FAILED States.DataLimitExceeded'],
    ['nothing', () => undefined, 'done'],
    ['a number that JSON has not', () => Number.NaN, 'done'],
    ['a function', () => () => 1, 'done'],
    ['a lone surrogate', () => '\uD800', 'done'],
    ['a bigint', () => 1n, 'TypeError'],
    ['what refers to itself', () => circular, 'TypeError'],
    ['what throws when written', () => new Broken(), 'Error'],
    ['deep nesting', nested, 'RangeError'],
    ['a member named __proto__', () => JSON.parse('{"__proto__":{"a":1}}'), 'done'],
  ])('%s ends the execution as it should', async (_, give, end) => {
    const world = openWorld({ states: CALL, invoke: () => Promise.resolve(give() as Json) });
    closing.push(() => world.destroy());
    await world.engine.startExecution({ stateMachineArn: MACHINE, name: 'one' });
    await world.engine.drain();
    const { status, output, error } = await world.engine.describeExecution({ executionArn: executionArn('one') });
    expect(status === 'SUCCEEDED' ? JSON.parse(output!) : `${status} ${error}`).toBe(end);
  });

  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'Error'],
    ['a string', 'no', 'Error'],
    ['null', null, 'Error'],
    ['an error without a name', Object.assign(new Error('no'), { name: '' }), 'Error'],
    ['an error whose name is States.ALL', Object.assign(new Error('no'), { name: 'States.ALL' }), 'States.ALL'],
    ['an error of a megabyte', new Error('x'.repeat(1_000_000)), 'Error'],
    ['an object without a prototype', Object.create(null), 'Error'],
    ['an error whose message is no string', Object.assign(new Error('no'), { message: 5 }), 'Error'],
    ['an error whose name is no string', Object.assign(new Error('no'), { name: 5 }), 'Error'],
  ])('throwing %s is caught under a name', async (_, thrown, name) => {
    const world = openWorld({ states: CALL, invoke: () => Promise.reject(thrown) });
    closing.push(() => world.destroy());
    await world.engine.startExecution({ stateMachineArn: MACHINE, name: 'one' });
    await world.engine.drain();
    const { status, output } = await world.engine.describeExecution({ executionArn: executionArn('one') });
    expect([status, output]).toEqual(['SUCCEEDED', JSON.stringify(name)]);
  });
});
