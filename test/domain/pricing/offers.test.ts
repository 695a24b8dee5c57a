import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { addDays } from '../../../domain/calendar.ts';
import { type Offers, offersFor, type OffersRequest, priceLoan } from '../../../domain/pricing/offers.ts';
import { RATE_CAP_ROWS } from '../../../domain/pricing/rate-cap-rows.ts';
import { cents, PREPAID } from './vectors.ts';

const dates = { disbursementDate: '2026-01-15' };

describe('a priced offer', () => {
  test.each(PREPAID)(
    'on %s with a fee of %s at %d bp over %d months',
    (note, fee, rate, n, payment, final, financed, charge, apr) => {
      const terms = { ...dates, principalCents: cents(note), annualRateBasisPoints: rate, termMonths: n };
      const { offer } = priceLoan({ ...terms, originationFeeCents: cents(fee) });
      expect(offer).toMatchObject({
        paymentCents: cents(payment),
        finalPaymentCents: cents(final),
        amountFinancedCents: cents(financed),
        financeChargeCents: cents(charge),
        aprMillionthsOfPercent: Math.round(apr * 1e6),
        disclosedApr: apr.toFixed(2),
      });
      expect(offer.totalOfPaymentsCents).toBe(offer.amountFinancedCents + offer.financeChargeCents);
      expect(offer.mapr).toEqual({ millionthsOfPercent: offer.aprMillionthsOfPercent, withinCap: apr <= 36 });
    },
  );

  test('has a MAPR above its APR when insurance is sold with it', () => {
    const { offer } = priceLoan({
      ...dates,
      principalCents: 5_000_00,
      annualRateBasisPoints: 2_999,
      termMonths: 36,
      originationFeeCents: 250_00,
      maprChargesCents: 180_00,
    });
    expect(offer.disclosedApr).toBe('34.01');
    expect(offer.mapr).toEqual({ millionthsOfPercent: 37_112_888, withinCap: false });
  });

  test('has the same payments and the same APR on every day of disbursement', () => {
    const terms = { principalCents: 10_000_00, annualRateBasisPoints: 1_800, termMonths: 60, originationFeeCents: 0 };
    const { offer } = priceLoan({ ...terms, ...dates });
    for (let day = 0; day < 4 * 366; day += 1) {
      const disbursementDate = addDays('2026-01-01', day);
      expect(priceLoan({ ...terms, disbursementDate }).offer).toEqual(offer);
    }
  });
});

const request: OffersRequest = {
  ...dates,
  requestedCents: 10_000_00,
  requestedTermMonths: 36,
  minimumCents: 1_000_00,
  stepCents: 100_00,
  terms: [
    { termMonths: 60, annualRateBasisPoints: 1_800, originationFeeBasisPoints: 300, maximumCents: 30_000_00 },
    { termMonths: 36, annualRateBasisPoints: 1_500, originationFeeBasisPoints: 300, maximumCents: 30_000_00 },
    { termMonths: 24, annualRateBasisPoints: 1_300, originationFeeBasisPoints: 300, maximumCents: 30_000_00 },
  ],
  budget: { annualIncomeCents: 72_000_00, housingCents: 1_200_00, obligationsCents: 350_00 },
  policy: { ptiCapBasisPoints: 1_000, dtiCapBasisPoints: 4_300 },
  coveredBorrower: false,
  rateCaps: {
    rows: RATE_CAP_ROWS,
    asOf: '2026-11-22',
    mode: 'DEMONSTRATION',
    indices: {},
    jurisdiction: 'US-IL',
    lenderType: 'STATE_LICENSEE',
    product: 'PL',
  },
};

const constraints = ({ byTerm }: Offers): unknown[] =>
  byTerm.map(({ termMonths, constraint, offer }) => [termMonths, constraint, offer?.principalCents ?? null]);

