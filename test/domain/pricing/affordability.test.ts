import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { affordableAmount, type AmountRequest, paymentLimits } from '../../../domain/pricing/capacity.ts';
import {
  annualIncomeCents,
  debtToIncome,
  grossMonthlyIncomeCents,
  monthlyObligationsCents,
  monthlyPaymentCents,
  type Obligation,
  paymentToIncome,
  type PayFrequency,
  ratio,
  ratioIsAtMost,
} from '../../../domain/pricing/ratios.ts';
import { levelPaymentCents, regularFactor } from '../../../domain/pricing/schedule.ts';
import { cents } from './vectors.ts';

const yearly = (dollarsAMonth: number): number => cents(dollarsAMonth) * 12;

describe('gross monthly income', () => {
  test.each<[number, PayFrequency, number]>([
    [1_000, 'WEEKLY', 4_333.33],
    [2_000, 'BIWEEKLY', 4_333.33],
    [2_000, 'SEMI_MONTHLY', 4_000],
    [60_000, 'ANNUAL', 5_000],
    [5_000, 'MONTHLY', 5_000],
  ])('of %d %s is %d', (amount, frequency, month) => {
    expect(grossMonthlyIncomeCents([{ amountCents: cents(amount), frequency }])).toBe(cents(month));
  });

  test('sums every source, in any order', () => {
    const incomes = [
      { amountCents: 500_00, frequency: 'WEEKLY' },
      { amountCents: 1_200_00, frequency: 'MONTHLY' },
    ] as const;
    expect(annualIncomeCents(incomes)).toBe(26_000_00 + 14_400_00);
    expect(annualIncomeCents(incomes.toReversed())).toBe(annualIncomeCents(incomes));
  });
});

describe('ratios', () => {
  test('debt to income has housing, obligations and the proposed payment', () => {
    const debts = { housingCents: 1_200_00, obligationsCents: 350_00, proposedPaymentCents: 253_93 };
    expect(debtToIncome(debts, yearly(6_000))).toMatchObject({ millionths: 300_655 });
    expect(debtToIncome({ ...debts, obligationsCents: null }, yearly(6_000))).toEqual({ status: 'UNDETERMINED' });
  });

  test('payment to income has the proposed payment alone', () => {
    expect(paymentToIncome(253_93, yearly(6_000))).toMatchObject({ millionths: 42_322 });
    expect(paymentToIncome(438_21, yearly(4_500))).toMatchObject({ millionths: 97_380 });
  });

  test.each([null, 0])('with an income of %j are undetermined, and so is every comparison', (income) => {
    const value = paymentToIncome(253_93, income);
    expect(value).toEqual({ status: 'UNDETERMINED' });
    expect(ratioIsAtMost(value, 4_300)).toBe('UNDETERMINED');
  });

  test('are compared unrounded', () => {
    expect(ratioIsAtMost(ratio(43, 100), 4_300)).toBe(true);
    expect(ratioIsAtMost(ratio(4_300_001, 10_000_000), 4_300)).toBe(false);
    expect(ratioIsAtMost(ratio(43_000_000_000_001, 100_000_000_000_000), 4_300)).toBe(false);
  });
});

describe('obligations of a month', () => {
  const card: Obligation = { id: 'card', kind: 'REVOLVING', monthlyPaymentCents: null, balanceCents: 2_000_00 };

  test.each<[string, Partial<Obligation>, number | null]>([
    ['a revolving balance takes 5 %', {}, 100_00],
    ['a small revolving balance takes $25', { balanceCents: 100_00 }, 25_00],
    ['a settled revolving balance takes nothing', { balanceCents: 0 }, 0],
    ['a reported payment stands', { monthlyPaymentCents: 60_00 }, 60_00],
    ['a deferred student loan takes 1 %', { kind: 'DEFERRED_STUDENT_LOAN', balanceCents: 30_000_00 }, 300_00],
    [
      'a deferred student loan reported at zero takes 1 %',
      { kind: 'DEFERRED_STUDENT_LOAN', balanceCents: 30_000_00, monthlyPaymentCents: 0 },
      300_00,
    ],
    ['an instalment loan without a payment is unknown', { kind: 'INSTALMENT' }, null],
    ['a settled instalment loan takes nothing', { kind: 'INSTALMENT', balanceCents: 0 }, 0],
    ['an authorised user owes nothing', { excluded: 'AUTHORIZED_USER' }, 0],
    ['what this loan pays off takes nothing', { excluded: 'PAID_OFF_BY_LOAN', monthlyPaymentCents: 60_00 }, 0],
  ])('%s', (_, change, payment) => {
    expect(monthlyPaymentCents({ ...card, ...change })).toBe(payment);
  });

  test('count an account once, in any order, and are unknown when one is', () => {
    const obligations: Obligation[] = [
      card,
      { ...card, monthlyPaymentCents: 80_00 },
      { id: 'car', kind: 'INSTALMENT', monthlyPaymentCents: 350_00, balanceCents: 9_000_00 },
    ];
    expect(monthlyObligationsCents(obligations)).toBe(450_00);
    expect(monthlyObligationsCents(obligations.toReversed())).toBe(450_00);
    const unknown: Obligation = { id: 'x', kind: 'INSTALMENT', monthlyPaymentCents: null, balanceCents: 1 };
    expect(monthlyObligationsCents([...obligations, unknown])).toBeNull();
  });
});

