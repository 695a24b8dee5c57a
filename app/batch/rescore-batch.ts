import * as z from 'zod';

import type { Files, Models, Scorer } from '../../adapters/ports.ts';
import { PRODUCT_NAMES, type ProductName } from '../../domain/application/products.ts';
import type { JsonObject } from '../../domain/json.ts';
import { canonicalJson, sha256 } from '../../domain/ledger/canonical-json.ts';
import { decidingLender, type LendingSettings } from '../../domain/lender.ts';
import type { PolicyInForce } from '../../domain/products/product.ts';
import { itemOfRow } from '../../domain/rescoring/item.ts';
import { rescore, type Rescored } from '../../domain/rescoring/rescore.ts';
import { tally, tallyOf } from '../../domain/rescoring/tally.ts';
import { batch, type Contract, type UseCase } from '../contracts.ts';
import { COMPILED_POLICIES, newestPolicy, PolicyMissing, type Policies } from '../governance/policies.ts';
import { newestReleased } from '../models/models.ts';

/** Re-scores one chunk of a batch. `rescoringItem` checks each item. */
export const contract = {
  input: z.strictObject({ items: z.array(z.unknown()).min(1), batch }),
  /** `part`: the key of the file with an outcome or a named failure a line. */
  output: tally.extend({ part: z.string() }),
} as const satisfies Contract;

export interface RescoringPorts {
  readonly batchFiles: Files;
  readonly models: Models;
  readonly lending: LendingSettings;
}

/**
 * Decides the items of one part of a batch anew and writes them as a file, one a line. The file is named after all that it
 * is made from: the same part again, of a repeated call or of a second run of the batch, is found and not made.
 */
export function rescoreBatch(ports: RescoringPorts, policies: Policies = COMPILED_POLICIES): UseCase<typeof contract> {
  return async ({ items, batch }) => {
    const { mode } = ports.lending;
    const lender = decidingLender(ports.lending.lender);
    const scorers = await scorersOf(ports);
    const champion = named(batch.champion, policies);
    const candidate = named(batch.candidate, policies);
    const inForce = (product: ProductName): PolicyInForce =>
      champion?.product === product ? champion.policy : newestPolicy(product, policies);
    const made = canonicalJson({
      items,
      format: batch.format,
      mode,
      lender,
      models: Object.fromEntries([...scorers].map(([product, { packageDigest }]) => [product, packageDigest])),
      champions: Object.fromEntries(PRODUCT_NAMES.map((product) => [product, inForce(product).digest])),
      candidate: candidate?.policy.digest ?? null,
    });
    const part = `results/${batch.batchId}/parts/${sha256(made)}.jsonl`;
    const earlier = await ports.batchFiles.read(part);
    if (earlier) return { part, ...tallyOf(linesOf(earlier)) };
    const lines = await rescore(batch.format === 'CSV' ? items.map((row) => itemOfRow(row as JsonObject)) : items, {
      mode,
      lender,
      model: (product) => scorers.get(product),
      champion: inForce,
      candidate: (product) => (candidate?.product === product ? candidate.policy : undefined),
    });
    await ports.batchFiles.write(part, Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join('')));
    return { part, ...tallyOf(lines) };
  };
}

/** The newest package of the release for each product that has one. A file decides nothing, so it needs no promotion. */
async function scorersOf({ models, lending }: RescoringPorts): Promise<Map<ProductName, Scorer>> {
  const released = await models.released();
  const scorers = new Map<ProductName, Scorer>();
  for (const product of PRODUCT_NAMES) {
    const newest = newestReleased(released, product, lending.mode);
    if (newest) scorers.set(product, await models.open(newest.digest));
  }
  return scorers;
}

function linesOf(bytes: Uint8Array): Rescored[] {
  const lines = Buffer.from(bytes).toString('utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Rescored);
}

/** @param reference `PRODUCT@VERSION` or `PRODUCT@DIGEST` of a compiled policy; null: none is named. @throws PolicyMissing */
function named(
  reference: string | null,
  policies: Policies,
): { readonly product: ProductName; readonly policy: PolicyInForce } | undefined {
  if (reference === null) return undefined;
  const [name, version] = reference.split('@');
  const product = PRODUCT_NAMES.find((one) => one === name);
  const policy =
    product && policies[product].find((one) => one.module.policy.version === version || one.digest === version);
  if (product && policy) return { product, policy };
  throw new PolicyMissing(
    `This release has no policy ${reference}: name one of its compiled versions, as personal-loan@1.0.0.`,
  );
}
