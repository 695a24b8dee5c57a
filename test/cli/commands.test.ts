import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';

import {
  ListExecutionsCommand,
  RedriveExecutionCommand,
  StopExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';

import { STATE_MACHINE_ARN } from '../../local/underwriting-process.ts';
import { lenderDate } from '../support/lender.ts';
import { folderClient } from '../support/signed.ts';
import {
  example,
  examplePath,
  serving,
  underwright,
  underwrightJson,
  underwrightReading,
  workbench,
  type Serving,
  type Workbench,
} from './program.ts';

// Each test runs the program several times, and other suites run beside it.
jest.setTimeout(120_000);

let bench: Workbench;
const on = (...args: string[]) => underwright(...args, '--data', bench.data);
const jsonOn = (...args: string[]) => underwrightJson(...args, '--data', bench.data);

describe.each(['the folder itself', 'the process that serves it'])('by %s', (by) => {
  let server: Serving | undefined;
  beforeAll(async () => {
    bench = workbench();
    if (by === 'the process that serves it') server = await serving('start', '--data', bench.data, '--port', '0');
  });
  afterAll(async () => {
    await server?.stop();
    bench.remove();
  });

  test('a second person sees the whole case, with the words and terms of the draft', async () => {
    const id = 'refer-no-file';
    expect(await on('submit', examplePath(id), '--wait')).toMatchObject({ code: 0 });
    const words = 'The stated employer closed in October';
    const note = 'Called the employer twice.';
    const draft = ['--by', 'r.vega', '--action', 'DECLINE', '--own-reason', words, '--note', note];
    expect(await on('review', id, ...draft)).toMatchObject({ code: 0 });
    const { out } = await on('status', id, '--case', '--by', 's.lind', '--role', 'senior-reviewer');
    expect(out).toContain('applied    request: amount in cents 1500000');
    expect(out).toContain('rule       NO_CREDIT_FILE: REFER (FIRED)');
    expect(out).toContain(`r.vega as reviewer: DECLINE ${words}\n               ${note}`);
    const [, address = ''] = /--draft ([0-9a-f]{64})/.exec(out) ?? [];
    const second = ['--by', 's.lind', '--role', 'senior-reviewer', '--action', 'CONFIRM', '--draft', address];
    expect(await on('review', id, ...second, '--note', 'Confirmed by telephone.')).toMatchObject({ code: 0 });
  });

  test('an application is submitted, decided, looked up, traced, noticed and verified', async () => {
    const submitted = await on('submit', examplePath('counteroffer-tier'), '--wait');
    expect(submitted).toMatchObject({ code: 0, err: '' });
    expect(submitted.out).toMatch(/^counteroffer-tier {2}COUNTEROFFER {2}\$10,000\.00 over 36 months at [\d.]+% APR/);

    const status = await jsonOn('status', 'counteroffer-tier');
    expect(status.document).toMatchObject({ status: 'DECIDED', outcome: 'COUNTEROFFER', settled: true });

    const trace = await on('trace', 'counteroffer-tier');
    expect(trace.out).toMatch(/execution SUCCEEDED, started .* events \(engine\)/);
    expect(trace.out).toMatch(/● ScoreApplication +█/);
    expect(trace.out).toMatch(/out \{outcome:COUNTEROFFER,evidence:[0-9a-f]{8}…\}/);
    expect(Math.max(...trace.out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);

    const notice = await on('notice', 'counteroffer-tier');
    expect(notice.out).toContain('Casimir Foxglove');
    expect(notice.out).toContain('Number of recently opened installment accounts');

    expect((await on('verify', 'counteroffer-tier')).out).toMatch(/^verified: 1 application, \d+ ledger entries/);
  });

  test('an offer is listed, accepted once, and another then refused', async () => {
    await on('submit', examplePath('counteroffer-dti'), '--wait');
    const listed = (await jsonOn('offers', 'counteroffer-dti')).document as { offers: { offerId: string }[] };
    const [first, second] = listed.offers.map(({ offerId }) => offerId);
    const shown = (await on('offers', 'counteroffer-dti')).out;
    expect(shown).toContain(`${first}  $`);
    // 5,800.00 less a fee of 3 %.
    expect(shown).toContain('; $5,626.00 arrives; until ');
    expect(await on('accept', 'counteroffer-dti', first!)).toMatchObject({
      code: 0,
      out: expect.stringContaining(`accepted ${first}`),
    });
    expect((await jsonOn('accept', 'counteroffer-dti', first!)).document).toMatchObject({ repeated: true });
    expect(await jsonOn('accept', 'counteroffer-dti', second ?? '0'.repeat(16))).toMatchObject({
      code: 1,
      document: { result: 'CONFLICT' },
    });
    expect((await on('verify', 'counteroffer-dti')).code).toBe(0);
    expect((await on('offers', 'nobody-knows-it')).code).toBe(3);
  });

  test('the same again is the first; the same id with other content is a conflict that changes nothing', async () => {
    const first = await jsonOn('submit', examplePath('decline-income'));
    const again = await jsonOn('submit', examplePath('decline-income'));
    expect(first.document['submitted']).toMatchObject([{ result: 'ACCEPTED', repeated: false }]);
    expect(again.document['submitted']).toMatchObject([{ result: 'ACCEPTED', repeated: true }]);
    const other = example('decline-income');
    other['income'] = { annualGrossCents: 9_000_000 };
    const conflict = await on('submit', bench.file('other.json', JSON.stringify(other)));
    expect(conflict.code).toBe(1);
    expect(conflict.out).toMatch(/conflict {2}decline-income: Another application with other content has this id/);
    expect((await jsonOn('status', 'decline-income')).document).toMatchObject({ outcome: 'DECLINE' });
  });

  test('a person’s decision is judged, recorded and carried out', async () => {
    await on('submit', examplePath('fraud-alert-cleared'), '--wait');
    const queue = await jsonOn('list', '--queue', 'review');
    expect(queue.document['applications']).toMatchObject([
      { applicationId: 'fraud-alert-cleared', status: 'IN_REVIEW', waitsFor: ['FRAUD_ALERT'] },
    ]);
    const [{ waitsSince }] = queue.document['applications'] as [{ waitsSince: string }];
    const { out } = await on('list', '--queue', 'review');
    expect(out).toMatch(/^application +waits since \(UTC\) +status/);
    expect(out).toContain(waitsSince.slice(0, 19).replace('T', ' '));
    const who = ['review', 'fraud-alert-cleared', '--by', 'r.vega', '--note', 'Reached the applicant by telephone.'];
    const early = await on(...who, '--action', 'APPROVE');
    expect(early).toMatchObject({ code: 1 });
    expect(early.out).toMatch(/action: FRAUD_ALERT holds every decision/);
    const clear = [...who, '--action', 'CLEAR', '--clear', 'FRAUD_ALERT'];
    const words = await on(...clear);
    expect(words.code).toBe(1);
    expect(words.out).toMatch(/clearances: has no evidence for FRAUD_ALERT: send CONTACT or IN_PERSON or STEPS/);
    const broken = await on(...clear, '--evidence', 'called them');
    expect(broken.code).toBe(2);
    const identity = ['identity', 'fraud-alert-cleared', '--by', 'r.vega', '--purpose', 'Call for the fraud alert'];
    expect(await on(...identity)).toMatchObject({ code: 1, out: expect.stringMatching(/^NOT_CLAIMED {2}fraud-alert/) });
    expect((await on('case', 'claim', 'fraud-alert-cleared', '--by', 'r.vega')).code).toBe(0);
    const shown = await on(...identity);
    expect(shown.code).toBe(0);
    expect(shown.out).toMatch(/^Contact 1 +2175550100 \(TELEPHONE, named in the alert FRAUD_INITIAL\)$/m);
    const called = { rule: 'FRAUD_ALERT', kind: 'CONTACT', contact: 1, result: 'CONFIRMED' };
    const cleared = await on(...clear, '--evidence', JSON.stringify(called));
    expect(cleared.code).toBe(0);
    expect(cleared.out).toMatch(/CLEAR by r\.vega is recorded\.\n {2}now +APPROVE/);
    const late = await on(...who, '--action', 'CLEAR', '--clear', 'FRAUD_ALERT');
    expect(late).toMatchObject({ code: 1 });
    expect(late.out).toMatch(/not waiting {2}fraud-alert-cleared/);
    const after = await on(...identity);
    expect(after).toMatchObject({ code: 1, out: expect.stringMatching(/^NOT_HELD {2}fraud-alert-cleared/) });
    expect((await on('verify', 'fraud-alert-cleared')).code).toBe(0);
    expect((await on('trace', 'fraud-alert-cleared')).out).toMatch(/by {2}r\.vega: CLEAR at/);
  });

  test('the applications of a person are found, by a file and by standard input', async () => {
    await on('submit', examplePath('decline-income'), '--wait');
    const { firstName, lastName, dateOfBirth, ssn } = example('decline-income')['applicant'] as Record<string, string>;
    const sought = { firstName, lastName: lastName?.toUpperCase(), dateOfBirth, ssn };
    const acting = ['--by', 'r.vega', '--purpose', 'The applicant calls about the letter'];
    const found = await on('search', bench.file('person.json', JSON.stringify(sought)), ...acting);
    expect(found.code).toBe(0);
    expect(found.out).toMatch(
      /^application +product +received on +status\ndecline-income +personal-loan +\S+ +DECLINE$/m,
    );
    const other = JSON.stringify({ ...sought, dateOfBirth: '1970-01-01' });
    const none = await underwrightReading(other, 'search', '-', ...acting, '--data', bench.data);
    expect(none).toMatchObject({ code: 0, out: 'No application of this person was found.\n' });
    const { out } = await on('trace', 'decline-income');
    expect(out).not.toContain(ssn);
    const refused = await on('search', bench.file('person.json', '{"ssn":"90'), ...acting);
    expect(refused).toMatchObject({ code: 2, err: expect.stringMatching(/^FileNotJson: The person must be one JSON/) });
    const forbidden = await on('search', bench.file('person.json', other), ...acting, '--role', 'officer');
    expect(forbidden).toMatchObject({ code: 1, out: expect.stringMatching(/role: may not do this: act as reviewer/) });
    expect((await on('verify', 'decline-income')).code).toBe(0);
  });

  test('what needs attention is listed and sent on by an operator', async () => {
    await on('submit', examplePath('attention-open'), '--wait');
    expect((await on('list', '--queue', 'attention')).out).toMatch(
      /attention-open .* NEEDS_ATTENTION +PullBureauReports:\s+BureauReportUnreadable/,
    );
    const command = ['review', 'attention-open', '--by', 'ops.lindqvist', '--action', 'REFER'];
    const sent = await jsonOn(...command, '--note', 'The bureau confirms.');
    expect(sent.document['application']).toMatchObject({
      status: 'IN_REVIEW',
      waitsFor: ['PullBureauReports: BureauReportUnreadable'],
    });
  });

  test('whom a policy or a model touched is listed, and decided again', async () => {
    await on('submit', examplePath('decline-bankruptcy'), '--wait');
    const again = (digest: string) =>
      jsonOn('policy', 'affected', digest, '--decide-again', '--by', 'r.vega', '--note', 'A trial of deciding again.');
    const listed = await on('policy', 'affected', 'personal-loan@1.2.0');
    expect(listed.out).toMatch(/decline-bankruptcy +DECLINE {2}pre-bureau, full {2}RESTS_ON_IT/);
    const inForce = await again('personal-loan@1.2.0');
    expect(inForce).toMatchObject({ code: 1, document: { error: { name: 'PolicyInForce' } } });

    const { document } = await jsonOn('status', 'decline-bankruptcy');
    const { model } = document['decision'] as { model: { packageDigest: string } };
    const { code, document: done } = await again(model.packageDigest);
    expect(code).toBe(0);
    const decided = done['decidedAgain'] as { applicationId: string }[];
    expect(decided).toContainEqual({ applicationId: 'decline-bankruptcy', before: 'DECLINE', after: 'DECLINE' });
    // An offer of it was accepted, so it stays.
    expect(decided.map(({ applicationId }) => applicationId)).not.toContain('counteroffer-dti');
    expect((await jsonOn('status', 'decline-bankruptcy')).document).toMatchObject({
      reopenings: 1,
      outcome: 'DECLINE',
    });
    expect((await on('verify', '--all')).code).toBe(0);
  });

  test('many are submitted as JSON lines', async () => {
    const lines = Array.from({ length: 60 }, (_, n) => {
      const submission = example('approve-lowest-rate');
      submission['applicant']!['ssn'] = `900-01-${String(400 + n).padStart(4, '0')}`;
      return JSON.stringify({ ...submission, applicationId: `one-of-many-${n}` });
    });
    const { code, out } = await on('submit', bench.file('many.jsonl', lines.join('\n')), '--wait');
    expect(code).toBe(0);
    expect(out).toBe('60 accepted, 0 refused.\n');
    expect((await on('verify', '--all')).out).toMatch(/^verified: 6[0-9] applications/);
  });

  test('a decision is made again, linked to the first, and both verify and replay', async () => {
    await on('submit', examplePath('approve-middle-rate'), '--wait');
    const { document } = await jsonOn('status', 'approve-middle-rate');
    const { policy } = document['decision'] as { policy: { digest: string } };
    const why = ['--why', 'POLICY_AFFECTED', '--affected-by', policy.digest, '--note', 'A trial of the reopening.'];
    const again = await on('reopen', 'approve-middle-rate', ...why, '--by', 'r.vega');
    expect(again).toMatchObject({
      code: 0,
      out: expect.stringMatching(/decided again: it was APPROVE\n +now +APPROVE/),
    });
    const replaced = await jsonOn('status', 'approve-middle-rate');
    expect(replaced.document).toMatchObject({
      reopenings: 1,
      decision: { supersedes: { decision: document['decisionAddress'], why: 'POLICY_AFFECTED' } },
    });
    expect((await on('verify', 'approve-middle-rate')).out).toContain('no fault');
    expect((await on('replay', 'approve-middle-rate')).out).toMatch(/^2 decisions reproduced byte by byte, 0 not/);
    const trace = (await on('trace', 'approve-middle-rate')).out;
    expect(trace.match(/execution SUCCEEDED/g)).toHaveLength(2);
    expect(trace).toContain('POLICY_AFFECTED, by r.vega');
    const person = await on('reopen', 'approve-middle-rate', '--why', 'REVIEW_REQUESTED', '--by', 'web.front-end');
    expect(person.out).toContain('REVIEW_REQUESTED');
    const review = ['--by', 's.lind', '--action', 'APPROVE', '--note', 'Looked at as the applicant asked.'];
    expect((await on('review', 'approve-middle-rate', ...review)).out).toContain('APPROVE');
    expect((await on('verify', '--all')).code).toBe(0);
    expect((await on('replay', 'approve-middle-rate')).out).toMatch(/^3 decisions reproduced byte by byte, 0 not/);
  });

  test('a policy is proposed, approved by another officer, in force, and its decisions verify', async () => {
    const today = lenderDate(new Date().toISOString());
    const step = (action: string, by: string, ...more: string[]) =>
      on('policy', action, 'credit-line@1.2.0', '--by', by, '--note', 'Read beside its backtest.', ...more);
    expect((await on('policy', 'active', 'credit-line')).out).toContain('no version was ever approved');
    expect((await step('propose', 'a.author', '--effective', today)).out).toMatch(/^credit-line@1\.2\.0 {2}proposed/);
    expect(await step('approve', 'a.author', '--effective', today)).toMatchObject({
      code: 1,
      out: expect.stringContaining('another officer must approve it'),
    });
    expect((await step('approve', 'r.vega', '--effective', today)).code).toBe(0);
    expect((await on('policy', 'active', 'credit-line')).out).toContain(`in force on ${today}`);
    expect((await on('submit', examplePath('line-approve'), '--wait')).out).toContain('APPROVE');
    expect((await on('verify', '--all')).code).toBe(0);

    expect(await step('withdraw', 'r.vega')).toMatchObject({
      code: 0,
      out: expect.stringContaining(`from ${today}: no version, so applications wait under PolicyNotApproved`),
    });
    expect(await on('policy', 'active', 'credit-line')).toMatchObject({ code: 1 });
    expect((await on('submit', examplePath('line-decline'), '--wait')).out).toContain('PolicyNotApproved');
  });

  // Last: what it leaves for a person is in nobody else's queue.
  test('a switch holds the next approval for a person, until it is off', async () => {
    const turn = (state: string) =>
      on('switch', 'product', 'personal-loan', state, '--by', 'r.vega', '--note', 'A trial of the switch.');
    expect(await turn('on')).toMatchObject({ code: 0, out: expect.stringContaining('personal-loan  on since') });
    expect((await on('submit', examplePath('approve-lowest-rate'), '--wait')).out).toContain('KILL_SWITCH');
    expect((await turn('off')).code).toBe(0);
    const { code, out } = await on('switch', 'list');
    expect(code).toBe(0);
    expect(out).toMatch(
      /product +personal-loan +off +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +r\.vega +A trial of the switch\./,
    );
    expect(JSON.parse((await on('switch', 'list', '--json')).out)).toMatchObject({
      switches: [{ kind: 'product', id: 'personal-loan', on: false, by: 'r.vega' }],
    });
    expect((await on('submit', examplePath('approve-highest-rate'), '--wait')).out).toContain('APPROVE');
  });
});

/** Before each test, a copy of a data folder in which some examples stand where they come to stand. */
function withExamples(...ids: readonly string[]): void {
  let template: Workbench;
  beforeAll(async () => {
    template = workbench();
    const lines = ids.map((id) => JSON.stringify(example(id)));
    await underwright('submit', template.file('all.jsonl', lines.join('\n')), '--data', template.data);
  });
  afterAll(() => template.remove());
  beforeEach(() => {
    bench = workbench(template);
  });
  afterEach(() => bench.remove());
}

describe('a reader', () => {
  withExamples('refer-approved', 'decline-bankruptcy');

  test('finds no application that there is not, with 3', async () => {
    for (const command of ['status', 'trace', 'verify', 'notice']) {
      const { code, err } = await on(command, 'nobody-here');
      expect(err).toMatch(/^ApplicationNotFound: There is no application nobody-here/);
      expect(code).toBe(3);
    }
    const review = await on('review', 'nobody-here', '--by', 'r.vega', '--action', 'CLEAR', '--note', 'No such thing.');
    expect(review.code).toBe(3);
  });

  test('says that there is no notice yet', async () => {
    const { code, err } = await on('notice', 'refer-approved');
    expect(err).toMatch(/^NoNotice: /);
    expect(code).toBe(1);
  });

  test('never shows a task token', async () => {
    const [row] = bench.sql(`SELECT data FROM work_items WHERE sk = 'TASK'`);
    const { taskToken } = JSON.parse(String(row?.['data'])) as { taskToken: string };
    for (const args of [['trace', 'refer-approved', '--full'], ['status', 'refer-approved'], ['list']]) {
      for (const { out } of [await on(...args), await jsonOn(...args)]) expect(out).not.toContain(taskToken);
    }
    expect((await on('trace', 'refer-approved')).out).toContain('taskToken:REDACTED');
  });

  test('opens sealed evidence only when asked, and says what that is', async () => {
    expect((await on('trace', 'refer-approved', '--full')).out).not.toMatch(/annualGrossCents|privilege/);
    const { out } = await on('trace', 'refer-approved', '--evidence');
    expect(out).toMatch(/reading it is a privilege/);
    expect(out).toContain('"annualGrossCents": 7200000');
  });

  test('draws a decided application from its archive when the engine has forgotten it', async () => {
    const before = await jsonOn('trace', 'decline-bankruptcy');
    bench.sql(`DELETE FROM workflow_execution WHERE name = 'decline-bankruptcy'`);
    const after = await jsonOn('trace', 'decline-bankruptcy');
    expect(after.document['source']).toBe('archive');
    expect(after.document['execution']).toEqual(before.document['execution']);
    const verified = await on('verify', 'decline-bankruptcy');
    expect([verified.code, verified.out]).toEqual([1, expect.stringContaining('EXECUTION_MISSING')]);
  });

  test('lists applications by dates, outcome, reason and product, page by page', async () => {
    type Listed = { applicationId: string; receivedOn: string; decision: { decidedOn: string } | null };
    const listed = async (...args: string[]) =>
      (await jsonOn('list', ...args)).document as { applications: Listed[]; next: string | null };
    const idsOf = ({ applications }: { applications: Listed[] }) => applications.map((each) => each.applicationId);
    const all = await listed('--all');
    const [{ receivedOn }] = all.applications as [Listed];
    expect(idsOf(all).toSorted()).toEqual(['decline-bankruptcy', 'refer-approved']);
    expect(idsOf(await listed('--received-since', receivedOn, '--received-until', receivedOn))).toEqual(idsOf(all));
    const declines = ['--decided-since', receivedOn, '--outcome', 'DECLINE', '--reason', 'AA21'];
    expect(await listed(...declines, '--product', 'personal-loan')).toMatchObject({
      applications: [{ applicationId: 'decline-bankruptcy', decision: { outcome: 'DECLINE', superseded: false } }],
      next: null,
    });
    expect(idsOf(await listed(...declines, '--product', 'auto-loan'))).toEqual([]);
    expect((await on('list', ...declines)).out).toMatch(
      /^application +decided on +decision +reasons +status\s+decline-bankruptcy +20\d\d-\d\d-\d\d +DECLINE +AA21/,
    );
    const first = await on('list', '--limit', '1', '--product', 'personal-loan');
    const next = /\nNext page: underwright (list .* --product personal-loan --limit 1 --cursor \S+)\n$/.exec(first.out);
    const second = await underwrightJson(...next![1]!.split(' '));
    expect(idsOf(second.document as { applications: Listed[] })).toEqual(idsOf(all).slice(1));
    expect((await on('list', '--received-until', '1999-12-31')).out).toBe('No application matches.\n');
    expect((await on('list', '--queue', 'attention')).out).toBe('No application waits in the attention queue.\n');
  });

  test('refuses a filter or a page that cannot be, with the option and the fix', async () => {
    const { document } = await jsonOn('list', '--limit', '1');
    const cursor = document['next'] as string;
    for (const [args, message] of [
      [
        ['--outcome', 'DECLINED'],
        /--outcome.*'DECLINED' is invalid. Allowed choices are APPROVE, COUNTEROFFER, DECLINE/,
      ],
      [['--reason', 'AA99'], /--reason.*It must be the code of a principal reason: AA01, /],
      [['--received-since', '2026-02-30'], /--received-since.*It must be a date of the calendar, as YYYY-MM-DD/],
      [['--limit', '0'], /--limit.*It must be 1 to 1000 applications/],
      [['--queue', 'review', '--outcome', 'DECLINE'], /'--queue <queue>' cannot be used with option '--outcome/],
      [['--all', '--cursor', cursor], /'--all' cannot be used with option '--cursor/],
      [
        ['--decided-since', '2026-11-30', '--decided-until', '2026-11-01'],
        /^PeriodReversed: --decided-until is before --decided-since: exchange the two\./,
      ],
      [['--cursor', 'no-page'], /^CursorRefused: --cursor is not the next of an earlier page: leave it out/],
      [['--cursor', cursor, '--outcome', 'DECLINE'], /^CursorRefused: --cursor is of a list with other filters/],
      [['--cursor', cursor, '--queue', 'review'], /^CursorRefused: --cursor is not the next of an earlier page/],
    ] as const) {
      const { code, err } = await on('list', ...args);
      expect([args, err, code]).toEqual([args, expect.stringMatching(message), 2]);
    }
  });

  test('strips control characters of stored data', async () => {
    bench.sql(
      `UPDATE workflow_event SET details = replace(details, 'StatusCode', 'Status' || char(27) || '[31mCode')
       WHERE type = 'TaskStateExited'`,
    );
    bench.sql(
      `UPDATE workflow_event SET details = replace(details, 'ScoreApplication', 'Score\\u001b[31mApplication')`,
    );
    expect((await on('trace', 'refer-approved')).out).not.toContain('\u001b');
  });
});

describe('verify names', () => {
  withExamples('counteroffer-dti');

  async function faults(): Promise<string[]> {
    const { code, document } = await jsonOn('verify', 'counteroffer-dti');
    expect(code).toBe(1);
    const [{ faults }] = document['verifications'] as [{ faults: { fault: string }[] }];
    return faults.map(({ fault }) => fault);
  }

  test('a changed entry', async () => {
    bench.sql(`UPDATE ledger_entries SET entry = replace(entry, '"COUNTEROFFER"', '"APPROVE"') WHERE sequence = 7`);
    expect(await faults()).toContain('CHANGED_ENTRY');
  });

  test('a removed entry', async () => {
    bench.sql('DELETE FROM ledger_entries WHERE sequence = 3');
    expect(await faults()).toEqual(
      expect.arrayContaining(['SEQUENCE_GAP', 'BROKEN_LINK', 'DECISION_EVIDENCE_UNKNOWN']),
    );
  });

  test('entries cut off at the end', async () => {
    bench.sql('DELETE FROM ledger_entries WHERE sequence >= 7');
    const named = ['ARCHIVE_MISSING', 'DECISION_MISSING', 'STEP_MISSING', 'SUMMARY_DIFFERS', 'EVENT_DIFFERS'];
    expect(await faults()).toEqual(expect.arrayContaining(named));
  });

  test('a whole application cut out of the ledger', async () => {
    bench.sql('DELETE FROM ledger_entries');
    expect(await faults()).toEqual(expect.arrayContaining(['RECEIPT_MISSING', 'ARCHIVE_MISSING', 'DECISION_MISSING']));
  });

  test('changed evidence', async () => {
    bench.sql('UPDATE evidence_objects SET bytes = zeroblob(length(bytes)) WHERE id = 5');
    expect(await faults()).toEqual(['EVIDENCE_DAMAGED']);
  });

  test('missing evidence', async () => {
    bench.sql('DELETE FROM evidence_objects WHERE id = 5');
    expect(await faults()).toEqual(['EVIDENCE_MISSING']);
  });

  test('a key that was destroyed without a word in the ledger', async () => {
    bench.sql('UPDATE vault_applications SET wrapped_key = NULL, identity = NULL, destroyed = 1');
    expect(await faults()).toEqual(['KEY_DESTROYED']);
    expect((await on('verify', '--all')).out).toMatch(/1 forgotten/);
  });
});

const executionArnOf = (name: string) => `${STATE_MACHINE_ARN.replace(':stateMachine:', ':execution:')}:${name}`;

describe('a served folder', () => {
  let server: Serving;
  let client: SFNClient;
  beforeAll(async () => {
    bench = workbench();
    server = await serving('start', '--data', bench.data, '--port', '0');
    client = new SFNClient(folderClient(server.url, bench.data));
  });
  afterAll(async () => {
    client.destroy();
    await server.stop();
    bench.remove();
  });

  test('refuses an execution whose input is not a reference, and stores nothing of it', async () => {
    const input = JSON.stringify(example('approve-lowest-rate'));
    const start = new StartExecutionCommand({ stateMachineArn: STATE_MACHINE_ARN, name: 'approve-lowest-rate', input });
    await expect(client.send(start)).rejects.toMatchObject({
      name: 'InvalidExecutionInput',
      message: expect.stringContaining('Invoke IntakeApplication'),
    });
    const { executions } = await client.send(new ListExecutionsCommand({ stateMachineArn: STATE_MACHINE_ARN }));
    expect(executions).toEqual([]);
    expect(bench.stored()).toBe(0);
    expect((await on('status', 'approve-lowest-rate')).code).toBe(3);
  });

  test('is missed by those who wait for it when it is killed', async () => {
    const other = workbench();
    try {
      const slow = await serving('start', '--data', other.data, '--port', '0', '--bureau-timeout', '600000');
      const waiting = underwright('submit', examplePath('bureau-slow'), '--wait', '--data', other.data);
      while ((await underwright('status', 'bureau-slow', '--data', other.data)).code !== 0);
      await slow.stop('SIGKILL');
      const { code, err } = await waiting;
      expect(err).toMatch(/^ProcessUnreachable: .* Run the command again/);
      expect(code).toBe(4);
    } finally {
      other.remove();
    }
  });

  test('shows an execution that was stopped in review alike to every reader, and holds the second application', async () => {
    const id = 'auto-alert';
    await on('submit', examplePath(id), '--wait');
    await client.send(new StopExecutionCommand({ executionArn: executionArnOf(id) }));
    let status;
    do status = (await jsonOn('status', id)).document;
    while (status['status'] !== 'ENDED');
    const waitsFor = ['its execution ended (ABORTED): redrive it'];
    expect(status).toMatchObject({ outcome: null, queue: 'ATTENTION', waitsFor, settled: true });

    const token = (await on('token', '--by', 'r.vega', '--role', 'reviewer')).out.trim();
    const call = async (path: string) => {
      const answer = await fetch(new URL(path, server.url), { headers: { authorization: `Bearer ${token}` } });
      return (await answer.json()) as Record<string, Record<string, unknown>[]>;
    };
    const listed = async (queue: string) =>
      ((await jsonOn('list', '--queue', queue)).document['applications'] as Record<string, unknown>[]).map(
        ({ applicationId }) => applicationId,
      );
    const queued = async (queue: string) => (await call(`/v1/queues/${queue}`))['tasks']!;
    // The queue's row is written after the entry that ends the execution.
    let attention;
    do attention = await listed('attention');
    while (!attention.includes(id));
    expect(await listed('review')).not.toContain(id);
    expect((await queued('review')).map(({ applicationId }) => applicationId)).not.toContain(id);
    expect(await queued('attention')).toContainEqual(expect.objectContaining({ applicationId: id, waitsFor }));
    const report = (await jsonOn('report', 'open-cases')).document['rows'] as Record<string, unknown>[];
    expect(report.find(({ applicationId }) => applicationId === id)).toMatchObject({ status: 'ENDED' });
    const verified = (await jsonOn('verify', id)).document as { verifications: { faults: { fault: string }[] }[] };
    expect(verified.verifications[0]!.faults.map(({ fault }) => fault)).toEqual(['EXECUTION_STOPPED']);

    // The same person applies again: a reviewer finds both applications, one in each queue.
    const { applicant } = example(id);
    const second = { ...example('approve-lowest-rate'), applicationId: 'second-of-the-person', applicant };
    const file = bench.file('second.json', JSON.stringify(second));
    await on('submit', file, '--wait');
    expect((await jsonOn('status', 'second-of-the-person')).document).toMatchObject({
      status: 'IN_REVIEW',
      waitsFor: ['OTHER_APPLICATION_OPEN'],
    });
    expect(await listed('review')).toContain('second-of-the-person');

    await client.send(new RedriveExecutionCommand({ executionArn: executionArnOf(id) }));
    do status = (await jsonOn('status', id)).document;
    while (status['status'] !== 'IN_REVIEW' || !status['settled']);
    expect(await listed('review')).toContain(id);
    expect(await listed('attention')).not.toContain(id);
    expect((await queued('review')).map(({ applicationId }) => applicationId)).toContain(id);
    expect((await on('verify', '--all')).code).toBe(0);
  });

  test('names an execution that was stopped, and waits for a person again once it is redriven', async () => {
    await on('submit', examplePath('refer-counteroffer'), '--wait');
    const executionArn = executionArnOf('refer-counteroffer');
    const decline = ['review', 'refer-counteroffer', '--by', 'r.vega', '--action', 'DECLINE', '--reason', 'AX21'];
    await client.send(new StopExecutionCommand({ executionArn }));
    let standing;
    do standing = (await jsonOn('status', 'refer-counteroffer')).document;
    while (standing['status'] !== 'ENDED');
    expect(standing).toMatchObject({ settled: true, task: null, outcome: null });
    const stopped = await on('verify', '--all');
    expect(stopped.code).toBe(1);
    expect(stopped.out).toMatch(/EXECUTION_STOPPED {2}refer-counteroffer: .* stopped without a decision: redrive it/);

    await client.send(new RedriveExecutionCommand({ executionArn }));
    do standing = (await jsonOn('status', 'refer-counteroffer')).document;
    while (!standing['settled']);
    expect(standing).toMatchObject({ status: 'IN_REVIEW' });
    expect((await on('verify', '--all')).code).toBe(0);
    expect((await on('trace', 'refer-counteroffer')).out).toMatch(/● AwaitReview[^●]*↻ +redriven at 20\d\d-/);
    const { code, out } = await on(...decline, '--note', 'Declined after the redrive.');
    expect(out).toMatch(/now +DECLINE/);
    expect(code).toBe(0);
    expect((await on('verify', '--all')).code).toBe(0);
  });

  test('holds an application whose notice failed, on the queue, until an operator resumes it', async () => {
    await on('submit', examplePath('refer-approved'), '--wait');
    const vault = `vault_applications WHERE application_id = 'refer-approved'`;
    const [kept] = bench.sql(`SELECT identity FROM ${vault}`);
    bench.sql(`UPDATE vault_applications SET identity = ? WHERE application_id = 'refer-approved'`, Uint8Array.of(0));
    const decision = ['--action', 'DECLINE', '--reason', 'AA22', '--note', 'Several recent inquiries.'];
    expect((await on('review', 'refer-approved', '--by', 'r.vega', ...decision)).code).toBe(0);
    const { document } = await jsonOn('list', '--queue', 'attention');
    expect(document['applications']).toMatchObject([
      { applicationId: 'refer-approved', status: 'NEEDS_ATTENTION', settled: true },
    ]);

    bench.sql(
      `UPDATE vault_applications SET identity = ? WHERE application_id = 'refer-approved'`,
      kept!['identity'] as Uint8Array,
    );
    const resume = ['--action', 'RESUME', '--note', 'The vault was restored.'];
    const resumed = await jsonOn('review', 'refer-approved', '--by', 'ops.lindqvist', ...resume);
    expect(resumed.document['application']).toMatchObject({ status: 'DECIDED', outcome: 'DECLINE', settled: true });
    expect((await on('notice', 'refer-approved')).code).toBe(0);
    expect((await on('verify', 'refer-approved')).out).toMatch(/no fault/);
  });

  test('is not taken for another server at its address', async () => {
    const submitted: string[] = [];
    const stranger = createServer((request, response) => {
      submitted.push(`${request.method} ${request.url?.split('?')[0]}`);
      response.end('{"status":"ok"}');
    });
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    const announcement = join(bench.data, 'process.json');
    expect(statSync(announcement).mode & 0o777).toBe(0o600);
    const kept = readFileSync(announcement, 'utf8');
    try {
      const { port } = stranger.address() as AddressInfo;
      writeFileSync(announcement, JSON.stringify({ ...JSON.parse(kept), url: `http://127.0.0.1:${port}` }));
      const { code } = await on('submit', examplePath('incomplete'));
      expect(code).toBe(4);
      expect(new Set(submitted)).toEqual(new Set(['GET /health']));
    } finally {
      writeFileSync(announcement, kept);
      stranger.closeAllConnections();
      stranger.close();
    }
  });

  test('stops though a request never ends', async () => {
    const other = workbench();
    const slow = await serving('start', '--data', other.data, '--port', '0');
    const socket = connect(Number(new URL(slow.url).port), '127.0.0.1');
    try {
      socket.on('error', () => {});
      await once(socket, 'connect');
      socket.write('POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n');
      // The server has the head of the request, and waits for its body.
      await once(socket, 'data');
      expect(await slow.stop('SIGINT')).toBe(0);
    } finally {
      socket.destroy();
      other.remove();
    }
  });

  test('goes on with what was open when it was killed', async () => {
    const other = workbench();
    try {
      const first = await serving('start', '--data', other.data, '--port', '0');
      const options = ['--data', other.data];
      await underwright('submit', examplePath('refer-declined'), '--wait', ...options);
      await first.stop('SIGKILL');
      const command = ['review', 'refer-declined', '--by', 'r.vega', '--action', 'DECLINE', '--reason', 'AA22'];
      const { code, out } = await underwright(...command, '--note', 'Several recent inquiries.', ...options);
      expect(out).toMatch(/now +DECLINE +Number of recent inquiries/);
      expect(code).toBe(0);
    } finally {
      other.remove();
    }
  });
});

test('--version prints the version of package.json', async () => {
  const manifest = readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8');
  const { code, out } = await underwright('--version');
  expect(out).toBe(`${(JSON.parse(manifest) as { version: string }).version}\n`);
  expect(code).toBe(0);
});

test('every command is in docs/command-line.md', async () => {
  const { out } = await underwright('--help');
  const listed = out.slice(out.indexOf('Commands:'), out.indexOf('Exit codes:'));
  const commands = [...listed.matchAll(/^ {2}([a-z]+)\b/gm)].map(([, name]) => name).filter((name) => name !== 'help');
  const table = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'command-line.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .join('\n');
  expect(commands.length).toBeGreaterThan(20);
  expect(commands.filter((name) => !table.includes(`\`${name}`))).toEqual([]);
});
