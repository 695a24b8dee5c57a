import { describe, expect, test } from '@jest/globals';

import { chainEvent, type LedgerEntry } from '../../../domain/ledger/chain.ts';
import { ledgerEvent, type EventBody, type EventType } from '../../../domain/ledger/events.ts';
import { findingsOf, type ApplicationSeen, type ExecutionState } from '../../../domain/reconciliation/reconcile.ts';
import { statusOf } from '../../../domain/status.ts';
import { executionArn, MACHINE, openWorld } from '../../local/support/world.ts';
import { underwritingText } from '../../support/state-machines.ts';
import { placeholders } from '../../support/workflow-checks.ts';

const START = '2026-01-05T12:00:00.000Z';
const HOUR_LATER = '2026-01-05T13:00:00.000Z';
const DAYS_LATER = '2026-01-08T12:00:00.000Z';
const ARN = 'arn:aws:states:local:000000000000:execution:underwriting:application-0001';
const sealed = (kind: string, digit: string) => [{ kind, address: digit.repeat(64), versionId: '1' }];

type Said = { [Type in EventType]: readonly [Type, EventBody<Type>] }[EventType];

const RECEIVED: Said = [
  'APPLICATION_RECEIVED',
  { product: 'personal-loan', receivedOn: '2026-01-05', evidence: sealed('application', 'a') },
];
const VALIDATED: Said = ['APPLICATION_VALIDATED', { output: {}, evidence: [], facts: { executionArn: ARN } }];
const AWAITED: Said = ['REVIEW_AWAITED', { queue: 'REVIEW', facts: {} }];
const REVIEWED: Said = ['REVIEW_COMPLETED', { action: 'CLEAR', output: {}, evidence: sealed('review', 'c') }];
const DECIDED: Said = [
  'DECISION_RECORDED',
  { output: {}, evidence: sealed('decision', 'd'), facts: { outcome: 'APPROVE' } },
];
const NOTICED: Said = ['NOTICES_ISSUED', { output: {}, evidence: sealed('notice', 'e'), facts: {} }];
const archivedOf = (events: number): Said => [
  'HISTORY_ARCHIVED',
  { executionArn: ARN, status: 'SUCCEEDED', events, personalData: [], evidence: sealed('history', 'f') },
];
const FORGOTTEN: readonly Said[] = [
  ['FORGETTING_DECIDED', { why: 'RETENTION_EXPIRED' }],
  ['APPLICANT_FORGOTTEN', { objects: 4 }],
];
const WHOLE = [RECEIVED, VALIDATED, DECIDED, NOTICED, archivedOf(40)] as const;

function ledgerOf(said: readonly Said[]): LedgerEntry[] {
  const entries: LedgerEntry[] = [];
  for (const [index, [type, body]] of said.entries()) {
    const event = {
      id: type === 'REVIEW_COMPLETED' ? `e${index - 1}/completed` : `e${index}`,
      applicationId: 'application-0001',
      type,
      occurredAt: START,
      actor: 'system',
      body,
    };
    entries.push(chainEvent(ledgerEvent(event), entries.at(-1), START));
  }
  return entries;
}

const ended = (status: string, id = 40): ExecutionState => ({
  executionArn: ARN,
  reopening: 0,
  status,
  runningSince: START,
  lastEvent: { id, timestamp: START },
});
const SUCCEEDED = ended('SUCCEEDED');

function seenOf(said: readonly Said[], changes: Partial<ApplicationSeen> = {}): ApplicationSeen {
  const entries = ledgerOf(said);
  const seen = {
    entries,
    executions: [SUCCEEDED],
    missing: new Set<string>(),
    keyPresent: true,
  };
  return { ...seen, ...changes };
}
const kinds = (seen: ApplicationSeen, now = HOUR_LATER) => findingsOf(seen, now).map(({ kind }) => kind);

test('Nothing is found of an application of which all parts say the same', () => {
  expect(kinds(seenOf(WHOLE))).toEqual([]);
  expect(kinds(seenOf([...WHOLE, ...FORGOTTEN], { keyPresent: false }))).toEqual([]);
  const waits = seenOf([RECEIVED, VALIDATED, AWAITED], { executions: [ended('RUNNING')] });
  expect(kinds(waits, DAYS_LATER)).toEqual([]);
});

