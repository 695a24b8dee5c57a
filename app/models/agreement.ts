import { overlapOfLargest, treeContributions, type Trees } from '../../domain/scoring/trees.ts';
import { groupOfColumns, type Basis } from './reference.ts';

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
  const found = treeContributions(trees, groupOfColumns(features), rows, reference.rows);
  const overlaps = (top: number): number[] =>
    found.map(({ exact, substituted }) => overlapOfLargest(substituted, exact, top));
  const four = overlaps(LARGEST);
  return {
    rows: rows.length,
    topFour: Math.floor(mean(four) * 1e6) / 1e6,
    first: mean(overlaps(1)),
    same: mean(four.map((each) => Number(each === 1))),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
