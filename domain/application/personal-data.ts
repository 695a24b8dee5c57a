import type { Json, JsonObject } from '../json.ts';

/** What was found, never its value: a shape, or the member of the identity whose value it is. */
export type PersonalDataKind = 'SSN' | 'DATE_OF_BIRTH' | 'EMAIL' | 'PHONE' | 'IDENTITY';

/** Neither in the middle of a word nor of a longer number, an id or an address of evidence. */
const alone = (pattern: string) => new RegExp(`(?<![\\w.+-])(?:${pattern})(?![\\w-]|\\.\\d)`, 'u');

// Each begins only where a run of its characters does: from every one of them on, a long run would be gone through anew.
const SHAPES: readonly (readonly [PersonalDataKind, RegExp])[] = [
  ['SSN', alone(String.raw`\d{3}[-. ]\d{2}[-. ]\d{4}|\d{9}`)],
  ['EMAIL', /(?<![\w.%+-])[\w.%+-]+@[\w-]+(?:\.[\w-]+)*\.\p{L}{2,}/u],
  ['PHONE', alone(String.raw`(?:\+?1[ .-]?)?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}|\+?1?[2-9]\d{2}[2-9]\d{6}`)],
];

const DATES = /(?<![\w-])(?:(\d{4})-\d{2}-\d{2}(?![\dT-])|\d{1,2}\/\d{1,2}\/(\d{4})(?!\d))/gu;

/** A personal number also within a word or a longer number. @param bare also its digits alone, which ids have by chance. */
export const hasPersonalNumber = (text: string, bare: boolean): boolean =>
  (bare ? /\d{3}[-_ ]?\d{2}[-_ ]?\d{4}/ : /\d{3}[-_ ]\d{2}[-_ ]\d{4}/).test(text);

/** No applicant is younger, and no date of ours is as old. */
const YOUNGEST_YEARS = 15;

/** Shorter values, and shorter numbers, are in anybody's text. */
const SHORTEST_VALUE = 4;
const SHORTEST_NUMBER = 7;
/** A shorter value is looked for as it is written: a surname may be Hold where an outcome is HOLD. */
const SHORTEST_IN_ANY_CASE = 6;

/**
 * What of a text looks like personal data: by its shape, or because it is a value of this very applicant.
 *
 * Shapes find what is written as usual; a text in which nothing is found is not proved to be free of personal data.
 * @param text also JSON, at any depth of JSON in JSON. @param year in which it was written.
 * @returns each kind once, in the order of the list above.
 */
export function personalDataIn(text: string, year: number, identity: JsonObject = {}): PersonalDataKind[] {
  // JSON in JSON has its quotes escaped, once more for each depth.
  const plain = text.replaceAll(/(?<!\\)\\+"/g, '"');
  const found = new Set<PersonalDataKind>(SHAPES.flatMap(([kind, shape]) => (shape.test(plain) ? [kind] : [])));
  for (const [, iso, other] of plain.matchAll(DATES)) {
    if (Number(iso ?? other) <= year - YOUNGEST_YEARS) found.add('DATE_OF_BIRTH');
  }
  const folded = plain.toLowerCase();
  const told = valuesOf(identity).some((value) =>
    value.length < SHORTEST_IN_ANY_CASE ? hasWord(plain, value) : hasWord(folded, value.toLowerCase()),
  );
  if (told) found.add('IDENTITY');
  return [...found];
}

function valuesOf(value: Json): string[] {
  if (typeof value === 'string') {
    const shortest = /^\d*$/.test(value) ? SHORTEST_NUMBER : SHORTEST_VALUE;
    return value.length < shortest ? [] : [value];
  }
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap((each) => valuesOf(each ?? null));
}

/** Whole words only: a town called "Lead" is not in every text about leads. */
function hasWord(text: string, value: string): boolean {
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
    const before = text[at - 1] ?? ' ';
    const after = text[at + value.length] ?? ' ';
    if (!/[\p{L}\p{N}]/u.test(before) && !/[\p{L}\p{N}]/u.test(after)) return true;
  }
  return false;
}
