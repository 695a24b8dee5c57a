import { digestOf } from '../ledger/canonical-json.ts';
import { maskOf, spansOf, type Pair, type Span } from '../names/pairs.ts';
import { consonantsOf, soundOf, type Likeness } from '../names/similarity.ts';
import { isInitial, isParticle, nameWords, type NameWord } from '../names/words.ts';
import type { ListedPerson, ScreeningList } from './list.ts';
import {
  bitsOf,
  isHopeless,
  pairBits,
  THRESHOLD,
  weigh,
  type Applicant,
  type Comparable,
  type Explanation,
} from './match.ts';
import { Vocabulary, type Term } from './vocabulary.ts';

/** A listed person whose name, date of birth and country are like an applicant's. */
export interface Hit {
  readonly entry: ListedPerson;
  readonly bits: number;
  readonly explanation: Explanation;
}

export interface Searchable {
  readonly list: ScreeningList;
  /** SHA-256 of the list's canonical JSON: one version of it. */
  readonly digest: string;
  /** Names of the list that cannot be compared, each with the reason. */
  readonly incomparable: readonly { readonly entryId: string; readonly name: string; readonly reason: string }[];
  /** The best possible match of each entry, best first. */
  search(applicant: Applicant): Hit[];
}

interface IndexedName extends Comparable {
  readonly entry: ListedPerson;
  readonly spans: readonly { readonly term: number; readonly span: Span }[];
}

/** What an applicant's words are like: by term, the spans that are like it, and what each is worth. */
type Alike = ReadonlyMap<
  number,
  readonly { readonly left: Span; readonly likeness: Likeness; readonly bits: number }[]
>;

/** Listed names have no more words than a mask has bits. */
const MAX_LISTED_WORDS = 24;

/** The letters of the longest syllable. */
const MAX_SYLLABLE = 6;

/** Prepares a list for searches: a search weighs only the names that have two words like the applicant's. */
export function searchable(list: ScreeningList): Searchable {
  const incomparable: { entryId: string; name: string; reason: string }[] = [];
  const terms = new Map<string, Term>();
  const names: IndexedName[] = [];
  for (const entry of list.entries) {
    entry.names.forEach(({ kind, name }, at) => {
      const { words, reason } = listedWords(name);
      if (reason !== undefined) {
        incomparable.push({ entryId: entry.id, name, reason });
        return;
      }
      const spans = spansOf(words)
        .filter(({ from, to }) => to - from < 3 || words.slice(from, to).some(isParticle))
        .map((span) => ({ span, term: indexed(terms, span, words, names.length) }));
      const { birthDates, countries } = entry;
      names.push({ entry, kind, number: at + 1, words, birthDates, countries, spans });
    });
  }
  const vocabulary = new Vocabulary([...terms.values()]);
  const search = (applicant: Applicant) => searchNames(names, vocabulary, applicant);
  return { list, digest: digestOf(list), incomparable, search };
}

/** The words of a listed name, or why it cannot be compared. A suffix is no word. */
function listedWords(name: string): { readonly words: readonly NameWord[]; readonly reason?: string } {
  const words = name.split(',').flatMap((part) => nameWords(part).words);
  if (!words.some(({ text }) => /[a-z]/.test(text))) return { words, reason: 'has no letter that can be compared' };
  if (words.length > MAX_LISTED_WORDS) return { words, reason: `has more than ${MAX_LISTED_WORDS} words` };
  return { words };
}

/** Adds a span of a listed name to the terms. @returns the number of its term. */
function indexed(terms: Map<string, Term>, span: Span, words: readonly NameWord[], name: number): number {
  const parts = words.slice(span.from, span.to);
  const single = isMisspelt(parts);
  const term = terms.get(span.text) ?? {
    number: terms.size,
    text: span.text,
    letters: span.text.length + parts.length - 1,
    sound: soundOf(span.text),
    bits: bitsOf(parts),
    names: [],
    misspelt: single,
  };
  term.misspelt ||= single;
  terms.set(span.text, term);
  if (term.names.at(-1) !== name) term.names.push(name);
  return term.number;
}

