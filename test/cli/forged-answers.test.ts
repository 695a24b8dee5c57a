import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { readEvidence } from '../../app/workflow/read-evidence.ts';
import { entryFaults } from '../../audit/verify/entries.ts';
import { verifyApplication } from '../../audit/verify/verification.ts';
import { openFolder, type OpenFolder } from '../../cli/data-folder.ts';
import { consentsAt } from '../../domain/application/consents.ts';
import type { JsonObject } from '../../domain/json.ts';
import { closedId, conditionId, noticeFactId, settledId } from '../../domain/ledger/acts.ts';
import { verifyChain } from '../../domain/ledger/chain.ts';
import type { EvidenceReference } from '../../domain/ledger/events.ts';
import { appended, changed, rechained, type Forged, type Forgery } from '../support/forging.ts';
import { LENDER, lenderDate } from '../support/lender.ts';
import { verifiedFor } from '../support/verified.ts';
import { example, workbench, type Workbench } from './program.ts';

jest.setTimeout(60_000);

const BY = 'web-shop';
const ACCEPTED = 'approve-lowest-rate';
/** Corrected, decided again, accepted and booked. */
const BOOKED = 'approve-60-months';
/** Completed, decided again and withdrawn. */
const COMPLETED = 'incomplete';
/** Incomplete, with a notice that was mailed. */
const WAITING = 'incomplete-0002';
const DENIED = 'decline-by-model';
const QUOTED = 'prequal-0001';
const LEDGERS = [ACCEPTED, BOOKED, COMPLETED, WAITING, DENIED, QUOTED];
const TODAY = lenderDate(new Date().toISOString());

/** A folder with every act of an applicant that follows a decision, a delivery and a quote. */
async function answers(running: OpenFolder): Promise<void> {
  await submit(running, WAITING);
  await running.invoke('DeliverNotices', {});
  await running.invoke('RecordDelivery', { applicationId: WAITING, by: 'r.vega', act: 'MAILED' });
  await submit(running, ACCEPTED, BOOKED, COMPLETED, DENIED);
  await amend(running, BOOKED, 'CORRECTED', { income: { annualGrossCents: 9_700_000 } });
  const { income = null, employment = null } = example(ACCEPTED);
  await amend(running, COMPLETED, 'COMPLETED', { income, employment });
  for (const id of [ACCEPTED, BOOKED]) await accept(running, id);
  await clear(running, ACCEPTED, 'INCOME');
  await clear(running, BOOKED, 'INCOME', { annualGrossCents: 9_700_000 });
  await clear(running, BOOKED, 'IDENTITY');
  const withdrawn = await running.invoke('WithdrawApplication', { applicationId: COMPLETED, by: BY });
  expect(withdrawn).toMatchObject({ result: 'WITHDRAWN' });
  const { applicationId: _, ...content } = example(ACCEPTED);
  const consents = consentsAt(['SOFT_PULL'], new Date(Date.now() - 60_000).toISOString(), LENDER.consentTexts);
  const request = { ...content, prequalificationId: QUOTED, consents } as JsonObject;
  const quoted = await running.invoke('Prequalify', { submittedBy: BY, request });
  expect(quoted).toMatchObject({ outcome: 'QUOTED' });
}

async function submit(running: OpenFolder, ...ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const received = await running.invoke('IntakeApplication', { submittedBy: BY, submission: submissionFor(id) });
    expect(received).toMatchObject({ result: 'ACCEPTED' });
  }
  await running.settled(ids);
}

/** The sample of an application; of the one that waits, an incomplete one of another person. */
function submissionFor(id: string): JsonObject {
  if (id !== WAITING) return example(id);
  const sample = example(COMPLETED);
  return {
    ...sample,
    applicationId: id,
    applicant: { ...sample['applicant'], ssn: '900-01-0007', lastName: 'Vellum' },
  };
}

async function amend(running: OpenFolder, applicationId: string, why: string, content: JsonObject): Promise<void> {
  const answer = await running.invoke('AmendApplication', { applicationId, by: BY, why, content });
  expect(answer).toMatchObject({ result: 'AMENDED' });
  await running.settled([applicationId]);
}

