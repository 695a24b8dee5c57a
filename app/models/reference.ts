import type { OpenModel } from '../../adapters/ports.ts';
import { reasonGroups, toMicros } from '../../domain/scoring/score.ts';
import { flatRows } from './table.ts';

/** The reference applicants of reasons. Their probability is from the lower end of the band to the cut-off, both included. */
export interface ReferenceSet {
  readonly cutoffPd: number;
  readonly bandFromPd: number;
  /** Positions in the table. */
  readonly applicants: readonly number[];
}

export function referenceSet(
  pds: Float32Array,
  { fromPercentile, toPercentile }: { readonly fromPercentile: number; readonly toPercentile: number },
): ReferenceSet {
  const sorted = pds.toSorted();
  const cutoffPd = nearestRank(sorted, toPercentile);
  const bandFromPd = nearestRank(sorted, fromPercentile);
  const applicants = [...pds.keys()].filter((at) => {
    const pd = pds[at] ?? Number.NaN;
    return bandFromPd <= pd && pd <= cutoffPd;
  });
  return { cutoffPd, bandFromPd, applicants };
}

export function nearestRank(sorted: ArrayLike<number>, percentile: number): number {
  return sorted[Math.ceil((percentile / 100) * sorted.length) - 1] ?? Number.NaN;
}

type Features = readonly { readonly group: string }[];

/** What explanations of a package in the making need. */
export interface Basis {
  readonly features: Features;
  readonly reference: { readonly rows: readonly (readonly number[])[] };
}

/** The columns of each group, in the order of the groups of an explanation. */
function groupColumns(features: Features): (readonly number[])[] {
  return reasonGroups({ features }).map((group) =>
    [...features.keys()].filter((column) => features[column]?.group === group),
  );
}

/** The number of the group of each column, in the order of the groups of an explanation. */
export function groupOfColumns(features: Features): number[] {
  const groups: readonly string[] = reasonGroups({ features });
  return features.map(({ group }) => groups.indexOf(group));
}

/**
 * The reference row of a model whose margin is a sum over its groups, as float32. For each group these are the values of one
 * reference applicant: of those whose part of the margin is nearest to the mean part and not above it, the middle one. So a
 * group at its reference values counts no more against an applicant than it does on average among the reference applicants.
 * @param applicants rows of features, at least one.
 */
export async function referenceRow(
  model: OpenModel,
  features: Features,
  applicants: readonly (readonly number[])[],
): Promise<number[]> {
  const rows = applicants.map((row) => Float32Array.from(row));
  const medians = features.map((_, column) =>
    nearestRank(rows.map((row) => row[column] ?? Number.NaN).sort(ascending), 50),
  );
  const reference = Float32Array.from(medians);
  for (const own of groupColumns(features)) {
    const margins = await model.margins(substituted(medians, rows, own), 0);
    const mean = margins.reduce((sum, margin) => sum + margin, 0) / margins.length;
    // Rounding alone can put the mean of equal margins below all of them.
    const below = margins.filter((margin) => margin <= mean + 1e-6);
    const nearest = below.reduce((best, margin) => Math.max(best, margin), -Infinity);
    const middle = rows
      .filter((_, index) => margins[index] === nearest)
      .map((row) => own.map((column) => row[column] ?? Number.NaN))
      .sort(byValues);
    for (const [at, value] of (middle[Math.ceil(middle.length / 2) - 1] ?? []).entries())
      reference[own[at] ?? 0] = value;
  }
  return [...reference];
}

/** A row for each applicant: the base with the applicant's own values in some columns. */
function substituted(
  base: readonly number[],
  rows: readonly ArrayLike<number>[],
  own: readonly number[],
): Float32Array {
  const batch = new Float32Array(rows.length * base.length);
  for (const [index, row] of rows.entries()) {
    batch.set(base, index * base.length);
    for (const column of own) batch[index * base.length + column] = row[column] ?? Number.NaN;
  }
  return batch;
}

const ascending = (a: number, b: number): number => a - b;

function byValues(a: readonly number[], b: readonly number[]): number {
  return a.map((value, at) => value - (b[at] ?? 0)).find((difference) => difference !== 0) ?? 0;
}

/**
 * Reference applicants spread evenly from the lowest probability to the highest, as float32.
 * @param count more than there are applicants gives all of them.
 */
export function frozenRows(
  applicants: readonly (readonly number[])[],
  pds: readonly number[],
  count: number,
): number[][] {
  const order = [...applicants.keys()].sort((a, b) => (pds[a] ?? 0) - (pds[b] ?? 0) || a - b);
  const chosen = Math.min(count, order.length);
  return Array.from({ length: chosen }, (_, step) => {
    const at = order[Math.floor(((step + 0.5) * order.length) / chosen)] ?? 0;
    return [...Float32Array.from(applicants[at] ?? [])];
  });
}

/** Mean contribution of each group over the reference applicants of an additive or linear model, in log-odds, to 1e-6. */
export async function groupMeans(
  model: OpenModel,
  { features, reference }: Basis,
  applicants: readonly (readonly number[])[],
): Promise<Record<string, number>> {
  const row = reference.rows[0] ?? [];
  const [base = Number.NaN] = await model.margins(flatRows([row]), 0);
  const means: [string, number][] = [];
  for (const [place, own] of groupColumns(features).entries()) {
    const margins = await model.margins(substituted(row, applicants, own), 0);
    let sum = 0;
    for (const margin of margins) sum += margin - base;
    means.push([reasonGroups({ features })[place] ?? '', toMicros(sum / applicants.length) / 1e6]);
  }
  return Object.fromEntries(means);
}
