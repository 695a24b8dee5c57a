/**
 * Rows a second of each model package: margins alone beside the bare ONNX Runtime and, where training/ is installed, the
 * trainer's own library; then scores with their explanation and reasons.
 */
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

import * as z from 'zod';

import { openPackage, readPackage, type LoadedScorer } from '../adapters/onnx/scorer.ts';
import { FEATURES, namesOf } from '../domain/features/catalogue.ts';
import { principalReasons } from '../domain/reasons/principal-reasons.ts';
import { explanationCount, explanationRows, interpretMargins } from '../domain/scoring/score.ts';
import { readDataset } from '../training/dataset.ts';
import { runTrainer } from '../training/python.ts';
import { microseconds, rounded, type Measurement } from './support.ts';

const ROOT = join(import.meta.dirname, '..');
const SIZES = [1, 22, 1_024, 100_000] as const;
/** Rows of one call with explanations, as a batch makes them. */
const ROWS_A_CALL = 50_000;
/** Seconds that each contender has for one size, in turns with the others. */
const SECONDS = 1;

export const packages = ['onnxruntime-node'];

/** Rows whose margins are compared with those of the peers. */
const COMPARED = 1_024;
/** The trainer of each package, by its folder. */
const TRAINERS: Readonly<Record<string, string>> = {
  'personal-loan-default': 'xgboost-additive',
  'lightgbm-monotone': 'lightgbm-monotone',
  'sklearn-logistic': 'sklearn-logistic',
  ebm: 'ebm',
};

/** A package's margins of the same rows, by three ways. */
interface Measured {
  readonly scorer: LoadedScorer;
  /** Rows of the reference applicants, repeated. */
  readonly rows: Float32Array;
  readonly raw: (rows: Float32Array) => Promise<Float32Array>;
}

export default async function scoring(): Promise<Measurement> {
  const figures: Record<string, number> = {};
  const peers: Record<string, number> = {};
  for (const folder of packageFolders()) {
    const measured = await opened(folder);
    const name = measured.scorer.manifest.id;
    await compare(measured);
    const trainer = trainerRates(folder, measured, await measured.scorer.margins(firstRows(measured, COMPARED), 0));
    for (const size of SIZES) {
      const rates = await marginRates(measured, size);
      figures[`${name}_rows_per_second_${size}`] = rounded(rates.own);
      figures[`${name}_ratio_to_raw_ort_${size}`] = rounded(rates.raw / rates.own);
      peers[`${name}_raw_ort_rows_per_second_${size}`] = rounded(rates.raw);
      const trained = trainer?.[size];
      if (trained !== undefined) {
        peers[`${name}_trainer_rows_per_second_${size}`] = rounded(trained);
        figures[`${name}_ratio_to_trainer_${size}`] = rounded(trained / rates.own);
      }
      figures[`${name}_with_reasons_per_second_${size}`] = rounded(await reasonRate(measured, size));
    }
    figures[`${name}_rows_of_an_explanation`] = explanationCount(measured.scorer.manifest);
  }
  return { figures, peers };
}

/** The newest version of each released model, and the packages of the test fixtures. */
function packageFolders(): string[] {
  const newest = new Map<string, string>();
  const versions = globSync('models/*/*/manifest.json', { cwd: ROOT }).map(dirname);
  for (const folder of versions.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))) {
    newest.set(dirname(folder), folder);
  }
  const fixtures = globSync('test/fixtures/models/*/manifest.json', { cwd: ROOT }).map(dirname).toSorted();
  return [...newest.values(), ...fixtures];
}

async function opened(folder: string): Promise<Measured> {
  const files = await readPackage(join(ROOT, folder));
  const scorer = await openPackage(files);
  // After the scorer, because it turns the runtime's telemetry off.
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  const session = await InferenceSession.create(files.model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
  });
  const columns = scorer.manifest.features.length;
  const [, ...lines] = new TextDecoder().decode(files.reference).trim().split('\n');
  const reference = lines.map((line) => line.split(',').map(Number));
  const largest = Math.max(...SIZES);
  const rows = new Float32Array(largest * columns);
  for (let row = 0; row < largest; row += 1) rows.set(reference[row % reference.length] ?? [], row * columns);
  return {
    scorer,
    rows,
    raw: async (given) => {
      const feeds = {
        features: new Tensor('float32', given, [given.length / columns, columns]),
        shift: new Tensor('float32', Float32Array.of(0), [1]),
      };
      return (await session.run(feeds, ['margin']))['margin']?.data as Float32Array;
    },
  };
}

const firstRows = ({ rows, scorer }: Measured, size: number): Float32Array =>
  rows.subarray(0, size * scorer.manifest.features.length);

