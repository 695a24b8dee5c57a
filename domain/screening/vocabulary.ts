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
  private readonly spellings: LetterIndex;
  private readonly sounds: LetterIndex;

  constructor(terms: readonly Term[]) {
    this.terms = terms;
    this.bySpelling = new Map(terms.map((term) => [term.text, term]));
    this.bySound = Map.groupBy(terms, ({ sound }) => sound);
    this.byConsonants = Map.groupBy(terms, ({ sound }) => consonantsOf(sound));
    const words = terms.filter(({ text, letters }) => letters === text.length && letters >= SHORTENED_LETTERS);
    this.byBeginning = Map.groupBy(words, ({ text }) => beginningOf(text));
    const misspelt = terms.filter((term) => term.misspelt && editsAllowed(term.letters) > 0);
    this.spellings = new LetterIndex(misspelt, ({ text, letters }) => ({ text, edits: editsAllowed(letters) }));
    this.sounds = new LetterIndex(misspelt, ({ sound }) => ({ text: sound, edits: 1 }));
  }

  /** The terms that are like a word, and how. A word also is like its initial. */
  like(sought: Sought): Map<Term, Likeness> {
    const found = new Map<Term, Likeness>();
    const initial = this.bySpelling.get(sought.text[0] ?? '');
    if (initial) found.set(initial, 'INITIAL');
    const same = this.bySpelling.get(sought.text);
    if (same) found.set(same, 'SAME');
    const consider = (terms: readonly Term[]) => {
      for (const term of terms) {
        const kind = found.has(term) ? undefined : likeness(sought, term);
        if (kind) found.set(term, kind);
      }
    };
    consider(this.bySound.get(sought.sound) ?? []);
    if (sought.misspelt) {
      consider(this.spellings.near(sought.text));
      consider(this.sounds.near(sought.sound));
      consider(this.byBeginning.get(beginningOf(sought.text)) ?? []);
    }
    const consonants = sought.consonants === undefined ? [] : (this.byConsonants.get(sought.consonants) ?? []);
    for (const term of consonants) if (!found.has(term)) found.set(term, 'CONSONANTS');
    return found;
  }
}

const beginningOf = (text: string): string => text.slice(0, SHORTENED_LETTERS);

/** Finds terms that share pairs of neighbouring letters with a text. */
class LetterIndex {
  private readonly terms: readonly { readonly term: Term; readonly length: number; readonly edits: number }[];
  private readonly places = new Map<string, number[]>();
  /** How many pairs each term shares with the text of the running search. */
  private readonly shared: Uint8Array;

  constructor(terms: readonly Term[], read: (term: Term) => { readonly text: string; readonly edits: number }) {
    this.terms = terms.map((term, at) => {
      const { text, edits } = read(term);
      for (const letters of pairsOfLetters(text)) {
        const places = this.places.get(letters) ?? [];
        this.places.set(letters, places);
        places.push(at);
      }
      return { term, length: text.length, edits };
    });
    this.shared = new Uint8Array(terms.length);
  }

  /** The terms whose shared pairs of letters allow that at most their number of edits lies between them and the text. */
  near(text: string): Term[] {
    const letters = pairsOfLetters(text);
    const { shared } = this;
    const touched: number[] = [];
    for (const pair of letters) {
      for (const at of this.places.get(pair) ?? []) {
        if (shared[at] === 0) touched.push(at);
        shared[at] = (shared[at] ?? 0) + 1;
      }
    }
    const near: Term[] = [];
    for (const at of touched) {
      const entry = this.terms[at];
      const count = shared[at] ?? 0;
      shared[at] = 0;
      if (!entry || Math.abs(entry.length - text.length) > entry.edits) continue;
      const needed = Math.max(entry.length, text.length) + 1 - PAIRS_OF_AN_EDIT * entry.edits;
      if (count >= needed) near.push(entry.term);
    }
    return near;
  }
}

/** Neighbouring letters, with the ends of the text. */
function pairsOfLetters(text: string): string[] {
  const padded = ` ${text} `;
  return Array.from({ length: padded.length - 1 }, (_, at) => padded.slice(at, at + 2));
}
