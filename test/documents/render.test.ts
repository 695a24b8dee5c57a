import { describe, expect, test } from '@jest/globals';

import { UnknownAgency } from '../../documents/notices/record.ts';
import type { Application } from '../../domain/application/submission.ts';
import { decide, type DecisionRecord } from '../../domain/decision/record.ts';
import { agencyOf } from '../../domain/lender.ts';
import { applyFull } from '../../domain/policy/apply.ts';
import { REASONS, type ReasonCode } from '../../domain/reasons/catalogue.ts';
import { decisionInputs } from '../support/decision-inputs.ts';
import { LENDER } from '../support/lender.ts';
import { noticesOf, noticeTextOf } from '../support/notices.ts';
import { loansOf, policyInput, scoringOf, type FullInput } from '../support/policy-inputs.ts';
import { applicationOf, autoApplicationOf, lineApplicationOf } from '../support/submissions.ts';

const record = (changes: Partial<DecisionRecord> = {}): DecisionRecord => ({ ...decide(decisionInputs()), ...changes });
const reasons = [
  { code: 'AX03', component: 'MODEL' as const },
  { code: 'AA21', component: 'POLICY' as const },
];
const larger = applicationOf({ request: { ...applicationOf().request, amountCents: 3_500_000 } });
const RECORDS: Record<DecisionRecord['outcome'], DecisionRecord> = {
  APPROVE: record(),
  COUNTEROFFER: decide(
    decisionInputs({ application: larger, policy: applyFull(policyInput({ application: larger })) }),
  ),
  DECLINE: record({ outcome: 'DECLINE', offers: [], reasons }),
  NOT_OFFERED: record({ outcome: 'NOT_OFFERED', offers: [], reportsUsed: [] }),
  INCOMPLETE: record({
    outcome: 'INCOMPLETE',
    offers: [],
    reportsUsed: [],
    missing: [
      { path: 'income', ask: 'Your gross annual income' },
      { path: 'housing', ask: 'Your housing status and monthly housing payment' },
    ],
    completeBy: '2026-03-02',
  }),
  WITHDRAWN: record({ outcome: 'WITHDRAWN', decidedBy: 'APPLICANT', offers: [], reportsUsed: [] }),
};
const OUTCOMES = Object.keys(RECORDS) as DecisionRecord['outcome'][];
const textOf = (outcome: DecisionRecord['outcome']) => noticeTextOf(RECORDS[outcome]);

