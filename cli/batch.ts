import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';

import * as z from 'zod';

import { tally } from '../domain/rescoring/tally.ts';
import { BATCH_MACHINE_ARN, type UnderwritingProcess } from '../local/underwriting-process.ts';
import { openProcess } from './data-folder.ts';
import { CommandFailed, EXIT, type ExitCode } from './failure.ts';
import { progress } from './progress.ts';
import type { RunOptions } from './run-options.ts';
import { processOptions } from './run-options.ts';
import { plain, print, printJson, style } from './terminal.ts';

export interface BatchOptions extends RunOptions {
  readonly champion?: string;
  readonly policy?: string;
  /** Percent. */
  readonly tolerate: number;
  readonly out?: string;
  readonly id?: string;
}

const FORMATS: Readonly<Record<string, 'JSONL' | 'CSV'>> = { '.jsonl': 'JSONL', '.ndjson': 'JSONL', '.csv': 'CSV' };
/** As statemachines/batch.asl.json has it. */
const MAX_ITEMS = 200;
/** The engine pauses before it tries a function again, for some 20 s in all. */
const RETRIES_MS = 60_000;

const summary = tally.extend({
  schemaVersion: z.literal(1),
  format: z.enum(['JSONL', 'CSV']),
  batchId: z.string(),
  policies: z.strictObject({ champion: z.string().nullable(), candidate: z.string().nullable() }),
  parts: z.array(z.string()),
});

/** Decides the applications of a file again, by the state machine that does it on AWS. */
export async function batch(path: string, options: BatchOptions): Promise<ExitCode> {
  const format = FORMATS[extname(path).toLowerCase()];
  if (!format) throw usage(`${path} is neither .jsonl nor .csv: its name says what it is.`);
  if (!existsSync(path)) throw usage(`There is no file ${path}.`);
  const { digest, lines } = await digestAndLines(path);
  const batchId = options.id ?? digest.slice(0, 16);
  const folder = await openProcess(processOptions(options));
  try {
    const files = folder.embedded.batchFiles;
    const key = `input/${batchId}-${digest.slice(0, 16)}${format === 'CSV' ? '.csv' : '.jsonl'}`;
    if (!(await files.read(key))) await files.write(key, readFileSync(path));
    const ended = await run(folder, inputOf({ batchId, key, format }, options), lines);
    return await report(folder, await files.read(`results/${batchId}/summary.json`), ended, options);
  } finally {
    await folder.close();
  }
}

/** The input of the execution, as text: an earlier command's execution is found by it. */
function inputOf(file: { batchId: string; key: string; format: 'JSONL' | 'CSV' }, options: BatchOptions): string {
  const { champion, policy, tolerate } = options;
  const policies = { champion: champion ?? null, candidate: policy ?? null };
  return JSON.stringify({ ...file, ...policies, toleratedFailurePercentage: tolerate });
}

/** Writes and prints the results. @throws CommandFailed where the batch made none. */
async function report(
  folder: UnderwritingProcess,
  file: Uint8Array | undefined,
  { status, error, cause }: Awaited<ReturnType<typeof run>>,
  { json, out }: BatchOptions,
): Promise<ExitCode> {
  if (!file || (status !== 'SUCCEEDED' && error !== 'TooManyFailed')) {
    throw new CommandFailed(EXIT.NOT_SO, error ?? status, cause ?? 'The batch has failed.');
  }
  const found = summary.parse(JSON.parse(Buffer.from(file).toString('utf8')));
  const results = await writeResults(folder, found.parts, file, out);
  if (json) printJson({ ...found, status, ...(results && { results }) });
  else printSummary(found, results);
  if (status === 'SUCCEEDED') return EXIT.OK;
  if (!json) process.stderr.write(`${style('red', 'TooManyFailed')}: ${plain(cause ?? '')}\n`);
  return EXIT.NOT_SO;
}

/** Starts the batch, or waits for the same one that an earlier, killed command left running. */
async function run({ engine }: UnderwritingProcess, input: string, lines: number) {
  const running = await engine.listExecutions({ stateMachineArn: BATCH_MACHINE_ARN, statusFilter: 'RUNNING' });
  const described = await Promise.all(
    running.executions.map(({ executionArn }) => engine.describeExecution({ executionArn })),
  );
  const left = described.find((execution) => execution.input === input);
  const { executionArn } = left ?? (await engine.startExecution({ stateMachineArn: BATCH_MACHINE_ARN, input }));
  const bar = progress('batch', lines);
  let shown = 0;
  const timer = setInterval(() => {
    const done = Math.min(lines, engine.statistics.invocations * MAX_ITEMS);
    bar.step(done - shown);
    shown = done;
  }, 200);
  try {
    for (;;) {
      await engine.drain(RETRIES_MS);
      const found = await engine.describeExecution({ executionArn });
      if (found.status !== 'RUNNING') return found;
    }
  } finally {
    clearInterval(timer);
    bar.stop();
  }
}

/** One file of all results, in the order of the items, and the summary beside it. */
async function writeResults(
  { embedded }: UnderwritingProcess,
  parts: readonly string[],
  summaryFile: Uint8Array,
  out: string | undefined,
): Promise<string | undefined> {
  if (out === undefined) return undefined;
  mkdirSync(out, { recursive: true });
  const results = join(out, 'results.jsonl');
  writeFileSync(results, '');
  for (const part of parts) writeFileSync(results, (await embedded.batchFiles.read(part)) ?? '', { flag: 'a' });
  writeFileSync(join(out, 'summary.json'), summaryFile);
  return results;
}

function printSummary(found: z.infer<typeof summary>, results: string | undefined): void {
  print(`${plain(found.batchId)}: ${found.items} items`);
  const shown = (title: string, counts: Readonly<Record<string, number>>) => {
    const rows = Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1));
    if (rows.length === 0) return;
    print(`\n${title}`);
    for (const [name, count] of rows) print(`  ${plain(name).padEnd(28)} ${count}`);
  };
  shown('Champion', found.champion);
  shown('Candidate', found.candidate);
  const swapped = Object.entries(found.matrix)
    .map(([pair, count]) => [pair.split(' '), count] as const)
    .filter(([[from, to]]) => from !== to)
    .map(([[from, to], count]) => [`${from} → ${to}`, count] as const);
  shown('Decided otherwise', Object.fromEntries(swapped));
  shown('Failed', found.failures);
  if (results) print(`\n${plain(results)}`);
}

async function digestAndLines(path: string): Promise<{ digest: string; lines: number }> {
  const hash = createHash('sha256');
  let lines = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    for (const byte of chunk) if (byte === 10) lines += 1;
  }
  return { digest: hash.digest('hex'), lines };
}

function usage(message: string): CommandFailed {
  return new CommandFailed(EXIT.USAGE, 'BatchUnclear', message);
}
