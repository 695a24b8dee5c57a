const VARIABLE = 'UNDERWRIGHT_TEST_SCALE';

/** Share of their full size at which long runs execute: a hundredth in `npm test`, a tenth in `.ci/run`. */
export const SCALE = scaleOf(process.env[VARIABLE] ?? '0.01');

/**
 * Returns the size of a run at this scale.
 * @param full the size that `npm run properties` executes
 * @param min the smallest size at which the run still means something
 */
export function scaled(full: number, min = 1): number {
  return Math.min(full, Math.max(min, Math.ceil(full * SCALE)));
}

function scaleOf(text: string): number {
  const scale = Number(text);
  if (scale > 0 && scale <= 1) return scale;
  throw new RangeError(`${VARIABLE} is ${text}: set it to a number above 0 and up to 1.`);
}
