/** Map states in distributed mode: their children are executions of their own. */
import { hash, randomUUID } from 'node:crypto';

import type { EngineContext } from './context.ts';
import { MAX_DATA_BYTES, MAX_SECONDS } from './data.ts';
import { EvaluationFailed, type Failure } from './errors.ts';
import { THRESHOLD_EXCEEDED } from './fans.ts';
import { concurrencyOf, field, number, toleranceOf } from './fields.ts';
import { resultMove, type Execution, type Frame, type MapRun, type MapRunPlan, type Move } from './frame.ts';
import { begin, conclude, flush, note, rest } from './journal.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { batchesOf, childName, childRows, itemsOf, readerFailed, readFile, writeResults } from './map-files.ts';
import { mapRunArnOf, type ExecutionStatus } from './store.ts';

/** So many children run at once, however many more a state allows: one process has no use for AWS's 10,000. */
const MAX_CONCURRENT = 40;
const ABORTED = { error: 'States.TaskFailed', cause: 'The map run that this execution belongs to has ended.' };

/** Enters a distributed Map: reads its file, writes the plan, then starts its children. @throws EvaluationFailed */
export async function startMapRun(engine: EngineContext, frame: Frame): Promise<Move | undefined> {
  const { plan, items } = await planMapRun(engine, frame);
  if (!frame.open) return undefined;
  const run = openMapRun(engine, frame, plan, items);
  note(engine, frame, 'MapStateStarted', { length: items.length });
  note(engine, frame, 'MapRunStarted', { mapRunArn: run.arn });
  frame.row.work = JSON.stringify(plan);
  if (rest(engine, frame, 'CHILDREN')) settle(engine, frame, run);
  return undefined;
}

async function planMapRun(engine: EngineContext, frame: Frame): Promise<{ plan: MapRunPlan; items: Json[] }> {
  const most = { min: 1, max: MAX_SECONDS };
  const { Bucket: bucket, Key: key } = await placeOf(frame, 'ItemReader/Arguments', 'Key');
  const maxItems = await number(frame, 'ItemReader/ReaderConfig/MaxItems', Infinity, most);
  const concurrency = await concurrencyOf(frame, MAX_CONCURRENT);
  const tolerance = await toleranceOf(frame);
  const itemsPerBatch = await number(frame, 'ItemBatcher/MaxItemsPerBatch', Infinity, most);
  const bytes = { min: 1, max: MAX_DATA_BYTES };
  const bytesPerBatch = await number(frame, 'ItemBatcher/MaxInputBytesPerBatch', MAX_DATA_BYTES, bytes);
  const batchInput = await field(frame, 'ItemBatcher/BatchInput', null);
  const { writer } = frame.state.distributed!;
  const results = writer ? await placeOf(frame, 'ResultWriter/Arguments', 'Prefix') : null;
  const file = await readFile(engine, bucket, key);
  const items = itemsOf(file, frame.state.distributed!).slice(0, maxItems === Infinity ? undefined : maxItems);
  const plan: MapRunPlan = {
    id: randomUUID(),
    bucket,
    key,
    digest: hash('sha256', file),
    maxItems: maxItems === Infinity ? MAX_SECONDS : maxItems,
    batchInput,
    itemsPerBatch: itemsPerBatch === Infinity ? MAX_SECONDS : itemsPerBatch,
    bytesPerBatch,
    concurrency,
    tolerated: tolerance.of(items.length),
    results: results && { bucket: results.Bucket, prefix: results.Prefix },
  };
  return { plan, items };
}

/** A field that names a bucket, and a key or a prefix in it. @throws EvaluationFailed */
async function placeOf<Second extends 'Key' | 'Prefix'>(
  frame: Frame,
  name: string,
  second: Second,
): Promise<{ Bucket: string } & Record<Second, string>> {
  const given = await field(frame, name, {});
  if (!isObject(given)) throw new EvaluationFailed(name, `The field '${name}' must be an object.`);
  const text = (part: string): string => {
    const value = part === 'Prefix' && !(part in given) ? '' : given[part];
    if (typeof value === 'string') return value;
    throw new EvaluationFailed(`${name}/${part}`, `The field '${name}/${part}' must be a string.`);
  };
  return { Bucket: text('Bucket'), [second]: text(second) } as { Bucket: string } & Record<Second, string>;
}

/** Goes on with a map run after a restart: counts its children and starts those that are missing. */
export function resumeMapRun(engine: EngineContext, frame: Frame): void {
  reopen(engine, frame, () => {});
}

/** Goes on with a map run whose execution is redriven: children that did not succeed run again. */
export function redriveMapRun(engine: EngineContext, frame: Frame): void {
  reopen(engine, frame, (run) => {
    const { RedriveCount: redriveCount } = frame.execution.context['Execution'] as JsonObject;
    note(engine, frame, 'MapRunRedriven', { mapRunArn: run.arn, redriveCount });
    flush(engine, frame);
    for (let position = 0; position < run.batches.length; position += 1) {
      const row = engine.store.executionNamed(run.children.name, childName(run, position));
      if (row && row.status !== 'RUNNING' && row.status !== 'SUCCEEDED') {
        watch(engine, frame, run, { position, child: engine.interpreter.redrive(row) });
      }
    }
  });
}

