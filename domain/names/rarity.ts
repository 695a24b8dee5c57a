import { COMMON_NAMES } from './common-names.ts';

/** The rarity of every word that the table of common names does not have, in bits. */
const RARE = 13;

const BITS = new Map(
  Object.entries(COMMON_NAMES).flatMap(([bits, names]) =>
    names.split(' ').map((name) => [name, Number(bits)] as const),
  ),
);

/** The bits of evidence in a shared word: two people share a word of n bits by chance once in 2^n pairs. */
export function rarity(text: string): number {
  return Math.min(BITS.get(text) ?? RARE, 3 * text.length);
}

/** Whether a word is a common American name, and so hardly a misspelling of another one. */
export const isCommon = (text: string): boolean => BITS.has(text);
