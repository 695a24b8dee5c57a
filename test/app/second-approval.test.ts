import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { completeTask } from '../../app/review/complete-task.ts';
import { readEvidence } from '../../app/workflow/read-evidence.ts';
import { noticeText } from '../../documents/notices/document.ts';
import { readBody } from '../../domain/ledger/events.ts';
import { keys } from '../../domain/projections/keys.ts';
import { CONTRACTS } from '../support/contracts.ts';
import { dyingAfter, eachDeath, embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { identityOf, submissionOf } from '../support/submissions.ts';
import { finish, walkToPolicy } from '../support/walk.ts';

const ID = 'application-0001';
const NOTE = 'Spoke to the applicant at length.';
const THIN = '900200000';
const NO_ANSWER = '900400000';
const TERMS = { amountCents: 800_000, termMonths: 36, annualRateBasisPoints: 1_500 };
/** Beyond a reviewer: the policy made no offer for a thin file, and the words are the reviewer's own. */
const APPROVE = { action: 'APPROVE', terms: TERMS, reasons: ['AA15'] };
const OWN = { action: 'DECLINE', ownReason: 'The stated employer closed in October' };

let embedded: EmbeddedPorts;
beforeEach(() => {
  embedded = embeddedPorts();
});
afterEach(() => embedded.close());

const taskOf = async (over = embedded) => {
  const { pk, sk } = keys.task(ID);
  return (await over.ports.workStore.get(pk, sk))?.data['eventId'] as string | undefined;
};
async function send(command: object, over: object = embedded.ports, from = embedded) {
  const sent = { applicationId: ID, task: await taskOf(from), by: 'r.vega', note: NOTE, ...command };
  return CONTRACTS.CompleteTask.output.parse(await completeTask(over as EmbeddedPorts['ports'])(sent));
}
const errorsOf = async (command: object) => {
  const answer = await send(command);
  return answer.result === 'REJECTED'
    ? answer.errors.map(({ path, message }) => `${path} ${message}`)
    : [answer.result];
};
const typesOf = async (over = embedded) => (await over.ports.ledger.read(ID)).map(({ type }) => type);
const reviews = async (over = embedded) => (await typesOf(over)).filter((type) => type.startsWith('REVIEW_'));

async function waiting(ssn = THIN, over = embedded) {
  const submission = submissionOf({ applicant: identityOf({ ssn }) });
  const walked = await walkToPolicy(over, { submittedBy: 'web.front-end', submission } as never);
  await walked.walk.openReview(walked.policy!.evidence, 'FULL');
  return walked;
}
async function drafted(command: object = APPROVE): Promise<string> {
  const answer = await send(command);
  if (answer.result !== 'AWAITS_CONFIRMATION') throw new Error(JSON.stringify(answer));
  return answer.evidence;
}
const senior = (draft: string, more: object = {}) => ({
  action: 'CONFIRM',
  by: 's.lind',
  role: 'senior-reviewer',
  draft,
  ...more,
});

describe('A decision beyond a reviewer’s limits', () => {
  test('is drafted, answers no token, and waits in the queue for a second person', async () => {
    await waiting();
    const answer = await send(APPROVE);
    expect(answer).toMatchObject({
      result: 'AWAITS_CONFIRMATION',
      second: ['approved-without-offer', 'RATE_UNKNOWN'],
      roles: ['senior-reviewer'],
    });
    expect(embedded.answered).toEqual([]);
    expect((await embedded.ports.workStore.listIndex('QUEUE#REVIEW')).items).toHaveLength(1);
    // The same command again finds its draft.
    expect(await send(APPROVE)).toEqual(answer);
    expect(await reviews()).toEqual(['REVIEW_AWAITED', 'REVIEW_DRAFTED']);
  });

  test('is made when a senior reviewer confirms it, and the record states both people and the limits', async () => {
    const walked = await waiting();
    const draft = await drafted();
    embedded.ports.clock.advance(60_000);
    const task = await taskOf();
    const done = await send(senior(draft, { task }));
    expect(done).toMatchObject({ result: 'COMPLETED', action: 'CONFIRM' });
    expect(await send(senior(draft, { task }))).toEqual(done);
    const evidence = done.result === 'COMPLETED' ? done.evidence : '';
    expect(embedded.answered).toMatchObject([{ output: { action: 'APPROVE', evidence } }]);
    const { decision } = await finish(walked, [evidence]);
    const record = await readEvidence(embedded.ports.evidence, ID, 'decision', decision.evidence);
    expect(record).toMatchObject({
      outcome: 'COUNTEROFFER',
      requestedBy: 'web.front-end',
      decidedBy: 'r.vega',
      authority: {
        role: 'reviewer',
        kinds: ['approved-without-offer'],
        amountCents: 800_000,
        limits: { amount: 1_500_000, corridor: 100 },
        second: ['approved-without-offer', 'RATE_UNKNOWN'],
        policy: record.policy!.digest,
        confirmedBy: 's.lind',
        confirmedAs: 'senior-reviewer',
      },
      reasons: [{ code: 'AA15', component: 'JUDGMENTAL' }],
    });
    const entry = (await embedded.ports.ledger.read(ID)).find(({ type }) => type === 'REVIEW_COMPLETED')!;
    expect(entry.actor).toBe('s.lind');
    expect(readBody(entry, 'REVIEW_COMPLETED')).toMatchObject({ role: 'senior-reviewer', draftedBy: 'r.vega' });
  });

  test('goes back to the queue when the second person rejects it, and neither of them decides it then', async () => {
    const walked = await waiting();
    const draft = await drafted();
    const rejected = await send(senior(draft, { action: 'REJECT' }));
    expect(rejected).toMatchObject({ result: 'COMPLETED', action: 'REJECT' });
    expect(embedded.answered).toMatchObject([{ output: { action: 'REJECT' } }]);
    walked.walk.nextRound();
    await walked.walk.openReview(walked.policy!.evidence, 'FULL');
    expect(await errorsOf(APPROVE)).toEqual([expect.stringMatching(/^by has decided on this application before/)]);
    expect(await errorsOf({ ...APPROVE, by: 's.lind' })).toEqual([expect.stringMatching(/^by confirmed or rejected/)]);
    expect(await send({ action: 'DECLINE', reasons: ['AA15'], by: 'm.okafor' })).toMatchObject({ result: 'COMPLETED' });
  });

  test('in the reviewer’s own words is stated as the reason of the notice', async () => {
    const walked = await waiting();
    const done = await send(senior(await drafted(OWN)));
    const { decision, notices } = await finish(walked, [done.result === 'COMPLETED' ? done.evidence : '']);
    const record = await readEvidence(embedded.ports.evidence, ID, 'decision', decision.evidence);
    expect(record.reasons).toEqual([{ code: 'AA24', text: OWN.ownReason, component: 'JUDGMENTAL' }]);
    const text = noticeText(await readEvidence(embedded.ports.evidence, ID, 'notice', notices[0]!.evidence));
    expect(text).toContain(`- ${OWN.ownReason}`);
    expect(text).not.toContain('Other, specify');
  });

  test('leaves nothing half-written where a process dies after any call, and its repetition completes it', async () => {
    const deaths = await eachDeath(async (calls) => {
      const own = embeddedPorts();
      try {
        const walked = await waiting(THIN, own);
        const task = await taskOf(own);
        const dying = dyingAfter(own.ports, calls);
        const answer = await send(APPROVE, dying, own).catch(() => undefined);
        const again = await send(APPROVE, own.ports, own);
        if (answer) expect(again).toEqual(answer);
        expect(again.result).toBe('AWAITS_CONFIRMATION');
        const draft = again.result === 'AWAITS_CONFIRMATION' ? again.evidence : '';
        await send(senior(draft, { task }), dying, own).catch(() => undefined);
        await send(senior(draft, { task }), own.ports, own);
        expect(own.answered).toHaveLength(1);
        expect(await reviews(own)).toEqual(['REVIEW_AWAITED', 'REVIEW_DRAFTED', 'REVIEW_COMPLETED']);
        const { evidence } = own.answered[0]!.output as { evidence: string };
        await finish(walked, [evidence]);
        expect(await send(senior(draft, { task }), own.ports, own)).toMatchObject({ result: 'COMPLETED', evidence });
        return dying.died();
      } finally {
        own.close();
      }
    });
    expect(deaths).toBeGreaterThanOrEqual(10);
  });

  test('of two reviewers at once is drafted once, and the other is named the draft', async () => {
    await waiting();
    const answers = await Promise.all([send(APPROVE), send({ ...APPROVE, by: 'm.okafor' })]);
    expect(answers.map(({ result }) => result).toSorted()).toEqual(['AWAITS_CONFIRMATION', 'NOT_WAITING']);
    expect(await reviews()).toEqual(['REVIEW_AWAITED', 'REVIEW_DRAFTED']);
  });

  test('that two people confirm and reject at once has one answer', async () => {
    await waiting();
    const draft = await drafted();
    const answers = await Promise.all([send(senior(draft)), send(senior(draft, { by: 'k.berg', action: 'REJECT' }))]);
    expect(answers.map(({ result }) => result).toSorted()).toEqual(['COMPLETED', 'NOT_WAITING']);
    expect(embedded.answered).toHaveLength(1);
  });
});

describe('Refused by name, with nothing written, is', () => {
  test('another answer than CONFIRM or REJECT while a draft waits', async () => {
    await waiting();
    await drafted();
    const before = await typesOf();
    expect(await errorsOf({ action: 'DECLINE', reasons: ['AA15'], by: 'm.okafor' })).toEqual([
      expect.stringMatching(/^action .*a draft that waits for a second person: send CONFIRM, REJECT/),
    ]);
    expect(await typesOf()).toEqual(before);
  });

  test('a draft that the second person did not name, or another than the one that waits', async () => {
    await waiting();
    const draft = await drafted();
    const { draft: _, ...unnamed } = senior(draft);
    expect(await errorsOf(unnamed)).toEqual([expect.stringMatching(/^draft is missing/)]);
    expect(await errorsOf(senior('0'.repeat(64)))).toEqual([expect.stringMatching(/^draft is stale/)]);
    expect(embedded.answered).toEqual([]);
  });

  test('the draft of a task whose deadline has passed', async () => {
    const walked = await waiting();
    const task = await taskOf();
    const draft = await drafted();
    embedded.ports.clock.advance(3 * 86_400_000);
    await walked.walk.openReview(walked.policy!.evidence, 'FULL', 1);
    expect(await send(senior(draft, { task }))).toMatchObject({ result: 'NOT_WAITING' });
    expect(await errorsOf(senior(draft))).toEqual([expect.stringMatching(/^action .*in the REVIEW queue/)]);
    const other = { ...APPROVE, by: 's.lind' };
    expect(await errorsOf(other)).toEqual([expect.stringMatching(/^role .*senior-reviewer decides it/)]);
    const again = await drafted({ ...other, role: 'senior-reviewer' });
    // The drafter of the lapsed one is a second person beside another reviewer.
    expect(await send(senior(again, { by: 'r.vega' }))).toMatchObject({ result: 'COMPLETED' });
  });

  test('the drafter of a review whose deadline has passed, in the role that it escalated to', async () => {
    const walked = await waiting('900010005');
    const terms = { ...TERMS, amountCents: 1_000_000, annualRateBasisPoints: 1_000 };
    const better = { action: 'APPROVE', terms };
    await drafted(better);
    embedded.ports.clock.advance(3 * 86_400_000);
    await walked.walk.openReview(walked.policy!.evidence, 'FULL', 1);
    expect(await errorsOf({ ...better, role: 'senior-reviewer' })).toEqual([
      expect.stringMatching(/^by drafted a review before the deadline passed, so another person reviews it/),
    ]);
    expect(embedded.answered).toEqual([]);
  });

  test('a confirmation by the reviewer, by a role without authority, and by the requester', async () => {
    await waiting();
    const draft = await drafted();
    expect(await errorsOf(senior(draft, { by: 'r.vega' }))).toEqual([
      expect.stringMatching(/^by reviewed this application/),
    ]);
    expect(await errorsOf(senior(draft, { role: 'reviewer' }))).toEqual([
      expect.stringMatching(/^role reviewer has no authority over this draft: a senior-reviewer answers it/),
    ]);
    expect(await errorsOf(senior(draft, { by: 'web.front-end' }))).toEqual([
      expect.stringMatching(/^by requested this decision/),
    ]);
  });

  test('a reason that the file contradicts', async () => {
    await waiting();
    expect(await errorsOf({ action: 'DECLINE', reasons: ['AA21'] })).toEqual([
      expect.stringMatching(
        /^reasons\.0 AA21 is supported by no recorded fact\. The record supports AA15 \(THIN_FILE\)/,
      ),
    ]);
    expect(await reviews()).toEqual(['REVIEW_AWAITED']);
  });

  test('what the action does not take, and a reason that is stated twice', async () => {
    await waiting();
    const draft = await drafted();
    const stated = { reasons: ['AA15'], ownReason: OWN.ownReason, terms: TERMS };
    const unfit = (...names: string[]) => names.map((name) => expect.stringContaining(`${name} fits only `));
    for (const action of ['CONFIRM', 'REJECT']) {
      expect(await errorsOf(senior(draft, { action, ...stated }))).toEqual(unfit('ownReason', 'reasons', 'terms'));
    }
    for (const action of ['CLEAR', 'REPULL', 'TAKE_POSTED', 'RESUME', 'REFER']) {
      expect(await errorsOf({ action, ...stated })).toEqual(unfit('ownReason', 'reasons', 'terms'));
    }
    expect(await errorsOf({ ...OWN, terms: TERMS, draft })).toEqual(unfit('draft', 'terms'));
    expect(await errorsOf({ action: 'DECLINE', reasons: ['AA15', 'AA15'] })).toEqual([
      'reasons has a reason twice: state each once',
    ]);
    expect(await errorsOf({ action: 'CLEAR', clears: ['FRAUD_ALERT', 'FRAUD_ALERT'] })).toEqual([
      'clears names a rule twice: name each once',
    ]);
    expect(await reviews()).toEqual(['REVIEW_AWAITED', 'REVIEW_DRAFTED']);
  });

  test('a decline for the lender’s own outage, also in other words', async () => {
    await waiting(NO_ANSWER);
    for (const command of [{ action: 'DECLINE', reasons: ['AA04'] }, OWN, { action: 'DECLINE' }]) {
      expect(await errorsOf(command)).toEqual([
        expect.stringContaining('The lender’s own failure never causes a decline'),
      ]);
    }
  });

  test('own words after a failed step that an operator referred', async () => {
    const walked = await walkToPolicy(embedded, submissionOf({ applicant: identityOf({ ssn: THIN }) }));
    const failure = { state: 'PullBureauReports', error: 'BureauUnavailable', cause: '' };
    await walked.walk.openReview(null, 'ATTENTION', 0, failure);
    expect(await errorsOf({ action: 'DECLINE', ownReason: 'Credit report could not be read' })).toEqual([
      expect.stringMatching(/^ownReason does not fit. The lender’s own failure never causes a decline/),
    ]);
  });

  test('a factor of the score on which no rule and no limit acted', async () => {
    await waiting('900010005');
    for (const command of [
      { action: 'DECLINE' },
      { action: 'APPROVE', terms: { ...TERMS, amountCents: 100_000, annualRateBasisPoints: 1_299 } },
    ]) {
      expect(await errorsOf({ ...command, reasons: ['AX25'] })).toEqual([
        expect.stringMatching(/^reasons\.0 AX25 is supported by no recorded fact/),
      ]);
    }
  });

  test('a rate outside the table, a role that decides nothing, and the requester’s own review', async () => {
    await waiting();
    const rate = (annualRateBasisPoints: number) => ({ ...APPROVE, terms: { ...TERMS, annualRateBasisPoints } });
    for (const outside of [898, 2_800, 3_300]) {
      expect(await errorsOf(rate(outside))).toEqual([
        "terms.annualRateBasisPoints is outside the policy's rates: send 899 to 2799 basis points",
      ]);
    }
    expect(await errorsOf({ ...APPROVE, role: 'administrator' })).toEqual([
      expect.stringMatching(/^role administrator decides no review/),
    ]);
    expect(await errorsOf({ ...APPROVE, by: 'web.front-end' })).toEqual([
      expect.stringMatching(/^by requested this decision/),
    ]);
    expect(await reviews()).toEqual(['REVIEW_AWAITED']);
  });
});
