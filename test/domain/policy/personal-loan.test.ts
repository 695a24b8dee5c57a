import { readFileSync } from 'node:fs';

import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import type { PersonalLoanApplication as Application } from '../../../domain/application/submission.ts';
import { UNRECORDED_LENDER } from '../../../domain/lender.ts';
import { applyFull, applyPreBureau } from '../../../domain/policy/apply.ts';
import { policyResult, strictest, type RuleOutcome } from '../../../domain/policy/result.ts';
import { personalLoan } from '../../../domain/products/personal-loan.ts';
import { OfferUnlawful } from '../../../domain/products/product.ts';
import { REASONS } from '../../../domain/reasons/catalogue.ts';
import { loansOf, policyInput, reportOf, scoringOf, screeningOf, type FullInput } from '../../support/policy-inputs.ts';
import { applicationOf } from '../../support/submissions.ts';

type Request = Application['request'];
const full = (changes: Partial<FullInput> = {}) => applyFull(policyInput(changes));
const asking = (request: Partial<Request>, changes: Partial<Application> = {}) =>
  applicationOf({ ...changes, request: { ...applicationOf().request, ...request } });
const resultOf = (id: string, { rules }: { rules: readonly RuleOutcome[] }) =>
  rules.find((rule) => rule.id === id)?.result;

const preBureau = (changes: Partial<FullInput> = {}) => applyPreBureau(policyInput(changes));
const CUTOFF_PD_PPM = 71_188;
const priceTerms = (terms: { amountCents: number; termMonths: number; annualRateBasisPoints: number }) =>
  personalLoan.priceTerms(
    { application: applicationOf(), lender: UNRECORDED_LENDER, asOf: '2026-01-05' },
    terms,
    { origination_fee: 300, offer_days: 30 },
    'sandbox',
  );

describe('precedence', () => {
  const outcome = (action: RuleOutcome['action'], result: RuleOutcome['result'] = 'FIRED'): RuleOutcome => ({
    id: action,
    action,
    result,
    reasons: [],
  });
  const ORDER = ['HOLD', 'NOT_OFFERED', 'DECLINE', 'REFER'] as const;

  test('is hold, not offered, decline, refer, whatever the order of the rules', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...ORDER], { minLength: 1 }), (actions) => {
        const expected = ORDER.find((action) => actions.includes(action));
        expect(strictest(actions.map((action) => outcome(action)))).toBe(expected);
      }),
    );
  });

  test('asks for nobody when every rule passed or was cleared', () => {
    expect(strictest([outcome('DECLINE', 'PASSED'), outcome('HOLD', 'CLEARED')])).toBeUndefined();
  });

  test.each(ORDER)('asks for a person where a rule that would %s could not be evaluated', (action) => {
    expect(strictest([outcome(action, 'MISSING')])).toBe('REFER');
  });

  test('does not decline on a file whose hold could not be evaluated', () => {
    expect(strictest([outcome('HOLD', 'MISSING'), outcome('DECLINE')])).toBe('REFER');
  });
});

