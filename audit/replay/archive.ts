import type { EvidenceStore } from '../../adapters/ports.ts';
import { buildCore } from '../../core/build.ts';
import { sha256 } from '../../domain/ledger/canonical-json.ts';
import { fileDigests } from '../../domain/scoring/archived-files.ts';
import { ReplayFailed, type ReplayProcess } from './process.ts';

export interface CoreToReplayWith {
  readonly digest: string;
  /** Whether it is the archived one that the decision names, and not this release's. */
  readonly archived: boolean;
}

/** Finds cores and models by their digests and gives each to the replay process once. */
export interface ReplayArchive {
  /** The core that a decision names. @throws EvidenceMissing, EvidenceDamaged, ReplayFailed */
  named(digest: string): Promise<CoreToReplayWith>;
  /** This release's core. */
  ofThisRelease(): Promise<CoreToReplayWith>;
  /**
   * Gives a model, if it is in the store and can be opened; a replay without it reports the difference.
   * @throws NativeLibraryUnavailable, because no model can be opened then.
   */
  model(packageDigest: string): Promise<void>;
}

export function replayArchive(store: Pick<EvidenceStore, 'get'>, process: ReplayProcess): ReplayArchive {
  const given = new Map<string, Promise<void>>();
  const once = (digest: string, give: () => Promise<void>): Promise<void> => {
    const earlier = given.get(digest) ?? give();
    given.set(digest, earlier);
    return earlier;
  };
  let built: Promise<{ digest: string; module: Uint8Array }> | undefined;
  const own = () => (built ??= buildCore().then((module) => ({ digest: sha256(module), module })));
  return {
    async named(digest) {
      await once(digest, async () => {
        const module = await store.get(digest);
        const isOwn = digest === (await own()).digest;
        await process.core(digest, module, isOwn ? 'NODE' : 'QUICKJS');
      });
      return { digest, archived: true };
    },
    async ofThisRelease() {
      const { digest, module } = await own();
      await once(digest, () => process.core(digest, module, 'NODE'));
      return { digest, archived: false };
    },
    model: (packageDigest) =>
      once(packageDigest, async () => {
        const found = await archivedModel(store, packageDigest);
        if (!found) return;
        await process.model(packageDigest, found.manifest, found.model).catch((error: unknown) => {
          if (!(error instanceof ReplayFailed)) throw error;
        });
      }),
  };
}

interface ModelFiles {
  readonly manifest: Uint8Array;
  readonly model: Uint8Array;
}

/** The last two are of a manifest that is none. */
const UNUSABLE = ['EvidenceMissing', 'EvidenceDamaged', 'SyntaxError', 'ZodError'];

/** A manifest lies under the digest by which decisions name the package, and names the digest of its model. */
async function archivedModel(
  store: Pick<EvidenceStore, 'get'>,
  packageDigest: string,
): Promise<ModelFiles | undefined> {
  try {
    const manifest = await store.get(packageDigest);
    return { manifest, model: await store.get(fileDigests(manifest).model) };
  } catch (error) {
    // `verify` names a package that is missing or damaged.
    if (UNUSABLE.includes((error as Error).name)) return undefined;
    throw error;
  }
}
