import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { startAccepted } from '../../app/intake/start-accepted.ts';
import { acceptOffer } from '../../app/offers/accept-offer.ts';
import { lapseOffers } from '../../app/offers/lapse-offers.ts';
import { amendApplication } from '../../app/reopening/amend-application.ts';
import { reopenApplication } from '../../app/reopening/reopen-application.ts';
import { completeTask } from '../../app/review/complete-task.ts';
import { withdrawApplication } from '../../app/withdrawal/withdraw-application.ts';
import { readSummary } from '../../app/work-items.ts';
import { readEvidence } from '../../app/workflow/read-evidence.ts';
import { closingsOf } from '../../domain/decision/offer-state.ts';
import type { DecisionRecord } from '../../domain/decision/record.ts';
import { verifyChain } from '../../domain/ledger/chain.ts';
import { evidenceNamedBy, readBody } from '../../domain/ledger/events.ts';
import { applicationIn } from '../../domain/ledger/reopening.ts';
import { announcementOf } from '../../domain/projections/announcements.ts';
import { keys } from '../../domain/projections/keys.ts';
import { isOpen, statusOf } from '../../domain/status.ts';
import { dyingAfter, embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { SCALE, scaled } from '../support/scale.ts';
import { submissionOf } from '../support/submissions.ts';
import { end, finish, startWalk, walkAmended, walkToPolicy, type Walked } from '../support/walk.ts';

const ID = 'application-0001';
const DAY = 86_400_000;
const BY = 'web.front-end';
const { income: INCOME } = submissionOf();
const INCOMPLETE = submissionOf({ income: null });

let embedded: EmbeddedPorts;
beforeEach(() => {
  embedded = embeddedPorts();
});
afterEach(() => embedded.close());

type Ports = EmbeddedPorts['ports'];
const amend = (why: string, content: object, over: Ports = embedded.ports) =>
  amendApplication(over)({ applicationId: ID, why, by: BY, content });
const complete = (content: object, over?: Ports) => amend('COMPLETED', content, over);
const correct = (content: object, over?: Ports) => amend('CORRECTED', content, over);
const withdraw = (over: Ports = embedded.ports) =>
  withdrawApplication({
    ...over,
    functions: { invoke: async (_, payload) => completeTask(over)(payload) },
  })({ applicationId: ID, by: BY });
const entriesOf = (over = embedded) => over.ports.ledger.read(ID);
const typesOf = async (over = embedded) => (await entriesOf(over)).map(({ type }) => type);
const summaryOf = (over = embedded) => readSummary(over.ports.workStore, ID);
const eventsOf = async (over = embedded) => (await over.ports.events.read()).map(({ event }) => event);

interface Made {
  readonly walked: Walked;
  readonly record: DecisionRecord;
  readonly decision: string;
}

/** A walk whose decision is recorded and whose execution has ended. */
async function ended(walked: Walked, over = embedded): Promise<Made> {
  const { decision } = await finish(walked);
  await end(over, walked);
  const record = await readEvidence(over.ports.evidence, ID, 'decision', decision.evidence);
  return { walked, record, decision: decision.evidence };
}
const decided = async (submission = submissionOf(), over = embedded) =>
  ended(await walkToPolicy(over, submission), over);

describe('An incomplete application', () => {
  test('waits for the applicant, who completes it under its own id, and a new execution decides', async () => {
    const first = await decided(INCOMPLETE);
    expect(await summaryOf()).toMatchObject({ status: 'PENDING_APPLICANT', outcome: null });
    expect(isOpen(statusOf(await entriesOf())!.status)).toBe(true);
    embedded.ports.clock.advance(5 * DAY);
    const answer = await complete({ income: INCOME });
    expect(answer).toMatchObject({ result: 'AMENDED', decision: first.decision, number: 1, repeated: false });
    const amended = applicationIn(await entriesOf())!;
    const application = await readEvidence(embedded.ports.evidence, ID, 'application', amended.address);
    expect(application).toMatchObject({ applicationId: ID, income: INCOME });
    expect(embedded.executions.get(`${ID}--r1`)).toContain(amended.address);
    const { record } = await ended(await walkAmended(embedded, answer));
    expect(record).toMatchObject({
      outcome: 'APPROVE',
      receivedOn: '2026-01-05',
      supersedes: { decision: first.decision, why: 'COMPLETED', reopenedOn: '2026-01-10' },
      noticeDueOn: '2026-02-09',
      evidence: { application: amended.address },
    });
    expect(await summaryOf()).toMatchObject({ status: 'DECIDED', outcome: 'APPROVE' });
    expect(verifyChain(ID, await entriesOf())).toEqual([]);
  });

  test('that is still incomplete keeps its date, and is completed once more', async () => {
    const first = await decided(submissionOf({ income: null, housing: null }));
    embedded.ports.clock.advance(5 * DAY);
    const again = await ended(await walkAmended(embedded, await complete({ income: INCOME })));
    expect(again.record).toMatchObject({ outcome: 'INCOMPLETE', completeBy: first.record.completeBy });
    const { housing } = submissionOf();
    expect(await complete({ housing })).toMatchObject({ result: 'AMENDED', number: 2 });
  });

  test('is completed once by the same answer, and by one of two that come at once', async () => {
    await decided(submissionOf({ income: null, housing: null }));
    const answers = await Promise.all([
      complete({ income: INCOME }),
      complete({ income: { annualGrossCents: 4_000_000 } }),
    ]);
    expect(answers.map(({ result }) => result).toSorted()).toEqual(['AMENDED', 'NOT_AMENDED']);
    const [first, other] = answers[0]?.result === 'AMENDED' ? answers : answers.toReversed();
    expect(other).toMatchObject({ why: 'CONFLICT' });
    const content = answers[0] === first ? INCOME : { annualGrossCents: 4_000_000 };
    expect(await complete({ income: content })).toEqual({ ...first, repeated: true });
    expect((await typesOf()).filter((type) => type === 'DECISION_REOPENED')).toHaveLength(1);
  });

  test('can be completed on its last day, lapses after it, and is refused then', async () => {
    const { record } = await decided(INCOMPLETE);
    embedded.ports.clock.set(`${record.completeBy}T23:00:00.000Z`);
    expect(await lapseOffers(embedded.ports)({})).toEqual({ lapsed: 0, booked: 0 });
    embedded.ports.clock.advance(DAY);
    expect(await complete({ income: INCOME })).toMatchObject({ result: 'NOT_AMENDED', why: 'LAPSED' });
    expect(await correct({ income: INCOME })).toMatchObject({ why: 'LAPSED' });
    expect(await withdraw()).toMatchObject({ why: 'LAPSED' });
    expect((await entriesOf()).at(-1)).toMatchObject({
      type: 'APPLICATION_LAPSED',
      body: { completeBy: record.completeBy },
    });
    expect(await summaryOf()).toMatchObject({ status: 'DECIDED', outcome: 'INCOMPLETE' });
    expect((await eventsOf()).map(({ type }) => type)).toContain('ApplicationLapsed');
  });

  test('that is not completed lapses by the sweep, once', async () => {
    await decided(INCOMPLETE);
    embedded.ports.clock.advance(40 * DAY);
    expect(await lapseOffers(embedded.ports)({})).toEqual({ lapsed: 1, booked: 0 });
    expect(await lapseOffers(embedded.ports)({})).toEqual({ lapsed: 0, booked: 0 });
    expect(await summaryOf()).toMatchObject({ status: 'DECIDED', outcome: 'INCOMPLETE' });
  });

  test('is refused with every fault at once, and nothing is stored', async () => {
    await decided(submissionOf({ income: null, employment: null }));
    const before = await typesOf();
    const consents = [{ kind: 'BUREAU_PULL', textVersion: 'unknown', givenAt: '2026-01-05T09:00:00.000Z' }];
    const given = (kind: string) => ({ ...consents[0], kind, textVersion: '2026-11' });
    const { employment } = submissionOf();
    const refusals: [object, string[]][] = [
      [
        { income: { annualGrossCents: -1 }, housing: { status: 'OWN', monthlyPaymentCents: 1 }, deposits: {} },
        ['deposits', 'housing', 'income.annualGrossCents'],
      ],
      [
        { product: 'auto-loan', applicant: {}, applicationId: 'other', income: null },
        ['applicant', 'applicationId', 'income', 'product'],
      ],
      [{ income: INCOME, request: 5 }, ['request']],
      [{}, ['']],
      [{ income: INCOME, employment, consents }, ['consents.0.textVersion']],
      [{ consents }, ['', 'consents.0.textVersion']],
      [{ income: INCOME, consents: [given('SOFT_PULL')] }, ['consents.0.kind']],
      [{ income: INCOME, consents: [given('AUTOMATED_DECISION')] }, ['consents.0.kind']],
      [
        { income: { annualGrossCents: -1 }, housing: { status: 'OWN' } },
        ['housing', 'housing.monthlyPaymentCents', 'income.annualGrossCents'],
      ],
      [{ consents: [{ kind: 'OTHER' }] }, ['consents.0.givenAt', 'consents.0.kind', 'consents.0.textVersion']],
    ];
    for (const [content, paths] of refusals) {
      const refused = await complete(content);
      if (refused.result !== 'REJECTED') throw new Error(JSON.stringify(refused));
      expect(refused.errors.map(({ path }) => path).toSorted()).toEqual(paths);
    }
    expect(await typesOf()).toEqual(before);
  });

  test('needs a fresh consent where the pull that follows has none', async () => {
    embedded.ports.clock.set('2026-01-31T12:00:00.000Z');
    const old = [{ kind: 'BUREAU_PULL' as const, textVersion: '2026-11', givenAt: '2026-01-05T09:00:00.000Z' }];
    await decided(submissionOf({ income: null, consents: old }));
    embedded.ports.clock.advance(10 * DAY);
    expect(await complete({ income: INCOME })).toMatchObject({
      result: 'REJECTED',
      errors: [{ path: 'consents', message: expect.stringContaining('too old') }],
    });
    const consents = [{ ...old[0], givenAt: '2026-02-10T09:00:00.000Z' }];
    const { record } = await ended(await walkAmended(embedded, await complete({ income: INCOME, consents })));
    expect(record.outcome).toBe('APPROVE');
  });
});

describe('A correction', () => {
  test('supersedes a decision, reuses the report, and names what it replaces', async () => {
    const first = await decided();
    const answer = await correct({ income: { annualGrossCents: 1_200_000 } });
    expect(answer).toMatchObject({ result: 'AMENDED', decision: first.decision });
    const { record } = await ended(await walkAmended(embedded, answer));
    expect(record.outcome).toBe('DECLINE');
    expect(record.supersedes).toMatchObject({ decision: first.decision, why: 'CORRECTED' });
    expect(await embedded.pulls()).toHaveLength(1);
    expect(await correct({ income: { annualGrossCents: 1_200_000 } })).toMatchObject({ number: 1, repeated: true });
    expect(await correct({ request: { amountCents: 500_000 } })).toMatchObject({ result: 'AMENDED', number: 2 });
  });

  test('is refused where it changes nothing, an offer was accepted, or a person decides', async () => {
    const { record } = await decided();
    expect(await correct({ income: INCOME })).toMatchObject({ errors: [{ path: '' }] });
    expect(await complete({ income: INCOME })).toMatchObject({ why: 'NOT_INCOMPLETE' });
    await acceptOffer(embedded.ports)({ applicationId: ID, offerId: record.offers[0]?.offerId, acceptedBy: BY });
    expect(await correct({ request: { amountCents: 500_000 } })).toMatchObject({ why: 'ACCEPTED' });
    expect(await withdraw()).toMatchObject({ why: 'ACCEPTED' });
  });
});

describe('A withdrawal', () => {
  test('of an approval closes its offers, with an acknowledgment', async () => {
    const { record, decision } = await decided();
    const withdrawn = await withdraw();
    expect(withdrawn).toMatchObject({ result: 'WITHDRAWN', decision, repeated: false });
    expect(await withdraw()).toEqual({ ...withdrawn, repeated: true });
    expect(await summaryOf()).toMatchObject({ status: 'DECIDED', outcome: 'WITHDRAWN' });
    const offerId = record.offers[0]?.offerId;
    const accepted = await acceptOffer(embedded.ports)({ applicationId: ID, offerId, acceptedBy: BY });
    expect(accepted).toMatchObject({ result: 'REOPEN', why: 'WITHDRAWN' });
    expect(await correct({ request: { amountCents: 500_000 } })).toMatchObject({ why: 'WITHDRAWN' });
    const again = { applicationId: ID, decision, why: 'REVIEW_REQUESTED', by: BY };
    expect(await reopenApplication(embedded.ports)(again)).toMatchObject({ why: 'WITHDRAWN' });
    const notices = (await entriesOf()).filter(({ type }) => type === 'NOTICES_ISSUED');
    expect(readBody(notices.at(-1)!, 'NOTICES_ISSUED').output).toMatchObject({ notices: [{ kind: 'WITHDRAWAL' }] });
    embedded.ports.clock.advance(90 * DAY);
    expect(await lapseOffers(embedded.ports)({})).toEqual({ lapsed: 0, booked: 0 });
  });

  test('of a denial is refused, because the denial stays', async () => {
    await decided(submissionOf({ income: { annualGrossCents: 1_200_000 } }));
    expect(await withdraw()).toMatchObject({ result: 'NOT_WITHDRAWN', why: 'DENIED' });
  });

  test('while a person decides ends the wait, and the decision is WITHDRAWN after any answer', async () => {
    const walked = await walkToPolicy(embedded, submissionOf());
    const token = await walked.walk.openReview(walked.policy!.evidence, 'FULL');
    const task = (await embedded.ports.workStore.get(keys.task(ID).pk, keys.task(ID).sk))?.data['eventId'];
    expect(await withdraw()).toMatchObject({ result: 'WITHDRAWN', decision: null });
    expect(embedded.answered).toEqual([{ taskToken: token, output: { error: 'ApplicationWithdrawn' } }]);
    expect(await embedded.ports.workStore.get(keys.task(ID).pk, keys.task(ID).sk)).toBeUndefined();
    expect(await summaryOf()).toMatchObject({ status: 'IN_PROGRESS' });
    const late = { applicationId: ID, task, by: 'r.vega', action: 'CLEAR', note: 'All of it looks right.' };
    expect(await completeTask(embedded.ports)(late)).toMatchObject({ result: 'NOT_WAITING' });
    await expect(walked.walk.openReview(walked.policy!.evidence, 'FULL', 1)).rejects.toThrow(/withdrew/);
    const { record } = await ended(walked);
    expect(record).toMatchObject({
      outcome: 'WITHDRAWN',
      decidedBy: 'APPLICANT',
      offers: [],
      reasons: [],
      conditions: [],
    });
    expect(record.reportsUsed).toEqual([]);
    expect(await summaryOf()).toMatchObject({ status: 'DECIDED', outcome: 'WITHDRAWN' });
    expect(await withdraw()).toMatchObject({ result: 'WITHDRAWN', repeated: true });
  });

  test('in time saves the inquiry', async () => {
    const walk = await startWalk(embedded, submissionOf());
    expect(await withdraw()).toMatchObject({ why: 'IN_PROGRESS' });
    const validation = await walk.call('ValidateApplication', {});
    const screening = await walk.call('ScreenApplicants', {});
    const pre = await walk.call('ApplyPreBureauPolicy', { screening: screening.evidence, reviews: [] });
    await withdraw();
    const pull = { bureau: 'simulated-bureau', pullEpoch: 0, retryCount: 0 };
    await expect(walk.call('PullBureauReport', pull)).rejects.toMatchObject({ name: 'ApplicationWithdrawn' });
    expect(await embedded.pulls()).toEqual([]);
    const walked = { walk, validation, screening, pre, report: null, score: null, policy: null };
    expect((await ended(walked)).record.outcome).toBe('WITHDRAWN');
  });

  test('and a decision at the same time leave one of the two', async () => {
    const walked = await walkToPolicy(embedded, INCOMPLETE);
    const [withdrawn] = await Promise.all([withdraw(), finish(walked)]);
    expect(withdrawn.result).toBe('WITHDRAWN');
    const entries = await entriesOf();
    const [recorded] = entries.filter(({ type }) => type === 'DECISION_RECORDED');
    const { outcome } = readBody(recorded!, 'DECISION_RECORDED').output;
    const closes = entries.some((each) => each.type === 'APPLICATION_WITHDRAWN' && evidenceNamedBy(each).length > 0);
    expect([outcome, closes]).toEqual(closes ? ['INCOMPLETE', true] : ['WITHDRAWN', false]);
    expect(await summaryOf()).toMatchObject({ status: 'DECIDED', outcome: 'WITHDRAWN' });
  });
});

test('An answer that died after any call is completed by the sweeps, and by the same answer again', async () => {
  const cases = [
    [(over: Ports) => complete({ income: INCOME }, over), 'the sweeps'],
    [withdraw, 'the same answer'],
  ] as const;
  for (const [answer, repair] of cases) {
    // A short run kills at every sixth call.
    let died = true;
    for (let calls = 1; died; calls += SCALE < 0.1 ? 6 : 1) {
      const own = embeddedPorts();
      try {
        await decided(INCOMPLETE, own);
        const dying = dyingAfter(own.ports, calls);
        await answer(dying).catch(() => undefined);
        if (repair === 'the same answer') await answer(own.ports);
        else {
          await startAccepted(own.ports)({});
          await lapseOffers(own.ports)({});
        }
        await expectOneOutcome(own);
        died = dying.died();
      } finally {
        own.close();
      }
    }
  }
});

/** The newest decision is closed at most once, the rows and the events follow from the ledger, and nothing is booked twice. */
async function expectOneOutcome(over: EmbeddedPorts): Promise<void> {
  const entries = await entriesOf(over);
  const closings = closingsOf(entries).map(({ type }) => type);
  expect(['', 'OFFER_LAPSED,DECISION_REOPENED', ...closings.slice(0, 1)]).toContain(closings.join());
  expect(verifyChain(ID, entries)).toEqual([]);
  const folded = statusOf(entries)!;
  expect(await summaryOf(over)).toMatchObject({ status: folded.status, outcome: folded.outcome });
  const events = await eventsOf(over);
  const accepted = closings.includes('OFFER_ACCEPTED');
  const bookings = new Set(events.filter(({ type }) => type === 'LoanBooked').map(({ id }) => id));
  // An acceptance is booked once its conditions are cleared.
  expect(bookings.size).toBeLessThanOrEqual(accepted ? 1 : 0);
  const published = new Set(events.map(({ id }) => id));
  for (const entry of closingsOf(entries).filter(({ type }) => type !== 'OFFER_ACCEPTED')) {
    expect(published).toContain(announcementOf(entry)?.id);
  }
  const open = (await over.ports.workStore.listIndex(keys.openOffers)).items;
  const answerable =
    folded.status === 'PENDING_APPLICANT' || (folded.status === 'DECIDED' && (closings.length === 0 || accepted));
  expect(open).toHaveLength(answerable ? 1 : 0);
  const started = closings.includes('DECISION_REOPENED');
  expect(over.executions.has(`${ID}--r${folded.reopening}`)).toBe(started);
}

test('Accepting, completing, correcting, reopening, withdrawing and lapsing in any order leave one outcome', async () => {
  for (let run = 0; run < scaled(150, 6); run += 1) {
    const own = embeddedPorts();
    try {
      const made = await decided(run % 2 === 0 ? INCOMPLETE : submissionOf(), own);
      const { ports } = own;
      const offerId = made.record.offers[0]?.offerId ?? '0'.repeat(16);
      const reopening = { applicationId: ID, decision: made.decision, why: 'REVIEW_REQUESTED', by: BY };
      const acts = [
        () => acceptOffer(ports)({ applicationId: ID, offerId, acceptedBy: BY }),
        () => complete({ income: INCOME }, ports),
        () => correct({ request: { amountCents: 900_000 } }, ports),
        () => reopenApplication(ports)(reopening),
        () => withdraw(ports),
        () => lapseOffers(ports)({}),
      ];
      const order = shuffled(acts, run);
      if (run % 3 === 2) ports.clock.advance(40 * DAY);
      const concurrent = order.slice(0, 3 + (run % 4));
      const answers = await Promise.all(concurrent.map((act) => act()));
      for (const act of order.slice(concurrent.length)) answers.push(await act());
      const done = answers.filter(
        (each) => 'result' in each && DONE.has(each.result) && !('repeated' in each && each.repeated),
      );
      expect(done.length).toBeLessThanOrEqual(1);
      await expectOneOutcome(own);
    } finally {
      own.close();
    }
  }
});

const DONE = new Set<string>(['ACCEPTED', 'AMENDED', 'REOPENED', 'WITHDRAWN']);

/** The acts in an order of their own for each seed. */
function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  let state = seed + 1;
  const next = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state;
  };
  return items
    .map((item) => ({ item, key: next() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

test('another front end than the submitter finds no application to answer', async () => {
  await walkToPolicy(embedded, { submittedBy: BY, submission: submissionOf() } as never);
  const by = 'other-shop';
  const { ports } = embedded;
  const none = { why: 'NO_SUCH_APPLICATION' };
  for (const why of ['COMPLETED', 'CORRECTED']) {
    const content = { income: INCOME };
    expect(await amendApplication(ports)({ applicationId: ID, why, by, content })).toMatchObject(none);
  }
  const functions = { invoke: () => Promise.reject(new Error('Nothing is to be withdrawn.')) };
  expect(await withdrawApplication({ ...ports, functions })({ applicationId: ID, by })).toMatchObject(none);
  const choice = { applicationId: ID, offerId: '0'.repeat(16), acceptedBy: by };
  expect(await acceptOffer(ports)(choice)).toMatchObject({ message: 'There is no such application.' });
});
