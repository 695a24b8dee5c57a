/**
 * The right values of each statement, written out: the writer of an event and its verifier share the statement, so neither
 * can find a wrong one.
 */
import { describe, expect, test } from '@jest/globals';

import type { CreditReport } from '../../../domain/bureau/report.ts';
import type { DecisionRecord } from '../../../domain/decision/record.ts';
import type { Review } from '../../../domain/decision/review.ts';
import {
  closedId,
  exportId,
  exportIdPrefix,
  extensionStatement,
  forgettingAnswer,
  forgettingRequestId,
  forgettingStatement,
  forgottenStatement,
  holdId,
  lapseStatement,
  policyChangeId,
  reopenedId,
  switchId,
} from '../../../domain/ledger/acts.ts';
import type { LedgerEntry } from '../../../domain/ledger/chain.ts';
import {
  archiveStatement,
  attentionNeededStatement,
  completedId,
  completesTask,
  decisionStatement,
  noReportStatement,
  noticesStatement,
  openedBy,
  opensTask,
  policyStatement,
  preBureauPolicyStatement,
  queueOf,
  reportStatement,
  resumptionStatement,
  reviewAwaitedStatement,
  reviewStatement,
  scoreStatement,
  screeningStatement,
  validationStatement,
} from '../../../domain/ledger/statements.ts';
import type { PolicyResult } from '../../../domain/policy/result.ts';
import type { Scoring } from '../../../domain/scoring/scoring.ts';
import type { Screening } from '../../../domain/screening/screen.ts';

const ADDRESS = 'e'.repeat(64);
const NOTICE = { template: 'adverse-action-2', language: 'en', channel: 'PAPER', dueOn: '2026-02-04' };

const VALIDATION = {
  schemaVersion: 1,
  status: 'INCOMPLETE',
  missing: [
    { path: 'income.monthlyCents', ask: 'Your monthly income' },
    { path: 'housing.status', ask: 'Whether you rent or own' },
  ],
  receivedAt: '2026-01-05T12:00:00.000Z',
  receivedOn: '2026-01-05',
  completeBy: '2026-02-04',
} as const;

const SCREENING: Screening = {
  schemaVersion: 1,
  status: 'HOLD',
  list: { name: 'sample-list', version: '2026-01', threshold: 880, algorithm: 'jaro-winkler' },
  possibleMatches: [
    { entryId: 'a', similarityPerMille: 910 },
    { entryId: 'b', similarityPerMille: 890 },
  ],
  nameComparable: true,
  ofLegalAge: true,
  otherOpenApplications: 7,
};

const POLICY: PolicyResult = {
  schemaVersion: 1,
  policy: { id: 'personal-loan', version: '3.1.0', digest: 'a'.repeat(64), sourceDigest: 'b'.repeat(64) },
  stage: 'FULL',
  outcome: 'DECLINE',
  rules: [],
  derived: {},
  bands: {},
  tables: {},
  invalidInputs: [],
  unevaluated: [],
  constraints: [],
  offers: [],
  reasons: ['AA22', 'AA05'],
  modelReasons: ['AA22'],
  conditions: [],
};

const REPORT: CreditReport = {
  schemaVersion: 1,
  bureau: 'simulated-bureau',
  mapping: 'simulated-1',
  status: 'HIT',
  inquiry: 'SOFT',
  purpose: 'EXTENSION_OF_CREDIT',
  reference: 'our-reference',
  vendorReference: 'their-reference',
  reportedAt: null,
  reportedOn: null,
  alerts: [],
  mismatches: [],
  attributes: {} as CreditReport['attributes'],
  simulated: true,
  rawDigest: 'c'.repeat(64),
};
const REPORTED = { bureau: 'simulated-bureau', inquiry: 'SOFT', reference: 'our-reference', simulated: true };

const SCORING = {
  schemaVersion: 1,
  model: { id: 'default-model', version: '1.2.0', packageDigest: 'd'.repeat(64), runtime: 'onnx' },
  faults: [],
  shiftMicros: 5,
  result: {},
} as unknown as Scoring;
const SCORED = { model: 'default-model', modelVersion: '1.2.0' };

