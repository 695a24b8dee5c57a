import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { affordableAmount, type AmountRequest } from '../../../domain/pricing/capacity.ts';
import { annuityFactor, levelPaymentCents } from '../../../domain/pricing/schedule.ts';
import { cents } from './vectors.ts';

const yearly = (dollarsAMonth: number): number => cents(dollarsAMonth) * 12;

describe('the affordable amount', () => {
  const factor = annuityFactor(1_800, 60);
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
  });

  const amounts = fc.integer({ min: 0, max: 20_000_00 });
  const anyRequest = fc
    .record({ income: fc.integer({ min: 1, max: 300_000_00 }), housing: amounts, owed: amounts, requested: amounts })
    .map(({ income, housing, owed, requested }): AmountRequest => ({
      ...request,
      requestedCents: requested + 1,
      budget: { annualIncomeCents: income, housingCents: housing, obligationsCents: owed },
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
        const yearlyDebts = 12 * (housingCents + obligationsCents! + proposedPaymentCents);
        expect(12 * proposedPaymentCents * 10_000).toBeLessThanOrEqual(1_000 * income!);
        expect(yearlyDebts * 10_000).toBeLessThanOrEqual(4_300 * income!);
      }),
    );
  });
});
