import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { GroupCommitDatabase } from '../../../adapters/embedded/group-commit.ts';
import type { HistoryEvent } from '../../../adapters/ports.ts';
import type { Json, JsonObject } from '../../../domain/json.ts';
import type { Invoke } from '../../../packages/asl-engine/ports.ts';
import { listExecutions, readHistory } from '../../../packages/asl-engine/store.ts';
import { executionArn, MACHINE, openWorld, temporaryFolder, watch, type World } from '../../local/support/world.ts';

const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.destroy();
});
function open(options: Parameters<typeof openWorld>[0]): World {
  const world = openWorld(options);
  worlds.push(world);
  return world;
}

const call = (name: string, more: JsonObject = {}): JsonObject => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: {
    FunctionName: name,
    Payload: { input: '{% $states.input %}', tries: '{% $states.context.State.RetryCount %}' },
  },
  Output: '{% $states.result.Payload %}',
  ...more,
});

/** One of everything that rests: a task, a retry, a wait, a map, a token and an assignment. */
const STATES: JsonObject = {
  First: call('Add', { Assign: { first: '{% $states.result.Payload %}' }, Next: 'Flaky' }),
  Flaky: call('Flaky', { Retry: [{ ErrorEquals: ['Flaky'] }], Next: 'Pause' }),
  Pause: { Type: 'Wait', Seconds: 60, Next: 'Each' },
  Each: {
    Type: 'Map',
    Items: [1, 2, 3],
    MaxConcurrency: 1,
    ItemProcessor: { StartAt: 'Item', States: { Item: call('Add', { End: true }) } },
    Next: 'Ask',
  },
  Ask: {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Arguments: { FunctionName: 'Ask', Payload: '{% $states.context.Task.Token %}' },
    Next: 'Catch',
  },
  Catch: call('Break', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Last' }], Next: 'Last' }),
  Last: { Type: 'Pass', Output: { first: '{% $first %}', error: '{% $states.input.Error %}' }, End: true },
};

/** Functions that depend on their payload alone, so that a second call gives what the first gave. */
function functionsFor(tokens: string[]): Invoke {
  return (name, payload) => {
    if (name === 'Ask') {
      tokens.push(payload as string);
      return Promise.resolve(null);
    }
    const { input, tries } = payload as { input: Json; tries: number };
    if (name === 'Break' || (name === 'Flaky' && tries < 2)) {
      return Promise.reject(Object.assign(new Error('as told'), { name }));
    }
    return Promise.resolve(typeof input === 'number' ? input + 1 : 0);
  };
}

/** Runs to the end, letting time pass and answering tokens; `seen` is called after every commit. */
async function finish(world: World, tokens: string[], seen: () => void = () => {}): Promise<void> {
  let commits = -1;
  for (let rounds = 0; rounds < 20_000; rounds += 1) {
    const idle = watch(world.engine.drain());
    for (let turn = 0; turn < 1_000 && !idle(); turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (world.database.statistics.commits !== commits) {
        commits = world.database.statistics.commits;
        seen();
      }
    }
    const running = listExecutions(world.database, { status: 'RUNNING' });
    if (running.length === 0) return;
    const token = tokens.shift();
    if (token !== undefined) {
      await world.engine.sendTaskSuccess({ taskToken: token, output: '"yes"' }).catch((error: Error) => {
        // A token that was handed out again after the crash may have been answered already.
        if (error.name !== 'TaskTimedOut') throw error;
      });
    } else if (!world.clock.skip()) throw new Error('The engine is idle, and no timer is due.');
  }
}

/** What a history says, less what two runs may differ in: instants and tokens. */
function told(events: HistoryEvent[]): Json[] {
  return events.map((event) => {
    const text = JSON.stringify({ ...event, timestamp: '' }).replaceAll(/MS4[\w-]{40,}/g, 'TOKEN');
    return JSON.parse(text) as Json;
  });
}

/** A copy of the database as a crash at this moment would leave it. */
function crashCopy(world: World): string {
  const folder = temporaryFolder();
  for (const file of ['data.sqlite', 'data.sqlite-wal']) {
    if (existsSync(join(world.folder, file))) copyFileSync(join(world.folder, file), join(folder, file));
  }
  return folder;
}

describe('an execution survives the process', () => {
  test('from every commit on, an engine on what is stored ends with the same history, no event doubled', async () => {
    const tokens: string[] = [];
    const world = open({ states: STATES, invoke: functionsFor(tokens) });
    await world.engine.startExecution({ stateMachineArn: MACHINE, name: 'one', input: '1' });
    const copies: { folder: string; at: Date }[] = [];
    await finish(world, tokens, () => copies.push({ folder: crashCopy(world), at: world.clock.now() }));
    const expected = told(await world.engine.history(executionArn('one')));
    const types = expected.map((event) => (event as JsonObject)['type']);
    expect(types.filter((type) => type === 'MapIterationSucceeded')).toHaveLength(3);
    expect(types.at(-1)).toBe('ExecutionSucceeded');
    expect(copies.length).toBeGreaterThan(10);
    for (const { folder, at } of copies) {
      const tokensAgain: string[] = [];
      const again = open({ folder, states: STATES, invoke: functionsFor(tokensAgain) });
      again.clock.moveTo(at.getTime());
      // The person who was given the token before the crash still holds it.
      const held = again.database
        .statement(`SELECT token FROM workflow_frame WHERE phase = 'TOKEN' AND token IS NOT NULL`)
        .all() as { token: string }[];
      tokensAgain.push(...held.map((row) => row.token));
      await finish(again, tokensAgain);
      expect(told(await again.engine.history(executionArn('one')))).toEqual(expected);
    }
  });

  test('a random machine that crashes at random commits gives the result of one that did not', async () => {
    const step = fc.oneof(
      fc.constant<JsonObject>(call('Add')),
      fc.constant<JsonObject>(call('Flaky', { Retry: [{ ErrorEquals: ['States.ALL'] }] })),
      fc.constant<JsonObject>({ Type: 'Wait', Seconds: 5 }),
      fc.constant<JsonObject>({
        Type: 'Pass',
        Assign: { kept: '{% $states.input %}' },
        Output: '{% [$states.input, $string($states.input)] %}',
      }),
      fc.record({ items: fc.array(fc.nat(9), { maxLength: 4 }), concurrency: fc.nat(2) }).map<JsonObject>((map) => ({
        Type: 'Map',
        Items: map.items,
        MaxConcurrency: map.concurrency,
        ItemProcessor: { StartAt: 'Inner', States: { Inner: call('Flaky', { Retry: [{ ErrorEquals: ['Flaky'] }] }) } },
      })),
      fc.constant<JsonObject>({
        Type: 'Parallel',
        Branches: [
          { StartAt: 'Left', States: { Left: call('Add') } },
          { StartAt: 'Right', States: { Right: { Type: 'Wait', Seconds: 7 } } },
        ],
      }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 4 }),
        fc.array(fc.nat(30), { minLength: 1, maxLength: 3 }),
        async (steps, crashes) => {
          const states = named(steps);
          const run = async (crashAfter: readonly number[]) => {
            let world = open({ states, invoke: functionsFor([]) });
            await world.engine.startExecution({ stateMachineArn: MACHINE, name: 'one', input: '1' });
            for (const commits of crashAfter) {
              let folder: string | undefined;
              let left = commits;
              await finish(world, [], () => {
                if (left-- === 0) folder = crashCopy(world);
              });
              if (folder === undefined) break;
              const { clock } = world;
              world = open({ folder, states, invoke: functionsFor([]), clock });
            }
            await finish(world, []);
            const events = await world.engine.history(executionArn('one'));
            return { last: withoutTime(events.at(-1)!), types: events.map((event) => event.type).sort() };
          };
          expect(await run(crashes)).toEqual(await run([]));
          for (const world of worlds.splice(0)) await world.destroy();
        },
      ),
      { numRuns: 20 },
    );
  });

  test('an execution keeps the definition that it started with', async () => {
    const before = open({ states: { Wait: { Type: 'Wait', Seconds: 5, Output: 'old', End: true } } });
    await before.engine.startExecution({ stateMachineArn: MACHINE, name: 'old' });
    await before.stop();
    const after = open({ folder: before.folder, states: { Now: { Type: 'Pass', Output: 'new', End: true } } });
    await after.engine.startExecution({ stateMachineArn: MACHINE, name: 'new' });
    after.clock.advance(5);
    await after.engine.drain();
    const outputs = listExecutions(after.database).map(({ name, output }) => ({ name, output }));
    expect(outputs).toEqual([
      { name: 'new', output: '"new"' },
      { name: 'old', output: '"old"' },
    ]);
  });

  test('a function that runs when the engine closes is waited for, and its result is kept', async () => {
    let answer: (result: Json) => void = () => {};
    const called: string[] = [];
    const states = { One: call('One', { Next: 'Two' }), Two: call('Two', { End: true }) };
    const before = open({
      states,
      invoke: (name) => {
        called.push(name);
        return new Promise((resolve) => (answer = resolve));
      },
    });
    await before.engine.startExecution({ stateMachineArn: MACHINE, name: 'one' });
    await until(() => called.length === 1);
    const closed = before.engine.close();
    answer(1);
    await closed;
    expect(called).toEqual(['One']);
    await expect(before.engine.startExecution({ stateMachineArn: MACHINE })).rejects.toThrow('The engine is closed.');
    before.database.close();
    const after = open({
      folder: before.folder,
      states,
      invoke: (name) => {
        called.push(name);
        return Promise.resolve('done');
      },
    });
    await after.engine.drain();
    expect(called).toEqual(['One', 'Two']);
    expect(listExecutions(after.database)[0]).toMatchObject({ status: 'SUCCEEDED', output: '"done"' });
  });
});

