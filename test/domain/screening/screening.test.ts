import { describe, expect, test } from '@jest/globals';

import { SAMPLE_LIST, type ListedPerson } from '../../../domain/screening/list.ts';
import { THRESHOLD } from '../../../domain/screening/match.ts';
import { ALGORITHM, screenApplicant } from '../../../domain/screening/screen.ts';
import { searchable } from '../../../domain/screening/search.ts';
import { identityOf } from '../../support/submissions.ts';

const SAMPLE = searchable(SAMPLE_LIST);

const person = (id: string, names: readonly string[], more: Partial<ListedPerson> = {}): ListedPerson => ({
  id,
  names: names.map((name, at) => ({ kind: at === 0 ? 'PRIMARY' : 'ALIAS', name })),
  weakAliases: [],
  birthDates: [],
  countries: [],
  ...more,
});
const listOf = (...entries: ListedPerson[]) => searchable({ name: 'test-list', version: '1', entries });

describe('a screening', () => {
  const screen = (changes: Parameters<typeof identityOf>[0], list = SAMPLE, others = 0) =>
    screenApplicant(identityOf(changes), list, '2026-03-01', others);
  const found = (firstName: string, lastName: string, list = SAMPLE) =>
    screen({ firstName, lastName }, list).possibleMatches.map(({ entryId }) => entryId);

  test.each([
    ['as listed', 'Zoltan', 'Karbunkel'],
    ['in the other order', 'Karbunkel', 'Zoltan'],
    ['with a middle initial', 'Zoltan A.', 'Karbunkel'],
    ['with a middle name', 'Zoltan Maria', 'Karbunkel'],
    ['with a suffix', 'Zoltan', 'Karbunkel Jr.'],
    ['with a second surname', 'Zoltan', 'Karbunkel Vane'],
    ['with an initial for the first name', 'Z.', 'Karbunkel'],
    ['with accents', 'Zoltán', 'Kárbunkel'],
    ['with two letters swapped', 'Zoltan', 'Karbunkle'],
    ['in another transliteration', 'Zoltan', 'Carbunkel'],
    ['with two letters changed', 'Zoltan', 'Karvunkal'],
    ['as one word', 'Zoltankarbunkel', 'Zoltankarbunkel'],
    ['in two words', 'Zol Tan', 'Karbunkel'],
    ['with invisible characters', 'Z\u200Bo\u200Bl\u200Bt\u200Ba\u200Bn', 'K\u00ADa\u00ADrbun\u2060kel'],
    ['with a letter that is struck through', 'Zołtan', 'Karbunkel'],
    ['in another script', 'Золтан', 'Карбункель'],
  ])('holds a listed name %s', (_, firstName, lastName) => {
    const screening = screen({ firstName, lastName });
    expect(screening.status).toBe('HOLD');
    expect(screening.possibleMatches.map(({ entryId }) => entryId)).toEqual(['S-001']);
    expect(JSON.stringify(screening)).not.toMatch(/zolt/i);
  });

  test('holds a listed name that is shortened, and one with letters left out', () => {
    expect(found('Thad', 'Quilfether')).toEqual(['S-003']);
    expect(found('Thaddeus', 'Quilfether')).toEqual(['S-003']);
  });

  test('is clear for a name that is not listed', () => {
    expect(screen({})).toMatchObject({ status: 'CLEAR', possibleMatches: [] });
    expect(found('Zoltan', 'Smith')).toEqual([]);
    expect(found('John', 'Karbunkel')).toEqual([]);
  });

  test.each([
    ['Cyrillic letters that look Latin', 'Z\u043Elt\u0430n', 'K\u0430rbunk\u0435l'],
    ['Greek letters that look Latin', 'Zoltan', 'Karbunk\u03B5l'],
    ['Han letters', '\u674E', '\u96F7'],
    ['Arabic letters', 'خالد', 'محمود'],
    ['no letters', 'Ann', '-'],
  ])('holds a name of %s: it cannot be compared, so a person does', (_, firstName, lastName) => {
    expect(screen({ firstName, lastName })).toMatchObject({ status: 'HOLD', nameComparable: false });
  });

  test('shows the entry that a name in a script without vowels may be', () => {
    expect(found('خالد', 'محمود', listOf(person('A', ['MAHMOUD, Khaled'])))).toEqual(['A']);
  });

  test('compares the primary name and strong aliases, and counts weak aliases for the reviewer', () => {
    const list = listOf(person('A', ['QUILLFEATHER, Thaddeus', 'MARROWBANE, Otto'], { weakAliases: ['The Feather'] }));
    expect(found('Thaddeus', 'Quillfeather', list)).toEqual(['A']);
    expect(screen({ firstName: 'Otto', lastName: 'Marrowbane' }, list).possibleMatches).toMatchObject([
      { entryId: 'A', weakAliases: 1, explanation: { name: 'ALIAS', number: 2 } },
    ]);
    expect(found('The', 'Feather', list)).toEqual([]);
  });

  test.each([
    ['joined particles', 'Omar', 'Alhassan', 'AL-HASSAN, Omar'],
    ['dropped particles', 'Omar', 'Hassan', 'AL-HASSAN, Omar'],
    ['a split surname', 'Ana', 'De La Cruz Vane', 'DELACRUZ VANE, Ana'],
    ['one surname of two', 'Lucio', 'Quillfeather', 'QUILLFEATHER VANE, Lucio'],
    ['the two-letter spelling of an umlaut', 'Jörg', 'Müllerstein', 'MUELLERSTEIN, Joerg'],
  ])('holds a listed name with %s', (_, firstName, lastName, listed) => {
    expect(found(firstName, lastName, listOf(person('A', [listed])))).toEqual(['A']);
  });

  test('explains a match field by field, and the fields add up', () => {
    const list = listOf(
      person('A', ['VANE QUILLFEATHER, Thaddeus'], {
        birthDates: [{ from: '1965-01-12', to: '1965-01-12' }],
        countries: ['Iran', 'United States'],
      }),
    );
    const identity = { firstName: 'Thaddeus B.', lastName: 'Quilfeather', dateOfBirth: '1965-01-12' };
    expect(screen(identity, list).possibleMatches).toEqual([
      {
        entryId: 'A',
        bits: 13 + 12 - 4 + 8 + 1,
        weakAliases: 0,
        explanation: {
          name: 'PRIMARY',
          number: 1,
          words: [
            { applicant: 1, listed: 3, likeness: 'SAME', joined: false, bits: 13 },
            { applicant: 3, listed: 2, likeness: 'TRANSLITERATED', joined: false, bits: 12 },
          ],
          unpaired: { applicant: 1, listed: 1, bits: -4 },
          dateOfBirth: { likeness: 'SAME_DAY', bits: 8 },
          country: { likeness: 'SAME', bits: 1 },
        },
      },
    ]);
  });

  test.each([
    ['1965-01-12', 'SAME_DAY', 8],
    ['1965-12-01', 'NEAR', 0],
    ['1966-07-30', 'NEAR', 0],
    ['1985-01-12', 'NEAR', 0],
    ['1985-02-12', 'DIFFERENT', -6],
  ])('lets the date of birth %s count as %s for a listed 12 January 1965', (dateOfBirth, likeness, bits) => {
    const list = listOf(
      person('A', ['QUILLFEATHER, Thaddeus'], { birthDates: [{ from: '1965-01-12', to: '1965-01-12' }] }),
    );
    const identity = { firstName: 'Thaddeus', lastName: 'Quillfeather', dateOfBirth };
    expect(screen(identity, list).possibleMatches).toMatchObject([
      { bits: 26 + bits, explanation: { dateOfBirth: { likeness, bits } } },
    ]);
  });

  test('lets a date of birth clear a common name, and not a rare one', () => {
    const birthDates = [{ from: '1940-01-01', to: '1940-12-31' }];
    const list = listOf(
      person('A', ['GARCIA, Jose'], { birthDates }),
      person('B', ['QUILLFEATHER, Otto'], { birthDates }),
    );
    const of = (firstName: string, lastName: string, dateOfBirth: string) =>
      screen({ firstName, lastName, dateOfBirth }, list).status;
    expect(of('Jose', 'Garcia', '1940-06-01')).toBe('HOLD');
    expect(of('Jose', 'Garcia', '1980-06-01')).toBe('CLEAR');
    expect(of('Otto', 'Quillfeather', '1980-06-01')).toBe('HOLD');
  });

  test('holds no name whose other words contradict the listed ones', () => {
    const list = listOf(person('A', ['QUILLFEATHER MARROWBANE, Thaddeus']));
    expect(found('Ysolde', 'Quillfeather Marrowbane', list)).toEqual([]);
  });

  test('names every entry that cannot be compared', () => {
    const list = listOf(person('A', ['QUILLFEATHER, Otto', '-- ']), person('B', ['x '.repeat(25)]));
    expect(list.incomparable).toEqual([
      { entryId: 'A', name: '-- ', reason: 'has no letter that can be compared' },
      { entryId: 'B', name: 'x '.repeat(25), reason: 'has more than 24 words' },
    ]);
  });

  test('records the list, its version and digest, and how it was compared', () => {
    const { name, version } = SAMPLE_LIST;
    const digest = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(screen({}).list).toEqual({ name, version, digest, threshold: THRESHOLD, algorithm: ALGORITHM });
    expect(searchable({ ...SAMPLE_LIST, entries: [] }).digest).not.toBe(SAMPLE.digest);
  });

  test.each([
    ['IL', '2008-03-01', true],
    ['IL', '2008-03-02', false],
    ['AL', '2008-03-01', false],
    ['AL', '2007-03-01', true],
    ['NE', '2007-03-02', false],
  ])('in %s finds an applicant born on %s of legal age: %p', (state, dateOfBirth, ofLegalAge) => {
    const { address } = identityOf();
    expect(screen({ dateOfBirth, address: { ...address, state } }).ofLegalAge).toBe(ofLegalAge);
  });

  // It is 2026-03-01.
  test.each([
    ['1900-01-01', true],
    ['1915-03-01', true],
    ['1915-03-02', undefined],
    ['1984-02-29', undefined],
  ])('doubts the date of birth of a person born on %s: %p', (dateOfBirth, doubted) => {
    expect(screen({ dateOfBirth }).birthDateDoubted).toBe(doubted);
  });

  test('carries the number of other open applications', () => {
    expect(screen({}, SAMPLE, 2).otherOpenApplications).toBe(2);
  });
});
