import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { sha256 } from '../../domain/ledger/canonical-json.ts';
import { fileDigests } from '../../domain/scoring/archived-files.ts';
import { modelPackage, type ModelPackage } from '../../domain/scoring/model-package.ts';
import {
  EvidenceMissing,
  ModelMissing,
  type EvidenceStore,
  type Models,
  type PackageFiles,
  type ReleasedModel,
  type Scorer,
} from '../ports.ts';
import { ModelPackageDamaged, openPackage, readPackage } from './scorer.ts';

interface PackageFolder extends ReleasedModel {
  readonly folder: string;
}

/**
 * Opens model packages of a release, and packages of the archive.
 * @param folder of the release's packages, `ID/VERSION/` each.
 * @param archive where the files of each package are put before it is used. They name no person, so they are in clear, each
 * under its SHA-256. Without an archive, nothing may be decided with the models.
 */
export function packagedModels(folder: string, archive?: EvidenceStore): Models {
  let folders: readonly PackageFolder[] | undefined;
  const packages = (): readonly PackageFolder[] => (folders ??= packagesIn(folder));
  const opened = new Map<string, Promise<Scorer>>();

  async function open(digest: string): Promise<Scorer> {
    const released = packages().find((each) => each.digest === digest);
    if (!released) return openPackage(await archivedFiles(digest, archive), digest);
    const files = await readPackage(released.folder);
    const scorer = await openPackage(files, digest);
    if (archive) await put(files, archive);
    return scorer;
  }
  return {
    released: async () => packages(),
    manifestOf: async (digest) => {
      const released = packages().find((each) => each.digest === digest);
      return released?.manifest ?? manifestIn(await archivedObject(digest, digest, archive), digest);
    },
    open: (digest) => {
      const known = opened.get(digest);
      if (known) return known;
      const made = open(digest).catch((error: unknown) => {
        // The next call tries again.
        opened.delete(digest);
        throw error;
      });
      opened.set(digest, made);
      return made;
    },
    keep: async (files) => {
      if (!archive) throw new TypeError('These models have no archive: keep packages where models decide.');
      await put(files, archive);
      return sha256(files.manifest);
    },
  };
}

/** The manifest is last, so that a package with a manifest in the archive is complete. */
async function put({ manifest, model, reference }: PackageFiles, archive: EvidenceStore): Promise<void> {
  await Promise.all([archive.put(model), archive.put(reference)]);
  await archive.put(manifest);
}

async function archivedFiles(digest: string, archive: EvidenceStore | undefined): Promise<PackageFiles> {
  const get = (address: string) => archivedObject(address, digest, archive);
  const manifest = await get(digest);
  const { model, reference } = filesOf(manifest, digest);
  return { manifest, model: await get(model), reference: await get(reference) };
}

/** Reads one file of a package from the archive. @param digest the package's. @throws ModelMissing */
async function archivedObject(
  address: string,
  digest: string,
  archive: EvidenceStore | undefined,
): Promise<Uint8Array> {
  const missing = () =>
    new ModelMissing(`Neither this release nor the archive has the model package ${digest}: register it, then resume.`);
  if (!archive) throw missing();
  try {
    return await archive.get(address);
  } catch (error) {
    throw error instanceof EvidenceMissing ? missing() : error;
  }
}

function manifestIn(bytes: Uint8Array, digest: string): ModelPackage {
  try {
    return modelPackage.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    throw damaged(digest, cause);
  }
}

const damaged = (digest: string, cause: unknown): ModelPackageDamaged =>
  new ModelPackageDamaged(`The archived object ${digest} is no manifest of version 2: promote another package.`, {
    cause,
  });

/** The addresses of a package's other files. @throws ModelPackageDamaged for bytes that are no manifest of version 2 */
function filesOf(manifest: Uint8Array, digest: string): { readonly model: string; readonly reference: string } {
  let cause: unknown;
  try {
    const { model, reference } = fileDigests(manifest);
    if (reference !== null) return { model, reference };
  } catch (error) {
    cause = error;
  }
  throw damaged(digest, cause);
}

function packagesIn(folder: string): PackageFolder[] {
  const paths = globSync('*/*/manifest.json', { cwd: folder });
  return paths.map((path) => packageAt(join(folder, path))).toSorted(byIdAndVersion);
}

/** The order of releases: by id, then by the numbers of the version. */
function byIdAndVersion(one: ReleasedModel, other: ReleasedModel): number {
  const keyOf = ({ manifest }: ReleasedModel) => `${manifest.id} ${manifest.version}`;
  return keyOf(one).localeCompare(keyOf(other), 'en', { numeric: true });
}

function packageAt(path: string): PackageFolder {
  const bytes = readFileSync(path);
  try {
    const manifest = modelPackage.parse(JSON.parse(bytes.toString('utf8')));
    return { digest: sha256(bytes), manifest, folder: dirname(path) };
  } catch (cause) {
    throw new ModelPackageDamaged(`${path} is not a manifest of version 2. Restore the package from the release.`, {
      cause,
    });
  }
}
