import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';

import { BureauUnavailable, type Bureau } from '../../adapters/ports.ts';
import { governPolicy } from '../../app/governance/govern-policy.ts';
import { newestPolicy } from '../../app/governance/policies.ts';
import { startAccepted } from '../../app/intake/start-accepted.ts';
import { acceptOffer } from '../../app/offers/accept-offer.ts';
import { lapseOffers } from '../../app/offers/lapse-offers.ts';
import { reopenApplication } from '../../app/reopening/reopen-application.ts';
import { completeTask } from '../../app/review/complete-task.ts';
import { readSummary } from '../../app/work-items.ts';
import { readEvidence } from '../../app/workflow/read-evidence.ts';
import { BureauReportUnreadable } from '../../domain/bureau/report.ts';
import type { DecisionRecord } from '../../domain/decision/record.ts';
import { verifyChain, type LedgerEvent } from '../../domain/ledger/chain.ts';
import { ledgerEvent, readBody } from '../../domain/ledger/events.ts';
import type { PolicyInForce } from '../../domain/products/product.ts';
import { keys } from '../../domain/projections/keys.ts';
import { dyingAfter, eachDeath, embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { draftPolicy, withDrafts } from '../support/policies.ts';
import { identityOf, submissionAt, submissionOf } from '../support/submissions.ts';
import {
  end,
  finish,
  pullWithRetries,
  startWalk,
  walkAgain,
  walkToPolicy,
  type Walk,
  type Walked,
} from '../support/walk.ts';

const ID = 'application-0001';
const DAY = 86_400_000;
const NOTE = 'Asked for at the counter in Springfield.';
/** What the applicant said of a new report, at the start of the tests' time. */
const consentAt = (givenAt: string) => ({ textVersion: '2026-11', givenAt });

let embedded: EmbeddedPorts;
let draft: PolicyInForce;
beforeAll(async () => {
  draft = await draftPolicy();
});
beforeEach(() => {
  embedded = embeddedPorts();
});
afterEach(() => embedded.close());

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
const decided = async (over = embedded, changes: Parameters<typeof submissionOf>[0] = {}) =>
  ended(await walkToPolicy(over, submissionOf(changes)), over);
const asking = ({ decision }: Made, more: object = {}) => ({
  applicationId: ID,
  decision,
  why: 'REVIEW_REQUESTED',
  by: 'web.front-end',
  ...more,
});
const reopen = (command: object, over: object = embedded.ports) =>
  reopenApplication(over as EmbeddedPorts['ports'])(command);
const accept = ({ record }: Made, over: object = embedded.ports) =>
  acceptOffer(over as EmbeddedPorts['ports'])({
    applicationId: ID,
    offerId: record.offers[0]?.offerId,
    acceptedBy: 'web.front-end',
  });
/** A walk whose pull brought no report, and which a reviewer declined. @param pull makes the pull. */
async function decidedWithout(ssn: string, pull: (walk: Walk) => Promise<unknown>): Promise<Made> {
  const walk = await startWalk(embedded, submissionOf({ applicant: identityOf({ ssn: ssn.replaceAll('-', '') }) }));
  const validation = await walk.call('ValidateApplication', {});
  const screening = await walk.call('ScreenApplicants', {});
  const pre = await walk.call('ApplyPreBureauPolicy', { screening: screening.evidence, reviews: [] });
  await pull(walk);
  walk.nextRound();
  await walk.openReview(null, 'ATTENTION');
  const drafted = await completeTask(embedded.ports)(
    await commandOf({ action: 'DECLINE', ownReason: 'You withdrew the application by telephone' }),
  );
  if (drafted.result !== 'AWAITS_CONFIRMATION') throw new Error(JSON.stringify(drafted));
  const second = { action: 'CONFIRM', by: 's.lind', role: 'senior-reviewer', draft: drafted.evidence };
  const review = await answer(second);
  const walked = { walk, validation, screening, pre, report: null, score: null, policy: null };
  const { decision } = await finish(walked, [review]);
  await end(embedded, walked);
  const record = await readEvidence(embedded.ports.evidence, ID, 'decision', decision.evidence);
  return { walked, record, decision: decision.evidence };
}
/** Answers the task that waits. @returns the address of the review. */
async function answer(command: object): Promise<string> {
  const done = await completeTask(embedded.ports)(await commandOf(command));
  if (done.result !== 'COMPLETED') throw new Error(JSON.stringify(done));
  return done.evidence;
}
async function commandOf(command: object): Promise<object> {
  const { pk, sk } = keys.task(ID);
  const task = (await embedded.ports.workStore.get(pk, sk))?.data['eventId'];
  return { applicationId: ID, task, by: 'r.vega', note: NOTE, ...command };
}
const PULL = { bureau: 'simulated-bureau', pullEpoch: 0, retryCount: 0 };
const withBureau = (pull: Bureau['pull']) => ({ ...embedded.ports, bureau: { ...embedded.ports.bureau, pull } });
const typesOf = async (over = embedded) => (await over.ports.ledger.read(ID)).map(({ type }) => type);
const openList = async (over = embedded) => (await over.ports.workStore.listIndex('OFFERS')).items;
const starting = async (over = embedded) => (await over.ports.workStore.listIndex('STARTING')).items;

describe('A decision that is reopened', () => {
  test('is made again by a new execution, whose record names it and whose notice has a clock of its own', async () => {
    const first = await decided();
    embedded.ports.clock.advance(40 * DAY);
    const again = asking(first, { why: 'OFFER_EXPIRED', consent: consentAt('2026-02-14T10:00:00.000Z') });
    const walked = await walkAgain(embedded, first.walked, again);
    expect(await readSummary(embedded.ports.workStore, ID)).toMatchObject({
      status: 'IN_PROGRESS',
      outcome: null,
      executionArn: expect.stringMatching(/:application-0001--r1$/),
    });
    const { record } = await ended(walked);
    expect(record).toMatchObject({
      outcome: 'APPROVE',
      receivedOn: '2026-01-05',
      supersedes: { decision: first.decision, why: 'OFFER_EXPIRED', reopenedOn: '2026-02-14' },
      noticeDueOn: '2026-03-16',
    });
    expect(first.record).not.toHaveProperty('supersedes');
    expect(first.record.noticeDueOn).toBe('2026-02-04');
    expect(await readSummary(embedded.ports.workStore, ID)).toMatchObject({ status: 'DECIDED', outcome: 'APPROVE' });
    expect((await typesOf()).filter((type) => type === 'DECISION_RECORDED' || type === 'NOTICES_ISSUED')).toHaveLength(
      4,
    );
    expect(verifyChain(ID, await embedded.ports.ledger.read(ID))).toEqual([]);
  });

  test('can be reopened again and again, each linked to the one before', async () => {
    let made = await decided();
    for (const number of [1, 2, 3]) {
      const walked = await walkAgain(embedded, made.walked, asking(made));
      const token = await walked.walk.openReview(walked.policy!.evidence, 'FULL');
      expect(token).toBeDefined();
      // The applicant wants a person, so the policy alone comes to nothing.
      expect(walked.policy?.outcome).toBe('REFER');
      const before = made.decision;
      made = await ended({ ...walked, policy: { outcome: 'APPROVE', evidence: made.walked.policy!.evidence } });
      expect(made.record.supersedes?.decision).toBe(before);
      expect(made.record.executionArn).toMatch(new RegExp(`--r${number}$`));
    }
  });

  test('has no offers left to accept, and those of the new decision can be', async () => {
    const first = await decided();
    const walked = await walkAgain(embedded, first.walked, asking(first));
    expect(await accept(first)).toMatchObject({ result: 'REOPEN', why: 'NEWER_DECISION', decision: first.decision });
    expect(await openList()).toEqual([]);
    embedded.ports.clock.advance(DAY);
    const second = await ended({ ...walked, policy: first.walked.policy });
    expect(await openList()).toHaveLength(1);
    expect(await accept(second)).toMatchObject({ result: 'ACCEPTED' });
    expect(await reopen(asking(second))).toMatchObject({ result: 'NOT_REOPENED', why: 'ACCEPTED' });
    expect((await typesOf()).filter((type) => type === 'OFFER_ACCEPTED')).toHaveLength(1);
  });

  test('may have lapsed before', async () => {
    const first = await decided();
    embedded.ports.clock.advance(60 * DAY);
    expect(await accept(first)).toMatchObject({ result: 'REOPEN', why: 'OFFER_EXPIRED', decision: first.decision });
    const again = asking(first, { why: 'OFFER_EXPIRED' });
    expect(await reopen(again)).toMatchObject({ result: 'REOPENED', number: 1, repeated: false });
    expect(await reopen(again)).toMatchObject({ result: 'REOPENED', number: 1, repeated: true });
    expect((await typesOf()).slice(-2)).toEqual(['OFFER_LAPSED', 'DECISION_REOPENED']);
    expect(await lapseOffers(embedded.ports)({})).toEqual({ lapsed: 0, booked: 0 });
  });

  test('is decided by the policy of the day of its reopening', async () => {
    embedded.ports.clock.set('2026-12-01T12:00:00.000Z');
    const committed = newestPolicy('personal-loan');
    const first = await decided(embedded, submissionAt(embedded.ports.clock));
    const policies = withDrafts(draft);
    const govern = governPolicy(embedded.ports, policies);
    const change = { digest: draft.digest, effective: '2026-12-01', note: NOTE };
    await govern({ action: 'PROPOSE', by: 'a.author', ...change });
    await govern({ action: 'APPROVE', by: 'r.vega', ...change });
    const affected = asking(first, { why: 'POLICY_AFFECTED', affectedBy: committed.digest, note: NOTE });
    const walked = await walkAgain(embedded, first.walked, affected, policies);
    expect(walked.pre?.outcome).toBe('DECLINE');
    const { record } = await ended(walked);
    expect(record).toMatchObject({ outcome: 'DECLINE', policy: { digest: draft.digest }, reportsUsed: [] });
  });
});

describe('A report', () => {
  const pulls = async () => (await embedded.pulls()).filter(({ posted }) => posted);

  test('of 30 days is reused without an inquiry, and decides as before', async () => {
    const first = await decided();
    embedded.ports.clock.advance(30 * DAY);
    const walked = await walkAgain(embedded, first.walked, asking(first));
    expect(await pulls()).toHaveLength(1);
    expect(walked.report).toEqual(first.walked.report);
    const entries = await embedded.ports.ledger.read(ID);
    const reused = entries.findLast(({ type }) => type === 'BUREAU_REPORT_PULLED');
    expect(readBody(reused!, 'BUREAU_REPORT_PULLED').facts).toMatchObject({ reused: true });
    const { record } = await ended({ ...walked, policy: first.walked.policy });
    // It is no younger for it: nothing lent on it is fresh for another 30 days.
    expect(record.completedAt).toBe(first.record.completedAt);
  });

  test('is as fresh as the policy says: 45 days where `report_days` is 45', async () => {
    const longer = await draftPolicy('1.3.0', (text) =>
      text.replace("report_days: { type: integer, value: '30' }", "report_days: { type: integer, value: '45' }"),
    );
    const policies = withDrafts(longer);
    const govern = governPolicy(embedded.ports, policies);
    embedded.ports.clock.set('2026-12-01T12:00:00.000Z');
    const change = { digest: longer.digest, effective: '2026-12-01', note: NOTE };
    await govern({ action: 'PROPOSE', by: 'a.author', ...change });
    await govern({ action: 'APPROVE', by: 'r.vega', ...change });
    const first = await ended(await walkToPolicy(embedded, submissionAt(embedded.ports.clock), [], policies));
    embedded.ports.clock.advance(45 * DAY);
    expect(await reopen(asking(first, { why: 'REPORT_STALE' }))).toMatchObject({ why: 'NOT_SO' });
    const again = await walkAgain(embedded, first.walked, asking(first), policies);
    expect(await pulls()).toHaveLength(1);
    const second = await ended({ ...again, policy: first.walked.policy });
    embedded.ports.clock.advance(DAY);
    expect(await reopen(asking(second, { why: 'REPORT_STALE' }))).toMatchObject({ result: 'REOPENED' });
  });

  test('that was reused once is not fresh for it', async () => {
    let made = await decided();
    embedded.ports.clock.advance(20 * DAY);
    made = await ended({ ...(await walkAgain(embedded, made.walked, asking(made))), policy: made.walked.policy });
    embedded.ports.clock.advance(20 * DAY);
    await expect(walkAgain(embedded, made.walked, asking(made))).rejects.toThrow(
      expect.objectContaining({ name: 'ConsentStale' }),
    );
    expect(await pulls()).toHaveLength(1);
  });

  test('of 31 days is pulled again under a claim of its own, once, where the applicant consented', async () => {
    const first = await decided();
    embedded.ports.clock.advance(31 * DAY);
    const again = asking(first, { consent: consentAt('2026-02-04T10:00:00.000Z') });
    const walked = await walkAgain(embedded, first.walked, again);
    expect(await pulls()).toHaveLength(2);
    expect(new Set((await pulls()).map(({ reference }) => reference)).size).toBe(2);
    walked.walk.nextRound();
    await pullWithRetries(walked.walk);
    expect(await pulls()).toHaveLength(2);
    const { record } = await ended({ ...walked, policy: first.walked.policy });
    expect(record.completedOn).toBe('2026-02-05');
  });

  test('of 31 days without a consent waits for a person, whose order brings a consent', async () => {
    const first = await decided();
    embedded.ports.clock.advance(31 * DAY);
    await expect(walkAgain(embedded, first.walked, asking(first))).rejects.toThrow(
      expect.objectContaining({ name: 'ConsentStale' }),
    );
    const { walk } = first.walked;
    const { executionArn } = (await readSummary(embedded.ports.workStore, ID))!;
    const step = { ...walk.stepAt('PullBureauReport'), executionArn };
    const ordered = { bureau: 'simulated-bureau', pullEpoch: 1, retryCount: 0, step };
    await expect(walk.call('PullBureauReport', ordered)).rejects.toThrow(
      expect.objectContaining({ name: 'PullNotOrdered' }),
    );
    expect(await pulls()).toHaveLength(1);
    await walk.openReview(null, 'ATTENTION', 0, { state: 'PullBureauReports', error: 'ConsentStale', cause: '' });
    const repull = { action: 'REPULL', confirmSecondInquiry: 'NOT_POSTED' };
    await expect(answer(repull)).rejects.toThrow('"path":"consent"');
    await answer({ ...repull, consent: consentAt('2026-02-05T11:00:00.000Z') });
    expect(await walk.call('PullBureauReport', ordered)).toMatchObject({ status: 'HIT' });
    expect(await pulls()).toHaveLength(2);
  });

  test('that was never pulled is pulled on the application’s own consent while that is fresh', async () => {
    const young = { applicant: identityOf({ dateOfBirth: '2008-01-20' }) };
    const first = await decided(embedded, young);
    expect(first.record.outcome).toBe('DECLINE');
    embedded.ports.clock.advance(20 * DAY);
    const walked = await walkAgain(embedded, first.walked, asking(first));
    expect([walked.pre?.outcome, walked.report?.status]).toEqual(['PROCEED', 'HIT']);
    expect(await pulls()).toHaveLength(1);
  });

  test('whose bureau posted nothing is pulled on the application’s own consent while that is fresh', async () => {
    const first = await decidedWithout('900-01-0000', async (walk) => {
      const out = withBureau(() => Promise.reject(new BureauUnavailable('Out of service.')));
      expect(await walk.call('PullBureauReport', { ...PULL, retryCount: 2 }, out)).toMatchObject({
        status: 'UNAVAILABLE',
      });
    });
    const walked = await walkAgain(embedded, first.walked, asking(first));
    expect(walked.report?.status).toBe('HIT');
    expect(await pulls()).toHaveLength(1);
  });

  test.each<[string, string, (walk: Walk) => Promise<unknown>]>([
    [
      'whose answer cannot be read',
      '900-80-0001',
      async (walk) => expect(walk.call('PullBureauReport', PULL)).rejects.toThrow(BureauReportUnreadable),
    ],
    [
      'that was killed after its inquiry was posted',
      '900-01-0000',
      async (walk) => {
        const killed = withBureau(async (request) => {
          await embedded.ports.bureau.pull(request);
          throw new Error('Killed.');
        });
        await expect(walk.call('PullBureauReport', PULL, killed)).rejects.toThrow('Killed.');
      },
    ],
    [
      'that a person ordered after an outage, and whose answer cannot be read',
      '900-80-0001',
      async (walk) => {
        const out = withBureau(() => Promise.reject(new BureauUnavailable('Out of service.')));
        await walk.call('PullBureauReport', { ...PULL, retryCount: 2 }, out);
        await walk.openReview(null, 'ATTENTION', 0, { state: 'PullBureauReports', error: 'PullNotOrdered', cause: '' });
        await answer({ action: 'REPULL' });
        walk.nextRound();
        await expect(walk.call('PullBureauReport', { ...PULL, pullEpoch: 1 })).rejects.toThrow(BureauReportUnreadable);
      },
    ],
  ])('of a pull %s is not replaced without a new consent', async (_, ssn, pull) => {
    const first = await decidedWithout(ssn, pull);
    expect((await typesOf()).filter((type) => type === 'DECISION_RECORDED')).toHaveLength(1);
    expect(await pulls()).toHaveLength(1);
    await expect(walkAgain(embedded, first.walked, asking(first))).rejects.toThrow(
      expect.objectContaining({ name: 'ConsentStale' }),
    );
    expect(await pulls()).toHaveLength(1);
  });
});

describe('A reopening is refused', () => {
  test('while the execution of the decision has not ended', async () => {
    const walked = await walkToPolicy(embedded, submissionOf());
    const { decision } = await finish(walked);
    const command = { applicationId: ID, decision: decision.evidence, why: 'REVIEW_REQUESTED', by: 'web.front-end' };
    expect(await reopen(command)).toMatchObject({ result: 'NOT_REOPENED', why: 'IN_PROGRESS' });
    await end(embedded, walked);
    expect(await reopen(command)).toMatchObject({ result: 'REOPENED' });
  });

  test('of a decision that there is not', async () => {
    const first = await decided();
    for (const wrong of [{ decision: 'f'.repeat(64) }, { applicationId: 'application-0002' }]) {
      expect(await reopen(asking(first, wrong))).toMatchObject({ why: 'NO_SUCH_DECISION' });
    }
  });

  test.each([
    ['OFFER_EXPIRED', {}],
    ['REPORT_STALE', {}],
    ['POLICY_AFFECTED', { affectedBy: 'f'.repeat(64), note: NOTE }],
  ])('for a reason that is not so: %s', async (why, more) => {
    expect(await reopen(asking(await decided(), { why, ...more }))).toMatchObject({ why: 'NOT_SO' });
    expect(await typesOf()).not.toContain('DECISION_REOPENED');
  });

  test('of an incomplete application, which the applicant completes', async () => {
    expect(await reopen(asking(await decided(embedded, { income: null })))).toMatchObject({
      why: 'NOT_SO',
      message: expect.stringContaining('complete the application until 2026-02-04'),
    });
  });

  test.each([
    [{ why: 'BECAUSE' }, 'why'],
    [{ why: 'POLICY_AFFECTED', note: NOTE }, 'affectedBy'],
    [{ why: 'POLICY_AFFECTED', affectedBy: 'f'.repeat(64) }, 'note'],
    [{ note: 'The person is 900-01-0000.' }, 'note'],
    [{ note: 'Asked for by john@mail.example.' }, 'note'],
    [{ consent: consentAt('2030-01-01T10:00:00.000Z') }, 'consent.givenAt'],
    [{ consent: consentAt('2025-12-05T10:00:00.000Z') }, 'consent.givenAt'],
    [{ consent: consentAt('2009-06-01T10:00:00.000Z') }, 'consent.givenAt'],
    [{ consent: { textVersion: '2020-01', givenAt: '2026-01-05T10:00:00.000Z' } }, 'consent.textVersion'],
    [{ by: 'R Vega' }, 'by'],
  ])('with %j, by its %s', async (wrong, path) => {
    expect(await reopen(asking(await decided(), wrong))).toMatchObject({ result: 'REJECTED', errors: [{ path }] });
  });
});

describe('Of things at the same time', () => {
  test('a reopening that comes after the decision to forget opens nothing', async () => {
    const first = await decided();
    const { ledger } = embedded.ports;
    const forget = ledgerEvent({
      id: `forgetting/${ID}/0`,
      applicationId: ID,
      type: 'FORGETTING_DECIDED',
      occurredAt: embedded.ports.clock.now().toISOString(),
      actor: 'system',
      body: { why: 'RETENTION_EXPIRED' },
    });
    const racing = {
      ...embedded.ports,
      ledger: {
        ...ledger,
        append: async (event: LedgerEvent) => {
          if (event.type === 'DECISION_REOPENED') await ledger.append(forget);
          return ledger.append(event);
        },
      },
    };
    expect(await reopen(asking(first), racing)).toMatchObject({ result: 'NOT_REOPENED', why: 'FORGOTTEN' });
    expect([...embedded.executions.keys()]).toEqual([ID]);
    expect(await starting()).toEqual([]);
    expect(await accept(first)).toMatchObject({
      result: 'NO_SUCH_OFFER',
      message: expect.stringContaining('forgotten'),
    });
  });

  test('two reopenings are one', async () => {
    const first = await decided();
    const answers = await Promise.all([1, 2].map(() => reopen(asking(first))));
    expect(answers).toMatchObject([
      { result: 'REOPENED', number: 1 },
      { result: 'REOPENED', number: 1 },
    ]);
    expect((await typesOf()).filter((type) => type === 'DECISION_REOPENED')).toHaveLength(1);
    expect([...embedded.executions.keys()]).toEqual([ID, `${ID}--r1`]);
  });

  test('a reopening and an acceptance are one of them', async () => {
    for (const order of [0, 1]) {
      const own = embeddedPorts();
      try {
        const first = await decided(own);
        const calls = [() => reopen(asking(first), own.ports), () => accept(first, own.ports)];
        const [one, other] = await Promise.all((order === 0 ? calls : calls.toReversed()).map((call) => call()));
        const done = [one, other].filter((answer) => answer?.result === 'REOPENED' || answer?.result === 'ACCEPTED');
        expect(done).toHaveLength(1);
        expect((await typesOf(own)).filter((type) => /^(OFFER_ACCEPTED|DECISION_REOPENED)$/.test(type))).toHaveLength(
          1,
        );
      } finally {
        own.close();
      }
    }
  });
});

test('An execution is the application’s under the name of its newest reopening alone', async () => {
  const first = await decided();
  const { walk } = first.walked;
  await reopen(asking(first));
  const arn = walk.stepAt('ValidateApplication').executionArn;
  const called = async (executionArn: string) =>
    (
      await walk.call('ValidateApplication', {
        step: { ...walk.stepAt('ValidateApplication'), executionArn },
      })
    ).status;
  expect(await called(`${arn}--r2`)).toBe('REJECTED');
  expect(await called(`${arn}--2`)).toBe('REJECTED');
  expect(await called(`${arn}--r1--2`)).toBe('COMPLETE');
  expect(await called(`${arn}--r1`)).toBe('REJECTED');
});

test('A reopening that died after any call is completed by the next call, and by the schedule', async () => {
  for (const repair of ['the next call', 'the schedule'] as const) {
    const deaths = await eachDeath(async (calls) => {
      const own = embeddedPorts();
      try {
        const first = await decided(own);
        const dying = dyingAfter(own.ports, calls);
        await reopen(asking(first), dying).catch(() => undefined);
        if (repair === 'the next call') await reopen(asking(first), own.ports);
        else await startAccepted(own.ports)({});
        await lapseOffers(own.ports)({});
        const reopened = (await typesOf(own)).filter((type) => type === 'DECISION_REOPENED').length;
        if (repair === 'the next call') expect(reopened).toBe(1);
        expect(own.executions.has(`${ID}--r1`)).toBe(reopened === 1);
        if (reopened === 1) {
          expect(await readSummary(own.ports.workStore, ID)).toMatchObject({
            status: 'IN_PROGRESS',
            outcome: null,
            reopening: 1,
            executionArn: expect.stringMatching(/--r1$/),
          });
          const told = (await own.ports.events.read()).filter(({ event }) => event.type === 'DecisionReopened');
          expect(new Set(told.map(({ event }) => event.id)).size).toBe(1);
          expect(await openList(own)).toEqual([]);
        }
        own.ports.clock.advance(2 * 3_600_000);
        await startAccepted(own.ports)({});
        expect(await starting(own)).toEqual([]);
        return dying.died();
      } finally {
        own.close();
      }
    });
    expect(deaths).toBeGreaterThanOrEqual(10);
  }
});
