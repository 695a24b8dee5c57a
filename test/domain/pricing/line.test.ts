import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { annualPercentageRate, disclosedApr, transactionOf } from '../../../domain/pricing/apr.ts';
import { fullLineMinimumPaymentCents, lineLimit } from '../../../domain/pricing/capacity.ts';
import { largestPrepaidChargeCents } from '../../../domain/pricing/finance-charge.ts';
import { lineCost, type LineUse } from '../../../domain/pricing/line-cost.ts';
import {
  chargeWithoutBalanceCents,
  closedEndMapr,
  maximumChargeCents,
  minimumBalanceCents,
  openEndMapr,
} from '../../../domain/pricing/mapr.ts';
import { FEE_TREATMENTS, type FeeDesign, treatmentOf } from '../../../domain/pricing/participation-fee.ts';
import { amortize } from '../../../domain/pricing/schedule.ts';
import { cents, MAPR, millionths } from './vectors.ts';

describe('the MAPR of a cycle', () => {
  test.each(MAPR)('with charges of %s on a balance of %s is %d %', (charges, balance, percent, within) => {
    expect(openEndMapr(cents(charges), cents(balance), 12)).toEqual({
      millionthsOfPercent: millionths(percent),
      withinCap: within,
    });
  });

  test.each([
    [50, 1.5],
    [100, 3],
    [200, 6],
    [250, 7.5],
    [500, 15],
    [1_000, 30],
  ])('allows on a balance of %d a charge of %d', (balance, charge) => {
    expect(maximumChargeCents(cents(balance), 12)).toBe(cents(charge));
  });

  test.each([
    [8, 266.67],
    [9.99, 333],
    [14.99, 499.67],
    [19.99, 666.34],
  ])('allows a fee of %d from a balance of %d', (fee, balance) => {
    expect(minimumBalanceCents(cents(fee), 12)).toBe(cents(balance));
  });

  test('turns at exactly the largest charge and the smallest balance', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.constantFrom(12, 13, 26), (value, cycles) => {
        const charge = maximumChargeCents(value, cycles);
        expect(openEndMapr(charge, value, cycles).withinCap).toBe(true);
        expect(openEndMapr(charge + 1, value, cycles).withinCap).toBe(false);
        const balance = minimumBalanceCents(value, cycles);
        expect(openEndMapr(value, balance, cycles).withinCap).toBe(true);
        expect(openEndMapr(value, balance - 1, cycles).withinCap).toBe(false);
      }),
    );
  });

  test.each([
    [8, 8],
    [8.33, 8.33],
    [8.34, 0],
    [9.99, 0],
  ])('without a balance allows of a monthly fee of %d only %d', (fee, allowed) => {
    expect(chargeWithoutBalanceCents(cents(fee), 12)).toBe(cents(allowed));
  });

  test('does not exist without a balance', () => {
    expect(() => openEndMapr(8_00, 0, 12)).toThrow('has no MAPR');
  });
});

describe('the MAPR of a loan', () => {
  const dates = { disbursementDate: '2026-01-15', firstPaymentDate: '2026-02-15' };
  const schedule = amortize({ ...dates, principalCents: 5_000_00, annualRateBasisPoints: 2_999, termMonths: 36 });
  const financing = (amount: number) => transactionOf(schedule, cents(amount), '2026-01-15', 15);

  test('counts voluntary insurance and fails where the APR passes', () => {
    expect(annualPercentageRate(financing(4_750))).toBe(millionths(34.014447));
    expect(closedEndMapr(financing(4_750)).withinCap).toBe(true);
    expect(closedEndMapr(financing(4_570))).toEqual({ millionthsOfPercent: millionths(37.112888), withinCap: false });
  });

  test('leaves room for further charges of 116.54', () => {
    expect(largestPrepaidChargeCents(cents(4_750), financing(4_750), 36_000_000)).toBe(cents(116.54));
  });
});

describe('a fee in a plan', () => {
  test.each<[FeeDesign, string]>([
    ['FLAT_FOR_ACCESS', 'PARTICIPATION_FEE'],
    ['RISES_WITH_LIMIT', 'FINANCE_CHARGE'],
    ['CHARGED_WHEN_DRAWN', 'FINANCE_CHARGE'],
    ['REFUNDED_BY_USAGE', 'FINANCE_CHARGE'],
    ['ONE_TIME_OPENING', 'FINANCE_CHARGE'],
    ['PER_DRAW', 'FINANCE_CHARGE'],
    ['TIP', 'FINANCE_CHARGE'],
    ['REQUIRED_BUNDLE', 'PARTICIPATION_FEE'],
  ])('built as %s is a %s', (design, treatment) => {
    expect(treatmentOf(design, 'OPEN_END').treatment).toBe(treatment);
    expect(treatmentOf(design, 'OPEN_END').needsCounsel).toBe(design === 'REQUIRED_BUNDLE');
  });

  test('on a closed-end advance is a finance charge, however it is built', () => {
    for (const design of Object.keys(FEE_TREATMENTS) as FeeDesign[]) {
      expect(treatmentOf(design, 'CLOSED_END').treatment).toBe('FINANCE_CHARGE');
    }
  });
});

