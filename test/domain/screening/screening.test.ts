import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { comparableName, isComparable, jaroWinkler } from '../../../domain/screening/name-match.ts';
import { SAMPLE_LIST, screenApplicant, type ScreeningList } from '../../../domain/screening/screen.ts';
import { identityOf } from '../../support/submissions.ts';

describe('the similarity of two names', () => {
  // Winkler 1990; the table in the documentation of most implementations.
  test.each([
    ['MARTHA', 'MARHTA', 0.9611],
    ['DWAYNE', 'DUANE', 0.84],
    ['DIXON', 'DICKSONX', 0.8133],
    ['JONES', 'JOHNSON', 0.8324],
    ['ABROMS', 'ABRAMS', 0.9222],
    ['SHACKLEFORD', 'SHACKELFORD', 0.9818],
    ['DUNNINGHAM', 'CUNNIGHAM', 0.8963],
    ['NICHLESON', 'NICHULSON', 0.9556],
    ['ABC', 'XYZ', 0],
    ['', '', 1],
    ['', 'A', 0],
  ])('of %s and %s is %p', (left, right, similarity) => {
    expect(jaroWinkler(left, right)).toBeCloseTo(similarity, 4);
  });

  test('lies between 0 and 1, is the same both ways, and is 1 for equal names', () => {
    const name = fc.string({ unit: fc.constantFrom('A', 'B', 'C', 'D', ' '), maxLength: 12 });
    fc.assert(
      fc.property(name, name, (a, b) => {
        const similarity = jaroWinkler(a, b);
        expect(similarity).toBeGreaterThanOrEqual(0);
        expect(similarity).toBeLessThanOrEqual(1);
        expect(jaroWinkler(b, a)).toBeCloseTo(similarity, 12);
        expect(jaroWinkler(a, a)).toBe(1);
      }),
    );
  });
});

describe('a comparable name', () => {
  test.each([
    ['Karbunkel, Zoltan', 'karbunkel zoltan'],
    ['ZOLTÁN  KÁRBUNKEL', 'karbunkel zoltan'],
    ['O’Brien-Smith', 'brien o smith'],
    ['José María', 'jose maria'],
    ['ﬁona', 'fiona'],
    ['--', ''],
    ['Zol\u200Btan Kar\u00ADbunkel', 'karbunkel zoltan'],
    ['\uFEFFZol\u200Dtan Kar\u2060bunkel', 'karbunkel zoltan'],
    ['Zol\u3164tan Kar\u034Fbunkel', 'karbunkel zoltan'],
    ['Ｚｏｌｔａｎ Ⓚarbunkel', 'karbunkel zoltan'],
    ['Øłıveß', 'olivess'],
    ['İZ', 'iz'],
  ])('of %p is %p', (name, comparable) => {
    expect(comparableName(name)).toBe(comparable);
  });
});

describe('a screening', () => {
  const screen = (changes: Parameters<typeof identityOf>[0], list: ScreeningList = SAMPLE_LIST, others = 0) =>
    screenApplicant(identityOf(changes), list, '2026-03-01', others);

  test.each([
    ['as listed', 'Zoltan', 'Karbunkel'],
    ['in the other order', 'Karbunkel', 'Zoltan'],
    ['with accents', 'Zoltán', 'Kárbunkel'],
    ['with a letter changed', 'Zoltan', 'Karbunkle'],
    ['with invisible characters', 'Z\u200Bo\u200Bl\u200Bt\u200Ba\u200Bn', 'K\u00ADa\u00ADrbun\u2060kel'],
    ['with a letter that is struck through', 'Zołtan', 'Karbunkel'],
  ])('holds a listed name %s', (_, firstName, lastName) => {
    const found = screen({ firstName, lastName });
    expect(found.status).toBe('HOLD');
    expect(found.possibleMatches.map(({ entryId }) => entryId)).toEqual(['S-001']);
    expect(JSON.stringify(found)).not.toMatch(/zolt/i);
  });

  test('is clear for a name that is not listed', () => {
    expect(screen({})).toMatchObject({ status: 'CLEAR', possibleMatches: [] });
  });

  test.each([
    ['Cyrillic letters that look Latin', 'Z\u043Elt\u0430n', 'K\u0430rbunk\u0435l'],
    ['Greek letters that look Latin', 'Zoltan', 'Karbunk\u03B5l'],
    ['Han letters', '\u674E', '\u96F7'],
    ['no letters', 'Ann', '-'],
  ])('holds a name of %s: it cannot be compared, so a person does', (_, firstName, lastName) => {
    expect(screen({ firstName, lastName })).toMatchObject({ status: 'HOLD', nameComparable: false });
  });

  test('compares a name of any Latin letters', () => {
    for (const name of ['Søren', 'Łukasz', 'Nguyễn', "O'Brien", 'Weiß', 'Æsa', 'Iñigo', 'Ağca'])
      expect(isComparable(comparableName(name))).toBe(true);
  });

  test('holds from the list’s threshold on', () => {
    const list = (threshold: number) => ({ ...SAMPLE_LIST, threshold, entries: [{ id: 'X', name: 'MARTHA X' }] });
    const identity = { firstName: 'MARHTA', lastName: 'X' };
    const similarity = jaroWinkler('martha x', 'marhta x');
    expect(screen(identity, list(similarity)).possibleMatches).toEqual([{ entryId: 'X', similarityPerMille: 971 }]);
    expect(screen(identity, list(similarity + 1e-9)).status).toBe('CLEAR');
  });

  test('records which list was asked, in which version, and how', () => {
    const { name, version, threshold } = SAMPLE_LIST;
    expect(screen({}).list).toEqual({ name, version, threshold, algorithm: 'Jaro-Winkler' });
  });

  test.each([
    ['IL', '2008-03-01', true],
    ['IL', '2008-03-02', false],
    ['AL', '2008-03-01', false],
    ['AL', '2007-03-01', true],
    ['NE', '2007-03-02', false],
  ])('in %s finds someone born on %s of legal age: %p', (state, dateOfBirth, ofLegalAge) => {
    const { address } = identityOf();
    expect(screen({ dateOfBirth, address: { ...address, state } }).ofLegalAge).toBe(ofLegalAge);
  });

  test('carries the number of other open applications', () => {
    expect(screen({}, SAMPLE_LIST, 2).otherOpenApplications).toBe(2);
  });
});
