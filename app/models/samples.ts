import type { ModelFeature } from '../../domain/features/build.ts';

/** Rows that a model may receive: inside the ranges of its features, as float32. */
export type Row = Float32Array;

/** A generator of numbers from 0 up to 1 that gives the same sequence for the same seed (mulberry32). */
export function generatorOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Invented applicants. Each value is that of a random reference applicant, or lies anywhere in the range of its feature.
 * @param reference rows of the reference applicants.
 */
export function inventedRows(
  features: readonly ModelFeature[],
  reference: readonly (readonly number[])[],
  count: number,
  seed = 1,
): Row[] {
  const random = generatorOf(seed);
  return Array.from({ length: count }, () => {
    const wild = random();
    return Float32Array.from(features, ({ minimum, maximum }, column) => {
      const other = reference[Math.floor(random() * reference.length)]?.[column];
      if (other !== undefined && random() >= wild) return other;
      return within(minimum + random() * (maximum - minimum), minimum, maximum);
    });
  });
}

/** Rows at the ends of the ranges: one feature at an end and the others as in a base row, then all at their ends. */
export function cornerRows(
  features: readonly (ModelFeature & { readonly monotone: 1 | -1 })[],
  base: readonly number[],
): Row[] {
  const single = features.flatMap(({ minimum, maximum }, column) =>
    [minimum, maximum].map((end) => Float32Array.from(base).with(column, end)),
  );
  const all = (worst: boolean): Row =>
    Float32Array.from(features, ({ minimum, maximum, monotone }) => ((monotone === 1) === worst ? maximum : minimum));
  return [
    ...single,
    Float32Array.from(features, ({ minimum }) => minimum),
    Float32Array.from(features, ({ maximum }) => maximum),
    all(false),
    all(true),
  ];
}

/** A float32 in the range: rounding may move a value past an end. */
function within(value: number, minimum: number, maximum: number): number {
  return Math.min(maximum, Math.max(minimum, Math.fround(value)));
}

/** Rows one after another. */
export function joined(rows: readonly ArrayLike<number>[], columns: number): Float32Array {
  const flat = new Float32Array(rows.length * columns);
  for (const [at, row] of rows.entries()) flat.set(row, at * columns);
  return flat;
}
