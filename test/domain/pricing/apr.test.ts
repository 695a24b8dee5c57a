import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import {
  annualPercentageRate,
  aprIsAtMost,
  capOf,
  type CreditTransaction,
  disclosedApr,
  equationResidual,
  monthsBetween,
  transactionOf,
} from '../../../domain/pricing/apr.ts';
import { amountFinancedCents, financeChargeCents } from '../../../domain/pricing/finance-charge.ts';
import { amortize } from './amortize.ts';
import { datedTransaction } from './dated-transaction.ts';
import { APPENDIX_J, cents, millionths, PREPAID } from './vectors.ts';

const regular = { disbursementDate: '2026-01-15', firstPaymentDate: '2026-02-15' };

function monthlyLoan(principal: number, rate: number, termMonths: number, financed = principal): CreditTransaction {
  const schedule = amortize({ ...regular, principalCents: principal, annualRateBasisPoints: rate, termMonths });
  return transactionOf(schedule, financed, regular.disbursementDate, 15);
}

describe('the examples of Regulation Z, appendix J', () => {
  test.each(APPENDIX_J)('$id discloses $published %', (example) => {
    const transaction = datedTransaction([example.advance], example.payments, example.unit);
    const [payment] = transaction.payments;
    const { unitPeriodsPerYear: perYear } = transaction;
    expect([payment?.whole, (payment?.numerator ?? 0) * example.first[2]]).toEqual([
      example.first[0],
      example.first[1] * (payment?.denominator ?? 0),
    ]);
    expect(perYear.numerator * example.perYear[1]).toBe(perYear.denominator * example.perYear[0]);
    const apr = annualPercentageRate(transaction);
    expect(apr).toBe(millionths(example.solved));
    expect(disclosedApr(apr)).toBe(example.published);
  });

  test('(c)(4)(ii) would disclose 7.33 % with 50/60 instead of 52/60', () => {
    const example = APPENDIX_J.find(({ id }) => id === '(c)(4)(ii)');
    if (!example) throw new Error('the example is missing');
    const transaction = datedTransaction([example.advance], example.payments, example.unit);
    const wrong = { ...transaction, payments: transaction.payments.map((flow) => ({ ...flow, numerator: 50 })) };
    expect(disclosedApr(annualPercentageRate(wrong))).toBe('7.33');
  });
});

describe('unit periods', () => {
  test('a month from last day to last day is whole', () => {
    const whole = { whole: 1, numerator: 0, denominator: 30 };
    expect(monthsBetween('2026-01-31', '2026-02-28', 31)).toEqual(whole);
    const naive = { whole: 0, numerator: 28, denominator: 30 };
    expect(monthsBetween('2026-01-31', '2026-02-28', 28)).toEqual(naive);
  });

  test('a month on the 30th ends on the last day of February', () => {
    const dates = ['2026-02-28', '2026-03-30', '2026-04-30'];
    const payments = dates.map((date) => ({ date, amountCents: 350_00 }));
    const advance = { date: '2026-01-30', amountCents: 1_000_00 };
    const transaction = datedTransaction([advance], payments, { kind: 'MONTHS', count: 1 });
    expect(transaction.payments.map(({ whole, numerator }) => [whole, numerator])).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
    ]);
  });

  test('days and quarters have their own year', () => {
    const advance = { date: '2026-01-10', amountCents: 1_000_00 };
    const daily = datedTransaction([advance], [{ date: '2026-01-20', amountCents: 1_010_00 }], { kind: 'DAY' });
    expect(daily.payments[0]).toMatchObject({ whole: 10, numerator: 0 });
    expect(daily.unitPeriodsPerYear).toEqual({ numerator: 365, denominator: 1 });
    const quarter = { kind: 'MONTHS', count: 3 } as const;
    const quarterly = datedTransaction([advance], [{ date: '2026-06-15', amountCents: 1_010_00 }], quarter);
    // Five months back is 15 January; five days remain: one quarter, two months and five days.
    expect(quarterly.payments[0]).toMatchObject({ whole: 1, numerator: 65, denominator: 90 });
  });

  test('a single payment after a year and some days counts the rest in days of 365', () => {
    const advance = { date: '2026-01-10', amountCents: 1_000_00 };
    const payment = { date: '2027-01-25', amountCents: 1_100_00 };
    const { payments } = datedTransaction([advance], [payment], { kind: 'SINGLE_PAYMENT' });
    expect(payments[0]).toMatchObject({ whole: 1, numerator: 15, denominator: 365 });
  });

  test('time runs from the first of several advances', () => {
    const month = { kind: 'MONTHS', count: 1 } as const;
    const advances = [
      { date: '2026-03-10', amountCents: 500_00 },
      { date: '2026-01-10', amountCents: 500_00 },
    ];
    const transaction = datedTransaction(advances, [{ date: '2027-01-10', amountCents: 1_100_00 }], month);
    expect(transaction.advances.map(({ whole }) => whole)).toEqual([0, 2]);
    const apr = annualPercentageRate(transaction);
    const i = apr / 1e8 / 12;
    expect(500 + 500 / (1 + i) ** 2).toBeCloseTo(1_100 / (1 + i) ** 12, 4);
  });

  test('a payment before the first advance is refused', () => {
    expect(() => monthsBetween('2026-01-10', '2026-01-09', 9)).toThrow('before the first advance');
  });
});

