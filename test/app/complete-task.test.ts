import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { completeTask } from '../../app/review/complete-task.ts';
import { readSummary } from '../../app/work-items.ts';
import { needsAttention } from '../../app/workflow/needs-attention.ts';
import { readEvidence } from '../../app/workflow/read-evidence.ts';
import { readBody } from '../../domain/ledger/events.ts';
import { keys } from '../../domain/projections/keys.ts';
import type { OpenTask } from '../../domain/projections/task.ts';
import { calledContact } from '../support/clearances.ts';
import { CONTRACTS } from '../support/contracts.ts';
import { dyingAfter, eachDeath, embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { identityOf, submissionOf } from '../support/submissions.ts';
import { finish, walkToPolicy, type Walked } from '../support/walk.ts';

const ID = 'application-0001';
const NOTE = 'Spoke to the applicant at length.';
let embedded: EmbeddedPorts;
beforeEach(() => {
  embedded = embeddedPorts();
});
afterEach(() => embedded.close());

/** Decides the task that waits, or else the last that was seen to wait. */
let lastTask = 'none';
async function complete(command: object, over: object = embedded.ports) {
  const ports = over as EmbeddedPorts['ports'];
  const { pk, sk } = keys.task(ID);
  const waits = (await ports.workStore.get(pk, sk))?.data as OpenTask | undefined;
  lastTask = waits?.eventId ?? lastTask;
  const sent = { applicationId: ID, task: lastTask, by: 'r.vega', note: NOTE, ...command };
  return CONTRACTS.CompleteTask.output.parse(await completeTask(ports)(sent));
}
const decline = { action: 'DECLINE', reasons: ['AA15'] };
const errorsOf = async (command: object) => {
  const answer = await complete(command);
  return answer.result === 'REJECTED' ? answer.errors.map(({ path }) => path) : answer.result;
};
const statusOf = async () => (await readSummary(embedded.ports.workStore, ID))?.status;

/** An application that waits for a review after the policy. */
async function waiting(ssn: string, over = embedded): Promise<Walked & { token: string }> {
  const walked = await walkToPolicy(over, submissionOf({ applicant: identityOf({ ssn }) }));
  return { ...walked, token: await walked.walk.openReview(walked.policy!.evidence, 'FULL') };
}
const THIN = '900200000';
const ALERT = '900700000';
const MISMATCH = '900600000';
const CALLED = { rule: 'FRAUD_ALERT', kind: 'CONTACT', contact: 1, result: 'CONFIRMED' };
const SLOW = '900500000';
const FROZEN = '900300000';

describe('a review', () => {
  test('that declines records its reasons, answers the token once and leaves the queue', async () => {
    const { token, ...walked } = await waiting(THIN);
    expect(await statusOf()).toBe('IN_REVIEW');
    const done = await complete(decline);
    expect(done).toMatchObject({ result: 'COMPLETED', action: 'DECLINE' });
    const evidence = done.result === 'COMPLETED' ? done.evidence : '';
    expect(embedded.answered).toEqual([{ taskToken: token, output: { action: 'DECLINE', evidence } }]);
    expect(CONTRACTS.AwaitReview.output.safeParse(embedded.answered[0]?.output).success).toBe(true);
    expect(await statusOf()).toBe('IN_PROGRESS');
    expect((await embedded.ports.workStore.listIndex('QUEUE#REVIEW')).items).toEqual([]);
    const { decision } = await finish(walked, [evidence]);
    expect(decision.outcome).toBe('DECLINE');
    // A front end that lost the answer asks again; nobody else can take its place.
    expect(await complete(decline)).toEqual(done);
    expect(await complete({ ...decline, by: 's.lind' })).toMatchObject({ result: 'NOT_WAITING' });
    expect(embedded.answered).toHaveLength(1);
    // The note may name the applicant, so it is sealed and not in the ledger.
    expect(JSON.stringify(await embedded.ports.ledger.read(ID))).not.toContain(NOTE);
  });

  test('reads the ledger of its application once to judge and once to write its status', async () => {
    await waiting(THIN);
    const { ledger } = embedded.ports;
    const looks: string[] = [];
    const counted = (look: 'read' | 'find') => (applicationId: string, id: string) => {
      looks.push(look);
      return ledger[look](applicationId, id);
    };
    const ports = { ...embedded.ports, ledger: { ...ledger, read: counted('read'), find: counted('find') } };
    expect(await complete(decline, ports)).toMatchObject({ result: 'COMPLETED' });
    expect(looks).toEqual(['read', 'read']);
  });

  test('keeps its token out of the ledger and of what other systems are told', async () => {
    const { token } = await waiting(THIN);
    expect(JSON.stringify([await embedded.ports.ledger.read(ID), await embedded.ports.events.read()])).not.toContain(
      token,
    );
  });

  test('needs what its action needs', async () => {
    await waiting(THIN);
    expect(await errorsOf({ action: 'DECLINE' })).toEqual(['reasons']);
    expect(await errorsOf({ action: 'DECLINE', reasons: ['AA24'] })).toEqual(['reasons.0']);
    expect(await errorsOf({ action: 'DECLINE', reasons: ['AA01', 'AA02', 'AA03', 'AA04', 'AA05'] })).toEqual([
      'reasons',
    ]);
    expect(await errorsOf({ action: 'DECLINE', reasons: ['NOPE'], note: 'short' })).toEqual(['note', 'reasons.0']);
    expect(await errorsOf({ action: 'RESUME' })).toEqual(['action']);
    expect(await errorsOf({ action: 'REPULL' })).toEqual(['action']);
    expect(await errorsOf({ action: 'CLEAR', clears: ['THIN_FILE'] })).toEqual(['action']);
    expect(await errorsOf({ action: 'APPROVE' })).toEqual(['terms']);
    expect(embedded.answered).toEqual([]);
    expect(await statusOf()).toBe('IN_REVIEW');
  });

  test('approves on terms under the cap and no more than was asked for', async () => {
    await waiting(THIN);
    const terms = { amountCents: 1_000_000, termMonths: 36, annualRateBasisPoints: 1_500 };
    expect(await errorsOf({ action: 'APPROVE', terms: { ...terms, amountCents: 1_000_001 } })).toEqual([
      'terms.amountCents',
    ]);
    expect(await errorsOf({ action: 'APPROVE', terms: { ...terms, annualRateBasisPoints: 3_500 } })).toEqual([
      'terms.annualRateBasisPoints',
    ]);
    expect(await errorsOf({ action: 'APPROVE', terms: { ...terms, amountCents: 900_000 } })).toEqual(['reasons']);
    // A thin file has no tier, so a second person confirms the price.
    expect(await complete({ action: 'APPROVE', terms })).toMatchObject({ result: 'AWAITS_CONFIRMATION' });
  });

  test('of a hold cannot approve before it is cleared, and clears it by its name', async () => {
    const { screening, report, score, walk } = await waiting(ALERT);
    const terms = { amountCents: 1_000_000, termMonths: 36, annualRateBasisPoints: 1_500 };
    expect(await errorsOf({ action: 'APPROVE', terms })).toEqual(['action']);
    expect(await errorsOf({ action: 'CLEAR' })).toEqual(['clears']);
    expect(await errorsOf({ action: 'CLEAR', clears: ['BANKRUPTCY'] })).toEqual(['clears']);
    const clearances = [calledContact('FRAUD_ALERT', embedded.ports.clock.now().toISOString())];
    const done = await complete({ action: 'CLEAR', clears: ['FRAUD_ALERT'], clearances });
    const reviews = done.result === 'COMPLETED' ? [done.evidence] : [];
    walk.nextRound();
    const policy = await walk.call('ApplyPolicy', {
      screening: screening!.evidence,
      reports: [report!],
      score: score!.evidence,
      reviews,
    });
    expect(policy.outcome).not.toBe('HOLD');
  });

  test.each([
    ['no evidence', {}, 'clearances'],
    ['free text for evidence', { clearances: ['Called the applicant at length.'] }, 'clearances.0'],
    ['a telephone number', { clearances: [{ ...CALLED, contact: '2175550100' }] }, 'clearances.0.contact'],
    ['a number that the alert does not have', { clearances: [{ ...CALLED, contact: 2 }] }, 'clearances.0.contact'],
    ['a call before the report', { clearances: [{ ...CALLED, at: '2026-01-01T00:00:00Z' }] }, 'clearances.0.at'],
    ['a call in the future', { clearances: [{ ...CALLED, at: '2027-01-01T00:00:00Z' }] }, 'clearances.0.at'],
    ["another reviewer's call", { clearances: [{ ...CALLED, by: 's.lind' }] }, 'clearances.0.by'],
    ['a result that does not confirm', { clearances: [{ ...CALLED, result: 'NOT_REACHED' }] }, 'clearances.0.result'],
    [
      'a rule that does not hold it',
      { clearances: [CALLED, { ...CALLED, rule: 'DECEASED_INDICATOR' }] },
      'clearances.1.rule',
    ],
  ])('of an alert is not cleared with %s, and writes nothing', async (_, more, path) => {
    await waiting(ALERT);
    const { ports } = embedded;
    const before = [await ports.ledger.read(ID), embedded.rows('evidence_objects')];
    const filled = (each: unknown) =>
      typeof each === 'object' ? { at: ports.clock.now().toISOString(), ...each } : each;
    const clearances = ('clearances' in more ? (more.clearances as unknown[]) : []).map(filled);
    expect(await errorsOf({ action: 'CLEAR', clears: ['FRAUD_ALERT'], clearances })).toEqual([path]);
    expect([await ports.ledger.read(ID), embedded.rows('evidence_objects')]).toEqual(before);
    expect(embedded.answered).toEqual([]);
  });

  test('of an alert seals the evidence with the review, and its ledger has none of it', async () => {
    await waiting(ALERT);
    const { ports } = embedded;
    const at = ports.clock.now().toISOString();
    const clearances = [calledContact('FRAUD_ALERT', at)];
    const declined = { action: 'DECLINE', reasons: ['AX01'] };
    expect(await errorsOf({ ...declined, clearances })).toEqual(['clearances']);
    expect(await errorsOf({ ...declined, clears: ['FRAUD_ALERT'], clearances })).toEqual(['clearances', 'clears']);
    const done = await complete({ action: 'CLEAR', clears: ['FRAUD_ALERT'], clearances });
    const address = done.result === 'COMPLETED' ? done.evidence : '';
    const review = await readEvidence(ports.evidence, ID, 'review', address);
    expect(review.clearances).toEqual([{ ...clearances[0], by: 'r.vega' }]);
    const ledger = JSON.stringify(await ports.ledger.read(ID));
    expect(ledger).not.toMatch(/CONTACT|2175550100/);
    expect(await complete({ action: 'CLEAR', clears: ['FRAUD_ALERT'], clearances })).toEqual(done);
    const other = [{ ...clearances[0], contact: 2 }];
    expect(await complete({ action: 'CLEAR', clears: ['FRAUD_ALERT'], clearances: other })).toMatchObject({
      result: 'NOT_WAITING',
    });
  });

  test('orders a new pull only for a report that is missing or another person’s', async () => {
    await waiting(MISMATCH);
    expect(await complete({ action: 'REPULL' })).toMatchObject({ result: 'COMPLETED', action: 'REPULL' });
  });

  test('orders a second inquiry after an ambiguous one only with what the bureau answered about the first', async () => {
    await waiting(SLOW);
    expect(await errorsOf({ action: 'REPULL' })).toEqual(['confirmSecondInquiry']);
    expect(await errorsOf({ action: 'REPULL', confirmSecondInquiry: 'PERHAPS' })).toEqual(['confirmSecondInquiry']);
    const confirmed = { action: 'REPULL', confirmSecondInquiry: 'NOT_POSTED' };
    expect(await complete(confirmed)).toMatchObject({ result: 'COMPLETED', action: 'REPULL' });
    expect(await complete(confirmed)).toMatchObject({ result: 'COMPLETED' });
    expect(await complete({ ...confirmed, confirmSecondInquiry: 'REPORT_LOST' })).toMatchObject({
      result: 'NOT_WAITING',
    });
  });

  test.each(['BureauReportUnreadable', 'BureauUnavailable', 'Runtime.ExitError'])(
    'orders a second inquiry after %s only with what the bureau answered about the first',
    async (error) => {
      const { walk } = await walkToPolicy(embedded, submissionOf());
      await walk.openReview(null, 'ATTENTION', 0, { state: 'PullBureauReports', error, cause: '' });
      expect(await errorsOf({ action: 'REPULL' })).toEqual(['confirmSecondInquiry']);
      expect(await complete({ action: 'REPULL', confirmSecondInquiry: 'REPORT_LOST' })).toMatchObject({
        result: 'COMPLETED',
      });
    },
  );

  test('takes the posted report after one that cannot be read', async () => {
    const { walk } = await walkToPolicy(embedded, submissionOf());
    const failure = { state: 'PullBureauReports', error: 'BureauReportUnreadable', cause: '' };
    await walk.openReview(null, 'ATTENTION', 0, failure);
    expect(await complete({ action: 'TAKE_POSTED' })).toMatchObject({ result: 'COMPLETED' });
  });

  test('after ConsentStale asks about the inquiry that an earlier execution sent', async () => {
    const { walk } = await walkToPolicy(embedded, submissionOf());
    await walk.openReview(null, 'ATTENTION', 0, { state: 'PullBureauReports', error: 'ConsentStale', cause: '' });
    expect(await errorsOf({ action: 'TAKE_POSTED' })).toEqual(['action']);
    expect(await errorsOf({ action: 'REPULL' })).toEqual(['confirmSecondInquiry']);
    expect(await complete({ action: 'REPULL', confirmSecondInquiry: 'REPORT_LOST' })).toMatchObject({
      result: 'COMPLETED',
    });
  });

  test.each(['ConsentMissing', 'PullNotOrdered'])(
    'after %s orders the inquiry that was not sent, and has no posted report to take',
    async (error) => {
      const { walk } = await walkToPolicy(embedded, submissionOf());
      await walk.openReview(null, 'ATTENTION', 0, { state: 'PullBureauReports', error, cause: '' });
      expect(await errorsOf({ action: 'TAKE_POSTED' })).toEqual(['action']);
      expect(await complete({ action: 'REPULL' })).toMatchObject({ result: 'COMPLETED' });
    },
  );

  describe('that orders a new pull after a long review', () => {
    const repull = { action: 'REPULL', confirmSecondInquiry: 'NOT_POSTED' };
    const consentAt = (givenAt: string) => ({ textVersion: '2026-11', givenAt });
    beforeEach(async () => {
      await waiting(MISMATCH);
      embedded.ports.clock.advance(31 * 86_400_000);
    });

    test('needs a new consent of the applicant, which is sealed and in the ledger', async () => {
      expect(await errorsOf(repull)).toEqual(['consent']);
      const consent = consentAt('2026-02-05T11:00:00Z');
      const done = await complete({ ...repull, consent });
      expect(done).toMatchObject({ result: 'COMPLETED' });
      const entry = (await embedded.ports.ledger.read(ID)).at(-1)!;
      expect(readBody(entry, 'REVIEW_COMPLETED').consent).toEqual(consent);
      const evidence = done.result === 'COMPLETED' ? done.evidence : '';
      expect(await readEvidence(embedded.ports.evidence, ID, 'review', evidence)).toMatchObject({ consent });
      expect(await complete({ ...repull, consent })).toEqual(done);
      expect(await complete({ ...repull, consent: consentAt('2026-02-05T11:30:00Z') })).toMatchObject({
        result: 'NOT_WAITING',
      });
    });

    test.each([
      [consentAt('2026-01-05T11:59:00Z'), 'consent.givenAt'],
      [consentAt('2009-01-05T11:59:00Z'), 'consent.givenAt'],
      [consentAt('2026-02-06T12:00:00Z'), 'consent.givenAt'],
      [{ ...consentAt('2026-02-05T11:00:00Z'), textVersion: '2019-01' }, 'consent.textVersion'],
      [{ textVersion: '2026-11' }, 'consent.givenAt'],
    ])('refuses the consent %j', async (consent, path) => {
      expect(await errorsOf({ ...repull, consent })).toEqual([path]);
    });

    test('and a consent is for no other action', async () => {
      const clear = { action: 'CLEAR', clears: ['REPORT_MISMATCH'], consent: consentAt('2026-02-05T11:00:00Z') };
      expect(await errorsOf(clear)).toContain('consent');
    });
  });

  test('takes a posted report only after an inquiry without one', async () => {
    await waiting(MISMATCH);
    expect(await errorsOf({ action: 'TAKE_POSTED' })).toEqual(['action']);
  });

  test('does not clear a report that does not exist', async () => {
    await waiting(FROZEN);
    expect(await errorsOf({ action: 'CLEAR', clears: ['FILE_FROZEN'] })).toEqual(['clears']);
  });

  test('before the bureau lets a referred application go on, and cannot approve it unseen', async () => {
    await walkToPolicy(embedded, submissionOf({ applicationId: 'application-0000' }));
    embedded.ports.clock.advance(1);
    const { walk, pre, screening } = await walkToPolicy(embedded, submissionOf());
    expect(pre?.outcome).toBe('REFER');
    await walk.openReview(pre!.evidence, 'PRE_BUREAU');
    const terms = { amountCents: 1_000_000, termMonths: 36, annualRateBasisPoints: 1_500 };
    expect(await errorsOf({ action: 'APPROVE', terms })).toEqual(['action']);
    const done = await complete({ action: 'CLEAR', clears: ['OTHER_APPLICATION_OPEN'] });
    const reviews = done.result === 'COMPLETED' ? [done.evidence] : [];
    walk.nextRound();
    const again = await walk.call('ApplyPreBureauPolicy', { screening: screening!.evidence, reviews });
    expect(again.outcome).toBe('PROCEED');
  });

  test('that an operator referred goes back to the steps or is declined, and is never approved unseen', async () => {
    const { walk } = await walkToPolicy(embedded, submissionOf());
    await walk.openReview(null, 'ATTENTION');
    const terms = { amountCents: 1_000_000, termMonths: 36, annualRateBasisPoints: 1_500 };
    expect(await errorsOf({ action: 'APPROVE', terms })).toEqual(['action']);
    expect(await complete({ action: 'CLEAR' })).toMatchObject({ result: 'COMPLETED' });
  });

  test('by two persons at once stands as one of them said', async () => {
    await waiting(THIN);
    const answers = await Promise.all([complete({ ...decline, by: 'r.vega' }), complete({ ...decline, by: 's.lind' })]);
    expect(answers.map(({ result }) => result).toSorted()).toEqual(['COMPLETED', 'NOT_WAITING']);
    expect(embedded.answered).toHaveLength(1);
    const completed = (await embedded.ports.ledger.read(ID)).filter(({ type }) => type === 'REVIEW_COMPLETED');
    expect(completed).toHaveLength(1);
  });

  test('that died after any call is completed by its repetition, and by no other decision', async () => {
    const deaths = await eachDeath(async (calls) => {
      const own = embeddedPorts();
      try {
        const walked = await waiting(THIN, own);
        const dying = dyingAfter(own.ports, calls);
        await complete(decline, dying).catch(() => undefined);
        const recorded = (await own.ports.ledger.read(ID)).some(({ type }) => type === 'REVIEW_COMPLETED');
        if (recorded) {
          for (const other of [{ by: 's.lind' }, { reasons: ['AA14'] }, { note: `${NOTE} More.` }]) {
            expect((await complete({ ...decline, ...other }, own.ports)).result).toBe('NOT_WAITING');
          }
        }
        await complete(decline, own.ports);
        expect(own.answered).toHaveLength(1);
        const reviews = (await own.ports.ledger.read(ID)).filter(({ type }) => type === 'REVIEW_COMPLETED');
        expect(reviews).toHaveLength(1);
        await finish(walked, [readBody(reviews[0]!, 'REVIEW_COMPLETED').evidence[0]!.address]);
        expect(await complete(decline, own.ports)).toMatchObject({ result: 'COMPLETED' });
        return dying.died();
      } finally {
        own.close();
      }
    });
    expect(deaths).toBeGreaterThanOrEqual(10);
  });

  test('repeated after the application was decided does not change where it stands', async () => {
    const walked = await waiting(THIN);
    const { ports } = embedded;
    const keeping = { ...ports, workStore: { ...ports.workStore, remove: () => Promise.reject(new Error('down')) } };
    await expect(complete(decline, keeping)).rejects.toThrow('down');
    const reviewed = (await ports.ledger.read(ID)).find(({ type }) => type === 'REVIEW_COMPLETED');
    await finish(walked, [readBody(reviewed!, 'REVIEW_COMPLETED').evidence[0]!.address]);
    expect(await complete(decline)).toMatchObject({ result: 'COMPLETED' });
    expect(await statusOf()).toBe('DECIDED');
  });

  test('that came after its deadline is not taken for answered, however often it is sent', async () => {
    const { token } = await waiting(THIN);
    embedded.open.delete(token);
    for (let time = 0; time < 2; time += 1) {
      expect(await complete(decline)).toMatchObject({ result: 'NOT_WAITING' });
    }
    expect(embedded.answered).toEqual([]);
    expect((await embedded.ports.workStore.listIndex('QUEUE#REVIEW')).items).toHaveLength(1);
  });

  test('sent while its task is opened anew is not taken for answered', async () => {
    const { walk, policy, token } = await waiting(THIN);
    const { ports } = embedded;
    const reopening = {
      ...ports,
      workflows: {
        ...ports.workflows,
        async succeedTask(taskToken: string, output: object) {
          embedded.open.delete(token);
          await walk.openReview(policy!.evidence, 'FULL');
          return ports.workflows.succeedTask(taskToken, output as never);
        },
      },
    };
    expect(await complete(decline, reopening)).toMatchObject({ result: 'NOT_WAITING' });
    expect(embedded.answered).toEqual([]);
    expect(await complete(decline)).toMatchObject({ result: 'COMPLETED' });
    expect(embedded.answered).toMatchObject([{ taskToken: 'token-2' }]);
  });

  test('whose deadline passed is opened anew in the same place, and decided there', async () => {
    const { walk, policy, token } = await waiting(THIN);
    embedded.open.delete(token);
    embedded.ports.clock.advance(3 * 86_400_000);
    const later = await walk.openReview(policy!.evidence, 'FULL', 1);
    expect((await embedded.ports.workStore.listIndex('QUEUE#REVIEW')).items).toHaveLength(1);
    // The deadline passed, so another role decides.
    expect(await errorsOf(decline)).toEqual(['role']);
    expect(await complete({ ...decline, role: 'senior-reviewer' })).toMatchObject({ result: 'COMPLETED' });
    expect(embedded.answered).toMatchObject([{ taskToken: later }]);
  });
});

describe('an application that needs attention', () => {
  test.each(['RESUME', 'REFER'])('is sent on by an operator: %s', async (action) => {
    const { walk } = await walkToPolicy(embedded, submissionOf());
    embedded.open.add('token-attention');
    await needsAttention(embedded.ports)({
      application: walk.application,
      step: walk.stepAt('NeedsAttention'),
      taskToken: 'token-attention',
      failure: { state: 'ScoreApplication', error: 'StoreUnavailable', cause: '' },
      retryCount: 0,
    });
    expect(await statusOf()).toBe('NEEDS_ATTENTION');
    expect(await errorsOf(decline)).toEqual(['action']);
    expect(await errorsOf({ action, clears: ['FRAUD_ALERT'] })).toEqual(['clears']);
    expect(await complete({ action })).toMatchObject({ result: 'COMPLETED', action });
    const { evidence } = CONTRACTS.NeedsAttention.output.parse(embedded.answered[0]?.output);
    expect(await readEvidence(embedded.ports.evidence, ID, 'review', evidence)).toMatchObject({ queue: 'ATTENTION' });
  });
});

test('an application that is unknown or waits for nobody is said so', async () => {
  expect(await complete(decline)).toMatchObject({ result: 'NOT_WAITING', applicationId: ID });
});
