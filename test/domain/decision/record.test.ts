import { describe, expect, test } from '@jest/globals';

import { decide, decisionRecord, NothingDecided, type DecisionInputs } from '../../../domain/decision/record.ts';
import type { Review } from '../../../domain/decision/review.ts';
import { UNRECORDED_LENDER } from '../../../domain/lender.ts';
import { applyFull, applyPreBureau } from '../../../domain/policy/apply.ts';
import type { PolicyResult } from '../../../domain/policy/result.ts';
import { personalLoan } from '../../../domain/products/personal-loan.ts';
import { decisionInputs } from '../../support/decision-inputs.ts';
import { policyInput, reportOf, scoringOf, screeningOf } from '../../support/policy-inputs.ts';
import { applicationOf } from '../../support/submissions.ts';

const full = (changes: Parameters<typeof policyInput>[0] = {}) => applyFull(policyInput(changes));
const decideOn = (changes: Partial<DecisionInputs>) => decide(decisionInputs(changes));
const review = (changes: Partial<Review>): Review => ({
  schemaVersion: 1,
  queue: 'REVIEW',
  by: 'r.vega',
  at: '2026-02-02T10:00:00.000Z',
  action: 'DECLINE',
  clears: [],
  reasons: [],
  offer: null,
  note: 'A note of ten characters.',
  ...changes,
});
const terms = (amountCents: number, termMonths: number) =>
  personalLoan.priceTerms(
    { application: applicationOf(), lender: UNRECORDED_LENDER, asOf: '2026-02-02' },
    { amountCents, termMonths, annualRateBasisPoints: 1_499 },
    { origination_fee: 300, offer_days: 30 },
    'sandbox',
  );

describe('a decision by the policy', () => {
  test('to approve has the offer as requested and no reason', () => {
    expect(decideOn({})).toMatchObject({
      outcome: 'APPROVE',
      decidedBy: 'POLICY',
      requested: { amountCents: 1_000_000, termMonths: 36 },
      offers: [{ amountCents: 1_000_000, termMonths: 36 }],
      reasons: [],
      missing: [],
      policy: { id: 'personal-loan' },
    });
  });

  test('to decline by the score has the model’s reasons', () => {
    expect(decideOn({ policy: full({ scoring: scoringOf(500_000) }) })).toMatchObject({
      outcome: 'DECLINE',
      offers: [],
      reasons: [
        { code: 'AX20', component: 'MODEL' },
        { code: 'AA22', component: 'MODEL' },
      ],
    });
  });

  test('to decline by a rule has the rule’s reason as the policy’s, also where the model has the same', () => {
    const policy = full({ report: reportOf({ accountsNowDelinquent: 2 }) });
    expect(decideOn({ policy }).reasons).toEqual([{ code: 'AA17', component: 'POLICY' }]);
  });

  test('to decline by a rule and by the score tells the two apart', () => {
    const policy = full({ report: reportOf({ bankruptcies: 1 }), scoring: scoringOf(500_000) });
    expect(decideOn({ policy }).reasons).toEqual([
      { code: 'AA21', component: 'POLICY' },
      { code: 'AX20', component: 'MODEL' },
      { code: 'AA22', component: 'MODEL' },
    ]);
  });

  test.each([
    ['the band of its risk', 55_000, 3_000_000, 90_000_000, { code: 'AX20', component: 'MODEL' }],
    ['the obligations', 10_000, 2_000_000, 9_600_000, { code: 'AA09', component: 'POLICY' }],
  ])('to offer less for %s says where the reason comes from', (_, pd, amountCents, annualGrossCents, reason) => {
    const application = applicationOf({
      request: { ...applicationOf().request, amountCents },
      income: { annualGrossCents },
    });
    const report = reportOf({ monthlyObligationsCents: 200_000 });
    const policy = full({ application, report, scoring: scoringOf(pd) });
    const record = decideOn({ application, policy });
    expect(record.outcome).toBe('COUNTEROFFER');
    expect(record.reasons[0]).toEqual(reason);
    expect(record.offers.length).toBeGreaterThan(0);
  });

  test.each([
    ['NOT_OFFERED', { application: applicationOf({ residence: { state: 'NY' } }) }, []],
    ['DECLINE', { screening: screeningOf({ ofLegalAge: false }) }, [{ code: 'AX12', component: 'POLICY' }]],
  ] as const)('before the bureau comes to %s without a report', (outcome, changes, reasons) => {
    const preBureauPolicy = applyPreBureau(policyInput(changes));
    expect(decideOn({ preBureauPolicy, policy: null, reports: [], model: null })).toMatchObject({
      outcome,
      reasons,
      reportsUsed: [],
      model: null,
    });
  });

  const undecided: [string, PolicyResult | null][] = [
    ['REFER', full({ status: 'THIN' })],
    ['HOLD', full({ status: 'MISMATCH' })],
    ['nothing', null],
  ];
  test.each(undecided)('is none where the policy says %s and nobody decided', (_, policy) => {
    expect(() => decideOn({ policy })).toThrow(NothingDecided);
    expect(() => decideOn({ policy, reviews: [review({ action: 'REPULL' })] })).toThrow(NothingDecided);
  });

  test('stands after a person cleared a hold', () => {
    expect(decideOn({ reviews: [review({ action: 'CLEAR', clears: ['FRAUD_ALERT'] })] })).toMatchObject({
      outcome: 'APPROVE',
      decidedBy: 'POLICY',
    });
  });
});

