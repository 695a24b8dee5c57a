import { hash, randomUUID } from 'node:crypto';

import { parse as parseCsv } from 'csv-parse/sync';

import { parseJson, TOO_LARGE, tooLarge } from './data.ts';
import type { Distributed } from './definition.ts';
import { EvaluationFailed, type Failure } from './errors.ts';
import { field, MAX_SECONDS, number } from './fields.ts';
import type { Execution, Frame, Move } from './frame.ts';
import { ROLE_ARN } from './history.ts';
import type { Interpreter } from './interpreter.ts';
import type { Json, JsonObject } from './json.ts';
import type { Parts } from './parts.ts';
import { executionArnOf, instant, mapRunArnOf, stateMachineArnOf, type ExecutionRow } from './store.ts';

/** So many children run at once, however many more a state allows: one process has no use for AWS's 10,000. */
const MOST_CONCURRENT = 40;
const MOST_BYTES = 262_144;

/** What a map run was begun with, as stored with its frame: with the same file, the same children come of it. */
interface Plan {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  /** SHA-256 of the file that was read. */
  readonly digest: string;
  readonly maxItems: number;
  readonly batchInput: Json | null;
  readonly itemsPerBatch: number;
  readonly bytesPerBatch: number;
  readonly concurrency: number;
  /** How many items may fail: those of a child that fails all count. */
  readonly tolerated: number;
  readonly results: { readonly bucket: string; readonly prefix: string } | null;
}

interface Batch {
  /** The child's input, JSON. */
  readonly input: string;
  readonly items: number;
}

/** The children of a distributed Map: executions of their own, found again by their names. */
export interface MapRun {
  readonly plan: Plan;
  readonly arn: string;
  /** The processor as a machine of its own. */
  readonly children: ReturnType<Parts['machines']['child']>;
  readonly batches: readonly Batch[];
  /** No child below this one is to be started. */
  next: number;
  readonly live: Map<number, Execution>;
  ended: number;
  failedItems: number;
  ending: boolean;
  /** Ends the children with their parent. */
  abort(): void;
}

const ABORTED = { error: 'States.TaskFailed', cause: 'The map run that this execution belongs to has ended.' };
const EXCEEDED: Failure = {
  error: 'States.ExceedToleratedFailureThreshold',
  cause: 'The specified tolerated failure threshold was exceeded.',
};

/** Map states in distributed mode. */
export class MapRuns {
  readonly #store: Parts['store'];
  readonly #work: Parts['work'];
  readonly #executions: Parts['executions'];
  readonly #journal: Parts['journal'];
  readonly #machines: Parts['machines'];
  readonly #buckets: Parts['buckets'];
  readonly #now: () => number;
  readonly #interpreter: Interpreter;

  constructor(parts: Parts, interpreter: Interpreter) {
    this.#store = parts.store;
    this.#work = parts.work;
    this.#executions = parts.executions;
    this.#journal = parts.journal;
    this.#machines = parts.machines;
    this.#buckets = parts.buckets;
    this.#now = () => parts.now();
    this.#interpreter = interpreter;
  }

