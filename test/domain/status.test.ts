import { describe, expect, test } from '@jest/globals';

import { offerStateOf } from '../../domain/decision/offer-state.ts';
import { chainEvent, type LedgerEntry } from '../../domain/ledger/chain.ts';
import { ledgerEvent, type EventBody, type EventType } from '../../domain/ledger/events.ts';
import { isDecided } from '../../domain/ledger/reopening.ts';
import { isAnswerTaken } from '../../domain/projections/task.ts';
import { isOpen, STATUSES, statusOf } from '../../domain/status.ts';

const ID = 'application-0001';
const ARN = `arn:aws:states:local:000000000000:execution:underwriting:${ID}`;
const sealed = (kind: string) => [{ kind, address: 'a'.repeat(64), versionId: '1' }];

type Said = { [Type in EventType]: readonly [id: string, type: Type, body: EventBody<Type>] }[EventType];

const RECEIVED: Said = [
  'intake',
  'APPLICATION_RECEIVED',
  { product: 'personal-loan', receivedOn: '2026-01-05', evidence: sealed('application') },
];
const validated = (executionArn = ARN): Said => [
  `${executionArn}/validated`,
  'APPLICATION_VALIDATED',
  { output: {}, evidence: [], facts: { executionArn } },
];
const awaits = (id = 'review'): Said => [id, 'REVIEW_AWAITED', { queue: 'REVIEW', facts: {} }];
const needs = (id = 'attention'): Said => [id, 'ATTENTION_NEEDED', { queue: 'ATTENTION', facts: {} }];
const completed = (id: string): Said => [
  `${id}/completed`,
  'REVIEW_COMPLETED',
  { action: 'CLEAR', output: {}, evidence: sealed('review') },
];
const DECIDED: Said = [
  'decision',
  'DECISION_RECORDED',
  { output: {}, evidence: sealed('decision'), facts: { outcome: 'APPROVE' } },
];
const NOTICED: Said = ['notice', 'NOTICES_ISSUED', { output: {}, evidence: sealed('notice'), facts: {} }];
const archived = (events = 40, executionArn = ARN): Said => [
  `${executionArn}/archive/${events}`,
  'HISTORY_ARCHIVED',
  { executionArn, status: 'ABORTED', events, personalData: [], evidence: sealed('history') },
];
const RESUMED: Said = ['resumed', 'TASK_RESUMED', { task: 'review' }];
const REOPENED: Said = [
  'reopening',
  'DECISION_REOPENED',
  {
    number: 1,
    why: 'REVIEW_REQUESTED',
    note: null,
    affectedBy: null,
    consent: null,
    evidence: sealed('decision'),
  },
];
const FORGET: Said = ['forget', 'FORGETTING_DECIDED', { why: 'RETENTION_EXPIRED' }];

function entriesOf(...said: readonly Said[]): LedgerEntry[] {
  const entries: LedgerEntry[] = [];
  for (const [id, type, body] of [RECEIVED, ...said]) {
    const occurredAt = `2026-01-05T12:00:${String(entries.length).padStart(2, '0')}.000Z`;
    const event = { id, applicationId: ID, type, occurredAt, actor: 'system', body };
    entries.push(chainEvent(ledgerEvent(event), entries.at(-1), occurredAt));
  }
  return entries;
}

function foldOf(...said: readonly Said[]) {
  const { status, outcome, waiting } = statusOf(entriesOf(...said))!;
  return [status, outcome, waiting && `${waiting.queue} ${waiting.entry.id}`];
}

test('An application that was never received has no status', () => {
  expect(statusOf([])).toBeUndefined();
});