async function accept({ records, invoke }: OpenFolder, applicationId: string): Promise<void> {
  const entries = await records.ledger.read(applicationId);
  const { address } = newest(entries, 'decision');
  const { offers } = await readEvidence(records.evidence, applicationId, 'decision', address);
  const answer = await invoke('AcceptOffer', { applicationId, offerId: offers[0]?.offerId ?? '', acceptedBy: BY });
  expect(answer).toMatchObject({ result: 'ACCEPTED' });
}

type Verified = 'INCOME' | 'IDENTITY';
async function clear({ invoke }: OpenFolder, applicationId: string, condition: Verified, more = {}): Promise<void> {
  const verified = { ...verifiedFor(applicationId, condition), condition, ...more };
  const answer = await invoke('ClearCondition', { applicationId, by: 'r.vega', verified });
  expect(answer).toMatchObject({ result: 'CLEARED' });
}

let bench: Workbench;
let running: OpenFolder;
beforeAll(async () => {
  bench = workbench();
  running = await openFolder({ folder: bench.data });
  await answers(running);
});
afterAll(async () => {
  await running.close();
  bench.remove();
});

const entriesOf = async (id: string): Promise<Forged[]> => structuredClone(await running.records.ledger.read(id));

/** What verify finds in the chain and in the entries of a ledger, as `NAME sequence`. */
async function faultsOf(id: string, forge: Forgery): Promise<string[]> {
  const entries = rechained(forge(await entriesOf(id)));
  const faults = [...verifyChain(id, entries), ...(await entryFaults(running.records, entries))];
  return faults.map(({ fault, sequence }) => `${fault} ${sequence}`);
}

/** The newest evidence of a kind that the entries name. */
function newest(entries: readonly Forged[], kind: string): EvidenceReference {
  const named = entries.flatMap(({ body }) => (body['evidence'] ?? []) as unknown as EvidenceReference[]);
  const found = named.findLast((each) => each.kind === kind);
  if (!found) throw new TypeError(`The ledger names no ${kind}.`);
  return found;
}

/** Closes the newest decision. @param kinds of the evidence that it names. */
const closing =
  (type: string, body: Forged['body'], more: Partial<Forged> = {}, kinds = ['decision']): Forgery =>
  (entries) => {
    const evidence = kinds.map((kind) => newest(entries, kind)) as never;
    const id = closedId(newest(entries, 'decision').address);
    return appended({ id, type, actor: BY, body: { ...body, evidence }, ...more })(entries);
  };
const withdrawal = (more: Partial<Forged> = {}) => closing('APPLICATION_WITHDRAWN', { withdrawnOn: TODAY }, more);
const undecidedWithdrawal = appended({
  id: 'another',
  type: 'APPLICATION_WITHDRAWN',
  actor: BY,
  body: { withdrawnOn: TODAY, evidence: [] },
});
const lapse = (more: Partial<Forged> = {}) =>
  closing('APPLICATION_LAPSED', { completeBy: TODAY }, { actor: 'system', ...more });
const amendment = (why: string, kinds = ['decision', 'application']) =>
  closing('DECISION_REOPENED', { number: 1, why, note: null, affectedBy: null, consent: null }, {}, kinds);
const clearing =
  (condition: string, kinds: readonly string[], more: Partial<Forged> = {}): Forgery =>
  (entries) => {
    const evidence = kinds.map((kind) => newest(entries, kind)) as never;
    const id = conditionId(newest(entries, 'decision').address, condition);
    const body = { role: 'reviewer', condition, evidence };
    return appended({ id, type: 'CONDITION_CLEARED', actor: 'r.vega', body, ...more })(entries);
  };
const booking: Forgery = (entries) => {
  const evidence = ['decision', 'notice'].map((kind) => newest(entries, kind)) as never;
  const id = settledId(newest(entries, 'decision').address);
  return appended({ id, type: 'CREDIT_BOOKED', body: { offerId: '0'.repeat(16), evidence } })(entries);
};
const settlement: Forgery = (entries) => {
  const { offerId, evidence } = entries.findLast(({ type }) => type === 'OFFER_ACCEPTED')!.body;
  const id = settledId(newest(entries, 'decision').address);
  return appended({ id, type: 'CREDIT_BOOKED', body: { offerId: offerId!, evidence: evidence! } })(entries);
};
const sent =
  (notice: string | null, channel: string, kind = 'APPROVAL'): Forgery =>
  (entries) => {
    const address = notice ?? newest(entries, 'notice').address;
    const body = {
      notice: address,
      kind,
      attempt: 1,
      channel,
      sentOn: TODAY,
      carrier: 'SMTP',
      reference: 'x',
      role: null,
    };
    return appended({ id: noticeFactId(address, 1, 'sent'), type: 'NOTICE_SENT', body })(entries);
  };

