import { runInNewContext } from 'node:vm';

import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import {
  addDays,
  addMonths,
  dateOfDay,
  dayNumber,
  daysBetween,
  FIRST_DATE,
  InvalidDate,
  isCalendarDate,
  isLastDayOfMonth,
  LAST_DATE,
  localDate,
  monthsBack,
  monthsBetween,
  monthsThrough,
  yearsBetween,
} from '../../domain/calendar.ts';
import { dateOf, daysOf } from '../../packages/policy-compiler/dates.ts';
import { RUNTIME } from '../../packages/policy-compiler/runtime.ts';

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

/** Texts that no calendar has, that another function here once took for a date, or that are out of the range. */
const NO_DATES = [
  '2026-02-30',
  '2026-13-01',
  '2026-00-10',
  '2026-04-31',
  '2026-01-00',
  '1900-02-29',
  '2023-02-29',
  '2026-1-1',
  ' 2026-01-01',
  '2026-01-01 ',
  '26-01-01',
  '2026/01/01',
  '2026-01-01T00:00:00Z',
  '',
  '0000-01-01',
  '0999-01-01',
  '1500-01-01',
  '1599-12-31',
  '+10000-01-01',
  '10000-01-01',
];

describe('a text that is no date', () => {
  test.each(NO_DATES)('%j has the same answer everywhere: an error that names it', (text) => {
    expect(isCalendarDate(text)).toBe(false);
    const readers = [
      () => addDays(text, 1),
      () => addMonths(text, 1),
      () => dayNumber(text),
      () => daysBetween('2026-01-01', text),
      () => daysBetween(text, '2026-01-01'),
      () => isLastDayOfMonth(text),
      () => monthsBack(text, '2026-01-01', 1),
      () => monthsBetween('2026-01-01', text),
    ];
    for (const read of readers) expect(read).toThrow(InvalidDate);
    for (const read of readers) expect(read).toThrow(`${JSON.stringify(text)} is not a date: give a day`);
  });

  test('is no result either', () => {
    for (const [date, step] of [[FIRST_DATE, -1] as const, [LAST_DATE, 1] as const]) {
      expect(isCalendarDate(date)).toBe(true);
      expect(() => addDays(date, step)).toThrow(InvalidDate);
      expect(() => addMonths(date, step)).toThrow(InvalidDate);
      expect(() => dateOfDay(dayNumber(date) + step)).toThrow(InvalidDate);
    }
  });
});

describe('months', () => {
  test('are counted from the first to the last, over the turn of the year', () => {
    expect([...monthsThrough('2026-11', '2027-02')]).toEqual(['2026-11', '2026-12', '2027-01', '2027-02']);
    expect([...monthsThrough('2026-11', '2026-11')]).toEqual(['2026-11']);
    expect([...monthsThrough('2026-11', '2026-10')]).toEqual([]);
    expect([...monthsThrough('9999-11', '9999-12')]).toEqual(['9999-11', '9999-12']);
  });

  test.each([
    ['2016-02-29', '2016-03-31', 1],
    ['2016-03-31', '2016-04-30', 0],
    ['2015-03-31', '2016-03-31', 12],
    ['2016-04-01', '2016-03-31', -1],
    ['2016-03-31', '2016-03-31', 0],
  ])('between %s and %s are %p whole ones', (from, to, months) => {
    expect(monthsBetween(from, to)).toBe(months);
  });
});

describe('the calendar that compiled policies carry', () => {
  // What `daysOf` of a compiled policy returns: days since 1970, or NaN for a text that is no date.
  const emitted = runInNewContext(`${RUNTIME['daysOf']}; daysOf`) as (text: string) => number;

  function compare(text: string): void {
    const expected = isCalendarDate(text) ? dayNumber(text) : undefined;
    expect([text, daysOf(text)]).toEqual([text, expected]);
    expect([text, emitted(text)]).toEqual([text, expected ?? Number.NaN]);
    if (expected !== undefined) expect([dateOf(expected), dateOfDay(expected)]).toEqual([text, text]);
  }

  test('is this one on every day around each change of year, leap day and end of a month', () => {
    for (const year of [1600, 1699, 1700, 1900, 1969, 1970, 2000, 2026, 2028, 2100, 9999]) {
      for (let month = 1; month <= 12; month += 1) {
        for (const day of [0, 1, 2, 15, 27, 28, 29, 30, 31, 32]) {
          compare(`${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`);
        }
      }
    }
  });

  test('is this one for every text that is no date', () => {
    for (const text of NO_DATES) compare(text);
  });

  test('is this one on random days and near them', () => {
    const days = fc.integer({ min: dayNumber(FIRST_DATE), max: dayNumber(LAST_DATE) });
    fc.assert(
      fc.property(days, (day) => {
        const date = new Date(day * 86_400_000).toISOString().slice(0, 10);
        expect(dateOfDay(day)).toBe(date);
        compare(date);
      }),
      { numRuns: 1_000 },
    );
    fc.assert(
      fc.property(fc.nat(10_100), fc.nat(14), fc.nat(33), (year, month, day) => {
        compare(
          [String(year).padStart(4, '0'), ...[month, day].map((part) => String(part).padStart(2, '0'))].join('-'),
        );
      }),
      { numRuns: 1_000 },
    );
  });
});

test.each(['2000-02-29', '2026-12-31', FIRST_DATE, LAST_DATE])('%p is a date', (text) => {
  expect(isCalendarDate(text)).toBe(true);
});