describe('The status of an application', () => {
  const ARCHIVE = `${ARN}/archive/40`;
  const SECOND = `${ARN}--r1`;
  test.each<[string, readonly Said[], ReturnType<typeof foldOf>]>([
    ['that was received', [], ['IN_PROGRESS', null, null]],
    ['that waits for a reviewer', [validated(), awaits()], ['IN_REVIEW', null, 'REVIEW review']],
    ['that needs attention', [validated(), needs()], ['NEEDS_ATTENTION', null, 'ATTENTION attention']],
    ['whose task was answered', [validated(), awaits(), completed('review')], ['IN_PROGRESS', null, null]],
    [
      'whose expired task was answered',
      [validated(), awaits(), awaits('escalated'), completed('review')],
      ['IN_REVIEW', null, 'REVIEW escalated'],
    ],
    ['that is decided', [validated(), DECIDED], ['DECIDED', 'APPROVE', null]],
    ['whose execution is over', [validated(), DECIDED, NOTICED, archived()], ['DECIDED', 'APPROVE', null]],
    ['whose notice needs attention', [validated(), DECIDED, needs()], ['NEEDS_ATTENTION', null, 'ATTENTION attention']],
    ['whose decision came late', [validated(), needs(), DECIDED], ['NEEDS_ATTENTION', null, 'ATTENTION attention']],
    ['that was stopped', [validated(), archived()], ['ENDED', null, `ATTENTION ${ARCHIVE}`]],
    ['that was stopped at its first step', [archived()], ['ENDED', null, `ATTENTION ${ARCHIVE}`]],
    ['that was stopped in review', [validated(), awaits(), archived()], ['ENDED', null, `ATTENTION ${ARCHIVE}`]],
    [
      'that was stopped before its notice',
      [validated(), DECIDED, archived()],
      ['DECIDED', 'APPROVE', `ATTENTION ${ARCHIVE}`],
    ],
    ['that was redriven in review', [validated(), awaits(), archived(), RESUMED], ['IN_REVIEW', null, 'REVIEW review']],
    [
      'that was answered after a redrive',
      [validated(), awaits(), archived(), RESUMED, completed('review')],
      ['IN_PROGRESS', null, null],
    ],
    ['that was redriven to its decision', [validated(), archived(), DECIDED], ['DECIDED', 'APPROVE', null]],
    [
      'whose redriven notice was issued',
      [validated(), DECIDED, archived(), NOTICED, archived(60)],
      ['DECIDED', 'APPROVE', null],
    ],
    ['that is reopened', [validated(), DECIDED, NOTICED, archived(), REOPENED], ['IN_PROGRESS', null, null]],
    [
      'beside whose reopening another execution ended',
      [validated(), DECIDED, NOTICED, archived(), REOPENED, validated(SECOND), archived(9, `${SECOND}--2`)],
      ['IN_PROGRESS', null, null],
    ],
    [
      'that is reopened, and whose earlier execution ended only then',
      [validated(), DECIDED, NOTICED, REOPENED, archived()],
      ['IN_PROGRESS', null, null],
    ],
    [
      'whose reopening was stopped at its first step',
      [validated(), DECIDED, NOTICED, archived(), REOPENED, archived(9, SECOND)],
      ['ENDED', null, `ATTENTION ${SECOND}/archive/9`],
    ],
    [
      'whose applicant is forgotten',
      [validated(), DECIDED, NOTICED, archived(), FORGET],
      ['FORGOTTEN', 'APPROVE', null],
    ],
  ])('%s', (_, said, expected) => {
    expect(foldOf(...said)).toEqual(expected);
  });
});

test('An ended application is open: its applicant still waits for an answer', () => {
  expect(STATUSES.filter(isOpen)).toEqual([
    'IN_PROGRESS',
    'IN_REVIEW',
    'PENDING_APPLICANT',
    'NEEDS_ATTENTION',
    'ENDED',
  ]);
});

test('Open and decided are two facts: both are true of a decided application whose notice waits for an operator', () => {
  const facts = (...said: readonly Said[]) => {
    const entries = entriesOf(...said);
    return [isOpen(statusOf(entries)!.status), isDecided(entries)];
  };
  expect(facts(awaits())).toEqual([true, false]);
  expect(facts(DECIDED, needs())).toEqual([true, true]);
  expect(facts(DECIDED, NOTICED)).toEqual([false, true]);
  expect(facts(DECIDED, NOTICED, REOPENED)).toEqual([true, false]);
});

test('A step after the answer shows that the workflow took it; the task of the next round does not', () => {
  const taken = (...said: readonly Said[]) => {
    const entries = entriesOf(...said);
    return isAnswerTaken(
      entries,
      entries.find(({ id }) => id === 'review/completed'),
    );
  };
  expect(taken()).toBe(true);
  expect(taken(awaits(), completed('review'))).toBe(false);
  expect(taken(awaits(), completed('review'), awaits('second'))).toBe(false);
  expect(taken(awaits(), completed('review'), DECIDED)).toBe(true);
});

test('Only entries after the newest decision close its offers', () => {
  const evidence = sealed('decision');
  const offerId = 'a'.repeat(16);
  const agreed = { offerId, acceptedOn: '2026-01-05', conditions: ['INCOME'], clearBy: '2026-02-18' };
  const accepted: Said = ['closed', 'OFFER_ACCEPTED', { ...agreed, evidence: [...evidence, ...evidence] }];
  const booked: Said = ['settled', 'CREDIT_BOOKED', { offerId, evidence: [...evidence, ...evidence] }];
  const ended: Said = ['settled', 'ACCEPTANCE_LAPSED', { offerId, why: 'EXPIRED', evidence }];
  const lapsed: Said = ['closed', 'OFFER_LAPSED', { offerIds: ['a'.repeat(16)], expiredOn: '2026-01-04', evidence }];
  const stateOf = (...said: readonly Said[]) => offerStateOf(entriesOf(...said)).state;
  expect(stateOf()).toBe('OPEN');
  expect(stateOf(DECIDED, accepted)).toBe('ACCEPTED');
  expect(stateOf(DECIDED, accepted, booked)).toBe('BOOKED');
  expect(stateOf(DECIDED, accepted, ended)).toBe('LAPSED');
  expect(stateOf(DECIDED, accepted, ended, REOPENED)).toBe('REOPENED');
  expect(stateOf(DECIDED, lapsed)).toBe('LAPSED');
  expect(stateOf(DECIDED, lapsed, REOPENED)).toBe('REOPENED');
  expect(stateOf(DECIDED, lapsed, REOPENED, ['decision-2', 'DECISION_RECORDED', DECIDED[2]] as Said)).toBe('OPEN');
});
