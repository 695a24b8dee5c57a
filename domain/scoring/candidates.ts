/** A probability of default that every candidate has from one amount up to the next run. */
export type ScoreRun = {
  readonly fromCents: number;
  /** In parts per million. Null where the model was not called, or gave no number. */
  readonly pdMicros: number | null;
};

/** Scores of the loans or limits that could be offered: the request itself, and each smaller amount at each term. */
export type CandidateScores = {
  /** The candidates are the multiples of it from the first run's amount up to the request, and the request. */
  readonly stepCents: number;
  readonly terms: { readonly termMonths: number; readonly runs: ScoreRun[] }[];
};

/**
 * By column of a model, the values at which its margin may change, rising. Between two of them the margin is the same to the
 * last bit, so one row gives the margin of all candidates there. More values than necessary change no score.
 */
export type Steps = readonly (readonly number[])[];

/** The number of steps at or below a value, as the model reads it. */
export function cellOf(value: number, steps: readonly number[]): number {
  const read = Math.fround(value);
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((steps[middle] ?? 0) <= read) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Rows that repeat one row with other values in some columns. */
export interface Substitutions {
  /** Indices of columns. */
  readonly columns: readonly number[];
  /** One value per column for each row, row-major. */
  readonly values: readonly number[];
}

/** Amounts with one probability of default, cents. */
export interface ScoredRange {
  readonly fromCents: number;
  readonly toCents: number;
  readonly pdMicros: number | null;
}

/**
 * Rows of an explanation, followed by its first row once for each candidate with the candidate's own values.
 * @param width columns of the model.
 */
export function withCandidates(explanation: Float32Array, width: number, candidates: Substitutions): Float32Array {
  const { columns, values } = candidates;
  const count = columns.length === 0 ? 0 : values.length / columns.length;
  const rows = new Float32Array(explanation.length + count * width);
  rows.set(explanation);
  const first = explanation.subarray(0, width);
  for (let candidate = 0; candidate < count; candidate += 1) {
    const start = explanation.length + candidate * width;
    rows.set(first, start);
    for (const [place, column] of columns.entries()) {
      rows[start + column] = values[candidate * columns.length + place] ?? Number.NaN;
    }
  }
  return rows;
}

/** Calls the model once for all parts. @returns the margins of each part. @param width columns of the model. */
export async function marginsOfParts(
  parts: readonly Float32Array[],
  width: number,
  margins: (rows: Float32Array) => Promise<Float32Array>,
): Promise<Float32Array[]> {
  const rows = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    rows.set(part, at);
    at += part.length;
  }
  const all = await margins(rows);
  let next = 0;
  return parts.map((part) => {
    const from = next;
    next += part.length / width;
    return all.subarray(from, next);
  });
}

/** The runs of amounts in rising order that have the same probability of default. */
export function runsOf(
  scored: readonly { readonly amountCents: number; readonly pdMicros: number | null }[],
): ScoreRun[] {
  return scored
    .filter(({ pdMicros }, index) => index === 0 || pdMicros !== scored[index - 1]?.pdMicros)
    .map(({ amountCents, pdMicros }) => ({ fromCents: amountCents, pdMicros }));
}

/** The ranges of amounts of one term, from the largest amount down. Empty for a term that was not scored. */
export function rangesAt(scores: CandidateScores, termMonths: number, requestedCents: number): ScoredRange[] {
  const { stepCents, terms } = scores;
  const runs = terms.find((term) => term.termMonths === termMonths)?.runs ?? [];
  return runs
    .map((run, index) => {
      const next = runs[index + 1]?.fromCents;
      // The request need not be a multiple of the step.
      const toCents = next === undefined ? requestedCents : stepCents * Math.floor((next - 1) / stepCents);
      return { ...run, toCents };
    })
    .toReversed();
}
