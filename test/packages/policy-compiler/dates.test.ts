import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { dateOf, daysOf } from '../../../packages/policy-compiler/dates.ts';

describe('days of a date', () => {
  test('are those of the Gregorian calendar', () => {
    fc.assert(
      fc.property(fc.integer({ min: daysOf('1600-01-01') ?? 0, max: daysOf('9999-12-31') ?? 0 }), (days) => {
        const date = new Date(days * 86_400_000).toISOString().slice(0, 10);
        expect(dateOf(days)).toBe(date);
        expect(daysOf(date)).toBe(days);
      }),
    );
  });

  test.each([
    '2023-02-29',
    '1900-02-29',
    '2024-13-01',
    '2024-00-10',
    '2024-04-31',
    '2024-1-01',
    '1599-12-31',
    '24-01-01',
    '',
  ])('are unknown for %j', (text) => {
    expect(daysOf(text)).toBeUndefined();
  });
});
