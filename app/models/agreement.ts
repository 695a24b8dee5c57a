import type { ModelPackage } from '../../domain/scoring/model-package.ts';
import { overlapOfLargest, treeContributions, type TreeContributions, type Trees } from '../../domain/scoring/trees.ts';
import { groupOfColumns, type Basis } from './reference.ts';
import { inventedRows } from './samples.ts';

/** The smallest share of the four largest contributions that substitution and exact Shapley values have in common. */
export const MIN_AGREEMENT = 0.95;
const LARGEST = 4;

/** How well substitution of groups agrees with exact interventional Shapley values. */
export interface Agreement {
  readonly rows: number;
  /** Mean share of the four largest contributions that both have, 0 to 1, rounded down to six decimals. */
  readonly topFour: number;
  /** Share of the rows in which both have the same largest contribution, 0 to 1. */
  readonly first: number;
  /** Share of the rows in which both have the same four, 0 to 1. */
  readonly same: number;
}

/** Compares both measures over rows of applicants. @param rows at least one. */
export function agreementOver(
  trees: Trees,
  { features, reference }: Basis,
  rows: readonly ArrayLike<number>[],
): Agreement {
  return agreementOf(treeContributions(trees, groupOfColumns(features), rows, reference.rows));
}

/** The agreement of the contributions of rows. @param found at least one. */
export function agreementOf(found: readonly TreeContributions[]): Agreement {
  const overlaps = (top: number): number[] =>
    found.map(({ exact, substituted }) => overlapOfLargest(substituted, exact, top));
  const four = overlaps(LARGEST);
  return {
    rows: found.length,
    topFour: Math.floor(mean(four) * 1e6) / 1e6,
    first: mean(overlaps(1)),
    same: mean(four.map((each) => Number(each === 1))),
  };
}

/** Fewer rows than these show nothing about other applicants. */
const MIN_FROZEN_ROWS = 5;
const MIN_REFERENCE_ROWS = 100;
/** Invented applicants are stranger than those of the reference. */
const INVENTED = 200;
const MIN_AGREEMENT_OF_INVENTED = 0.9;

/**
 * Requires the agreement among rows that cannot raise it: each row once, no frozen row, and only rows with a reason. Invented
 * applicants have to agree as well.
 * @param found contributions of the reference rows.
 */
export function strictAgreement(
  trees: Trees,
  manifest: ModelPackage,
  reference: readonly (readonly number[])[],
  found: readonly TreeContributions[],
): { readonly faults: readonly string[]; readonly detail: string } {
  const frozen = new Map(manifest.reference.rows.map((row) => [keyOf(row), row]));
  const distinct = new Map(reference.map((row, at) => [keyOf(row), found[at]!]));
  const faults: string[] = [];
  if (frozen.size < MIN_FROZEN_ROWS) {
    faults.push(`reference.rows has ${frozen.size} distinct rows, and ${MIN_FROZEN_ROWS} are required.`);
  }
  if (distinct.size < MIN_REFERENCE_ROWS) {
    faults.push(`reference.csv has ${distinct.size} distinct rows, and ${MIN_REFERENCE_ROWS} are required.`);
  }
  const own = agreementOfReasons([...distinct].filter(([key]) => !frozen.has(key)).map(([, each]) => each));
  const rows = inventedRows(manifest.features, reference, INVENTED, 4);
  const groupOf = groupOfColumns(manifest.features);
  const invented = agreementOfReasons(treeContributions(trees, groupOf, rows, manifest.reference.rows));
  for (const [measured, limit, name] of [
    [own, MIN_AGREEMENT, 'distinct reference applicants outside reference.rows'],
    [invented, MIN_AGREEMENT_OF_INVENTED, 'invented applicants'],
  ] as const) {
    if (measured.share >= limit) continue;
    faults.push(
      `Among ${measured.rows} ${name}, ${percent(measured.share)} of the four largest contributions are those of exact SHAP values, and ${percent(limit)} are required. Train shallower trees.`,
    );
  }
  const detail =
    `Among ${own.rows} distinct applicants outside reference.rows with a reason it is ${percent(own.share)}, ` +
    `and among ${invented.rows} invented applicants ${percent(invented.share)}.`;
  return { faults, detail };
}

/** Rows are equal where the model reads the same float32. */
const keyOf = (row: ArrayLike<number>): string => Float32Array.from(row).join();

const percent = (value: number): string => `${(value * 100).toFixed(2)} %`;

/** The mean overlap of rows with a contribution above zero. Without such rows it is 0. */
function agreementOfReasons(found: readonly TreeContributions[]) {
  const overlaps = found
    .filter(({ exact }) => exact.some((value) => value > 0))
    .map(({ exact, substituted }) => overlapOfLargest(substituted, exact, LARGEST));
  return { rows: overlaps.length, share: overlaps.length === 0 ? 0 : mean(overlaps) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
