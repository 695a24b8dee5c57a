/** The files of a distributed Map: the items that it reads, the batches that it makes, the results that it writes. */
import { parse as parseCsv } from 'csv-parse/sync';

import type { EngineContext } from './context.ts';
import { parseJson } from './data.ts';
import type { Distributed } from './definition.ts';
import { EvaluationFailed } from './errors.ts';
import type { Batch, Frame, MapRun, MapRunPlan } from './frame.ts';
import type { Json, JsonObject } from './json.ts';
import type { Bucket } from './ports.ts';
import { executionArnOf, instant, stateMachineArnOf, type ExecutionRow } from './store.ts';

/** @throws EvaluationFailed States.ItemReaderFailed when there is no such file. */
export async function readFile(engine: EngineContext, bucket: string, key: string): Promise<Uint8Array> {
  const bytes = await bucketNamed(engine, bucket)?.read(key);
  if (bytes) return bytes;
  throw readerFailed(`There is no file ${key} in the bucket ${bucket}.`);
}

function bucketNamed(engine: EngineContext, name: string): Bucket | undefined {
  return Object.hasOwn(engine.buckets, name) ? engine.buckets[name] : undefined;
}

export function readerFailed(cause: string): EvaluationFailed {
  return new EvaluationFailed('ItemReader', cause, 'States.ItemReaderFailed');
}

/** The items of a file, in its order. @throws EvaluationFailed States.ItemReaderFailed naming the line */
export function itemsOf(bytes: Uint8Array, { inputType }: Distributed): Json[] {
  const text = new TextDecoder().decode(bytes);
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
export function batchesOf(items: readonly Json[], plan: MapRunPlan, batched: boolean): Batch[] {
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

/** The name of one child's execution. */
export const childName = (run: MapRun, position: number): string => `${run.plan.id}-${position}`;

/** The rows of the children that were started, in the order of their batches. */
export function childRows(engine: EngineContext, run: MapRun): ExecutionRow[] {
  return run.batches
    .map((_, position) => engine.store.executionNamed(run.children.name, childName(run, position)))
    .filter((row) => row !== undefined);
}

/**
 * Writes the results of a map run and a manifest that lists them. A repeated write has the same names and bytes.
 * @returns the state's result. @throws EvaluationFailed States.ResultWriterFailed
 */
export async function writeResults(
  engine: EngineContext,
  frame: Frame,
  run: MapRun,
  { bucket, prefix }: NonNullable<MapRunPlan['results']>,
): Promise<Json> {
  const files = bucketNamed(engine, bucket);
  if (!files) throw new EvaluationFailed('ResultWriter', `There is no bucket ${bucket}.`, 'States.ResultWriterFailed');
  const writer = frame.state.distributed!.writer!;
  const folder = `${prefix === '' ? '' : `${prefix.replace(/\/$/, '')}/`}${run.plan.id}`;
  const rows = childRows(engine, run);
  const fileOf = async (status: 'SUCCEEDED' | 'FAILED', of: readonly ExecutionRow[]) => {
    if (of.length === 0) return [];
    const bytes = resultsFile(of, writer.outputType, writer.transformation === 'COMPACT' && status === 'SUCCEEDED');
    const Key = `${folder}/${status}_0.${writer.outputType.toLowerCase()}`;
    await files.write(Key, bytes);
    return [{ Key, Size: bytes.length }];
  };
  const succeeded = rows.filter(({ status }) => status === 'SUCCEEDED');
  const failed = rows.filter(({ status }) => status !== 'SUCCEEDED');
  const ResultFiles = {
    FAILED: await fileOf('FAILED', failed),
    PENDING: [],
    SUCCEEDED: await fileOf('SUCCEEDED', succeeded),
  };
  const Key = `${folder}/manifest.json`;
  const manifest = { DestinationBucket: bucket, MapRunArn: run.arn, ResultFiles };
  await files.write(Key, Buffer.from(JSON.stringify(manifest)));
  return { MapRunArn: run.arn, ResultWriterDetails: { Bucket: bucket, Key } };
}

/** @param compact whether the file has the children's outputs alone. */
function resultsFile(rows: readonly ExecutionRow[], outputType: 'JSON' | 'JSONL', compact: boolean): Buffer {
  const lines = rows.map((row) => (compact ? row.output! : JSON.stringify(described(row))));
  return Buffer.from(outputType === 'JSONL' ? lines.map((line) => `${line}\n`).join('') : `[${lines.join(',')}]`);
}

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
