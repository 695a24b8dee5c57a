import { misfitsOf, MODEL_USES, type PolicyModel } from '@underwright/policy-compiler/module';

import type { ProductName } from '../application/products.ts';
import type { LendingMode } from '../lender.ts';
import type { ModelPackage } from './model-package.ts';

/** What a compiled policy takes from a model. */
interface ModelReader {
  readonly product: ProductName;
  /** As its module exports it. Undefined for a text without a section `model`, which may use a score in every way. */
  readonly model: PolicyModel | undefined;
}

const EVERY_USE: PolicyModel = { purpose: 'default', uses: MODEL_USES, cutoffs: [], bands: {} };

/**
 * Names everything that keeps a package from serving a policy in a lending mode: a product, use or mode that the package
 * does not allow, and a cut-off or band that it lacks or names otherwise.
 * @returns sentences; none where the package serves.
 */
export function packageFaults(
  { product, model = EVERY_USE }: ModelReader,
  manifest: Pick<ModelPackage, 'id' | 'version' | 'purpose' | 'allowed' | 'cutoffs' | 'bands'>,
  mode: LendingMode,
): string[] {
  const inMode = manifest.allowed.filter(({ modes }) => modes.includes(mode));
  return misfitsOf({ product, model }, { ...manifest, allowed: inMode }).map(({ what, name, fault }) => {
    const limited = what === 'product' || what === 'use';
    const otherwise = manifest.allowed.find(
      (each) => each.product === product && (what === 'product' || each.uses.some((use) => use === name)),
    );
    const where = limited ? ` in ${mode} mode` : '';
    const because = limited && otherwise ? `: ${otherwise.because.replace(/\.$/, '')}` : '';
    return `${manifest.id} ${manifest.version} ${fault}${where}${because}.`;
  });
}