describe('What is found', () => {
  const without = (type: EventType) => WHOLE.filter(([each]) => each !== type);
  const found: [string, ApplicationSeen, string?][] = [
    ['ARCHIVE_MISSING', seenOf(without('HISTORY_ARCHIVED'))],
    ['ARCHIVE_MISSING', seenOf(WHOLE, { executions: [ended('SUCCEEDED', 60)] })],
    [
      'HISTORY_LOST',
      seenOf(without('HISTORY_ARCHIVED'), {
        executions: [{ ...SUCCEEDED, status: null, runningSince: null, lastEvent: null }],
      }),
    ],
    ['DECISION_WITHOUT_EVIDENCE', seenOf(WHOLE, { missing: new Set(['d'.repeat(64)]) })],
    ['EVIDENCE_MISSING', seenOf(WHOLE, { missing: new Set(['e'.repeat(64)]) })],
    ['NOTICE_MISSING', seenOf(without('NOTICES_ISSUED'))],
    ['NEVER_ENDED', seenOf([RECEIVED, VALIDATED], { executions: [ended('RUNNING')] }), DAYS_LATER],
    ['NEVER_ENDED', seenOf([RECEIVED, VALIDATED, AWAITED, REVIEWED], { executions: [ended('RUNNING')] }), DAYS_LATER],
    ['STOPPED', seenOf([RECEIVED, VALIDATED, archivedOf(40)], { executions: [ended('ABORTED')] })],
    ['NOT_STARTED', seenOf([RECEIVED], { executions: [] })],
    ['KEY_RESTORED', seenOf([...WHOLE, ...FORGOTTEN])],
  ];
  test.each(found.map(([kind, seen, now = HOUR_LATER]) => [kind, seen, now] as const))('%s', (kind, seen, now) => {
    expect(kinds(seen, now)).toEqual([kind]);
  });

  test('of an application that is decided again, is of the execution that decides it now', () => {
    const reopened: Said = [
      'DECISION_REOPENED',
      {
        number: 1,
        why: 'REVIEW_REQUESTED',
        note: null,
        affectedBy: null,
        consent: null,
        evidence: sealed('decision', 'd'),
      },
    ];
    const again = { ...ended('SUCCEEDED'), executionArn: `${ARN}--r1`, reopening: 1 };
    const stopped = { ...again, status: 'ABORTED' };
    expect(kinds(seenOf([...WHOLE, reopened]))).toEqual(['NOT_STARTED']);
    expect(kinds(seenOf([...WHOLE, reopened], { executions: [SUCCEEDED, stopped] }))).toEqual([
      'ARCHIVE_MISSING',
      'STOPPED',
    ]);
    const decidedAgain = seenOf([...WHOLE, reopened, DECIDED], { executions: [SUCCEEDED, again] });
    expect(kinds(decidedAgain)).toEqual(['ARCHIVE_MISSING', 'NOTICE_MISSING']);
    expect(statusOf(ledgerOf([...WHOLE, reopened]))).toMatchObject({
      status: 'IN_PROGRESS',
      outcome: null,
      reopening: 1,
    });
  });

  test('is nothing that may still be on its way', () => {
    const minutes = '2026-01-05T12:10:00.000Z';
    expect(kinds(seenOf(without('HISTORY_ARCHIVED')), minutes)).toEqual([]);
    expect(kinds(seenOf([RECEIVED], { executions: [] }), minutes)).toEqual([]);
    expect(kinds(seenOf([RECEIVED, VALIDATED], { executions: [ended('RUNNING')] }))).toEqual([]);
    const redriven = { ...ended('RUNNING'), runningSince: '2026-01-08T11:50:00.000Z' };
    expect(kinds(seenOf([RECEIVED, VALIDATED, archivedOf(40)], { executions: [redriven] }), DAYS_LATER)).toEqual([]);
  });
});

test('An execution in which NeedsAttention fails is found after a day, though each of its tries adds events', async () => {
  const world = openWorld({
    definition: underwritingText,
    substitutions: Object.fromEntries(placeholders(underwritingText).map((name) => [name, name])),
    invoke: (name) => Promise.reject(Object.assign(new Error(name), { name: 'AccessDeniedException' })),
  });
  try {
    const input = JSON.stringify({ applicationId: 'application-0001', digest: 'a'.repeat(64) });
    await world.engine.startExecution({ stateMachineArn: MACHINE, name: 'application-0001', input });
    const arn = executionArn('application-0001');
    const findingsAfter = async (hours: number) => {
      const until = Date.parse(START) + hours * 3_600_000;
      do await world.engine.drain();
      while (world.clock.now().getTime() < until && world.clock.skip());
      const { status, startDate } = await world.engine.describeExecution({ executionArn: arn });
      const { events } = await world.engine.getExecutionHistory({
        executionArn: arn,
        reverseOrder: true,
        maxResults: 1,
      });
      const execution = { executionArn: arn, reopening: 0, status, runningSince: startDate, lastEvent: events[0]! };
      const now = world.clock.now().toISOString();
      expect(Date.parse(now) - Date.parse(execution.lastEvent.timestamp)).toBeLessThanOrEqual(300_000);
      return kinds(seenOf([RECEIVED], { executions: [execution] }), now);
    };
    expect(await findingsAfter(23)).toEqual([]);
    expect(await findingsAfter(25)).toEqual(['NEVER_ENDED']);
  } finally {
    await world.destroy();
  }
});