const REVIEW: Review = {
  schemaVersion: 1,
  queue: 'REVIEW',
  by: 'r.vega',
  at: '2026-01-06T09:30:00.000Z',
  action: 'DECLINE',
  clears: [],
  reasons: ['AA22'],
  offer: null,
  note: 'Several recent inquiries.',
};

const DECISION = {
  schemaVersion: 1,
  applicationId: 'application-0001',
  outcome: 'DECLINE',
  decidedBy: 'r.vega',
  reasons: [
    { code: 'AA22', component: 'MODEL' },
    { code: 'AA05', component: 'POLICY' },
  ],
  decidedOn: '2026-01-06',
  noticeDueOn: '2026-02-04',
} as unknown as DecisionRecord;

const entry = (type: string, id: string, body: object = {}, occurredAt = '2026-01-05T12:00:00.000Z') =>
  ({ applicationId: 'application-0001', type, id, body, occurredAt }) as unknown as LedgerEntry;

describe('What an event states of its sealed object', () => {
  test.each<[string, object, object]>([
    [
      'a validation',
      validationStatement(VALIDATION, ADDRESS),
      {
        output: { status: 'INCOMPLETE', evidence: ADDRESS },
        facts: { missing: ['income.monthlyCents', 'housing.status'] },
      },
    ],
    [
      'a screening',
      screeningStatement(SCREENING, ADDRESS),
      {
        output: { status: 'HOLD', evidence: ADDRESS },
        facts: { list: 'sample-list', listVersion: '2026-01', possibleMatches: 2 },
      },
    ],
    [
      'a policy before the bureaus',
      preBureauPolicyStatement(POLICY, ADDRESS, 'policy/PERSONAL_LOAN/2'),
      {
        output: { outcome: 'DECLINE', evidence: ADDRESS },
        facts: {
          policy: 'personal-loan',
          policyVersion: '3.1.0',
          policyDigest: 'a'.repeat(64),
          policyApproval: 'policy/PERSONAL_LOAN/2',
          outcome: 'DECLINE',
        },
      },
    ],
    [
      'a policy that was never governed',
      policyStatement(POLICY, ADDRESS, null),
      {
        output: { outcome: 'DECLINE', evidence: ADDRESS },
        facts: {
          policy: 'personal-loan',
          policyVersion: '3.1.0',
          policyDigest: 'a'.repeat(64),
          policyApproval: null,
          outcome: 'DECLINE',
          reasons: ['AA22', 'AA05'],
        },
      },
    ],
    [
      'a report',
      reportStatement(REPORT, ADDRESS),
      {
        output: { bureau: 'simulated-bureau', status: 'HIT', scorable: true, evidence: ADDRESS },
        facts: { ...REPORTED, status: 'HIT' },
      },
    ],
    [
      'a report that is reused, without attributes',
      reportStatement({ ...REPORT, status: 'NO_HIT', attributes: null }, ADDRESS, true),
      {
        output: { bureau: 'simulated-bureau', status: 'NO_HIT', scorable: false, evidence: ADDRESS },
        facts: { ...REPORTED, status: 'NO_HIT', reused: true },
      },
    ],
    [
      'no report',
      noReportStatement('simulated-bureau', 'UNAVAILABLE'),
      {
        output: { bureau: 'simulated-bureau', status: 'UNAVAILABLE', scorable: false, evidence: null },
        facts: { bureau: 'simulated-bureau', status: 'UNAVAILABLE' },
      },
    ],
    [
      'a score',
      scoreStatement(SCORING, ADDRESS, 'models/3'),
      { output: { evidence: ADDRESS }, facts: { ...SCORED, modelApproval: 'models/3', scored: true } },
    ],
    [
      'a score without a result',
      scoreStatement({ ...SCORING, result: null }, ADDRESS, null),
      { output: { evidence: ADDRESS }, facts: { ...SCORED, modelApproval: null, scored: false } },
    ],
    ['a review that waits', reviewAwaitedStatement('FULL', 2), { facts: { stage: 'FULL', escalation: 2 } }],
    [
      'a failure that waits',
      attentionNeededStatement({ state: 'PullBureauReport', error: 'BureauUnavailable' }, 3),
      { facts: { failedState: 'PullBureauReport', error: 'BureauUnavailable', tries: 3 } },
    ],
    [
      'a review',
      reviewStatement(REVIEW, ADDRESS),
      {
        type: 'REVIEW_COMPLETED',
        actor: 'r.vega',
        occurredAt: '2026-01-06T09:30:00.000Z',
        action: 'DECLINE',
        role: undefined,
        draftedBy: undefined,
        output: { action: 'DECLINE', evidence: ADDRESS },
      },
    ],
    [
      'a review that a second person confirmed',
      reviewStatement(
        {
          ...REVIEW,
          role: 'reviewer',
          confirmation: {
            by: 's.lind',
            role: 'senior-reviewer',
            at: '2026-01-06T10:00:00.000Z',
            draft: ADDRESS,
            limits: { amount: 1, corridor: 0 },
            note: 'Read with the file.',
          },
        },
        ADDRESS,
      ),
      {
        type: 'REVIEW_COMPLETED',
        actor: 's.lind',
        occurredAt: '2026-01-06T10:00:00.000Z',
        action: 'DECLINE',
        role: 'senior-reviewer',
        draftedBy: 'r.vega',
        output: { action: 'DECLINE', evidence: ADDRESS },
      },
    ],
    [
      'an operator’s answer',
      reviewStatement({ ...REVIEW, queue: 'ATTENTION', action: 'RESUME' }, ADDRESS),
      {
        type: 'ATTENTION_COMPLETED',
        actor: 'r.vega',
        occurredAt: '2026-01-06T09:30:00.000Z',
        action: 'RESUME',
        role: undefined,
        draftedBy: undefined,
        output: { action: 'RESUME', evidence: ADDRESS },
      },
    ],
    [
      'a resumption',
      resumptionStatement(
        entry('REVIEW_AWAITED', 'arn/AwaitReview/0/0', {}, '2026-01-05T12:00:01.000Z'),
        entry('HISTORY_ARCHIVED', 'arn/archive/9', {}, '2026-01-05T12:00:02.000Z'),
      ),
      { id: 'arn/archive/9/resumed', occurredAt: '2026-01-05T12:00:01.000Z', task: 'arn/AwaitReview/0/0' },
    ],
    [
      'a decision',
      decisionStatement(DECISION, ADDRESS),
      {
        output: { outcome: 'DECLINE', evidence: ADDRESS },
        facts: { outcome: 'DECLINE', decidedBy: 'r.vega', reasons: ['AA22', 'AA05'], noticeDueOn: '2026-02-04' },
      },
    ],
    [
      'notices',
      noticesStatement([{ notice: { kind: 'ADVERSE_ACTION', ...NOTICE }, address: ADDRESS }]),
      {
        output: { notices: [{ kind: 'ADVERSE_ACTION', evidence: ADDRESS }] },
        facts: { notices: [{ kind: 'ADVERSE_ACTION', ...NOTICE }] },
      },
    ],
    [
      'an archive',
      archiveStatement({
        executionArn: 'arn',
        status: 'ABORTED',
        events: [
          { id: 1, timestamp: '2026-01-05T12:00:01.000Z' },
          { id: 8, timestamp: '2026-01-05T12:00:02.000Z' },
        ],
      }),
      {
        id: 'arn/archive/8',
        occurredAt: '2026-01-05T12:00:02.000Z',
        executionArn: 'arn',
        status: 'ABORTED',
        events: 2,
      },
    ],
    [
      'an archive without events',
      archiveStatement({ executionArn: 'arn', status: 'FAILED', events: [] }),
      { id: 'arn/archive/0', occurredAt: undefined, executionArn: 'arn', status: 'FAILED', events: 0 },
    ],
  ])('of %s', (_, stated, expected) => {
    expect(stated).toStrictEqual(expected);
  });

  test('a task is opened and completed by the events of its queue', () => {
    expect([openedBy('REVIEW'), openedBy('ATTENTION')]).toEqual(['REVIEW_AWAITED', 'ATTENTION_NEEDED']);
    const types = ['REVIEW_AWAITED', 'ATTENTION_NEEDED', 'REVIEW_COMPLETED', 'ATTENTION_COMPLETED', 'TASK_RESUMED'];
    const entries = types.map((type) => entry(type, type));
    expect(entries.map(opensTask)).toEqual([true, true, false, false, false]);
    expect(entries.map(completesTask)).toEqual([false, false, true, true, false]);
    expect(entries.slice(0, 2).map(queueOf)).toEqual(['REVIEW', 'ATTENTION']);
    expect(completedId('arn/AwaitReview/0/0')).toBe('arn/AwaitReview/0/0/completed');
  });
});

