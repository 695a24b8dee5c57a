import { afterEach, describe, expect, test } from '@jest/globals';

import type { Files } from '../../../adapters/ports.ts';
import type { Json, JsonObject } from '../../../domain/json.ts';
import { EngineHalted, StateMachineRefused } from '../../../packages/asl-engine/errors.ts';
import type { Invoke } from '../../../packages/asl-engine/ports.ts';
import { executionArn, MACHINE, openWorld, type World, type WorldOptions } from '../../local/support/world.ts';

const bucketOf = (files: Record<string, string>) => {
  const stored = new Map(Object.entries(files).map(([key, text]) => [key, Buffer.from(text)]));
  const bucket: Files = {
    read: (key) => Promise.resolve(stored.get(key)),
    write: (key, bytes) => {
      stored.set(key, Buffer.from(bytes));
      return Promise.resolve();
    },
  };
  return { bucket, stored, text: (key: string) => stored.get(key)?.toString('utf8') };
};

const lines = (count: number) => Array.from({ length: count }, (_, n) => `{"n":${n}}\n`).join('');

function mapState(more: JsonObject = {}): JsonObject {
  return {
    Each: {
      Type: 'Map',
      ItemReader: {
        Resource: 'arn:aws:states:::s3:getObject',
        ReaderConfig: { InputType: 'JSONL' },
        Arguments: { Bucket: 'files', Key: '{% $states.input.key %}' },
      },
      ItemBatcher: { BatchInput: { name: 'a' }, MaxItemsPerBatch: 2 },
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
        StartAt: 'Do',
        States: {
          Do: {
            Type: 'Task',
            Resource: 'arn:aws:states:::lambda:invoke',
            Arguments: { FunctionName: 'do', Payload: '{% $states.input %}' },
            Output: '{% $states.result.Payload %}',
            End: true,
          },
        },
      },
      ResultWriter: {
        Resource: 'arn:aws:states:::s3:putObject',
        Arguments: { Bucket: 'files', Prefix: 'results' },
      },
      End: true,
      ...more,
    },
  };
}

type Called = { Items: { n: number }[]; BatchInput: JsonObject };
const sums: Invoke = (_, payload) =>
  Promise.resolve({ sum: (payload as Called).Items.reduce((sum, { n }) => sum + n, 0) });
/** Fails for the batch that has the item. */
const failsAt =
  (item: number): Invoke =>
  (name, payload, context) => {
    if (!(payload as Called).Items.some(({ n }) => n === item)) return sums(name, payload, context);
    return Promise.reject(Object.assign(new Error('no'), { name: 'NoSum' }));
  };

const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.destroy();
});
function open(options: WorldOptions): World {
  const world = openWorld(options);
  worlds.push(world);
  return world;
}

async function run(world: World, key = 'input.jsonl') {
  await world.engine.startExecution({ stateMachineArn: MACHINE, name: 'one', input: JSON.stringify({ key }) });
  await world.engine.drain();
  return world.engine.describeExecution({ executionArn: executionArn('one') });
}

interface Manifest {
  readonly DestinationBucket: string;
  readonly ResultFiles: Record<'SUCCEEDED' | 'FAILED' | 'PENDING', { Key: string; Size: number }[]>;
}

