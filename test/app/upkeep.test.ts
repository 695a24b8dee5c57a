import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import type { CallQueue, DeadLetter, Functions, Measure } from '../../adapters/ports.ts';
import { readSamples } from '../../adapters/sample-applications.ts';
import { measureQueues } from '../../app/operations/measure-queues.ts';
import { redriveDeadLetters } from '../../app/operations/redrive-dead-letters.ts';
import { SampleMissing, submitSamples } from '../../app/operations/submit-samples.ts';
import { openTask } from '../../app/workflow/open-task.ts';
import type { Metric } from '../../domain/monitoring/metrics.ts';
import { CONTRACTS } from '../support/contracts.ts';
import { embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';

let embedded: EmbeddedPorts;
let measured: Metric[];
const measure: Measure = (metrics) => void measured.push(...metrics);
beforeEach(() => {
  embedded = embeddedPorts();
  measured = [];
});
afterEach(() => embedded.close());
const valueOf = (name: string) => measured.find((metric) => metric.name === name)?.value;

describe('Queues', () => {
  const open = async (applicationId: string, queue: 'REVIEW' | 'ATTENTION', enteredAt: string) =>
    openTask(
      embedded.ports,
      {
        application: { applicationId, digest: 'a'.repeat(64) },
        step: { executionArn: 'arn', state: 'AwaitReview', enteredAt, round: 0 },
        taskToken: 't',
        stage: 'FULL',
        policy: null,
        failure: null,
      },
      { queue, tries: 0, facts: {} },
    );

  test('are measured by how many wait, and how long the first has', async () => {
    await open('application-0001', 'REVIEW', '2026-01-05T10:00:00.000Z');
    await open('application-0002', 'REVIEW', '2026-01-05T09:00:00.000Z');
    await open('application-0003', 'ATTENTION', '2026-01-05T11:59:00.000Z');
    const { workStore, clock } = embedded.ports;
    expect(await measureQueues({ workStore, clock, measure })({})).toEqual({ reviews: 2, attention: 1 });
    expect(measured).toEqual([
      { name: 'ReviewsWaiting', value: 2, unit: 'Count', dimensions: {} },
      { name: 'OldestReviewAge', value: 10_800, unit: 'Seconds', dimensions: {} },
      { name: 'AttentionWaiting', value: 1, unit: 'Count', dimensions: {} },
      { name: 'OldestAttentionAge', value: 60, unit: 'Seconds', dimensions: {} },
    ]);
  });

  test('that are empty have no age', async () => {
    const { workStore, clock } = embedded.ports;
    await measureQueues({ workStore, clock, measure })({});
    expect(measured.map(({ value }) => value)).toEqual([0, 0, 0, 0]);
  });
});

describe('A redrive', () => {
  const sent: string[] = [];
  const callQueue: CallQueue = {
    async send(functionName, payload) {
      if (payload === 'fails') throw new Error('throttled');
      sent.push(`${functionName} ${JSON.stringify(payload)}`);
    },
  };
  function queueOf(...waiting: DeadLetter[]) {
    const batches = [waiting];
    const removed: string[] = [];
    return {
      removed,
      deadLetters: {
        receive: async () => batches.shift() ?? [],
        remove: async ({ receipt }: DeadLetter) => void removed.push(receipt),
      },
    };
  }
  beforeEach(() => void sent.splice(0));

  test('makes each call again and then takes its letter away', async () => {
    const { deadLetters, removed } = queueOf(
      { functionName: 'archive', payload: { detail: 1 }, receipt: 'one' },
      { functionName: 'lapse', payload: {}, receipt: 'two' },
    );
    const output = await redriveDeadLetters({ deadLetters, callQueue, redrivable: ['archive', 'lapse'] })({});
    expect(output).toEqual({ redriven: 2, kept: 0 });
    expect(sent).toEqual(['archive {"detail":1}', 'lapse {}']);
    expect(removed).toEqual(['one', 'two']);
  });

  test('keeps letters that name no function of the deployment', async () => {
    const { deadLetters, removed } = queueOf(
      { payload: {}, receipt: 'nobody' },
      { functionName: 'stranger', payload: {}, receipt: 'other' },
    );
    expect(await redriveDeadLetters({ deadLetters, callQueue, redrivable: ['archive'] })({})).toEqual({
      redriven: 0,
      kept: 2,
    });
    expect([sent, removed]).toEqual([[], []]);
  });

  test('that cannot hand a call over keeps its letter', async () => {
    const { deadLetters, removed } = queueOf({ functionName: 'archive', payload: 'fails', receipt: 'one' });
    const redrive = redriveDeadLetters({ deadLetters, callQueue, redrivable: ['archive'] });
    await expect(redrive({})).rejects.toThrow('throttled');
    expect(removed).toEqual([]);
  });
});

describe('Samples', () => {
  const samples = readSamples('examples');
  const ACCEPTED = {
    result: 'ACCEPTED',
    applicationId: 'application-0001',
    digest: 'a'.repeat(64),
    receivedAt: '2026-01-05T12:00:00.000Z',
    executionArn: 'arn',
    repeated: false,
  };
  const ports = (functions: Partial<Functions>) => ({
    samples: () => samples,
    functions: { invoke: () => Promise.reject(new Error()), ...functions },
    workStore: embedded.ports.workStore,
    clock: embedded.ports.clock,
    wait: async (milliseconds: number) => embedded.ports.clock.advance(milliseconds),
    measure,
    lending: embedded.ports.lending,
  });

  test('are those of the examples, each with where it must stand', () => {
    expect(samples.size).toBeGreaterThan(30);
    expect(samples.get('approve-lowest-rate')?.expected).toBe('APPROVE');
    expect(samples.get('bureau-slow')?.expected).toBe('IN_REVIEW');
    expect(samples.get('refer-approved')?.expected).toBe('WAITS');
  });

  test('that nobody decides are given up after three minutes, and the canary says so', async () => {
    const invoke = async () => ACCEPTED;
    const output = await submitSamples(ports({ invoke }))({ samples: ['approve-lowest-rate'], canary: true });
    expect(CONTRACTS.SubmitSamples.output.parse(output)).toEqual({
      asExpected: 0,
      otherwise: [
        { applicationId: 'canary-approve-lowest-rate-2026-01-05T12-00-00', expected: 'APPROVE', status: 'IN_PROGRESS' },
      ],
    });
    expect(valueOf('CanaryAsExpected')).toBe(0);
    expect(valueOf('CanaryDuration')).toBe(180_000);
  });

  test('that the intake fails on are named by its error', async () => {
    class StoreUnavailable extends Error {
      override readonly name = 'StoreUnavailable';
    }
    const invoke = () => Promise.reject(new StoreUnavailable('full'));
    const { otherwise } = await submitSamples(ports({ invoke }))({ samples: ['approve-lowest-rate'] });
    expect(otherwise).toMatchObject([{ applicationId: 'approve-lowest-rate', status: 'StoreUnavailable' }]);
    expect(measured).toEqual([]);
  });

  test('are in progress two at a time, so that a new account with ten concurrent functions refuses none', async () => {
    const [running, most] = [new Set<string>(), new Set<number>()];
    const invoke: Functions['invoke'] = async (_, submission) => {
      const { applicationId } = submission as { applicationId: string };
      running.add(applicationId);
      most.add(running.size);
      await new Promise((resolve) => setImmediate(resolve));
      running.delete(applicationId);
      return { result: 'REJECTED', errors: [] };
    };
    const { asExpected, otherwise } = await submitSamples(ports({ invoke }))({});
    expect(asExpected + otherwise.length).toBe(samples.size);
    expect(Math.max(...most)).toBe(2);
  });

  test('for which a call has no time left are not submitted, and the call ends a minute before Lambda ends it', async () => {
    const begun = embedded.ports.clock.now().getTime();
    let submitted = 0;
    const invoke = async () => {
      submitted += 1;
      return { ...ACCEPTED, applicationId: `application-${submitted}` };
    };
    const { otherwise } = await submitSamples(ports({ invoke }))({});
    const count = (wanted: string) => otherwise.filter(({ status }) => status === wanted).length;
    expect(count('IN_PROGRESS')).toBe(submitted);
    expect(count('NOT_SUBMITTED')).toBe(samples.size - submitted);
    expect(count('NOT_SUBMITTED')).toBeGreaterThan(0);
    expect((embedded.ports.clock.now().getTime() - begun) / 1_000).toBeCloseTo(840, -1);
  });

  test('that do not exist are refused by name', async () => {
    await expect(submitSamples(ports({}))({ samples: ['approve'] })).rejects.toThrow(SampleMissing);
  });
});
