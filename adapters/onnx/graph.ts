import { MAX_MARGIN } from '../../domain/scoring/model-package.ts';
import { doublesIn, fieldsOf, floatsIn, integersOf, numbered, textOf, type Field } from './protobuf.ts';

/** A model has a graph that this release does not run. */
class GraphRefused extends Error {
  override readonly name = 'GraphRefused';
}

/** The only operators that a model may have: trees, tables of bins, and sums of products. None can loop or branch. */
const OPERATORS: ReadonlySet<string> = new Set([
  'Add',
  'ArgMax',
  'Cast',
  'Concat',
  'Constant',
  'Flatten',
  'GatherND',
  'Gemm',
  'Identity',
  'LessOrEqual',
  'MatMul',
  'Mul',
  'Neg',
  'ReduceMean',
  'ReduceSum',
  'Reshape',
  'Sigmoid',
  'Split',
  'Squeeze',
  'Sub',
  'TreeEnsembleRegressor',
  'Unsqueeze',
]);

/** Field numbers of the messages of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto that a model may have. */
const FIELDS = {
  // Versions, producer, domain, description, graph, operator sets and metadata; no functions and no training.
  model: new Set([1, 2, 3, 4, 5, 6, 7, 8, 14]),
  // Nodes, name, initializers, description, inputs, outputs, values and metadata; no sparse initializers.
  graph: new Set([1, 2, 5, 10, 11, 12, 13, 16]),
  node: new Set([1, 2, 3, 4, 5, 6, 7]),
  // Name, numbers, texts and tensors; no subgraphs.
  attribute: new Set([1, 2, 3, 4, 5, 7, 8, 9, 13, 20]),
  // Shape, type, name and values inside the file; no texts, segments and external data.
  tensor: new Set([1, 2, 4, 5, 7, 8, 9, 10, 12]),
} as const;

/** Fields that may occur several times. Of any other field, the runtime reads the last and `textOf` the first. */
const REPEATED = {
  model: new Set([8, 14]),
  graph: new Set([1, 5, 11, 12, 13, 16]),
  node: new Set([1, 2, 5]),
  attribute: new Set([7, 8, 9]),
  tensor: new Set([1, 4, 5, 7, 10]),
} as const;

const NAMES: Readonly<Record<string, string>> = {
  'model 20': 'training information',
  'model 25': 'functions',
  'graph 15': 'sparse initializers',
  'attribute 6': 'a subgraph',
  'attribute 11': 'subgraphs',
  'tensor 6': 'texts',
  'tensor 13': 'external data',
  'tensor 14': 'external data',
};

/** Types of numbers in a tensor: float, int32, int64, bool and double. */
const FLOAT = 1;
const DOUBLE = 11;
const TYPES: ReadonlySet<number> = new Set([FLOAT, 6, 7, 9, DOUBLE]);

/**
 * Refuses a model with operators, tensors or numbers that a scoring model does not need, before the runtime reads it.
 * @param model bytes of an ONNX file.
 * @throws GraphRefused naming the operator or the tensor.
 */
export function refuseForeignGraph(model: Uint8Array): void {
  const graphs = partsOf('model', model, 'The model').filter(numbered(7));
  if (graphs.length === 0) refuse('The file has no graph. Export the model as ONNX.');
  for (const { bytes } of graphs) {
    const graph = partsOf('graph', bytes, 'The graph');
    const nodes = graph.filter(numbered(1)).map(({ bytes: node }) => checkNode(node));
    // The outermost edges of bins are infinite. A comparison gives a number for them, and no other operator does.
    const calculated = new Set(
      nodes.filter(({ operator }) => operator !== 'LessOrEqual').flatMap(({ inputs }) => inputs),
    );
    const outputs = new Set(graph.filter(numbered(12)).map(({ bytes: output }) => textOf(fieldsOf(output), 1)));
    for (const { bytes: tensor } of graph.filter(numbered(5))) {
      const name = textOf(fieldsOf(tensor), 8);
      const compared = !calculated.has(name) && !outputs.has(name);
      checkTensor(
        tensor,
        `Initializer "${name}"`,
        (value) => !Number.isNaN(value) && (compared || Number.isFinite(value)),
      );
    }
  }
}

function refuse(fault: string): never {
  throw new GraphRefused(fault);
}

/** The fields of a message. @throws GraphRefused for a field that a model may not have, or that is there twice. */
function partsOf(kind: keyof typeof FIELDS, bytes: Uint8Array, where: string): Field[] {
  const fields = fieldsOf(bytes);
  const seen = new Set<number>();
  for (const { number } of fields) {
    if (!FIELDS[kind].has(number)) {
      refuse(`${where} has ${NAMES[`${kind} ${number}`] ?? `the field ${number}`}. Export the model without it.`);
    }
    if (seen.has(number) && !REPEATED[kind].has(number)) {
      refuse(`${where} has the field ${number} twice. Export the model again.`);
    }
    seen.add(number);
  }
  return fields;
}

