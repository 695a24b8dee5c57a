import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { addDays, addMonths } from '../../../domain/calendar.ts';
import { dueDates } from '../../../domain/pricing/schedule.ts';
import { timingOf } from '../../../domain/pricing/unit-periods.ts';

const months = (first: string, count: number, every = 1): string[] =>
  Array.from({ length: count }, (_, index) => addMonths(first, index * every));
const days = (first: string, count: number, every: number): string[] =>
  Array.from({ length: count }, (_, index) => addDays(first, index * every));
/** Unit periods in a year, then the payments' whole periods and fractions. */
const counted = (advance: string, payments: readonly string[]): unknown[] => {
  const { unitPeriodsPerYear: perYear, payments: periods } = timingOf([advance], payments);
  return [
    `${perYear.numerator}/${perYear.denominator}`,
    ...periods.map(({ whole, numerator, denominator }) => `${whole} ${numerator}/${denominator}`),
  ];
};

describe('the unit period', () => {
  test.each<[string, string, string[], string]>([
    ['a day', '2026-01-10', days('2026-02-20', 5, 1), '365/1'],
    ['a week', '2026-01-10', days('2026-02-20', 5, 7), '52/1'],
    ['two weeks', '2026-01-10', days('2026-02-20', 5, 14), '52/2'],
    ['four weeks, though February has as many days', '2026-01-10', days('2026-02-01', 5, 28), '52/4'],
    ['a month, though February has four weeks', '2026-01-10', months('2026-02-01', 5), '12/1'],
    ['a semimonth on the 1st and 16th', '2026-01-10', ['2026-02-01', '2026-02-16', '2026-03-01', '2026-03-16'], '24/1'],
    [
      'a semimonth on the 15th and the last day',
      '2026-01-10',
      ['2026-01-15', '2026-01-31', '2026-02-15', '2026-02-28', '2026-03-15', '2026-03-31'],
      '24/1',
    ],
    ['a quarter', '2026-01-10', months('2026-03-31', 4, 3), '12/3'],
    ['a year', '2026-01-10', months('2026-03-31', 4, 12), '1/1'],
    ['the smaller of equals', '2026-01-10', ['2026-02-10', '2026-03-10', '2026-03-17', '2026-03-24'], '52/1'],
    ['a month, which is nearest to the average of 40 and 21 days', '2026-01-01', ['2026-02-10', '2026-03-03'], '12/1'],
    ['the lower of two that are as near to the average', '2026-01-01', ['2026-01-09', '2026-01-22'], '52/1'],
    ['at most a year, though two years occur twice', '2026-01-10', months('2028-01-10', 2, 24), '1/1'],
  ])('is %s', (_, advance, payments, perYear) => {
    expect(counted(advance, payments)[0]).toBe(perYear);
  });

  test('of one advance and one payment is the term, at most a year', () => {
    expect(counted('2026-01-10', ['2026-07-10'])).toEqual(['12/6', '1 0/1']);
    expect(counted('2026-01-10', ['2026-07-11'])).toEqual(['365/182', '1 0/1']);
    expect(counted('2026-01-10', ['2027-01-25'])).toEqual(['1/1', '1 15/365']);
    expect(counted('2026-01-10', ['2027-07-10'])).toEqual(['1/1', '1 6/12']);
    expect(counted('2026-01-30', ['2026-02-28'])).toEqual(['12/1', '1 0/1']);
    expect(counted('2028-02-29', ['2030-02-28'])).toEqual(['1/1', '2 0/12']);
  });

  test('counts periods between advances as those between payments', () => {
    const { unitPeriodsPerYear, advances } = timingOf(months('2026-01-10', 3), ['2027-01-10', '2028-01-10']);
    expect(unitPeriodsPerYear).toEqual({ numerator: 12, denominator: 1 });
    expect(advances.map(({ whole }) => whole)).toEqual([0, 1, 2]);
  });
});

describe('unit periods between two dates', () => {
  test.each<[string, string, string[], string]>([
    ['from last day to last day', '2026-01-31', ['2026-02-28', '2026-03-31', '2026-04-30'], '1 0/30'],
    ['from the last day of a short month', '2026-02-28', ['2026-03-31', '2026-04-30', '2026-05-31'], '1 0/30'],
    ['on the 30th, for which February has its last day', '2026-01-30', ['2026-02-28', '2026-03-30'], '1 0/30'],
    ['on the 30th from the last day of February', '2026-02-28', ['2026-03-30', '2026-04-30'], '1 0/30'],
    ['on the 29th from a leap day', '2028-02-29', ['2028-03-29', '2028-04-29'], '1 0/30'],
    ['on the 28th, which is no last day in March', '2026-01-31', months('2026-02-28', 5), '0 28/30'],
  ])('are whole months %s', (_, advance, payments, first) => {
    expect(counted(advance, payments).slice(0, 2)).toEqual(['12/1', first]);
  });

  test('of a quarter count a month as 30 days', () => {
    // Five months back from 15 June is 15 January, and five days remain.
    expect(counted('2026-01-10', months('2026-06-15', 3, 3))[1]).toBe('1 65/90');
  });

  test('of a year have whole months over 12, and else the days over 365', () => {
    expect(counted('2026-01-10', months('2026-05-10', 3, 12))).toEqual(['1/1', '0 4/12', '1 4/12', '2 4/12']);
    expect(counted('2026-01-10', months('2026-05-11', 3, 12))).toEqual(['1/1', '0 121/365', '1 121/365', '2 121/365']);
    // 29 February lies in what remains.
    expect(counted('2028-01-10', months('2028-05-11', 3, 12))[1]).toBe('0 122/365');
  });

  test('of a loan of the products are whole months on every day of disbursement', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 2, max: 84 }), (day, term) => {
        const disbursed = addDays('2026-01-01', day);
        const { unitPeriodsPerYear, payments } = timingOf([disbursed], dueDates(disbursed, term));
        expect(unitPeriodsPerYear).toEqual({ numerator: 12, denominator: 1 });
        expect(payments).toEqual(
          Array.from({ length: term }, (_, index) => ({ whole: index + 1, numerator: 0, denominator: 30 })),
        );
      }),
    );
  });

  test('do not depend on the order of the dates', () => {
    const dates = days('2026-02-20', 5, 14);
    expect(timingOf(['2026-01-10'], dates.toReversed()).payments).toEqual(
      timingOf(['2026-01-10'], dates).payments.toReversed(),
    );
  });
});

test.each<[string[], string[], string]>([
  [[], ['2026-01-10'], 'advances is empty'],
  [['2026-01-10'], [], 'payments is empty'],
  [['2026-01-10'], ['2026-01-09', '2026-02-10'], 'payment date 2026-01-09 is not after the first advance'],
  [['2026-01-10'], ['2026-01-10'], 'payment date 2026-01-10 is not after the first advance'],
  [['2026-02-30'], ['2026-03-10'], '"2026-02-30" is not a date'],
])('advances on %j and payments on %j are refused', (advances, payments, message) => {
  expect(() => timingOf(advances, payments)).toThrow(message);
});
