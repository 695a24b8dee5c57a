import anyAscii from 'any-ascii';

/** A word of a name in lower-case Latin letters and digits. */
export interface NameWord {
  readonly text: string;
  /** Other usual spellings of the same word in Latin letters: `muller` is also written `mueller`. */
  readonly alternatives: readonly string[];
  /** Whether the script writes no short vowels (Arabic, Hebrew), so that only the consonants compare. */
  readonly consonantsOnly: boolean;
}

export interface NameWords {
  readonly words: readonly NameWord[];
  /** `jr`, `sr`, `ii`, `iii`, `iv` or `v`; null where the name has none. */
  readonly suffix: string | null;
  /**
   * Whether the words compare as well as Latin ones: each has a letter, is of one script, and its script has one usual
   * romanization. Where not, a person compares.
   */
  readonly comparable: boolean;
}

/** Longer names are compared by a person: the search for the best pairs grows with the number of words. */
const MAX_WORDS = 12;

const SUFFIXES: Readonly<Record<string, string>> = {
  jr: 'jr',
  jnr: 'jr',
  junior: 'jr',
  sr: 'sr',
  snr: 'sr',
  senior: 'sr',
  ii: 'ii',
  '2nd': 'ii',
  iii: 'iii',
  '3rd': 'iii',
  iv: 'iv',
  '4th': 'iv',
};

/** Articles, prepositions and patronymic links, which writers keep, join or drop. */
const PARTICLES = new Set(
  (
    'al el ul ad an ar as ash at az bin ben ibn bint de del dela da do dos das di du la las le los lo ' +
    'van von der den ter ten zu'
  ).split(' '),
);

/** German and Scandinavian letters whose Latin spelling has one letter or two. */
const TWO_LETTER_SPELLINGS: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ø: 'oe', å: 'aa' };

/** Scripts with one usual romanization. */
const ROMANIZED = ['Latin', 'Cyrillic', 'Greek', 'Armenian', 'Georgian'].map(
  (script) => new RegExp(`^(?:\\p{Script_Extensions=${script}}|\\P{L})*$`, 'u'),
);
const SYLLABIC = /[\p{Script=Han}\p{Script=Hangul}]/u;
const CONSONANTAL = /[\p{Script=Arabic}\p{Script=Hebrew}]/u;
const APOSTROPHES = /['’‘‛ʼʻʾʿˈ´`]/gu;

export const isParticle = ({ text }: NameWord): boolean => PARTICLES.has(text);
export const isInitial = ({ text }: NameWord): boolean => text.length === 1;

/** Splits a name into its words in Latin letters. Case, accents, punctuation and invisible characters are dropped. */
export function nameWords(name: string): NameWords {
  const visible = name
    .normalize('NFKC')
    .replaceAll(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '')
    .replaceAll(APOSTROPHES, '');
  const pieces = visible.split(/[^\p{L}\p{M}\p{N}]+/u).filter(Boolean);
  const words = pieces.flatMap((piece) => (SYLLABIC.test(piece) ? Array.from(piece).flatMap(wordOf) : wordOf(piece)));
  const suffix = words.length > 1 ? SUFFIXES[words.at(-1)?.text ?? ''] : undefined;
  return {
    words: suffix === undefined ? words : words.slice(0, -1),
    suffix: suffix ?? null,
    comparable:
      words.some(({ text }) => /[a-z]/.test(text)) &&
      words.length <= MAX_WORDS &&
      pieces.every((piece) => ROMANIZED.some((script) => script.test(piece))),
  };
}

function wordOf(piece: string): NameWord[] {
  const text = romanized(piece);
  if (text === '') return [];
  const long = romanized(piece.toLowerCase().replaceAll(/[äöüøå]/gu, (letter) => TWO_LETTER_SPELLINGS[letter] ?? ''));
  return [{ text, alternatives: long === text ? [] : [long], consonantsOnly: CONSONANTAL.test(piece) }];
}

const romanized = (piece: string): string =>
  anyAscii(piece)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '');
