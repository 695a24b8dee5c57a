import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { systemClock } from '../../adapters/system-clock.ts';
import { underwrightClient } from '../../client/index.ts';
import type { Json } from '../../domain/json.ts';
import { Admission, type AdmissionLimits } from '../../local/api/admission.ts';
import { openApi, type Api } from '../../local/api/server.ts';
import { LOCAL_KEY } from '../support/signed.ts';
import { executionArn, openWorld, type World } from './support/world.ts';

const LIMITS: AdmissionLimits = { work: 4, beginning: 2, patienceMs: 500, requests: 6, waiting: 3 };
const BEGINS = { begins: true, waits: false };
const READS = { begins: false, waits: false };
const WAITS = { begins: false, waits: true };

describe('Admission', () => {
  const load = { work: 0, waiting: 0, now: 0 };
  let admission: Admission;
  beforeEach(() => {
    Object.assign(load, { work: 0, waiting: 0, now: 0 });
    admission = new Admission({ work: () => load.work, waiting: () => load.waiting, now: () => load.now }, LIMITS);
  });
  const ok = (kind: typeof BEGINS) => admission.admit(kind).ok;

  test('refuses what begins a workflow while as many begin, or are in work, as may', () => {
    expect([ok(BEGINS), ok(BEGINS), ok(BEGINS)]).toEqual([true, true, false]);
    expect(ok(READS)).toBe(true);
    load.work = 4;
    expect([ok(BEGINS), ok(READS)]).toEqual([false, true]);
  });

  test('refuses it while an earlier one takes longer than it should, as on a slow machine', () => {
    const first = admission.admit(BEGINS);
    load.now = 499;
    expect(ok(BEGINS)).toBe(true);
    load.now = 500;
    const other = new Admission({ work: () => 0, waiting: () => 0, now: () => load.now }, LIMITS);
    expect(ok(BEGINS)).toBe(false);
    expect(other.admit(BEGINS).ok).toBe(true);
    expect(first.ok).toBe(true);
  });

  test('counts a place once, however often it is given back', () => {
    const first = admission.admit(BEGINS);
    const second = admission.admit(BEGINS);
    if (!first.ok || !second.ok) throw new Error('It is refused.');
    first.done();
    first.done();
    expect([ok(BEGINS), ok(BEGINS)]).toEqual([true, false]);
  });

  test('does not count a request that waits among those in hand, and limits how many wait', () => {
    for (let each = 0; each < 6; each += 1) expect(ok(WAITS)).toBe(true);
    expect(ok(READS)).toBe(false);
    load.waiting = 2;
    expect([ok(WAITS), ok(READS), ok(READS)]).toEqual([true, true, false]);
    load.waiting = 3;
    expect([ok(WAITS), ok(READS)]).toEqual([false, true]);
  });

  test('never admits more than its limits, and is empty when all is done', () => {
    const kind = fc.constantFrom(BEGINS, READS, WAITS);
    fc.assert(
      fc.property(fc.array(fc.tuple(kind, fc.boolean(), fc.nat(5))), (steps) => {
        const own = new Admission({ work: () => load.work, waiting: () => 0, now: () => 0 }, LIMITS);
        const open: { kind: typeof BEGINS; done: () => void }[] = [];
        for (const [asked, ends, work] of steps) {
          load.work = work;
          const place = own.admit(asked);
          if (place.ok) open.push({ kind: asked, done: place.done });
          else expect([1, 2, 3]).toContain(place.retryAfterSeconds);
          expect(open.length).toBeLessThanOrEqual(LIMITS.requests);
          expect(open.filter((each) => each.kind.begins).length).toBeLessThanOrEqual(LIMITS.beginning);
          if (ends) open.shift()?.done();
        }
        for (const { done } of open) done();
        load.work = 0;
        expect(own.admit(BEGINS).ok).toBe(true);
      }),
    );
  });
});