describe('the affordable amount', () => {
  const factor = regularFactor(1_800, 60);
  const request: AmountRequest = {
    requestedCents: 10_000_00,
    minimumCents: 1_000_00,
    tierMaximumCents: 50_000_00,
    stepCents: 100_00,
    factor,
    budget: { annualIncomeCents: yearly(6_000), housingCents: 1_200_00, obligationsCents: 350_00 },
    policy: { ptiCapBasisPoints: 1_000, dtiCapBasisPoints: 4_300 },
  };

  test('is the request where every limit allows it, with every limit on record', () => {
    const amount = affordableAmount(request);
    expect(amount).toMatchObject({ status: 'AS_REQUESTED', amountCents: 10_000_00, binding: 'REQUESTED' });
    expect(amount.status !== 'UNDETERMINED' && amount.candidates.map(({ limit }) => limit)).toEqual([
      'REQUESTED',
      'TIER_MAXIMUM',
      'PTI',
      'DTI',
    ]);
  });

  test.each<[string, Partial<AmountRequest>, string, number, string]>([
    ['a tier', { tierMaximumCents: 8_050_00 }, 'TIER_MAXIMUM', 8_000_00, 'REDUCED'],
    ['PTI', { policy: { ptiCapBasisPoints: 400 } }, 'PTI', 9_400_00, 'REDUCED'],
    [
      'DTI',
      { budget: { ...request.budget, obligationsCents: 1_080_00 }, requestedCents: 20_000_00 },
      'DTI',
      11_800_00,
      'REDUCED',
    ],
    ['LTV', { collateral: { valueCents: 8_000_00, ltvCapBasisPoints: 11_000 } }, 'LTV', 8_800_00, 'REDUCED'],
    [
      'residual income',
      {
        budget: { ...request.budget, netMonthlyIncomeCents: 3_000_00 },
        policy: { residual: { livingAllowanceCents: 1_000_00, floorCents: 350_00 } },
      },
      'RESIDUAL_INCOME',
      3_900_00,
      'REDUCED',
    ],
    [
      'obligations that leave nothing',
      { budget: { ...request.budget, obligationsCents: 2_000_00 } },
      'DTI',
      0,
      'BELOW_MINIMUM',
    ],
  ])('is bound by %s', (_, change, binding, amountCents, status) => {
    expect(affordableAmount({ ...request, ...change })).toMatchObject({ status, binding, amountCents });
  });

  test('meets a request to the cent, though it is no multiple of the step', () => {
    expect(affordableAmount({ ...request, requestedCents: 9_950_01 })).toMatchObject({
      status: 'AS_REQUESTED',
      amountCents: 9_950_01,
    });
  });

  test('is undetermined where a limit needs what is not known', () => {
    const { budget } = request;
    expect(affordableAmount({ ...request, budget: { ...budget, annualIncomeCents: null } }).status).toBe(
      'UNDETERMINED',
    );
    expect(affordableAmount({ ...request, budget: { ...budget, annualIncomeCents: 0 } }).status).toBe('UNDETERMINED');
    expect(affordableAmount({ ...request, budget: { ...budget, obligationsCents: null } }).status).toBe('UNDETERMINED');
    expect(paymentLimits(budget, { residual: { livingAllowanceCents: 0, floorCents: 0 } })).toBe('UNDETERMINED');
  });

  const amounts = fc.integer({ min: 0, max: 20_000_00 });
  const anyRequest = fc
    .record({ income: fc.integer({ min: 1, max: 300_000_00 }), housing: amounts, owed: amounts, requested: amounts })
    .map(({ income, housing, owed, requested }): AmountRequest => ({
      ...request,
      requestedCents: requested + 1,
      budget: {
        annualIncomeCents: income,
        housingCents: housing,
        obligationsCents: owed,
        netMonthlyIncomeCents: Math.ceil(income / 15),
      },
      policy: { ...request.policy, residual: { livingAllowanceCents: 800_00, floorCents: 200_00 } },
    }));
  const sizeOf = (of: AmountRequest): number => {
    const amount = affordableAmount(of);
    if (amount.status === 'UNDETERMINED') throw new Error('all is known here');
    return amount.amountCents;
  };

  test('never falls with more income', () => {
    fc.assert(
      fc.property(anyRequest, amounts, (base, more) => {
        const annual = (base.budget.annualIncomeCents ?? 0) + more;
        expect(sizeOf({ ...base, budget: { ...base.budget, annualIncomeCents: annual } })).toBeGreaterThanOrEqual(
          sizeOf(base),
        );
      }),
    );
  });

  test('never rises with more obligations or housing', () => {
    fc.assert(
      fc.property(anyRequest, amounts, (base, more) => {
        const { budget } = base;
        const owing = { ...budget, obligationsCents: (budget.obligationsCents ?? 0) + more };
        const housed = { ...budget, housingCents: budget.housingCents + more };
        expect(sizeOf({ ...base, budget: owing })).toBeLessThanOrEqual(sizeOf(base));
        expect(sizeOf({ ...base, budget: housed })).toBeLessThanOrEqual(sizeOf(base));
      }),
    );
  });

  test('keeps every ratio that it was computed for', () => {
    fc.assert(
      fc.property(anyRequest, (base) => {
        const amountCents = sizeOf(base);
        if (amountCents === 0) return;
        const proposedPaymentCents = levelPaymentCents(amountCents, factor);
        const { annualIncomeCents: income, housingCents, obligationsCents } = base.budget;
        expect(ratioIsAtMost(paymentToIncome(proposedPaymentCents, income), 1_000)).toBe(true);
        const dti = debtToIncome({ housingCents, obligationsCents, proposedPaymentCents }, income);
        expect(ratioIsAtMost(dti, 4_300)).toBe(true);
      }),
    );
  });
});
