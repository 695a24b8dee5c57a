import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';

import { leafSum, overlapOfLargest, treeContributions, type Leaf, type Trees } from '../../../domain/scoring/trees.ts';
import { scaled } from '../../support/scale.ts';

const COLUMNS = 5;
/** Columns 1 and 2 are one group. */
const GROUP_OF = [0, 1, 1, 2, 3];
const GROUPS = 4;

interface Split {
  readonly column: number;
  readonly at: number;
}

/** A full tree of depth 3: seven comparisons and eight leaves. */
function treeOf(splits: readonly Split[], weights: readonly number[]): Leaf[] {
  return weights.map((weight, leaf) => {
    const path = new Map<number, { column: number; from: number; below: number }>();
    let node = 0;
    for (const bit of [4, 2, 1]) {
      const { column, at } = splits[node]!;
      const condition = path.get(column) ?? { column, from: -Infinity, below: Infinity };
      const right = (leaf & bit) !== 0;
      path.set(
        column,
        right
          ? { ...condition, from: Math.max(condition.from, at) }
          : { ...condition, below: Math.min(condition.below, at) },
      );
      node = 2 * node + (right ? 2 : 1);
    }
    return { weight, path: [...path.values()] };
  });
}

const value = fc.integer({ min: 0, max: 9 });
const split = fc.record({ column: fc.nat(COLUMNS - 1), at: value });
const weights = fc.array(
  fc.integer({ min: -1000, max: 1000 }).map((each) => each / 1000),
  { minLength: 8, maxLength: 8 },
);
const tree = fc
  .tuple(fc.array(split, { minLength: 7, maxLength: 7 }), weights)
  .map(([splits, each]) => treeOf(splits, each));
const row = fc.array(value, { minLength: COLUMNS, maxLength: COLUMNS });

/** The row where the coalition has the group of a column, otherwise the reference. */
const mixed = (coalition: number, ofRow: readonly number[], reference: readonly number[]): number[] =>
  ofRow.map((each, column) => ((coalition >> GROUP_OF[column]!) & 1 ? each : reference[column]!));

const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));

function byAllCoalitions(trees: Trees, ofRow: readonly number[], reference: readonly number[]): number[] {
  return Array.from({ length: GROUPS }, (_, group) => {
    let sum = 0;
    for (let coalition = 0; coalition < 1 << GROUPS; coalition += 1) {
      if ((coalition >> group) & 1) continue;
      const size = Array.from({ length: GROUPS }, (_, each) => (coalition >> each) & 1).reduce((a, b) => a + b, 0);
      const weight = (factorial(size) * factorial(GROUPS - size - 1)) / factorial(GROUPS);
      const without = leafSum(trees, mixed(coalition, ofRow, reference));
      sum += weight * (leafSum(trees, mixed(coalition | (1 << group), ofRow, reference)) - without);
    }
    return sum;
  });
}

function mean(lists: readonly (readonly number[])[]): number[] {
  return lists[0]!.map((_, at) => lists.reduce((sum, list) => sum + list[at]!, 0) / lists.length);
}

const cases = fc.tuple(
  fc.array(tree, { minLength: 1, maxLength: 6 }),
  row,
  fc.array(row, { minLength: 1, maxLength: 5 }),
);

describe('the contributions of groups to a model of trees', () => {
  it('are the Shapley values of all coalitions', () => {
    fc.assert(
      fc.property(cases, ([trees, ofRow, reference]) => {
        const [found] = treeContributions(trees, GROUP_OF, [ofRow], reference);
        const expected = mean(reference.map((each) => byAllCoalitions(trees, ofRow, each)));
        for (const [group, each] of expected.entries()) expect(found!.exact[group]).toBeCloseTo(each, 10);
      }),
      { numRuns: scaled(5_000, 100) },
    );
  });

  it('add up to the margin less the mean margin of the reference rows', () => {
    fc.assert(
      fc.property(cases, ([trees, ofRow, reference]) => {
        const [found] = treeContributions(trees, GROUP_OF, [ofRow], reference);
        const base = reference.reduce((sum, each) => sum + leafSum(trees, each), 0) / reference.length;
        expect(found!.exact.reduce((sum, each) => sum + each, 0)).toBeCloseTo(leafSum(trees, ofRow) - base, 10);
      }),
      { numRuns: scaled(5_000, 100) },
    );
  });

  it('by substitution are half the effect of both exchanges of the group', () => {
    fc.assert(
      fc.property(cases, ([trees, ofRow, reference]) => {
        const [found] = treeContributions(trees, GROUP_OF, [ofRow], reference);
        const all = (1 << GROUPS) - 1;
        for (let group = 0; group < GROUPS; group += 1) {
          const effects = reference.map((each) => {
            const given = leafSum(trees, ofRow) - leafSum(trees, mixed(all & ~(1 << group), ofRow, each));
            return given + leafSum(trees, mixed(1 << group, ofRow, each)) - leafSum(trees, each);
          });
          const expected = effects.reduce((sum, each) => sum + each, 0) / (2 * effects.length);
          expect(found!.substituted[group]).toBeCloseTo(expected, 10);
        }
      }),
      { numRuns: scaled(5_000, 100) },
    );
  });
});

describe('the overlap of the largest contributions', () => {
  it('counts the groups above zero that are among the largest of both', () => {
    expect(overlapOfLargest([5, 4, 3, 2, 1], [1, 2, 3, 4, 5], 4)).toBe(0.75);
    expect(overlapOfLargest([5, 4, -1], [4, 5, -2], 4)).toBe(1);
    expect(overlapOfLargest([5, 0, -1], [5, 4, -2], 4)).toBe(0.5);
    expect(overlapOfLargest([-1], [-1], 4)).toBe(1);
  });
});
