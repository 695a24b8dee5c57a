import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import {
  annualPercentageRate,
  aprIsAtMost,
  capOf,
  type CreditTransaction,
  disclosedApr,
  equationResidual,
  transactionOf,
} from '../../../domain/pricing/apr.ts';
import { amountFinancedCents, financeChargeCents } from '../../../domain/pricing/finance-charge.ts';
import { dueDates, levelPayments, paymentsOf } from '../../../domain/pricing/schedule.ts';
import { timingOf } from '../../../domain/pricing/unit-periods.ts';
import { APPENDIX_J, cents, CONFIRMED, millionths, PREPAID, type PublishedExample } from './vectors.ts';

const disbursed = '2026-01-15';

function monthlyLoan(principal: number, rate: number, termMonths: number, financed = principal): CreditTransaction {
  const loan = levelPayments({ principalCents: principal, annualRateBasisPoints: rate, termMonths });
  return transactionOf(
    timingOf([disbursed], dueDates(disbursed, termMonths)),
    [financed],
    paymentsOf(loan, termMonths),
  );
}

function written({ advance, payments }: PublishedExample): CreditTransaction {
  const timing = timingOf(
    [advance.date],
    payments.map(({ date }) => date),
  );
  return transactionOf(
    timing,
    [advance.amountCents],
    payments.map(({ amountCents }) => amountCents),
  );
}

describe('the examples of Regulation Z, appendix J', () => {
  test.each([...APPENDIX_J, ...CONFIRMED])('$id discloses $published %', (example) => {
    const transaction = written(example);
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
    const transaction = written(example);
    const wrong = { ...transaction, payments: transaction.payments.map((flow) => ({ ...flow, numerator: 50 })) };
    expect(disclosedApr(annualPercentageRate(wrong))).toBe('7.33');
  });

  test('an amount is refused without its date', () => {
    const timing = timingOf([disbursed], dueDates(disbursed, 2));
    expect(() => transactionOf(timing, [100_00], [60_00])).toThrow('payments has 2 dates and 1 amounts');
  });

  test('an advance later than the first is worth less', () => {
    const timing = timingOf(['2026-03-10', '2026-01-10'], ['2027-01-10']);
    const apr = annualPercentageRate(transactionOf(timing, [500_00, 500_00], [1_100_00]));
    const { numerator, denominator } = timing.unitPeriodsPerYear;
    const i = apr / 1e8 / (numerator / denominator);
    const valueOf = (dollars: number, at: { whole: number; numerator: number; denominator: number }): number =>
      dollars / ((1 + (at.numerator / at.denominator) * i) * (1 + i) ** at.whole);
    const [later, first] = timing.advances;
    expect(valueOf(500, first!) + valueOf(500, later!)).toBeCloseTo(valueOf(1_100, timing.payments[0]!), 4);
  });
});

describe('a prepaid finance charge', () => {
  test.each(PREPAID)(
    'on %s of %s at %d bp over %d months',
    (note, fee, rate, n, payment, final, financed, charge, apr) => {
      const schedule = levelPayments({ principalCents: cents(note), annualRateBasisPoints: rate, termMonths: n });
      expect([schedule.paymentCents, schedule.finalPaymentCents]).toEqual([cents(payment), cents(final)]);
      const amount = amountFinancedCents(cents(note), cents(fee));
      expect(amount).toBe(cents(financed));
      expect(financeChargeCents(schedule.totalOfPaymentsCents, amount)).toBe(cents(charge));
      expect(annualPercentageRate(monthlyLoan(cents(note), rate, n, amount))).toBe(millionths(apr));
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
