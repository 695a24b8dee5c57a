import type { OpenModel } from '../adapters/ports.ts';
import { featureRow, type FeatureVector } from '../domain/features/build.ts';
import { sha256 } from '../domain/ledger/canonical-json.ts';
import { reasonGroups } from '../domain/scoring/score.ts';
import { COLUMNS } from './columns.ts';

/** The worst fifth is beyond the cut-off; the tenth before it is at or slightly better than the cut-off. */
export const CUTOFF_PERCENTILE = 80;
export const BAND_FROM_PERCENTILE = 70;

export interface ReferenceSet {
  readonly cutoffPd: number;
  readonly bandFromPd: number;
  readonly applicants: readonly FeatureVector[];
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
  return { cutoffPd, bandFromPd, applicants, sha256: sha256(featuresCsv(applicants)) };
}

/**
 * The reference value of each feature, in the catalogue's order, as float32. For each fact these are the values of one
 * reference applicant: of those whose part of the margin is nearest to the mean part and not above it, the middle one. So a
 * fact at its reference values counts no more against an applicant than it does on average among the reference applicants.
 */
export async function referenceValues(session: OpenModel, applicants: readonly FeatureVector[]): Promise<number[]> {
  const rows = applicants.map((vector) => featureRow(vector, COLUMNS));
  const columns = COLUMNS.length;
  const medians = COLUMNS.map((_, column) =>
    nearestRank(rows.map((row) => row[column] ?? Number.NaN).sort(ascending), 50),
  );
  const baseline = Float32Array.from(medians);
  for (const group of reasonGroups({ features: COLUMNS })) {
    const own = [...COLUMNS.keys()].filter((column) => COLUMNS[column]?.group === group);
    const batch = new Float32Array(rows.length * columns);
    for (const [index, row] of rows.entries()) {
      batch.set(medians, index * columns);
      for (const column of own) batch[index * columns + column] = row[column] ?? Number.NaN;
    }
    const margins = await session.margins(batch, 0);
    const mean = margins.reduce((sum, margin) => sum + margin, 0) / margins.length;
    // Rounding alone can put the mean of equal margins below all of them.
    const below = margins.filter((margin) => margin <= mean + 1e-6);
    const nearest = below.reduce((best, margin) => Math.max(best, margin), -Infinity);
    const middle = rows
      .filter((_, index) => margins[index] === nearest)
      .map((row) => own.map((column) => row[column] ?? Number.NaN))
      .sort((a, b) => a.map((value, at) => value - (b[at] ?? 0)).find((difference) => difference !== 0) ?? 0);
    for (const [at, value] of (middle[Math.ceil(middle.length / 2) - 1] ?? []).entries())
      baseline[own[at] ?? 0] = value;
  }
  return [...baseline];
}

const ascending = (a: number, b: number): number => a - b;

/** A header of names, then one line an applicant; a missing value is empty. */
export function featuresCsv(vectors: readonly FeatureVector[]): string {
  const lines = vectors.map((vector) => COLUMNS.map(({ name }) => vector[name] ?? '').join(','));
  return `${[COLUMNS.map(({ name }) => name).join(','), ...lines].join('\n')}\n`;
}

function nearestRank(sorted: ArrayLike<number>, percentile: number): number {
  return sorted[Math.ceil((percentile / 100) * sorted.length) - 1] ?? Number.NaN;
}