/** Reads the file of a stored map run again, and finds the children that it had. @param before runs before they are counted. */
function reopen(engine: EngineContext, frame: Frame, before: (run: MapRun) => void): void {
  const { attempt } = frame;
  const { work } = engine;
  const plan = JSON.parse(frame.row.work!) as MapRunPlan;
  void work.during(async () => {
    let items: Json[];
    try {
      items = await readAgain(engine, frame, plan);
    } catch (error) {
      if (!(error instanceof EvaluationFailed)) throw error;
      if (frame.open && frame.attempt === attempt) {
        engine.interpreter.go(frame, { kind: 'error', failure: { error: error.error, cause: error.message } });
      }
      return;
    }
    if (!frame.open || frame.attempt !== attempt || work.closing || work.halted) return;
    const run = openMapRun(engine, frame, plan, items);
    before(run);
    for (; run.next < run.batches.length; run.next += 1) {
      const row = engine.store.executionNamed(run.children.name, childName(run, run.next));
      if (!row) break;
      const child = engine.executions.get(row.id);
      if (child) watch(engine, frame, run, { position: run.next, child });
      else count(run, run.next, row.status);
    }
    settle(engine, frame, run);
  });
}

/** @throws EvaluationFailed States.ItemReaderFailed when the file is no longer the one that the plan was made with. */
async function readAgain(engine: EngineContext, frame: Frame, plan: MapRunPlan): Promise<Json[]> {
  const bytes = await readFile(engine, plan.bucket, plan.key);
  if (hash('sha256', bytes) !== plan.digest) throw readerFailed('The file has changed since the map run began.');
  return itemsOf(bytes, frame.state.distributed!).slice(0, plan.maxItems);
}

function openMapRun(engine: EngineContext, frame: Frame, plan: MapRunPlan, items: readonly Json[]): MapRun {
  const children = engine.machines.child(frame.execution.machine, frame.state.distributed!);
  const live = new Map<number, Execution>();
  const abort = () => {
    for (const child of live.values()) {
      child.ended = undefined;
      conclude(engine, child, 'ABORTED', ABORTED);
    }
    live.clear();
  };
  const run: MapRun = {
    plan,
    arn: mapRunArnOf(children.name, plan.id),
    children,
    batches: batchesOf(items, plan, frame.state.distributed!.batched),
    next: 0,
    live,
    ended: 0,
    failedItems: 0,
    ending: false,
    abort,
  };
  frame.mapRun = run;
  return run;
}

function watch(
  engine: EngineContext,
  frame: Frame,
  run: MapRun,
  { position, child }: { readonly position: number; readonly child: Execution },
): void {
  run.live.set(position, child);
  child.ended = (status) => {
    run.live.delete(position);
    count(run, position, status);
    settle(engine, frame, run);
  };
}

function count(run: MapRun, position: number, status: ExecutionStatus): void {
  run.ended += 1;
  if (status !== 'SUCCEEDED') run.failedItems += run.batches[position]!.items;
}

/** Starts the next children, and ends the state when all have ended or too many items failed. */
function settle(engine: EngineContext, frame: Frame, run: MapRun): void {
  if (!frame.open || frame.mapRun !== run || run.ending || engine.work.halted) return;
  if (run.failedItems > run.plan.tolerated) {
    run.abort();
    finish(engine, frame, run, THRESHOLD_EXCEEDED);
    return;
  }
  if (run.ended === run.batches.length) {
    finish(engine, frame, run, undefined);
    return;
  }
  while (run.live.size < run.plan.concurrency && run.next < run.batches.length) {
    const position = run.next;
    const { input } = run.batches[position]!;
    const value = JSON.parse(input) as Json;
    const child = begin(engine, run.children, childName(run, position), { input, value });
    watch(engine, frame, run, { position, child });
    engine.interpreter.go(child.root, { kind: 'enter' });
    run.next += 1;
  }
}

/** Writes the results, then goes on. A crash between repeats the write. */
function finish(engine: EngineContext, frame: Frame, run: MapRun, failure: Failure | undefined): void {
  run.ending = true;
  void engine.work.during(async () => {
    let result: Json = null;
    let wrong = failure;
    try {
      const { results } = run.plan;
      result = results ? await writeResults(engine, frame, run, results) : outputsOf(engine, run);
    } catch (error) {
      if (!(error instanceof EvaluationFailed)) throw error;
      wrong ??= { error: error.error, cause: error.message };
    }
    if (!frame.open || frame.mapRun !== run || engine.work.closing || engine.work.halted) return;
    if (wrong) {
      note(engine, frame, 'MapRunFailed', wrong);
      engine.interpreter.go(frame, { kind: 'error', failure: wrong });
      return;
    }
    frame.row.phase = 'START';
    note(engine, frame, 'MapRunSucceeded');
    note(engine, frame, 'MapStateSucceeded');
    engine.interpreter.go(frame, resultMove(JSON.stringify(result)));
  });
}

function outputsOf(engine: EngineContext, run: MapRun): Json {
  return childRows(engine, run)
    .filter(({ status }) => status === 'SUCCEEDED')
    .map(({ output }) => JSON.parse(output!) as Json);
}
