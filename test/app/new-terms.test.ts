import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { acceptOffer } from '../../app/offers/accept-offer.ts';
import { clearCondition } from '../../app/offers/clear-condition.ts';
import { offersView } from '../../app/offers/current-offers.ts';
import { readEvidence } from '../../app/workflow/read-evidence.ts';
import { rowFaults } from '../../audit/reconcile/projections.ts';
import { reconcileRecords } from '../../audit/reconcile/reconcile-records.ts';
import type { Records } from '../../audit/records.ts';
import { entryFaults } from '../../audit/verify/entries.ts';
import type { Condition } from '../../domain/decision/condition-evidence.ts';
import type { RevisedOffer } from '../../domain/decision/credit-contract.ts';
import type { DecisionRecord } from '../../domain/decision/record.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { verifyChain, type LedgerEntry } from '../../domain/ledger/chain.ts';
import { readBody } from '../../domain/ledger/events.ts';
import type { Offer, PolicyResult } from '../../domain/policy/result.ts';
import { eventFaults } from '../../domain/projections/outbox.ts';
import { frontEndApi } from '../../http/front-end-api.ts';
import { underwright } from '../cli/program.ts';
import { embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { submissionOf } from '../support/submissions.ts';
import { verifiedOf } from '../support/verified.ts';
import { end, finish, walkToPolicy } from '../support/walk.ts';

const ID = 'application-0001';
const BY = 'web.front-end';
const HOUR = 3_600_000;
const SUBMISSION = submissionOf();

let embedded: EmbeddedPorts;
beforeEach(() => {
  embedded = embeddedPorts();
});
afterEach(() => embedded.close());

/** An offer whose stated APR is 0.13 points too high, as another pricing could have sealed it. */
const misstated = (offer: Offer): Offer => ({ ...offer, apr: (Number(offer.apr) + 0.13).toFixed(2) });

/** Decides by a policy result that was sealed with other terms than those of the day. */
async function decided(): Promise<DecisionRecord> {
  const { evidence } = embedded.ports;
  const seal = (applicationId: string, kind: string, value: Json) => {
    const { offers = [] } = value as Partial<PolicyResult>;
    const changed = kind === 'policy' && { offers: offers.map(misstated) };
    return evidence.seal(applicationId, kind, { ...(value as JsonObject), ...changed });
  };
  const over = { ...embedded, ports: { ...embedded.ports, evidence: { ...evidence, seal } } };
  const walked = await walkToPolicy(over, { submittedBy: BY, submission: SUBMISSION } as never);
  const { decision } = await finish(walked);
  await end(embedded, walked);
  return readEvidence(evidence, ID, 'decision', decision.evidence);
}

const accept = (offerId = '') => acceptOffer(embedded.ports)({ applicationId: ID, offerId, acceptedBy: BY });
const entriesOf = () => embedded.ports.ledger.read(ID);
const revisions = async () => (await entriesOf()).filter(({ type }) => type === 'OFFER_REVISED');
const faultsIn = (entries: readonly LedgerEntry[]) => entryFaults(embedded.ports as unknown as Records, entries);

/** Calls the API of front ends, as API Gateway does. @returns the status and the body. */
async function request(httpMethod: string, resource: string, offerId?: string) {
  const { ports } = embedded;
  const functions = { invoke: async (_: string, payload: Json) => acceptOffer(ports)(payload) as Promise<Json> };
  const { statusCode, body } = await frontEndApi({ ...ports, functions })({
    httpMethod,
    resource,
    pathParameters: { applicationId: ID, ...(offerId !== undefined && { offerId }) },
    multiValueQueryStringParameters: {},
    multiValueHeaders: {},
    body: null,
    isBase64Encoded: false,
    requestContext: {
      requestId: 'a-request',
      authorizer: { id: BY, clientId: BY, roles: 'front-end' },
    },
  });
  return [statusCode, JSON.parse(body) as JsonObject];
}

/** What `verify` finds: in the chain, the entries, the rows and the published events. */
async function faults(): Promise<unknown[]> {
  const { ports } = embedded;
  const entries = await entriesOf();
  const rows = await rowFaults({ ...ports, history: async () => undefined }, ID, entries);
  const stored = await ports.events.rows();
  return [
    ...verifyChain(ID, entries),
    ...(await faultsIn(entries)),
    ...rows.faults,
    ...eventFaults(entries, rows.opened.contracts, stored),
  ];
}

test('An offer with terms beyond the tolerance becomes a new offer once, which the applicant accepts by its own id', async () => {
  const record = await decided();
  const [old] = record.offers;
  const answers = await Promise.all([accept(old?.offerId), accept(old?.offerId)]);
  const [answer] = answers;
  if (answer?.result !== 'NEW_TERMS') throw new Error(JSON.stringify(answers));
  expect(answers[1]).toEqual(answer);
  const { offer } = answer;
  expect(Number(offer.apr)).toBeCloseTo(Number(old?.apr) - 0.13, 2);
  expect([offer.expiresOn, offer.offerId === old?.offerId]).toEqual([old?.expiresOn, false]);
  expect(await revisions()).toHaveLength(1);

  const view = await offersView(embedded.ports.evidence, ID, await entriesOf());
  expect(view).toMatchObject({ state: 'OPEN', offers: [offer] });
  await embedded.data.database.committed();
  const shown = await underwright('offers', ID, '--data', embedded.data.folder);
  expect(shown).toMatchObject({ code: 0, out: expect.stringContaining(offer.offerId) });
  expect(shown.out).not.toContain(old?.offerId);
  expect(await request('GET', '/applications/{applicationId}/offers')).toEqual([
    200,
    { applicationId: ID, ...(JSON.parse(JSON.stringify(view)) as JsonObject) },
  ]);
  const route = '/applications/{applicationId}/offers/{offerId}/acceptance';
  expect(await request('POST', route, old?.offerId)).toMatchObject([409, { offer }]);

  embedded.ports.clock.advance(HOUR);
  expect(await accept(old?.offerId)).toEqual(answer);
  expect(await accept(offer.offerId)).toMatchObject({ result: 'ACCEPTED', terms: offer, booked: false });
  expect(await accept(old?.offerId)).toMatchObject({ result: 'CONFLICT' });
  const { income, employment } = SUBMISSION;
  for (const condition of record.conditions as Condition[]) {
    const verified = { ...verifiedOf({ income, employment }, condition), condition };
    await clearCondition(embedded.ports)({ applicationId: ID, by: 'r.vega', verified });
  }
  const booked = (await embedded.ports.events.read()).filter(({ event }) => event.type === 'LoanBooked');
  expect(booked).toMatchObject([{ event: { detail: { terms: offer } } }]);
  expect(await revisions()).toHaveLength(1);

  expect(await faults()).toEqual([]);
  embedded.ports.clock.advance(HOUR);
  expect(await reconcileRecords(embedded.ports)({})).toMatchObject({ repaired: [], findings: [] });
});

test('A revision with other terms than those of its day is named by verify, and so is one within the tolerance', async () => {
  const { offers } = await decided();
  const answer = await accept(offers[0]?.offerId);
  if (answer.result !== 'NEW_TERMS') throw new Error(JSON.stringify(answer));
  const entries = await entriesOf();
  const at = entries.findIndex(({ type }) => type === 'OFFER_REVISED');
  expect(await faultsIn(entries)).toEqual([]);
  const [decision, stored] = readBody(entries[at]!, 'OFFER_REVISED').evidence;
  const revised = await readEvidence(embedded.ports.evidence, ID, 'revised-offer', stored?.address ?? '');

  /** The faults where the entry names another new offer. */
  async function forged(change: Partial<RevisedOffer>) {
    const value = { ...revised, ...change };
    const reference = await embedded.ports.evidence.seal(ID, 'revised-offer', value);
    const evidence = [decision, { kind: 'revised-offer', ...reference }];
    const body = { ...entries[at]!.body, revisedOfferId: value.offer.offerId, evidence } as JsonObject;
    return faultsIn(entries.with(at, { ...entries[at]!, body }));
  }
  const differs = [expect.objectContaining({ fault: 'ENTRY_DIFFERS', sequence: at })];
  expect(await forged({})).toEqual([]);
  expect(await forged({ offer: { ...revised.offer, annualRateBasisPoints: 1 } })).toEqual(differs);
  expect(await forged({ offer: { ...revised.offer, expiresOn: '2026-12-31' } })).toEqual(differs);
  expect(await forged({ revisedOn: '2026-01-06' })).toEqual(differs);
  expect(await forged({ replaces: '0'.repeat(16) })).toEqual(differs);
  // A second revision of the new offer, whose terms are already those of the day.
  const again = { ...entries[at]!, sequence: at + 1, id: 'again' };
  const body = { ...again.body, offerId: answer.offer.offerId };
  expect(await faultsIn([...entries, { ...again, body }])).toEqual([
    expect.objectContaining({ fault: 'ENTRY_DIFFERS', sequence: at + 1 }),
  ]);
});
