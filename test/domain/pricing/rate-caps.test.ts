import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { annualPercentageRate, transactionOf } from '../../../domain/pricing/apr.ts';
import { RATE_CAP_ROWS } from '../../../domain/pricing/rate-cap-rows.ts';
import {
  blendedRate,
  type CapContext,
  type CappedCredit,
  evaluateRateCaps,
  matches,
  type RateCap,
} from '../../../domain/pricing/rate-caps.ts';
import { dueDates, levelPayments, paymentsOf } from '../../../domain/pricing/schedule.ts';
import { timingOf } from '../../../domain/pricing/unit-periods.ts';
import { cents, millionths } from './vectors.ts';

const context: CapContext = { asOf: '2026-11-22', mode: 'DEMONSTRATION', indices: { FEDERAL_FUNDS: 388 } };
const disbursed = '2026-01-15';

function loan(jurisdiction: string, amount: number, rate: number, termMonths: number, fee = 0): CappedCredit {
  const level = levelPayments({ principalCents: cents(amount), annualRateBasisPoints: rate, termMonths });
  const timing = timingOf([disbursed], dueDates(disbursed, termMonths));
  const transaction = transactionOf(timing, [cents(amount - fee)], paymentsOf(level, termMonths));
  const flows = { kind: 'TRANSACTION', transaction } as const;
  return {
    jurisdiction,
    lenderType: 'STATE_LICENSEE',
    product: 'PL',
    amountCents: cents(amount),
    termMonths,
    measures: {
      SIMPLE_INTEREST: { kind: 'RATE', annualRateBasisPoints: rate },
      REGZ_APR: flows,
      MAPR: flows,
      FEE_INCLUSIVE: flows,
    },
  };
}

const statusOf = (credit: CappedCredit, change: Partial<CapContext> = {}): string =>
  evaluateRateCaps(RATE_CAP_ROWS, credit, { ...context, ...change }).status;

const row = (change: Partial<RateCap>): RateCap => ({
  id: 'row',
  jurisdiction: 'US-XX',
  lenderTypes: ['STATE_LICENSEE'],
  products: ['PL'],
  amount: { minCents: 0 },
  basis: 'SIMPLE_INTEREST',
  cap: { kind: 'FIXED', bps: 2_000 },
  effectiveFrom: '2020-01-01',
  citation: 'Example 1',
  consequence: 'None',
  verifiedOn: '2026-01-01',
  verifiedBy: 'counsel',
  ...change,
});

describe('a fixed cap', () => {
  test('of 17 % with fees refuses 16 % with a fee of 150', () => {
    const credit = loan('US-AR', 10_000, 1_600, 36, 150);
    const evaluation = evaluateRateCaps(RATE_CAP_ROWS, credit, context);
    expect(evaluation).toMatchObject({
      status: 'EXCEEDED',
      evaluated: [{ rateMillionthsOfPercent: millionths(17.079792), capMillionthsOfPercent: millionths(17) }],
    });
    expect(statusOf(loan('US-AR', 10_000, 1_600, 36))).toBe('PERMITTED');
  });

  test('lets a rate pass that equals it, and a basis point more not', () => {
    const status = (annualRateBasisPoints: number): string => {
      const measures = { SIMPLE_INTEREST: { kind: 'RATE', annualRateBasisPoints } } as const;
      return evaluateRateCaps([row({})], { ...loan('US-XX', 5_000, 2_000, 36), measures }, context).status;
    };
    expect([status(2_000), status(2_001)]).toEqual(['PERMITTED', 'EXCEEDED']);
  });

  test('holds a cycle of a line against charges on its balance', () => {
    const line = (charge: number): CappedCredit => ({
      ...loan('US-IL', 500, 0, 12),
      product: 'LOC',
      termMonths: null,
      measures: {
        MAPR: { kind: 'CYCLE', chargesCents: cents(charge), balanceCents: cents(500), cyclesPerYear: 12 },
      },
    });
    expect(statusOf(line(15))).toBe('PERMITTED');
    expect(statusOf(line(15.01))).toBe('EXCEEDED');
  });
});

