import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { acceptOffer } from '../../app/offers/accept-offer.ts';
import { clearCondition } from '../../app/offers/clear-condition.ts';
import { lapseOffers } from '../../app/offers/lapse-offers.ts';
import { readEvidence } from '../../app/workflow/read-evidence.ts';
import type { Condition } from '../../domain/decision/condition-evidence.ts';
import type { DecisionRecord } from '../../domain/decision/record.ts';
import { verifyChain } from '../../domain/ledger/chain.ts';
import { SAMPLE_LIST } from '../../domain/screening/list.ts';
import { searchable } from '../../domain/screening/search.ts';
import { dyingAfter, eachDeath, embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { lineSubmissionOf, submissionOf } from '../support/submissions.ts';
import { verifiedOf } from '../support/verified.ts';
import { finish, walkToPolicy } from '../support/walk.ts';

const ID = 'application-0001';
let embedded: EmbeddedPorts;
beforeEach(() => {
  embedded = embeddedPorts();
});
afterEach(() => embedded.close());

/** More than the debts bear over 36 months, so that several smaller offers are made. */
const SEVERAL = submissionOf({ request: { amountCents: 4_000_000, termMonths: 36, purpose: 'DEBT_CONSOLIDATION' } });

async function decided(
  over = embedded,
  submission: Parameters<typeof walkToPolicy>[1] = SEVERAL,
): Promise<DecisionRecord> {
  const { decision } = await finish(await walkToPolicy(over, submission));
  return readEvidence(over.ports.evidence, ID, 'decision', decision.evidence);
}

const choiceOf = (offerId = '') => ({ applicationId: ID, offerId, acceptedBy: 'web.front-end' });
const accept = (offerId = '', over: object = embedded.ports) =>
  acceptOffer(over as EmbeddedPorts['ports'])(choiceOf(offerId));
const typesOf = async (over = embedded) => (await over.ports.ledger.read(ID)).map(({ type }) => type);
const booked = async (over = embedded) =>
  (await over.ports.events.read())
    .map(({ event }) => event)
    .filter(({ type }) => type === 'LoanBooked' || type === 'LineOpened');
/** Clears every condition of a decision. */
async function clearAll({ conditions }: DecisionRecord, over: object = embedded.ports): Promise<void> {
  const { income, employment } = SEVERAL;
  for (const condition of conditions as Condition[]) {
    const verified = { ...verifiedOf({ income, employment }, condition), condition };
    await clearCondition(over as EmbeddedPorts['ports'])({ applicationId: ID, by: 'r.vega', verified });
  }
}
const openList = async (over = embedded) => (await over.ports.workStore.listIndex('OFFERS')).items;

describe('An offer', () => {
  test('that is accepted leaves as one booking event with its terms and the conditions to clear', async () => {
    const record = await decided();
    const { offers, conditions } = record;
    await clearAll(record);
    expect(await accept(offers[1]?.offerId)).toMatchObject({
      result: 'ACCEPTED',
      offerId: offers[1]?.offerId,
      conditions,
      repeated: false,
    });
    expect(await booked()).toMatchObject([{ type: 'LoanBooked', detail: { terms: offers[1], conditions } }]);
    expect(await openList()).toEqual([]);
    expect(verifyChain(ID, await embedded.ports.ledger.read(ID))).toEqual([]);
  });

  test('is not accepted while the applicant may be on the list of the day, until a person compared', async () => {
    const { offers } = await decided();
    const { firstName, lastName } = SEVERAL.applicant;
    const entry = { id: 'NEW', names: [{ kind: 'PRIMARY' as const, name: `${lastName}, ${firstName}` }] };
    const more = { weakAliases: [], birthDates: [{ from: '1900-01-01', to: '2020-12-31' }], countries: [] };
    const listed = searchable({ ...SAMPLE_LIST, version: 'newer', entries: [{ ...entry, ...more }] });
    const before = await typesOf();
    const held = await accept(offers[0]?.offerId, { ...embedded.ports, screeningList: async () => listed });
    expect(held).toMatchObject({ result: 'REOPEN', why: 'LIST_MATCH' });
    expect(JSON.stringify(held)).not.toMatch(new RegExp(lastName, 'i'));
    expect(await typesOf()).toEqual(before);
    expect(await booked()).toEqual([]);
    expect(await accept(offers[0]?.offerId)).toMatchObject({ result: 'ACCEPTED' });
  });

  test('of a line opens the line', async () => {
    const record = await decided(embedded, lineSubmissionOf());
    const { offers } = record;
    await accept(offers[0]?.offerId);
    await clearAll(record);
    expect(await booked()).toMatchObject([{ type: 'LineOpened', detail: { terms: offers[0] } }]);
  });

  test('that is accepted again is answered with the first, and booked under the same id', async () => {
    const record = await decided();
    const { offers } = record;
    await clearAll(record);
    const first = await accept(offers[0]?.offerId);
    embedded.ports.clock.advance(86_400_000 * 60);
    expect(await accept(offers[0]?.offerId)).toEqual({ ...first, repeated: true });
    expect(new Set((await booked()).map(({ id }) => id)).size).toBe(1);
  });

  test('is a conflict once another was accepted', async () => {
    const { offers } = await decided();
    await accept(offers[0]?.offerId);
    expect(await accept(offers[1]?.offerId)).toMatchObject({ result: 'CONFLICT' });
    expect((await typesOf()).filter((type) => type === 'OFFER_ACCEPTED')).toHaveLength(1);
  });

  test('is accepted once where two are chosen at the same time', async () => {
    const record = await decided();
    const { offers } = record;
    await clearAll(record);
    const answers = await Promise.all(offers.slice(0, 2).map(({ offerId }) => accept(offerId)));
    expect(answers.map(({ result }) => result).sort()).toEqual(['ACCEPTED', 'CONFLICT']);
    expect(new Set((await booked()).map(({ id }) => id)).size).toBe(1);
  });

  test('can be accepted on its last day and not on the next, which says how to go on', async () => {
    const { offers } = await decided();
    const last = offers[0]?.expiresOn ?? '';
    embedded.ports.clock.set(`${last}T12:00:00.000Z`);
    expect(await lapseOffers(embedded.ports)({})).toEqual({ lapsed: 0, booked: 0 });
    embedded.ports.clock.advance(86_400_000);
    expect(await accept(offers[0]?.offerId)).toMatchObject({
      result: 'REOPEN',
      why: 'OFFER_EXPIRED',
      message: expect.stringContaining(`until ${last}: reopen the decision`),
    });
    expect(await typesOf()).toContain('OFFER_LAPSED');
    embedded.ports.clock.set(`${last}T12:00:00.000Z`);
    expect(await accept(offers[0]?.offerId)).toMatchObject({ result: 'REOPEN', why: 'OFFER_EXPIRED' });
    expect(await booked()).toEqual([]);
  });

  test('is accepted on the last day that it has', async () => {
    const { offers } = await decided();
    embedded.ports.clock.set(`${offers[0]?.expiresOn}T12:00:00.000Z`);
    expect(await accept(offers[0]?.offerId)).toMatchObject({ result: 'ACCEPTED' });
  });

  test('that nobody accepted lapses, once', async () => {
    const { offers } = await decided();
    embedded.ports.clock.advance(86_400_000 * 60);
    expect(await lapseOffers(embedded.ports)({})).toEqual({ lapsed: 1, booked: 0 });
    expect(await lapseOffers(embedded.ports)({})).toEqual({ lapsed: 0, booked: 0 });
    expect((await embedded.ports.ledger.read(ID)).at(-1)).toMatchObject({
      type: 'OFFER_LAPSED',
      body: { offerIds: offers.map(({ offerId }) => offerId) },
    });
  });

  test('of a person who was forgotten holds up nobody else', async () => {
    await decided();
    await embedded.ports.vault.destroyDataKey(ID);
    embedded.ports.clock.advance(86_400_000 * 60);
    expect(await lapseOffers(embedded.ports)({})).toEqual({ lapsed: 0, booked: 0 });
    expect(await openList()).toEqual([]);
  });

  test('that the decision does not have is refused', async () => {
    expect(await accept('0'.repeat(16))).toMatchObject({ result: 'NO_SUCH_OFFER' });
    await decided();
    expect(await accept('0'.repeat(16))).toMatchObject({ result: 'NO_SUCH_OFFER' });
    expect(await accept('none')).toMatchObject({ result: 'REJECTED', errors: [{ path: 'offerId' }] });
  });
});

test('An acceptance that died after any call is completed by the next run, and by the same choice again', async () => {
  for (const repair of ['the next run', 'the same choice'] as const) {
    const deaths = await eachDeath(async (calls) => {
      const own = embeddedPorts();
      try {
        const record = await decided(own);
        const { offers } = record;
        await clearAll(record, own.ports);
        const dying = dyingAfter(own.ports, calls);
        await accept(offers[0]?.offerId, dying).catch(() => undefined);
        if (repair === 'the next run') await lapseOffers(own.ports)({});
        else await accept(offers[0]?.offerId, own.ports);
        const accepted = (await typesOf(own)).filter((type) => type === 'OFFER_ACCEPTED').length;
        expect(accepted).toBeLessThanOrEqual(1);
        expect(new Set((await booked(own)).map(({ id }) => id)).size).toBe(accepted);
        if (repair === 'the same choice') expect(accepted).toBe(1);
        return dying.died();
      } finally {
        own.close();
      }
    });
    expect(deaths).toBeGreaterThanOrEqual(7);
  }
});