/** Whether a letter of joined words may be wrong: of one word with its particles, and of two syllables such as `kyong hui`. */
function isMisspelt(words: readonly NameWord[]): boolean {
  const own = words.filter((word) => !isParticle(word));
  return (
    words.length === 1 ||
    (words.length === 2 && (own.length === 1 || own.every(({ text }) => text.length <= MAX_SYLLABLE)))
  );
}

function searchNames(names: readonly IndexedName[], vocabulary: Vocabulary, applicant: Applicant): Hit[] {
  const { words } = applicant;
  const alike = termsAlike(vocabulary, words);
  const initials = words.flatMap((word, from) =>
    isInitial(word) ? [{ text: word.text, from, to: from + 1 } satisfies Span] : [],
  );
  const best = new Map<ListedPerson, Hit>();
  for (const number of candidates(vocabulary, alike, words.length === 1 || initials.length > 0)) {
    const name = names[number];
    if (!name) continue;
    const pairs = pairsWith(name, alike, initials);
    if (isHopeless(words, name.words, pairs)) continue;
    const weighed = weigh(applicant, name, pairs);
    if (!weighed || weighed.bits < THRESHOLD || weighed.bits <= (best.get(name.entry)?.bits ?? 0)) continue;
    best.set(name.entry, { entry: name.entry, ...weighed });
  }
  return [...best.values()].sort((a, b) => b.bits - a.bits || (a.entry.id < b.entry.id ? -1 : 1));
}

function termsAlike(vocabulary: Vocabulary, words: readonly NameWord[]): Alike {
  const alike = new Map<number, { left: Span; likeness: Likeness; bits: number }[]>();
  for (const left of spansOf(words)) {
    if (left.text.length === 1) continue;
    const parts = words.slice(left.from, left.to);
    const sound = soundOf(left.text);
    const consonants = parts.some((word) => word.consonantsOnly) ? consonantsOf(left.text) : undefined;
    const bits = bitsOf(parts);
    const misspelt = isMisspelt(parts);
    for (const [term, likeness] of vocabulary.like({
      text: left.text,
      sound,
      consonants,
      misspelt,
      single: parts.length === 1,
    })) {
      const found = alike.get(term.number) ?? [];
      alike.set(term.number, found);
      found.push({ left, likeness, bits: pairBits(likeness, left.text, bits, term.bits) });
    }
  }
  return alike;
}

/** The names that share two words with the applicant's, or one where `one` is enough. */
function candidates(vocabulary: Vocabulary, alike: Alike, one: boolean): number[] {
  const masks = new Map<number, number>();
  for (const [number, found] of alike) {
    const term = vocabulary.terms[number];
    const mask = found.reduce((bits, { left }) => bits | maskOf(left), 0);
    for (const name of term?.names ?? []) masks.set(name, (masks.get(name) ?? 0) | mask);
  }
  return [...masks].flatMap(([name, mask]) => (one || (mask & (mask - 1)) !== 0 ? [name] : []));
}

/** Every pair of like spans of a listed name and the applicant's. */
function pairsWith(name: IndexedName, alike: Alike, initials: readonly Span[]): Pair[] {
  const pairs = name.spans.flatMap(({ term, span }): Pair[] =>
    (alike.get(term) ?? []).map(({ left, likeness, bits }) => ({ left, right: span, likeness, bits })),
  );
  const ofInitials = initials.flatMap((left) =>
    name.words.flatMap(({ text }, from): Pair[] => {
      const likeness: Likeness = 'INITIAL';
      const right = { text, from, to: from + 1 };
      return text[0] === left.text ? [{ left, right, likeness, bits: pairBits(likeness, text, 0, 0) }] : [];
    }),
  );
  return [...pairs, ...ofInitials];
}