describe('offers', () => {
  test('meet the request first, then come by nearness of the term', () => {
    const offers = offersFor(request);
    expect(offers.status).toBe('AS_REQUESTED');
    expect(offers.counteroffer).toBeNull();
    expect(constraints(offers)).toEqual([
      [36, 'REQUESTED', 10_000_00],
      [24, 'REQUESTED', 10_000_00],
      [60, 'REQUESTED', 10_000_00],
    ]);
  });

  test('answer a request that is too large with the nearest amount, and say what bound it', () => {
    const offers = offersFor({ ...request, requestedCents: 20_000_00, policy: { ptiCapBasisPoints: 700 } });
    expect(offers.status).toBe('COUNTEROFFER');
    expect(constraints(offers)).toEqual([
      [60, 'PTI', 16_500_00],
      [36, 'PTI', 12_100_00],
      [24, 'PTI', 8_800_00],
    ]);
    expect(offers.counteroffer).toEqual(offers.byTerm[0]?.offer);
  });

  test('counter with another term when only that can carry the amount', () => {
    const offers = offersFor({ ...request, policy: { ptiCapBasisPoints: 500 } });
    expect(offers.counteroffer).toMatchObject({ termMonths: 60, principalCents: 10_000_00 });
  });

  test('are none where nothing above the minimum is affordable', () => {
    const offers = offersFor({ ...request, budget: { ...request.budget, obligationsCents: 1_380_00 } });
    expect(offers).toMatchObject({ status: 'NONE', counteroffer: null });
    expect(constraints(offers)).toEqual([
      [36, 'DTI', null],
      [24, 'DTI', null],
      [60, 'DTI', null],
    ]);
  });

  test('are undetermined without an income', () => {
    const offers = offersFor({ ...request, budget: { ...request.budget, annualIncomeCents: null } });
    expect(offers).toMatchObject({ status: 'UNDETERMINED', counteroffer: null });
  });

  test('keep to the cap of the state, and are not made where no cap is known', () => {
    const inState = (jurisdiction: string): Offers =>
      offersFor({ ...request, rateCaps: { ...request.rateCaps, jurisdiction } });
    expect(constraints(inState('US-AR'))).toEqual([
      [24, 'REQUESTED', 10_000_00],
      [36, 'RATE_CAP', null],
      [60, 'RATE_CAP', null],
    ]);
    expect(inState('US-AR').status).toBe('COUNTEROFFER');
    expect(inState('US-VT').byTerm[0]).toMatchObject({ offer: null, constraint: 'NOT_OFFERED_LEGAL' });
  });

  test('stay under a MAPR of 36 % for covered borrowers alone', () => {
    const dear = {
      ...request,
      terms: [
        { termMonths: 36, annualRateBasisPoints: 3_400, originationFeeBasisPoints: 500, maximumCents: 30_000_00 },
      ],
      rateCaps: { ...request.rateCaps, jurisdiction: 'US-CA' },
    };
    expect(offersFor(dear).status).toBe('AS_REQUESTED');
    expect(constraints(offersFor({ ...dear, coveredBorrower: true }))).toEqual([[36, 'MAPR_CAP', null]]);
  });

  test('are not made when the payments cannot be level', () => {
    const term = { annualRateBasisPoints: 3_600, originationFeeBasisPoints: 0, maximumCents: 30_000_00 };
    const tiny = { ...request, requestedCents: 10_00, minimumCents: 1, terms: [{ ...term, termMonths: 360 }] };
    expect(constraints(offersFor(tiny))).toEqual([[360, 'NOT_AMORTIZING', null]]);
  });

  test('refuse one term with two prices', () => {
    expect(() => offersFor({ ...request, terms: [...request.terms, ...request.terms] })).toThrow('same months twice');
  });

  test('do not depend on the order of terms or caps', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...request.terms], { minLength: 3 }),
        fc.shuffledSubarray([...RATE_CAP_ROWS], { minLength: RATE_CAP_ROWS.length }),
        (terms, rows) => {
          const shuffled = { ...request, terms, rateCaps: { ...request.rateCaps, rows } };
          expect(offersFor(shuffled)).toEqual(offersFor(request));
        },
      ),
      { numRuns: 20 },
    );
  });

  test('keep the payment limit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20_000_00, max: 200_000_00 }), (annualIncomeCents) => {
        const budget = { annualIncomeCents, housingCents: 0, obligationsCents: 0 };
        const { byTerm } = offersFor({ ...request, requestedCents: 30_000_00, budget });
        expect(byTerm.some(({ offer }) => offer !== null)).toBe(true);
        for (const { offer } of byTerm) {
          if (offer) expect(offer.paymentCents * 12 * 10).toBeLessThanOrEqual(annualIncomeCents);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('never shrink with more income nor grow with more obligations', () => {
    const money = fc.integer({ min: 0, max: 2_000_00 });
    const largest = (budget: OffersRequest['budget']): number =>
      Math.max(
        0,
        ...offersFor({ ...request, requestedCents: 30_000_00, budget }).byTerm.map(
          ({ offer }) => offer?.principalCents ?? 0,
        ),
      );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 150_000_00 }), money, money, (annualIncomeCents, owed, more) => {
        const budget = { annualIncomeCents, housingCents: 500_00, obligationsCents: owed };
        expect(largest({ ...budget, annualIncomeCents: annualIncomeCents + more * 12 })).toBeGreaterThanOrEqual(
          largest(budget),
        );
        expect(largest({ ...budget, obligationsCents: owed + more })).toBeLessThanOrEqual(largest(budget));
      }),
      { numRuns: 50 },
    );
  });
});
