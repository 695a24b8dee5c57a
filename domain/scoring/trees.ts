/** Values of one column that lead to a leaf, as the model reads them: float32, from `from` up to but not `below`. */
export interface Condition {
  readonly column: number;
  readonly from: number;
  readonly below: number;
}

/** A leaf of a decision tree: a row that meets every condition adds the weight to the margin. */
export interface Leaf {
  /** Log-odds. */
  readonly weight: number;
  /** One condition for each column that the path reads. */
  readonly path: readonly Condition[];
}

/** The leaves of each tree of a model. The margin of a row is a constant plus the weight of its one leaf in each tree. */
export type Trees = readonly (readonly Leaf[])[];

/** Contributions of the groups of one row, in log-odds, in the order of the groups. */
export type GroupValues = readonly number[];

/** Two measures of what each group contributes to a margin in comparison with the frozen reference rows. */
export interface TreeContributions {
  /** Exact interventional Shapley values of the groups (Lundberg et al. 2020), as a mean over the reference rows. */
  readonly exact: GroupValues;
  /** The served measure: half the effect of both substitutions of the group, as a mean over the reference rows. */
  readonly substituted: GroupValues;
}

/**
 * Computes the contributions of groups of columns, for each row, from the leaves of the trees.
 *
 * For a leaf, let A be the groups that only the row leads into the leaf and B those that only the reference does. The leaf
 * counts for a coalition that has all of A and none of B. So a group of A gets weight · (|A|−1)! · |B|! / (|A|+|B|)!, and a
 * group of B the negative of weight · |A|! · (|B|−1)! / (|A|+|B|)!.
 * @param groupOf the number of the group of each column, from 0 to 30.
 */
export function treeContributions(
  trees: Trees,
  groupOf: readonly number[],
  rows: readonly ArrayLike<number>[],
  reference: readonly ArrayLike<number>[],
): TreeContributions[] {
  const groups = Math.max(...groupOf) + 1;
  const exact = rows.map(() => new Float64Array(groups));
  const substituted = rows.map(() => new Float64Array(groups));
  for (const leaf of trees.flat()) {
    if (leaf.path.length === 0 || leaf.weight === 0) continue;
    const every = leaf.path.reduce((mask, { column }) => mask | (1 << (groupOf[column] ?? 0)), 0);
    const own = bitsOf(every);
    const met = rows.map((row) => metGroups(leaf, groupOf, row, every));
    const metByReference = countsOf(reference.map((row) => metGroups(leaf, groupOf, row, every)));
    for (const [at, ofRow] of met.entries()) {
      const target = { exact: exact[at] ?? new Float64Array(), substituted: substituted[at] ?? new Float64Array() };
      for (const [ofReference, count] of metByReference) {
        const weight = (leaf.weight * count) / reference.length;
        addLeaf(target, { every, own, ofRow, ofReference, weight });
      }
    }
  }
  return rows.map((_, at) => ({ exact: [...(exact[at] ?? [])], substituted: [...(substituted[at] ?? [])] }));
}

interface Meeting {
  /** Groups of the leaf's path, as bits and as numbers. */
  readonly every: number;
  readonly own: readonly number[];
  /** Groups whose conditions the row and the reference row meet, as bits. */
  readonly ofRow: number;
  readonly ofReference: number;
  readonly weight: number;
}

function addLeaf(
  target: { readonly exact: Float64Array; readonly substituted: Float64Array },
  { every, own, ofRow, ofReference, weight }: Meeting,
): void {
  if (ofRow === ofReference) return;
  const onlyRow = ofRow & ~ofReference;
  const onlyReference = ofReference & ~ofRow;
  if ((ofRow | ofReference) === every) {
    const [a, b] = [bitsOf(onlyRow), bitsOf(onlyReference)];
    for (const group of a) add(target.exact, group, weight * share(a.length - 1, b.length));
    for (const group of b) add(target.exact, group, -weight * share(a.length, b.length - 1));
  }
  const withRow = Number(ofRow === every);
  const withReference = Number(ofReference === every);
  for (const group of own) {
    const bit = 1 << group;
    const rowWithReferenceGroup = Number(((ofRow & ~bit) | (ofReference & bit)) === every);
    const referenceWithRowGroup = Number(((ofReference & ~bit) | (ofRow & bit)) === every);
    const effect = withRow - rowWithReferenceGroup + referenceWithRowGroup - withReference;
    if (effect !== 0) add(target.substituted, group, (weight * effect) / 2);
  }
}

/** a! · b! / (a + b + 1)! */
function share(a: number, b: number): number {
  let result = 1 / (a + b + 1);
  for (let factor = 1; factor <= b; factor += 1) result *= factor / (a + factor);
  return result;
}

function add(values: Float64Array, at: number, value: number): void {
  values[at] = (values[at] ?? 0) + value;
}

function bitsOf(mask: number): number[] {
  const bits: number[] = [];
  for (let bit = 0; mask >>> bit !== 0; bit += 1) if ((mask >>> bit) & 1) bits.push(bit);
  return bits;
}

function metGroups(leaf: Leaf, groupOf: readonly number[], row: ArrayLike<number>, every: number): number {
  let met = every;
  for (const { column, from, below } of leaf.path) {
    const value = Math.fround(row[column] ?? Number.NaN);
    if (!(from <= value && value < below)) met &= ~(1 << (groupOf[column] ?? 0));
  }
  return met;
}

function countsOf(masks: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const mask of masks) counts.set(mask, (counts.get(mask) ?? 0) + 1);
  return counts;
}

/** The sum of the weights of the leaves of a row: its margin without the model's constant. */
export function leafSum(trees: Trees, row: ArrayLike<number>): number {
  let sum = 0;
  for (const leaves of trees)
    sum += leaves.find(({ path }) => path.every((condition) => meets(condition, row)))?.weight ?? 0;
  return sum;
}

function meets({ column, from, below }: Condition, row: ArrayLike<number>): boolean {
  const value = Math.fround(row[column] ?? Number.NaN);
  return from <= value && value < below;
}

/** The share of the `top` largest values above zero that two lists have in common, 0 to 1. */
export function overlapOfLargest(one: GroupValues, other: GroupValues, top: number): number {
  const [largest, expected] = [largestOf(one, top), largestOf(other, top)];
  const size = Math.max(largest.length, expected.length);
  return size === 0 ? 1 : largest.filter((at) => expected.includes(at)).length / size;
}

/** Positions of the largest values above zero: a group that does not count against the row gives no reason. */
function largestOf(values: GroupValues, top: number): number[] {
  return [...values.keys()]
    .filter((at) => (values[at] ?? 0) > 0)
    .sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b)
    .slice(0, top);
}
