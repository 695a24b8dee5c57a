/**
 * `npm run train`: makes models/personal-loan-default/2.0.0 anew from data/lending_club.csv.gz.
 *
 * Features are built here by the code that serves; train.py fits, measures and exports; the export is then checked in the
 * runtime that serves. Nothing is published unless every check holds.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as z from 'zod';

import { openPackage, readPackage } from '../adapters/onnx/scorer.ts';
import { openSession } from '../adapters/onnx/session.ts';
import type { OpenModel } from '../adapters/ports.ts';
import { featureRow, type FeatureVector } from '../domain/features/build.ts';
import type { ReasonGroup } from '../domain/features/catalogue.ts';
import { sha256 } from '../domain/ledger/canonical-json.ts';
import { modelPackage, type ModelPackage } from '../domain/scoring/model-package.ts';
import { explanationRows, interpretMargins, reasonGroups, toMicros } from '../domain/scoring/score.ts';
import { modelCard } from './card.ts';
import { checkEqual, checkMonotone, ExportRefused } from './checks.ts';
import { COLUMNS } from './columns.ts';
import { DATASET_SHA256, EXCLUDED_COLUMNS, readDataset, type TrainingRow } from './dataset.ts';
import { featuresCsv, referenceSet, referenceValues, type ReferenceSet } from './reference.ts';
import { scoreBands } from './score-bands.ts';

const root = join(import.meta.dirname, '..');
const published = join(root, 'models', 'personal-loan-default', '2.0.0');
const python = join(root, '.venv', 'bin', 'python');
const TOLERANCE = 1e-6;
const VERIFICATION_ROWS = 12;

const trained = z.strictObject({
  metrics: modelPackage.shape.metrics,
  algorithm: z.string(),
  parameters: modelPackage.shape.training.shape.parameters,
  seed: z.int(),
  versions: z.record(z.string(), z.string()),
});

const DESCRIPTION = {
  schemaVersion: 2,
  id: 'personal-loan-default',
  version: '2.0.0',
  description:
    "Probability that a personal loan goes bad, from the application and the credit file. Trained on one lender's accepted loans.",
  kind: 'additive',
  purpose: 'default',
  target: 'Charged off, in default, or 21 to 120 days late at the snapshot, as against fully paid or on time.',
} as const;

/** What policies may refer to, and the uses that the package permits. */
const USE = {
  agreement: null,
  cutoffs: { decline: 71_188, referral: 67_000 },
  bands: { risk: { cuts: [20_000, 30_000, 40_000, 50_000, 60_000], names: ['A', 'B', 'C', 'D', 'E', 'F'] } },
  allowed: [
    {
      product: 'personal-loan',
      uses: ['decide', 'price', 'limit'],
      modes: ['sandbox', 'production'],
      because: 'Trained on unsecured personal loans. A lender validates it on its own applicants before production.',
    },
    ...['auto-loan', 'credit-line'].map((product) => ({
      product,
      uses: ['decide', 'price', 'limit'],
      modes: ['sandbox'],
      because: 'No data of such loans exists here. The ranking by credit file is a demonstration.',
    })),
  ],
};

const work = mkdtempSync(join(tmpdir(), 'underwright-train-'));
try {
  await train(work);
} finally {
  rmSync(work, { recursive: true });
}

