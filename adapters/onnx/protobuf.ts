/** A field of a message of Protocol Buffers: https://protobuf.dev/programming-guides/encoding. */
export interface Field {
  readonly number: number;
  /** Of a message, a text or packed numbers; of a 32-bit number its four bytes; empty for a varint. */
  readonly bytes: Uint8Array;
  readonly varint: bigint;
}

/** Selects the fields of one number. */
export const numbered =
  (number: number) =>
  (field: Field): boolean =>
    field.number === number;

/** The fields of a message in their order. */
export function fieldsOf(bytes: Uint8Array): Field[] {
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

/** The text of the first field of a number; empty without one. */
export function textOf(fields: readonly Field[], number: number): string {
  const found = fields.find(numbered(number));
  return found ? new TextDecoder().decode(found.bytes) : '';
}

/** Field 8 of an attribute: one varint each, or all packed. */
export function integersOf(fields: readonly Field[]): number[] {
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
export const floatsOf = (fields: readonly Field[]): number[] => floatsIn(fields, 7);

/** Little-endian float32 of the fields of a number, one each or all packed. */
export function floatsIn(fields: readonly Field[], number: number): number[] {
  return valuesIn(fields, { number, size: 4 }, (view, at) => view.getFloat32(at, true));
}

/** Little-endian doubles of the fields of a number, one each or all packed. */
export function doublesIn(fields: readonly Field[], number: number): number[] {
  return valuesIn(fields, { number, size: 8 }, (view, at) => view.getFloat64(at, true));
}

function valuesIn(
  fields: readonly Field[],
  { number, size }: { readonly number: number; readonly size: number },
  read: (view: DataView, at: number) => number,
): number[] {
  return fields.filter(numbered(number)).flatMap(({ bytes }) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Array.from({ length: Math.floor(bytes.length / size) }, (_, index) => read(view, index * size));
  });
}

/** Field 9 of an attribute: one text each. */
export function textsOf(fields: readonly Field[]): string[] {
  return fields.filter(numbered(9)).map(({ bytes }) => new TextDecoder().decode(bytes));
}
