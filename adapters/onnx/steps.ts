import type { Steps } from '../../domain/scoring/candidates.ts';

/**
 * The values at which a model of decision trees may change its answer, by column, rising. Between two of them the model takes
 * the same branches, so its margin is the same to the last bit.
 * @param model bytes of an ONNX file.
 * @returns null for a model with other operators, or whose trees are not stored as plain floats.
 */
export function stepsOf(model: Uint8Array, columns: number): Steps | null {
  const nodes = fieldsOf(model)
    .filter(numbered(7))
    .flatMap((graph) => fieldsOf(graph.bytes).filter(numbered(1)))
    .map(({ bytes }) => fieldsOf(bytes));
  const operators = nodes.map((fields) => textOf(fields, 4));
  const trees = nodes.filter((_, index) => operators[index] === 'TreeEnsembleRegressor');
  if (trees.length !== 1 || !operators.every((name) => OPERATORS.has(name))) return null;
  const attributes = new Map(
    (trees[0] ?? []).filter(numbered(5)).map(({ bytes }) => {
      const fields = fieldsOf(bytes);
      return [textOf(fields, 1), fields] as const;
    }),
  );
  const features = integersOf(attributes.get('nodes_featureids') ?? []);
  const thresholds = floatsOf(attributes.get('nodes_values') ?? []);
  if (features.length === 0 || features.length !== thresholds.length) return null;
  const steps = Array.from({ length: columns }, () => new Set<number>());
  for (const [node, feature] of features.entries()) {
    const threshold = thresholds[node] ?? 0;
    // Whether a branch takes its threshold itself is the branch's own: both sides of it are steps.
    steps[feature]?.add(threshold).add(nextAbove(threshold));
  }
  return steps.map((values) => [...values].sort((a, b) => a - b));
}

/** What the graph has beside the trees: neither reads the features. */
const OPERATORS: ReadonlySet<string> = new Set(['TreeEnsembleRegressor', 'Add', 'Sigmoid']);

/** The next larger float32. */
function nextAbove(value: number): number {
  const bits = new DataView(new ArrayBuffer(4));
  bits.setFloat32(0, value === 0 ? 0 : value);
  bits.setInt32(0, bits.getInt32(0) + (value < 0 ? -1 : 1));
  return bits.getFloat32(0);
}

/** A field of a message of Protocol Buffers: https://protobuf.dev/programming-guides/encoding. */
interface Field {
  readonly number: number;
  /** Of a message, a text or packed numbers; of a 32-bit number its four bytes; empty for a varint. */
  readonly bytes: Uint8Array;
  readonly varint: bigint;
}

/** Selects the fields of one number. */
const numbered =
  (number: number) =>
  (field: Field): boolean =>
    field.number === number;

function fieldsOf(bytes: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    const read = varintAt(bytes, at);
    at = read.end;
    return read.value;
  };
  while (at < bytes.length) {
    const key = Number(varint());
    const wire = key & 7;
    const value = wire === 0 || wire === 2 ? varint() : 0n;
    const length = wire === 2 ? Number(value) : wire === 5 ? 4 : wire === 1 ? 8 : 0;
    fields.push({ number: key >>> 3, bytes: bytes.subarray(at, at + length), varint: value });
    at += length;
  }
  return fields;
}

function varintAt(bytes: Uint8Array, start: number): { readonly value: bigint; readonly end: number } {
  let value = 0n;
  let at = start;
  for (let shift = 0n; at < bytes.length; shift += 7n) {
    const byte = bytes[at++] ?? 0;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return { value, end: at };
}

function textOf(fields: readonly Field[], number: number): string {
  const found = fields.find(numbered(number));
  return found ? new TextDecoder().decode(found.bytes) : '';
}

/** Field 8 of an attribute: one varint each, or all packed. */
function integersOf(fields: readonly Field[]): number[] {
  return fields.filter(numbered(8)).flatMap(({ bytes, varint }) => {
    if (bytes.length === 0) return [Number(varint)];
    const values: number[] = [];
    for (let at = 0; at < bytes.length;) {
      const { value, end } = varintAt(bytes, at);
      values.push(Number(value));
      at = end;
    }
    return values;
  });
}

/** Field 7 of an attribute: little-endian float32, one each or all packed. */
function floatsOf(fields: readonly Field[]): number[] {
  return fields.filter(numbered(7)).flatMap(({ bytes }) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => view.getFloat32(index * 4, true));
  });
}
