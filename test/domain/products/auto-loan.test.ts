import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { parseSubmission, type AutoLoanApplication } from '../../../domain/application/submission.ts';
import { UNRECORDED_LENDER } from '../../../domain/lender.ts';
import { applyFull, applyPreBureau } from '../../../domain/policy/apply.ts';
import { autoLoan } from '../../../domain/products/auto-loan.ts';
import { OfferUnlawful } from '../../../domain/products/product.ts';
import { loansOf, policyInput, reportOf, scoringOf, type FullInput } from '../../support/policy-inputs.ts';
import { autoApplicationOf, autoSubmissionOf } from '../../support/submissions.ts';

type Request = AutoLoanApplication['request'];
const { vehicle } = autoApplicationOf().request;
const REFINANCE: Partial<Request> = {
  purpose: 'REFINANCE',
  downPaymentCents: 0,
  currentLoan: { payoffCents: 2_300_000, monthlyPaymentCents: 60_000 },
};
const full = (request: Partial<Request> = {}, changes: Partial<FullInput> = {}) =>
  applyFull(policyInput({ application: autoApplicationOf(request), ...changes }));
const pre = (request: Partial<Request>) => applyPreBureau(policyInput({ application: autoApplicationOf(request) }));
const firedIn = ({ rules }: { rules: { id: string; result: string }[] }) =>
  rules.filter(({ result }) => result === 'FIRED').map(({ id }) => id);

describe('a submission for a vehicle', () => {
  test('is taken as sent', () => {
    expect(parseSubmission(autoSubmissionOf())).toEqual({ ok: true, submission: autoSubmissionOf() });
    expect(parseSubmission(autoSubmissionOf(REFINANCE)).ok).toBe(true);
  });

  test.each([
    ['vehicle', { ...vehicle, year: 24 }, 'request.vehicle.year'],
    ['vehicle', { ...vehicle, mileage: 30_000.5 }, 'request.vehicle.mileage'],
    ['vehicle', { ...vehicle, vin: 'x' }, 'request.vehicle.vin'],
    ['vehicle', { ...vehicle, valueSource: 'OWNER' }, 'request.vehicle.valueSource'],
    ['termMonths', 50, 'request.termMonths'],
    ['amountCents', 24_000, 'request.amountCents'],
    ['currentLoan', { payoffCents: 1, monthlyPaymentCents: 1 }, 'request.currentLoan'],
    ['currentLoan', { payoffCents: 0 }, 'request.currentLoan.monthlyPaymentCents'],
  ])('with %s %p is told where and how', (field, value, path) => {
    const sent = { ...autoSubmissionOf(), request: { ...autoSubmissionOf().request, [field]: value } };
    const parsed = parseSubmission(sent);
    expect(parsed.ok ? [] : parsed.errors.map((error) => error.path)).toContain(path);
  });
});

describe('before the bureau', () => {
  test.each([
    ['a vehicle of 14 years', { vehicle: { ...vehicle, year: 2012, mileage: 100_000 } }, 'PROCEED', []],
    ['a vehicle of 15 years', { vehicle: { ...vehicle, year: 2011, mileage: 100_000 } }, 'DECLINE', ['AX32']],
    ['next year’s model', { vehicle: { ...vehicle, year: 2027, mileage: 10 } }, 'PROCEED', []],
    ['negative equity of a quarter', { negativeEquityCents: 650_000 }, 'PROCEED', []],
    ['negative equity above it', { negativeEquityCents: 650_001 }, 'DECLINE', ['AX34']],
  ])('%s comes to %s', (_, request, outcome, reasons) => {
    expect(pre(request)).toMatchObject({ outcome, reasons });
  });

  test.each([
    ['a model year in the future', { vehicle: { ...vehicle, year: 2028 } }, []],
    [
      'extras above a fifth of the value',
      { gapCents: 300_000, serviceContractCents: 220_001 },
      ['ANCILLARIES_TOO_HIGH'],
    ],
    ['more miles than anybody drives', { vehicle: { ...vehicle, mileage: 90_001 } }, ['MILEAGE_UNUSUAL']],
    ['a refinance of less than is owed', { ...REFINANCE, amountCents: 2_299_999 }, ['REFINANCE_BELOW_PAYOFF']],
    ['a refinance that takes money out', { ...REFINANCE, amountCents: 2_550_001 }, ['REFINANCE_CASH_OUT']],
  ])('%s is looked at by a person', (_, request, rules) => {
    expect(pre(request).outcome).toBe('REFER');
    expect(firedIn(pre(request))).toEqual(rules);
  });
});

