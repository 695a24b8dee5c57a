import type { LocalDate } from '../calendar.ts';
import { bestPairs, unpaired, type Pair, type Span } from '../names/pairs.ts';
import { isCommon, rarity } from '../names/rarity.ts';
import type { Likeness } from '../names/similarity.ts';
import { isInitial, isParticle, type NameWord } from '../names/words.ts';
import { birthLikeness, type BirthDate, type BirthLikeness } from './birth-date.ts';

/** The bits from which a match is possible. */
export const THRESHOLD = 10;

/** What each likeness takes from the rarity of a word: more words are like it than are it. */
const DOUBT: Readonly<Record<Likeness, number>> = {
  SAME: 0,
  TRANSLITERATED: 1,
  CONSONANTS: 3,
  SHORTENED: 5,
  ONE_EDIT: 3,
  TWO_EDITS: 5,
  INITIAL: 0,
};
/** A common name is seldom a misspelling of another name. */
const COMMON_NAME_DOUBT = 5;
const PARTICLE_BITS = 1;
const INITIAL_BITS = 2;
/** More words than one add less: a long surname is one fact. */
const MAX_SPAN_BITS = 16;

/** What the words without a pair take. */
const MISSING = { LISTED: 3, APPLICANT: 2, INITIAL: 1, CONFLICT: 12 } as const;

/** What the date of birth adds. */
const BIRTH_BITS: Readonly<Record<BirthLikeness, number>> = {
  SAME_DAY: 8,
  IN_RANGE: 3,
  NEAR: 0,
  DIFFERENT: -6,
  UNKNOWN: 0,
};
/** Applicants live in the United States: a listed address there adds, and another one takes nothing. */
const COUNTRY_BITS = 1;
const HOME = 'United States';

/** An applicant as a match sees them. */
export interface Applicant {
  readonly words: readonly NameWord[];
  readonly born: LocalDate | null;
}

/** Why a listed person is a possible match, in bits. It names positions, never a word of the applicant. */
export interface Explanation {
  readonly name: 'PRIMARY' | 'ALIAS';
  /** Which of the entry's names it is, from 1, in the list's order. */
  readonly number: number;
  /** Pairs, by the positions (from 1) of the first word of each. */
  readonly words: readonly {
    readonly applicant: number;
    readonly listed: number;
    readonly likeness: Likeness;
    /** Whether either writes several words where the other writes one. */
    readonly joined: boolean;
    readonly bits: number;
  }[];
  /** Words of each name without a pair in the other, and what they take. */
  readonly unpaired: { readonly applicant: number; readonly listed: number; readonly bits: number };
  readonly dateOfBirth: { readonly likeness: BirthLikeness; readonly bits: number };
  readonly country: { readonly likeness: 'SAME' | 'OTHER' | 'UNKNOWN'; readonly bits: number };
}

/** What a pair is worth: the rarity of the commoner of its two names, less the doubt. */
export function pairBits(kind: Likeness, text: string, bits: number, listedBits: number): number {
  if (kind === 'INITIAL') return INITIAL_BITS;
  const misspelt = kind !== 'SAME' && kind !== 'TRANSLITERATED' && isCommon(text) ? COMMON_NAME_DOUBT : 0;
  return Math.max(0, Math.min(bits, listedBits) - DOUBT[kind] - misspelt);
}

/** The rarity of words that are written as one, or of one word. */
export function bitsOf(words: readonly NameWord[]): number {
  const sum = words.reduce((bits, word) => bits + (isParticle(word) ? PARTICLE_BITS : rarity(word.text)), 0);
  return Math.min(sum, MAX_SPAN_BITS);
}

/** Whether no choice of pairs can reach the threshold, even with a date of birth and a country that agree. */
export function isHopeless(words: readonly NameWord[], listed: readonly NameWord[], pairs: readonly Pair[]): boolean {
  const best: number[] = [];
  for (const { left, bits } of pairs) best[left.from] = Math.max(best[left.from] ?? 0, bits);
  const left = unpaired(
    words,
    pairs.map((pair) => pair.left),
  );
  const right = unpaired(
    listed,
    pairs.map((pair) => pair.right),
  );
  const most = best.reduce((sum, bits) => sum + (bits ?? 0), 0) + BIRTH_BITS.SAME_DAY + COUNTRY_BITS;
  return most - costOf(left, right) < THRESHOLD;
}

