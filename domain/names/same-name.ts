import { bestPairs, spansOf, unpaired, type Pair } from './pairs.ts';
import { isInitial, nameWords, type NameWord, type NameWords } from './words.ts';

export interface FullName {
  /** Null for a person who has one name. */
  readonly firstName: string | null;
  readonly lastName: string;
}

/**
 * Whether two records of one person have the same name, letter by letter.
 *
 * Case, accents, punctuation, particles and the joining of words make no difference. A suffix, a middle name or an initial of
 * one makes none where the other record has none at all. Two surnames are not one surname, and an initial is no first name.
 * A name that cannot be compared is only the same as itself.
 */
export function isSameName(left: FullName, right: FullName): boolean {
  const [ours, theirs] = [partsOf(left), partsOf(right)];
  if (![ours, theirs].every(({ given, surname }) => given.words.length + surname.words.length > 0)) return false;
  if (![ours, theirs].every(isComparable)) return plain(left) === plain(right);
  const [suffix, other] = [suffixOf(ours), suffixOf(theirs)];
  if (suffix !== null && other !== null && suffix !== other) return false;
  // A person of one name has it in either field.
  if ([ours, theirs].some(({ given, surname }) => given.words.length === 0 || surname.words.length === 0)) {
    return isWhole(wordsOf(ours), wordsOf(theirs));
  }
  return isWhole(ours.surname.words, theirs.surname.words) && isGiven(ours.given.words, theirs.given.words);
}

interface Parts {
  readonly given: NameWords;
  readonly surname: NameWords;
}

const partsOf = ({ firstName, lastName }: FullName): Parts => ({
  given: nameWords(firstName ?? ''),
  surname: nameWords(lastName),
});
const suffixOf = ({ given, surname }: Parts) => surname.suffix ?? given.suffix;
const wordsOf = ({ given, surname }: Parts) => [...given.words, ...surname.words];
const isComparable = ({ given, surname }: Parts) =>
  [given, surname].every(({ words, comparable }) => comparable || words.length === 0);
const plain = ({ firstName, lastName }: FullName) =>
  `${firstName ?? ''} ${lastName}`.normalize('NFKC').toUpperCase().trim();

/** Whether every word of each is a word of the other. */
function isWhole(ours: readonly NameWord[], theirs: readonly NameWord[]): boolean {
  const pairs = samePairs(ours, theirs, false);
  return (
    pairs.length > 0 && pairs.every(({ likeness }) => likeness === 'SAME') && isCovered(ours, theirs, pairs, 'BOTH')
  );
}

/** Whether the first names are one, and no other word of one differs from a word of the other. */
function isGiven(ours: readonly NameWord[], theirs: readonly NameWord[]): boolean {
  const pairs = samePairs(ours, theirs, true);
  const first = pairs.find(({ left, right }) => left.from === 0 && right.from === 0);
  return first?.likeness === 'SAME' && isCovered(ours, theirs, pairs, 'ONE');
}

function isCovered(
  ours: readonly NameWord[],
  theirs: readonly NameWord[],
  pairs: readonly Pair[],
  whose: 'BOTH' | 'ONE',
): boolean {
  const left = unpaired(
    ours,
    pairs.map(({ left: span }) => span),
  ).length;
  const right = unpaired(
    theirs,
    pairs.map(({ right: span }) => span),
  ).length;
  return whose === 'BOTH' ? left + right === 0 : left === 0 || right === 0;
}

/** Pairs of equal spelling, and of initials where they count: a written name is worth more than an initial. */
function samePairs(ours: readonly NameWord[], theirs: readonly NameWord[], initials: boolean): Pair[] {
  const pairs = spansOf(ours).flatMap((left) =>
    spansOf(theirs).flatMap((right): Pair[] => {
      if (left.text === right.text) return [{ left, right, likeness: 'SAME', bits: 4 * (left.to - left.from) }];
      const [word, other] = [ours[left.from], theirs[right.from]];
      const single = left.to === left.from + 1 && right.to === right.from + 1 && word && other;
      if (!initials || !single || left.text[0] !== right.text[0] || !(isInitial(word) || isInitial(other))) return [];
      return [{ left, right, likeness: 'INITIAL', bits: 1 }];
    }),
  );
  return bestPairs(pairs, ours.length);
}
