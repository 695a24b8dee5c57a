import type { ModelRuntime, OpenModel, PackageFiles } from '../../adapters/ports.ts';
import { namesOf } from '../../domain/features/catalogue.ts';
import { sha256 } from '../../domain/ledger/canonical-json.ts';
import { packageFaults } from '../../domain/scoring/fit.ts';
import { manifestFaults } from '../../domain/scoring/manifest-faults.ts';
import { modelPackage, type ModelPackage } from '../../domain/scoring/model-package.ts';
import { newestPolicy } from '../governance/policies.ts';
import {
  checkAgreement,
  checkBatches,
  checkDirections,
  checkExplanations,
  checkLinear,
  checkRanges,
  checkReference,
  checkVerification,
  type Finding,
  type OpenedPackage,
} from './model-checks.ts';
import { checkTable } from './table-checks.ts';

/** The checks of a package, in the order of the report. */
export const PACKAGE_CHECKS = [
  'manifest',
  'files',
  'features',
  'model',
  'verification',
  'reference',
  'explanations',
  'agreement',
  'linear',
  'directions',
  'batches',
  'ranges',
  'cutoffs',
  'leaks',
  'metrics',
  'calibration',
  'serving',
] as const;
export type PackageCheck = (typeof PACKAGE_CHECKS)[number];

export interface CheckResult {
  readonly name: PackageCheck;
  readonly passed: boolean;
  /** Whether the check applies to this package. One that does not apply passes. */
  readonly applies: boolean;
  /** What holds, or every fault with its remedy. */
  readonly detail: string;
}

/** The result of every check of a package: the same files give the same report. */
export interface PackageReport {
  /** SHA-256 of manifest.json. */
  readonly digest: string;
  /** Null where manifest.json cannot be read. */
  readonly id: string | null;
  readonly version: string | null;
  readonly passed: boolean;
  readonly checks: readonly CheckResult[];
}

interface CheckOptions {
  readonly runtime: ModelRuntime;
  /** Text of table.csv, where the folder has one. */
  readonly table?: string;
}

/** The smallest probability of a reference applicant, as a share of the cut-off. */
const MIN_BAND = 2 / 3;

/** How many faults of one check are reported. */
const MAX_FAULTS = 8;

/**
 * Checks what serving needs from a model package. `explanations`, `directions` and `batches` score rows: they prove what holds
 * for these rows, and what the trees of the file allow to prove for all. No fault is thrown: each is in the report.
 * @throws NativeLibraryUnavailable where no model can be opened on this machine.
 */
export async function checkPackage(files: PackageFiles, options: CheckOptions): Promise<PackageReport> {
  const digest = sha256(files.manifest);
  const { manifest, finding } = readManifest(files.manifest);
  const found = new Map<PackageCheck, Finding>([['manifest', finding]]);
  if (manifest) {
    found.set('files', checkFiles(files, manifest));
    found.set('features', checkFeatures(manifest));
    found.set('cutoffs', checkCutoffs(manifest));
    await checkModel({ files, manifest, options }, found);
    found.set('serving', await checkServing(files, options.runtime));
  }
  const checks = PACKAGE_CHECKS.map((name) => resultOf(name, found.get(name)));
  return {
    digest,
    id: manifest?.id ?? null,
    version: manifest?.version ?? null,
    passed: checks.every(({ passed }) => passed),
    checks,
  };
}

function resultOf(name: PackageCheck, finding: Finding | undefined): CheckResult {
  if (finding === undefined) return { name, passed: false, applies: true, detail: 'Not run: an earlier check failed.' };
  const { faults, detail, applies = true } = finding;
  if (faults.length === 0) return { name, passed: true, applies, detail };
  const more = faults.length > MAX_FAULTS ? [`There are ${faults.length - MAX_FAULTS} more faults.`] : [];
  return { name, passed: false, applies, detail: [...faults.slice(0, MAX_FAULTS), ...more].join(' ') };
}

function readManifest(bytes: Uint8Array): { readonly manifest: ModelPackage | null; readonly finding: Finding } {
  const refused = (faults: readonly string[]) => ({ manifest: null, finding: { faults, detail: '' } });
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return refused(['manifest.json is not JSON in UTF-8. Build the package with "model build".']);
  }
  const parsed = modelPackage.safeParse(json);
  if (!parsed.success) {
    return refused(
      parsed.error.issues.map(({ path, message }) => `manifest.json, ${path.join('.') || 'document'}: ${message}.`),
    );
  }
  return { manifest: parsed.data, finding: { faults: [], detail: 'manifest.json follows the schema of version 2.' } };
}

function checkFiles({ model, reference }: PackageFiles, { files }: ModelPackage): Finding {
  const faults = [['model.onnx', model] as const, ['reference.csv', reference] as const].flatMap(([name, bytes]) =>
    sha256(bytes) === files[name]
      ? []
      : [`${name} does not have the digest that manifest.json gives. Restore the file, or build the package again.`],
  );
  return { faults, detail: 'model.onnx and reference.csv have the digests that manifest.json gives.' };
}

function checkFeatures(manifest: ModelPackage): Finding {
  const detail = `${manifest.features.length} features have the versions, groups and directions of this release.`;
  return { faults: manifestFaults(manifest), detail };
}

/**
 * Compares the cut-offs and bands with the reference applicants, and with the newest policy of each product that the package
 * allows. Reasons compare an applicant with the reference applicants.
 */