test('a folder with every kind of answer has no fault', async () => {
  for (const id of LEDGERS) expect((await verifyApplication(running.records, id))?.faults).toEqual([]);
});

test('a request for a quote by another front end, or without an answer, is named', async () => {
  const ledger = (entries: readonly Forged[]) =>
    ({
      examine: async () => rechained(entries).map((entry) => ({ sequence: entry.sequence, entry, faults: [] })),
    }) as never;
  const faultsIn = async (entries: readonly Forged[], at = new Date()) => {
    const records = { ...running.records, ledger: ledger(entries), clock: { now: () => at } };
    return (await verifyApplication(records, QUOTED))?.faults.map(({ fault, sequence }) => `${fault} ${sequence}`);
  };
  const [received, quoted] = await entriesOf(QUOTED);
  expect(await faultsIn([{ ...received!, actor: 'other-shop' }, quoted!])).toContain('IDENTITY_DIFFERS 0');
  expect(await faultsIn([received!])).not.toContain('PREQUALIFICATION_UNFINISHED 0');
  const later = new Date(Date.now() + 600_000);
  expect(await faultsIn([received!], later)).toContain('PREQUALIFICATION_UNFINISHED 0');
});

describe('an answer that was appended and chained is named by its sequence', () => {
  test.each<[string, string, Forgery]>([
    ['a withdrawal from a denial', DENIED, withdrawal()],
    ['a withdrawal of an undecided application after its decision', WAITING, undecidedWithdrawal],
    ['a withdrawal after an acceptance', ACCEPTED, withdrawal()],
    ['a second withdrawal', COMPLETED, withdrawal({ id: 'another' })],
    ['a lapse of an application that can be completed', WAITING, lapse()],
    ['a lapse of an application that was complete', DENIED, lapse({ occurredAt: '2099-01-01T12:00:00.000Z' })],
    ['a completion of an application that was complete', DENIED, amendment('COMPLETED')],
    ['a completion without an amended application', WAITING, amendment('COMPLETED', ['decision'])],
    ['a completion that changes nothing', WAITING, amendment('COMPLETED')],
    ['a correction that changes nothing', DENIED, amendment('CORRECTED')],
    ['a correction after an acceptance', ACCEPTED, amendment('CORRECTED')],
    ['a cleared condition without its evidence', ACCEPTED, clearing('IDENTITY', ['decision', 'decision'])],
    [
      'a condition that the evidence of another one clears',
      ACCEPTED,
      clearing('IDENTITY', ['decision', 'condition-evidence']),
    ],
    ['a booking with an open condition', ACCEPTED, settlement],
    ['a booking without an acceptance', DENIED, booking],
    ['a send of a notice that was never issued', ACCEPTED, sent('f'.repeat(64), 'EMAIL')],
    ['an e-mail without a consent to electronic records', DENIED, sent(null, 'EMAIL', 'ADVERSE_ACTION')],
    ['a second send of a notice', WAITING, sent(null, 'PAPER', 'INCOMPLETENESS')],
    ['a second quote', QUOTED, (entries) => appended({ ...entries.at(-1)!, id: `${QUOTED}/quoted/2` })(entries)],
  ])('%s', async (_, id, forge) => {
    const { length } = await entriesOf(id);
    expect(await faultsOf(id, forge)).toContain(`ENTRY_DIFFERS ${length}`);
  });

  test.each<[string, string, Forgery]>([
    ['a second booking', BOOKED, settlement],
    ['a condition that was cleared before', ACCEPTED, clearing('INCOME', ['decision', 'condition-evidence'])],
  ])('%s, which has the id of the first', async (_, id, forge) => {
    const { length } = await entriesOf(id);
    expect(await faultsOf(id, forge)).toEqual([`DUPLICATE_EVENT ${length}`]);
  });
});