async function train(folder: string): Promise<void> {
  const dataset = readDataset(join(import.meta.dirname, 'data', 'lending_club.csv.gz'));
  const vectors = dataset.map(({ features }) => features);
  const fitted = fit(folder, dataset);
  const rows = new Float32Array(vectors.flatMap((vector) => [...featureRow(vector, COLUMNS)]));
  const session = await openSession(fitted.model, COLUMNS.length);
  const { margins, pds } = await session.outputs(rows, 0);
  const difference = checkEqual('Margins of trainer and runtime', margins, fitted.margins, TOLERANCE);
  console.log(`Parity: largest difference of margins over ${margins.length} rows is ${difference}.`);
  const { compared, withoutEffect } = await checkMonotone(session, rows);
  console.log(
    `Monotone: ${compared} pairs of neighbouring values, no violation. Without effect: ${withoutEffect.join()}.`,
  );

  const reference = referenceSet(vectors, pds);
  const manifest = modelPackage.parse({
    ...DESCRIPTION,
    files: { 'model.onnx': sha256(fitted.model), 'reference.csv': reference.sha256 },
    features: featuresInManifest(),
    reference: await referenceInManifest(session, reference),
    ...USE,
    scoreBands: scoreBands(margins),
    training: trainingInManifest(dataset, fitted.result),
    metrics: fitted.result.metrics,
    verification: verificationInManifest(verificationIndexes(pds), rows, fitted.margins),
  });
  await checkAdditive(session, manifest, vectors);
  const packageDigest = await publish(folder, {
    'model.onnx': fitted.model,
    'manifest.json': `${JSON.stringify(manifest, null, 2)}\n`,
    'reference.csv': featuresCsv(reference.applicants),
    'card.md': modelCard(manifest, pds, withoutEffect),
    'provenance.json': `${JSON.stringify({ versions: fitted.result.versions }, null, 2)}\n`,
  });
  const { auc, ks } = manifest.metrics;
  console.log(`AUC ${auc.value} (SE ${auc.standardError}), KS ${ks.value} (SE ${ks.standardError}), out of fold.`);
  console.log(`Published ${published}, manifest ${packageDigest}.`);
}

interface Fitted {
  readonly result: z.infer<typeof trained>;
  /** The bytes of the ONNX file. */
  readonly model: Uint8Array<ArrayBuffer>;
  /** The trainer's own margins, by applicant. */
  readonly margins: Float32Array;
}

