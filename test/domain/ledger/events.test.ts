import { describe, expect, test } from '@jest/globals';
import { ZodError } from 'zod';

import {
  EVENT_TYPES,
  ledgerEvent,
  readBody,
  EntryUnreadable,
  type EventBody,
  type EventType,
} from '../../../domain/ledger/events.ts';

const address = 'a'.repeat(64);
const evidence = [{ kind: 'score', address, versionId: '1' }];
const stepDone = { output: { evidence: address }, evidence, facts: {} };
const BODIES: { [Type in EventType]: EventBody<Type> } = {
  APPLICATION_RECEIVED: { product: 'personal-loan', receivedOn: '2026-03-02', evidence },
  APPLICATION_VALIDATED: stepDone,
  APPLICANTS_SCREENED: stepDone,
  PRE_BUREAU_POLICY_APPLIED: stepDone,
  BUREAU_REPORT_PULLED: stepDone,
  BUREAU_ANSWER_UNREADABLE: { bureau: 'simulated-bureau', reference: 'pull-1', fault: 'No score.', evidence },
  APPLICATION_SCORED: stepDone,
  POLICY_APPLIED: stepDone,
  REVIEW_AWAITED: { queue: 'REVIEW', facts: {} },
  REVIEW_DRAFTED: { action: 'APPROVE', role: 'reviewer', second: ['AMOUNT'], evidence },
  REVIEW_COMPLETED: { action: 'CLEAR', evidence, output: {} },
  ATTENTION_NEEDED: { queue: 'ATTENTION', facts: {} },
  ATTENTION_COMPLETED: { action: 'RESUME', evidence, output: {} },
  TASK_RESUMED: { task: 'arn/AwaitReview/0/0' },
  DECISION_RECORDED: stepDone,
  NOTICES_ISSUED: stepDone,
  NOTICE_PRINT_REQUESTED: { notice: address, kind: 'APPROVAL', attempt: 1, because: 'CHANNEL' },
  NOTICE_SENT: {
    notice: address,
    kind: 'APPROVAL',
    attempt: 1,
    channel: 'PAPER',
    sentOn: '2026-03-04',
    carrier: 'MAIL',
    reference: 'batch-7',
    role: 'administrator',
  },
  NOTICE_RETURNED: {
    notice: address,
    kind: 'APPROVAL',
    attempt: 1,
    why: 'MOVED',
    returnedOn: '2026-03-09',
    role: 'administrator',
  },
  NOTICE_DUE_WARNED: { countedFrom: '2026-03-02', day: 20 },
  OFFER_ACCEPTED: {
    offerId: '0123456789abcdef',
    acceptedOn: '2026-01-31',
    conditions: ['INCOME'],
    clearBy: '2026-03-16',
    evidence: [...evidence, ...evidence],
  },
  OFFER_REVISED: {
    offerId: '0123456789abcdef',
    revisedOfferId: 'fedcba9876543210',
    revisedOn: '2026-01-31',
    evidence: [...evidence, ...evidence],
  },
  CONDITION_CLEARED: { role: 'reviewer', condition: 'INCOME', evidence: [...evidence, ...evidence] },
  CONDITION_CONTRADICTED: { role: 'reviewer', condition: 'INCOME', evidence: [...evidence, ...evidence] },
  CREDIT_BOOKED: { offerId: '0123456789abcdef', evidence: [...evidence, ...evidence] },
  ACCEPTANCE_LAPSED: { offerId: '0123456789abcdef', why: 'EXPIRED', evidence },
  OFFER_LAPSED: { offerIds: ['0123456789abcdef'], expiredOn: '2026-03-02', evidence },
  APPLICATION_LAPSED: { completeBy: '2026-03-02', evidence },
  APPLICATION_WITHDRAWN: { withdrawnOn: '2026-03-02', evidence },
  DECISION_REOPENED: {
    number: 1,
    why: 'OFFER_EXPIRED',
    note: null,
    affectedBy: null,
    consent: { textVersion: '2026-11', givenAt: '2026-04-02T10:00:00.000Z' },
    evidence,
  },
  PREQUALIFICATION_RECEIVED: { product: 'personal-loan', receivedOn: '2026-03-02', call: 'call-1', evidence },
  PREQUALIFIED: { outcome: 'QUOTED', validUntil: '2026-04-01', offers: 1, evidence },
  CONTROL_SWITCHED: {
    role: 'officer',
    kind: 'product',
    id: 'personal-loan',
    on: true,
    note: 'Losses are under review.',
  },
  POLICY_GOVERNED: {
    role: 'officer',
    action: 'APPROVE',
    product: 'personal-loan',
    version: '1.0.0',
    digest: address,
    date: '2026-12-01',
    note: 'Read beside its backtest.',
  },
  MODEL_GOVERNED: {
    role: 'officer',
    action: 'PROMOTE',
    digest: address,
    model: 'personal-loan-default',
    version: '2.0.0',
    product: 'personal-loan',
    purpose: 'default',
    stage: 'CHAMPION',
    date: '2026-12-01',
    note: 'Read beside its card.',
  },
  HISTORY_ARCHIVED: { executionArn: 'arn', status: 'SUCCEEDED', events: 3, personalData: [], evidence },
  EVIDENCE_EXPORTED: { role: 'auditor', purpose: 'Examination 2026-14', withIdentity: false },
  RETENTION_EXTENDED: {
    retainUntil: '2036-01-05',
    periods: [{ class: 'SANCTIONS_SCREENING', from: '2026-01-05', until: '2036-01-05' }],
    objects: 9,
  },
  LEGAL_HOLD_PLACED: { role: 'administrator', matter: '2026-CV-114', note: 'Preserve all of it.' },
  LEGAL_HOLD_LIFTED: { role: 'administrator', matter: '2026-CV-114', note: 'Final disposition.' },
  FORGETTING_REQUESTED: { role: 'reviewer', answer: 'DENIED', reason: 'LEGAL_HOLD', doneOn: null, note: 'By letter.' },
  FORGETTING_DECIDED: { why: 'RETENTION_EXPIRED' },
  APPLICANT_FORGOTTEN: { objects: 9 },
  CASE_CLAIMED: { role: 'reviewer', case: 'arn/task', holder: 'r.vega', until: '2026-03-02T18:00:00.000Z' },
  CASE_RELEASED: { role: 'reviewer', case: 'arn/task', holder: 'r.vega' },
  CONFLICT_DECLARED: { role: 'reviewer', case: 'arn/task', evidence },
  CASE_COMMENTED: { role: 'reviewer', case: 'arn/task', from: 'STAFF', closes: null, evidence },
  CASE_DUE_SET: { role: 'reviewer', case: 'arn/task', dueOn: '2026-03-04', dueAt: '2026-03-05T04:59:59.999Z' },
  DOCUMENT_REQUESTED: {
    role: 'reviewer',
    case: 'arn/task',
    answerBy: '2026-03-04',
    until: '2026-03-05T04:59:59.999Z',
    evidence,
  },
  DOCUMENT_ATTACHED: {
    role: 'reviewer',
    case: 'arn/task',
    from: 'APPLICANT',
    closes: 'arn/task/request/1',
    mediaType: 'application/pdf',
    bytes: 9,
    evidence: [...evidence, ...evidence],
  },
  DOCUMENT_REQUEST_CLOSED: { case: 'arn/task', closes: 'arn/task/request/1', why: 'EXPIRED', role: null },
  PERSONAL_DATA_READ: { role: 'auditor', purpose: 'Examination 2026-14', kinds: ['notice'] },
};
const author = {
  id: 'event/1',
  applicationId: 'application-0001',
  occurredAt: '2026-03-02T10:00:00.000Z',
  actor: 'system',
};

