import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { acceptOffer } from '../../app/offers/accept-offer.ts';
import { clearCondition } from '../../app/offers/clear-condition.ts';
import { offersView } from '../../app/offers/current-offers.ts';
import { lapseOffers } from '../../app/offers/lapse-offers.ts';
import { reopenApplication } from '../../app/reopening/reopen-application.ts';
import { readEvidence } from '../../app/workflow/read-evidence.ts';
import type { Records } from '../../audit/records.ts';
import { entryFaults } from '../../audit/verify/entries.ts';
import type { Condition } from '../../domain/decision/condition-evidence.ts';
import type { DecisionRecord } from '../../domain/decision/record.ts';
import { eventFaults } from '../../domain/projections/outbox.ts';
import { CONTRACTS } from '../support/contracts.ts';
import { dyingAfter, eachDeath, embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { scaled } from '../support/scale.ts';
import { submissionOf } from '../support/submissions.ts';
import { verifiedOf } from '../support/verified.ts';
import { end, finish, walkAgain, walkToPolicy } from '../support/walk.ts';

const ID = 'application-0001';
const DAY = 86_400_000;
const REVIEWER = 'r.vega';
const SUBMISSION = submissionOf();
const STATED = { income: SUBMISSION.income ?? null, employment: SUBMISSION.employment ?? null };

let embedded: EmbeddedPorts;
beforeEach(() => {
  embedded = embeddedPorts();
});
afterEach(() => embedded.close());

async function decided(
  over = embedded,
  submission: Parameters<typeof walkToPolicy>[1] = SUBMISSION,
): Promise<DecisionRecord> {
  const { decision } = await finish(await walkToPolicy(over, submission));
  return readEvidence(over.ports.evidence, submission.applicationId, 'decision', decision.evidence);
}

interface Sent {
  readonly over?: object;
  readonly by?: string;
  readonly applicationId?: string;
}

async function clear(
  condition: Condition,
  values: object = {},
  { over, by = REVIEWER, applicationId = ID }: Sent = {},
) {
  const verified = { ...verifiedOf(STATED, condition), condition, ...values };
  const ports = (over ?? embedded.ports) as EmbeddedPorts['ports'];
  return CONTRACTS.ClearCondition.output.parse(await clearCondition(ports)({ applicationId, by, verified }));
}

async function accept(offerId = '', { over, applicationId = ID }: Sent = {}) {
  const ports = (over ?? embedded.ports) as EmbeddedPorts['ports'];
  return acceptOffer(ports)({ applicationId, offerId, acceptedBy: 'web.front-end' });
}

const entriesOf = (over = embedded, applicationId = ID) => over.ports.ledger.read(applicationId);
const countOf = async (type: string, over = embedded) =>
  (await entriesOf(over)).filter((entry) => entry.type === type).length;
const booked = async (over = embedded, applicationId = ID) =>
  (await over.ports.events.rows())
    .flatMap(({ event }) => event ?? [])
    .filter(({ type, detail }) => type === 'LoanBooked' && detail['applicationId'] === applicationId);
const openList = async (over = embedded) => (await over.ports.workStore.listIndex('OFFERS')).items;
const faults = async (over = embedded, applicationId = ID) =>
  entryFaults(over.ports as unknown as Records, await entriesOf(over, applicationId));

describe('An accepted offer', () => {
  test('waits for its conditions, and is booked by the last of them, once', async () => {
    const { offers, conditions } = await decided();
    expect(conditions).toEqual(['INCOME', 'IDENTITY']);
    const accepted = await accept(offers[0]?.offerId);
    expect(accepted).toMatchObject({
      result: 'ACCEPTED',
      booked: false,
      conditionsOpen: conditions,
      clearBy: '2026-02-18',
      firstPaymentOn: '2026-02-05',
    });
    expect(await booked()).toEqual([]);
    expect(await openList()).toMatchObject([{ index: { sk: `2026-02-18#${ID}` } }]);
    expect(await clear('INCOME')).toMatchObject({ result: 'CLEARED', conditionsOpen: ['IDENTITY'], booked: false });
    expect(await booked()).toEqual([]);
    expect(await clear('IDENTITY')).toMatchObject({ result: 'CLEARED', conditionsOpen: [], booked: true });
    expect(await booked()).toMatchObject([
      { id: 'booking' in accepted && accepted.booking, detail: { terms: offers[0], conditions } },
    ]);
    expect(await openList()).toEqual([]);
    expect(await accept(offers[0]?.offerId)).toMatchObject({ result: 'ACCEPTED', booked: true, repeated: true });
    expect(await clear('IDENTITY')).toMatchObject({ result: 'CLEARED', booked: true, repeated: true });
    expect(new Set((await booked()).map(({ id }) => id)).size).toBe(1);
    expect(await countOf('CREDIT_BOOKED')).toBe(1);
    expect(await faults()).toEqual([]);
  });

  test('is booked at once where every condition was cleared before', async () => {
    const { offers } = await decided();
    await clear('INCOME');
    await clear('IDENTITY');
    expect(await booked()).toEqual([]);
    expect(await accept(offers[0]?.offerId)).toMatchObject({ result: 'ACCEPTED', booked: true, conditionsOpen: [] });
    expect(await booked()).toHaveLength(1);
    expect(await faults()).toEqual([]);
  });

  test('lapses after the days of the product where a condition is open, and a person decides again', async () => {
    const walked = await walkToPolicy(embedded, SUBMISSION);
    const { decision } = await finish(walked);
    await end(embedded, walked);
    const { offers } = await readEvidence(embedded.ports.evidence, ID, 'decision', decision.evidence);
    await accept(offers[0]?.offerId);
    await clear('INCOME');
    embedded.ports.clock.set('2026-02-18T12:00:00.000Z');
    expect(await lapseOffers(embedded.ports)({})).toEqual({ lapsed: 0, booked: 0 });
    embedded.ports.clock.advance(DAY);
    expect(await lapseOffers(embedded.ports)({})).toEqual({ lapsed: 1, booked: 0 });
    expect(await lapseOffers(embedded.ports)({})).toEqual({ lapsed: 0, booked: 0 });
    expect((await embedded.ports.events.read()).slice(-2).map(({ event }) => event)).toMatchObject([
      { type: 'AcceptanceLapsed', detail: { offerId: offers[0]?.offerId, why: 'EXPIRED' } },
      { type: 'DecisionReopened', detail: { why: 'REVIEW_REQUESTED' } },
    ]);
    expect(await clear('IDENTITY')).toMatchObject({ result: 'REFUSED' });
    expect(await accept(offers[0]?.offerId)).toMatchObject({ result: 'REOPEN', why: 'NEWER_DECISION' });
    expect(await booked()).toEqual([]);
    const again = { applicationId: ID, decision: decision.evidence, why: 'OFFER_EXPIRED', by: 'web.front-end' };
    expect(await reopenApplication(embedded.ports)(again)).toMatchObject({
      result: 'REOPENED',
      why: 'REVIEW_REQUESTED',
      repeated: true,
    });
    expect(await openList()).toEqual([]);
    expect(await faults()).toEqual([]);
  });
});

describe('A verified value', () => {
  test('that contradicts the application ends the acceptance, and a person decides again', async () => {
    const walked = await walkToPolicy(embedded, SUBMISSION);
    const { decision } = await finish(walked);
    await end(embedded, walked);
    const { offers } = await readEvidence(embedded.ports.evidence, ID, 'decision', decision.evidence);
    await accept(offers[0]?.offerId);
    await clear('IDENTITY');
    const low = { annualGrossCents: 5_000_000 };
    const needed = { result: 'REVIEW_NEEDED', decision: decision.evidence, contradictions: ['INCOME_BELOW_STATED'] };
    expect(await clear('INCOME', low)).toMatchObject(needed);
    // No other value takes it back.
    expect(await clear('INCOME')).toMatchObject(needed);
    expect(await accept(offers[0]?.offerId)).toMatchObject({ result: 'REOPEN', why: 'NEWER_DECISION' });
    expect(await countOf('ACCEPTANCE_LAPSED')).toBe(1);
    const reopened = (await entriesOf()).filter(({ type }) => type === 'DECISION_REOPENED');
    expect(reopened).toMatchObject([{ actor: REVIEWER, body: { why: 'REVIEW_REQUESTED' } }]);
    expect(await booked()).toEqual([]);
    const again = { applicationId: ID, decision: decision.evidence, why: 'REVIEW_REQUESTED', by: 'web.front-end' };
    const { policy } = await walkAgain(embedded, walked, again);
    expect(policy).toMatchObject({ outcome: 'REFER' });
    expect(await faults()).toEqual([]);
  });

  test('that contradicts the application forbids an acceptance', async () => {
    const { offers } = await decided();
    await clear('INCOME', { annualGrossCents: 0 });
    expect(await accept(offers[0]?.offerId)).toMatchObject({ result: 'REOPEN', why: 'CONDITION_CONTRADICTED' });
    expect(await countOf('OFFER_ACCEPTED')).toBe(0);
  });
});

describe('A condition is not cleared', () => {
  test('twice by other evidence, and the first stays', async () => {
    await decided();
    await clear('INCOME');
    expect(await clear('INCOME', { annualGrossCents: 9_700_000 })).toMatchObject({
      result: 'REFUSED',
      reason: 'ALREADY_CLEARED',
    });
    expect(await countOf('CONDITION_CLEARED')).toBe(1);
  });

  test('where the decision has none of its name, or there is no decision', async () => {
    expect(await clear('INCOME')).toMatchObject({ result: 'REFUSED', reason: 'NO_SUCH_CONDITION' });
    await decided();
    expect(await clear('TITLE')).toMatchObject({ result: 'REFUSED', reason: 'NO_SUCH_CONDITION' });
  });

  test('by the person who requested the decision', async () => {
    const walked = await walkToPolicy(embedded, SUBMISSION);
    const { decision } = await finish(walked);
    await end(embedded, walked);
    const { policy } = await readEvidence(embedded.ports.evidence, ID, 'decision', decision.evidence);
    const why = { why: 'POLICY_AFFECTED', affectedBy: policy!.digest, note: 'Under the corrected policy.' };
    const again = { applicationId: ID, decision: decision.evidence, ...why, by: 'o.officer' };
    await finish(await walkAgain(embedded, walked, again));
    expect(await clear('INCOME', {}, { by: 'o.officer' })).toMatchObject({ reason: 'OWN_APPLICATION' });
    expect(await clear('INCOME')).toMatchObject({ result: 'CLEARED' });
  });

  test('by evidence with a fault, and the field is named', async () => {
    await decided();
    const cases: [object, string][] = [
      [{ document: 'A_LETTER' }, 'verified.document'],
      [{ documentDate: '2026-01-06' }, 'verified.documentDate'],
      [{ documentDate: '2026-02-30' }, 'verified.documentDate'],
      [{ annualGrossCents: '9600000' }, 'verified.annualGrossCents'],
      [{ note: 'It looked fine.' }, 'verified.note'],
      [{ condition: 'CHARACTER' }, 'verified.condition'],
    ];
    for (const [values, path] of cases) {
      expect(await clear('INCOME', values)).toMatchObject({ result: 'REJECTED', errors: [{ path }] });
    }
    expect(await countOf('CONDITION_CLEARED')).toBe(0);
  });

  test('in a role that cannot clear it', async () => {
    await decided();
    const verified = { ...verifiedOf(STATED, 'INCOME'), condition: 'INCOME' };
    for (const role of ['front-end', 'officer', 'auditor', 'administrator']) {
      const answer = await clearCondition(embedded.ports)({ applicationId: ID, by: REVIEWER, role, verified });
      expect(answer).toMatchObject({ result: 'REJECTED', errors: [{ path: 'role' }] });
    }
  });
});

test('A loan that is booked after the acceptance has the dates of the day of booking', async () => {
  const { offers } = await decided();
  expect(await accept(offers[0]?.offerId)).toMatchObject({ firstPaymentOn: '2026-02-05' });
  await clear('INCOME');
  embedded.ports.clock.set('2026-02-10T12:00:00.000Z');
  expect(await clear('IDENTITY')).toMatchObject({ result: 'CLEARED', booked: true });
  expect(await accept(offers[0]?.offerId)).toMatchObject({ booked: true, firstPaymentOn: '2026-03-10' });
  expect(await faults()).toEqual([]);
});

test('A contradiction whose call died at any point is reopened by the next run', async () => {
  await eachDeath(async (calls) => {
    const own = embeddedPorts();
    try {
      const walked = await walkToPolicy(own, SUBMISSION);
      const { decision } = await finish(walked);
      await end(own, walked);
      const { offers } = await readEvidence(own.ports.evidence, ID, 'decision', decision.evidence);
      await accept(offers[0]?.offerId, { over: own.ports });
      const dying = dyingAfter(own.ports, calls);
      await clear('INCOME', { annualGrossCents: 5_000_000 }, { over: dying }).catch(() => undefined);
      await lapseOffers(own.ports)({});
      expect(await countOf('DECISION_REOPENED', own)).toBe(await countOf('CONDITION_CONTRADICTED', own));
      return dying.died();
    } finally {
      own.close();
    }
  });
}, 120_000);

test('A booking that died after any call of the last clearing is made by the next run, and by the same clearing', async () => {
  for (const repair of ['the next run', 'the same clearing'] as const) {
    const deaths = await eachDeath(async (calls) => {
      const own = embeddedPorts();
      try {
        const { offers } = await decided(own);
        await accept(offers[0]?.offerId, { over: own.ports });
        await clear('INCOME', {}, { over: own.ports });
        const dying = dyingAfter(own.ports, calls);
        await clear('IDENTITY', {}, { over: dying }).catch(() => undefined);
        if (repair === 'the next run') await lapseOffers(own.ports)({});
        else await clear('IDENTITY', {}, { over: own.ports });
        const cleared = await countOf('CONDITION_CLEARED', own);
        expect(new Set((await booked(own)).map(({ id }) => id)).size).toBe(cleared === 2 ? 1 : 0);
        if (repair === 'the same clearing') expect(cleared).toBe(2);
        return dying.died();
      } finally {
        own.close();
      }
    });
    expect(deaths).toBeGreaterThanOrEqual(6);
  }
});

describe('In every order', () => {
  let shared: EmbeddedPorts;
  beforeAll(() => {
    shared = embeddedPorts();
  });
  afterAll(() => shared.close());

  const act = fc.oneof(
    fc.record({ act: fc.constant('ACCEPT' as const), offer: fc.nat(2) }),
    fc.record({ act: fc.constant('CLEAR' as const), condition: fc.constantFrom('INCOME', 'IDENTITY') }),
    fc.record({ act: fc.constant('CLEAR' as const), condition: fc.constantFrom('INCOME', 'IDENTITY') }),
    fc.constant({ act: 'CONTRADICT' as const }),
    fc.record({ act: fc.constant('WAIT' as const), days: fc.integer({ min: 1, max: 25 }) }),
    fc.constant({ act: 'SWEEP' as const }),
  );
  type Act = typeof act extends fc.Arbitrary<infer Value> ? Value : never;

  async function take(each: Act, applicationId: string, { offers }: DecisionRecord): Promise<void> {
    const to = { over: shared.ports, applicationId };
    switch (each.act) {
      case 'ACCEPT':
        await accept(offers[each.offer % offers.length]?.offerId, to);
        return;
      case 'CLEAR':
        await clear(each.condition, {}, to);
        return;
      case 'CONTRADICT':
        await clear('INCOME', { annualGrossCents: 0 }, to);
        return;
      case 'WAIT':
        shared.ports.clock.advance(each.days * DAY);
        return;
      case 'SWEEP':
        await lapseOffers(shared.ports)({});
    }
  }

  test('there is one outcome, and a booking exactly where an offer is accepted and every condition is cleared', async () => {
    let count = 0;
    const outcomes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 2, maxLength: 8 }), async (acts) => {
        count += 1;
        const applicationId = `orders-${count}`;
        shared.ports.clock.set('2026-01-05T12:00:00.000Z');
        const record = await decided(shared, submissionOf({ applicationId }));
        for (const each of acts) await take(each, applicationId, record);
        const entries = await entriesOf(shared, applicationId);
        const types = entries.map(({ type }) => type);
        const number = (...names: string[]) => types.filter((type) => names.includes(type)).length;
        expect(number('OFFER_ACCEPTED', 'OFFER_LAPSED')).toBeLessThanOrEqual(1);
        expect(number('CREDIT_BOOKED', 'ACCEPTANCE_LAPSED')).toBeLessThanOrEqual(1);
        const ended = number('ACCEPTANCE_LAPSED') === 1;
        const complete = number('OFFER_ACCEPTED') === 1 && number('CONDITION_CLEARED') === 2 && !ended;
        const events = await booked(shared, applicationId);
        expect(new Set(events.map(({ id }) => id)).size).toBe(complete ? 1 : 0);
        const { state, conditionsOpen } = await offersView(shared.ports.evidence, applicationId, entries);
        expect(state === 'BOOKED').toBe(complete);
        if (state === 'ACCEPTED') expect(conditionsOpen).not.toEqual([]);
        expect(await faults(shared, applicationId)).toEqual([]);
        outcomes.add(state);
        await forget(applicationId);
      }),
      { numRuns: scaled(1_500, 15) },
    );
    expect(outcomes.size).toBeGreaterThan(2);
  }, 300_000);

  /** Later sweeps are to find the applications of their own run alone. */
  async function forget(applicationId: string): Promise<void> {
    for (const item of await openList(shared)) {
      if (item.pk.endsWith(applicationId)) await shared.ports.workStore.remove(item);
    }
  }
});

test('An event of a booking that the ledger does not have is a fault', async () => {
  const { offers } = await decided();
  await accept(offers[0]?.offerId);
  const entries = await entriesOf();
  const forged = {
    id: 'decisions/x/settled/booked',
    type: 'LoanBooked',
    occurredAt: '2026-01-05T12:00:00.000Z',
    detail: {},
  };
  expect(eventFaults(entries, new Map(), [{ position: 1, event: forged, authentic: true }])).toContainEqual(
    expect.objectContaining({ why: 'UNEXPECTED', booking: true }),
  );
});