describe('before the bureau', () => {
  test('a file that no rule refuses goes on', () => {
    expect(preBureau()).toMatchObject({ stage: 'PRE_BUREAU', outcome: 'PROCEED', reasons: [], offers: [] });
  });

  test.each([
    [1_799_999, 'DECLINE', ['AX11']],
    [1_800_000, 'PROCEED', []],
    [1_800_001, 'PROCEED', []],
  ])('a yearly income of %p cents comes to %s', (annualGrossCents, outcome, reasons) => {
    expect(preBureau({ application: applicationOf({ income: { annualGrossCents } }) })).toMatchObject({
      outcome,
      reasons,
    });
  });

  test('an income that is missing is a question for a person', () => {
    expect(preBureau({ application: applicationOf({ income: null }) })).toMatchObject({
      outcome: 'REFER',
      reasons: [],
    });
  });

  test('someone too young to contract is declined for that', () => {
    expect(preBureau({ screening: screeningOf({ ofLegalAge: false }) })).toMatchObject({
      outcome: 'DECLINE',
      reasons: ['AX12'],
    });
  });

  test('a state where nothing is lent is not a decline, also where one would be due', () => {
    const application = applicationOf({ residence: { state: 'NY' }, income: { annualGrossCents: 0 } });
    expect(preBureau({ application })).toMatchObject({ outcome: 'NOT_OFFERED', reasons: [] });
  });

  test('a possible match with a list goes before everything, until a person clears it', () => {
    const screening = screeningOf({ status: 'HOLD', ofLegalAge: false });
    expect(preBureau({ screening, application: applicationOf({ residence: { state: 'NY' } }) }).outcome).toBe('HOLD');
    const cleared = new Set(['POSSIBLE_LIST_MATCH']);
    expect(preBureau({ screening, cleared })).toMatchObject({ outcome: 'DECLINE', reasons: ['AX12'] });
  });

  test('another open application is looked at by a person, who may let it go on', () => {
    const screening = screeningOf({ otherOpenApplications: 1 });
    expect(preBureau({ screening }).outcome).toBe('REFER');
    expect(preBureau({ screening, cleared: new Set(['OTHER_APPLICATION_OPEN']) }).outcome).toBe('PROCEED');
  });

  test('nobody clears a refusal', () => {
    const cleared = new Set(['UNDER_LEGAL_AGE', 'STATE_NOT_SERVED', 'INCOME_BELOW_MINIMUM']);
    expect(preBureau({ cleared, screening: screeningOf({ ofLegalAge: false }) }).outcome).toBe('DECLINE');
    expect(preBureau({ cleared, application: applicationOf({ residence: { state: 'NY' } }) }).outcome).toBe(
      'NOT_OFFERED',
    );
  });
});

describe('an integrity hold', () => {
  const HOLDS: [string, Partial<FullInput>][] = [
    ['POSSIBLE_LIST_MATCH', { screening: screeningOf({ status: 'HOLD' }) }],
    ['PULL_AMBIGUOUS', { status: 'AMBIGUOUS', report: null, scoring: null }],
    ['BUREAU_UNAVAILABLE', { status: 'UNAVAILABLE', report: null, scoring: null }],
    ['FILE_FROZEN', { status: 'FROZEN', report: reportOf({}, { status: 'FROZEN', attributes: null }), scoring: null }],
    ['REPORT_MISMATCH', { status: 'MISMATCH' }],
    ['FRAUD_ALERT', { report: reportOf({}, { alerts: ['FRAUD_INITIAL'] }) }],
    ['EXTENDED_FRAUD_ALERT', { report: reportOf({}, { alerts: ['FRAUD_EXTENDED'] }) }],
    ['ACTIVE_DUTY_ALERT', { report: reportOf({}, { alerts: ['ACTIVE_DUTY'] }) }],
    ['DECEASED_INDICATOR', { report: reportOf({}, { alerts: ['DECEASED'] }) }],
    ['UNKNOWN_ALERT', { report: reportOf({}, { alerts: ['UNKNOWN'] }) }],
  ];

  test.each(HOLDS)('%s holds a file that would be approved, and one that would be declined', (id, changes) => {
    expect(full(changes)).toMatchObject({ outcome: 'HOLD', reasons: [] });
    expect(resultOf(id, full(changes))).toBe('FIRED');
    const declined = { ...changes, ...(changes.scoring === null ? {} : { scoring: scoringOf(500_000) }) };
    expect(full(declined)).toMatchObject({ outcome: 'HOLD', reasons: [] });
  });

  test.each(HOLDS)('%s, cleared by a person, never becomes an approval without a report', (id, changes) => {
    const result = full({ ...changes, cleared: new Set([id]) });
    expect(resultOf(id, result)).toBe('CLEARED');
    expect(result.outcome).toBe(changes.scoring === null ? 'REFER' : 'APPROVE');
  });

  test('that was cleared does not clear another', () => {
    const report = reportOf({}, { alerts: ['FRAUD_INITIAL', 'DECEASED'] });
    expect(full({ report, cleared: new Set(['FRAUD_ALERT']) }).outcome).toBe('HOLD');
  });
});

