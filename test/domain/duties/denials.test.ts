import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { addDays } from '../../../domain/calendar.ts';
import type { DecisionRecord } from '../../../domain/decision/record.ts';
import type { DutyEvent } from '../../../domain/duties/facts.ts';
import { dutiesOf, type DutyStatus } from '../../../domain/duties/status.ts';
import { goldenNotices } from '../../support/golden-notices.ts';
import { scaled } from '../../support/scale.ts';
import { factsOfVector, type Vector } from './vectors.ts';

/** The golden decisions, each with the kinds of the notices that are rendered for it. */
const DECIDED = [
  ...Map.groupBy(
    goldenNotices().filter(({ name, record }) => name.startsWith(`${record.decision.applicationId}.`)),
    ({ record }) => record.decision,
  ),
].map(([decision, notices]) => ({ decision, kinds: notices.map(({ notice }) => notice.kind) }));

const DENIALS: readonly DecisionRecord['outcome'][] = ['DECLINE', 'COUNTEROFFER', 'NOT_OFFERED', 'INCOMPLETE'];
const NOTICE_DUTIES: readonly string[] = ['ECOA_NOTICE_OF_ACTION', 'ECOA_NOTICE_OF_INCOMPLETENESS'];

/** What follows a decision, in any order and number. */
const AFTER = ['NOTICE_SENT', 'OFFER_ACCEPTED', 'APPLICATION_WITHDRAWN', 'APPLICATION_LAPSED', 'DECISION_REOPENED'];

type Event = Vector['events'][number] & Record<string, unknown>;

function decidedEvent({ outcome, ground, noticeDueOn, decidedOn, reasons }: DecisionRecord): Event {
  const facts = { outcome, ground: ground ?? null, noticeDueOn, reasons: reasons.length };
  return { type: 'DECISION_RECORDED', on: decidedOn, ...facts };
}

function historyOf({ decision, kinds }: (typeof DECIDED)[number], after: readonly string[], issues: boolean): Event[] {
  const { receivedOn, decidedOn: on } = decision;
  const notices = kinds.map((kind) => ({ kind, notice: kind }));
  const later = after.map((type): Event => {
    const more = {
      NOTICE_SENT: { notice: kinds[0], attempt: 1, channel: 'PAPER' },
      DECISION_REOPENED: { why: 'COMPLETED' },
    };
    return { type: type as DutyEvent['type'], on, ...more[type as keyof typeof more] };
  });
  return [
    { type: 'APPLICATION_RECEIVED', on: receivedOn },
    decidedEvent(decision),
    ...(issues ? [{ type: 'NOTICES_ISSUED', on, notices } as const] : []),
    ...later,
  ];
}

/** The statuses of the notice that a history owes for its decision. */
function owed(events: readonly Event[], today: string): DutyStatus[] {
  const facts = factsOfVector({ title: '', today, events, expect: [] });
  const decision = facts.events.find(({ type }) => type === 'DECISION_RECORDED');
  return dutiesOf(facts).filter(
    ({ duty, occasion }) => NOTICE_DUTIES.includes(duty) && occasion?.entry === decision?.entry,
  );
}

const isAnswered = ({ status }: DutyStatus): boolean => ['MET', 'SCHEDULED', 'EXEMPT'].includes(status);

describe('Each denial of the golden decisions', () => {
  const denials = DECIDED.filter(({ decision }) => DENIALS.includes(decision.outcome));

  test('has a notice sent, a notice scheduled or a coded exemption, whatever follows the decision', () => {
    expect(new Set(denials.map(({ decision }) => decision.outcome)).size).toBe(DENIALS.length);
    const after = fc.array(fc.constantFrom(...AFTER), { maxLength: 5 });
    fc.assert(
      fc.property(fc.constantFrom(...denials), after, fc.integer({ min: 0, max: 30 }), (denial, following, days) => {
        const statuses = owed(historyOf(denial, following, true), addDays(denial.decision.receivedOn, days));
        expect(statuses.length).toBeGreaterThan(0);
        expect(statuses.filter((each) => !isAnswered(each))).toEqual([]);
      }),
      { numRuns: scaled(20_000, 200), seed: Number(process.env['UNDERWRIGHT_SEED'] ?? 1) },
    );
  });

  test('is found without one, where no notice was issued and no exemption is coded', () => {
    const unanswered = denials.filter(
      (denial) => !owed(historyOf(denial, [], false), denial.decision.decidedOn).every(isAnswered),
    );
    const owing = denials.filter(({ decision }) => decision.outcome !== 'NOT_OFFERED');
    expect(unanswered).toEqual(owing);
  });
});
