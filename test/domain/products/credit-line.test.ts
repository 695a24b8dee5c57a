import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { parseSubmission, type CreditLineApplication } from '../../../domain/application/submission.ts';
import { UNRECORDED_LENDER } from '../../../domain/lender.ts';
import { applyFull, applyPreBureau } from '../../../domain/policy/apply.ts';
import type { LineOffer } from '../../../domain/policy/result.ts';
import { creditLine } from '../../../domain/products/credit-line.ts';
import { OfferUnlawful } from '../../../domain/products/product.ts';
import { policyInput, reportOf, scoringOf, type FullInput } from '../../support/policy-inputs.ts';
import { lineApplicationOf, lineSubmissionOf } from '../../support/submissions.ts';

type Request = CreditLineApplication['request'];
const full = (
  request: Partial<Request> = {},
  changes: Partial<CreditLineApplication> = {},
  more: Partial<FullInput> = {},
) => applyFull(policyInput({ application: lineApplicationOf(request, changes), ...more }));
const deposits = (averageMonthlyNetCents: number) => ({
  deposits: { averageMonthlyNetCents, payFrequency: 'BIWEEKLY' as const },
});
const offerOf = ({ offers }: ReturnType<typeof full>) => offers[0] as LineOffer | undefined;

describe('a submission for a line', () => {
  test('is taken with a limit or without', () => {
    expect(parseSubmission(lineSubmissionOf())).toEqual({ ok: true, submission: lineSubmissionOf() });
    const { limitCents: _, ...request } = lineSubmissionOf().request;
    expect(parseSubmission({ ...lineSubmissionOf(), request })).toEqual(
      parseSubmission(lineSubmissionOf({ limitCents: null })),
    );
  });

  test.each([
    [{ plan: 'GOLD' }, 'request.plan'],
    [{ limitCents: 500 }, 'request.limitCents'],
    [{ termMonths: 36 }, 'request.termMonths'],
  ])('with %p is told where', (change, path) => {
    const sent = { ...lineSubmissionOf(), request: { ...lineSubmissionOf().request, ...change } };
    const parsed = parseSubmission(sent);
    expect(parsed.ok ? [] : parsed.errors.map((error) => error.path)).toEqual([path]);
  });
});

