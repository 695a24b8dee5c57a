import type { ProductName } from '../domain/application/products.ts';
import type { LendingMode, PolicyInForce } from '../domain/products/product.ts';
import { POLICIES } from '../policies/index.ts';

export class LendingModeUnknown extends Error {
  override readonly name = 'LendingModeUnknown';
}

/** Which compiled policy decides about each product, and the SHA-256 of its text. */
export function policiesInForce(): { product: string; version: string; digest: string }[] {
  return Object.entries(POLICIES).map(([product, { module, digest }]) => ({
    product,
    version: module.policy.version,
    digest,
  }));
}

/** The policy in force for a product. */
export function policyOf(product: ProductName): PolicyInForce {
  return POLICIES[product];
}

/**
 * What the deployment is for, from the environment variable LENDING_MODE: one that forgets to say so decides nothing.
 * @throws LendingModeUnknown
 */
export function lendingMode(): LendingMode {
  const mode = process.env['LENDING_MODE'];
  if (mode === 'sandbox' || mode === 'production') return mode;
  throw new LendingModeUnknown('The environment variable LENDING_MODE is neither sandbox nor production: set one.');
}
