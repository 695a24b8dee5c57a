import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { formatDollars } from '../../domain/money.ts';

test.each([
  [0, '$0.00'],
  [-0, '$0.00'],
  [5, '$0.05'],
  [100, '$1.00'],
  [99_999, '$999.99'],
  [123_456, '$1,234.56'],
  [100_000_000, '$1,000,000.00'],
  [-5, '-$0.05'],
  [-123_456, '-$1,234.56'],
  [Number.MAX_SAFE_INTEGER, '$90,071,992,547,409.91'],
])('%p cents are %s', (cents, text) => {
  expect(formatDollars(cents)).toBe(text);
});

test.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('%p is no amount of cents', (cents) => {
  expect(() => formatDollars(cents)).toThrow(`cents is ${cents}: give a whole number of cents.`);
});

test('the text has every cent of the amount', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (cents) => {
      const text = formatDollars(cents);
      expect(text).toMatch(/^-?\$\d{1,3}(,\d{3})*\.\d{2}$/);
      expect(BigInt(text.replaceAll(/[$,.]/g, ''))).toBe(BigInt(cents));
    }),
  );
});