describe('A server that has as much to do as it can', () => {
  const load = { work: 99 };
  let world: World;
  let api: Api;
  let invoked: string[];
  beforeAll(async () => {
    world = openWorld({ states: { Only: { Type: 'Pass', End: true } }, invoke: () => Promise.resolve(null) });
    api = await openApi({
      engine: world.engine,
      accessKey: LOCAL_KEY,
      clock: systemClock,
      functions: { IntakeApplication: async () => 'taken', SetSwitch: async () => 'set' },
      invoke: async (name): Promise<Json> => {
        invoked.push(name);
        if (name !== 'AuthoriseRequest') return { statusCode: 202, headers: {}, body: '{}' };
        return { context: { id: 'a', clientId: 'a', roles: 'front-end' } };
      },
      admission: new Admission({ work: () => load.work, waiting: () => 0, now: () => 0 }, LIMITS),
    });
  });
  afterAll(async () => {
    await api.close();
    await world.destroy();
  });
  beforeEach(() => {
    load.work = 99;
    invoked = [];
  });
  const body = JSON.stringify({ applicationId: 'a' });
  const headers = { authorization: 'Bearer a.b.c', 'content-type': 'application/json' };

  test('refuses a new application with 503 and Retry-After before it looks at the token', async () => {
    const answer = await fetch(`${api.endpoint}/v1/applications`, { method: 'POST', headers, body });
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toMatchObject({ type: 'urn:underwright:problem:unavailable', status: 503 });
    expect(invoked).toEqual([]);
  });

  test('answers everything else', async () => {
    expect((await fetch(`${api.endpoint}/v1/applications/a`, { headers })).status).toBe(202);
    expect((await fetch(`${api.endpoint}/health`)).status).toBe(200);
  });

  test('takes the same application from our client as soon as it has room', async () => {
    const pauses: number[] = [];
    const client = underwrightClient({
      url: `${api.endpoint}/v1`,
      token: 'a.b.c',
      pause: async (ms) => {
        pauses.push(ms);
        if (pauses.length === 2) load.work = 0;
      },
    });
    await client.call('submitApplication', { body: {} as never });
    expect(pauses).toHaveLength(2);
    for (const ms of pauses) expect(ms).toBeGreaterThanOrEqual(1_000);
    expect(invoked).toEqual(['AuthoriseRequest', 'FrontEndApi']);
  });

  const aws = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' }, maxAttempts: 1 };

  test('throttles Invoke as Lambda does, for what begins a workflow', async () => {
    const client = new LambdaClient({ ...aws, endpoint: api.endpoint });
    const invoke = (FunctionName: string) => client.send(new InvokeCommand({ FunctionName, Payload: '{}' }));
    try {
      await expect(invoke('IntakeApplication')).rejects.toMatchObject({
        name: 'TooManyRequestsException',
        retryAfterSeconds: expect.stringMatching(/^[123]$/),
        $metadata: { httpStatusCode: 429 },
      });
      expect((await invoke('SetSwitch')).Payload?.transformToString()).toBe('"set"');
      load.work = 0;
      expect((await invoke('IntakeApplication')).Payload?.transformToString()).toBe('"taken"');
    } finally {
      client.destroy();
    }
  });

  test('throttles StartExecution as Step Functions does, and its SDK sends the call again', async () => {
    const start = () =>
      new StartExecutionCommand({
        stateMachineArn: executionArn('x').replace(/:x$/, '').replace(':execution:', ':stateMachine:'),
        input: '{}',
      });
    const once = new SFNClient({ ...aws, endpoint: api.endpoint });
    const again = new SFNClient({ ...aws, endpoint: api.endpoint, maxAttempts: 5 });
    try {
      await expect(once.send(start())).rejects.toMatchObject({ name: 'ThrottlingException' });
      let tries = 0;
      again.middlewareStack.add(
        (next) => (args) => {
          tries += 1;
          if (tries === 2) load.work = 0;
          return next(args);
        },
        { step: 'finalizeRequest', priority: 'low' },
      );
      await again.send(start());
      expect(tries).toBe(2);
    } finally {
      once.destroy();
      again.destroy();
    }
  });
});