/** A listed name and the person's other facts, ready to be compared. */
export interface Comparable {
  readonly kind: 'PRIMARY' | 'ALIAS';
  readonly number: number;
  readonly words: readonly NameWord[];
  readonly birthDates: readonly BirthDate[];
  readonly countries: readonly string[];
}

/**
 * Weighs a listed name against an applicant's, given every pair of like spans.
 * @returns the bits and their reasons; undefined where the names have too little in common for any date of birth and country.
 */
export function weigh(
  { words, born }: Applicant,
  listed: Comparable,
  like: readonly Pair[],
): { readonly bits: number; readonly explanation: Explanation } | undefined {
  // A pair also spares what its words would take without a pair.
  const spared = like.map((pair) => ({ ...pair, bits: pair.bits + MISSING.LISTED + MISSING.APPLICANT }));
  const chosen = bestPairs(spared, words.length).map((pair) => ({
    ...pair,
    bits: pair.bits - MISSING.LISTED - MISSING.APPLICANT,
  }));
  const left = unpaired(
    words,
    chosen.map(({ left: span }) => span),
  );
  const right = unpaired(
    listed.words,
    chosen.map(({ right: span }) => span),
  );
  if (!isEnough(chosen, words, listed.words, left.length + right.length)) return undefined;
  const taken = costOf(left, right);
  const birth = birthLikeness(born, listed.birthDates);
  const country = countryOf(listed.countries);
  const explanation: Explanation = {
    name: listed.kind,
    number: listed.number,
    words: chosen.map(wordsOf),
    unpaired: { applicant: left.length, listed: right.length, bits: -taken },
    dateOfBirth: { likeness: birth, bits: BIRTH_BITS[birth] },
    country: { likeness: country, bits: country === 'SAME' ? COUNTRY_BITS : 0 },
  };
  const name = chosen.reduce((sum, { bits }) => sum + bits, -taken);
  return { bits: name + explanation.dateOfBirth.bits + explanation.country.bits, explanation };
}

/** At least two words of a name must pair, or all of both names; one of them is more than an initial. */
function isEnough(
  pairs: readonly Pair[],
  words: readonly NameWord[],
  listed: readonly NameWord[],
  alone: number,
): boolean {
  if (!pairs.some(({ likeness }) => likeness !== 'INITIAL')) return false;
  if (alone === 0) return true;
  const count = (name: readonly NameWord[], span: Span) =>
    name.slice(span.from, span.to).filter((word) => !isParticle(word)).length;
  const paired = pairs.reduce((sum, pair) => sum + Math.max(count(words, pair.left), count(listed, pair.right)), 0);
  return paired >= 2;
}

/** What the words without a pair take: most where both names have one, because they contradict each other. */
function costOf(applicant: readonly NameWord[], listed: readonly NameWord[]): number {
  const cost = (name: readonly NameWord[], word: number) =>
    name.reduce((sum, each) => sum + (isInitial(each) ? MISSING.INITIAL : word), 0);
  const full = (name: readonly NameWord[]) => name.filter((each) => !isInitial(each)).length;
  const conflicts = Math.min(full(applicant), full(listed));
  return cost(applicant, MISSING.APPLICANT) + cost(listed, MISSING.LISTED) + conflicts * MISSING.CONFLICT;
}

function wordsOf({ left, right, likeness, bits }: Pair): Explanation['words'][number] {
  const joined = left.to - left.from !== 1 || right.to - right.from !== 1;
  return { applicant: left.from + 1, listed: right.from + 1, likeness, joined, bits };
}

function countryOf(countries: readonly string[]): Explanation['country']['likeness'] {
  if (countries.length === 0) return 'UNKNOWN';
  return countries.includes(HOME) ? 'SAME' : 'OTHER';
}
