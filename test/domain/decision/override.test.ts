import { describe, expect, test } from '@jest/globals';

import { overridesOf } from '../../../domain/decision/override.ts';
import type { Review } from '../../../domain/decision/review.ts';
import type { Json } from '../../../domain/json.ts';
import { sha256 } from '../../../domain/ledger/canonical-json.ts';
import { chainEvent, type LedgerEntry } from '../../../domain/ledger/chain.ts';
import { ledgerEvent, type EventBody, type EventType } from '../../../domain/ledger/events.ts';
import type { LoanOffer, PolicyResult, RuleOutcome } from '../../../domain/policy/result.ts';

const offer = (amountCents: number, termMonths: number, annualRateBasisPoints: number): LoanOffer => ({
  kind: 'LOAN',
  amountCents,
  termMonths,
  annualRateBasisPoints,
  originationFeeCents: 0,
  amountFinancedCents: amountCents,
  paymentCents: 1,
  finalPaymentCents: 1,
  financeChargeCents: 0,
  totalOfPaymentsCents: amountCents,
  offerId: '0123456789abcdef',
  expiresOn: '2026-12-23',
  apr: '20.00',
  mapr: '20.00',
  boundBy: 'REQUESTED',
});

const fired = (id: string, action: RuleOutcome['action']): RuleOutcome => ({
  id,
  action,
  result: 'FIRED',
  reasons: [],
});

const policy = (changes: Partial<PolicyResult>): PolicyResult => ({
  schemaVersion: 1,
  policy: { id: 'p', version: '1', digest: 'd', sourceDigest: 's' },
  stage: 'FULL',
  outcome: 'REFER',
  rules: [fired('MANY_INQUIRIES', 'REFER')],
  derived: {},
  bands: {},
  tables: {},
  invalidInputs: [],
  unevaluated: [],
  constraints: [],
  offers: [offer(1_000_000, 36, 2_000)],
  reasons: [],
  modelReasons: [],
  conditions: [],
  ...changes,
});

const judged = (changes: Partial<Review>): Review => ({
  schemaVersion: 1,
  queue: 'REVIEW',
  by: 'r.vega',
  at: '2026-11-23T15:30:00.000Z',
  action: 'DECLINE',
  clears: [],
  reasons: ['AA22'],
  offer: null,
  note: 'A note that stays sealed.',
  ...changes,
});

/** The ledger of a case that was put before a person, escalated once, and judged. */
function judgedCase(applied: PolicyResult | null, review: Review) {
  const values = new Map<string, Json>();
  const entries: LedgerEntry[] = [];
  const add = <Type extends EventType>(type: Type, occurredAt: string, body: EventBody<Type>) => {
    const event = ledgerEvent({
      id: String(entries.length),
      applicationId: 'a',
      type,
      occurredAt,
      actor: 'system',
      body,
    });
    entries.push(chainEvent(event, entries.at(-1), occurredAt));
  };
  const evidence = (kind: string, value: object) => {
    const address = sha256(JSON.stringify(value));
    values.set(address, value as unknown as Json);
    return [{ kind, address, versionId: '1' }];
  };
  if (applied) {
    const body = { output: {}, evidence: evidence('policy', applied), facts: {} };
    add('POLICY_APPLIED', '2026-11-23T15:00:00.000Z', body);
  }
  add('REVIEW_AWAITED', '2026-11-23T15:00:00.000Z', { queue: 'REVIEW', facts: { escalation: 0 } });
  add('REVIEW_AWAITED', '2026-11-23T15:20:00.000Z', { queue: 'REVIEW', facts: { escalation: 1 } });
  const [reference] = evidence('review', review);
  add('REVIEW_COMPLETED', review.at, { action: review.action, evidence: [reference!], output: {} });
  return overridesOf(entries, (address) => values.get(address));
}

const approve = (terms: LoanOffer) => judged({ action: 'APPROVE', offer: terms, reasons: [] });
const declining = policy({ rules: [fired('FRAUD_ALERT', 'HOLD'), fired('BANKRUPTCY', 'DECLINE')], outcome: 'HOLD' });

describe('A person’s judgment in the place of the policy’s', () => {
  test.each([
    ['approved as the policy would have offered', policy({}), approve(offer(1_000_000, 36, 2_000)), 'AS_POLICY'],
    ['approved for more', policy({}), approve(offer(1_200_000, 36, 2_000)), 'FOR_APPLICANT'],
    ['approved at a lower rate', policy({}), approve(offer(1_000_000, 36, 1_900)), 'FOR_APPLICANT'],
    ['approved for less', policy({}), approve(offer(900_000, 36, 2_000)), 'AGAINST_APPLICANT'],
    ['approved for more at a higher rate', policy({}), approve(offer(1_200_000, 36, 2_100)), 'OTHER_TERMS'],
    ['approved over another term', policy({}), approve(offer(1_000_000, 60, 2_000)), 'OTHER_TERMS'],
    ['declined what could be offered', policy({}), judged({}), 'AGAINST_APPLICANT'],
    ['declined what a rule declines', declining, judged({}), 'AS_POLICY'],
    ['approved what a rule declines', declining, approve(offer(1_000_000, 36, 2_000)), 'FOR_APPLICANT'],
    ['declined where nothing could be offered', policy({ offers: [] }), judged({}), 'NOT_COMPARABLE'],
    ['declined without a policy', null, judged({}), 'NOT_COMPARABLE'],
    ['a hold cleared', declining, judged({ action: 'CLEAR', clears: ['FRAUD_ALERT'], reasons: [] }), 'HOLD_CLEARED'],
  ])('is told by its direction: %s', (_, applied, review, direction) => {
    expect(judgedCase(applied, review)).toMatchObject([{ direction, by: 'r.vega', from: applied?.outcome ?? null }]);
  });

  test('waited since the case was first put before a person, and names the rules that asked', () => {
    const [found] = judgedCase(declining, judged({}));
    expect(found).toMatchObject({ waitedMs: 30 * 60_000, rules: ['FRAUD_ALERT'], reasons: ['AA22'] });
    expect(JSON.stringify(found)).not.toContain('note');
  });

  test('has the evidence that cleared a hold', () => {
    const called = {
      rule: 'FRAUD_ALERT',
      kind: 'CONTACT',
      contact: 1,
      by: 'r.vega',
      at: '2026-01-05T12:00:00Z',
    } as const;
    const clearances = [{ ...called, result: 'CONFIRMED' as const }];
    const cleared = judged({ action: 'CLEAR', clears: ['FRAUD_ALERT'], clearances, reasons: [] });
    expect(judgedCase(declining, cleared)).toMatchObject([{ clearances }]);
    expect(judgedCase(declining, judged({}))[0]).not.toHaveProperty('clearances');
  });

  test('is none where a person ordered a new pull', () => {
    expect(judgedCase(policy({}), judged({ action: 'REPULL', reasons: [] }))).toEqual([]);
  });
});
