import { createReadStream, existsSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

import type { PolicyModule } from '@underwright/policy-compiler/module';
import * as z from 'zod';

import type { Records } from '../../audit/records.ts';
import type { ProductName } from '../../domain/application/products.ts';
import { sha256 } from '../../domain/ledger/canonical-json.ts';
import {
  Backtest,
  type Assumptions,
  type BacktestApplication,
  type BacktestReport,
} from '../../domain/policy/officer/backtest.ts';
import { CommandFailed, EXIT, type ExitCode } from '../failure.ts';
import { openRecords } from '../open-records.ts';
import { progress } from '../progress.ts';
import { plain, print, printJson } from '../terminal.ts';
import { backtestCsv, backtestLines } from './backtest-text.ts';
import { backtestPage } from './html.ts';
import { readPolicyFile } from './policy-file.ts';
import { loadPolicy, readPolicyText, versionsOf, type LoadedPolicy, type NamedText } from './policy-text.ts';
import { syntheticApplications } from './synthetic.ts';

export interface BacktestOptions {
  readonly against?: string;
  readonly data?: string;
  readonly keyDir?: string;
  readonly applications?: string;
  readonly synthetic?: number;
  readonly seed: number;
  readonly lossGivenDefault?: number;
  readonly json?: boolean;
  readonly csv?: string;
  readonly html?: string;
}

/** Placeholders to be replaced by a lender's own: no figure of them was estimated from the sample. */
const ASSUMPTIONS: Readonly<Record<ProductName, Assumptions>> = {
  'personal-loan': { lossGivenDefault: 0.9, exposureAtDefault: 0.7, averageBalance: 0.55, lineMonths: 12 },
  'auto-loan': { lossGivenDefault: 0.5, exposureAtDefault: 0.75, averageBalance: 0.55, lineMonths: 12 },
  'credit-line': { lossGivenDefault: 0.9, exposureAtDefault: 0.9, averageBalance: 0.5, lineMonths: 12 },
};

type Batches = AsyncIterable<readonly BacktestApplication[]> | Iterable<readonly BacktestApplication[]>;

/** Champion and candidate in one pass over the same applications. */
export async function policyBacktest(reference: string, options: BacktestOptions): Promise<ExitCode> {
  const { data, keyDir, applications, synthetic, seed } = options;
  if ([data, applications, synthetic].filter((given) => given !== undefined).length !== 1) {
    throw usage('Say over which applications: one of --data DIR, --applications FILE.jsonl and --synthetic N.');
  }
  const candidate = await loadPolicy(readPolicyText(reference));
  const champion = await loadPolicy(
    options.against === undefined ? championOf(candidate) : readPolicyText(options.against),
  );
  if (champion.product !== candidate.product) {
    throw usage(`${candidate.name} is for ${candidate.product} and ${champion.name} for ${champion.product}.`);
  }
  const policies = [champion.module, candidate.module];
  const skipped: string[] = [];
  const source = { total: synthetic ?? 0, batches: undefined as Batches | undefined, close: () => {} };
  if (synthetic !== undefined) {
    source.batches = syntheticApplications(candidate.product, synthetic, seed, { policies });
  } else if (applications !== undefined) source.batches = readApplications(applications);
  else {
    const records = await openRecords({ data: data ?? '', keyDir });
    const ids = await Array.fromAsync(records.ledger.applications());
    source.total = ids.length;
    source.close = () => records.close();
    source.batches = storedApplications(records, ids, candidate, { policies, skipped });
  }
  try {
    const { lossGivenDefault } = options;
    const report = await backtest({ champion, candidate }, source.batches, {
      total: source.total,
      ...(lossGivenDefault !== undefined && { changes: { lossGivenDefault } }),
    });
    if (options.html !== undefined) writeFileSync(options.html, backtestPage(report));
    if (options.csv !== undefined) writeFileSync(options.csv, backtestCsv(report));
    if (options.json) printJson({ ...report, skipped });
    else {
      for (const line of backtestLines(report)) print(plain(line));
      if (skipped.length > 0) {
        print(
          `\n${skipped.length} applications left out, without a policy result that can be opened: ${skipped.slice(0, 5).join(', ')}`,
        );
      }
    }
    return EXIT.OK;
  } finally {
    source.close();
  }
}

/** The newest committed version up to the candidate's own that is not the candidate: it against itself would say nothing. */
function championOf({ name, product, module: { policy } }: LoadedPolicy): NamedText {
  const upTo = versionsOf(product).filter(
    (version) => version.localeCompare(policy.version, 'en', { numeric: true }) <= 0,
  );
  const champion = upTo
    .toReversed()
    .map((version) => readPolicyText(`${product}@${version}`))
    .find(({ text }) => sha256(text) !== policy.sourceDigest);
  if (champion) return champion;
  throw usage(`There is no version of ${product} before ${name}: name the champion with --against.`);
}

/**
 * Runs both policies over the same applications.
 * @param options.total the applications that the progress bar expects.
 * @param options.changes assumptions that replace those of the candidate's product.
 */
export async function backtest(
  { champion, candidate }: { readonly champion: LoadedPolicy; readonly candidate: LoadedPolicy },
  batches: Batches,
  { total = 0, changes = {} }: { readonly total?: number; readonly changes?: Partial<Assumptions> } = {},
): Promise<BacktestReport> {
  const modules = { champion: champion.module, candidate: candidate.module };
  const run = new Backtest(modules, { ...ASSUMPTIONS[candidate.product], ...changes });
  const bar = progress('backtest', total);
  try {
    for await (const batch of batches) {
      for (const application of batch) run.add(application);
      bar.step(batch.length);
    }
  } finally {
    bar.stop();
  }
  return run.report();
}

async function* storedApplications(
  records: Records,
  ids: readonly string[],
  { product }: LoadedPolicy,
  { policies, skipped }: { readonly policies: readonly PolicyModule[]; readonly skipped: string[] },
): AsyncGenerator<BacktestApplication[]> {
  for (const id of ids) {
    const file = await readPolicyFile(records, id, await records.ledger.read(id)).catch(() => undefined);
    if (!file) skipped.push(id);
    else if (file.product === product) yield [{ id, stage: file.stage, inputs: file.inputsOf(policies) }];
  }
}

const line = z.strictObject({
  id: z.string().min(1).max(100),
  stage: z.enum(['pre-bureau', 'full']).default('full'),
  inputs: z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()])),
});

/** One application a line: `{"id": "...", "stage": "full", "inputs": {...}}`, inputs as the policy names them. */
async function* readApplications(path: string): AsyncGenerator<BacktestApplication[]> {
  if (!existsSync(path)) throw usage(`There is no file ${path}.`);
  let [at, batch] = [0, [] as BacktestApplication[]];
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    at += 1;
    if (text.trim() === '') continue;
    batch.push(readLine(text, path, at));
    if (batch.length === 1_000) {
      yield batch;
      batch = [];
    }
  }
  yield batch;
}

function readLine(text: string, path: string, at: number): BacktestApplication {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw usage(`${path}:${at} is not JSON: write one application a line.`);
  }
  const parsed = line.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path: field }) => field.join('.') || 'the line').join(', ');
  throw usage(`${path}:${at} is no application (${fields}): write {"id": "...", "stage": "full", "inputs": {...}}.`);
}

function usage(message: string): CommandFailed {
  return new CommandFailed(EXIT.USAGE, 'BacktestUnclear', message);
}
