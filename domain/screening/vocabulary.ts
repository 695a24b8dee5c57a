import {
  consonantsOf,
  editsAllowed,
  likeness,
  SHORTENED_LETTERS,
  type Likeness,
  type Sounded,
} from '../names/similarity.ts';

/** A word, or neighbouring words written as one, of listed names. */
export interface Term extends Sounded {
  readonly number: number;
  /** Its letters and the separators of its words. */
  readonly letters: number;
  /** Its rarity. */
  readonly bits: number;
  /** The numbers of the names that have it. */
  readonly names: number[];
  /** Whether it is one word, particles aside, of which a letter may be wrong. */
  misspelt: boolean;
}

/** A word, or neighbouring words written as one, of an applicant's name. */
export interface Sought extends Sounded {
  /** Its consonants, where its script writes no short vowels. */
  readonly consonants: string | undefined;
  readonly misspelt: boolean;
  /** Whether it is one word. */
  readonly single: boolean;
}

/** An edit changes at most three pairs of neighbouring letters: a swap does. */
const PAIRS_OF_AN_EDIT = 3;

/** The terms of a list, found by spelling, by sound, by consonants, and by shared pairs of letters. */
export class Vocabulary {
  readonly terms: readonly Term[];
  private readonly bySpelling: ReadonlyMap<string, Term>;
  private readonly bySound: ReadonlyMap<string, readonly Term[]>;
  private readonly byConsonants: ReadonlyMap<string, readonly Term[]>;
  /** Single words by their first letters. */
  private readonly byBeginning: ReadonlyMap<string, readonly Term[]>;
  private readonly indexes: readonly LetterIndex[];
  private readonly sounds: LetterIndex;

  constructor(terms: readonly Term[]) {
    this.terms = terms;
    this.bySpelling = new Map(terms.map((term) => [term.text, term]));
    this.bySound = Map.groupBy(terms, ({ sound }) => sound);
    this.byConsonants = Map.groupBy(terms, ({ sound }) => consonantsOf(sound));
    const words = terms.filter(({ text, letters }) => letters === text.length && letters >= SHORTENED_LETTERS);
    this.byBeginning = Map.groupBy(words, ({ text }) => beginningOf(text));
    const misspelt = terms.filter((term) => term.misspelt && editsAllowed(term.letters) > 0);
    this.indexes = [1, 2].map((edits) => {
      const some = misspelt.filter(({ letters }) => editsAllowed(letters) === edits);
      return new LetterIndex(some, edits, ({ text }) => text);
    });
    this.sounds = new LetterIndex(
      misspelt.filter(({ text, letters }) => text.length === letters),
      1,
      ({ sound }) => sound,
    );
  }

  /** The terms that are like a word, and how. A word also is like its initial. */
  like(sought: Sought): Map<Term, Likeness> {
    const found = new Map<Term, Likeness>();
    const initial = this.bySpelling.get(sought.text[0] ?? '');
    if (initial) found.set(initial, 'INITIAL');
    const same = this.bySpelling.get(sought.text);
    if (same) found.set(same, 'SAME');
    const consider = (terms: Iterable<Term>) => {
      for (const term of terms) {
        const kind = found.has(term) ? undefined : likeness(sought, term);
        if (kind) found.set(term, kind);
      }
    };
    consider(this.bySound.get(sought.sound) ?? []);
    if (sought.misspelt) {
      for (const index of this.indexes) consider(index.near(sought.text));
    }
    if (sought.single) {
      consider(this.sounds.near(sought.sound));
      consider(this.byBeginning.get(beginningOf(sought.text)) ?? []);
    }
    const consonants = sought.consonants === undefined ? [] : (this.byConsonants.get(sought.consonants) ?? []);
    for (const term of consonants) if (!found.has(term)) found.set(term, 'CONSONANTS');
    return found;
  }
}

const beginningOf = (text: string): string => text.slice(0, SHORTENED_LETTERS);

/** Finds the terms that share as many pairs of neighbouring letters with a text as so many edits leave. */
class LetterIndex {
  private readonly edits: number;
  private readonly terms: readonly Term[];
  /** By length of the text, then by a pair of letters: places in `terms`. */
  private readonly places: Map<string, number[]>[] = [];
  /** How many pairs each term shares with the text of the running search. */
  private readonly shared: Uint8Array;

  constructor(terms: readonly Term[], edits: number, read: (term: Term) => string) {
    this.edits = edits;
    this.terms = terms;
    this.shared = new Uint8Array(terms.length);
    terms.forEach((term, at) => {
      const text = read(term);
      const ofLength = (this.places[text.length] ??= new Map<string, number[]>());
      for (const letters of new Set(pairsOfLetters(text))) {
        const places = ofLength.get(letters);
        if (places) places.push(at);
        else ofLength.set(letters, [at]);
      }
    });
  }

  near(text: string): Term[] {
    const { edits, terms, shared } = this;
    const letters = pairsOfLetters(text);
    const near: Term[] = [];
    for (let length = Math.max(1, text.length - edits); length <= text.length + edits; length += 1) {
      const needed = Math.max(1, Math.max(length, text.length) + 1 - PAIRS_OF_AN_EDIT * edits);
      const touched: number[] = [];
      for (const pair of letters) {
        for (const at of this.places[length]?.get(pair) ?? []) {
          const count = (shared[at] ?? 0) + 1;
          shared[at] = count;
          if (count === 1) touched.push(at);
          const term = count === needed ? terms[at] : undefined;
          if (term) near.push(term);
        }
      }
      for (const at of touched) shared[at] = 0;
    }
    return near;
  }
}

/** Neighbouring letters, with the ends of the text. */
function pairsOfLetters(text: string): string[] {
  const padded = ` ${text} `;
  return Array.from({ length: padded.length - 1 }, (_, at) => padded.slice(at, at + 2));
}