describe('A distributed Map', () => {
  test('runs a child execution for each batch of lines, and writes a manifest and their results', async () => {
    const { bucket, text } = bucketOf({ 'input.jsonl': lines(5) });
    const world = open({ states: mapState(), buckets: { files: bucket }, invoke: sums });
    const { status, output } = await run(world);
    expect(status).toBe('SUCCEEDED');
    const { MapRunArn, ResultWriterDetails } = JSON.parse(output!) as {
      MapRunArn: string;
      ResultWriterDetails: { Bucket: string; Key: string };
    };
    expect(MapRunArn).toMatch(/^arn:aws:states:local:000000000000:mapRun:machine\/Each:[0-9a-f-]{36}$/);
    expect(ResultWriterDetails.Bucket).toBe('files');
    const { ResultFiles } = JSON.parse(text(ResultWriterDetails.Key)!) as Manifest;
    expect(ResultFiles).toMatchObject({ FAILED: [], PENDING: [], SUCCEEDED: [{}] });
    const results = JSON.parse(text(ResultFiles.SUCCEEDED[0]!.Key)!) as Record<string, string>[];
    expect(results.map(({ Input }) => JSON.parse(Input!) as Json)).toEqual([
      { BatchInput: { name: 'a' }, Items: [{ n: 0 }, { n: 1 }] },
      { BatchInput: { name: 'a' }, Items: [{ n: 2 }, { n: 3 }] },
      { BatchInput: { name: 'a' }, Items: [{ n: 4 }] },
    ]);
    expect(results.map(({ Output, Status }) => [Output, Status])).toEqual([
      ['{"sum":1}', 'SUCCEEDED'],
      ['{"sum":5}', 'SUCCEEDED'],
      ['{"sum":4}', 'SUCCEEDED'],
    ]);
    const [first] = await world.engine.history(results[0]!['ExecutionArn']!);
    expect(first).toMatchObject({ type: 'ExecutionStarted' });
    expect((await world.engine.history(executionArn('one'))).map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'MapStateEntered',
      'MapStateStarted',
      'MapRunStarted',
      'MapRunSucceeded',
      'MapStateSucceeded',
      'MapStateExited',
      'ExecutionSucceeded',
    ]);
  });

  test('reads rows of a CSV file under their header, all of them text', async () => {
    const { bucket } = bucketOf({ 'input.csv': '\uFEFFn,name\r\n1,"a, ""b"""\r\n2\r\n' });
    const reader = {
      Resource: 'arn:aws:states:::s3:getObject',
      ReaderConfig: { InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW' },
      Arguments: { Bucket: 'files', Key: '{% $states.input.key %}' },
    };
    const { ResultWriter: _, ...states } = mapState({ ItemReader: reader })['Each'] as JsonObject;
    const invoke: Invoke = (__, payload) => Promise.resolve((payload as Called).Items);
    const world = open({ states: { Each: states }, buckets: { files: bucket }, invoke });
    const { output } = await run(world, 'input.csv');
    expect(JSON.parse(output!)).toEqual([
      [
        { n: '1', name: 'a, "b"' },
        { n: '2', name: '' },
      ],
    ]);
  });

  test('writes outputs alone where results are to be compact, a line each', async () => {
    const { bucket, text } = bucketOf({ 'input.jsonl': `\uFEFF${lines(3)}` });
    const writer = {
      Resource: 'arn:aws:states:::s3:putObject',
      WriterConfig: { Transformation: 'COMPACT', OutputType: 'JSONL' },
      Arguments: { Bucket: 'files', Prefix: 'results/' },
    };
    const world = open({ states: mapState({ ResultWriter: writer }), buckets: { files: bucket }, invoke: sums });
    const { output } = await run(world);
    const { Key } = (JSON.parse(output!) as { ResultWriterDetails: { Key: string } }).ResultWriterDetails;
    const { ResultFiles } = JSON.parse(text(Key)!) as Manifest;
    expect(text(ResultFiles.SUCCEEDED[0]!.Key)).toBe('{"sum":1}\n{"sum":2}\n');
  });

  test('goes on past failed batches as far as their items are tolerated, and names them in the results', async () => {
    const { bucket, text } = bucketOf({ 'input.jsonl': lines(8) });
    const states = mapState({ ToleratedFailurePercentage: 25 });
    const world = open({ states, buckets: { files: bucket }, invoke: failsAt(3) });
    const { status, output } = await run(world);
    expect(status).toBe('SUCCEEDED');
    const { Key } = (JSON.parse(output!) as { ResultWriterDetails: { Key: string } }).ResultWriterDetails;
    const { ResultFiles } = JSON.parse(text(Key)!) as Manifest;
    expect(JSON.parse(text(ResultFiles.FAILED[0]!.Key)!)).toMatchObject([{ Status: 'FAILED', Error: 'NoSum' }]);
  });

  test('fails past what is tolerated, and a redrive makes the failed batches alone again', async () => {
    const { bucket } = bucketOf({ 'input.jsonl': lines(8) });
    const behaviour = { broken: true };
    const called: number[] = [];
    const world = open({
      states: mapState({ MaxConcurrency: 1, ToleratedFailurePercentage: 24 }),
      buckets: { files: bucket },
      invoke: (name, payload, context) => {
        called.push((payload as Called).Items[0]!.n);
        return (behaviour.broken ? failsAt(3) : sums)(name, payload, context);
      },
    });
    const failed = await run(world);
    expect(failed).toMatchObject({ status: 'FAILED', error: 'States.ExceedToleratedFailureThreshold' });
    expect(called).toEqual([0, 2]);
    behaviour.broken = false;
    await world.engine.redriveExecution({ executionArn: executionArn('one') });
    await world.engine.drain();
    const { status } = await world.engine.describeExecution({ executionArn: executionArn('one') });
    expect(status).toBe('SUCCEEDED');
    expect(called).toEqual([0, 2, 2, 4, 6]);
  });

  test('is taken up after a crash, and no batch that had ended is made again', async () => {
    const { bucket } = bucketOf({ 'input.jsonl': lines(8) });
    const called: number[] = [];
    const world = openWorld({
      states: mapState({ MaxConcurrency: 1 }),
      buckets: { files: bucket },
      invoke: (name, payload, context) => {
        const { n } = (payload as Called).Items[0]!;
        called.push(n);
        // The process dies while this one runs.
        return n === 4 ? new Promise(() => {}) : sums(name, payload, context);
      },
    });
    await world.engine.startExecution({ stateMachineArn: MACHINE, name: 'one', input: '{"key":"input.jsonl"}' });
    while (!called.includes(4)) await new Promise((resolve) => setImmediate(resolve));
    await world.engine.close(0);
    world.database.close();
    const again: number[] = [];
    const after = open({
      states: mapState({ MaxConcurrency: 1 }),
      buckets: { files: bucket },
      folder: world.folder,
      invoke: (name, payload, context) => {
        again.push((payload as Called).Items[0]!.n);
        return sums(name, payload, context);
      },
    });
    await after.engine.drain();
    const { status } = await after.engine.describeExecution({ executionArn: executionArn('one') });
    expect(status).toBe('SUCCEEDED');
    expect(again).toEqual([4, 6]);
  });

  test('does not go on with another file than it began with', async () => {
    const { bucket, stored } = bucketOf({ 'input.jsonl': lines(2) });
    const world = openWorld({ states: mapState(), buckets: { files: bucket }, invoke: () => new Promise(() => {}) });
    await world.engine.startExecution({ stateMachineArn: MACHINE, name: 'one', input: '{"key":"input.jsonl"}' });
    while (world.engine.statistics.invocations === 0) await new Promise((resolve) => setImmediate(resolve));
    await world.engine.close(0);
    world.database.close();
    stored.set('input.jsonl', Buffer.from(lines(3)));
    const after = open({ states: mapState(), buckets: { files: bucket }, folder: world.folder, invoke: sums });
    await after.engine.drain();
    const { status, error } = await after.engine.describeExecution({ executionArn: executionArn('one') });
    expect([status, error]).toEqual(['FAILED', 'States.ItemReaderFailed']);
  });

  test.each([
    ['is not there', {}, 'There is no file input.jsonl in the bucket files.'],
    ['has a number that is too large', { 'input.jsonl': '{"n":1}\n{"n":1e400}\n' }, 'Line 2 is no JSON.'],
    ['has a line that is no JSON', { 'input.jsonl': '{"n":1}\n{"secret\n' }, 'Line 2 is no JSON.'],
  ])('fails by name when its file %s', async (_, files, cause) => {
    const world = open({ states: mapState(), buckets: { files: bucketOf(files).bucket }, invoke: sums });
    expect(await run(world)).toMatchObject({ status: 'FAILED', error: 'States.ItemReaderFailed', cause });
  });

  test('of no lines has no children and succeeds', async () => {
    const world = open({
      states: mapState(),
      buckets: { files: bucketOf({ 'input.jsonl': '' }).bucket },
      invoke: sums,
    });
    expect((await run(world)).status).toBe('SUCCEEDED');
  });

  test('ends its children when its execution is stopped', async () => {
    const { bucket } = bucketOf({ 'input.jsonl': lines(4) });
    const world = open({ states: mapState(), buckets: { files: bucket }, invoke: () => new Promise(() => {}) });
    await world.engine.startExecution({ stateMachineArn: MACHINE, name: 'one', input: '{"key":"input.jsonl"}' });
    while (world.engine.statistics.invocations < 2) await new Promise((resolve) => setImmediate(resolve));
    await world.engine.stopExecution({ executionArn: executionArn('one') });
    const open_ = world.database
      .statement(`SELECT count(*) AS n FROM workflow_execution WHERE status = 'RUNNING'`)
      .get();
    expect(open_).toEqual({ n: 0 });
    await world.engine.close(0).catch((error: unknown) => expect(error).toBeInstanceOf(EngineHalted));
  });

  test.each([
    [
      'EXPRESS children',
      {
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' },
          StartAt: 'A',
          States: { A: { Type: 'Succeed' } },
        },
      },
      /ExecutionType EXPRESS .* not implemented/,
    ],
    ['Items', { Items: [1] }, /Items of a distributed Map is not implemented/],
    [
      'a reader of another kind',
      { ItemReader: { Resource: 'arn:aws:states:::s3:listObjectsV2', Arguments: {} } },
      /s3:getObject: no other is implemented/,
    ],
    [
      'a variable of the outer level',
      {
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: 'A',
          States: { A: { Type: 'Succeed', Output: '{% $outer %}' } },
        },
        Assign: { outer: 1 },
      },
      /\$outer is no variable/,
    ],
  ] as [string, JsonObject, RegExp][])('refuses %s by name', (_, more, message) => {
    const refused = () => openWorld({ states: mapState(more), invoke: sums });
    expect(refused).toThrow(StateMachineRefused);
    expect(refused).toThrow(message);
  });
});
