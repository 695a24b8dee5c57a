import type { FeatureVector } from '../domain/features/build.ts';
import { FEATURES } from '../domain/features/catalogue.ts';
import { sha256 } from '../domain/ledger/canonical-json.ts';

/** The worst fifth is beyond the cut-off; the tenth before it is at or slightly better than the cut-off. */
export const CUTOFF_PERCENTILE = 80;
export const BAND_FROM_PERCENTILE = 70;

export interface ReferenceSet {
  readonly cutoffPd: number;
  readonly bandFromPd: number;
  readonly applicants: readonly FeatureVector[];
  /** Lower median of each feature among the applicants, in the catalogue's order, as float32. */
  readonly baseline: number[];
  readonly sha256: string;
}

/** The applicants that reasons are measured against: PD from the lower end of the band to the cut-off, both included. */
export function referenceSet(vectors: readonly FeatureVector[], pds: Float32Array): ReferenceSet {
  const sorted = pds.toSorted();
  const cutoffPd = nearestRank(sorted, CUTOFF_PERCENTILE);
  const bandFromPd = nearestRank(sorted, BAND_FROM_PERCENTILE);
  const applicants = vectors.filter((_, index) => {
    const pd = pds[index] ?? Number.NaN;
    return bandFromPd <= pd && pd <= cutoffPd;
  });
  const baseline = FEATURES.map(({ name }) => {
    const values = applicants.flatMap((vector) => vector[name] ?? []).sort((a, b) => a - b);
    return Math.fround(nearestRank(values, 50));
  });
  return { cutoffPd, bandFromPd, applicants, baseline, sha256: sha256(featuresCsv(applicants)) };
}

/** A header of names, then one line an applicant; a missing value is empty. */
export function featuresCsv(vectors: readonly FeatureVector[]): string {
  const lines = vectors.map((vector) => FEATURES.map(({ name }) => vector[name] ?? '').join(','));
  return `${[FEATURES.map(({ name }) => name).join(','), ...lines].join('\n')}\n`;
}

function nearestRank(sorted: ArrayLike<number>, percentile: number): number {
  return sorted[Math.ceil((percentile / 100) * sorted.length) - 1] ?? Number.NaN;
}
