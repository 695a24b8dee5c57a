import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { sha256 } from '../../domain/ledger/canonical-json.ts';
import { modelPackage } from '../../domain/scoring/model-package.ts';
import { ModelMissing, type EvidenceStore, type Models, type ReleasedModel, type Scorer } from '../ports.ts';
import { ModelPackageDamaged, openPackage, readPackage } from './scorer.ts';

interface PackageFolder extends ReleasedModel {
  readonly folder: string;
}

/**
 * Opens model packages of a release.
 * @param folder of the packages, such as `models`.
 * @param archive where the files of each package are put before it is used. They name no person, so they are in clear, each
 * under its SHA-256. Without an archive, nothing may be decided with the models.
 */
export function packagedModels(folder: string, archive?: EvidenceStore): Models {
  let folders: readonly PackageFolder[] | undefined;
  const packages = (): readonly PackageFolder[] => (folders ??= packagesIn(folder));
  const opened = new Map<string, Promise<Scorer>>();

  async function open(digest: string): Promise<Scorer> {
    const found = packages().find((each) => each.digest === digest);
    if (!found) {
      throw new ModelMissing(`This release has no model package ${digest}: deploy a release that has it, then resume.`);
    }
    const scorer = await openPackage(await readPackage(found.folder), digest);
    if (archive) await Promise.all(scorer.files.map((file) => archive.put(file)));
    return scorer;
  }
  return {
    released: async () => packages(),
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
  };
}

function packagesIn(folder: string): PackageFolder[] {
  const paths = globSync(['*/manifest.json', '*/*/manifest.json'], { cwd: folder });
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
    throw new ModelPackageDamaged(`${path} is not a manifest. Restore the package from the release.`, { cause });
  }
}
