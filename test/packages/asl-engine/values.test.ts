import { afterEach, describe, expect, test } from '@jest/globals';

import type { Json, JsonObject } from '../../../domain/json.ts';
import { percentOf } from '../../../packages/asl-engine/data.ts';
import { executionArn, MACHINE, openWorld, type World } from '../../local/support/world.ts';

const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.destroy();
});

/** Runs one state. @returns its output, or its error. */
async function run(state: JsonObject, input: Json = {}): Promise<Json> {
  const world = openWorld({ states: { S: { ...state, End: true } }, invoke: (_, payload) => Promise.resolve(payload) });
  worlds.push(world);
  await world.engine.startExecution({ stateMachineArn: MACHINE, name: 'one', input: JSON.stringify(input) });
  await world.engine.drain();
  const { output, error, status } = await world.engine.describeExecution({ executionArn: executionArn('one') });
  return output === undefined || output === null ? (error ?? status) : (JSON.parse(output) as Json);
}

const REFUSED = 'States.QueryEvaluationError';
const NULL = '{% null %}';
const call = (more: JsonObject): JsonObject => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: 'f', Payload: 1 },
  ...more,
});
const map = (more: JsonObject, work: JsonObject = { Type: 'Pass', End: true }): JsonObject => ({
  Type: 'Map',
  Items: [1, 2, 3],
  ItemProcessor: { StartAt: 'In', States: { In: work } },
  ...more,
});

describe('null is a value, not an absent field', () => {
  test.each<[string, JsonObject, Json]>([
    ['Seconds', { Type: 'Wait', Seconds: NULL }, REFUSED],
    ['Timestamp', { Type: 'Wait', Timestamp: NULL }, REFUSED],
    ['Items', map({ Items: NULL }), REFUSED],
    ['MaxConcurrency', map({ MaxConcurrency: NULL }), REFUSED],
    ['ToleratedFailureCount', map({ ToleratedFailureCount: NULL }), REFUSED],
    ['ToleratedFailurePercentage', map({ ToleratedFailurePercentage: NULL }), REFUSED],
    ['ItemSelector', map({ ItemSelector: NULL }), [null, null, null]],
    ['TimeoutSeconds', call({ TimeoutSeconds: NULL }), REFUSED],
    ['FunctionName', call({ Arguments: { FunctionName: NULL } }), REFUSED],
    [
      'Payload',
      call({ Arguments: { FunctionName: 'f', Payload: NULL }, Output: '{% $states.result.Payload %}' }),
      null,
    ],
    ['Output', { Type: 'Pass', Output: NULL }, null],
    [
      'Arguments of a Parallel',
      { Type: 'Parallel', Arguments: NULL, Branches: [{ StartAt: 'In', States: { In: { Type: 'Pass', End: true } } }] },
      [null],
    ],
  ])('in %s', async (_, state, expected) => {
    expect(await run(state)).toEqual(expected);
  });

  test('in Error of a Fail', async () => {
    const world = openWorld({ states: { S: { Type: 'Fail', Error: NULL } } });
    worlds.push(world);
    await world.engine.startExecution({ stateMachineArn: MACHINE, name: 'one' });
    await world.engine.drain();
    const found = await world.engine.describeExecution({ executionArn: executionArn('one') });
    expect(found).toMatchObject({ status: 'FAILED', error: REFUSED });
  });
});

describe('a percentage is exact', () => {
  test.each([
    [29, 100, 29],
    [28.7, 1_000, 287],
    [0.1, 1_000, 1],
    [57, 100, 57],
    [33.333, 3, 0],
    [100, 7, 7],
    [0, 7, 0],
    [1e-7, 1_000_000_000, 1],
  ])('%d %% of %d items are %d', (percentage, items, expected) => {
    expect(percentOf(percentage, items)).toBe(expected);
  });

  test.each([
    [29, 29, 71],
    [29, 30, 'States.ExceedToleratedFailureThreshold'],
  ])('%d %% tolerate %d failures of 100 or do not', async (percentage, failures, expected) => {
    const failing = {
      StartAt: 'Which',
      States: {
        Which: {
          Type: 'Choice',
          Choices: [{ Condition: `{% $states.input <= ${failures} %}`, Next: 'Fails' }],
          Default: 'Passes',
        },
        Fails: { Type: 'Fail', Error: 'X' },
        Passes: { Type: 'Pass', End: true },
      },
    };
    const more = { Items: '{% [1..100] %}', ToleratedFailurePercentage: percentage, ItemProcessor: failing };
    expect(await run(map({ ...more, Output: '{% $count($states.result) %}' }))).toBe(expected);
  });
});

describe('a day that does not exist', () => {
  test.each(['2026-02-30T00:00:00Z', '2027-02-29T00:00:00Z', '2026-04-31T10:00:00+02:00', '2026-01-01T24:00:00Z'])(
    'is no Timestamp: %s',
    async (Timestamp) => {
      expect(await run({ Type: 'Wait', Timestamp })).toBe(REFUSED);
    },
  );

  test('is no time: $toMillis', async () => {
    for (const text of ['"2026-02-30"', '"2026-02-30T00:00:00Z"', '"30.02.2026", "[D01].[M01].[Y0001]"']) {
      expect(await run({ Type: 'Pass', Output: `{% $toMillis(${text}) %}` })).toBe(REFUSED);
    }
    const dates = ['"2028-02-29"', '"2026-02-28T01:00:00+01:00"', '"28.02.2026", "[D01].[M01].[Y0001]"'];
    const output = `{% [${dates.map((date) => `$toMillis(${date})`).join()}] %}`;
    expect(await run({ Type: 'Pass', Output: output })).toEqual([
      Date.UTC(2028, 1, 29),
      Date.UTC(2026, 1, 28),
      Date.UTC(2026, 1, 28),
    ]);
  });
});

test('an execution that timed out has its end in its history alone, at its start plus its time', async () => {
  const definition = JSON.stringify({
    QueryLanguage: 'JSONata',
    StartAt: 'W',
    States: { W: { Type: 'Wait', Seconds: 25, End: true } },
    TimeoutSeconds: 3,
  });
  const world = openWorld({ definition });
  worlds.push(world);
  await world.engine.startExecution({ stateMachineArn: MACHINE, name: 'one' });
  world.clock.advance(10_000);
  await world.engine.drain();
  const found = await world.engine.describeExecution({ executionArn: executionArn('one') });
  expect(found.status).toBe('TIMED_OUT');
  expect([found.error, found.cause]).toEqual([undefined, undefined]);
  expect(new Date(found.stopDate!).getTime() - new Date(found.startDate).getTime()).toBe(3_000);
  const { events } = await world.engine.getExecutionHistory({ executionArn: executionArn('one'), reverseOrder: true });
  expect(events[0]).toMatchObject({
    type: 'ExecutionTimedOut',
    executionTimedOutEventDetails: { error: 'States.Timeout' },
  });
});