  /** Enters a distributed Map: reads its file, writes the plan, then starts its children. */
  async start(frame: Frame): Promise<Move | undefined> {
    const { Bucket: bucket, Key: key } = await place(frame, 'ItemReader/Arguments', 'Key');
    const maxItems = await number(frame, 'ItemReader/ReaderConfig/MaxItems', Infinity, 1, MAX_SECONDS);
    const concurrency = await number(frame, 'MaxConcurrency', 0, 0, MAX_SECONDS);
    const count = await number(frame, 'ToleratedFailureCount', Infinity, 0, MAX_SECONDS);
    const percentage = await number(frame, 'ToleratedFailurePercentage', Infinity, 0, 100);
    const itemsPerBatch = await number(frame, 'ItemBatcher/MaxItemsPerBatch', Infinity, 1, MAX_SECONDS);
    const bytesPerBatch = await number(frame, 'ItemBatcher/MaxInputBytesPerBatch', MOST_BYTES, 1, MOST_BYTES);
    const batchInput = (await field(frame, 'ItemBatcher/BatchInput')) ?? null;
    const named =
      frame.state.fields.has('ToleratedFailureCount') || frame.state.fields.has('ToleratedFailurePercentage');
    const results = frame.state.distributed!.writer ? await place(frame, 'ResultWriter/Arguments', 'Prefix') : null;
    const bytes = await this.#read(bucket, key);
    const items = itemsOf(bytes, frame.state.distributed!).slice(0, maxItems === Infinity ? undefined : maxItems);
    if (!frame.open) return undefined;
    const plan: Plan = {
      id: randomUUID(),
      bucket,
      key,
      digest: hash('sha256', bytes),
      maxItems: maxItems === Infinity ? MAX_SECONDS : maxItems,
      batchInput,
      itemsPerBatch: itemsPerBatch === Infinity ? MAX_SECONDS : itemsPerBatch,
      bytesPerBatch,
      concurrency: Math.min(concurrency === 0 ? MOST_CONCURRENT : concurrency, MOST_CONCURRENT),
      // The first of the two thresholds that is passed fails the Map.
      tolerated: named ? Math.min(count, Math.floor((percentage / 100) * items.length), items.length) : 0,
      results: results && { bucket: results.Bucket, prefix: results.Prefix },
    };
    const run = this.#open(frame, plan, items);
    this.#journal.note(frame, 'MapStateStarted', { mapStateStartedEventDetails: { length: items.length } });
    this.#journal.note(frame, 'MapRunStarted', { mapRunStartedEventDetails: { mapRunArn: run.arn } });
    frame.row.work = JSON.stringify(plan);
    if (this.#interpreter.rest(frame, 'CHILDREN')) this.#settle(frame, run);
    return undefined;
  }

  /** Goes on with a map run after a restart: counts its children and starts those that are missing. */
  resume(frame: Frame): void {
    this.#again(frame, () => {});
  }

  /** Goes on with a map run whose execution is redriven: children that did not succeed run again. */
  redrive(frame: Frame): void {
    this.#again(frame, (run) => {
      this.#journal.note(frame, 'MapRunRedriven', {
        mapRunRedrivenEventDetails: {
          mapRunArn: run.arn,
          redriveCount: (frame.execution.context['Execution'] as JsonObject)['RedriveCount']!,
        },
      });
      this.#journal.flush(frame);
      const machine = run.children.name;
      for (let position = 0; position < run.batches.length; position += 1) {
        const row = this.#store.executionNamed(machine, childName(run, position));
        if (row && row.status !== 'RUNNING' && row.status !== 'SUCCEEDED') {
          this.#watch(frame, run, position, this.#interpreter.redrive(row));
        }
      }
    });
  }

  #again(frame: Frame, before: (run: MapRun) => void): void {
    const { attempt } = frame;
    const plan = JSON.parse(frame.row.work!) as Plan;
    void this.#work.during(async () => {
      let items: Json[];
      try {
        const bytes = await this.#read(plan.bucket, plan.key);
        if (hash('sha256', bytes) !== plan.digest) throw readerFailed('The file has changed since the map run began.');
        items = itemsOf(bytes, frame.state.distributed!).slice(0, plan.maxItems);
      } catch (error) {
        if (!(error instanceof EvaluationFailed)) throw error;
        if (frame.open && frame.attempt === attempt) {
          this.#interpreter.go(frame, { kind: 'error', failure: { error: error.error, cause: error.message } });
        }
        return;
      }
      if (!frame.open || frame.attempt !== attempt || this.#work.closing || this.#work.halted) return;
      const run = this.#open(frame, plan, items);
      before(run);
      const machine = run.children.name;
      for (; run.next < run.batches.length; run.next += 1) {
        const row = this.#store.executionNamed(machine, childName(run, run.next));
        if (!row) break;
        const child = this.#executions.byId.get(row.id);
        if (child) this.#watch(frame, run, run.next, child);
        else this.#count(run, run.next, row.status);
      }
      this.#settle(frame, run);
    });
  }

  #open(frame: Frame, plan: Plan, items: readonly Json[]): MapRun {
    const children = this.#machines.child(frame.execution.machine, frame.state.distributed!);
    const live = new Map<number, Execution>();
    const abort = () => {
      for (const child of live.values()) {
        child.ended = undefined;
        this.#journal.conclude(child, 'ABORTED', ABORTED, { executionAbortedEventDetails: ABORTED });
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

  async #read(bucket: string, key: string): Promise<Uint8Array> {
    const files = Object.hasOwn(this.#buckets, bucket) ? this.#buckets[bucket] : undefined;
    const bytes = await files?.read(key);
    if (bytes) return bytes;
    throw readerFailed(`There is no file ${key} in the bucket ${bucket}.`);
  }

  #watch(frame: Frame, run: MapRun, position: number, child: Execution): void {
    run.live.set(position, child);
    child.ended = (status) => {
      run.live.delete(position);
      this.#count(run, position, status);
      this.#settle(frame, run);
    };
  }

  #count(run: MapRun, position: number, status: ExecutionRow['status']): void {
    run.ended += 1;
    if (status !== 'SUCCEEDED') run.failedItems += run.batches[position]!.items;
  }

  /** Starts what may start, and ends the state when all children have ended or too many items failed. */
  #settle(frame: Frame, run: MapRun): void {
    if (!frame.open || frame.mapRun !== run || run.ending || this.#work.halted) return;
    if (run.failedItems > run.plan.tolerated) {
      run.abort();
      this.#finish(frame, run, EXCEEDED);
      return;
    }
    if (run.ended === run.batches.length) {
      this.#finish(frame, run, undefined);
      return;
    }
    while (run.live.size < run.plan.concurrency && run.next < run.batches.length) {
      this.#startChild(frame, run, run.next);
      run.next += 1;
    }
  }

  #startChild(frame: Frame, run: MapRun, position: number): void {
    const { name: machine, definitionId, definition } = run.children;
    const { input } = run.batches[position]!;
    const at = this.#now();
    const row: ExecutionRow = {
      id: (this.#executions.counters.execution += 1),
      machine,
      name: childName(run, position),
      definition: definitionId,
      status: 'RUNNING',
      input,
      output: null,
      error: null,
      cause: null,
      started_at: at,
      stopped_at: null,
      deadline: null,
      redrive_count: 0,
      redriven_at: null,
      delivered: 0,
    };
    const child = this.#executions.open(row, definition, JSON.parse(input) as Json);
    const root = this.#executions.rootFrame(child, input);
    const executionStartedEventDetails = { input, inputDetails: { truncated: false }, roleArn: ROLE_ARN };
    this.#journal.note(root, 'ExecutionStarted', { executionStartedEventDetails }, at);
    this.#journal.flush(root, () => this.#store.insertExecution(row));
    this.#watch(frame, run, position, child);
    this.#interpreter.go(root, { kind: 'enter' });
  }

  /** Writes the results, then goes on. A crash between repeats the write: the same names, the same bytes. */
  #finish(frame: Frame, run: MapRun, failure: Failure | undefined): void {
    run.ending = true;
    void this.#work.during(async () => {
      let result: Json;
      let wrong = failure;
      try {
        result = run.plan.results ? await this.#write(frame, run, run.plan.results) : this.#outputs(run);
      } catch (error) {
        if (!(error instanceof EvaluationFailed)) throw error;
        result = null;
        wrong ??= { error: error.error, cause: error.message };
      }
      if (!frame.open || frame.mapRun !== run || this.#work.closing || this.#work.halted) return;
      if (wrong) {
        this.#journal.note(frame, 'MapRunFailed', { mapRunFailedEventDetails: wrong });
        this.#interpreter.go(frame, { kind: 'error', failure: wrong });
        return;
      }
      frame.row.phase = 'START';
      this.#journal.note(frame, 'MapRunSucceeded');
      this.#journal.note(frame, 'MapStateSucceeded');
      const text = JSON.stringify(result);
      this.#interpreter.go(
        frame,
        tooLarge(text)
          ? { kind: 'error', failure: { error: 'States.DataLimitExceeded', cause: TOO_LARGE } }
          : { kind: 'result', result, text },
      );
    });
  }

  #outputs(run: MapRun): Json {
    return this.#rows(run)
      .filter(({ status }) => status === 'SUCCEEDED')
      .map(({ output }) => JSON.parse(output!) as Json);
  }

  #rows(run: MapRun): ExecutionRow[] {
    return run.batches
      .map((_, position) => this.#store.executionNamed(run.children.name, childName(run, position)))
      .filter((row) => row !== undefined);
  }

  async #write(frame: Frame, run: MapRun, { bucket, prefix }: NonNullable<Plan['results']>): Promise<Json> {
    const files = Object.hasOwn(this.#buckets, bucket) ? this.#buckets[bucket] : undefined;
    if (!files)
      throw new EvaluationFailed('ResultWriter', `There is no bucket ${bucket}.`, 'States.ResultWriterFailed');
    const { transformation, outputType } = frame.state.distributed!.writer!;
    const folder = `${prefix === '' ? '' : `${prefix.replace(/\/$/, '')}/`}${run.plan.id}`;
    const rows = this.#rows(run);
    const fileOf = async (status: 'SUCCEEDED' | 'FAILED', of: readonly ExecutionRow[]) => {
      if (of.length === 0) return [];
      const compact = transformation === 'COMPACT' && status === 'SUCCEEDED';
      const lines = of.map((row) => (compact ? row.output! : JSON.stringify(described(row))));
      const bytes = Buffer.from(
        outputType === 'JSONL' ? lines.map((line) => `${line}\n`).join('') : `[${lines.join(',')}]`,
      );
      const Key = `${folder}/${status}_0.${outputType.toLowerCase()}`;
      await files.write(Key, bytes);
      return [{ Key, Size: bytes.length }];
    };
    const ResultFiles = {
      FAILED: await fileOf(
        'FAILED',
        rows.filter(({ status }) => status !== 'SUCCEEDED'),
      ),
      PENDING: [],
      SUCCEEDED: await fileOf(
        'SUCCEEDED',
        rows.filter(({ status }) => status === 'SUCCEEDED'),
      ),
    };
    const Key = `${folder}/manifest.json`;
    const manifest = { DestinationBucket: bucket, MapRunArn: run.arn, ResultFiles };
    await files.write(Key, Buffer.from(JSON.stringify(manifest)));
    return { MapRunArn: run.arn, ResultWriterDetails: { Bucket: bucket, Key } };
  }
}

