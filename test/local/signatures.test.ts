import { request as httpRequest } from 'node:http';

import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import type { Clock } from '../../adapters/ports.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { openApi, type Api } from '../../local/api/server.ts';
import { LOCAL_KEY, signedHeaders, type Signable } from '../support/signed.ts';
import { executionArn, machineOf, MACHINE, openWorld, type World } from './support/world.ts';

const NOW = new Date('2026-11-30T12:00:00.000Z');
const OPERATIONS = {
  StartExecution: { stateMachineArn: MACHINE, name: 'never' },
  StopExecution: { executionArn: executionArn('kept') },
  DescribeExecution: { executionArn: executionArn('kept') },
  ListExecutions: { stateMachineArn: MACHINE },
  GetExecutionHistory: { executionArn: executionArn('kept') },
  DescribeStateMachine: { stateMachineArn: MACHINE },
  ListStateMachines: {},
  SendTaskSuccess: { taskToken: 'token', output: '{}' },
  SendTaskFailure: { taskToken: 'token' },
  SendTaskHeartbeat: { taskToken: 'token' },
  RedriveExecution: { executionArn: executionArn('kept') },
} as const satisfies Record<string, JsonObject>;
const FUNCTIONS = ['SetSwitch', 'GovernPolicy', 'CompleteTask'] as const;

