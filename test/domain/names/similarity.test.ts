import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { consonantsOf, editDistance, likeness, soundOf } from '../../../domain/names/similarity.ts';

const like = (word: string, listed: string) =>
  likeness({ text: word, sound: soundOf(word) }, { text: listed, sound: soundOf(listed), letters: listed.length });

describe('A word is like a listed word', () => {
  test.each([
    ['karbunkel', 'karbunkel', 'SAME'],
    ['carbunkel', 'karbunkel', 'TRANSLITERATED'],
    ['iousouf', 'yusuf', 'TRANSLITERATED'],
    ['hoseini', 'hosseini', 'TRANSLITERATED'],
    ['fahrizadeh', 'fakhrizadeh', 'TRANSLITERATED'],
    ['mohamed', 'muhammad', 'ONE_EDIT'],
    ['quilfether', 'quillfeather', 'ONE_EDIT'],
    ['hetcor', 'hector', 'ONE_EDIT'],
    ['karvunkal', 'karbunkel', 'TWO_EDITS'],
    ['thad', 'thaddeus', 'SHORTENED'],
    ['thaddeus', 'thad', 'SHORTENED'],
    ['tha', 'thaddeus', undefined],
    ['kamr', 'karm', undefined],
    ['smith', 'jones', undefined],
    ['smythers', 'smith', undefined],
  ])('%s, %s: %p', (word, listed, expected) => {
    expect(like(word, listed)).toBe(expected);
  });

  test('by its consonants where the script writes no short vowels', () => {
    expect(consonantsOf('mhmd')).toBe(consonantsOf('muhammad'));
    expect(consonantsOf('mhmwd')).toBe(consonantsOf('mahmoud'));
  });
});

describe('The distance of two words', () => {
  test.each([
    ['', '', 0],
    ['abc', 'abc', 0],
    ['abc', 'acb', 1],
    ['abc', 'abd', 1],
    ['abc', 'ab', 1],
    ['abcd', 'badc', 2],
    ['abc', 'xyz', 3],
  ])('from %p to %p is %p', (left, right, distance) => {
    expect(editDistance(left, right, 2)).toBe(distance);
  });

  test('is the same both ways, 0 for equal words alone, and at most the number of edits', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
    fc.assert(
      fc.property(word, word, fc.nat(8), (left, right, at) => {
        expect(editDistance(left, right, 8)).toBe(editDistance(right, left, 8));
        expect(editDistance(left, right, 8) === 0).toBe(left === right);
        expect(editDistance(left, `${left.slice(0, at)}x${left.slice(at)}`, 8)).toBe(1);
        expect(editDistance(left, right, 1)).toBe(Math.min(editDistance(left, right, 8), 2));
      }),
    );
  });
});
