import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { newestPolicy } from '../../../app/governance/policies.ts';
import type { Application } from '../../../domain/application/submission.ts';
import { UNRECORDED_LENDER } from '../../../domain/lender.ts';
import { applyFull, applyPreBureau } from '../../../domain/policy/apply.ts';
import { policyResult, type PolicyResult } from '../../../domain/policy/result.ts';
import type { LenderType } from '../../../domain/pricing/rate-caps.ts';
import { productOf } from '../../../domain/products/index.ts';
import { REASONS } from '../../../domain/reasons/catalogue.ts';
import { policyInput, reportOf, scoringOf, screeningOf, type FullInput } from '../../support/policy-inputs.ts';
import { applicationOf, autoApplicationOf, lineApplicationOf } from '../../support/submissions.ts';

const PRODUCTS: [string, Application][] = [
  ['personal loan', applicationOf()],
  ['auto purchase', autoApplicationOf()],
  [
    'auto refinance',
    autoApplicationOf({
      purpose: 'REFINANCE',
      downPaymentCents: 0,
      currentLoan: { payoffCents: 2_300_000, monthlyPaymentCents: 60_000 },
    }),
  ],
  ['credit line', lineApplicationOf()],
];
const resultOf = (id: string, { rules }: PolicyResult) => rules.find((rule) => rule.id === id)?.result;