const childName = (run: MapRun, position: number): string => `${run.plan.id}-${position}`;

function described(row: ExecutionRow): JsonObject {
  return {
    ExecutionArn: executionArnOf(row.machine, row.name),
    Name: row.name,
    StateMachineArn: stateMachineArnOf(row.machine),
    Status: row.status,
    StartDate: instant(row.started_at),
    ...(row.stopped_at !== null && { StopDate: instant(row.stopped_at) }),
    RedriveCount: row.redrive_count,
    Input: row.input,
    InputDetails: { Included: true },
    ...(row.output !== null && { Output: row.output, OutputDetails: { Included: true } }),
    ...(row.error !== null && { Error: row.error }),
    ...(row.cause !== null && { Cause: row.cause }),
  };
}

async function place<Second extends 'Key' | 'Prefix'>(
  frame: Frame,
  name: string,
  second: Second,
): Promise<{ Bucket: string } & Record<Second, string>> {
  const given = (await field(frame, name)) as JsonObject;
  const text = (part: string): string => {
    const value = given[part] ?? (part === 'Prefix' ? '' : undefined);
    if (typeof value === 'string') return value;
    throw new EvaluationFailed(`${name}/${part}`, `The field '${name}/${part}' must be a string.`);
  };
  return { Bucket: text('Bucket'), [second]: text(second) } as { Bucket: string } & Record<Second, string>;
}