describe('a rule of the full policy', () => {
  test.each([
    ['no bankruptcy', { bankruptcies: 0 }, 'APPROVE', []],
    ['a bankruptcy', { bankruptcies: 1 }, 'DECLINE', ['AA21']],
    ['no account delinquent', { accountsNowDelinquent: 0 }, 'APPROVE', []],
    ['one account delinquent', { accountsNowDelinquent: 1 }, 'DECLINE', ['AA17']],
  ])('finds %s', (_, attributes, outcome, reasons) => {
    expect(full({ report: reportOf(attributes) })).toMatchObject({ outcome, reasons });
  });

  // 43 % of 8,000 dollars a month are 3,440; housing takes 1,200.
  test.each([
    [223_999, 'PASSED'],
    [224_000, 'PASSED'],
    [224_001, 'FIRED'],
  ])('on obligations, with %p cents a month, has %s', (monthlyObligationsCents, result) => {
    const found = full({ report: reportOf({ monthlyObligationsCents }) });
    expect(resultOf('OBLIGATIONS_ALONE_TOO_HIGH', found)).toBe(result);
    // With no room left for a payment the amount is refused even where the rule passes.
    expect(found).toMatchObject({ outcome: 'DECLINE', reasons: ['AA09'], offers: [] });
  });

  test.each([
    [66_999, 'APPROVE', []],
    [67_000, 'REFER', []],
    [67_001, 'REFER', []],
    [CUTOFF_PD_PPM - 1, 'REFER', []],
    [CUTOFF_PD_PPM, 'DECLINE', ['AX20', 'AA22']],
    [CUTOFF_PD_PPM + 1, 'DECLINE', ['AX20', 'AA22']],
    [1_000_000, 'DECLINE', ['AX20', 'AA22']],
  ])('on the model, with a PD of %p ppm, comes to %s', (pd, outcome, reasons) => {
    expect(full({ scoring: scoringOf(pd) })).toMatchObject({ outcome, reasons });
  });

  test('does not decline by a score that nothing explains: a person decides', () => {
    expect(full({ scoring: scoringOf(500_000, []) })).toMatchObject({ outcome: 'REFER', reasons: [] });
  });

  test.each([
    ['NO_HIT', reportOf({}, { status: 'NO_HIT', attributes: null }), null],
    ['THIN', reportOf({}, { status: 'THIN' }), scoringOf(10_000)],
  ] as const)('refers a file that is %s', (status, report, scoring) => {
    expect(full({ status, report, scoring })).toMatchObject({ outcome: 'REFER', reasons: [] });
  });

  test('refers features that may not reach the model', () => {
    const fault = { feature: 'inquiries_6m', fault: 'MISSING', message: '' } as const;
    expect(full({ scoring: { ...scoringOf(0), result: null, faults: [fault] } }).outcome).toBe('REFER');
  });

  test.each([
    ['bankruptcies', { report: reportOf({ bankruptcies: null }) }],
    ['accounts now delinquent', { report: reportOf({ accountsNowDelinquent: null }) }],
    ['obligations', { report: reportOf({ monthlyObligationsCents: null }) }],
    ['income', { application: applicationOf({ income: null }) }],
    ['housing', { application: applicationOf({ housing: null }) }],
    ['the score', { scoring: null }],
    ['the report', { report: null }],
  ] as const)('without %s is neither an approval nor a decline', (_, changes) => {
    expect(full(changes)).toMatchObject({ outcome: 'REFER', reasons: [] });
  });

  test.each([
    ['income', applicationOf({ income: null })],
    ['housing', applicationOf({ housing: null })],
  ])('makes no offer that leaves %s out of account', (_, application) => {
    expect(full({ application }).offers).toEqual([]);
  });
});

describe('the cut-off', () => {
  test('is the one against which the model’s reasons are measured', () => {
    const manifest = JSON.parse(readFileSync('models/personal-loan-default/2.0.0/manifest.json', 'utf8')) as {
      reference: { cutoffPd: number };
    };
    expect(CUTOFF_PD_PPM).toBe(Math.round(manifest.reference.cutoffPd * 1e6));
  });
});

