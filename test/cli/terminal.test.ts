import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { cut, jsonText, plain, plainLine } from '../../cli/terminal.ts';

test('text from data keeps its letters and loses what could write into a terminal', () => {
  expect(plain('a\u001b[2Jb\u0007\u009b31mc\u202ed\r\ne\u200b')).toBe('abcd\ne');
  expect(plainLine('a\nb')).toBe('a b');
  expect(plain('Zoë Ōtani 王 😀')).toBe('Zoë Ōtani 王 😀');
});

test('whatever the text, nothing but line feeds of all control characters is left', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !/[^\P{Cc}\n]|\p{Cf}|\p{Cs}/u.test(plain(text))));
});

test('a cut text is no longer than asked for', () => {
  expect(cut('abcdef', 4)).toBe('abc…');
  expect(cut('abcd', 4)).toBe('abcd');
});

test('JSON escapes what could write into a terminal or reorder its text, and reads as it was', () => {
  expect(jsonText('\u009b2J \u202e\u2066 é')).toBe('"\\u009b2J \\u202e\\u2066 é"');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const shown = jsonText({ text });
      expect(shown).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}/u);
      expect(JSON.parse(shown)).toEqual({ text });
    }),
  );
});