async function compare(measured: Measured): Promise<void> {
  const rows = firstRows(measured, COMPARED);
  const [own, raw] = [await measured.scorer.margins(rows, 0), await measured.raw(rows)];
  if (own.length !== raw.length || !own.every((margin, at) => margin === raw[at])) {
    throw new Error('The bare runtime gives other margins: nothing can be compared.');
  }
}

/** In turns, so that other work on the machine slows both alike. */
async function marginRates(measured: Measured, size: number): Promise<{ own: number; raw: number }> {
  const rows = firstRows(measured, size);
  const spent = { own: 0, raw: 0 };
  let turns = 0;
  for (let turn = -3; spent.own < SECONDS * 1e6; turn += 1) {
    const own = await microseconds(() => measured.scorer.margins(rows, 0));
    const raw = await microseconds(() => measured.raw(rows));
    if (turn < 0) continue;
    turns += 1;
    spent.own += own;
    spent.raw += raw;
  }
  return { own: (1e6 * turns * size) / spent.own, raw: (1e6 * turns * size) / spent.raw };
}

/** Applications a second with score, contributions and reasons. Stops after ten times `SECONDS` in the middle of a size. */
async function reasonRate({ scorer, rows }: Measured, size: number): Promise<number> {
  const { manifest } = scorer;
  const columns = manifest.features.length;
  const each = explanationCount(manifest);
  const call = Math.max(1, Math.min(size, Math.floor(ROWS_A_CALL / each)));
  let [spent, scored] = [0, 0];
  for (let turn = -1; spent < SECONDS * 1e6 || (scored < size && spent < 10 * SECONDS * 1e6); turn += 1) {
    const start = (Math.max(0, turn) * call) % (Math.max(...SIZES) - call + 1);
    const time = await microseconds(async () => {
      const batch = new Float32Array(call * each * columns);
      for (let at = 0; at < call; at += 1) {
        const row = rows.subarray((start + at) * columns, (start + at + 1) * columns);
        batch.set(explanationRows(manifest, row), at * each * columns);
      }
      const margins = await scorer.margins(batch, 0);
      for (let at = 0; at < call; at += 1) {
        principalReasons(interpretMargins(manifest, margins.subarray(at * each, (at + 1) * each)).contributions);
      }
    });
    if (turn < 0) continue;
    spent += time;
    scored += call;
  }
  return (1e6 * scored) / spent;
}

const speed = z.object({ margins: z.array(z.number()), rowsPerSecond: z.record(z.string(), z.number()) });

/**
 * Returns the rows a second of the trainer's own library, by size; undefined, with a line of why, where it cannot run or
 * gives other margins.
 */
function trainerRates(
  folder: string,
  { scorer, rows }: Measured,
  margins: Float32Array,
): Readonly<Record<string, number>> | undefined {
  const trainer = TRAINERS[basename(folder)] ?? TRAINERS[basename(dirname(folder))];
  if (trainer === undefined) return undefined;
  const work = mkdtempSync(join(tmpdir(), 'underwright-speed-'));
  try {
    writeTable(work);
    const order = { columns: namesOf(scorer.manifest.features), sizes: SIZES, seconds: SECONDS };
    writeFileSync(join(work, 'order.json'), JSON.stringify(order));
    writeFileSync(join(work, 'rows.f32'), new Uint8Array(rows.buffer));
    runTrainer(['speed', trainer, work]);
    const found = speed.parse(JSON.parse(readFileSync(join(work, 'speed.json'), 'utf8')));
    const difference = Math.max(...margins.map((margin, at) => Math.abs(margin - (found.margins[at] ?? Number.NaN))));
    if (!(difference <= scorer.manifest.verification.tolerance)) {
      throw new Error(`its margins differ by ${difference}`);
    }
    return found.rowsPerSecond;
  } catch (error) {
    console.log(`${trainer} is left out: ${(error as Error).message}`);
    return undefined;
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** The training data with every feature that it has: each trainer chooses its own. */
function writeTable(folder: string): void {
  const data = readDataset(join(ROOT, 'training', 'data', 'lending_club.csv.gz'));
  const columns = FEATURES.filter(({ name }) => data.every(({ features }) => features[name] !== null));
  const names = columns.map(({ name }) => name);
  const lines = data.map(({ features, bad }) => [...names.map((name) => features[name]), bad ? 1 : 0].join(','));
  writeFileSync(join(folder, 'features.json'), JSON.stringify(columns));
  writeFileSync(join(folder, 'table.csv'), `${[[...names, 'bad'].join(','), ...lines].join('\n')}\n`);
}
