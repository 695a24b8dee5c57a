import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { FEATURES } from '../../domain/features/catalogue.ts';
import { canonicalJson, sha256 } from '../../domain/ledger/canonical-json.ts';
import { scoreBandShares, type ScoreBandShares } from '../../domain/monitoring/score-bands.ts';
import { modelManifest, type ModelManifest } from '../../domain/scoring/manifest.ts';
import { reasonGroups } from '../../domain/scoring/score.ts';
import { MODEL_DIGESTS, SCORE_BAND_DIGESTS } from '../../models/digests.ts';
import type { Scorer } from '../ports.ts';
import { NativeLibraryUnavailable, openSession, type OnnxSession } from './session.ts';

/** A model package is not whole, not for these features, or does not compute what it was published with. */
export class ModelPackageDamaged extends Error {
  override readonly name = 'ModelPackageDamaged';
}

/** A model package that was found true. */
export interface LoadedScorer extends Scorer {
  /** manifest.json and model.onnx, as they were read: their SHA-256 are `packageDigest` and `manifest.file.sha256`. */
  readonly files: readonly Uint8Array[];
}

/** Ten times the unit in which margins are recorded: a wider tolerance would let another model pass. */
const LARGEST_TOLERANCE = 1e-5;

/** The digest of the released package: what the code, and not the folder, says of it. */
const RELEASED = MODEL_DIGESTS['personal-loan-default'];

const WAY_OUT = 'Restore the package from the release, or train it anew.';

/**
 * Opens a model package for scoring once it is the expected one and everything that it says of itself has been found
 * true: its shape, its columns, the digest of the model, and the outputs of its verification rows, scored alone and
 * together. A manifest also says what reasons are measured against, which no output shows: only its digest holds that.
 * @param folder of model.onnx and manifest.json.
 * @param expectedDigest SHA-256 of manifest.json as it is expected; null for a package in the making, which has none yet.
 * Not given, it is the released package's.
 * @throws ModelPackageDamaged naming the file and the fault; NativeLibraryUnavailable naming the system.
 */
export async function loadScorer(folder: string, expectedDigest: string | null = RELEASED): Promise<LoadedScorer> {
  const manifestPath = join(folder, 'manifest.json');
  const modelPath = join(folder, 'model.onnx');
  const manifestBytes = await bytesOf(manifestPath);
  const packageDigest = sha256(manifestBytes);
  if (expectedDigest !== null && packageDigest !== expectedDigest) {
    throw new ModelPackageDamaged(
      `${manifestPath} has the digest ${packageDigest}, and ${expectedDigest} is expected. ${WAY_OUT} ` +
        'A package that is meant to be another is opened with its own digest: MODEL_DIGEST.',
    );
  }
  const manifest = readManifest(manifestPath, manifestBytes);
  const model = await bytesOf(modelPath);
  if (sha256(model) !== manifest.file.sha256) {
    throw new ModelPackageDamaged(`${modelPath} does not have the digest that manifest.json gives. ${WAY_OUT}`);
  }
  let session: OnnxSession;
  try {
    session = await openSession(model, manifest.features.length);
    await verify(session, manifest);
  } catch (cause) {
    if (cause instanceof NativeLibraryUnavailable) throw cause;
    throw new ModelPackageDamaged(`${modelPath}: ${(cause as Error).message} ${WAY_OUT}`, { cause });
  }
  return {
    manifest,
    packageDigest,
    bandShares: await readBandShares(folder, packageDigest),
    runtime: session.runtime,
    steps: session.steps,
    margins: (rows, shift) => session.margins(rows, shift),
    files: [manifestBytes, model],
  };
}

/** Reads score-bands.json, which a package may lack. That of the released package has its own digest. */
async function readBandShares(folder: string, packageDigest: string): Promise<ScoreBandShares | null> {
  const path = join(folder, 'score-bands.json');
  const bytes = await readFile(path).catch(() => null);
  if (bytes === null) return null;
  const released = SCORE_BAND_DIGESTS['personal-loan-default'];
  if (packageDigest === RELEASED && sha256(bytes) !== released) {
    throw new ModelPackageDamaged(`${path} is not the released one: its digest is not ${released}. ${WAY_OUT}`);
  }
  try {
    return scoreBandShares.parse(JSON.parse(bytes.toString('utf8')));
  } catch (cause) {
    throw new ModelPackageDamaged(`${path} does not state the share of each score band. ${WAY_OUT}`, { cause });
  }
}

async function bytesOf(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    throw new ModelPackageDamaged(`${path} cannot be read (${(cause as Error).message}). ${WAY_OUT}`, { cause });
  }
}

function readManifest(path: string, bytes: Uint8Array): ModelManifest {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new ModelPackageDamaged(`${path} is not JSON. ${WAY_OUT}`, { cause });
  }
  const parsed = modelManifest.safeParse(json);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
    throw new ModelPackageDamaged(`${path} is not a manifest (${faults}). ${WAY_OUT}`);
  }
  const manifest = parsed.data;
  const fault = manifestFault(manifest);
  if (fault) throw new ModelPackageDamaged(`${path}: ${fault} ${WAY_OUT}`);
  return manifest;
}

function manifestFault({ features, reference, verification }: ModelManifest): string | undefined {
  const differing = FEATURES.findIndex(
    ({ name, unit, minimum, maximum, monotone, group }, column) =>
      canonicalJson({ name, unit, minimum, maximum, monotone, group }) !== canonicalJson(features[column] ?? null),
  );
  if (differing >= 0) return `features.${differing} is not the catalogue's ${FEATURES[differing]?.name}.`;
  if (features.length !== FEATURES.length) return 'features has columns that the catalogue has not.';
  if (reference.baseline.length !== features.length) return 'reference.baseline is not one value a feature.';
  const means = Object.keys(reference.groupMeans).sort().join();
  if (means !== reasonGroups({ features, reference }).join()) {
    return 'reference.groupMeans is not one value a reason group.';
  }
  const { rows, margins, pds, tolerance } = verification;
  if (tolerance > LARGEST_TOLERANCE) return `verification.tolerance is more than ${LARGEST_TOLERANCE}.`;
  if (rows.some((row) => row.length !== features.length)) return 'verification.rows is not one value a feature.';
  if (margins.length !== rows.length || pds.length !== rows.length) {
    return 'verification.margins and verification.pds are not one value a row.';
  }
  return undefined;
}

async function verify(session: OnnxSession, { verification, features }: ModelManifest): Promise<void> {
  const { rows, margins, pds, tolerance } = verification;
  const flat = Float32Array.from(rows.flat());
  const together = await session.outputs(flat, 0);
  for (const index of rows.keys()) {
    const alone = await session.outputs(flat.slice(index * features.length, (index + 1) * features.length), 0);
    const margin = alone.margins[0] ?? Number.NaN;
    const pd = alone.pds[0] ?? Number.NaN;
    if (together.margins[index] !== margin || together.pds[index] !== pd) {
      throw new Error(`verification.rows.${index} scores differently alone and among others.`);
    }
    // Written so that NaN fails.
    if (!(Math.abs(margin - (margins[index] ?? Number.NaN)) <= tolerance)) {
      throw new Error(`verification.rows.${index} scores a margin other than verification.margins.${index}.`);
    }
    if (!(Math.abs(pd - (pds[index] ?? Number.NaN)) <= tolerance)) {
      throw new Error(`verification.rows.${index} scores a probability other than verification.pds.${index}.`);
    }
  }
}
