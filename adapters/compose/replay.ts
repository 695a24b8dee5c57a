/** What a replay runs: an archived decision core and archived models, from their bytes alone. */
import { runInThisContext } from 'node:vm';

import { localDate } from '../../domain/calendar.ts';
import {
  contractOf,
  RUNNABLE_CONTRACTS,
  type CoreHost,
  type DecisionCore,
  type ForeignCore,
} from '../../domain/decision/core-contract.ts';
import type { ReplayModel } from '../../domain/decision/replay.ts';
import { sha256 } from '../../domain/ledger/canonical-json.ts';
import { packageOf, type ArchivedManifest } from '../../domain/scoring/manifest-1.ts';
import { openSession } from '../onnx/session.ts';
import { openSandbox, type CoreLimits, type SandboxedCore } from '../quickjs/sandbox.ts';

export { CoreFailed, CoreStopped, type CoreLimits } from '../quickjs/sandbox.ts';

/** Bytes that do not have the digest by which they are called, or that this release cannot run. */
class ArchiveUnusable extends Error {
  override readonly name = 'ArchiveUnusable';
}

const HOST: CoreHost = { sha256, localDate };

export interface LoadedCores {
  /**
   * Loads a core, in Node where `limits` is null, else in QuickJS.
   * @throws ArchiveUnusable, before any code of the core runs, for other bytes or another contract.
   * @throws CoreFailed, CoreStopped
   */
  load(digest: string, bytes: Uint8Array, limits: CoreLimits | null): Promise<void>;
  /**
   * Gives a core for the calls of one order. A core that failed starts afresh.
   * @throws TypeError for one that was not loaded. @throws CoreFailed, CoreStopped
   */
  use<Value>(digest: string, work: (core: ForeignCore) => Promise<Value>): Promise<Value>;
}

/** Keeps the cores of one process. One QuickJS at most is open, so cores share no memory limit. */
export function loadedCores(): LoadedCores {
  const inNode = new Map<string, DecisionCore>();
  const foreign = new Map<string, { script: string; limits: CoreLimits }>();
  let open: { digest: string; core: SandboxedCore } | undefined;
  async function sandboxOf(digest: string): Promise<SandboxedCore> {
    if (open?.digest === digest) return open.core;
    const found = foreign.get(digest);
    if (!found) throw new TypeError(`The decision core ${digest} was not given.`);
    open = undefined;
    open = { digest, core: await openSandbox(found.script, HOST, found.limits) };
    return open.core;
  }
  return {
    async load(digest, bytes, limits) {
      const script = scriptOf(digest, bytes);
      if (limits === null) {
        const factory = runInThisContext(script, { filename: 'decision-core.js' }) as (host: CoreHost) => DecisionCore;
        inNode.set(digest, factory(HOST));
      } else {
        foreign.set(digest, { script, limits });
        await sandboxOf(digest);
      }
    },
    async use(digest, work) {
      const trusted = inNode.get(digest);
      if (trusted) return work(trusted);
      const core = await sandboxOf(digest);
      core.renew();
      try {
        return await work(core);
      } catch (error) {
        open = undefined;
        throw error;
      }
    },
  };
}

function scriptOf(digest: string, bytes: Uint8Array): string {
  if (sha256(bytes) !== digest) throw new ArchiveUnusable(`These bytes are not the decision core ${digest}.`);
  const contract = contractOf(bytes);
  if (RUNNABLE_CONTRACTS.includes(contract)) return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  const fault = contract === undefined ? 'has no first line that names its contract' : `has contract ${contract}`;
  throw new ArchiveUnusable(
    `The decision core ${digest} ${fault}, and this release runs contract ${RUNNABLE_CONTRACTS.join(' and ')}: replay with the release that made the core.`,
  );
}

/**
 * Opens a model package without comparing its features with this release: the core that scored with it has them.
 * @throws ArchiveUnusable when the bytes are another package; the runtime's own error for a model that it cannot run.
 */
export async function openModel(packageDigest: string, manifest: Uint8Array, model: Uint8Array): Promise<ReplayModel> {
  if (sha256(manifest) !== packageDigest) throw new ArchiveUnusable(`These bytes are not the model ${packageDigest}.`);
  const archived = JSON.parse(new TextDecoder().decode(manifest)) as ArchivedManifest;
  const { files, features } = packageOf(archived);
  if (sha256(model) !== files['model.onnx']) {
    throw new ArchiveUnusable(`The model of ${packageDigest} does not have the digest that its manifest gives.`);
  }
  const session = await openSession(model, features.length);
  await session.margins(new Float32Array(features.length), 0);
  const { runtime, steps } = session;
  return { manifest: archived, runtime, steps, margins: (rows, shift) => session.margins(rows, shift) };
}
