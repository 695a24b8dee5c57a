import type { ListedPerson } from '../../domain/screening/list.ts';

/** A listed name as an applicant might give it. A search for it should find the entry. */
export interface Variant {
  readonly entry: string;
  readonly kind: string;
  readonly firstName: string;
  readonly lastName: string;
  /** ISO 8601, of the entry; null where the search has none. */
  readonly dateOfBirth: string | null;
}

/** Numbers from 0 to 1 of a seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Name {
  readonly given: readonly string[];
  readonly surname: readonly string[];
}
type Change = (name: Name, random: () => number) => Name | undefined;

/** Sounds that romanizations write in two ways. */
const ROMANIZATIONS: readonly (readonly [RegExp, string])[] = [
  [/kh/i, 'h'],
  [/gh/i, 'g'],
  [/q/i, 'k'],
  [/ou/i, 'u'],
  [/y/i, 'i'],
  [/(.)\1/i, '$1'],
];
const MIDDLE_NAMES = ['Jose', 'Ali', 'Maria', 'Anne', 'Lee', 'A.', 'K.'];
const SUFFIXES = ['Jr.', 'Sr', 'II', 'III'];
const LETTERS = Array.from('abcdefghijklmnopqrstuvwxyz');

/** Changes by kind; undefined where a name has not the words for it. A name keeps two words. */
const CHANGES: Readonly<Record<string, Change>> = {
  exact: (name) => name,
  order: ({ given, surname }) => ({ given: surname, surname: given }),
  suffix: ({ given, surname }, random) => ({ given, surname: [...surname, oneOf(SUFFIXES, random)] }),
  joined: ({ given, surname }) =>
    surname.length === 2 ? { given, surname: [surname.join('').toLowerCase()] } : undefined,
  hyphen: ({ given, surname }) => (surname.length === 2 ? { given, surname: [surname.join('-')] } : undefined),
  'middle-initial': ({ given, surname }) =>
    given.length > 1 ? { given: [...given.slice(0, -1), `${initialOf(given.at(-1))}.`], surname } : undefined,
  'first-initial': ({ given, surname }) =>
    given.length === 1 ? { given: [`${initialOf(given[0])}.`], surname } : undefined,
  'no-middle': ({ given, surname }) => (given.length === 2 ? { given: given.slice(0, 1), surname } : undefined),
  'added-middle': ({ given, surname }, random) => ({ given: [...given, oneOf(MIDDLE_NAMES, random)], surname }),
  'second-surname': ({ given, surname }) =>
    surname.length === 2 ? { given, surname: surname.slice(0, 1) } : undefined,
  transliteration: (name, random) => {
    const [spelling, letters] = oneOf(ROMANIZATIONS, random);
    const all = [...name.given, ...name.surname];
    if (!all.some((word) => spelling.test(word))) return undefined;
    const change = (word: string) => word.replace(spelling, letters);
    return { given: name.given.map(change), surname: name.surname.map(change) };
  },
  edit: (name, random) => edited(name, 5, 1, random),
  'two-edits': (name, random) => edited(name, 9, 2, random),
};

/** Makes variants of the people of a list, the same for the same seed. */
export function variantsOf(people: readonly ListedPerson[], count: number, seed: number): Variant[] {
  const random = randomOf(seed);
  const kinds = Object.keys(CHANGES);
  const variants: Variant[] = [];
  for (let tries = 0; variants.length < count && tries < count * 100; tries += 1) {
    const kind = kinds[tries % kinds.length] ?? 'exact';
    const person = oneOf(people, random);
    const listed = oneOf(person.names, random).name;
    const born = person.birthDates.find(({ from, to }) => from === to)?.from ?? null;
    const [surname = '', given = ''] = listed.split(',').map((part) => part.trim());
    const name = { given: given.split(' ').filter(Boolean), surname: surname.split(' ').filter(Boolean) };
    const withDate = kind === 'first-initial' || random() < 0.6;
    if (name.given.length === 0 || name.surname.length === 0 || (kind === 'first-initial' && born === null)) continue;
    const changed = CHANGES[kind]?.(name, random);
    if (!changed) continue;
    variants.push({
      entry: person.id,
      kind,
      firstName: changed.given.join(' '),
      lastName: changed.surname.join(' '),
      dateOfBirth: withDate ? born : null,
    });
  }
  return variants;
}

function edited(name: Name, letters: number, edits: number, random: () => number): Name | undefined {
  const words = [...name.given, ...name.surname];
  const long = words.flatMap((word, at) => (word.length >= letters ? [at] : []));
  if (long.length === 0) return undefined;
  const at = oneOf(long, random);
  for (let edit = 0; edit < edits; edit += 1) words[at] = editedWord(words[at] ?? '', random);
  return { given: words.slice(0, name.given.length), surname: words.slice(name.given.length) };
}

/** Drops, adds, replaces or swaps a letter. */
function editedWord(word: string, random: () => number): string {
  const at = 1 + Math.floor(random() * (word.length - 2));
  const letter = oneOf(LETTERS, random);
  const [before, here, after] = [word.slice(0, at), word[at] ?? '', word.slice(at + 1)];
  return oneOf(
    [
      `${before}${after}`,
      `${before}${letter}${here}${after}`,
      `${before}${letter}${after}`,
      `${before}${after[0] ?? ''}${here}${after.slice(1)}`,
    ],
    random,
  );
}

const initialOf = (word = ''): string => /\p{L}/u.exec(word)?.[0] ?? 'X';

function oneOf<Item>(items: readonly Item[], random: () => number): Item {
  return items[Math.floor(random() * items.length)] as Item;
}