describe('a prepaid finance charge', () => {
  test.each(PREPAID)(
    'on %s of %s at %d bp over %d months',
    (note, fee, rate, n, payment, final, financed, charge, apr) => {
      const terms = { ...regular, principalCents: cents(note), annualRateBasisPoints: rate, termMonths: n };
      const schedule = amortize(terms);
      expect([schedule.paymentCents, schedule.finalPaymentCents]).toEqual([cents(payment), cents(final)]);
      const amount = amountFinancedCents(cents(note), cents(fee));
      expect(amount).toBe(cents(financed));
      expect(financeChargeCents(schedule.totalOfPaymentsCents, amount)).toBe(cents(charge));
      expect(annualPercentageRate(transactionOf(schedule, amount, '2026-01-15', 15))).toBe(millionths(apr));
    },
  );

  test('of 1,382.97 is the largest on 10,000 at 28 % over 60 months under 36 %', () => {
    const above = monthlyLoan(10_000_00, 2_800, 60, 10_000_00 - 1_382_98);
    expect(annualPercentageRate(above)).toBe(millionths(36.000018));
    expect(aprIsAtMost(above, capOf(3_600))).toBe(false);
    expect(aprIsAtMost(monthlyLoan(10_000_00, 2_800, 60, 10_000_00 - 1_382_97), capOf(3_600))).toBe(true);
  });

  test('has no room where the rate alone exceeds the cap', () => {
    expect(aprIsAtMost(monthlyLoan(10_000_00, 3_700, 60), capOf(3_600))).toBe(false);
  });

  test('that takes the whole principal is refused', () => {
    expect(() => amountFinancedCents(100_00, 100_00)).toThrow('prepaidFinanceChargeCents is 10000');
  });
});

describe('the solver', () => {
  const flow = fc.record({
    amountCents: fc.integer({ min: 1_00, max: 10_000_00 }),
    whole: fc.integer({ min: 1, max: 60 }),
    numerator: fc.integer({ min: 0, max: 29 }),
    denominator: fc.constant(30),
  });
  const anyTransaction = fc
    .record({ payments: fc.array(flow, { minLength: 1, maxLength: 40 }), share: fc.integer({ min: 50, max: 100 }) })
    .map(({ payments, share }): CreditTransaction => {
      const paid = payments.reduce((sum, { amountCents }) => sum + amountCents, 0);
      const amountCents = Math.floor((paid * share) / 100);
      return {
        unitPeriodsPerYear: { numerator: 12, denominator: 1 },
        advances: [{ amountCents, whole: 0, numerator: 0, denominator: 1 }],
        payments,
      };
    });

  test('finds the rate at which payments and advances are worth the same', () => {
    fc.assert(
      fc.property(anyTransaction, (transaction) => {
        const apr = annualPercentageRate(transaction);
        const slope = Math.abs(equationResidual(transaction, apr + 1_000) - equationResidual(transaction, apr)) / 1_000;
        // Stored to a millionth of a percent: half of one moves the equation by half of its slope.
        expect(Math.abs(equationResidual(transaction, apr))).toBeLessThanOrEqual(slope * 0.51 + 1e-9);
        expect(Math.abs(equationResidual(transaction, apr))).toBeLessThan(1e-6);
      }),
    );
  });

  test('agrees to 1e-9 with rates that are whole millionths', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_600 }), fc.integer({ min: 1, max: 120 }), (points, months) => {
        // One payment of principal × (1 + months·i): at unit period = term, w = 12 / months, the rate is exact.
        const principal = 120_000_00;
        const transaction: CreditTransaction = {
          unitPeriodsPerYear: { numerator: 12, denominator: months },
          advances: [{ amountCents: principal, whole: 0, numerator: 0, denominator: 1 }],
          payments: [{ amountCents: principal + 100 * points * months, whole: 1, numerator: 0, denominator: 1 }],
        };
        expect(annualPercentageRate(transaction)).toBe(capOf(points));
        expect(Math.abs(equationResidual(transaction, capOf(points)))).toBeLessThan(1e-9);
        expect(aprIsAtMost(transaction, capOf(points))).toBe(true);
        expect(aprIsAtMost(transaction, capOf(points) - 1)).toBe(false);
      }),
    );
  });

  test('gives exactly 0 without a finance charge', () => {
    fc.assert(
      fc.property(fc.array(flow, { minLength: 1, maxLength: 40 }), (payments) => {
        const amountCents = payments.reduce((sum, payment) => sum + payment.amountCents, 0);
        const transaction = {
          unitPeriodsPerYear: { numerator: 12, denominator: 1 },
          advances: [{ amountCents, whole: 0, numerator: 0, denominator: 1 }],
          payments,
        };
        expect(annualPercentageRate(transaction)).toBe(0);
      }),
    );
    expect(annualPercentageRate(monthlyLoan(5_000_00, 0, 12))).toBe(0);
  });

  test('does not depend on the order of payments', () => {
    fc.assert(
      fc.property(anyTransaction, (transaction) => {
        const reversed = { ...transaction, payments: transaction.payments.toReversed() };
        expect(annualPercentageRate(reversed)).toBe(annualPercentageRate(transaction));
      }),
    );
  });

  test('refuses payments that do not repay, nothing advanced, and rates beyond reason', () => {
    const single = (advanced: number, paid: number): CreditTransaction => ({
      unitPeriodsPerYear: { numerator: 1, denominator: 1 },
      advances: [{ amountCents: advanced, whole: 0, numerator: 0, denominator: 1 }],
      payments: [{ amountCents: paid, whole: 1, numerator: 0, denominator: 1 }],
    });
    expect(() => annualPercentageRate(single(100, 99))).toThrow('do not repay');
    expect(() => annualPercentageRate(single(0, 99))).toThrow('advances come to nothing');
    expect(() => annualPercentageRate(single(100, 1_101))).toThrow('above 1,000 %');
    expect(annualPercentageRate(single(100, 1_100))).toBe(millionths(1_000));
    expect(() => annualPercentageRate(single(100.5, 200))).toThrow('amountCents is 100.5');
  });
});
