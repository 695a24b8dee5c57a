/** The models and policies of this release, by digest. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { openPackage, readPackage } from '../../adapters/onnx/scorer.ts';
import type { ReplayModel } from '../../domain/decision/replay.ts';
import { sha256 } from '../../domain/ledger/canonical-json.ts';
import type { PolicyInForce } from '../../domain/products/product.ts';
import type { PolicyModule } from '../../packages/policy-compiler/module.ts';

/** Models by package digest, policies by digest. */
export interface Archive {
  readonly model: (packageDigest: string) => ReplayModel | undefined;
  readonly policy: (digest: string) => PolicyInForce | undefined;
}

/**
 * Loads every model package and every policy version under a release's folder. A policy is known by the digest of the
 * very text that is run.
 * @throws ModelPackageDamaged
 */
export async function loadArchive(release: string): Promise<Archive> {
  const folders = (...path: string[]) =>
    readdirSync(join(release, ...path), { withFileTypes: true })
      .filter((each) => each.isDirectory())
      .map(({ name }) => join(release, ...path, name));
  const models = new Map<string, ReplayModel>();
  for (const id of folders('models')) {
    for (const version of readdirSync(id)) {
      const model = await openPackage(await readPackage(join(id, version)));
      models.set(model.packageDigest, model);
    }
  }
  const policies = new Map<string, PolicyInForce>();
  for (const product of folders('policies')) {
    for (const version of readdirSync(product)) {
      const path = join(product, version, 'policy.js');
      const digest = sha256(readFileSync(path, 'utf8'));
      policies.set(digest, { digest, module: (await import(pathToFileURL(path).href)) as PolicyModule });
    }
  }
  return { model: (digest) => models.get(digest), policy: (digest) => policies.get(digest) };
}
