import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { addDays, addMonths, dateParts, daysBetween, monthsBack } from '../../../domain/calendar.ts';
import { divideFloor, divideHalfUp, formatPercent, quotientHalfUp } from '../../../domain/pricing/arithmetic.ts';
import {
  annuityFactor,
  dailyInterestCents,
  dueDates,
  EarlyPayoff,
  levelPaymentCents,
  type LoanTerms,
  maximumPrincipalCents,
  NegativeAmortization,
} from '../../../domain/pricing/schedule.ts';
import { amortize } from './amortize.ts';
import { AFTER_DAYS, AFTER_MONTHS, cents, SCHEDULES } from './vectors.ts';

const loan = (principal: string | number, annualRateBasisPoints: number, termMonths: number): LoanTerms => ({
  principalCents: cents(principal),
  annualRateBasisPoints,
  termMonths,
});

describe('rounding', () => {
  test('halves go up, also below zero', () => {
    expect([divideHalfUp(5n, 2n), divideHalfUp(-5n, 2n), divideHalfUp(7n, 3n)]).toEqual([3n, -2n, 2n]);
    expect(divideFloor(-1n, 3n)).toBe(-1n);
  });

  test('of plain numbers is that of the exact quotient, up to the largest that they can hold', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 51n }),
        fc.integer({ min: 1, max: 3_650_000 }),
        fc.constantFrom(-1n, 0n, 1n),
        (numerator, denominator, beside) => {
          // Beside the halves, where a rounded quotient would show first.
          const half = (numerator / BigInt(denominator)) * BigInt(denominator) + BigInt(denominator) / 2n + beside;
          for (const each of [numerator, half < 0n ? 0n : half]) {
            expect(BigInt(quotientHalfUp(Number(each), denominator))).toBe(divideHalfUp(each, BigInt(denominator)));
          }
        },
      ),
      { numRuns: 2_000 },
    );
    const balance = Number.MAX_SAFE_INTEGER;
    const interest = BigInt(balance) * 2_999n * 31n;
    expect(dailyInterestCents(balance, 2_999, 31)).toBe(Number(divideHalfUp(interest, 3_650_000n)));
  });

  test('percentages have one text form', () => {
    expect([0, 21_969_355, 21_965_000, 21_964_999, 8_800_000].map(formatPercent)).toEqual([
      '0.00',
      '21.97',
      '21.97',
      '21.96',
      '8.80',
    ]);
    expect(() => formatPercent(0.5)).toThrow('millionthsOfPercent is 0.5: give a whole number');
  });
});

describe('the calendar', () => {
  test.each(AFTER_DAYS)('%s and %d days is %s', (start, days, due) => {
    expect(addDays(start, days)).toBe(due);
    expect(daysBetween(start, due)).toBe(days);
  });

  test.each(AFTER_MONTHS)('%s and %d months is %s', (start, months, due) => {
    expect(addMonths(start, months)).toBe(due);
  });

  test('due dates return to the day of disbursement after a short month', () => {
    expect(dueDates('2026-12-31', 4)).toEqual(['2027-01-31', '2027-02-28', '2027-03-31', '2027-04-30']);
    expect(dueDates('2028-01-30', 3)).toEqual(['2028-02-29', '2028-03-30', '2028-04-30']);
    expect(() => dueDates('2026-02-20', 0)).toThrow('termMonths is 0');
  });

  test('every month of four centuries has its days', () => {
    for (let year = 1900; year <= 2300; year += 1) {
      for (let month = 1; month <= 12; month += 1) {
        const first = `${year}-${String(month).padStart(2, '0')}-01`;
        const last = new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10);
        expect(addMonths(first, 0, 31)).toBe(last);
      }
    }
  });

  test('months are counted back from the later date', () => {
    expect(monthsBack('1978-02-10', '1978-04-01', 1)).toEqual({ months: 1, days: 19 });
    expect(monthsBack('2026-01-31', '2026-02-28', 31)).toEqual({ months: 1, days: 0 });
    expect(monthsBack('2026-01-31', '2026-02-28', 28)).toEqual({ months: 0, days: 28 });
    expect(monthsBack('2026-02-10', '2026-02-28', 31)).toEqual({ months: 0, days: 18 });
  });

  test.each(['2026-02-29', '2026-13-01', '2026-1-1', ''])('%j is refused as a date', (date) => {
    expect(() => dateParts(date)).toThrow('give a day of the calendar');
  });
});