function readerFailed(cause: string): EvaluationFailed {
  return new EvaluationFailed('ItemReader', cause, 'States.ItemReaderFailed');
}

/** The items of a file, in its order. @throws EvaluationFailed States.ItemReaderFailed naming the line */
function itemsOf(bytes: Uint8Array, { inputType }: Distributed): Json[] {
  const text = Buffer.from(bytes).toString('utf8');
  if (inputType === 'CSV') return rowsOf(text);
  const items: Json[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const item = parseJson(line);
    if (item === undefined) throw readerFailed(`Line ${index + 1} is no JSON.`);
    items.push(item);
  }
  return items;
}

/** Rows under their header: every value is a string, and one that is missing is empty. */
function rowsOf(text: string): Json[] {
  let header: string[] = [];
  try {
    const rows = parseCsv(text, {
      bom: true,
      columns: (names: string[]) => (header = names),
      skip_empty_lines: true,
      relax_column_count: true,
    }) as Record<string, string>[];
    return rows.map((row) => Object.fromEntries(header.map((name) => [name, row[name] ?? ''])));
  } catch (error) {
    // Its message has values of the file in it.
    throw readerFailed(`The file is no CSV: ${(error as { code?: string }).code ?? 'unknown'}.`);
  }
}

/** @throws EvaluationFailed States.DataLimitExceeded for an item that no batch can hold */
function batchesOf(items: readonly Json[], plan: Plan, batched: boolean): Batch[] {
  const texts = items.map((item) => JSON.stringify(item));
  if (!batched) return texts.map((input) => ({ input, items: 1 }));
  const more = plan.batchInput === null ? '' : `"BatchInput":${JSON.stringify(plan.batchInput)},`;
  const around = Buffer.byteLength(`{${more}"Items":[]}`);
  const batches: Batch[] = [];
  let [open, size] = [[] as string[], around];
  const close = () => {
    if (open.length > 0) batches.push({ input: `{${more}"Items":[${open.join(',')}]}`, items: open.length });
    [open, size] = [[], around];
  };
  for (const [index, text] of texts.entries()) {
    const bytes = Buffer.byteLength(text) + 1;
    if (around + bytes > plan.bytesPerBatch) {
      const cause = `Item ${index + 1} is larger than a batch may be.`;
      throw new EvaluationFailed('ItemBatcher', cause, 'States.DataLimitExceeded');
    }
    if (open.length >= plan.itemsPerBatch || size + bytes > plan.bytesPerBatch) close();
    open.push(text);
    size += bytes;
  }
  close();
  return batches;
}
