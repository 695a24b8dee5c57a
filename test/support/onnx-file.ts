/** Writes small ONNX files of the graph that a model package has, so that tests need no Python. */

type Bytes = Uint8Array<ArrayBuffer>;

/** A decision tree: a leaf with its log-odds, or a comparison `value < below` with the trees of lower and of other values. */
export type SmallTree =
  | { readonly leaf: number }
  | { readonly column: number; readonly below: number; readonly lower: SmallTree; readonly upper: SmallTree };

/** The bytes of a model that sums trees. */
export function treesModel(columns: number, trees: readonly SmallTree[]): Bytes {
  const nodes = trees.flatMap((tree, id) => nodesOf(tree).map((node) => ({ tree: id, ...node })));
  const leaves = nodes.filter(({ mode }) => mode === 'LEAF');
  const ensemble = node('TreeEnsembleRegressor', ['features'], ['trees'], {
    domain: 'ai.onnx.ml',
    attributes: [
      integer('n_targets', 1),
      integers(
        'nodes_treeids',
        nodes.map(({ tree }) => tree),
      ),
      integers(
        'nodes_nodeids',
        nodes.map(({ id }) => id),
      ),
      integers(
        'nodes_featureids',
        nodes.map(({ column }) => column),
      ),
      integers(
        'nodes_truenodeids',
        nodes.map(({ whenTrue }) => whenTrue),
      ),
      integers(
        'nodes_falsenodeids',
        nodes.map(({ whenFalse }) => whenFalse),
      ),
      floats(
        'nodes_values',
        nodes.map(({ value }) => value),
      ),
      texts(
        'nodes_modes',
        nodes.map(({ mode }) => mode),
      ),
      integers(
        'target_treeids',
        leaves.map(({ tree }) => tree),
      ),
      integers(
        'target_nodeids',
        leaves.map(({ id }) => id),
      ),
      integers(
        'target_ids',
        leaves.map(() => 0),
      ),
      floats(
        'target_weights',
        leaves.map(({ value }) => value),
      ),
    ],
  });
  return model(columns, [ensemble, node('Add', ['trees', 'shift'], ['margin']), node('Sigmoid', ['margin'], ['pd'])]);
}

/** The bytes of a model that is a weighted sum of its columns, computed in double. */
export function linearModel(weights: readonly number[], intercept: number): Bytes {
  return sumModel(weights, intercept, [cast('sum', 'own', 1)]);
}

/** As `linearModel`, plus the mean sum of the rows that are scored together, as normalization by batch has it. */
export function batchModel(weights: readonly number[], intercept: number): Bytes {
  const mean = node('ReduceMean', ['sum'], ['mean'], { attributes: [integers('axes', [0])] });
  return sumModel(weights, intercept, [mean, node('Add', ['sum', 'mean'], ['both']), cast('both', 'own', 1)]);
}

/** The faults of files that no model needs. */
export const FOREIGN = ['LOOP', 'OTHER_DOMAIN', 'TEXT_CAST', 'TWO_OPERATORS', 'EXTERNAL_DATA', 'FUNCTIONS'] as const;

/** As `linearModel` over one column, with a fault. */
export function foreignModel(fault: (typeof FOREIGN)[number]): Bytes {
  const external = field(13, message(text(1, 'location'), text(2, '/etc/passwd')));
  const nodes: Partial<Record<typeof fault, Bytes>> = {
    LOOP: node('Loop', ['', '', 'product'], ['own']),
    OTHER_DOMAIN: node('Identity', ['product'], ['own'], { domain: 'com.example' }),
    TEXT_CAST: cast('product', 'own', 8),
    // A reader of Protocol Buffers takes the last value of a field.
    TWO_OPERATORS: message(node('Identity', ['product'], ['own']), text(4, 'Loop')),
  };
  const weights = tensor('weights', [1, 1], [1]);
  const bytes = model(
    1,
    [
      cast('features', 'exact', 11),
      node('MatMul', ['exact', 'weights'], ['product']),
      nodes[fault] ?? cast('product', 'own', 1),
      node('Add', ['own', 'shift'], ['margin']),
      node('Sigmoid', ['margin'], ['pd']),
    ],
    [fault === 'EXTERNAL_DATA' ? message(weights, external, number(14, 1)) : weights],
  );
  return fault === 'FUNCTIONS' ? message(bytes, field(25, text(1, 'own'))) : bytes;
}

