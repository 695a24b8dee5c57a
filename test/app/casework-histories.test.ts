import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { expireRequests } from '../../app/casework/expire-requests.ts';
import { workCase } from '../../app/casework/work-case.ts';
import type { Records } from '../../audit/records.ts';
import { entryFaults } from '../../audit/verify/entries.ts';
import { CONTRACTS } from '../support/contracts.ts';
import { embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { scaled } from '../support/scale.ts';
import { identityOf, submissionOf } from '../support/submissions.ts';
import { walkToPolicy } from '../support/walk.ts';

let embedded: EmbeddedPorts;
beforeAll(() => {
  embedded = embeddedPorts();
});
afterAll(() => embedded.close());

const PEOPLE = ['a.aa', 'b.bb', 'c.cc'] as const;
const MINUTE = 60_000;

/** An act of a person, after some minutes. Minutes up to two days, so that claims and requests expire between acts. */
const order = fc.record({
  by: fc.constantFrom(...PEOPLE),
  wait: fc.integer({ min: 0, max: 2_880 }),
  act: fc.oneof(
    fc.record({ act: fc.constant('CLAIM' as const), hours: fc.integer({ min: 1, max: 24 }) }),
    fc.record({
      act: fc.constant('ASSIGN' as const),
      to: fc.constantFrom(...PEOPLE),
      hours: fc.integer({ min: 1, max: 24 }),
    }),
    fc.constant({ act: 'RELEASE' as const }),
    fc.constant({ act: 'REQUEST_DOCUMENT' as const, text: 'Please send a pay slip.', days: 2 }),
    fc.record({ act: fc.constant('COMMENT' as const), from: fc.constantFrom('STAFF', 'APPLICANT') }),
    fc.constant({ act: 'WITHDRAW_REQUEST' as const }),
    fc.constant({ act: 'DECLARE_CONFLICT' as const, note: 'A neighbour of mine.' }),
    fc.constant({ act: 'SWEEP' as const }),
  ),
});
type Order = typeof order extends fc.Arbitrary<infer Value> ? Value : never;

/** The case as a person with a stopwatch would keep it, minute by minute. */
interface Watched {
  now: number;
  ran: number;
  holder: string | undefined;
  heldUntil: number;
  /** The people who declared a conflict. */
  readonly conflicted: Set<string>;
  /** The instant at which the open request expires; 0 where none is open. */
  waitsUntil: number;
}

/** Lets the minutes pass. The clock of the review runs in each minute in which no request is open. */
function pass(watched: Watched, minutes: number): void {
  const until = watched.now + minutes * MINUTE;
  const running =
    watched.waitsUntil === 0 ? until - watched.now : Math.max(0, until - Math.max(watched.now, watched.waitsUntil));
  watched.ran += running;
  watched.now = until;
  if (watched.waitsUntil !== 0 && watched.waitsUntil <= until) watched.waitsUntil = 0;
}

const dateAfter = (now: number, days: number) =>
  new Date(now + days * 86_400_000 - 6 * 3_600_000).toISOString().slice(0, 10);

async function sent(applicationId: string, { by, act }: Order, now: number, number: number) {
  if (act.act === 'SWEEP') {
    await expireRequests(embedded.ports)({});
    return undefined;
  }
  const more =
    act.act === 'REQUEST_DOCUMENT'
      ? { act: act.act, text: act.text, answerBy: dateAfter(now, act.days) }
      : act.act === 'COMMENT'
        ? { ...act, text: `Comment ${number}.` }
        : act;
  return CONTRACTS.WorkCase.output.parse(await workCase(embedded.ports)({ applicationId, by, ...more }));
}

/** Checks an answer against the stopwatch, and keeps the watch. */
function judge(watched: Watched, { by, act }: Order, answer: NonNullable<Awaited<ReturnType<typeof sent>>>): void {
  const held = watched.holder !== undefined && watched.heldUntil > watched.now;
  const other = held && watched.holder !== by;
  const conflicted = watched.conflicted.has(by) || (act.act === 'ASSIGN' && watched.conflicted.has(act.to));
  if (conflicted && act.act !== 'DECLARE_CONFLICT') {
    expect(answer).toMatchObject({ result: 'REFUSED', reason: 'CONFLICT_DECLARED' });
    return;
  }
  if (answer.result !== 'DONE') {
    expect(answer.result).toBe('REFUSED');
    return;
  }
  if (act.act === 'DECLARE_CONFLICT') {
    expect(answer.repeated).toBe(watched.conflicted.has(by));
    watched.conflicted.add(by);
    if (watched.holder === by) watched.holder = undefined;
  }
  expect(watched.conflicted.has(answer.case.claim?.holder ?? '')).toBe(false);
  const { claim, request, reviewMinutes, hardStopAt } = answer.case;
  if (act.act === 'CLAIM' || act.act === 'ASSIGN') {
    // Two claims never both hold: only the person who assigned the case may repeat an assignment.
    if (!answer.repeated) expect(other).toBe(false);
    watched.holder = claim?.holder;
    watched.heldUntil = Date.parse(claim?.until ?? '');
  }
  if (act.act === 'RELEASE' && !answer.repeated) {
    expect(other).toBe(false);
    watched.holder = undefined;
  }
  if (act.act === 'REQUEST_DOCUMENT' && !answer.repeated) {
    expect(watched.waitsUntil).toBe(0);
    watched.waitsUntil = Date.parse(request?.until ?? '');
  }
  const ends = act.act === 'WITHDRAW_REQUEST' || (act.act === 'COMMENT' && act.from === 'APPLICANT');
  if (ends && !answer.repeated) watched.waitsUntil = 0;
  expect(request === null).toBe(watched.waitsUntil === 0);
  expect(reviewMinutes).toBe(Math.floor(watched.ran / MINUTE));
  // The due instant: three days of running clock, and what is left of an open request.
  const left = watched.waitsUntil === 0 ? 0 : watched.waitsUntil - watched.now;
  const due = watched.now + 3 * 86_400_000 - watched.ran + left;
  expect(Date.parse(answer.case.dueAt)).toBe(Math.min(due, received + 25 * 86_400_000));
  expect(Date.parse(hardStopAt)).toBe(received + 25 * 86_400_000);
}
let received = 0;

test('In every history no two claims hold, no person works after declaring a conflict, no clock runs while the case waits for the applicant, and none stops otherwise', async () => {
  let cases = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(order, { minLength: 4, maxLength: 14 }), async (orders) => {
      const { ports } = embedded;
      cases += 1;
      const applicationId = `history-${cases}`;
      ports.clock.set('2026-01-05T12:00:00.000Z');
      received = ports.clock.now().getTime();
      const walked = await walkToPolicy(
        embedded,
        submissionOf({ applicationId, applicant: identityOf({ ssn: `9002${String(cases).padStart(5, '0')}` }) }),
      );
      await walked.walk.openReview(walked.policy!.evidence, 'FULL');
      const watched: Watched = {
        now: received,
        ran: 0,
        holder: undefined,
        heldUntil: 0,
        waitsUntil: 0,
        conflicted: new Set(),
      };
      for (const [number, each] of orders.entries()) {
        pass(watched, each.wait);
        ports.clock.set(new Date(watched.now).toISOString());
        const answer = await sent(applicationId, each, watched.now, number);
        if (answer) judge(watched, each, answer);
      }
      const faults = await entryFaults(ports as unknown as Records, await ports.ledger.read(applicationId));
      expect(faults).toEqual([]);
    }),
    { numRuns: scaled(2_000, 25) },
  );
});