describe('an indexed cap', () => {
  test('is the index and its margin: 39.88 % at a federal funds rate of 3.88 %', () => {
    expect(statusOf(loan('US-CA', 5_000, 3_988, 36))).toBe('PERMITTED');
    expect(statusOf(loan('US-CA', 5_000, 3_989, 36))).toBe('EXCEEDED');
  });

  test('stays between its floor and its ceiling', () => {
    const capAt = (index: number): number | null | undefined =>
      evaluateRateCaps(RATE_CAP_ROWS, loan('US-TX', 5_000, 1_000, 36), {
        ...context,
        indices: { TEXAS_WEEKLY_CEILING: index },
      }).evaluated[0]?.capMillionthsOfPercent;
    expect([capAt(900), capAt(2_000), capAt(3_000)]).toEqual([18_000_000, 20_000_000, 24_000_000]);
  });

  test('fails closed when the index is not known', () => {
    expect(statusOf(loan('US-CA', 5_000, 1_000, 36), { indices: {} })).toBe('NOT_OFFERED_LEGAL');
  });
});

describe('a blended cap', () => {
  const brackets = [
    { upToCents: 1_000_00, bps: 3_600 },
    { upToCents: 3_000_00, bps: 2_100 },
    { upToCents: null, bps: 1_500 },
  ];

  test('is scheduled: 31.42 % on 2,000 over 24 months, where the first month alone has 28.5 %', () => {
    expect(blendedRate(2_000_00, 24, brackets) / 1e6).toBeCloseTo(31.42, 2);
    expect(blendedRate(2_000_00, 1, brackets) / 1e6).toBeCloseTo(28.5, 2);
    expect(blendedRate(10_000_00, 60, brackets) / 1e6).toBeCloseTo(19.86, 2);
  });

  test('gives way to the flat rate where that is higher', () => {
    expect(statusOf(loan('US-CO', 2_000, 3_140, 24))).toBe('PERMITTED');
    expect(statusOf(loan('US-CO', 2_000, 3_143, 24))).toBe('EXCEEDED');
    expect(statusOf(loan('US-CO', 10_000, 2_099, 60))).toBe('PERMITTED');
    expect(statusOf(loan('US-CO', 10_000, 2_102, 60))).toBe('EXCEEDED');
  });

  test('of one bracket is that bracket', () => {
    fc.assert(
      fc.property(fc.integer({ min: 500_00, max: 50_000_00 }), fc.integer({ min: 1, max: 60 }), (amount, months) => {
        expect(blendedRate(amount, months, [{ upToCents: null, bps: 2_000 }]) / 1e6).toBeCloseTo(20, 3);
      }),
    );
  });

  test('refuses brackets that end below the balance', () => {
    expect(() => blendedRate(2_000_00, 24, [{ upToCents: 1_000_00, bps: 3_600 }])).toThrow('brackets end below');
  });
});