describe('What an act states', () => {
  const held = (matter: string) => entry('LEGAL_HOLD_PLACED', 'placed', { matter });
  const lifted = (matter: string) => entry('LEGAL_HOLD_LIFTED', 'lifted', { matter });
  const before = [
    held('case-1'),
    held('case-2'),
    lifted('case-1'),
    held('case-1'),
    entry('DECISION_REOPENED', 'again'),
  ];
  const period = { class: 'DECISION', until: '2028-02-05', basis: 'law' } as never;

  test.each<[string, unknown, unknown]>([
    ['the end of a decision', closedId(ADDRESS), `decisions/${ADDRESS}/closed`],
    ['a reopening', reopenedId(ADDRESS), `decisions/${ADDRESS}/reopened`],
    [
      'a lapse',
      lapseStatement([{ offerId: 'offer-1' }, { offerId: 'offer-2' }], ADDRESS, '2026-02-04'),
      { id: `decisions/${ADDRESS}/closed`, body: { offerIds: ['offer-1', 'offer-2'], expiredOn: '2026-02-04' } },
    ],
    ['a second hold of a matter', holdId(before.slice(0, 3), 'LEGAL_HOLD_PLACED', 'case-1'), 'hold/case-1/placed/2'],
    ['a second lifting of a matter', holdId(before, 'LEGAL_HOLD_LIFTED', 'case-1'), 'hold/case-1/lifted/2'],
    ['a first lifting of a matter', holdId(before, 'LEGAL_HOLD_LIFTED', 'case-2'), 'hold/case-2/lifted/1'],
    [
      'an extension',
      extensionStatement('application-0001', { retainUntil: '2028-02-05', periods: [period] }, 9),
      {
        id: 'retention/application-0001/2028-02-05',
        body: { retainUntil: '2028-02-05', periods: [period], objects: 9 },
      },
    ],
    [
      'a granted request',
      forgettingRequestId('application-0001', '2026-03-01', null),
      'forget/application-0001/2026-03-01/GRANTED',
    ],
    [
      'a denied request',
      forgettingRequestId('application-0001', '2026-03-01', 'LEGAL_HOLD'),
      'forget/application-0001/2026-03-01/LEGAL_HOLD',
    ],
    [
      'a granted answer',
      forgettingAnswer('2026-03-01', undefined),
      { answer: 'GRANTED', reason: null, doneOn: '2026-03-01' },
    ],
    [
      'a denied answer',
      forgettingAnswer('2026-03-01', { reason: 'STATUTORY_MINIMUM', doneOn: '2028-02-06' }),
      { answer: 'DENIED', reason: 'STATUTORY_MINIMUM', doneOn: '2028-02-06' },
    ],
    [
      'a forgetting for a request, behind a lifted hold and a reopening',
      forgettingStatement('application-0001', before, { requested: true }),
      { id: 'forgetting/application-0001/2', body: { why: 'APPLICANT_REQUEST' } },
    ],
    [
      'a forgetting of what is expired',
      forgettingStatement('application-0001', [], { requested: false }),
      { id: 'forgetting/application-0001/0', body: { why: 'RETENTION_EXPIRED' } },
    ],
    [
      'the end of a forgetting',
      forgottenStatement(entry('FORGETTING_DECIDED', 'forgetting/application-0001/0'), 12),
      { id: 'forgetting/application-0001/0/done', body: { objects: 12 } },
    ],
    ['a switch', switchId('BUREAU', 'simulated-bureau', 4), 'switch/BUREAU:simulated-bureau/4'],
    ['a change of a policy', policyChangeId('PERSONAL_LOAN', 2), 'policy/PERSONAL_LOAN/2'],
    ['the exports of a person', exportIdPrefix('r.vega'), 'export/r.vega/'],
    ['an export', exportId('r.vega', 'request-1'), 'export/r.vega/77299ad33cb5c14195818dbcd47f7233'],
  ])('of %s', (_, stated, expected) => {
    expect(stated).toStrictEqual(expected);
  });
});
