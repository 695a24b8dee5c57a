import type { Condition, Leaf, Trees } from '../../domain/scoring/trees.ts';
import { fieldsOf, floatsOf, integersOf, numbered, textOf, textsOf, type Field } from './protobuf.ts';

/** Fields of the attributes of one node, by the name of the attribute. */
type Attributes = ReadonlyMap<string, readonly Field[]>;

/** The operators of a graph of trees: only the ensemble reads the features. */
const OPERATORS: ReadonlySet<string> = new Set(['TreeEnsembleRegressor', 'Add', 'Sigmoid', 'Identity']);

/**
 * The attributes of the one ensemble of trees of a model.
 * @param model bytes of an ONNX file.
 * @returns null for a model with other operators, or with several ensembles.
 */
export function ensembleOf(model: Uint8Array): Attributes | null {
  const nodes = fieldsOf(model)
    .filter(numbered(7))
    .flatMap((graph) => fieldsOf(graph.bytes).filter(numbered(1)))
    .map(({ bytes }) => fieldsOf(bytes));
  const operators = nodes.map((fields) => textOf(fields, 4));
  const ensembles = nodes.filter((_, index) => operators[index] === 'TreeEnsembleRegressor');
  if (ensembles.length !== 1 || !operators.every((name) => OPERATORS.has(name))) return null;
  return new Map(
    (ensembles[0] ?? []).filter(numbered(5)).map(({ bytes }) => {
      const fields = fieldsOf(bytes);
      return [textOf(fields, 1), fields] as const;
    }),
  );
}

/**
 * The trees of a model, each as its leaves with the values of features that lead to them.
 * @param model bytes of an ONNX file.
 * @returns null for a model with other operators, or trees that are not sums of plain floats over comparisons.
 */
export function treesOf(model: Uint8Array): Trees | null {
  const attributes = ensembleOf(model);
  if (attributes === null) return null;
  const aggregate = textOf(attributes.get('aggregate_function') ?? [], 4) || 'SUM';
  const transform = textOf(attributes.get('post_transform') ?? [], 4) || 'NONE';
  if (aggregate !== 'SUM' || transform !== 'NONE') return null;
  const nodes = nodesOf(attributes);
  const weights = weightsOf(attributes);
  if (nodes === null || weights === null) return null;
  const roots = new Map<number, number>();
  for (const { tree, node } of nodes.values()) if (!roots.has(tree)) roots.set(tree, node);
  const trees = [...roots].map(([tree, root]) => leavesOf(nodes, weights, keyOf(tree, root)));
  return trees.some((leaves) => leaves === null) ? null : (trees as Trees);
}

interface Node {
  readonly tree: number;
  readonly node: number;
  readonly column: number;
  readonly threshold: number;
  readonly mode: string;
  readonly whenTrue: number;
  readonly whenFalse: number;
}

const keyOf = (tree: number, node: number): string => `${tree} ${node}`;

/** @returns null where the lists of the attributes differ in length. */
function nodesOf(attributes: Attributes): Map<string, Node> | null {
  const integers = (name: string): number[] => integersOf(attributes.get(name) ?? []);
  const trees = integers('nodes_treeids');
  const ids = integers('nodes_nodeids');
  const columns = integers('nodes_featureids');
  const whenTrue = integers('nodes_truenodeids');
  const whenFalse = integers('nodes_falsenodeids');
  const thresholds = floatsOf(attributes.get('nodes_values') ?? []);
  const modes = textsOf(attributes.get('nodes_modes') ?? []);
  const lists = [ids, columns, whenTrue, whenFalse, thresholds, modes];
  if (trees.length === 0 || lists.some(({ length }) => length !== trees.length)) return null;
  return new Map(
    trees.map((tree, at) => [
      keyOf(tree, ids[at] ?? 0),
      {
        tree,
        node: ids[at] ?? 0,
        column: columns[at] ?? 0,
        threshold: thresholds[at] ?? 0,
        mode: modes[at] ?? '',
        whenTrue: whenTrue[at] ?? 0,
        whenFalse: whenFalse[at] ?? 0,
      },
    ]),
  );
}

/** The weight of each leaf. @returns null where the lists of the attributes differ in length. */
function weightsOf(attributes: Attributes): Map<string, number> | null {
  const trees = integersOf(attributes.get('target_treeids') ?? []);
  const nodes = integersOf(attributes.get('target_nodeids') ?? []);
  const weights = floatsOf(attributes.get('target_weights') ?? []);
  if (nodes.length !== trees.length || weights.length !== trees.length) return null;
  return new Map(trees.map((tree, at) => [keyOf(tree, nodes[at] ?? 0), weights[at] ?? 0]));
}

/** Half-open ranges of float32 on the true side of a comparison. */
const TRUE_SIDES: Readonly<Record<string, (threshold: number) => Pick<Condition, 'from' | 'below'>>> = {
  BRANCH_LT: (threshold) => ({ from: -Infinity, below: threshold }),
  BRANCH_LEQ: (threshold) => ({ from: -Infinity, below: nextAbove(threshold) }),
  BRANCH_GT: (threshold) => ({ from: nextAbove(threshold), below: Infinity }),
  BRANCH_GTE: (threshold) => ({ from: threshold, below: Infinity }),
};

/** @returns null for a comparison that is no range, a node that is missing, or a cycle. */
function leavesOf(
  nodes: ReadonlyMap<string, Node>,
  weights: ReadonlyMap<string, number>,
  root: string,
): readonly Leaf[] | null {
  const leaves: Leaf[] = [];
  const open: { readonly key: string; readonly path: readonly Condition[] }[] = [{ key: root, path: [] }];
  for (let visited = 0; open.length > 0; visited += 1) {
    const { key, path } = open.pop() ?? { key: '', path: [] };
    const node = nodes.get(key);
    if (node === undefined || visited > nodes.size) return null;
    if (node.mode === 'LEAF') {
      leaves.push({ weight: weights.get(key) ?? 0, path });
      continue;
    }
    const side = TRUE_SIDES[node.mode]?.(node.threshold);
    if (side === undefined) return null;
    const { tree, column, whenTrue, whenFalse } = node;
    const otherSide =
      side.from === -Infinity ? { from: side.below, below: Infinity } : { from: -Infinity, below: side.from };
    open.push({ key: keyOf(tree, whenTrue), path: narrowed(path, { column, ...side }) });
    open.push({ key: keyOf(tree, whenFalse), path: narrowed(path, { column, ...otherSide }) });
  }
  return leaves;
}

/** A path with one more condition: one condition for each column. */
function narrowed(path: readonly Condition[], condition: Condition): readonly Condition[] {
  const before = path.find(({ column }) => column === condition.column);
  if (before === undefined) return [...path, condition];
  const both = {
    column: condition.column,
    from: Math.max(before.from, condition.from),
    below: Math.min(before.below, condition.below),
  };
  return path.map((each) => (each === before ? both : each));
}

/** The next larger float32. */
export function nextAbove(value: number): number {
  const bits = new DataView(new ArrayBuffer(4));
  bits.setFloat32(0, value === 0 ? 0 : value);
  bits.setInt32(0, bits.getInt32(0) + (value < 0 ? -1 : 1));
  return bits.getFloat32(0);
}