describe('a schedule', () => {
  test.each(SCHEDULES)('of %s at %d bp over %d months', (principal, rate, n, payment, final, interest, total) => {
    const schedule = amortize(loan(principal, rate, n));
    expect(schedule).toMatchObject({
      paymentCents: cents(payment),
      finalPaymentCents: cents(final),
      totalInterestCents: cents(interest),
      totalOfPaymentsCents: cents(total),
    });
    expect(levelPaymentCents(cents(principal), annuityFactor(rate, n))).toBe(cents(payment));
  });

  test('has these balances for 1,000 at 29.99 % over a year', () => {
    const balances = amortize(loan(1_000, 2_999, 12)).instalments.map(({ balanceCents }) => balanceCents / 100);
    expect(balances).toEqual([
      927.51, 853.21, 777.05, 698.99, 618.98, 536.97, 452.91, 366.75, 278.44, 187.92, 95.14, 0,
    ]);
  });

  test.each([
    ['2026-01-15', '2026-03-01', 45, 221.92],
    ['2026-02-01', '2026-03-01', 28, 138.08],
    ['2028-02-01', '2028-03-01', 29, 143.01],
  ])('of a line from %s to %s counts %d days of interest over 365', (start, end, days, over365) => {
    expect(daysBetween(start, end)).toBe(days);
    expect(dailyInterestCents(cents(10_000), 1_800, days)).toBe(cents(over365));
  });

  test('is refused when rounding leaves nothing for the principal', () => {
    expect(() => amortize(loan(10, 3_600, 360))).toThrow(NegativeAmortization);
  });

  test('is refused when rounding would pay it off early', () => {
    expect(() => amortize(loan(1, 0, 60))).toThrow(EarlyPayoff);
  });

  test.each([
    [{ principalCents: 0 }, 'principalCents is 0'],
    [{ principalCents: 100.5 }, 'principalCents is 100.5'],
    [{ annualRateBasisPoints: -1 }, 'annualRateBasisPoints is -1'],
    [{ termMonths: 0 }, 'termMonths is 0'],
  ])('with %j is refused', (change, message) => {
    expect(() => amortize({ ...loan(10_000, 1_800, 60), ...change })).toThrow(message);
  });

  const anyLoan = fc.record({
    principalCents: fc.integer({ min: 500_00, max: 100_000_00 }),
    annualRateBasisPoints: fc.integer({ min: 0, max: 3_600 }),
    termMonths: fc.integer({ min: 1, max: 84 }),
  });

  test('repays exactly the principal and owes something until the last payment', () => {
    fc.assert(
      fc.property(anyLoan, (terms) => {
        const schedule = amortize(terms);
        const { instalments, paymentCents, finalPaymentCents } = schedule;
        const sum = (of: (instalment: (typeof instalments)[number]) => number): number =>
          instalments.reduce((total, instalment) => total + of(instalment), 0);
        expect(sum(({ principalCents }) => principalCents)).toBe(terms.principalCents);
        expect(sum((instalment) => instalment.paymentCents)).toBe(schedule.totalOfPaymentsCents);
        expect(sum((instalment) => instalment.interestCents)).toBe(schedule.totalInterestCents);
        expect(instalments.at(-1)?.balanceCents).toBe(0);
        expect(instalments.slice(0, -1).every(({ balanceCents }) => balanceCents > 0)).toBe(true);
        // Half a cent of each payment and of each interest, carried on at up to 3 % a month.
        const drift = Math.ceil((terms.termMonths + 1) * 1.031 ** terms.termMonths);
        expect(Math.abs(finalPaymentCents - paymentCents)).toBeLessThanOrEqual(drift);
      }),
    );
  });

  test('has the annuity factor of its definition', () => {
    fc.assert(
      fc.property(anyLoan, ({ annualRateBasisPoints, termMonths }) => {
        // Πg and Σ of later g's over 120,000ⁿ, unreduced.
        const whole = 120_000n;
        const growth = whole + BigInt(annualRateBasisPoints);
        let [product, sum, power] = [1n, 0n, 1n];
        for (let month = 0; month < termMonths; month += 1) {
          power *= whole;
          product *= growth;
          sum = sum * growth + power;
        }
        const { accumulation, annuity } = annuityFactor(annualRateBasisPoints, termMonths);
        expect(accumulation * sum).toBe(annuity * product);
      }),
    );
  });

  test('never has a lower payment at a worse rate', () => {
    fc.assert(
      fc.property(anyLoan, fc.integer({ min: 1, max: 500 }), ({ principalCents, ...terms }, worse) => {
        const payment = (rate: number): number =>
          levelPaymentCents(principalCents, annuityFactor(rate, terms.termMonths));
        expect(payment(terms.annualRateBasisPoints + worse)).toBeGreaterThanOrEqual(
          payment(terms.annualRateBasisPoints),
        );
      }),
    );
  });

  test('of the largest principal keeps the payment, and a cent more of principal passes it', () => {
    expect(maximumPrincipalCents(300_00, annuityFactor(1_800, 60))).toBe(11_814_08);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000_00 }),
        fc.integer({ min: 0, max: 3_600 }),
        fc.integer({ min: 1, max: 84 }),
        (payment, rate, n) => {
          const factor = annuityFactor(rate, n);
          const principal = maximumPrincipalCents(payment, factor);
          const exact = (cents: number): bigint => BigInt(cents) * factor.accumulation;
          expect(exact(principal) <= BigInt(payment) * factor.annuity).toBe(true);
          expect(exact(principal + 1) > BigInt(payment) * factor.annuity).toBe(true);
        },
      ),
    );
  });
});
