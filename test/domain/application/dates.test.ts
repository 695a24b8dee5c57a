import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { addDays, isCalendarDate, localDate, yearsBetween } from '../../../domain/application/local-date.ts';

describe('the creditor’s date', () => {
  test.each([
    ['2026-01-05T05:59:59.999Z', 'America/Chicago', '2026-01-04'],
    ['2026-01-05T06:00:00.000Z', 'America/Chicago', '2026-01-05'],
    // Daylight time from 8 March 2026, 2:00, to 1 November 2026, 2:00: midnight is an hour earlier in UTC.
    ['2026-03-08T05:59:59.999Z', 'America/Chicago', '2026-03-07'],
    ['2026-03-09T04:59:59.999Z', 'America/Chicago', '2026-03-08'],
    ['2026-03-09T05:00:00.000Z', 'America/Chicago', '2026-03-09'],
    ['2026-11-01T04:59:59.999Z', 'America/Chicago', '2026-10-31'],
    ['2026-11-02T05:59:59.999Z', 'America/Chicago', '2026-11-01'],
    ['2026-11-02T06:00:00.000Z', 'America/Chicago', '2026-11-02'],
    ['2026-01-01T00:30:00.000Z', 'Pacific/Honolulu', '2025-12-31'],
    ['2025-12-31T10:00:00.000Z', 'Pacific/Kiritimati', '2026-01-01'],
  ])('of %s in %s is %s', (instant, zone, date) => {
    expect(localDate(instant, zone)).toBe(date);
  });
});

describe('a legal period', () => {
  // 12 CFR 1002.9(a)(1): calendar days.
  test.each([
    ['2026-01-31', 30, '2026-03-02'],
    ['2028-01-31', 30, '2028-03-01'],
    ['2026-11-30', 30, '2026-12-30'],
    ['2026-02-01', 90, '2026-05-02'],
    ['2026-02-20', 30, '2026-03-22'],
  ])('from %s of %p days ends on %s', (from, days, due) => {
    expect(addDays(from, days)).toBe(due);
  });

  test('is added up day by day to the same date', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 }), fc.nat(120), (start, days) => {
        const from = addDays('2027-06-01', start);
        expect(addDays(addDays(from, days), 1)).toBe(addDays(from, days + 1));
        expect(isCalendarDate(addDays(from, days))).toBe(true);
      }),
    );
  });
});

describe('an age', () => {
  test.each([
    ['2008-03-10', '2026-03-09', 17],
    ['2008-03-10', '2026-03-10', 18],
    ['2008-02-29', '2026-02-28', 17],
    ['2008-02-29', '2026-03-01', 18],
    ['2008-02-29', '2028-02-28', 19],
    ['2008-02-29', '2028-02-29', 20],
    ['2026-03-10', '2026-03-10', 0],
  ])('of someone born on %s is, on %s, %p', (birth, on, age) => {
    expect(yearsBetween(birth, on)).toBe(age);
  });
});

test.each(['2026-13-01', '2026-00-10', '2026-04-31', '1900-02-29', '2026-1-1', ' 2026-01-01', '2026-01-01 ', ''])(
  '%p is no date',
  (text) => {
    expect(isCalendarDate(text)).toBe(false);
  },
);

test.each(['2000-02-29', '2026-12-31'])('%p is a date', (text) => {
  expect(isCalendarDate(text)).toBe(true);
});