describe('nothing leaves before it is on disk', () => {
  test('a function is called only when another process can read that it was scheduled', async () => {
    const seen: string[][] = [];
    const world = open({
      states: { One: call('One', { Next: 'Two' }), Two: call('Two', { End: true }) },
      invoke: (_, __, context) => {
        const reader = new GroupCommitDatabase(world.file, { readOnly: true });
        seen.push(readHistory(reader, context.executionArn).map((event) => event.type));
        reader.close();
        return Promise.resolve(null);
      },
    });
    await world.engine.startExecution({ stateMachineArn: MACHINE, name: 'one' });
    await world.engine.drain();
    expect(seen).toHaveLength(2);
    expect(seen.map((types) => types.slice(-2))).toEqual([
      ['TaskScheduled', 'TaskStarted'],
      ['TaskScheduled', 'TaskStarted'],
    ]);
    expect(seen.map((types) => types.filter((type) => type === 'TaskScheduled').length)).toEqual([1, 2]);
  });

  test('what is written in answer to one commit waits for the next, whoever else that commit woke', async () => {
    const unseen: string[] = [];
    const world = open({ states: { Wait: { Type: 'Wait', Seconds: 9, End: true } } });
    const reader = new GroupCommitDatabase(world.file, { readOnly: true });
    const statusOf = (name: string) => listExecutions(reader).find((execution) => execution.name === name)?.status;
    world.engine.onExecutionEnd(({ detail }) => {
      if (statusOf(detail.name) !== detail.status) unseen.push(detail.name);
      return Promise.resolve();
    });
    await world.engine.drain();
    for (const name of ['a', 'b', 'c']) await world.engine.startExecution({ stateMachineArn: MACHINE, name });
    await world.engine.drain();
    const stop = (name: string) => world.engine.stopExecution({ executionArn: executionArn(name) });
    // Woken by the commit that also releases the news of a's end, and before it.
    world.database.writeNow(() => undefined);
    const woken = world.database.committed().then(() => stop('b'));
    await Promise.all([stop('a'), woken, stop('c')]);
    await world.engine.drain();
    expect(unseen).toEqual([]);
    expect(['a', 'b', 'c'].map(statusOf)).toEqual(['ABORTED', 'ABORTED', 'ABORTED']);
    reader.close();
  });

  test('StartExecution answers, and an end is told, only when another process can read it', async () => {
    const world = open({ states: { Only: { Type: 'Pass', End: true } } });
    const reader = new GroupCommitDatabase(world.file, { readOnly: true });
    const told: (string | undefined)[] = [];
    world.engine.onExecutionEnd((end) => {
      told.push(listExecutions(reader).find((execution) => execution.name === end.detail.name)?.status);
      return Promise.resolve();
    });
    await world.engine.startExecution({ stateMachineArn: MACHINE, name: 'one' });
    expect(listExecutions(reader)).toHaveLength(1);
    await world.engine.drain();
    expect(told).toEqual(['SUCCEEDED']);
    reader.close();
  });

  test('a full disk halts the engine, and with space every accepted execution ends', async () => {
    const states = { One: call('One', { Next: 'Two' }), Two: call('Two', { End: true }) };
    const world = open({ states, storage: { maxPages: 40 }, invoke: () => Promise.resolve('x'.repeat(2_000)) });
    const accepted: string[] = [];
    let refusal: unknown;
    for (let i = 0; refusal === undefined && i < 1_000; i += 1) {
      try {
        await world.engine.startExecution({ stateMachineArn: MACHINE, name: `e${i}`, input: '"x"' });
        accepted.push(`e${i}`);
      } catch (error) {
        refusal = error;
      }
    }
    expect(refusal).toMatchObject({ name: expect.stringMatching(/^(EngineHalted|StoreUnavailable)$/) });
    await expect(world.engine.describeExecution({ executionArn: executionArn('e0') })).rejects.toThrow(
      'The engine has stopped: The data folder took no more writes',
    );
    await expect(world.engine.drain()).rejects.toThrow('The engine has stopped');
    expect(accepted.length).toBeGreaterThan(1);
    await world.stop();
    const again = open({ folder: world.folder, states, invoke: () => Promise.resolve('now') });
    await again.engine.drain();
    const statuses = new Map(listExecutions(again.database).map(({ name, status }) => [name, status]));
    expect(accepted.map((name) => statuses.get(name))).toEqual(accepted.map(() => 'SUCCEEDED'));
  });
});