let world: World;
let api: Api;
let called: [string, Json][] = [];
beforeAll(async () => {
  world = openWorld({ definition: machineOf({ Wait: { Type: 'Wait', Seconds: 100_000, End: true } }) });
  await world.engine.startExecution({ stateMachineArn: MACHINE, name: 'kept' });
  const clock: Clock = { now: () => NOW };
  const functions = Object.fromEntries(
    FUNCTIONS.map((name) => [
      name,
      (payload: Json) => {
        called.push([name, payload]);
        return Promise.resolve({ result: 'DONE' });
      },
    ]),
  );
  api = await openApi({ engine: world.engine, accessKey: LOCAL_KEY, clock, functions });
});
afterAll(async () => {
  await api.close();
  await world.destroy();
});
beforeEach(() => {
  called = [];
});

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends a request as it is: fetch would clean its path and its headers. */
function send({ method, path, headers, body }: Sent): Promise<{ status: number; type: string; text: string }> {
  return new Promise((resolve, reject) => {
    const length = { 'content-length': String(Buffer.byteLength(body)) };
    const sent = httpRequest(
      { hostname: '127.0.0.1', port: api.port, method, path, headers: { ...length, ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, type: String(response.headers['x-amzn-errortype'] ?? ''), text });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

interface Called {
  readonly service: Signable['service'];
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const EVERY: readonly (readonly [string, Called])[] = [
  ...Object.entries(OPERATIONS).map(
    ([name, body]) =>
      [
        name,
        {
          service: 'states',
          path: '/',
          headers: { 'x-amz-target': `AWSStepFunctions.${name}`, 'content-type': 'application/x-amz-json-1.0' },
          body: JSON.stringify(body),
        },
      ] as const,
  ),
  ...FUNCTIONS.map(
    (name) =>
      [
        name,
        { service: 'lambda', path: `/2015-03-31/functions/${name}/invocations`, headers: {}, body: '{"by":"r.vega"}' },
      ] as const,
  ),
];

async function signed(call: Called, changes: Partial<Signable> = {}): Promise<Sent> {
  const { service, path, headers, body } = call;
  const url = `http://127.0.0.1:${api.port}${path}`;
  return {
    method: 'POST',
    path,
    headers: {
      host: `127.0.0.1:${api.port}`,
      ...(await signedHeaders({ service, url, headers, body, at: NOW, ...changes })),
    },
    body,
  };
}

const minutes = (n: number) => new Date(NOW.getTime() + n * 60_000);

describe.each(EVERY)('%s', (_, call) => {
  const refusal = async (sent: Sent) => {
    const { status, type, text } = await send(sent);
    expect((JSON.parse(text) as { __type: string }).__type).toBe(type);
    return `${status} ${type}`;
  };

  test('is refused without a signature', async () => {
    const { service: __, ...request } = call;
    expect(await refusal({ method: 'POST', ...request })).toBe('403 MissingAuthenticationTokenException');
  });

  test('is refused with a signature in the query', async () => {
    const { service: __, path, ...request } = call;
    const query = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=${'0'.repeat(64)}`;
    expect(await refusal({ method: 'POST', ...request, path: `${path}?${query}` })).toBe(
      '403 MissingAuthenticationTokenException',
    );
  });

  test('is refused with the key of another, and with a wrong secret', async () => {
    const other = await signed(call, { key: { accessKeyId: 'other', secretAccessKey: 'local' } });
    expect(await refusal(other)).toBe('403 UnrecognizedClientException');
    const wrong = await signed(call, { key: { accessKeyId: 'local', secretAccessKey: 'locaL' } });
    expect(await refusal(wrong)).toBe('403 InvalidSignatureException');
  });

  test('is refused with another body, whether or not the digest of the body was signed', async () => {
    const sent = await signed(call);
    expect(await refusal({ ...sent, body: sent.body.replace('}', ' }') })).toBe('403 InvalidSignatureException');
    for (const digest of ['UNSIGNED-PAYLOAD', '0'.repeat(64)]) {
      const claimed = await signed(call, { headers: { ...call.headers, 'x-amz-content-sha256': digest } });
      expect(await refusal(claimed)).toBe('403 InvalidSignatureException');
    }
  });

  test('is refused when it was signed more than 15 minutes ago or ahead', async () => {
    for (const at of [minutes(-15.1), minutes(15.1), minutes(-1440)])
      expect(await refusal(await signed(call, { at }))).toBe('403 InvalidSignatureException');
  });

  test('is refused when it was signed for another service', async () => {
    const service = call.service === 'lambda' ? 'states' : 'lambda';
    expect(await refusal(await signed(call, { service }))).toBe('403 InvalidSignatureException');
  });

  test('is refused with a header that was not signed', async () => {
    const sent = await signed(call);
    const more = { ...sent.headers, 'x-amz-client-context': 'e30=' };
    expect(await refusal({ ...sent, headers: more })).toBe('403 IncompleteSignatureException');
    const { 'x-amz-date': date = '', ...undated } = sent.headers;
    expect(await refusal({ ...sent, headers: { ...undated, date } })).toBe('403 IncompleteSignatureException');
  });
});

test.each(EVERY.filter(([name]) => ['DescribeExecution', 'SetSwitch'].includes(name)))(
  '%s is answered when it was signed within 15 minutes',
  async (_, call) => {
    for (const at of [minutes(-14.9), minutes(14.9)]) expect((await send(await signed(call, { at }))).status).toBe(200);
  },
);

test('A refused request changes nothing, and calls nothing', async () => {
  for (const [, { service: _, ...request }] of EVERY) await send({ method: 'POST', ...request });
  expect(called).toEqual([]);
  const { executions } = await world.engine.listExecutions({ stateMachineArn: MACHINE });
  expect(executions.map(({ name, status }) => [name, status])).toEqual([['kept', 'RUNNING']]);
});

describe('Any one changed character of a signed request is refused', () => {
  const printable = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
  const changed = (text: string, at: number, character: string) => {
    const place = at % text.length;
    return text.slice(0, place) + character + text.slice(place + 1);
  };

  test.each(EVERY)('of %s', async (_, call) => {
    const sent = await signed(call, {
      headers: {
        ...call.headers,
        'x-amz-user-agent': 'aws-sdk-js/3.0.0  twice',
        'amz-sdk-request': 'attempt=1; max=3',
      },
    });
    const names = Object.keys(sent.headers);
    const part = fc.constantFrom('method', 'path', 'body', ...names.map((name) => `header ${name}`), 'header name');
    await fc.assert(
      fc.asyncProperty(part, fc.nat(), printable, async (where, at, character) => {
        const altered = ((): Sent => {
          if (where === 'header name') {
            // Without a Host header the HTTP client sends its own.
            const named = names.filter((each) => each !== 'host');
            const name = named[at % named.length]!;
            const { [name]: value = '', ...rest } = sent.headers;
            return { ...sent, headers: { ...rest, [`${name}x`]: value } };
          }
          if (where.startsWith('header ')) {
            const name = where.slice('header '.length);
            return { ...sent, headers: { ...sent.headers, [name]: changed(sent.headers[name]!, at, character) } };
          }
          if (where === 'method') return { ...sent, method: ['GET', 'PUT', 'DELETE'][at % 3]! };
          if (where === 'body') return { ...sent, body: changed(sent.body, at, character) };
          // A path begins with a slash; one that is nothing else gets longer.
          const rest = sent.path.slice(1);
          return { ...sent, path: `/${rest === '' ? character : changed(rest, at, character)}` };
        })();
        fc.pre(JSON.stringify(altered) !== JSON.stringify(sent));
        const { status, type } = await send(altered);
        expect([status, type]).toEqual([
          403,
          expect.stringMatching(
            /^(MissingAuthenticationToken|IncompleteSignature|UnrecognizedClient|InvalidSignature|AccessDenied)Exception$/,
          ),
        ]);
      }),
      { numRuns: 150 },
    );
    expect(called).toEqual([]);
    if (call.service === 'lambda') {
      expect((await send(sent)).status).toBe(200);
      expect(called).toEqual([[_, { by: 'r.vega' }]]);
    }
  });
});

describe('AWS SDKs', () => {
  // SDKs sign by the clock of the machine, so this server goes by it too.
  let own: Api;
  beforeAll(async () => {
    own = await openApi({
      engine: world.engine,
      accessKey: LOCAL_KEY,
      clock: systemClock,
      functions: { 'with space': (payload) => Promise.resolve(payload) },
    });
  });
  afterAll(() => own.close());
  const settings = (credentials = LOCAL_KEY) => ({
    endpoint: own.endpoint,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
  });

  test('are answered with the key pair, in whatever region they believe to be', async () => {
    const states = new SFNClient(settings());
    const lambda = new LambdaClient(settings());
    try {
      expect(await states.send(new ListExecutionsCommand({ stateMachineArn: MACHINE }))).toMatchObject({
        executions: [{ name: 'kept' }],
      });
      await states.send(new DescribeExecutionCommand({ executionArn: executionArn('kept') }));
      await states.send(new GetExecutionHistoryCommand({ executionArn: executionArn('kept') }));
      // A name that is escaped in the path is escaped twice in what is signed.
      const FunctionName = 'arn:aws:lambda:local:000000000000:function:with space';
      const { Payload } = await lambda.send(
        new InvokeCommand({ FunctionName, Payload: '"é ✓"', Qualifier: '$LATEST' }),
      );
      expect(Payload?.transformToString()).toBe('"é ✓"');
    } finally {
      states.destroy();
      lambda.destroy();
    }
  });

  test.each([
    ['UnrecognizedClientException', { ...LOCAL_KEY, accessKeyId: 'AKIDEXAMPLE' }],
    ['InvalidSignatureException', { ...LOCAL_KEY, secretAccessKey: 'wrong' }],
    ['UnrecognizedClientException', { ...LOCAL_KEY, sessionToken: 'token' }],
  ])('read %s', async (name, credentials) => {
    const states = new SFNClient(settings(credentials));
    const lambda = new LambdaClient(settings(credentials));
    try {
      const refused = { name, $metadata: { httpStatusCode: 403 }, message: expect.any(String) };
      await expect(
        states.send(new StartExecutionCommand({ stateMachineArn: MACHINE, name: 'sdk' })),
      ).rejects.toMatchObject(refused);
      await expect(lambda.send(new InvokeCommand({ FunctionName: 'with space' }))).rejects.toMatchObject(refused);
    } finally {
      states.destroy();
      lambda.destroy();
    }
  });
});