describe('the cost of a line', () => {
  const subscription: LineUse = {
    drawCents: 200_00,
    days: 30,
    annualRateBasisPoints: 0,
    subscriptionCents: 8_00,
    subscriptionIsParticipationFee: true,
    drawChargesCents: 0,
  };

  test.each([
    [200, 8, 30, '48.67'],
    [200, 8, 14, '104.29'],
    [100, 5, 31, '58.87'],
    [500, 8, 27, '21.63'],
  ])('of %d with a fee of %d for %d days is a rate of %s %', (draw, fee, days, percent) => {
    const cost = lineCost({ ...subscription, drawCents: cents(draw), subscriptionCents: cents(fee), days });
    expect(disclosedApr(cost.allInMillionthsOfPercent)).toBe(percent);
  });

  test('is said also where the disclosed rate is zero', () => {
    expect(lineCost(subscription)).toEqual({
      disclosedAprMillionthsOfPercent: 0,
      allInMillionthsOfPercent: 48_666_667,
      interestCents: 0,
      financeChargeCents: 0,
      totalCostCents: 8_00,
      repaidCents: 208_00,
      costPerHundredCents: 4_00,
      inWords:
        'If you take $200.00 and pay it back after 30 days, you pay $208.00 in all. That includes $8.00 of subscription. ' +
        'Each $100 costs you $4.00. Kept up for a year, that cost would be a rate of 48.67%.',
    });
  });

  test('names every part that is not zero', () => {
    const cost = lineCost({
      ...subscription,
      days: 1,
      annualRateBasisPoints: 2_999,
      drawChargesCents: 1_99,
      subscriptionIsParticipationFee: false,
    });
    expect(cost.inWords).toContain('after 1 day,');
    expect(cost.inWords).toContain('$0.16 of interest, $8.00 of subscription and $1.99 of charges for the draw.');
    expect(cost.financeChargeCents).toBe(10_15);
    expect(lineCost({ ...subscription, subscriptionCents: 0 }).inWords).toContain('That includes no cost.');
  });

  test('the whole line of 2,000 at 29.99 % takes a minimum payment of 77.30', () => {
    const line = { limitCents: 2_000_00, annualRateBasisPoints: 2_999, cycleDays: 30, feeCents: 8_00 };
    const formula = { floorCents: 25_00, principalShareBasisPoints: 100 };
    expect(fullLineMinimumPaymentCents({ ...line, ...formula })).toBe(77_30);
    expect(fullLineMinimumPaymentCents({ ...line, ...formula, limitCents: 100_00, feeCents: 0 })).toBe(25_00);
  });
});

describe('the limit of a line', () => {
  const line = {
    tierMaximumCents: 500_00,
    minimumCents: 50_00,
    stepCents: 10_00,
    averageMonthlyNetDepositsCents: 3_000_00,
    depositShareBasisPoints: 1_500,
    netIncomePerCycleCents: 2_000_00,
    incomeShareBasisPoints: 1_000,
    feeCents: 8_00,
  };

  test('is bound by the smallest of tier, deposits and income, rounded down to the step', () => {
    expect(lineLimit(line)).toEqual({
      status: 'GRANTED',
      limitCents: 190_00,
      binding: 'NET_INCOME',
      candidates: [
        { limit: 'TIER_MAXIMUM', amountCents: 500_00 },
        { limit: 'NET_DEPOSITS', amountCents: 450_00 },
        { limit: 'NET_INCOME', amountCents: 192_00 },
      ],
    });
    expect(lineLimit({ ...line, netIncomePerCycleCents: 9_000_00 })).toMatchObject({
      limitCents: 450_00,
      binding: 'NET_DEPOSITS',
    });
    expect(lineLimit({ ...line, tierMaximumCents: 40_00 })).toMatchObject({
      status: 'BELOW_MINIMUM',
      binding: 'TIER_MAXIMUM',
    });
  });

  test('never falls with more income or deposits, nor rises with a higher fee', () => {
    const amount = fc.integer({ min: 0, max: 10_000_00 });
    fc.assert(
      fc.property(amount, amount, amount, amount, (income, deposits, fee, more) => {
        const base = {
          ...line,
          netIncomePerCycleCents: income,
          averageMonthlyNetDepositsCents: deposits,
          feeCents: fee,
        };
        const { limitCents } = lineLimit(base);
        expect(lineLimit({ ...base, netIncomePerCycleCents: income + more }).limitCents).toBeGreaterThanOrEqual(
          limitCents,
        );
        expect(
          lineLimit({ ...base, averageMonthlyNetDepositsCents: deposits + more }).limitCents,
        ).toBeGreaterThanOrEqual(limitCents);
        expect(lineLimit({ ...base, feeCents: fee + more }).limitCents).toBeLessThanOrEqual(limitCents);
      }),
    );
  });
});
