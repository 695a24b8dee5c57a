import { EvaluationFailed } from './errors.ts';
import type { Json } from './json.ts';

/** AWS's limit on times given in seconds: about three years. */
export const MAX_SECONDS = 99_999_999;
/** AWS's limit on the input, output and result of a state. */
export const MAX_DATA_BYTES = 262_144;

/** Undefined for what is no JSON. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
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