/** @returns the operator and the names of its inputs. */
function checkNode(bytes: Uint8Array): { readonly operator: string; readonly inputs: readonly string[] } {
  const operator = textOf(fieldsOf(bytes), 4);
  if (!OPERATORS.has(operator)) {
    refuse(`The operator ${operator} is not one of those that may score: ${[...OPERATORS].join(', ')}.`);
  }
  const node = partsOf('node', bytes, `The operator ${operator}`);
  const domain = textOf(node, 7);
  const expected = operator === 'TreeEnsembleRegressor' ? ['ai.onnx.ml'] : ['', 'ai.onnx'];
  if (!expected.includes(domain)) refuse(`The operator ${operator} is not that of ONNX, but of the domain ${domain}.`);
  const attributes = new Map<string, readonly Field[]>();
  for (const attribute of node.filter(numbered(5))) {
    const fields = partsOf('attribute', attribute.bytes, `An attribute of ${operator}`);
    const name = textOf(fields, 1);
    if (attributes.has(name)) refuse(`The operator ${operator} has the attribute ${name} twice.`);
    attributes.set(name, fields);
    if (![2, 7].every((number) => floatsIn(fields, number).every(Number.isFinite))) {
      refuse(`${operator}.${name} has a number that is not finite. Train without missing and infinite numbers.`);
    }
    for (const tensor of fields.filter(numbered(5)))
      checkTensor(tensor.bytes, `Attribute ${operator}.${name}`, Number.isFinite);
  }
  if (operator === 'Cast') checkType(Number(attributes.get('to')?.find(numbered(3))?.varint ?? 0n), 'Cast.to');
  if (operator === 'Constant' && [...attributes.values()].some((fields) => fields.some(isText))) {
    refuse('The operator Constant has a text. Export numbers.');
  }
  if (operator === 'TreeEnsembleRegressor') checkEnsemble(attributes);
  return { operator, inputs: node.filter(numbered(1)).map(({ bytes: name }) => new TextDecoder().decode(name)) };
}

const isText = ({ number }: Field): boolean => number === 4 || number === 9;

function checkType(type: number, where: string): void {
  if (!TYPES.has(type)) refuse(`${where} has the type ${type}. Export float, double, int32, int64 or bool.`);
}

function checkTensor(bytes: Uint8Array, where: string, allows: (value: number) => boolean): void {
  const tensor = partsOf('tensor', bytes, where);
  const type = Number(tensor.find(numbered(2))?.varint ?? 0n);
  checkType(type, where);
  const raw = type === FLOAT ? floatsIn(tensor, 9) : type === DOUBLE ? doublesIn(tensor, 9) : [];
  if (![...raw, ...floatsIn(tensor, 4), ...doublesIn(tensor, 10)].every(allows)) {
    refuse(`${where} has a number that is not finite. Train without missing and infinite numbers.`);
  }
}

/** Bounds the sum of an ensemble by the largest leaf of each tree. */
function checkEnsemble(attributes: ReadonlyMap<string, readonly Field[]>): void {
  const doubles = [...attributes.keys()].find((name) => name.endsWith('_as_tensor'));
  if (doubles !== undefined) refuse(`TreeEnsembleRegressor.${doubles} is a tensor. Export the trees as plain floats.`);
  const transform = textOf(attributes.get('post_transform') ?? [], 4) || 'NONE';
  if (transform !== 'NONE') refuse(`TreeEnsembleRegressor.post_transform is ${transform}. Export log-odds with NONE.`);
  const trees = integersOf(attributes.get('target_treeids') ?? []);
  const nodes = integersOf(attributes.get('target_nodeids') ?? []);
  const weights = floatsIn(attributes.get('target_weights') ?? [], 7);
  if (nodes.length !== trees.length || weights.length !== trees.length) {
    refuse('TreeEnsembleRegressor.target_weights does not have one weight for each leaf. Export the model again.');
  }
  const bound = boundOf({ trees, nodes, weights }) + largestOf(attributes, 'base_values');
  if (!(bound <= MAX_MARGIN)) {
    refuse(
      `TreeEnsembleRegressor.target_weights add up to ${bound} log-odds, and ${MAX_MARGIN} is the limit. Train with smaller leaves.`,
    );
  }
}

interface Leaves {
  readonly trees: readonly number[];
  readonly nodes: readonly number[];
  readonly weights: readonly number[];
}

/** The sum over trees of the largest leaf in size. A leaf that is there twice counts with the sum of its sizes. */
function boundOf({ trees, nodes, weights }: Leaves): number {
  const leaves = new Map<string, number>();
  const largest = new Map<number, number>();
  for (const [at, tree] of trees.entries()) {
    const key = `${tree} ${nodes[at]}`;
    const size = (leaves.get(key) ?? 0) + Math.abs(weights[at] ?? 0);
    leaves.set(key, size);
    largest.set(tree, Math.max(largest.get(tree) ?? 0, size));
  }
  return [...largest.values()].reduce((sum, size) => sum + size, 0);
}

function largestOf(attributes: ReadonlyMap<string, readonly Field[]>, name: string): number {
  return floatsIn(attributes.get(name) ?? [], 7).reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}
