import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Stage } from '../stages/stage.ts';
import { MODELS_FOLDER } from './bundling.ts';

const FOLDER = join(import.meta.dirname, '..', MODELS_FOLDER);

/** A product, and a model package of this release that may score it. */
export interface ScoredProduct {
  readonly product: string;
  /** `ID@VERSION` of the package. */
  readonly model: string;
  /** SHA-256 of its manifest.json. */
  readonly digest: string;
  /** The share of each score band in the training data, from the lowest band. */
  readonly shares: readonly number[];
}

/** What the alarms read of manifest.json. */
interface Manifest {
  readonly id: string;
  readonly version: string;
  readonly allowed: readonly { readonly product: string; readonly modes: readonly string[] }[];
  readonly scoreBands: { readonly shares: readonly number[] };
}

/** Lists the products of a stage's mode with each released model package that is allowed for them. */
export function scoredProducts({ mode }: Stage): ScoredProduct[] {
  return globSync('*/*/manifest.json', { cwd: FOLDER })
    .toSorted()
    .flatMap((path) => {
      const bytes = readFileSync(join(FOLDER, path));
      const { id, version, allowed, scoreBands } = JSON.parse(bytes.toString('utf8')) as Manifest;
      const digest = createHash('sha256').update(bytes).digest('hex');
      const permitted = allowed.filter(({ modes }) => modes.includes(mode));
      return permitted.map(({ product }) => ({
        product,
        model: `${id}@${version}`,
        digest,
        shares: scoreBands.shares,
      }));
    });
}