describe('a decision by a person', () => {
  const policy = full({ status: 'THIN' });

  test('to decline has the person’s reasons and name', () => {
    const reviews = [review({ reasons: ['AA06', 'AA15'] })];
    expect(decideOn({ policy, reviews })).toMatchObject({
      outcome: 'DECLINE',
      decidedBy: 'r.vega',
      offers: [],
      reasons: [
        { code: 'AA06', component: 'JUDGMENTAL' },
        { code: 'AA15', component: 'JUDGMENTAL' },
      ],
    });
  });

  test('to approve as requested is an approval without reasons', () => {
    const reviews = [review({ action: 'APPROVE', offer: terms(1_000_000, 36), reasons: ['AA08'] })];
    expect(decideOn({ policy, reviews })).toMatchObject({ outcome: 'APPROVE', decidedBy: 'r.vega', reasons: [] });
  });

  test.each([
    ['a smaller amount', terms(999_900, 36)],
    ['another term', terms(1_000_000, 60)],
  ])('to approve %s is a counteroffer with the reasons', (_, offer) => {
    const record = decideOn({ policy, reviews: [review({ action: 'APPROVE', offer, reasons: ['AA08'] })] });
    expect(record).toMatchObject({ outcome: 'COUNTEROFFER', offers: [offer] });
    expect(record.reasons).toEqual([{ code: 'AA08', component: 'JUDGMENTAL' }]);
  });

  test('goes by the newest review', () => {
    const reviews = [review({ action: 'CLEAR' }), review({ reasons: ['AA06'], by: 's.lind' })];
    expect(decideOn({ policy, reviews })).toMatchObject({ outcome: 'DECLINE', decidedBy: 's.lind' });
  });
});

describe('an incomplete application', () => {
  const missing = [{ path: 'income', ask: 'Your gross annual income' }];
  const validation = {
    ...decisionInputs().validation,
    status: 'INCOMPLETE' as const,
    missing,
    completeBy: '2026-03-02',
  };

  test('is recorded as incomplete and never as declined', () => {
    expect(decideOn({ validation, policy: null, reports: [], model: null })).toMatchObject({
      outcome: 'INCOMPLETE',
      missing,
      completeBy: '2026-03-02',
      completedAt: null,
      completedOn: null,
      reasons: [],
      offers: [],
    });
  });
});

describe('the dates of a record', () => {
  test('are the creditor’s, and the notice is due 30 days after receipt', () => {
    const record = decideOn({ decidedAt: '2026-02-03T05:30:00.000Z' });
    expect(record).toMatchObject({ receivedOn: '2026-01-31', decidedOn: '2026-02-02', noticeDueOn: '2026-03-02' });
  });

  test('count an application complete when the last report came', () => {
    const report = { bureau: 'simulated-bureau', status: 'HIT', simulated: true };
    const reports = [
      { ...report, receivedAt: '2026-02-01T04:00:00.000Z' },
      { ...report, receivedAt: '2026-02-01T03:00:00.000Z' },
    ];
    expect(decideOn({ reports })).toMatchObject({
      completedAt: '2026-02-01T04:00:00.000Z',
      completedOn: '2026-01-31',
    });
    expect(decideOn({ reports: [{ ...report, receivedAt: null }] }).completedAt).toBe('2026-01-31T12:00:00.000Z');
  });
});

test('a record is the same for the same inputs, and is what its schema says', () => {
  const record = decideOn({});
  expect(decideOn({})).toEqual(record);
  expect(decisionRecord.parse(record)).toEqual(record);
});