const saying = (members: Forged['body']) => (entry: Forged) => Object.assign(entry.body, members);
const typed = (type: string) => (entry: Forged) => Object.assign(entry, { type });
const without = (kind: string) => (entry: Forged) => {
  const evidence = entry.body['evidence'] as unknown as EvidenceReference[];
  entry.body['evidence'] = evidence.filter((each) => each.kind !== kind) as never;
};
const by = (actor: string) => (entry: Forged) => Object.assign(entry, { actor });

describe('an answer that was changed and chained is named by its sequence', () => {
  test.each<[string, string, string, (entry: Forged) => void]>([
    ['a withdrawal on another day', COMPLETED, 'APPLICATION_WITHDRAWN', saying({ withdrawnOn: '2026-01-01' })],
    ['a withdrawal by the machine', COMPLETED, 'APPLICATION_WITHDRAWN', by('system')],
    ['a withdrawal that names no decision', COMPLETED, 'APPLICATION_WITHDRAWN', saying({ evidence: [] })],
    ['a completion that is called a correction', COMPLETED, 'DECISION_REOPENED', saying({ why: 'REVIEW_REQUESTED' })],
    ['a correction that is called a completion', BOOKED, 'DECISION_REOPENED', saying({ why: 'COMPLETED' })],
    ['a correction by the machine', BOOKED, 'DECISION_REOPENED', by('system')],
    ['a condition cleared by another person', BOOKED, 'CONDITION_CLEARED', by('x.other')],
    ['a condition cleared in a role that may not', BOOKED, 'CONDITION_CLEARED', saying({ role: 'auditor' })],
    ['another condition', BOOKED, 'CONDITION_CLEARED', saying({ condition: 'INCOME' })],
    ['a clearing that is called a contradiction', BOOKED, 'CONDITION_CLEARED', typed('CONDITION_CONTRADICTED')],
    ['a booking of another offer', BOOKED, 'CREDIT_BOOKED', saying({ offerId: '0'.repeat(16) })],
    ['a mailing before the print', WAITING, 'NOTICE_SENT', saying({ sentOn: '2026-01-01' })],
    ['a mailing that no role states', WAITING, 'NOTICE_SENT', saying({ role: null })],
    ['a quote without its evidence', QUOTED, 'PREQUALIFIED', without('quote')],
    ['a quote without its policy result', QUOTED, 'PREQUALIFIED', without('policy')],
    ['a quote without its report', QUOTED, 'PREQUALIFIED', without('bureau-report')],
    ['a quote without its score', QUOTED, 'PREQUALIFIED', without('score')],
    ['a quote without the answer of the bureau', QUOTED, 'PREQUALIFIED', without('bureau-answer')],
    ['a withdrawal by another front end', COMPLETED, 'APPLICATION_WITHDRAWN', by('other-shop')],
    ['a completion by another front end', COMPLETED, 'DECISION_REOPENED', by('other-shop')],
    ['a correction with a note', BOOKED, 'DECISION_REOPENED', saying({ note: 'A note that no front end gave.' })],
    ['an acceptance by another front end', BOOKED, 'OFFER_ACCEPTED', by('other-shop')],
    ['a quote of another outcome', QUOTED, 'PREQUALIFIED', saying({ outcome: 'NO_QUOTE' })],
    ['a quote of more offers', QUOTED, 'PREQUALIFIED', saying({ offers: 9 })],
    ['a quote that is valid for longer', QUOTED, 'PREQUALIFIED', saying({ validUntil: '2099-01-01' })],
  ])('%s', async (_, id, type, change) => {
    const sequence = (await entriesOf(id)).findLastIndex((entry) => entry.type === type);
    expect(await faultsOf(id, changed(type, change))).toContain(`ENTRY_DIFFERS ${sequence}`);
  });

  test.each([COMPLETED, BOOKED])('an amendment of %s that names the application as received', async (id) => {
    const sequence = (await entriesOf(id)).findIndex(({ type }) => type === 'DECISION_REOPENED');
    const forge: Forgery = (entries) =>
      changed('DECISION_REOPENED', ({ body }) => {
        const [decision] = body['evidence'] as never[];
        body['evidence'] = [decision, newest([entries[0]!], 'application')] as never;
      })(entries);
    expect(await faultsOf(id, forge)).toEqual([`ENTRY_DIFFERS ${sequence}`]);
  });
});