/** @param rest from `sum` in double to `own` in float32. */
function sumModel(weights: readonly number[], intercept: number, rest: readonly Bytes[]): Bytes {
  return model(
    weights.length,
    [
      cast('features', 'exact', 11),
      node('MatMul', ['exact', 'weights'], ['product']),
      node('Add', ['product', 'intercept'], ['sum']),
      ...rest,
      node('Add', ['own', 'shift'], ['margin']),
      node('Sigmoid', ['margin'], ['pd']),
    ],
    [tensor('weights', [weights.length, 1], weights), tensor('intercept', [1], [intercept])],
  );
}

interface FlatNode {
  readonly id: number;
  readonly mode: 'LEAF' | 'BRANCH_LT';
  readonly column: number;
  readonly value: number;
  readonly whenTrue: number;
  readonly whenFalse: number;
}

function nodesOf(tree: SmallTree, first = 0): FlatNode[] {
  if ('leaf' in tree) return [{ id: first, mode: 'LEAF', column: 0, value: tree.leaf, whenTrue: 0, whenFalse: 0 }];
  const whenTrue = nodesOf(tree.lower, first + 1);
  const whenFalse = nodesOf(tree.upper, first + 1 + whenTrue.length);
  const root: FlatNode = {
    id: first,
    mode: 'BRANCH_LT',
    column: tree.column,
    value: tree.below,
    whenTrue: first + 1,
    whenFalse: first + 1 + whenTrue.length,
  };
  return [root, ...whenTrue, ...whenFalse];
}

function model(columns: number, nodes: readonly Bytes[], constants: readonly Bytes[] = []): Bytes {
  const graph = message(
    ...nodes.map((each) => field(1, each)),
    text(2, 'model'),
    ...constants.map((each) => field(5, each)),
    field(11, valueInfo('features', ['n', columns])),
    field(11, valueInfo('shift', [1])),
    field(12, valueInfo('margin', ['n', 1])),
    field(12, valueInfo('pd', ['n', 1])),
  );
  const opset = (domain: string, version: number) => field(8, message(text(1, domain), number(2, version)));
  return message(number(1, 8), field(7, graph), opset('', 15), opset('ai.onnx.ml', 1));
}

function node(
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  { domain = '', attributes = [] }: { readonly domain?: string; readonly attributes?: readonly Bytes[] } = {},
): Bytes {
  return message(
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(4, operator),
    ...attributes.map((each) => field(5, each)),
    text(7, domain),
  );
}

const cast = (input: string, output: string, type: number): Bytes =>
  node('Cast', [input], [output], { attributes: [integer('to', type)] });

/** A constant of doubles. */
function tensor(name: string, shape: readonly number[], values: readonly number[]): Bytes {
  const raw = new Uint8Array(new Float64Array(values).buffer);
  return message(...shape.map((size) => number(1, size)), number(2, 11), text(8, name), field(9, raw));
}

function valueInfo(name: string, shape: readonly (string | number)[]): Bytes {
  const dimensions = shape.map((size) => field(1, typeof size === 'number' ? number(1, size) : text(2, size)));
  const type = message(number(1, 1), field(2, message(...dimensions)));
  return message(text(1, name), field(2, message(field(1, type))));
}

const integer = (name: string, value: number): Bytes => message(text(1, name), number(3, value), number(20, 2));
const integers = (name: string, values: readonly number[]): Bytes =>
  message(text(1, name), ...values.map((value) => number(8, value)), number(20, 7));
const texts = (name: string, values: readonly string[]): Bytes =>
  message(text(1, name), ...values.map((value) => text(9, value)), number(20, 8));
const floats = (name: string, values: readonly number[]): Bytes =>
  message(text(1, name), field(7, new Uint8Array(new Float32Array(values).buffer)), number(20, 6));

const text = (at: number, value: string): Bytes => field(at, new TextEncoder().encode(value));
const field = (at: number, content: Bytes): Bytes => message(varint(at * 8 + 2), varint(content.length), content);
const number = (at: number, value: number): Bytes => message(varint(at * 8), varint(value));

function varint(value: number): Bytes {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}

function message(...parts: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
