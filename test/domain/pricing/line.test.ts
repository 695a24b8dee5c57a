import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { annualPercentageRate, disclosedApr, transactionOf } from '../../../domain/pricing/apr.ts';
import { lineCost, type LineUse } from '../../../domain/pricing/line-cost.ts';
import { closedEndMapr, openEndMapr } from '../../../domain/pricing/military-apr.ts';
import { dueDates, levelPayments, paymentsOf } from '../../../domain/pricing/schedule.ts';
import { timingOf } from '../../../domain/pricing/unit-periods.ts';
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
  ])('allows on a balance of %d a charge of at most %d', (balance, charge) => {
    expect(openEndMapr(cents(charge), cents(balance), 12).withinCap).toBe(true);
    expect(openEndMapr(cents(charge) + 1, cents(balance), 12).withinCap).toBe(false);
  });

  test.each([
    [8, 266.67],
    [9.99, 333],
    [14.99, 499.67],
    [19.99, 666.34],
  ])('allows a fee of %d from a balance of %d', (fee, balance) => {
    expect(openEndMapr(cents(fee), cents(balance), 12).withinCap).toBe(true);
    expect(openEndMapr(cents(fee), cents(balance) - 1, 12).withinCap).toBe(false);
  });

  test('turns at exactly the largest charge and the smallest balance', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.constantFrom(12, 13, 26), (value, cycles) => {
        const charge = Math.floor((3_600 * value) / (10_000 * cycles));
        expect(openEndMapr(charge, value, cycles).withinCap).toBe(true);
        expect(openEndMapr(charge + 1, value, cycles).withinCap).toBe(false);
        const balance = Math.ceil((value * 10_000 * cycles) / 3_600);
        expect(openEndMapr(value, balance, cycles).withinCap).toBe(true);
        expect(openEndMapr(value, balance - 1, cycles).withinCap).toBe(false);
      }),
    );
  });

  test('does not exist without a balance', () => {
    expect(() => openEndMapr(8_00, 0, 12)).toThrow('has no MAPR');
  });
});

describe('the MAPR of a loan', () => {
  const loan = levelPayments({ principalCents: 5_000_00, annualRateBasisPoints: 2_999, termMonths: 36 });
  const timing = timingOf(['2026-01-15'], dueDates('2026-01-15', 36));
  const financing = (amount: number) => transactionOf(timing, [cents(amount)], paymentsOf(loan, 36));

  test('counts voluntary insurance and fails where the APR passes', () => {
    expect(annualPercentageRate(financing(4_750))).toBe(millionths(34.014447));
    expect(closedEndMapr(financing(4_750)).withinCap).toBe(true);
    expect(closedEndMapr(financing(4_570))).toEqual({ millionthsOfPercent: millionths(37.112888), withinCap: false });
  });

  test('leaves room for further charges of 116.54', () => {
    expect(closedEndMapr(financing(4_750 - 116.54)).withinCap).toBe(true);
    expect(closedEndMapr(financing(4_750 - 116.55)).withinCap).toBe(false);
  });
});

describe('the cost of a line', () => {
  const subscription: LineUse = {
    drawCents: 200_00,
    days: 30,
    annualRateBasisPoints: 0,
    subscriptionCents: 8_00,
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

  test('is stated also where the disclosed rate is zero', () => {
    expect(lineCost(subscription)).toEqual({
      allInMillionthsOfPercent: 48_666_667,
      totalCostCents: 8_00,
      inWords:
        'If you take $200.00 and pay it back after 30 days, you pay $208.00 in all. That includes $8.00 of subscription. ' +
        'Each $100 costs you $4.00. Kept up for a year, that cost would be a rate of 48.67%.',
    });
  });

  test('names every part that is not zero', () => {
    const cost = lineCost({ ...subscription, days: 1, annualRateBasisPoints: 2_999 });
    expect(cost.inWords).toContain('after 1 day,');
    expect(cost.inWords).toContain('$0.16 of interest and $8.00 of subscription.');
    expect(cost.totalCostCents).toBe(8_16);
    expect(lineCost({ ...subscription, subscriptionCents: 0 }).inWords).toContain('That includes no cost.');
  });
});
