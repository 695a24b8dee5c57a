import { describe, expect, test } from '@jest/globals';

import { chainEvent, type LedgerEntry } from '../../../domain/ledger/chain.ts';
import { ledgerEvent, type EventBody, type EventType } from '../../../domain/ledger/events.ts';
import { noticeClocks, runningClock } from '../../../domain/notices/clock.ts';

const sealed = (kind: string) => [{ kind, address: 'a'.repeat(64), versionId: '1' }];

type Stated = { [Type in EventType]: readonly [type: Type, body: EventBody<Type>] }[EventType];

const RECEIVED: Stated = [
  'APPLICATION_RECEIVED',
  { product: 'personal-loan', receivedOn: '2026-01-05', evidence: sealed('application') },
];
const decided = (outcome: string): Stated => [
  'DECISION_RECORDED',
  { output: {}, evidence: sealed('decision'), facts: { outcome } },
];
const REOPENED: Stated = [
  'DECISION_REOPENED',
  { number: 1, why: 'REVIEW_REQUESTED', note: null, affectedBy: null, consent: null, evidence: sealed('decision') },
];
const WITHDRAWN: Stated = ['APPLICATION_WITHDRAWN', { withdrawnOn: '2026-01-20', evidence: [] }];

function entriesOf(...stated: readonly Stated[]): LedgerEntry[] {
  const entries: LedgerEntry[] = [];
  for (const [at, [type, body]] of stated.entries()) {
    const occurredAt = `2026-01-${10 + at}T18:00:00.000Z`;
    const event = { id: `entry-${at}`, applicationId: 'application-0001', type, occurredAt, actor: 'system', body };
    entries.push(chainEvent(ledgerEvent(event), entries.at(-1), occurredAt));
  }
  return entries;
}

describe('A withdrawal', () => {
  const cases: readonly (readonly [string, readonly Stated[], boolean])[] = [
    ['before a decision', [RECEIVED, WITHDRAWN], false],
    ['after a notice of incompleteness', [RECEIVED, decided('INCOMPLETE'), WITHDRAWN], false],
    ['after an approval', [RECEIVED, decided('APPROVE'), WITHDRAWN], false],
    ['after a counteroffer whose notice was not given', [RECEIVED, decided('COUNTEROFFER'), WITHDRAWN], true],
    ['in the review of a denial whose notice was not given', [RECEIVED, decided('DECLINE'), REOPENED, WITHDRAWN], true],
  ];
  test.each(cases)('%s', (_, stated, runs) => {
    const entries = entriesOf(...stated);
    expect(runningClock(entries, 'America/Chicago') !== undefined).toBe(runs);
    expect(noticeClocks(entries, 'America/Chicago').at(-1)).toMatchObject({ dueOn: '2026-02-04', withdrawn: !runs });
  });
});
