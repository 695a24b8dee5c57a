/**
 * Jaro-Winkler similarity of two names, 0 to 1 (Winkler 1990): 1 for equal names. Prefix scale 0.1 over at most 4 letters.
 */
export function jaroWinkler(left: string, right: string): number {
  const a = Array.from(left);
  const b = Array.from(right);
  if (a.length === 0 || b.length === 0) return a.length === b.length ? 1 : 0;
  const reach = Math.max(Math.floor(Math.max(a.length, b.length) / 2) - 1, 0);
  const taken = b.map(() => false);
  const matchedLeft = a.filter((letter, i) => {
    const from = Math.max(0, i - reach);
    const j = b.findIndex((other, at) => at >= from && at <= i + reach && !taken[at] && other === letter);
    if (j >= 0) taken[j] = true;
    return j >= 0;
  });
  const matchedRight = b.filter((_, j) => taken[j]);
  const matches = matchedLeft.length;
  if (matches === 0) return 0;
  const transpositions = matchedLeft.filter((letter, i) => letter !== matchedRight[i]).length / 2;
  const jaro = (matches / a.length + matches / b.length + (matches - transpositions) / matches) / 3;
  let prefix = 0;
  while (prefix < 4 && prefix < a.length && a[prefix] === b[prefix]) prefix += 1;
  return jaro + prefix * 0.1 * (1 - jaro);
}

/** Latin letters that Unicode does not decompose, as lists of names write them. */
const FOLDED: Readonly<Record<string, string>> = {
  æ: 'ae',
  œ: 'oe',
  ß: 'ss',
  þ: 'th',
  ð: 'd',
  đ: 'd',
  ħ: 'h',
  ı: 'i',
  ł: 'l',
  ø: 'o',
  ŧ: 't',
};

/**
 * A name as it is compared: without accents, punctuation, case and what is not seen, words in alphabetical order. Ask
 * `isComparable` whether it can be compared at all.
 */
export function comparableName(name: string): string {
  return name
    .normalize('NFKD')
    .replaceAll(/[\p{M}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '')
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[æœßþðđħıłøŧ]/g, (letter) => FOLDED[letter] ?? letter)
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
    .sort()
    .join(' ');
}

/**
 * Whether a comparable name can be compared with a list in Latin letters: it has a letter, and none outside a to z. A
 * letter of another script may look the same (Cyrillic \u0430) and is never equal.
 */
export function isComparable(comparable: string): boolean {
  return /^[a-z0-9 ]*[a-z][a-z0-9 ]*$/.test(comparable);
}
