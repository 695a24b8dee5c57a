import type { ListOptions } from './ports.ts';

/** @throws RangeError */
export function pageLimit({ limit = 100 }: ListOptions): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1000) return limit;
  throw new RangeError(`limit is ${limit}: a page has 1 to 1000 items.`);
}

/** The place of the last item of a page, as text to give back for the next one. */
export function cursorText(place: readonly string[]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** @returns undefined where the text is no cursor of `parts` parts. */
export function cursorParts(text: string, parts: number): string[] | undefined {
  let place: unknown;
  try {
    place = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
  const sound = Array.isArray(place) && place.length === parts && place.every((part) => typeof part === 'string');
  return sound ? (place as string[]) : undefined;
}

/** @returns undefined for the first page. @throws RangeError when it is no cursor of `parts` parts. */
export function cursorPlace({ after }: ListOptions, parts: number): string[] | undefined {
  if (after === undefined) return undefined;
  const place = cursorParts(after, parts);
  if (place) return place;
  throw new RangeError('after is not the `next` of an earlier page: leave it out to start from the first.');
}