test('draining waits for what moves by itself, and not for people or for later', async () => {
  const world = open({
    states: {
      Call: call('Add', { Next: 'Pause' }),
      Pause: { Type: 'Wait', Seconds: 60, Next: 'Ask' },
      Ask: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        Arguments: { FunctionName: 'Ask', Payload: '{% $states.context.Task.Token %}' },
        End: true,
      },
    },
    invoke: functionsFor([]),
  });
  await world.engine.startExecution({ stateMachineArn: MACHINE, name: 'one', input: '1' });
  const lastEvent = async () => (await world.engine.history(executionArn('one'))).at(-1)?.type;
  await world.engine.drain();
  expect(await lastEvent()).toBe('WaitStateEntered');
  await world.engine.drain(59_000);
  const drained = watch(world.engine.drain(60_000));
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(drained()).toBe(false);
  world.clock.advance(60);
  await until(drained);
  expect(await lastEvent()).toBe('TaskSubmitted');
});

describe('ends of executions are told at least once', () => {
  test('an end whose listener failed is told again after a pause, and again by the next engine', async () => {
    const states = { Only: { Type: 'Pass', End: true } };
    const world = open({ states });
    let times = 0;
    world.engine.onExecutionEnd(() => {
      times += 1;
      return Promise.reject(new Error('not now'));
    });
    await world.engine.startExecution({ stateMachineArn: MACHINE, name: 'one', input: '{"a":1}' });
    await world.engine.drain();
    expect(times).toBe(1);
    world.clock.advance(1);
    await world.engine.drain();
    expect(times).toBe(2);
    await world.stop();
    const again = open({ folder: world.folder, states });
    const ends: unknown[] = [];
    again.engine.onExecutionEnd((end) => {
      ends.push(end);
      return Promise.resolve();
    });
    await again.engine.drain();
    expect(ends).toEqual([
      {
        id: `${executionArn('one')}:0`,
        'detail-type': 'Step Functions Execution Status Change',
        source: 'aws.states',
        time: '2026-01-05T12:00:00.000Z',
        detail: {
          executionArn: executionArn('one'),
          stateMachineArn: MACHINE,
          name: 'one',
          status: 'SUCCEEDED',
          startDate: Date.UTC(2026, 0, 5, 12),
          stopDate: Date.UTC(2026, 0, 5, 12),
          input: '{"a":1}',
          output: '{"a":1}',
          error: null,
          cause: null,
        },
      },
    ]);
    await again.stop();
    const last = open({ folder: world.folder, states });
    last.engine.onExecutionEnd(() => Promise.reject(new Error('told a third time')));
    await last.engine.drain();
    expect(last.clock.skip()).toBe(false);
  });
});

function named(steps: readonly JsonObject[]): JsonObject {
  // State names are unique in a machine, so the inner ones get a number as well.
  return Object.fromEntries(
    steps.map((step, i) => {
      const flow: JsonObject = i < steps.length - 1 ? { Next: `S${i + 1}` } : { End: true };
      const text = JSON.stringify(step).replaceAll(/"(Inner|Left|Right)"/g, `"$1${i}"`);
      return [`S${i}`, { ...endInner(JSON.parse(text) as JsonObject), ...flow }];
    }),
  );
}

/** Gives every state of a branch or an item processor its `End`. */
function endInner(step: JsonObject): JsonObject {
  const processor = step['ItemProcessor'];
  const inner = [...((step['Branches'] ?? []) as JsonObject[]), ...(processor ? [processor as JsonObject] : [])];
  for (const states of inner) {
    for (const state of Object.values(states['States'] as JsonObject)) (state as JsonObject)['End'] = true;
  }
  return step;
}

function withoutTime(event: HistoryEvent): unknown {
  return { ...event, timestamp: '', id: 0, previousEventId: 0 };
}

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 10_000 && !condition(); turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