describe.each(PRODUCTS)('a policy result of a %s', (_, application) => {
  const full = (changes: Partial<FullInput> = {}) => applyFull(policyInput({ application, ...changes }));
  const pre = (changes: Partial<FullInput> = {}) => applyPreBureau(policyInput({ application, ...changes }));

  test('approves a file that no rule refuses, as it was asked for', () => {
    const result = full();
    expect(pre().outcome).toBe('PROCEED');
    expect(result).toMatchObject({ outcome: 'APPROVE', reasons: [], modelReasons: [], invalidInputs: [] });
    expect(result.offers).toMatchObject([{ boundBy: 'REQUESTED', expiresOn: '2026-02-04' }]);
    expect(policyResult.parse(result)).toEqual(result);
  });

  test('names the policy by its version and by the digests of its module and its text', () => {
    for (const result of [full(), pre()]) {
      expect(result.policy).toMatchObject({
        id: application.product,
        version: newestPolicy(application.product).module.policy.version,
      });
      expect(result.policy.digest).toMatch(/^[0-9a-f]{64}$/);
      expect(result.policy.sourceDigest).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  const refusals: Partial<FullInput> = { report: reportOf({ bankruptcies: 1 }), scoring: scoringOf(500_000) };
  const holds: [string, Partial<FullInput>][] = [
    ['POSSIBLE_LIST_MATCH', { screening: screeningOf({ status: 'HOLD' }) }],
    ['PULL_AMBIGUOUS', { status: 'AMBIGUOUS', report: null, scoring: null }],
    ['BUREAU_UNAVAILABLE', { status: 'UNAVAILABLE', report: null, scoring: null }],
    ['FILE_FROZEN', { status: 'FROZEN', report: reportOf({}, { attributes: null }), scoring: null }],
    ['REPORT_MISMATCH', { status: 'MISMATCH' }],
    ...(
      [
        ['FRAUD_ALERT', 'FRAUD_INITIAL'],
        ['EXTENDED_FRAUD_ALERT', 'FRAUD_EXTENDED'],
        ['ACTIVE_DUTY_ALERT', 'ACTIVE_DUTY'],
        ['DECEASED_INDICATOR', 'DECEASED'],
        ['UNKNOWN_ALERT', 'UNKNOWN'],
      ] as const
    ).map(([rule, alert]): [string, Partial<FullInput>] => [
      rule,
      { report: reportOf({ bankruptcies: 1 }, { alerts: [alert] }), scoring: scoringOf(500_000) },
    ]),
  ];
  test.each(holds)('is held by %s before any refusal, and not once it is cleared', (rule, changes) => {
    expect(full(changes)).toMatchObject({ outcome: 'HOLD', reasons: [] });
    expect(resultOf(rule, full(changes))).toBe('FIRED');
    const cleared = full({ ...changes, cleared: new Set([rule]) });
    expect(resultOf(rule, cleared)).toBe('CLEARED');
    expect(cleared.outcome).not.toBe('HOLD');
  });

  test('gives the reasons of refusals by severity, and says which the model gave', () => {
    expect(full(refusals)).toMatchObject({
      outcome: 'DECLINE',
      reasons: ['AA21', 'AX20', 'AA22'],
      modelReasons: ['AX20', 'AA22'],
      offers: [],
    });
  });

  test('has no more than four reasons', () => {
    const worst = full({
      application: { ...application, income: { annualGrossCents: 100_000 } },
      screening: screeningOf({ ofLegalAge: false }),
      report: reportOf({ bankruptcies: 1, accountsNowDelinquent: 5, monthlyObligationsCents: 1_000_000 }),
      scoring: scoringOf(500_000),
    });
    expect(worst).toMatchObject({ outcome: 'DECLINE', reasons: ['AX12', 'AA21', 'AA17', 'AA09'] });
  });

  test('asks a person where a score that nothing explains would decline', () => {
    expect(full({ scoring: scoringOf(500_000, []) })).toMatchObject({ outcome: 'REFER', reasons: [] });
  });

  const unknown: [string, Partial<FullInput>][] = [
    ['bankruptcies', { report: reportOf({ bankruptcies: null }) }],
    ['delinquent accounts', { report: reportOf({ accountsNowDelinquent: null }) }],
    ['obligations', { report: reportOf({ monthlyObligationsCents: null }) }],
    ['income', { application: { ...application, income: null } }],
    ['housing', { application: { ...application, housing: null } }],
    ['a score', { scoring: null }],
    ['a report', { report: null, scoring: null }],
    ['a credit file', { status: 'NO_HIT', report: reportOf({}, { attributes: null }), scoring: null }],
    ['much of a file', { status: 'THIN' }],
  ];
  test.each(unknown)('without %s is neither an approval nor a refusal', (_, changes) => {
    expect(full(changes)).toMatchObject({ outcome: 'REFER', reasons: [] });
  });

  test('asks a person where an input is beyond belief, names it, and never tells its value', () => {
    const result = full({ report: reportOf({ bankruptcies: 987_654 }) });
    expect(result).toMatchObject({
      outcome: 'REFER',
      rules: [],
      offers: [],
      invalidInputs: [{ name: 'bankruptcies', fault: 'OUT_OF_RANGE' }],
    });
    expect(JSON.stringify(result)).not.toContain('987654');
  });

  test('asks a person where a real report has grown old, and lets an offer end with a report', () => {
    const real = (reportedAt: string) => reportOf({}, { simulated: false, reportedAt });
    expect(full({ report: real('2026-01-01T10:00:00Z') }).offers).toMatchObject([{ expiresOn: '2026-01-31' }]);
    expect(full({ report: real('2025-12-06T10:00:00Z') }).outcome).toBe('APPROVE');
    expect(full({ report: real('2025-12-05T10:00:00Z') }).outcome).toBe('REFER');
  });

  test('asks a person where a real report is of the future, or says no date of its own', () => {
    const real = (changes: { reportedAt?: string | null; reportedOn?: string | null }) =>
      full({ report: reportOf({}, { simulated: false, ...changes }) });
    expect(real({ reportedOn: '2026-01-01' }).offers).toMatchObject([{ expiresOn: '2026-01-31' }]);
    expect(real({ reportedOn: '2025-12-05' }).outcome).toBe('REFER');
    for (const future of [{ reportedOn: '2099-01-01' }, { reportedAt: '2026-01-09T10:00:00Z' }]) {
      expect(real(future)).toMatchObject({
        outcome: 'REFER',
        invalidInputs: [{ name: 'report_age_days', fault: 'OUT_OF_RANGE' }],
      });
    }
    expect(real({})).toMatchObject({ outcome: 'REFER', invalidInputs: [] });
  });

  test.each([
    'oldestAccountMonths',
    'delinquentAmountCents',
    'delinquencies2y',
    'inquiries6m',
    'financeInquiries',
    'instalmentOpened12m',
    'revolvingUtilisationPercent',
    'bankruptcies',
    'accountsNowDelinquent',
    'monthlyObligationsCents',
  ])('asks a person where the report leaves out %s', (attribute) => {
    expect(full({}).outcome).toBe('APPROVE');
    expect(full({ report: reportOf({ [attribute]: null }) })).toMatchObject({ outcome: 'REFER', reasons: [] });
  });

  test.each([
    ['accounts_now_delinquent', { accountsNowDelinquent: 999 }],
    ['bankruptcies', { bankruptcies: 999 }],
    ['delinquencies_2y', { delinquencies2y: 101 }],
    ['inquiries_6m', { inquiries6m: 101 }],
    ['finance_inquiries', { financeInquiries: 101 }],
    ['instalment_opened_12m', { instalmentOpened12m: 101 }],
    ['revolving_utilisation', { revolvingUtilisationPercent: 300.01 }],
    ['delinquent_amount', { delinquentAmountCents: 1_000_000_001 }],
    ['monthly_obligations', { monthlyObligationsCents: 10_000_001 }],
  ])('never declines on a report whose %s is beyond belief', (name, attributes) => {
    expect(full({ report: reportOf(attributes) })).toMatchObject({
      outcome: 'REFER',
      reasons: [],
      invalidInputs: [{ name, fault: 'OUT_OF_RANGE' }],
    });
  });

  test('offers nothing in a state without a rate cap, and nothing in production on caps that nobody confirmed', () => {
    for (const state of ['NY', 'WY']) {
      expect(pre({ application: { ...application, residence: { state } } })).toMatchObject({
        outcome: 'NOT_OFFERED',
        reasons: [],
      });
    }
    for (const state of ['IL', 'FL', 'CA']) {
      const lived = { ...application, residence: { state } };
      expect(pre({ application: lived }).outcome).toBe('PROCEED');
      expect(pre({ application: lived, mode: 'production' })).toMatchObject({ outcome: 'NOT_OFFERED', reasons: [] });
      expect(full({ application: lived, mode: 'production' })).toMatchObject({ outcome: 'REFER', reasons: [] });
    }
  });

  test('can be made wherever the lender says it lends', () => {
    const { states } = policyInput({ application }).product.terms;
    const made = states.filter(
      (state) => pre({ application: { ...application, residence: { state } } }).outcome === 'PROCEED',
    );
    expect(made).toEqual(states);
  });

  test('goes hold, not offered, decline, refer', () => {
    const stopped: Partial<FullInput>[] = [
      { screening: screeningOf({ otherOpenApplications: 1 }) },
      { screening: screeningOf({ otherOpenApplications: 1, ofLegalAge: false }) },
      {
        screening: screeningOf({ otherOpenApplications: 1, ofLegalAge: false }),
        application: { ...application, residence: { state: 'NY' } },
      },
      {
        screening: screeningOf({ otherOpenApplications: 1, ofLegalAge: false, status: 'HOLD' }),
        application: { ...application, residence: { state: 'NY' } },
      },
    ];
    expect(stopped.map((changes) => pre(changes).outcome)).toEqual(['REFER', 'DECLINE', 'NOT_OFFERED', 'HOLD']);
  });

  test('is the same for the same file, and its offers have stable ids', () => {
    expect(full()).toEqual(full());
    expect(full().offers[0]!.offerId).toMatch(/^[0-9a-f]{16}$/);
    const others = full({ asOf: '2026-01-06' }).offers;
    expect(others[0]!.offerId).not.toBe(full().offers[0]!.offerId);
  });

  test('is never better for a worse score, whatever else the file says', () => {
    const rank = { HOLD: 0, NOT_OFFERED: 0, DECLINE: 0, REFER: 1, COUNTEROFFER: 2, APPROVE: 3, PROCEED: 3 };
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 90_000 }),
        fc.integer({ min: 1, max: 30_000 }),
        fc.record({ monthlyObligationsCents: fc.integer({ min: 0, max: 300_000 }), bankruptcies: fc.nat({ max: 1 }) }),
        (pd, by, attributes) => {
          const at = (pdMicros: number) => {
            const { outcome, rules } = full({ scoring: scoringOf(pdMicros), report: reportOf(attributes) });
            // A limit that leaves nothing declines, unless a rule asks for a person: neither is better than the other.
            const byLimit = outcome === 'DECLINE' && rules.every(({ result }) => result.endsWith('PASSED'));
            return byLimit ? rank.REFER : rank[outcome];
          };
          expect(at(pd + by)).toBeLessThanOrEqual(at(pd));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('has one to four reasons where it refuses or offers less, and none elsewhere', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 90_000 }),
        fc.integer({ min: 0, max: 20_000_000 }),
        fc.integer({ min: 0, max: 300_000 }),
        (pd, annualGrossCents, monthlyObligationsCents) => {
          const { outcome, reasons, modelReasons, offers, rules } = full({
            application: { ...application, income: { annualGrossCents } },
            scoring: scoringOf(pd),
            report: reportOf({ monthlyObligationsCents }),
          });
          const told = outcome === 'DECLINE' || outcome === 'COUNTEROFFER';
          expect([reasons.length > 0, reasons.length <= 4]).toEqual([told, true]);
          expect(reasons.filter((code) => !Object.hasOwn(REASONS, code))).toEqual([]);
          expect(reasons).toEqual(expect.arrayContaining(modelReasons));
          if (outcome === 'APPROVE' || outcome === 'COUNTEROFFER') expect(offers.length).toBeGreaterThan(0);
          if (outcome === 'APPROVE') {
            expect(rules.filter(({ result }) => result !== 'PASSED' && result !== 'MISSING_PASSED')).toEqual([]);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('approves nothing before income and identity are verified', () => {
    expect(full().conditions).toEqual(expect.arrayContaining(['INCOME', 'IDENTITY']));
    expect(full().conditions.includes('TITLE')).toBe(application.product === 'auto-loan');
  });
});

test('a personal loan below the amount that California’s known caps speak of is not offered there', () => {
  const request = { ...applicationOf().request, amountCents: 249_999 };
  const application = applicationOf({ request, residence: { state: 'CA' } });
  expect(applyPreBureau(policyInput({ application })).outcome).toBe('NOT_OFFERED');
  const more = { ...application, request: { ...request, amountCents: 250_000 } };
  expect(applyPreBureau(policyInput({ application: more })).outcome).toBe('PROCEED');
});

describe('the type of the lender', () => {
  /** A risk whose price is 19.99 %, above the ceiling of federal credit unions and below the caps of licensees. */
  const decided = (type: LenderType, pdMicros: number) =>
    applyFull(policyInput({ lender: { ...UNRECORDED_LENDER, type }, scoring: scoringOf(pdMicros) }));
  const caps = ({ constraints }: PolicyResult) => constraints[0]?.rateCaps;

  test('selects the rate caps: one application, four lenders', () => {
    expect(decided('STATE_LICENSEE', 44_764)).toMatchObject({ outcome: 'APPROVE' });
    expect(caps(decided('STATE_LICENSEE', 44_764))).toEqual([
      { capId: 'US-IL-predatory-loan-prevention', result: 'PASSED' },
    ]);
    const federal = decided('FEDERAL_CREDIT_UNION', 44_764);
    expect(federal).toMatchObject({ outcome: 'REFER', offers: [] });
    expect(resultOf('RATE_CAP_BINDS', federal)).toBe('FIRED');
    expect(caps(federal)).toEqual([{ capId: 'US-IL-federal-credit-union', result: 'EXCEEDED' }]);
    expect(decided('FEDERAL_CREDIT_UNION', 10_000)).toMatchObject({ outcome: 'APPROVE' });
    expect(caps(decided('BANK_EXPORT', 10_000))).toEqual([
      { capId: 'US-IL-bank-sandbox-placeholder', result: 'PASSED' },
    ]);
    for (const [type, outcome] of [
      ['STATE_LICENSEE', 'PROCEED'],
      ['FEDERAL_CREDIT_UNION', 'PROCEED'],
      ['BANK_EXPORT', 'PROCEED'],
      ['BANK_HOME_STATE', 'PROCEED'],
      // No row of California covers a lender without a license.
      ['UNLICENSED', 'NOT_OFFERED'],
    ] as const) {
      const application = applicationOf({ residence: { state: 'CA' } });
      const input = policyInput({ application, lender: { ...UNRECORDED_LENDER, type } });
      expect(applyPreBureau(input)).toMatchObject({ outcome });
    }
  });

  test('limits what a reviewer may offer', () => {
    const priced = (type: LenderType) =>
      productOf(applicationOf()).priceTerms(
        { application: applicationOf(), lender: { ...UNRECORDED_LENDER, type }, asOf: '2026-01-05' },
        { amountCents: 1_000_000, termMonths: 36, annualRateBasisPoints: 1_999 },
        { origination_fee: 300, offer_days: 30 },
        'sandbox',
      );
    expect(priced('STATE_LICENSEE')).toMatchObject({ boundBy: 'REVIEWER' });
    expect(() => priced('FEDERAL_CREDIT_UNION')).toThrow(/RATE_CAP/);
  });
});
