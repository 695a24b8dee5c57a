/** What a replay runs: an archived decision core and archived models, from their bytes alone. */
import type { DecisionCore, ReplayModel } from '../../domain/decision/replay.ts';
import { sha256 } from '../../domain/ledger/canonical-json.ts';
import type { ModelManifest } from '../../domain/scoring/manifest.ts';
import { openSession } from '../onnx/session.ts';

/** Bytes that do not have the digest by which they are called, or that this release cannot run. */
export class ArchiveUnusable extends Error {
  override readonly name = 'ArchiveUnusable';
}

/** @throws ArchiveUnusable when the bytes are another module, or one of a contract that this release does not know. */
export async function loadCore(digest: string, bytes: Uint8Array): Promise<DecisionCore> {
  if (sha256(bytes) !== digest) throw new ArchiveUnusable(`These bytes are not the decision core ${digest}.`);
  const url = `data:text/javascript;base64,${Buffer.from(bytes).toString('base64')}`;
  const core = (await import(url)) as DecisionCore;
  if (core.contract === 1) return core;
  throw new ArchiveUnusable(`The decision core ${digest} has another contract than 1: replay with a newer release.`);
}

/**
 * Opens a model package without asking whether it has the features of this release: the core that scored with it knows.
 * @throws ArchiveUnusable when the bytes are another package; whatever the runtime says of a model that it cannot run.
 */
export async function openModel(packageDigest: string, manifest: Uint8Array, model: Uint8Array): Promise<ReplayModel> {
  if (sha256(manifest) !== packageDigest) throw new ArchiveUnusable(`These bytes are not the model ${packageDigest}.`);
  const said = JSON.parse(new TextDecoder().decode(manifest)) as ModelManifest;
  if (sha256(model) !== said.file.sha256) {
    throw new ArchiveUnusable(`The model of ${packageDigest} has other bytes than its manifest says.`);
  }
  const session = await openSession(model, said.features.length);
  await session.margins(new Float32Array(said.features.length), 0);
  return { manifest: said, runtime: session.runtime, margins: (rows, shift) => session.margins(rows, shift) };
}