describe('the limit of a line', () => {
  test('is what was asked for where every limit allows it', () => {
    const result = full({ limitCents: 123_400 });
    expect(result.outcome).toBe('APPROVE');
    expect(offerOf(result)).toMatchObject({ limitCents: 123_400, boundBy: 'REQUESTED' });
  });

  test('is the most that the limits allow where none was asked for', () => {
    const result = full({ limitCents: null });
    // A quarter of 6,000 dollars of deposits a month.
    expect(result).toMatchObject({ outcome: 'APPROVE', reasons: [] });
    expect(offerOf(result)).toMatchObject({ limitCents: 150_000, boundBy: 'NET_DEPOSITS' });
  });

  const modest = { ...deposits(900_000), income: { annualGrossCents: 6_000_000 } };
  const rich = { ...deposits(2_400_000), income: { annualGrossCents: 30_000_000 } };
  const owned = { housing: { status: 'OWN' as const, monthlyPaymentCents: 0 } };
  test.each([
    ['deposits', {}, {}, ['AX38'], 'NET_DEPOSITS', 150_000],
    ['income', { ...modest, ...owned }, {}, ['AX17'], 'NET_INCOME', 120_000],
    ['obligations', modest, {}, ['AA09'], 'OBLIGATIONS', 70_000],
    ['risk', rich, { scoring: scoringOf(55_000) }, ['AX20', 'AA22'], 'TIER_MAXIMUM', 100_000],
    ['unexplained risk', rich, { scoring: scoringOf(55_000, []) }, ['AX27'], 'TIER_MAXIMUM', 100_000],
  ] as const)('bound by %s is a counteroffer that says so', (_, changes, more, reasons, boundBy, limitCents) => {
    const result = full({ limitCents: 500_000 }, changes, more);
    expect(result).toMatchObject({ outcome: 'COUNTEROFFER', reasons });
    expect(result.constraints).toMatchObject([{ termMonths: null, boundBy }]);
    expect(offerOf(result)).toMatchObject({ limitCents, boundBy });
    expect(result.modelReasons).toEqual(reasons.filter((code) => code === 'AX20' || code === 'AA22'));
  });

  test('below the smallest line is a refusal with the reason of the limit that bound it', () => {
    expect(full({}, deposits(199_999))).toMatchObject({ outcome: 'DECLINE', reasons: ['AX38'], offers: [] });
    expect(full({ limitCents: 50_000 }, deposits(200_000))).toMatchObject({ outcome: 'APPROVE' });
  });

  test('needs deposits to be known', () => {
    expect(full({}, { deposits: null })).toMatchObject({ outcome: 'REFER', offers: [], reasons: [] });
  });

  test('is what the rule of the field comes to, whatever the applicant has', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_200_000, max: 30_000_000 }),
        fc.integer({ min: 100_000, max: 5_000_000 }),
        fc.integer({ min: 0, max: 66_000 }),
        (annualGrossCents, averageMonthlyNetCents, pd) => {
          const result = full(
            { limitCents: null },
            {
              ...deposits(averageMonthlyNetCents),
              income: { annualGrossCents },
              housing: { status: 'OWN', monthlyPaymentCents: 0 },
            },
            { scoring: scoringOf(pd), report: reportOf({ monthlyObligationsCents: 0 }) },
          );
          const shares = [averageMonthlyNetCents / 4, Math.floor(annualGrossCents / 12) / 4 - 300];
          const largest = Math.min(result.tables['largest_amount']!, ...shares);
          const expected = Math.floor(largest / 5_000) * 5_000;
          expect(offerOf(result)?.limitCents).toBe(expected < 50_000 ? undefined : expected);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('the price of a line', () => {
  test('is told as three rates and in words', () => {
    const offer = offerOf(full({ limitCents: 100_000, plan: 'PLUS' }))!;
    expect(offer).toMatchObject({
      plan: 'PLUS',
      subscriptionFeeCents: 800,
      feeTreatment: 'PARTICIPATION_FEE',
      drawDays: 14,
      apr: '8.99',
    });
    // 345 cents of interest and 800 of subscription on 1,000 dollars.
    expect(offer.totalCostCents).toBe(1_145);
    expect(offer.allInRate).toBe('29.85');
    expect(offer.costInWords).toContain('$8.00 of subscription');
  });

  test.each(['WEEKLY', 'BIWEEKLY', 'SEMI_MONTHLY', 'MONTHLY'] as const)(
    'has the MAPR of a whole cycle, also where a draw is repaid %s: never below the APR',
    (payFrequency) => {
      const offer = offerOf(
        full({ limitCents: 100_000, plan: 'PLUS' }, { deposits: { averageMonthlyNetCents: 600_000, payFrequency } }),
      )!;
      // 739 cents of interest of 30 days and 800 of subscription on 1,000 dollars, twelve times a year.
      expect(offer).toMatchObject({ apr: '8.99', mapr: '18.47' });
    },
  );

  test('keeps a whole cycle of a line drawn whole within 36 % a year, at every tier and plan', () => {
    for (const plan of ['BASIC', 'PLUS'] as const) {
      for (const pd of [10_000, 25_000, 35_000, 45_000, 55_000, 65_000]) {
        const offer = offerOf(full({ limitCents: 50_000, plan }, {}, { scoring: scoringOf(pd) }));
        expect(offer?.limitCents).toBe(50_000);
        const interest = (50_000 * offer!.annualRateBasisPoints * 30) / 365 / 10_000;
        expect(offer!.subscriptionFeeCents + interest).toBeLessThanOrEqual((50_000 * 0.36) / 12);
        // Cycles without a balance may take $100 of participation fees a year: 32 CFR 232.4(c)(2)(ii)(B).
        expect(offer!.subscriptionFeeCents * 12).toBeLessThanOrEqual(100_00);
      }
    }
  });

  test('does not depend on the limit, nor the limit on the plan', () => {
    const fees = [50_000, 100_000, 150_000].map((limitCents) => offerOf(full({ limitCents }))!.subscriptionFeeCents);
    expect(new Set(fees).size).toBe(1);
    const limits = (['BASIC', 'PLUS'] as const).map((plan) => offerOf(full({ limitCents: null, plan }))!.limitCents);
    expect(new Set(limits).size).toBe(1);
  });

  test('that a reviewer sets above 36 % a year is refused', () => {
    const priced = (annualRateBasisPoints: number) =>
      creditLine.priceTerms(
        { application: lineApplicationOf(), lender: UNRECORDED_LENDER, asOf: '2026-01-05' },
        { amountCents: 50_000, termMonths: null, annualRateBasisPoints },
        { subscription_fee: 300, offer_days: 30, draw_days: 14 },
        'sandbox',
      );
    expect(priced(1_999)).toMatchObject({ limitCents: 50_000, boundBy: 'REVIEWER', apr: '19.99' });
    expect(() => priced(3_500)).toThrow(OfferUnlawful);
  });
});

describe('for the same applicant', () => {
  const files = fc.record({
    pd: fc.integer({ min: 0, max: 60_000 }),
    annualGrossCents: fc.integer({ min: 1_200_000, max: 20_000_000 }),
    obligations: fc.integer({ min: 0, max: 100_000 }),
    net: fc.integer({ min: 100_000, max: 2_000_000 }),
  });
  type File = typeof files extends fc.Arbitrary<infer Drawn> ? Drawn : never;
  const offered = ({ pd, annualGrossCents, obligations, net }: File) =>
    offerOf(
      full(
        { limitCents: null },
        { ...deposits(net), income: { annualGrossCents } },
        { scoring: scoringOf(pd), report: reportOf({ monthlyObligationsCents: obligations }) },
      ),
    );
  const worse: [string, (file: File, by: number) => File][] = [
    ['a worse score', (file, by) => ({ ...file, pd: file.pd + Math.floor(by / 20) })],
    [
      'less income',
      (file, by) => ({ ...file, annualGrossCents: Math.max(1_200_000, file.annualGrossCents - by * 12) }),
    ],
    ['more obligations', (file, by) => ({ ...file, obligations: file.obligations + by })],
    ['smaller deposits', (file, by) => ({ ...file, net: Math.max(0, file.net - by) })],
  ];
  test.each(worse)('%s never has a larger limit or a lower rate', (_, worsen) => {
    fc.assert(
      fc.property(files, fc.integer({ min: 1, max: 200_000 }), (file, by) => {
        const after = offered(worsen(file, by));
        if (!after) return;
        const before = offered(file);
        expect(after.limitCents).toBeLessThanOrEqual(before!.limitCents);
        expect(after.annualRateBasisPoints).toBeGreaterThanOrEqual(before!.annualRateBasisPoints);
      }),
    );
  });
});

describe('the model', () => {
  test('is asked about the limit, or about the largest where none was named, over its shortest term', () => {
    expect(creditLine.features(lineApplicationOf())).toMatchObject({ requestedAmountCents: 100_000, termMonths: 36 });
    expect(creditLine.features(lineApplicationOf({ limitCents: null }))).toMatchObject({
      requestedAmountCents: 500_000,
    });
  });
});

test('a line is not lent on deposits that are far from the stated income without a person', () => {
  const at = (net: number) =>
    applyPreBureau(policyInput({ application: lineApplicationOf({ limitCents: null }, deposits(net)) })).outcome;
  // 96,000 dollars a year are 8,000 a month.
  expect([200_000 - 1, 200_000, 1_600_000, 1_600_080].map(at)).toEqual(['REFER', 'PROCEED', 'PROCEED', 'REFER']);
});