describe.each(Object.keys(EVENT_TYPES) as EventType[])('%s', (type) => {
  const event = ledgerEvent({ ...author, type, body: BODIES[type] });

  test('is written in its newest version and read back', () => {
    expect(event.schemaVersion).toBe(EVENT_TYPES[type].version);
    expect(readBody(event, type)).toEqual(BODIES[type]);
  });

  test('is refused in a version that this release does not know', () => {
    expect(() => readBody({ ...event, schemaVersion: 99 }, type)).toThrow(EntryUnreadable);
  });

  test('is refused with a member that its body does not have', () => {
    const body: EventBody<EventType> = Object.assign({}, BODIES[type], { ssn: '' });
    expect(() => ledgerEvent({ ...author, type, body })).toThrow(ZodError);
  });
});

test('an event is not read as one of another type', () => {
  const event = ledgerEvent({ ...author, type: 'POLICY_APPLIED', body: stepDone });
  expect(() => readBody(event, 'APPLICATION_SCORED')).toThrow(EntryUnreadable);
});

test('evidence is named by an address, never by its content', () => {
  const body = { ...stepDone, evidence: [{ ...evidence[0]!, address: 'not an address' }] };
  expect(() => ledgerEvent({ ...author, type: 'POLICY_APPLIED', body })).toThrow(ZodError);
});
