/** How two words are alike, the surest first. */
export type Likeness = 'SAME' | 'TRANSLITERATED' | 'CONSONANTS' | 'ONE_EDIT' | 'TWO_EDITS' | 'SHORTENED' | 'INITIAL';

/** Spellings of one sound, in the order in which they are replaced. */
const SOUNDS: readonly (readonly [RegExp, string])[] = [
  [/tsch|tch/g, 'c'],
  [/sch|sh/g, 's'],
  [/ph/g, 'f'],
  [/kh/g, 'h'],
  [/[gck]h?|q/g, 'k'],
  [/th/g, 't'],
  [/dh/g, 'd'],
  [/zh/g, 'j'],
  [/dj/g, 'j'],
  [/x/g, 'ks'],
  [/w/g, 'v'],
  [/ou|oo|o/g, 'u'],
  [/ee|ie|ij|y/g, 'i'],
  [/ei/g, 'ai'],
  [/(.)\1+/g, '$1'],
  [/(?<=[aeiu])h$/g, ''],
];

/** The sound of a word as transliterations share it: `yusuf` and `iousouf` are one. Comparisons alone use it. */
export function soundOf(text: string): string {
  return SOUNDS.reduce((sound, [spelling, letter]) => sound.replace(spelling, letter), text);
}

/** The consonants of a word's sound: what a script without short vowels writes. */
export function consonantsOf(text: string): string {
  return soundOf(text).replaceAll(/[aeiuv]/g, '');
}

/** The shortest words of a list in which one letter, or two, may be wrong: shorter words become other names. */
const MIN_LENGTH = { ONE_EDIT: 5, TWO_EDITS: 9 } as const;
/** The first letters that a shortened name keeps at least. */
export const SHORTENED_LETTERS = 4;
/** A sound is shorter than its word. */
const MIN_SOUND = 4;

/** A word and its sound. */
export interface Sounded {
  readonly text: string;
  readonly sound: string;
}

/** How many letters of a listed word may be wrong. */
export const editsAllowed = (length: number): number =>
  length < MIN_LENGTH.ONE_EDIT ? 0 : length < MIN_LENGTH.TWO_EDITS ? 1 : 2;

/**
 * How a word is like a listed one; undefined where it is not. Initials are not words.
 * @param listed `letters` also counts the separators of words that are compared as one.
 */
export function likeness(word: Sounded, listed: Sounded & { readonly letters: number }): Likeness | undefined {
  if (word.text === listed.text) return 'SAME';
  if (word.sound === listed.sound && word.sound.length > 1) return 'TRANSLITERATED';
  const limit = editsAllowed(listed.letters);
  const edits = limit === 0 ? 1 : editDistance(word.text, listed.text, limit);
  if (limit > 0 && edits === 1) return 'ONE_EDIT';
  if (limit > 0 && listed.sound.length >= MIN_SOUND && editDistance(word.sound, listed.sound, 1) <= 1)
    return 'ONE_EDIT';
  if (limit === 2 && edits === 2) return 'TWO_EDITS';
  return isShortened(word.text, listed.text) ? 'SHORTENED' : undefined;
}

/** Whether one word begins the other: `thad` and `thaddeus`. */
function isShortened(word: string, listed: string): boolean {
  const [short, long] = word.length < listed.length ? [word, listed] : [listed, word];
  return short.length >= SHORTENED_LETTERS && long.startsWith(short);
}

/**
 * Letters inserted, dropped, replaced or swapped with their neighbour (optimal string alignment) between two words.
 * @returns `limit + 1` for every greater distance.
 */
export function editDistance(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) > limit) return limit + 1;
  // What both words begin and end with takes no edit.
  let start = 0;
  while (start < left.length && left[start] === right[start]) start += 1;
  let end = 0;
  const most = Math.min(left.length, right.length) - start;
  while (end < most && left.at(-1 - end) === right.at(-1 - end)) end += 1;
  const [ours, theirs] = [left.slice(start, left.length - end), right.slice(start, right.length - end)];
  const least = Math.max(ours.length, theirs.length);
  if (ours.length === 0 || theirs.length === 0) return Math.min(least, limit + 1);
  return Math.min(alignment(ours, theirs), limit + 1);
}

function alignment(left: string, right: string): number {
  let before: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, j) => j);
  for (let i = 1; i <= left.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const replaced = (last[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      let cost = Math.min(replaced, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      if (i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    before = last;
    last = row;
  }
  return last[right.length] ?? 0;
}
