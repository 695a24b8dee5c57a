/**
 * `npm run train -- [MODEL] [--to FOLDER] [--repeats N] [--unchecked]`: trains a model of training/models and makes its
 * package. `npm run train -- out-of-time`: measures every trainer on later loans.
 *
 * The code that serves computes the features. Python fits, measures and exports (underwright_training). The package is
 * built and checked as `underwright model build` does it. Nothing is written unless every check passes.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';

import * as z from 'zod';

import { modelRuntime } from '../adapters/compose/model-runtime.ts';
import { makePackage } from '../app/models/build-package.ts';
import { readDeclarations, type ModelDeclarations } from '../app/models/model-source.ts';
import { namesOf } from '../domain/features/catalogue.ts';
import { COLUMNS } from './columns.ts';
import { DATASET, DATASET_SHA256, EXCLUDED_COLUMNS, readDataset, trainingTable } from './dataset.ts';
import { runTrainer } from './python.ts';

const root = join(import.meta.dirname, '..');
const CHAMPION = 'personal-loan-default';
/** The trainer of a model whose trainer has another name. */
const TRAINERS: Readonly<Record<string, string>> = { [CHAMPION]: 'xgboost-additive' };
const PACKAGE_FILES = ['manifest.json', 'model.onnx', 'reference.csv', 'card.md', 'provenance.json'];
const SOURCE_FILES = ['model.yaml', 'table.csv', 'metrics.json'];

/** training.json: what the trainer did. */
const trained = z.strictObject({
  kind: z.string(),
  features: z.array(z.string()),
  algorithm: z.string(),
  parameters: z.record(z.string(), z.unknown()),
  seed: z.int(),
});

/** The model cannot be trained, or its package must not be written. */
class TrainingRefused extends Error {
  override readonly name = 'TrainingRefused';
}

interface Options {
  /** Where the package and its source go. @default models/<id>/<version>, without the source */
  readonly to?: string | undefined;
  /** Repeats of the cross-validation. */
  readonly repeats: string;
  /** Writes a model that fails its checks, as a fixture for tests. */
  readonly unchecked: boolean;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    to: { type: 'string' },
    repeats: { type: 'string', default: '5' },
    unchecked: { type: 'boolean', default: false },
  },
});
const work = mkdtempSync(join(tmpdir(), 'underwright-train-'));
try {
  const [model = CHAMPION] = positionals;
  if (model === 'out-of-time') measureOutOfTime(work);
  else await train(model, work, values);
} catch (error) {
  console.error(`${(error as Error).name}: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true });
}

async function train(model: string, folder: string, options: Options): Promise<void> {
  const path = join(import.meta.dirname, 'models', `${model}.yaml`);
  if (!existsSync(path)) {
    const known = readdirSync(join(path, '..')).map((file) => file.replace('.yaml', ''));
    throw new TrainingRefused(`training/models has no ${model}.yaml. Train one of ${known.join(', ')}.`);
  }
  const text = readFileSync(path, 'utf8');
  const declarations = readDeclarations(text);
  const target = options.to ?? join(root, 'models', declarations.id, declarations.version);
  refuseExisting(target, path, declarations);

  exportTable(folder);
  const trainer = TRAINERS[model] ?? model;
  const unchecked = options.unchecked ? ['--unchecked'] : [];
  runTrainer(['train', trainer, folder, '--graph-name', declarations.id, '--repeats', options.repeats, ...unchecked]);
  refuseOtherDeclarations(folder, relative(root, path), declarations);

  const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
  const { files, card, report } = await makePackage(
    {
      declarations: text,
      model: new Uint8Array(readFileSync(join(folder, 'model.onnx'))),
      table: read('table.csv'),
      metrics: read('metrics.json'),
      provenance: read('provenance.json'),
    },
    modelRuntime,
  );
  for (const { name, passed, detail } of report.checks)
    console.log(`${passed ? 'passed' : 'FAILED'}  ${name}: ${detail}`);
  if (!report.passed && !options.unchecked) {
    throw new TrainingRefused(`${declarations.id} fails the checks above, so nothing is written.`);
  }
  writeFileSync(join(folder, 'model.yaml'), text);
  writeFileSync(join(folder, 'manifest.json'), files.manifest);
  writeFileSync(join(folder, 'reference.csv'), files.reference);
  writeFileSync(join(folder, 'card.md'), card);
  publish(folder, target, options.to === undefined ? PACKAGE_FILES : [...PACKAGE_FILES, ...SOURCE_FILES]);
  console.log(`${target}: digest ${report.digest}.`);
}

/** Writes the training table and the directions of its columns. */
function exportTable(folder: string): void {
  writeFileSync(join(folder, 'table.csv'), trainingTable(readDataset(DATASET)));
  const directions = COLUMNS.map(({ name, monotone }) => ({ name, monotone }));
  writeFileSync(join(folder, 'features.json'), JSON.stringify(directions));
}

function measureOutOfTime(folder: string): void {
  exportTable(folder);
  runTrainer(['out-of-time', folder], ['out-of-time']);
}

/** @throws TrainingRefused for a version that exists: a released model never changes. */
function refuseExisting(target: string, path: string, { id, version }: ModelDeclarations): void {
  if (!existsSync(target)) return;
  const name = relative(root, target);
  if (target !== join(root, 'models', id, version)) throw new TrainingRefused(`${target} exists: give a new folder.`);
  const [major, minor, patch] = version.split('.').map(Number);
  let next = (patch ?? 0) + 1;
  while (existsSync(join(target, '..', `${major}.${minor}.${next}`))) next += 1;
  throw new TrainingRefused(
    `${name} exists, and a version never changes. Write version ${major}.${minor}.${next} in ${relative(root, path)}.`,
  );
}

/** @throws TrainingRefused where model.yaml does not declare what the trainer did. */
function refuseOtherDeclarations(folder: string, path: string, { kind, features, training }: ModelDeclarations): void {
  const actual = trained.parse(JSON.parse(readFileSync(join(folder, 'training.json'), 'utf8')));
  const declared: Readonly<Record<string, readonly [unknown, unknown]>> = {
    kind: [kind, actual.kind],
    features: [namesOf(features), actual.features],
    'training.sha256': [training.sha256, DATASET_SHA256],
    'training.excludedColumns': [training.excludedColumns, [...EXCLUDED_COLUMNS]],
    'training.algorithm': [training.algorithm, actual.algorithm],
    'training.parameters': [training.parameters, actual.parameters],
    'training.seed': [training.seed, actual.seed],
  };
  const faults = Object.entries(declared).flatMap(([member, [ours, theirs]]) =>
    isDeepStrictEqual(ours, theirs)
      ? []
      : [`${path}, ${member}: the trainer used ${JSON.stringify(theirs)}. Write that.`],
  );
  if (faults.length > 0) throw new TrainingRefused(faults.join('\n'));
}

/** Copies files into a new folder, which appears only when it is complete. */
function publish(folder: string, target: string, files: readonly string[]): void {
  const making = `${target}.new`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  for (const file of files) writeFileSync(join(making, file), readFileSync(join(folder, file)));
  renameSync(making, target);
}