function checkCutoffs(manifest: ModelPackage): Finding {
  const { cutoffs, reference, allowed } = manifest;
  const expected = Math.round(reference.cutoffPd * 1e6);
  const faults: string[] = [];
  const { decline, referral } = cutoffs;
  const { bandFromPd, cutoffPd } = reference;
  if (bandFromPd < MIN_BAND * cutoffPd) {
    faults.push(
      `reference.bandFromPd is ${bandFromPd}, below two thirds of cutoffPd ${cutoffPd}: these applicants are not slightly better than the cut-off. Raise reference.fromPercentile.`,
    );
  }
  if (decline !== undefined && decline !== expected) {
    faults.push(
      `cutoffs.decline is ${decline}, and the reference applicants end at ${expected}. Move the percentiles of the reference, or the cut-off.`,
    );
  }
  if (decline !== undefined && referral !== undefined && referral > decline) {
    faults.push(`cutoffs.referral is ${referral}, above cutoffs.decline ${decline}. Lower it.`);
  }
  if (referral !== undefined && referral < Math.round(bandFromPd * 1e6)) {
    faults.push(
      `cutoffs.referral is ${referral}, below the reference applicants, who start at ${Math.round(bandFromPd * 1e6)}. Raise it, or lower reference.fromPercentile.`,
    );
  }
  const read: string[] = [];
  for (const { product, modes } of allowed) {
    const { policy, model } = newestPolicy(product).module;
    read.push(`${product} ${policy.version}`);
    for (const mode of modes) faults.push(...packageFaults({ product, model }, manifest, mode));
  }
  return {
    faults: [...new Set(faults)],
    detail: `The cut-offs and bands serve the newest policies: ${read.join(', ')}.`,
  };
}

interface Checked {
  readonly files: PackageFiles;
  readonly manifest: ModelPackage;
  readonly options: CheckOptions;
}

/** Runs the checks that score rows. Without a model or reference rows of its width there are none. */
async function checkModel({ files, manifest, options }: Checked, found: Map<PackageCheck, Finding>): Promise<void> {
  const model = await openModel(files.model, manifest.features.length, options.runtime);
  if ('faults' in model) {
    found.set('model', { faults: model.faults, detail: '' });
    return;
  }
  found.set('model', { faults: [], detail: `${model.runtime} runs model.onnx.` });
  const reference = referenceRows(files.reference, manifest);
  if ('faults' in reference) {
    found.set('reference', { faults: reference.faults, detail: '' });
    return;
  }
  const opened: OpenedPackage = { manifest, model, reference: reference.rows };
  const widths = [...manifest.reference.rows, ...manifest.verification.rows];
  if (widths.every((row) => row.length === manifest.features.length)) {
    const checks = {
      verification: checkVerification,
      reference: checkReference,
      explanations: checkExplanations,
      agreement: checkAgreement,
      linear: checkLinear,
      directions: checkDirections,
      batches: checkBatches,
      ranges: checkRanges,
    } as const;
    for (const [name, check] of Object.entries(checks)) found.set(name as PackageCheck, await check(opened));
  }
  for (const [name, finding] of Object.entries(await checkTable(opened, options.table)))
    found.set(name as PackageCheck, finding);
}

/** Opens the model and scores one row of zeros, which shows its inputs and outputs. */
async function openModel(
  bytes: Uint8Array,
  columns: number,
  runtime: ModelRuntime,
): Promise<OpenModel | { readonly faults: readonly string[] }> {
  try {
    const model = await runtime.openModel(bytes, columns);
    const { margins, pds } = await model.outputs(new Float32Array(columns), 0);
    if (margins.length === 1 && pds.length === 1) return model;
    return { faults: ['model.onnx gives no single margin and pd for a row. Export outputs of the shape [n, 1].'] };
  } catch (error) {
    if (!(error instanceof Error) || error.name === 'NativeLibraryUnavailable') throw error;
    const [fault] = error.message.split('\n');
    return {
      faults: [
        `model.onnx does not run: ${fault} Export the inputs features [n, ${columns}] and shift [1], and the outputs margin and pd [n, 1], all float32.`,
      ],
    };
  }
}

/** The rows of reference.csv: finite numbers under the names of the features. */
function referenceRows(
  bytes: Uint8Array,
  { features, reference }: ModelPackage,
): { readonly rows: number[][] } | { readonly faults: readonly string[] } {
  const [header = '', ...lines] = new TextDecoder().decode(bytes).trimEnd().split('\n');
  if (header !== namesOf(features).join()) {
    return {
      faults: ['reference.csv, line 1: is not the names of the features in their order. Build the package again.'],
    };
  }
  const rows = lines.map((line) => line.split(',').map((cell) => (cell === '' ? Number.NaN : Number(cell))));
  const faults = rows.flatMap((row, line) => {
    const column = row.findIndex((value) => !Number.isFinite(value));
    if (row.length === features.length && column < 0) return [];
    const fault = column < 0 ? `has ${row.length} values` : `has no finite number in column ${column + 1}`;
    return [`reference.csv, line ${line + 2}: ${fault}. Build the package again.`];
  });
  if (rows.length !== reference.applicants) {
    faults.push(`reference.csv has ${rows.length} rows, and reference.applicants is ${reference.applicants}.`);
  }
  return faults.length > 0 ? { faults } : { rows };
}

/** Opens the package as a decision does. */
async function checkServing(files: PackageFiles, runtime: ModelRuntime): Promise<Finding> {
  try {
    await runtime.openPackage(files);
    return { faults: [], detail: 'The package opens as it does for a decision.' };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ModelPackageDamaged') throw error;
    return { faults: [error.message], detail: '' };
  }
}
