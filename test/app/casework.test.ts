import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { expireRequests } from '../../app/casework/expire-requests.ts';
import { nextCase } from '../../app/casework/next-case.ts';
import { workCase } from '../../app/casework/work-case.ts';
import { completeTask } from '../../app/review/complete-task.ts';
import { readSummary } from '../../app/work-items.ts';
import { countCases, listCases, type CasePage } from '../../audit/list-cases.ts';
import { rowFaults } from '../../audit/reconcile/projections.ts';
import type { Records } from '../../audit/records.ts';
import { entryFaults } from '../../audit/verify/entries.ts';
import { keys } from '../../domain/projections/keys.ts';
import type { OpenTask } from '../../domain/projections/task.ts';
import { CONTRACTS } from '../support/contracts.ts';
import { dyingAfter, eachDeath, embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { identityOf, submissionOf } from '../support/submissions.ts';
import { finish, walkToPolicy, type Walked } from '../support/walk.ts';

const ID = 'application-0001';
const THIN = '900200000';
const PDF = {
  name: 'pay-slip.pdf',
  mediaType: 'application/pdf',
  content: Buffer.from('%PDF-1.7 pay').toString('base64'),
};
let embedded: EmbeddedPorts;
beforeEach(() => {
  embedded = embeddedPorts();
});
afterEach(() => embedded.close());

/** An application that waits for a review after the policy, from 2026-01-05 12:00 UTC on. */
async function waiting(over = embedded): Promise<Walked> {
  const walked = await walkToPolicy(over, submissionOf({ applicant: identityOf({ ssn: THIN }) }));
  await walked.walk.openReview(walked.policy!.evidence, 'FULL');
  return walked;
}

async function act(command: object, over: object = embedded.ports) {
  const sent = { applicationId: ID, by: 'r.vega', ...command };
  return CONTRACTS.WorkCase.output.parse(await workCase(over as EmbeddedPorts['ports'])(sent));
}

async function decide(by: string, role = 'reviewer') {
  const { ports } = embedded;
  const { pk, sk } = keys.task(ID);
  const task = ((await ports.workStore.get(pk, sk))!.data as OpenTask).eventId;
  const command = {
    applicationId: ID,
    task,
    by,
    role,
    action: 'DECLINE',
    reasons: ['AA15'],
    note: 'As discussed in the meeting.',
  };
  return CONTRACTS.CompleteTask.output.parse(await completeTask(ports)(command));
}

const typesOf = async () => (await embedded.ports.ledger.read(ID)).map(({ type }) => type);
const rowOf = (over = embedded) => over.ports.workStore.get(keys.case(ID).pk, keys.case(ID).sk);
const statusOf = async () => (await readSummary(embedded.ports.workStore, ID))?.status;
const faultsOf = async () => {
  const { ports } = embedded;
  const history = async () => undefined;
  return (await rowFaults({ ...ports, history }, ID, await ports.ledger.read(ID))).faults;
};
const recordFaults = async () =>
  entryFaults(embedded.ports as unknown as Records, await embedded.ports.ledger.read(ID));
const advanceHours = (hours: number) => embedded.ports.clock.advance(hours * 3_600_000);

describe('A claim', () => {
  test('is one of two people’s, and the refusal names its holder', async () => {
    await waiting();
    const answers = await Promise.all([act({ act: 'CLAIM' }), act({ act: 'CLAIM', by: 's.lind' })]);
    expect(answers.map(({ result }) => result).toSorted()).toEqual(['DONE', 'REFUSED']);
    const [won, lost] = answers[0]?.result === 'DONE' ? answers : answers.toReversed();
    const holder = won?.result === 'DONE' ? won.case.claim?.holder : undefined;
    expect(lost).toMatchObject({
      reason: 'CLAIMED_BY_OTHER',
      message: expect.stringContaining(`${holder} has claimed`),
    });
    expect((await typesOf()).filter((type) => type === 'CASE_CLAIMED')).toHaveLength(1);
    expect((await rowOf())?.data).toMatchObject({ holder });
    expect(await faultsOf()).toEqual([]);
  });

  test('keeps other people from deciding, and its holder may decide', async () => {
    await waiting();
    await act({ act: 'CLAIM' });
    expect(await decide('s.lind')).toMatchObject({ result: 'CLAIM_REFUSED', reason: 'CLAIMED_BY_OTHER' });
    expect(await typesOf()).not.toContain('REVIEW_COMPLETED');
    expect(await decide('r.vega')).toMatchObject({ result: 'COMPLETED' });
    expect(await rowOf()).toBeUndefined();
    expect(await act({ act: 'CLAIM' })).toMatchObject({ result: 'REFUSED', reason: 'NOT_WAITING' });
    expect(await faultsOf()).toEqual([]);
  });

  test('that expired permits its holder nothing until they claim again, and another person everything', async () => {
    await waiting();
    await act({ act: 'CLAIM', hours: 1 });
    advanceHours(1);
    expect(await decide('r.vega')).toMatchObject({ result: 'CLAIM_REFUSED', reason: 'CLAIM_EXPIRED' });
    expect(await act({ act: 'RELEASE' })).toMatchObject({ result: 'REFUSED', reason: 'CLAIM_EXPIRED' });
    expect(await act({ act: 'CLAIM', by: 's.lind' })).toMatchObject({
      result: 'DONE',
      case: { claim: { holder: 's.lind' } },
    });
    expect(await decide('r.vega')).toMatchObject({ reason: 'CLAIMED_BY_OTHER' });
    expect(await decide('s.lind')).toMatchObject({ result: 'COMPLETED' });
  });

  test('is released and assigned by its holder, or by an administrator', async () => {
    await waiting();
    await act({ act: 'CLAIM' });
    expect(await act({ act: 'RELEASE', by: 's.lind' })).toMatchObject({ reason: 'CLAIMED_BY_OTHER' });
    expect(await act({ act: 'ASSIGN', by: 's.lind', to: 's.lind' })).toMatchObject({ reason: 'CLAIMED_BY_OTHER' });
    const assigned = { act: 'ASSIGN', to: 's.lind' };
    expect(await act(assigned)).toMatchObject({ repeated: false, case: { claim: { holder: 's.lind', by: 'r.vega' } } });
    expect(await act(assigned)).toMatchObject({ repeated: true });
    const administrator = { by: 'a.moss', role: 'administrator' };
    expect(await act({ act: 'CLAIM', ...administrator })).toMatchObject({ reason: 'ROLE_CANNOT_DECIDE' });
    expect(await act({ act: 'RELEASE', ...administrator })).toMatchObject({ result: 'DONE', case: { claim: null } });
    expect(await act({ act: 'RELEASE', ...administrator })).toMatchObject({ result: 'DONE', repeated: true });
    expect(await act({ act: 'RELEASE' })).toMatchObject({ reason: 'NOT_CLAIMED' });
  });

  test('ends with the deadline of its review, and a person of the escalation role need not wait', async () => {
    const walked = await waiting();
    await act({ act: 'CLAIM', hours: 72 });
    embedded.ports.clock.advance(60_000);
    await walked.walk.openReview(walked.policy!.evidence, 'FULL', 1);
    expect((await rowOf())?.data).toMatchObject({ holder: null });
    expect(await act({ act: 'RELEASE' })).toMatchObject({ reason: 'NOT_CLAIMED' });
    expect(await act({ act: 'CLAIM', by: 's.lind', role: 'senior-reviewer' })).toMatchObject({ result: 'DONE' });
    expect(await decide('r.vega', 'senior-reviewer')).toMatchObject({ reason: 'CLAIMED_BY_OTHER' });
    expect(await decide('s.lind', 'senior-reviewer')).toMatchObject({ result: 'COMPLETED' });
    expect(await faultsOf()).toEqual([]);
  });

  test('ends when its holder declares a conflict, and another person claims at once', async () => {
    await waiting();
    await act({ act: 'CLAIM' });
    const declared = await act({ act: 'DECLARE_CONFLICT', note: 'The applicant is my neighbour.' });
    expect(declared).toMatchObject({ result: 'DONE', case: { claim: null, conflicts: [{ by: 'r.vega' }] } });
    expect((await rowOf())?.data).toMatchObject({ holder: null });
    expect(await act({ act: 'CLAIM' })).toMatchObject({ result: 'REFUSED', reason: 'CONFLICT_DECLARED' });
    expect(await act({ act: 'CLAIM', by: 's.lind' })).toMatchObject({ case: { claim: { holder: 's.lind' } } });
    expect(await faultsOf()).toEqual([]);
  });

  test('that is repeated after any death is one claim', async () => {
    const deaths = await eachDeath(async (calls) => {
      const own = embeddedPorts();
      await waiting(own);
      const dying = dyingAfter(own.ports, calls);
      await act({ act: 'CLAIM' }, dying).catch(() => {});
      expect(await act({ act: 'CLAIM' }, own.ports)).toMatchObject({ case: { claim: { holder: 'r.vega' } } });
      const types = (await own.ports.ledger.read(ID)).map(({ type }) => type);
      expect(types.filter((type) => type === 'CASE_CLAIMED')).toHaveLength(1);
      expect((await rowOf(own))?.data).toMatchObject({ holder: 'r.vega' });
      own.close();
      return dying.died();
    });
    expect(deaths).toBeGreaterThan(4);
  });
});

describe('A comment', () => {
  test('is sealed, and warns of the person who has claimed the case', async () => {
    await waiting();
    await act({ act: 'CLAIM' });
    const text = 'Wilhelmina Teacozy called about her pay.';
    const sent = { act: 'COMMENT', text, by: 's.lind' };
    expect(await act(sent)).toMatchObject({ repeated: false, warning: expect.stringContaining('r.vega has claimed') });
    expect(await act(sent)).toMatchObject({ repeated: true, case: { comments: 1 } });
    expect(JSON.stringify(await embedded.ports.ledger.read(ID))).not.toContain('Teacozy');
    expect(JSON.stringify(await rowOf())).not.toContain('Teacozy');
  });
});

describe('A request to the applicant', () => {
  const REQUEST = { act: 'REQUEST_DOCUMENT', text: 'Please send your last two pay slips.', answerBy: '2026-01-12' };

  test('stops the clock of the review and no clock of the law', async () => {
    await waiting();
    const before = await act({ act: 'COMMENT', text: 'Looked at the file.' });
    advanceHours(2);
    const asked = await act(REQUEST);
    if (before.result !== 'DONE' || asked.result !== 'DONE') throw new Error('refused');
    expect(await statusOf()).toBe('PENDING_APPLICANT');
    // Until 2026-01-13 05:59:59.999 UTC, the end of the day in Chicago.
    expect(asked.case.request).toMatchObject({ answerBy: '2026-01-12', until: '2026-01-13T05:59:59.999Z' });
    const pause = Date.parse('2026-01-13T05:59:59.999Z') - Date.parse('2026-01-05T14:00:00.000Z');
    expect(Date.parse(asked.case.dueAt) - Date.parse(before.case.dueAt)).toBe(pause);
    expect(asked.case.hardStopAt).toBe(before.case.hardStopAt);
    expect(asked.case.hardStopAt).toBe('2026-01-30T12:00:00.000Z');
    advanceHours(24);
    expect(await act({ act: 'COMMENT', text: 'Still nothing came.' })).toMatchObject({ case: { reviewMinutes: 120 } });
    expect(await faultsOf()).toEqual([]);
  });

  test('keeps everybody from deciding until the document comes', async () => {
    await waiting();
    await act(REQUEST);
    expect(await decide('r.vega')).toMatchObject({ result: 'CLAIM_REFUSED', reason: 'WAITS_FOR_APPLICANT' });
    advanceHours(24);
    const came = await act({ act: 'ATTACH', document: PDF });
    // One day of pause: 3 days after the beginning becomes 4.
    expect(came).toMatchObject({ case: { request: null, documents: 1, dueAt: '2026-01-09T12:00:00.000Z' } });
    expect(await statusOf()).toBe('IN_REVIEW');
    expect(await act({ act: 'ATTACH', document: PDF })).toMatchObject({ repeated: true, case: { documents: 1 } });
    expect(await decide('r.vega')).toMatchObject({ result: 'COMPLETED' });
  });

  test('ends with words of the applicant, with its withdrawal, or with its last day, and not with a comment', async () => {
    await waiting();
    await act(REQUEST);
    expect(await act({ act: 'COMMENT', text: 'No answer yet.' })).toMatchObject({ case: { request: {} } });
    const words = { act: 'COMMENT', from: 'APPLICANT', text: 'I have no pay slips.' };
    expect(await act(words)).toMatchObject({ case: { request: null } });
    await act(REQUEST);
    expect(await act({ ...REQUEST, text: 'And a bank statement.' })).toMatchObject({ reason: 'REQUEST_OPEN' });
    expect(await act({ act: 'WITHDRAW_REQUEST' })).toMatchObject({ case: { request: null } });
    await act(REQUEST);
    embedded.ports.clock.set('2026-01-13T06:00:00.000Z');
    expect(await act({ act: 'CLAIM' })).toMatchObject({ case: { request: null } });
    const closed = (await embedded.ports.ledger.read(ID)).findLast(({ type }) => type === 'DOCUMENT_REQUEST_CLOSED');
    expect(closed).toMatchObject({ actor: 'system', occurredAt: '2026-01-13T05:59:59.999Z', body: { why: 'EXPIRED' } });
    expect(await statusOf()).toBe('IN_REVIEW');
    expect(await faultsOf()).toEqual([]);
  });

  test('without an answer is closed by the schedule, as of its last day', async () => {
    await waiting();
    await act(REQUEST);
    embedded.ports.clock.set('2026-01-13T05:59:59.999Z');
    expect(await expireRequests(embedded.ports)({})).toEqual({ expired: 0 });
    embedded.ports.clock.set('2026-01-14T12:00:00.000Z');
    expect(await expireRequests(embedded.ports)({})).toEqual({ expired: 1 });
    expect(await expireRequests(embedded.ports)({})).toEqual({ expired: 0 });
    expect(await statusOf()).toBe('IN_REVIEW');
    expect((await rowOf())?.data).toMatchObject({ pendingUntil: null, dueAt: '2026-01-16T05:59:59.999Z' });
    expect(await faultsOf()).toEqual([]);
  });

  test('is answered again by the same words and by the same document, and comments of two days are two', async () => {
    await waiting();
    const answers = [
      { act: 'ATTACH', document: PDF },
      { act: 'COMMENT', from: 'APPLICANT', text: 'I sent it by post.' },
    ];
    for (const answer of [...answers, ...answers]) {
      await act(REQUEST);
      expect(await act(answer)).toMatchObject({ repeated: false, case: { request: null } });
      expect(await act(answer)).toMatchObject({ repeated: true, case: { request: null } });
    }
    const comment = { act: 'COMMENT', text: 'The employer did not answer.' };
    expect(await act(comment)).toMatchObject({ repeated: false, case: { comments: 3, documents: 2 } });
    advanceHours(24);
    expect(await act(comment)).toMatchObject({ repeated: false, case: { comments: 4 } });
    expect(await recordFaults()).toEqual([]);
  });

  test('of a person who holds the case is ended by that person', async () => {
    await waiting();
    await act({ act: 'CLAIM' });
    await act(REQUEST);
    const words = { act: 'COMMENT', from: 'APPLICANT', text: 'I have no pay slips.' };
    for (const answer of [words, { act: 'ATTACH', document: PDF }]) {
      const refused = await act({ ...answer, by: 's.lind' });
      expect(refused).toMatchObject({ result: 'REFUSED', reason: 'CLAIMED_BY_OTHER' });
    }
    expect(await act(words)).toMatchObject({ result: 'DONE', case: { request: null } });
    expect(await recordFaults()).toEqual([]);
  });

  test('takes no case from its reviewer: the time of the wait is added to the time before the escalation', async () => {
    const walked = await waiting();
    await act({ act: 'CLAIM', hours: 72 });
    await act(REQUEST);
    advanceHours(47);
    await act({ act: 'CLAIM', hours: 72 });
    advanceHours(25);
    await walked.walk.openReview(walked.policy!.evidence, 'FULL', 1);
    expect(await act({ act: 'ATTACH', document: PDF })).toMatchObject({ case: { claim: { holder: 'r.vega' } } });
    expect(await decide('r.vega')).toMatchObject({ result: 'COMPLETED' });
    expect(await recordFaults()).toEqual([]);
  });

  test('delays the escalation by no more than the wait', async () => {
    const walked = await waiting();
    await act(REQUEST);
    advanceHours(24);
    await act({ act: 'WITHDRAW_REQUEST' });
    advanceHours(48);
    await walked.walk.openReview(walked.policy!.evidence, 'FULL', 1);
    await act({ act: 'CLAIM', hours: 72 });
    advanceHours(24);
    // A request after the escalation gives the case back to no reviewer.
    await act({ ...REQUEST, answerBy: '2026-01-10' });
    await act({ act: 'WITHDRAW_REQUEST' });
    expect(await decide('r.vega')).toMatchObject({ errors: [{ path: 'role' }] });
    expect(await decide('r.vega', 'senior-reviewer')).toMatchObject({ result: 'COMPLETED' });
    expect(await recordFaults()).toEqual([]);
  });

  test('never moves the due instant past day 25', async () => {
    await waiting();
    await act({ act: 'SET_DUE', dueOn: '2026-01-29' });
    const asked = await act({ ...REQUEST, answerBy: '2026-01-29' });
    expect(asked).toMatchObject({
      case: { dueAt: '2026-01-30T12:00:00.000Z', hardStopAt: '2026-01-30T12:00:00.000Z' },
    });
  });

  test('leaves five of the thirty days, and after day 25 there is none', async () => {
    await waiting();
    expect(await act({ ...REQUEST, answerBy: '2026-01-30' })).toMatchObject({
      result: 'REJECTED',
      errors: [{ path: 'answerBy', message: expect.stringContaining('2026-01-06 to 2026-01-29') }],
    });
    expect(await act({ ...REQUEST, answerBy: '2026-01-29' })).toMatchObject({ result: 'DONE' });
    await act({ act: 'WITHDRAW_REQUEST' });
    expect(await act({ act: 'SET_DUE', dueOn: '2026-02-01' })).toMatchObject({ errors: [{ path: 'dueOn' }] });
    expect(await act({ act: 'SET_DUE', dueOn: '2026-01-07' })).toMatchObject({
      case: { dueAt: '2026-01-08T05:59:59.999Z' },
    });
    embedded.ports.clock.set('2026-01-29T12:00:00.000Z');
    expect(await act(REQUEST)).toMatchObject({ reason: 'NO_TIME_LEFT' });
  });

  test('is refused for bytes of another type, an unknown type and no bytes', async () => {
    await waiting();
    const attach = (document: object) => act({ act: 'ATTACH', document: { ...PDF, ...document } });
    expect(await attach({ mediaType: 'image/png' })).toMatchObject({ errors: [{ path: 'document.mediaType' }] });
    expect(await attach({ mediaType: 'text/html' })).toMatchObject({ errors: [{ path: 'document.mediaType' }] });
    expect(await attach({ content: '' })).toMatchObject({ errors: [{ path: 'document.content' }, {}] });
    for (const name of ['../x.pdf', '..', '.pdf', 'pay\u202efdp.pdf', 'pay\u200b.pdf', 'x.html', 'x']) {
      const { errors } = (await attach({ name })) as { errors: { path: string }[] };
      expect(new Set(errors.map(({ path }) => path))).toEqual(new Set(['document.name']));
    }
    const large = Buffer.concat([Buffer.from('%PDF-'), Buffer.alloc(3_145_728)]).toString('base64');
    expect(await attach({ content: large })).toMatchObject({ errors: [{ path: 'document.content' }] });
    expect(await typesOf()).not.toContain('DOCUMENT_ATTACHED');
  });
});

describe('The list and the next case', () => {
  /** Applications that wait for a review, each opened a minute after the one before. */
  async function several(count: number): Promise<string[]> {
    const ids = Array.from({ length: count }, (_, index) => `application-000${index + 1}`);
    for (const [index, applicationId] of ids.entries()) {
      const applicant = identityOf({ ssn: `90020000${index}` });
      const walked = await walkToPolicy(embedded, submissionOf({ applicationId, applicant }));
      await walked.walk.openReview(walked.policy!.evidence, 'FULL');
      embedded.ports.clock.advance(60_000);
    }
    return ids;
  }
  const next = async (by: string) => CONTRACTS.NextCase.output.parse(await nextCase(embedded.ports)({ by }));
  const listed = async (filter: object = {}, waitsFor: 'REVIEW' | 'APPLICANT' = 'REVIEW', limit = 50) =>
    (await listCases(embedded.ports, waitsFor, filter, { limit })).cases.map(({ applicationId }) => applicationId);

  test('give each of several people a case of their own, the earliest due first, and then none', async () => {
    const ids = await several(3);
    await act({ act: 'SET_DUE', applicationId: ids[2], dueOn: '2026-01-05' });
    expect(await listed()).toEqual([ids[2], ids[0], ids[1]]);
    const people = ['a.aa', 'b.bb', 'c.cc', 'd.dd'];
    const answers = await Promise.all(people.map(next));
    const claimed = answers.flatMap((answer) => (answer.result === 'CLAIMED' ? [answer.case.applicationId] : []));
    expect(claimed.toSorted()).toEqual(ids);
    expect(answers.filter(({ result }) => result === 'NONE')).toHaveLength(1);
    expect(await listed({ unclaimed: true })).toEqual([]);
  });

  test('give no person a case that the person drafted or rejected', async () => {
    const walked = await waiting();
    const own = { action: 'DECLINE', ownReason: 'The stated employer closed', note: 'As discussed in the meeting.' };
    const send = async (command: object) => {
      const { pk, sk } = keys.task(ID);
      const { eventId: task } = (await embedded.ports.workStore.get(pk, sk))!.data as OpenTask;
      return CONTRACTS.CompleteTask.output.parse(
        await completeTask(embedded.ports)({ applicationId: ID, task, ...command }),
      );
    };
    const drafted = await send({ ...own, by: 'r.vega' });
    expect(await next('r.vega')).toMatchObject({ result: 'NONE', message: expect.stringContaining('waits for you') });
    const draft = drafted.result === 'AWAITS_CONFIRMATION' ? drafted.evidence : '';
    const reject = { action: 'REJECT', draft, note: own.note, role: 'senior-reviewer' };
    expect(await send({ ...reject, by: 's.lind' })).toMatchObject({ result: 'COMPLETED' });
    embedded.ports.clock.advance(60_000);
    await walked.walk.openReview(walked.policy!.evidence, 'FULL', 1);
    expect(await next('r.vega')).toMatchObject({ result: 'NONE' });
    expect(await next('s.lind')).toMatchObject({ result: 'NONE' });
    expect(await next('m.okafor')).toMatchObject({ result: 'CLAIMED' });
  });

  test('skip the case of a person who declared a conflict', async () => {
    const ids = await several(2);
    await act({ act: 'DECLARE_CONFLICT', applicationId: ids[0], by: 'a.aa', note: 'The applicant is my neighbour.' });
    expect(await next('a.aa')).toMatchObject({ case: { applicationId: ids[1] } });
    expect(await next('a.aa')).toMatchObject({ result: 'NONE' });
    expect(await next('b.bb')).toMatchObject({ case: { applicationId: ids[0] } });
  });

  test('filter by holder, rule, due day, age and product, in pages that miss none', async () => {
    const ids = await several(3);
    await act({ act: 'CLAIM', applicationId: ids[1] });
    expect(await listed({ claimedBy: 'r.vega' })).toEqual([ids[1]]);
    expect(await listed({ unclaimed: true })).toEqual([ids[0], ids[2]]);
    expect(await listed({ rule: 'THIN_FILE' })).toEqual(ids);
    expect(await listed({ rule: 'FRAUD_ALERT' })).toEqual([]);
    expect(await listed({ product: 'auto-loan' })).toEqual([]);
    expect(await listed({ days: 1 })).toEqual([]);
    expect(await listed({ dueUntil: '2026-01-08T12:00:30.000Z' })).toEqual([ids[0]]);
    const pages: string[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined;) {
      const page: CasePage = await listCases(embedded.ports, 'REVIEW', {}, { limit: 1, ...(cursor && { cursor }) });
      pages.push(...page.cases.map(({ applicationId }) => applicationId));
      cursor = page.next;
    }
    expect(pages).toEqual(ids);
  });

  test('leave a case that waits for the applicant to its own list, and count it', async () => {
    const ids = await several(2);
    const request = { act: 'REQUEST_DOCUMENT', text: 'Please send a pay slip.', answerBy: '2026-01-12' };
    await act({ ...request, applicationId: ids[0] });
    expect(await listed()).toEqual([ids[1]]);
    expect(await listed({}, 'APPLICANT')).toEqual([ids[0]]);
    expect(await next('a.aa')).toMatchObject({ case: { applicationId: ids[1] } });
    expect(await next('b.bb')).toMatchObject({ result: 'NONE' });
    expect(await countCases(embedded.ports)).toMatchObject([
      { waitsFor: 'REVIEW', cases: 1, claimed: 1, overdue: 0, byProduct: { 'personal-loan': 1 } },
      { waitsFor: 'ATTENTION', cases: 0 },
      { waitsFor: 'APPLICANT', cases: 1, claimed: 0 },
    ]);
  });
});

test('A decided case leaves nothing of the work in the lists', async () => {
  const walked = await waiting();
  await act({ act: 'CLAIM' });
  const done = await decide('r.vega');
  await finish(walked, [done.result === 'COMPLETED' ? done.evidence : '']);
  expect(await rowOf()).toBeUndefined();
  expect(await faultsOf()).toEqual([]);
});