describe('an offer', () => {
  test('is bound by the value of the vehicle, and says so', () => {
    // 130 % of 16,000 dollars.
    const result = full({ vehicle: { ...vehicle, valueCents: 1_600_000 } });
    expect(result).toMatchObject({ outcome: 'COUNTEROFFER', reasons: ['AX05'], modelReasons: [] });
    expect(result.offers[0]).toMatchObject({ amountCents: 2_080_000, termMonths: 60, boundBy: 'LTV' });
    const [atTerm] = result.constraints;
    expect(atTerm).toMatchObject({ termMonths: 60, boundBy: 'LTV' });
    expect(atTerm?.candidates.map(({ limit }) => limit)).toEqual(['REQUESTED', 'TIER_MAXIMUM', 'LTV', 'PTI', 'DTI']);
  });

  test('is refused where the value leaves less than the product lends', () => {
    const small = { vehicle: { ...vehicle, valueCents: 380_000 }, amountCents: 600_000 };
    expect(full(small)).toMatchObject({ outcome: 'DECLINE', reasons: ['AX05'], offers: [] });
  });

  test('of a term that an old vehicle does not get is a counteroffer for the term', () => {
    const old = { ...vehicle, year: 2016, mileage: 90_000 };
    const result = full({ vehicle: old, termMonths: 84, amountCents: 1_000_000 });
    expect(result).toMatchObject({ outcome: 'COUNTEROFFER', reasons: ['AX32'] });
    expect(loansOf(result).map(({ termMonths }) => termMonths)).toEqual([60, 48, 36]);
    expect(full({ vehicle: old, termMonths: 60, amountCents: 1_000_000 }).outcome).toBe('APPROVE');
  });

  test('of a refinance counts the payment that goes away as gone', () => {
    const report = reportOf({ monthlyObligationsCents: 215_000 });
    expect(full({}, { report })).toMatchObject({ outcome: 'COUNTEROFFER', reasons: ['AA09'] });
    const refinanced = full(REFINANCE, { report });
    expect(refinanced.derived['obligations']).toBe(155_000);
    expect(refinanced.outcome).toBe('APPROVE');
  });

  test('never refinances less than is owed', () => {
    const report = reportOf({ monthlyObligationsCents: 262_000 });
    const result = full(REFINANCE, { report });
    for (const { amountCents } of loansOf(result)) expect(amountCents).toBeGreaterThanOrEqual(2_300_000);
    expect(result.reasons).toEqual(['AA09']);
  });

  test('counts what is sold with the vehicle towards the military rate alone', () => {
    const [plain] = loansOf(full(REFINANCE));
    const [sold] = loansOf(full({ ...REFINANCE, gapCents: 80_000 }));
    expect(sold!.apr).toBe(plain!.apr);
    expect(Number(sold!.mapr)).toBeGreaterThan(Number(plain!.mapr));
  });

  test('of several terms has the price and the limit of each', () => {
    const result = full({ amountCents: 9_000_000, vehicle: { ...vehicle, valueCents: 9_000_000 } });
    expect(result.outcome).toBe('COUNTEROFFER');
    const offers = loansOf(result);
    expect(offers.map(({ termMonths }) => termMonths).toSorted((a, b) => a - b)).toEqual([36, 48, 60, 72, 84]);
    for (const offer of offers) {
      expect(Number(offer.apr) * 100).toBe(offer.annualRateBasisPoints);
      expect(offer.amountCents + offer.financeChargeCents).toBe(offer.totalOfPaymentsCents);
    }
    expect(new Set(offers.map(({ offerId }) => offerId)).size).toBe(5);
  });
});