describe('matching', () => {
  test('fails closed where no row speaks', () => {
    expect(statusOf(loan('US-VT', 5_000, 500, 36))).toBe('NOT_OFFERED_LEGAL');
    expect(statusOf(loan('US-CA', 5_000, 500, 72))).toBe('NOT_OFFERED_LEGAL');
    expect(statusOf(loan('US-CA', 2_000, 500, 36))).toBe('NOT_OFFERED_LEGAL');
    expect(statusOf({ ...loan('US-CA', 5_000, 500, 36), lenderType: 'UNLICENSED' })).toBe('NOT_OFFERED_LEGAL');
  });

  test('passes without a number where a court decides, and asks for counsel', () => {
    expect(evaluateRateCaps(RATE_CAP_ROWS, loan('US-CA', 10_000, 3_500, 36), context)).toMatchObject({
      status: 'PERMITTED',
      needsCounsel: true,
    });
  });

  test('takes amounts half open, terms and days with both ends', () => {
    const bounded = row({
      amount: { minCents: 1_000_00, maxExclusiveCents: 2_000_00 },
      termMonths: { min: 12, max: 24 },
      effectiveFrom: '2026-01-01',
      effectiveTo: '2026-12-31',
    });
    const credit = loan('US-XX', 1_500, 1_000, 18);
    const amounts = [999_99, 1_000_00, 1_999_99, 2_000_00].map((amountCents) =>
      matches(bounded, { ...credit, amountCents }, '2026-06-01'),
    );
    expect(amounts).toEqual([false, true, true, false]);
    const terms = [11, 12, 24, 25, null].map((termMonths) => matches(bounded, { ...credit, termMonths }, '2026-06-01'));
    expect(terms).toEqual([false, true, true, false, false]);
    const days = ['2025-12-31', '2026-01-01', '2026-12-31', '2027-01-01'].map((day) => matches(bounded, credit, day));
    expect(days).toEqual([false, true, true, false]);
  });

  test('all that match must pass, whatever their order', () => {
    const rows = [row({ id: 'b' }), row({ id: 'a', cap: { kind: 'FIXED', bps: 1_500 } }), row({ id: 'c' })];
    const credit = loan('US-XX', 5_000, 1_800, 36);
    const evaluation = evaluateRateCaps(rows, credit, context);
    expect(evaluation.status).toBe('EXCEEDED');
    expect(evaluation.evaluated.map(({ capId, result }) => [capId, result])).toEqual([
      ['a', 'EXCEEDED'],
      ['b', 'PASSED'],
      ['c', 'PASSED'],
    ]);
    expect(evaluateRateCaps(rows.toReversed(), credit, context)).toEqual(evaluation);
  });

  test('a row that says NONE permits any rate', () => {
    const none = row({ cap: { kind: 'NONE' } });
    expect(evaluateRateCaps([none], loan('US-XX', 5_000, 9_900, 12), context).status).toBe('PERMITTED');
  });

  test('production refuses what counsel has not confirmed', () => {
    const production = { ...context, mode: 'PRODUCTION' } as const;
    const credit = loan('US-XX', 5_000, 1_000, 36);
    expect(evaluateRateCaps([row({})], credit, production).status).toBe('PERMITTED');
    expect(evaluateRateCaps([row({ verifiedBy: null })], credit, production)).toMatchObject({
      status: 'NOT_OFFERED_LEGAL',
      evaluated: [{ result: 'UNVERIFIED' }],
    });
    expect(RATE_CAP_ROWS.filter(({ verifiedOn }) => verifiedOn !== null)).toEqual([]);
  });

  test('a basis that was not measured fails closed', () => {
    const credit = { ...loan('US-XX', 5_000, 1_000, 36), measures: {} };
    expect(evaluateRateCaps([row({})], credit, context)).toMatchObject({
      status: 'NOT_OFFERED_LEGAL',
      evaluated: [{ result: 'NOT_MEASURED', rateMillionthsOfPercent: null }],
    });
  });

  test('records the rate that it compared', () => {
    const credit = loan('US-IL', 5_000, 3_000, 36, 100);
    const measure = credit.measures.MAPR;
    if (measure?.kind !== 'TRANSACTION') throw new Error('a loan is measured by its cash flows');
    expect(evaluateRateCaps(RATE_CAP_ROWS, credit, context).evaluated[0]?.rateMillionthsOfPercent).toBe(
      annualPercentageRate(measure.transaction),
    );
  });

  test('a placeholder says that it is no law, and is one only where no other row speaks of the product', () => {
    const placeholders = RATE_CAP_ROWS.filter(({ id }) => id.endsWith('sandbox-placeholder'));
    expect(placeholders.length).toBeGreaterThan(0);
    for (const { citation, verifiedOn, jurisdiction, products, lenderTypes } of placeholders) {
      expect(citation).toMatch(/^None: a placeholder/);
      expect(verifiedOn).toBeNull();
      const others = RATE_CAP_ROWS.filter(
        (row) =>
          row.jurisdiction === jurisdiction &&
          row.lenderTypes.some((type) => lenderTypes.includes(type)) &&
          !placeholders.includes(row),
      );
      for (const product of products) expect(others.some((row) => row.products.includes(product))).toBe(false);
    }
  });
});
