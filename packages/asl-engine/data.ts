import { EvaluationFailed } from './errors.ts';
import type { Json } from './json.ts';

/** AWS's limit on times given in seconds: about three years. */
export const MAX_SECONDS = 99_999_999;
/** AWS's limit on the input, output and result of a state. */
export const MAX_DATA_BYTES = 262_144;

/** Undefined for what is no JSON, and for a number such as 1e400: it would be read as Infinity and written as null. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text, MAYBE_INFINITE.test(text) ? finite : undefined) as Json;
  } catch {
    return undefined;
  }
}

/** Only a number with such an exponent, or so many digits, can be too large. */
const MAYBE_INFINITE = /[eE]\+?\d{3}|\d{309}/;

function finite(_: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('A number is too large.');
  return value;
}

/** Whether a JSON text has more than 256 KiB in UTF-8. */
export function tooLarge(text: string): boolean {
  return text.length > MAX_DATA_BYTES || (text.length * 3 > MAX_DATA_BYTES && Buffer.byteLength(text) > MAX_DATA_BYTES);
}

/** @throws EvaluationFailed States.DataLimitExceeded */
export function limit(text: string, location: string): void {
  if (tooLarge(text)) {
    throw new EvaluationFailed(location, `The field '${location}' is larger than 256 KiB.`, 'States.DataLimitExceeded');
  }
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** ms since 1970; undefined for what is no RFC 3339 instant with a capital T and an offset or Z, on a day that exists. */
export function instantOf(text: string): number | undefined {
  const at = INSTANT.test(text) && isDay(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

/** Whether a text begins with a day of the calendar, such as 2028-02-29. `Date.parse` takes a 30th of February. */
export function isDay(text: string): boolean {
  const [year, month, day] = text.slice(0, 10).split('-').map(Number) as [number, number, number];
  const date = new Date(Date.UTC(2000, 0, 1));
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** The whole part of `percentage` percent of `items`, exactly: 29 % of 100 is 29. @param percentage from 0 to 100 */
export function percentOf(percentage: number, items: number): number {
  const decimals = /\.(\d+)$/.exec(percentage.toFixed(12).replace(/0+$/, ''))?.[1]?.length ?? 0;
  const scaled = BigInt(Math.round(percentage * 10 ** decimals));
  return Number((scaled * BigInt(items)) / (100n * 10n ** BigInt(decimals)));
}