describe('a reviewer’s terms', () => {
  const priced = (annualRateBasisPoints: number) =>
    autoLoan.priceTerms(
      { application: autoApplicationOf(), lender: UNRECORDED_LENDER, asOf: '2026-01-05' },
      { amountCents: 2_000_000, termMonths: 48, annualRateBasisPoints },
      { origination_fee: 0, offer_days: 30 },
      'sandbox',
    );
  test('are priced as they are', () => {
    expect(priced(999)).toMatchObject({ amountCents: 2_000_000, termMonths: 48, apr: '9.99', boundBy: 'REVIEWER' });
  });
  test('above a cap of the state are refused', () => expect(() => priced(3_601)).toThrow(OfferUnlawful));
});

describe('for the same vehicle and amount', () => {
  const files = fc.record({
    pd: fc.integer({ min: 0, max: 66_000 }),
    amountCents: fc.integer({ min: 500_000, max: 8_000_000 }),
    termMonths: fc.constantFrom(36 as const, 48 as const, 60 as const, 72 as const, 84 as const),
    annualGrossCents: fc.integer({ min: 2_000_000, max: 20_000_000 }),
    obligations: fc.integer({ min: 0, max: 300_000 }),
    valueCents: fc.integer({ min: 500_000, max: 8_000_000 }),
    year: fc.integer({ min: 2012, max: 2026 }),
  });
  type File = typeof files extends fc.Arbitrary<infer Drawn> ? Drawn : never;
  /** By term, what could be had, whatever the outcome. */
  function amounts({ pd, amountCents, termMonths, annualGrossCents, obligations, valueCents, year }: File) {
    const application = autoApplicationOf(
      { amountCents, termMonths, vehicle: { ...vehicle, valueCents, year } },
      { income: { annualGrossCents } },
    );
    const report = reportOf({ monthlyObligationsCents: obligations });
    const { offers } = autoLoan.price(
      policyInput({ application, report, scoring: scoringOf(pd) }) as FullInput & { application: AutoLoanApplication },
      policyInput({ application }).policy.module,
      'sandbox',
    );
    return new Map(offers.flatMap((offer) => (offer.kind === 'LOAN' ? [[offer.termMonths, offer] as const] : [])));
  }

  const worse: [string, (file: File, by: number) => File][] = [
    ['a worse score', (file, by) => ({ ...file, pd: file.pd + by })],
    ['less income', (file, by) => ({ ...file, annualGrossCents: Math.max(1, file.annualGrossCents - by * 12) })],
    ['more obligations', (file, by) => ({ ...file, obligations: file.obligations + by })],
    ['a vehicle of less value', (file, by) => ({ ...file, valueCents: Math.max(100_000, file.valueCents - by * 10) })],
    ['an older vehicle', (file) => ({ ...file, year: file.year - 1 })],
  ];
  test.each(worse)('%s never has a larger amount or a lower rate at any term', (_, worsen) => {
    fc.assert(
      fc.property(files, fc.integer({ min: 1, max: 100_000 }), (file, by) => {
        const before = amounts(file);
        for (const [term, offer] of amounts(worsen(file, by))) {
          const better = before.get(term);
          expect(better).toBeDefined();
          expect(offer.amountCents).toBeLessThanOrEqual(better!.amountCents);
          expect(offer.annualRateBasisPoints).toBeGreaterThanOrEqual(better!.annualRateBasisPoints);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('no offer is above what the value, the income and the request allow', () => {
    fc.assert(
      fc.property(files, (file) => {
        for (const offer of amounts(file).values()) {
          expect(offer.amountCents).toBeLessThanOrEqual(Math.min(file.amountCents, file.valueCents * 1.3));
          expect(offer.paymentCents * 12 * 10_000).toBeLessThanOrEqual(file.annualGrossCents * 1_500);
          expect(Number(offer.mapr)).toBeLessThanOrEqual(36);
        }
      }),
      { numRuns: 100 },
    );
  });
});