describe('an offer', () => {
  test('as requested is an approval of exactly that', () => {
    const result = full();
    expect(result.outcome).toBe('APPROVE');
    expect(result.offers).toMatchObject([
      { amountCents: 1_000_000, termMonths: 36, annualRateBasisPoints: 899, boundBy: 'REQUESTED' },
    ]);
    expect(result.reasons).toEqual([]);
  });

  test.each([
    ['the band of its risk, for the model’s reasons', { scoring: scoringOf(55_000) }, 3_000_000, ['AX20', 'AA22']],
    ['the band of its risk where nothing explains it', { scoring: scoringOf(55_000, []) }, 3_000_000, ['AX27']],
    ['what is lent to anybody', { scoring: scoringOf(10_000, []) }, 5_000_000, ['AX27']],
    ['income', {}, 3_500_000, ['AA08']],
    ['obligations', { report: reportOf({ monthlyObligationsCents: 200_000 }) }, 2_000_000, ['AA09']],
  ])('bound by %s is a counteroffer that says why', (_, changes, amountCents, reasons) => {
    // Income leaves room for every case but its own.
    const annualGrossCents = reasons[0] === 'AA08' || reasons[0] === 'AA09' ? 9_600_000 : 90_000_000;
    const result = full({ application: asking({ amountCents }, { income: { annualGrossCents } }), ...changes });
    expect(result).toMatchObject({ outcome: 'COUNTEROFFER', reasons });
    expect(loansOf(result).every((offer) => offer.amountCents < amountCents || offer.termMonths !== 36)).toBe(true);
  });

  const inputs = fc
    .record({
      pd: fc.integer({ min: 0, max: 200_000 }),
      amountCents: fc.integer({ min: 100_000, max: 10_000_000 }),
      termMonths: fc.constantFrom(36 as const, 60 as const),
      annualGrossCents: fc.integer({ min: 0, max: 30_000_000 }),
      obligations: fc.integer({ min: 0, max: 500_000 }),
      housing: fc.integer({ min: 0, max: 300_000 }),
      bankruptcies: fc.constantFrom(0, 0, 0, 1, null),
      delinquent: fc.constantFrom(0, 1, 2, null),
    })
    .map((drawn) => ({
      drawn,
      input: policyInput({
        application: asking(
          { amountCents: drawn.amountCents, termMonths: drawn.termMonths },
          {
            income: { annualGrossCents: drawn.annualGrossCents },
            housing: { status: 'RENT', monthlyPaymentCents: drawn.housing },
          },
        ),
        report: reportOf({
          monthlyObligationsCents: drawn.obligations,
          bankruptcies: drawn.bankruptcies,
          accountsNowDelinquent: drawn.delinquent,
        }),
        scoring: scoringOf(drawn.pd),
      }),
    }));

  test('and its decision keep the law’s invariants, whatever the file', () => {
    fc.assert(
      fc.property(inputs, ({ drawn, input }) => {
        const result = applyFull(input);
        expect(policyResult.parse(result)).toEqual(result);
        expect(
          applyFull({ ...input, report: structuredClone(input.report), scoring: structuredClone(input.scoring) }),
        ).toEqual(result);
        const reached = loansOf(result).some(
          (offer) => offer.amountCents >= drawn.amountCents && offer.termMonths === drawn.termMonths,
        );
        if (result.outcome === 'APPROVE') {
          expect(result.rules.every(({ result }) => result === 'PASSED')).toBe(true);
          expect(reached).toBe(true);
        }
        if (result.outcome === 'DECLINE' || result.outcome === 'COUNTEROFFER') {
          expect(result.reasons.length).toBeGreaterThanOrEqual(1);
          expect(result.reasons.length).toBeLessThanOrEqual(4);
          expect(new Set(result.reasons).size).toBe(result.reasons.length);
          for (const code of result.reasons) expect(Object.keys(REASONS)).toContain(code);
        } else {
          expect(result.reasons).toEqual([]);
        }
        if (result.outcome === 'COUNTEROFFER') expect(reached).toBe(false);
        if (result.outcome === 'DECLINE') expect(result.offers).toEqual([]);
        const distances = loansOf(result).map(({ amountCents }) => drawn.amountCents - amountCents);
        expect(distances).toEqual(distances.toSorted((a, b) => a - b));
        for (const offer of loansOf(result)) {
          expect(Number(offer.apr)).toBeLessThanOrEqual(36);
          expect(offer.amountCents).toBeLessThanOrEqual(drawn.amountCents);
          expect(offer.amountCents).toBeGreaterThanOrEqual(100_000);
        }
      }),
      { numRuns: 200 },
    );
  });

  /** By term, the largest amount and the rate that the pricing gives, also where a rule declines. */
  function amounts(input: FullInput): Map<number, { amount: number; rate: number }> {
    // A referral shows what the policy would give.
    const offers = loansOf(applyFull({ ...input, status: 'THIN' }));
    return new Map(
      offers.map(({ termMonths, amountCents, annualRateBasisPoints }) => [
        termMonths,
        { amount: amountCents, rate: annualRateBasisPoints },
      ]),
    );
  }

  test.each([
    [
      'a worse score',
      ({ input }: { input: FullInput }, by: number) => {
        const pd = input.scoring!.result!.pdMicros;
        return { ...input, scoring: scoringOf(Math.min(1_000_000, pd + by)) };
      },
    ],
    [
      'more obligations',
      ({ input }: { input: FullInput }, by: number) => ({
        ...input,
        report: reportOf({
          ...input.report!.attributes,
          monthlyObligationsCents: input.report!.attributes!.monthlyObligationsCents! + by,
        }),
      }),
    ],
    [
      'less income',
      ({ input }: { input: FullInput }, by: number) => ({
        ...input,
        application: {
          ...input.application,
          income: { annualGrossCents: Math.max(0, input.application.income!.annualGrossCents - by * 12) },
        },
      }),
    ],
  ])('never has a better price or a larger amount for %s', (_, worsen) => {
    fc.assert(
      fc.property(inputs, fc.integer({ min: 1, max: 100_000 }), ({ input }, by) => {
        fc.pre(applyFull({ ...input, status: 'THIN' }).outcome === 'REFER');
        const before = amounts(input);
        for (const [term, { amount, rate }] of amounts(worsen({ input }, by))) {
          expect(before.has(term)).toBe(true);
          expect(amount).toBeLessThanOrEqual(before.get(term)!.amount);
          expect(rate).toBeGreaterThanOrEqual(before.get(term)!.rate);
        }
      }),
      { numRuns: 80 },
    );
  });

  test('a worse input never turns a refusal into an approval', () => {
    // Refused by a limit, or sent to a person by a rule: neither is better, see products/policies.test.ts.
    const rank = { HOLD: 0, DECLINE: 0, REFER: 0, COUNTEROFFER: 1, APPROVE: 2, NOT_OFFERED: 0, PROCEED: 2 };
    fc.assert(
      fc.property(inputs, fc.integer({ min: 1, max: 100_000 }), ({ input }, by) => {
        const worse = { ...input, scoring: scoringOf(input.scoring!.result!.pdMicros + by) };
        expect(rank[applyFull(worse).outcome]).toBeLessThanOrEqual(rank[applyFull(input).outcome]);
      }),
      { numRuns: 80 },
    );
  });

  test.each(
    [10_000, 25_000, 35_000, 45_000, 55_000, 65_000].flatMap((pd) =>
      ([36, 60] as const).flatMap((term) => [100_000, 1_000_000].map((amount) => [pd, term, amount] as const)),
    ),
  )('at a PD of %p ppm over %p months of %p cents has an APR under 36 %', (pd, termMonths, amountCents) => {
    const result = full({ scoring: scoringOf(pd), application: asking({ termMonths, amountCents }) });
    expect(result.outcome).toBe('APPROVE');
    expect(Number(result.offers[0]!.apr)).toBeLessThanOrEqual(36);
    expect(Number(result.offers[0]!.apr) * 100).toBeGreaterThan(result.offers[0]!.annualRateBasisPoints);
  });

  test('on terms above the cap is refused, and says what to lower', () => {
    const terms = { amountCents: 1_000_000, termMonths: 36, annualRateBasisPoints: 3_500 };
    expect(() => priceTerms(terms)).toThrow(OfferUnlawful);
    expect(() => priceTerms(terms)).toThrow(/lower the rate/);
  });
});
