import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { namesOf } from '../../domain/features/catalogue.ts';
import { sha256 } from '../../domain/ledger/canonical-json.ts';
import { manifestFaults } from '../../domain/scoring/manifest-faults.ts';
import { modelPackage, type ModelPackage } from '../../domain/scoring/model-package.ts';
import type { OpenModel, PackageFiles, Scorer } from '../ports.ts';
import { NativeLibraryUnavailable, openSession } from './session.ts';

/** A model package is incomplete, not for the features of this release, or does not compute what it states. */
export class ModelPackageDamaged extends Error {
  override readonly name = 'ModelPackageDamaged';
}

/** A verified model package. */
export interface LoadedScorer extends Scorer {
  /** The files of the package, in the order manifest, model, reference. */
  readonly files: readonly Uint8Array[];
}

const REMEDY = 'Restore the package from its release, or build it again.';

/** Reads the files of a package. @throws ModelPackageDamaged naming the file that cannot be read. */
export async function readPackage(folder: string): Promise<PackageFiles> {
  const [manifest, model, reference] = await Promise.all([
    bytesOf(join(folder, 'manifest.json')),
    bytesOf(join(folder, 'model.onnx')),
    bytesOf(join(folder, 'reference.csv')),
  ]);
  return { manifest, model, reference };
}

async function bytesOf(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    throw new ModelPackageDamaged(`${path} cannot be read (${(cause as Error).message}). ${REMEDY}`, { cause });
  }
}

/**
 * Opens a model package for scoring after it has verified what the package states: its digests, its features, its reference
 * applicants, and the outputs of its verification rows, scored alone and together.
 * @param expectedDigest SHA-256 of manifest.json. Only the digest covers what no output shows, such as the reference. Absent
 * for a package that has no digest yet.
 * @throws ModelPackageDamaged naming the file and the fault; NativeLibraryUnavailable naming the system.
 */
export async function openPackage(files: PackageFiles, expectedDigest?: string): Promise<LoadedScorer> {
  const packageDigest = sha256(files.manifest);
  if (expectedDigest !== undefined && packageDigest !== expectedDigest) {
    refuse(`manifest.json has the digest ${packageDigest}, and ${expectedDigest} is expected.`);
  }
  const manifest = readManifest(files.manifest);
  for (const [name, bytes] of [['model.onnx', files.model] as const, ['reference.csv', files.reference] as const]) {
    if (sha256(bytes) !== manifest.files[name]) refuse(`${name} does not have the digest that manifest.json gives.`);
  }
  const fault = referenceFault(files.reference, manifest);
  if (fault !== undefined) refuse(`reference.csv ${fault}`);
  let session: OpenModel;
  try {
    session = await openSession(files.model, manifest.features.length);
    await verify(session, manifest);
  } catch (cause) {
    if (cause instanceof NativeLibraryUnavailable) throw cause;
    throw new ModelPackageDamaged(`model.onnx: ${(cause as Error).message} ${REMEDY}`, { cause });
  }
  return {
    manifest,
    packageDigest,
    runtime: session.runtime,
    steps: session.steps,
    margins: (rows, shift) => session.margins(rows, shift),
    files: [files.manifest, files.model, files.reference],
  };
}

function refuse(fault: string): never {
  throw new ModelPackageDamaged(`${fault} ${REMEDY}`);
}

function readManifest(bytes: Uint8Array): ModelPackage {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new ModelPackageDamaged(`manifest.json is not JSON in UTF-8. ${REMEDY}`, { cause });
  }
  const parsed = modelPackage.safeParse(json);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
    refuse(`manifest.json is not a manifest of version 2 (${faults}).`);
  }
  const faults = manifestFaults(parsed.data);
  if (faults.length > 0) refuse(`manifest.json: ${faults.join(' ')}`);
  return parsed.data;
}

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;

/** What keeps reference.csv from being the reference applicants of a manifest: a header, then one row of finite numbers each. */
function referenceFault(bytes: Uint8Array, { features, reference }: ModelPackage): string | undefined {
  const [header, ...lines] = new TextDecoder().decode(bytes).split('\n');
  if (header !== namesOf(features).join()) return 'does not have the names of the features as its header.';
  if (lines.pop() !== '') return 'does not end with a line break.';
  if (lines.length !== reference.applicants) {
    return `has ${lines.length} rows, and reference.applicants is ${reference.applicants}.`;
  }
  for (const [row, line] of lines.entries()) {
    const values = line.split(',');
    if (values.length !== features.length) return `has ${values.length} values in line ${row + 2}.`;
    const column = values.findIndex((text) => !NUMBER.test(text) || !Number.isFinite(Math.fround(Number(text))));
    if (column >= 0) return `has no finite number in line ${row + 2}, column ${column + 1}.`;
  }
  return undefined;
}

async function verify(session: OpenModel, { verification, features }: ModelPackage): Promise<void> {
  const { rows, margins, pds, tolerance } = verification;
  const flat = Float32Array.from(rows.flat());
  const together = await session.outputs(flat, 0);
  for (const index of rows.keys()) {
    const alone = await session.outputs(flat.slice(index * features.length, (index + 1) * features.length), 0);
    const margin = alone.margins[0] ?? Number.NaN;
    const pd = alone.pds[0] ?? Number.NaN;
    // Written so that NaN fails.
    if (!(together.margins[index] === margin && together.pds[index] === pd)) {
      throw new Error(`verification.rows.${index} scores differently alone and among others.`);
    }
    if (!(Math.abs(margin - (margins[index] ?? Number.NaN)) <= tolerance)) {
      throw new Error(`verification.rows.${index} scores a margin other than verification.margins.${index}.`);
    }
    if (!(Math.abs(pd - (pds[index] ?? Number.NaN)) <= tolerance)) {
      throw new Error(`verification.rows.${index} scores a probability other than verification.pds.${index}.`);
    }
  }
}
