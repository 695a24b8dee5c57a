import { join } from 'node:path';

import { packagedModels } from '../adapters/onnx/models.ts';
import { ModelMissing, type ReleasedModel, type Scorer } from '../adapters/ports.ts';
import { newestReleased } from '../app/models/models.ts';
import type { ProductName } from '../domain/application/products.ts';
import type { ModelPackage } from '../domain/scoring/model-package.ts';

const models = packagedModels(join(import.meta.dirname, '..', 'models'));

/** Returns the model packages of this release. */
export const releasedModels = (): Promise<readonly ReleasedModel[]> => models.released();

/** Opens the newest model package of this release for a product, in sandbox mode. @throws ModelMissing */
export async function releasedModel(product: ProductName): Promise<Scorer> {
  const newest = newestReleased(await models.released(), product, 'sandbox');
  if (!newest) throw new ModelMissing(`This release has no model package for ${product}.`);
  return models.open(newest.digest);
}

/** The manifests of the model packages of this release. */
export async function releasedPackages(): Promise<ModelPackage[]> {
  return (await models.released()).map(({ manifest }) => manifest);
}