/** Has train.py fit, measure and export the model, in a folder of its own. */
function fit(folder: string, dataset: readonly TrainingRow[]): Fitted {
  const events = dataset.filter(({ bad }) => bad).length;
  writeFileSync(join(folder, 'features.csv'), featuresCsv(dataset.map(({ features }) => features)));
  writeFileSync(join(folder, 'labels.csv'), dataset.map(({ bad }) => (bad ? '1\n' : '0\n')).join(''));
  writeFileSync(join(folder, 'catalogue.json'), JSON.stringify(COLUMNS));
  console.log(`${dataset.length} applicants, ${events} bad. Training and cross-validating...`);
  makeVenv();
  run(python, [join(import.meta.dirname, 'train.py'), folder]);
  return {
    result: trained.parse(JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8'))),
    model: new Uint8Array(readFileSync(join(folder, 'model.onnx'))),
    margins: new Float32Array(new Uint8Array(readFileSync(join(folder, 'margins.f32'))).buffer),
  };
}

function featuresInManifest() {
  return COLUMNS.map(({ feature, minimum, maximum, missingCodes, monotone, group }) => ({
    feature,
    minimum,
    maximum,
    missingCodes,
    monotone,
    group,
  }));
}

async function referenceInManifest(session: OpenModel, reference: ReferenceSet): Promise<ModelPackage['reference']> {
  const { applicants, cutoffPd, bandFromPd } = reference;
  const baseline = await referenceValues(session, applicants);
  const basis = { kind: 'additive', features: COLUMNS, reference: { rows: [baseline] } } as const;
  const groups = reasonGroups(basis);
  const sums = new Map(groups.map((group) => [group, 0]));
  for (const vector of applicants) {
    const rows = explanationRows(basis, featureRow(vector, COLUMNS));
    const [, base = Number.NaN, ...substituted] = await session.margins(rows, 0);
    for (const [index, group] of groups.entries()) {
      sums.set(group, (sums.get(group) ?? 0) + ((substituted[index] ?? Number.NaN) - base));
    }
  }
  const mean = (group: ReasonGroup) => toMicros((sums.get(group) ?? Number.NaN) / applicants.length) / 1e6;
  return {
    description:
      'Applicants of the training data from the 70th to the 80th percentile of predicted PD, the 80th being the cut-off; ' +
      'the baseline has, for each fact, the values of one of them whose part of the margin is nearest to their mean part and ' +
      'not above it.',
    rows: [baseline],
    cutoffPd,
    bandFromPd,
    applicants: applicants.length,
    groupMeans: Object.fromEntries(groups.map((group) => [group, mean(group)])),
  };
}

function trainingInManifest(dataset: readonly TrainingRow[], result: Fitted['result']): ModelPackage['training'] {
  return {
    dataset: 'lending_club (modeldata 1.1.0): LendingClub loans of the first quarter of 2016',
    sha256: DATASET_SHA256,
    rows: dataset.length,
    events: dataset.filter(({ bad }) => bad).length,
    excludedColumns: [...EXCLUDED_COLUMNS],
    algorithm: result.algorithm,
    parameters: result.parameters,
    seed: result.seed,
  };
}

function verificationInManifest(verified: readonly number[], rows: Float32Array, trainerMargins: Float32Array) {
  const columns = COLUMNS.length;
  return {
    tolerance: TOLERANCE,
    rows: verified.map((index) => [...rows.subarray(index * columns, (index + 1) * columns)]),
    // The trainer's own margins: the runtime is compared with the trainer, not with itself.
    margins: verified.map((index) => trainerMargins[index]),
    pds: verified.map((index) => Math.fround(1 / (1 + Math.exp(-(trainerMargins[index] ?? Number.NaN))))),
  };
}

/** @throws when the contributions of an applicant do not add up to the margin. */
async function checkAdditive(session: OpenModel, manifest: ModelPackage, vectors: readonly FeatureVector[]) {
  let worst = 0;
  for (const vector of vectors) {
    const explained = await session.margins(explanationRows(manifest, featureRow(vector, COLUMNS)), 0);
    worst = Math.max(worst, Math.abs(interpretMargins(manifest, explained).additivityErrorMicros));
  }
  console.log(`Additive: contributions miss the margin by at most ${worst}e-6 log-odds over all applicants.`);
}

/** Loads the package from the work folder, which verifies it, and then replaces the published one. @returns its digest. */
async function publish(folder: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const ready = join(folder, 'package');
  mkdirSync(ready);
  for (const [file, content] of Object.entries(files)) writeFileSync(join(ready, file), content);
  const { packageDigest } = await openPackage(await readPackage(ready));
  mkdirSync(published, { recursive: true });
  for (const [file, content] of Object.entries(files)) {
    // Written beside the target first: the work folder may be on another disk, where a rename is refused.
    writeFileSync(join(published, `${file}.new`), content);
    renameSync(join(published, `${file}.new`), join(published, file));
  }
  return packageDigest;
}

/** Applicants spread evenly from the best PD to the worst. */
function verificationIndexes(pds: Float32Array): number[] {
  const order = [...pds.keys()].sort((a, b) => (pds[a] ?? 0) - (pds[b] ?? 0) || a - b);
  return Array.from(
    { length: VERIFICATION_ROWS },
    (_, step) => order[Math.round((step / (VERIFICATION_ROWS - 1)) * (order.length - 1))] ?? 0,
  );
}

function makeVenv(): void {
  if (!existsSync(python)) run('python3', ['-m', 'venv', join(root, '.venv')]);
  run(python, ['-m', 'pip', 'install', '--quiet', '--requirement', join(import.meta.dirname, 'requirements.txt')]);
}

function run(command: string, args: string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) {
    throw new ExportRefused(
      `${command} ${args[0]} failed${error ? ` (${error.message})` : ''}: see its message above. Python 3.11 or newer is needed.`,
    );
  }
}