describe.each(OUTCOMES)('the notice of %s', (outcome) => {
  test('names the creditor with its address, the applicant, the application and its dates', () => {
    for (const part of [
      LENDER.name,
      LENDER.address,
      "Zoë O'Quill-Vane\n1 Example Way\nSpringfield, IL 62701",
      'application-0001',
      'received on January 31, 2026',
    ]) {
      expect(textOf(outcome)).toContain(part);
    }
  });

  test('is due when the record says, and is the same for the same record', () => {
    expect(noticesOf(RECORDS[outcome])).toMatchObject([{ dueOn: '2026-03-02' }]);
    expect(noticesOf(RECORDS[outcome])).toEqual(noticesOf(RECORDS[outcome]));
  });

  test('holds no number of the applicant, no birth date and no unfilled place', () => {
    expect(textOf(outcome)).not.toMatch(/900010000|1984|undefined|null|NaN|\[object/);
  });

  test('tells no reason that the record does not have', () => {
    const told = (Object.keys(REASONS) as ReasonCode[]).filter((code) =>
      textOf(outcome).includes(`- ${REASONS[code]}`),
    );
    expect(new Set(told)).toEqual(new Set(RECORDS[outcome].reasons.map(({ code }) => code)));
  });

  test('has every offer of the record and no other amount', () => {
    const { offers, requested } = RECORDS[outcome];
    const amounts = [...textOf(outcome).matchAll(/\$([\d,.]+\d)/g)].map(([, amount]) =>
      Math.round(Number(amount!.replaceAll(',', '')) * 100),
    );
    const known = loansOf({ offers }).flatMap((offer) => [
      offer.amountCents,
      offer.paymentCents,
      offer.finalPaymentCents,
      offer.originationFeeCents,
      offer.amountFinancedCents,
      offer.financeChargeCents,
      offer.totalOfPaymentsCents,
    ]);
    expect(known.filter((amount) => !amounts.includes(amount))).toEqual([]);
    expect(amounts.filter((amount) => ![...known, requested.amountCents].includes(amount))).toEqual([]);
    for (const { apr } of offers) expect(textOf(outcome)).toContain(`${apr}%`);
  });
});

describe.each(['DECLINE', 'COUNTEROFFER'] as const)('the adverse action notice of %s', (outcome) => {
  test('has the reasons in the words of the catalogue, in order (12 CFR 1002.9(a)(2)(i))', () => {
    const places = RECORDS[outcome].reasons.map(({ code }) => textOf(outcome).indexOf(REASONS[code as ReasonCode]));
    expect(places.length).toBeGreaterThan(0);
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  test('has the equal credit paragraph with every prohibited basis, and the agency (12 CFR 1002.9(b)(1))', () => {
    for (const part of [
      'race, color, religion, national origin, sex, marital status, or age',
      'public assistance',
      'Consumer Credit Protection Act',
      agencyOf(LENDER),
    ]) {
      expect(textOf(outcome)).toContain(part);
    }
  });

  test('names whose report was used, how to reach them, and the applicant’s rights (15 USC 1681m(a))', () => {
    expect(textOf(outcome)).toMatch(/Simulated Bureau\n2 Sample Street.*\nTelephone 1-800-555-0101/);
    expect(textOf(outcome)).toMatch(/did not make the decision and cannot explain it/);
    expect(textOf(outcome)).toMatch(/free copy .* within 60 days after .* to dispute/);
    expect(textOf(outcome)).toMatch(/no real credit report was requested/);
  });

  test('says nothing of a report where none was used', () => {
    expect(noticeTextOf({ ...RECORDS[outcome], reportsUsed: [] })).not.toMatch(/report|agency did not|free copy/);
  });

  test('cannot be made for an agency that it could not name', () => {
    const used = [{ bureau: 'unknown', status: 'HIT', simulated: false }];
    expect(() => noticesOf({ ...RECORDS[outcome], reportsUsed: used })).toThrow(UnknownAgency);
  });
});

describe('a notice', () => {
  test('of incompleteness says what is missing, until when, and what follows (12 CFR 1002.9(c)(2))', () => {
    const text = textOf('INCOMPLETE');
    for (const part of [
      '- Your gross annual income',
      '- Your housing status',
      'by March 2, 2026',
      'no further consideration',
    ]) {
      expect(text).toContain(part);
    }
  });

  test('of what is not offered claims that no file was read only where none was', () => {
    expect(textOf('NOT_OFFERED')).toContain('We did not read your credit file');
    expect(noticeTextOf({ ...RECORDS.NOT_OFFERED, reportsUsed: record().reportsUsed })).not.toContain('did not read');
  });

  test('of an approval says what must be verified first', () => {
    expect(textOf('APPROVE')).toMatch(
      /must verify this before we can send the money:\n\n- your income: .*\n- your identity: /,
    );
    expect(noticeTextOf({ ...RECORDS.APPROVE, conditions: [] })).not.toContain('verify');
  });
});

describe.each([
  ['an auto loan', autoApplicationOf(), autoApplicationOf({ amountCents: 4_000_000 })],
  ['a line', lineApplicationOf(), lineApplicationOf({ limitCents: 500_000 })],
])('the notices of %s', (_, asked, more) => {
  const decided = (application: Application, changes: Partial<FullInput> = {}) =>
    decide(decisionInputs({ application, policy: applyFull(policyInput({ application, ...changes })) }));
  const said = (of: DecisionRecord) => noticeTextOf(of, { application: asked });

  test('of an approval have every term of the offer and what must be verified', () => {
    const record = decided(asked);
    expect(record.outcome).toBe('APPROVE');
    const [offer] = record.offers;
    expect(said(record)).toContain(`${offer!.apr}%`);
    expect(said(record)).toContain('You can accept until: ');
    if (offer!.kind === 'LINE') {
      expect(said(record)).toContain('Credit limit: $1,000.00');
      expect(said(record)).toContain('Subscription, which you pay whether or not you draw: Plan BASIC: $3.00 a month');
      expect(said(record)).toContain(`a yearly rate of ${offer!.allInRate}%`);
      expect(said(record)).toContain('before you can draw:\n\n- your income: a pay statement');
    } else {
      expect(said(record)).toContain('$24,000.00 over 60 months');
      expect(said(record)).toContain('- the title of the vehicle');
    }
  });

  test('of a counteroffer say what was asked for, what is offered and why not more', () => {
    const record = decided(more);
    expect(record.outcome).toBe('COUNTEROFFER');
    expect(record.reasons.length).toBeGreaterThan(0);
    expect(said(record)).toContain(
      more.product === 'credit-line' ? 'a line of $5,000.00' : '$40,000.00 over 60 months',
    );
    for (const { code } of record.reasons) expect(said(record)).toContain(`- ${REASONS[code as ReasonCode]}`);
  });

  test('of a refusal have its reasons and no terms', () => {
    const record = decided(asked, { scoring: scoringOf(500_000) });
    expect(record).toMatchObject({ outcome: 'DECLINE', offers: [] });
    expect(said(record)).toContain(`- ${REASONS.AX20}`);
    expect(said(record)).not.toMatch(/APR|\$/);
  });

  test.each(['APPROVE', 'COUNTEROFFER'])('leave no place unfilled (%s)', (outcome) => {
    const record = decided(outcome === 'APPROVE' ? asked : more);
    expect(record.outcome).toBe(outcome);
    expect(said(record)).not.toMatch(/900010000|1984|undefined|null|NaN|\[object/);
  });
});
