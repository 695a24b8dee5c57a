import type { OpenModel } from '../adapters/ports.ts';
import { COLUMNS } from './columns.ts';

/** The exported model does not do what was trained: nothing is published. */
export class ExportRefused extends Error {
  override readonly name = 'ExportRefused';
}

export interface MonotoneCheck {
  readonly compared: number;
  readonly withoutEffect: readonly string[];
}

const GRID_POINTS = 33;
const SAMPLED_APPLICANTS = 128;

/**
 * Moves every feature of sampled applicants over a grid of that feature's quantiles and its believed range, the other
 * features fixed.
 * @param rows of features, row-major, at least one.
 * @returns the number of pairs of neighbouring grid points compared, and the features that never moved a margin.
 * @throws ExportRefused for the first pair in which a worse value lowers the margin.
 */
export async function checkMonotone(session: OpenModel, rows: Float32Array): Promise<MonotoneCheck> {
  const columns = COLUMNS.length;
  const applicants = rows.length / columns;
  const stride = Math.max(1, Math.floor(applicants / SAMPLED_APPLICANTS));
  let compared = 0;
  const withoutEffect: string[] = [];
  for (const [column, { name, minimum, maximum, monotone }] of COLUMNS.entries()) {
    const values = Array.from({ length: applicants }, (_, index) => rows[index * columns + column] ?? Number.NaN).sort(
      (a, b) => a - b,
    );
    const quantiles = Array.from(
      { length: GRID_POINTS },
      (_, point) => values[Math.floor((point / (GRID_POINTS - 1)) * (values.length - 1))] ?? minimum,
    );
    const grid = [...new Set([minimum, ...quantiles, maximum])].sort((a, b) => (a - b) * monotone);
    let moved = false;
    for (let applicant = 0; applicant < applicants; applicant += stride) {
      const batch = new Float32Array(grid.length * columns);
      for (const [point, value] of grid.entries()) {
        batch.set(rows.subarray(applicant * columns, (applicant + 1) * columns), point * columns);
        batch[point * columns + column] = value;
      }
      const margins = await session.margins(batch, 0);
      for (let point = 1; point < grid.length; point += 1) {
        const worse = margins[point] ?? Number.NaN;
        const better = margins[point - 1] ?? Number.NaN;
        compared += 1;
        moved ||= worse > better;
        if (!(worse >= better)) {
          throw new ExportRefused(`A worse ${name} lowers the margin: check the directions given to the trainer.`);
        }
      }
    }
    if (!moved) withoutEffect.push(name);
  }
  return { compared, withoutEffect };
}

/**
 * The largest absolute difference of two lists of numbers.
 * @throws ExportRefused when it is more than `tolerance`, or the lists differ in length.
 */
export function checkEqual(what: string, ours: Float32Array, theirs: Float32Array, tolerance: number): number {
  if (ours.length !== theirs.length)
    throw new ExportRefused(`${what}: ${ours.length} values against ${theirs.length}.`);
  const largest = ours.reduce(
    (most, value, index) => Math.max(most, Math.abs(value - (theirs[index] ?? Number.NaN))),
    0,
  );
  if (!(largest <= tolerance)) throw new ExportRefused(`${what} differ by ${largest}, more than ${tolerance}.`);
  return largest;
}
