import { readFileSync } from 'node:fs';

import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import type { JsonObject } from '../../domain/json.ts';
import { verifyFile } from '../../verify/verify-file.ts';
import { openAwsWorld, type AwsWorld } from '../support/aws-world.ts';
import { example, underwright, underwrightJson, underwrightProcess, workbench, type Workbench } from './program.ts';

jest.setTimeout(120_000);

const DECIDED = 'counteroffer-dti';
const DECLINED = 'decline-income';
const WAITING = 'refer-approved';
const ALL = [DECIDED, DECLINED, WAITING];

let world: AwsWorld;
let bench: Workbench;
beforeAll(async () => {
  bench = workbench();
  world = await openAwsWorld();
  Object.assign(process.env, world.environment);
  for (const id of ALL) {
    expect(await world.invoke('IntakeApplication', example(id))).toMatchObject({ result: 'ACCEPTED' });
  }
  await world.settled();
  expect(await world.invoke('SealLedger', {})).toMatchObject({ signed: { seal: { number: 1 } }, refused: [] });
});
afterAll(async () => {
  await world.close();
  bench.remove();
});

const ids = (document: JsonObject) =>
  (document['applications'] as { applicationId: string }[]).map(({ applicationId }) => applicationId);

describe('On a deployment, as on a data folder', () => {
  test('list shows every application, those of a filter by pages, and those that wait', async () => {
    const all = await underwrightJson('list', '--aws');
    expect(all).toMatchObject({ code: 0, err: '', document: { next: null } });
    expect(ids(all.document)).toEqual(ALL.toReversed());
    const [{ receivedOn }] = all.document['applications'] as [{ receivedOn: string }];
    const since = ['--received-since', receivedOn, '--limit', '2', '--aws'];
    const first = await underwrightJson('list', ...since);
    expect(ids(first.document)).toEqual([WAITING, DECLINED]);
    const second = await underwrightJson('list', ...since, '--cursor', first.document['next'] as string);
    expect([ids(second.document), second.document['next']]).toEqual([[DECIDED], null]);
    const declines = ['--decided-since', receivedOn, '--decided-until', receivedOn, '--outcome', 'DECLINE', '--aws'];
    expect(ids((await underwrightJson('list', ...declines)).document)).toEqual([DECLINED]);
    expect(ids((await underwrightJson('list', '--queue', 'review', '--aws')).document)).toEqual([WAITING]);
  });

  test('status, trace, notice and explain tell of one', async () => {
    const { document } = await underwrightJson('status', DECIDED, '--aws');
    expect(document).toMatchObject({ status: 'DECIDED', outcome: 'COUNTEROFFER', settled: true });
    const traced = await underwrightJson('trace', DECIDED, '--aws');
    expect(traced.document).toMatchObject({ source: 'engine', execution: { status: 'SUCCEEDED' } });
    expect(await underwright('notice', DECLINED, '--aws')).toMatchObject({ code: 0 });
    const explained = await underwright('policy', 'explain', DECIDED, '--aws');
    expect(explained).toMatchObject({ code: 0, out: expect.stringContaining('COUNTEROFFER') });
  });

  test('notice takes no other role than the auditor’s, under which it runs', async () => {
    const { code, err } = await underwright('notice', DECLINED, '--aws', '--role', 'reviewer');
    expect(err).toMatch(/^UsageError: --role is reviewer: with --aws a command runs under the auditor's role/);
    expect(code).toBe(2);
  });

  test('verify finds no fault, of all and of one, nor does replay', async () => {
    const { code, document } = await underwrightJson('verify', '--all', '--aws');
    expect(document).toMatchObject({ verified: 3, faulty: 0, seals: { seals: 1, faults: [] } });
    expect(code).toBe(0);
    expect(await underwright('verify', DECIDED, '--aws')).toMatchObject({ code: 0 });
    const replayed = await underwrightJson('replay', '--all', '--aws');
    expect(replayed.document).toMatchObject({ same: 2, differ: 0 });
  });

  test('a report reads sealed evidence and the ledger', async () => {
    const register = await underwrightJson('report', 'register', '--aws');
    expect(register).toMatchObject({ code: 0, document: { applications: 3, forgotten: 0, unreadable: [] } });
    const rows = register.document['rows'] as { applicationId: string; action: string }[];
    // Within a day a deployment lists applications in no order.
    expect(Object.fromEntries(rows.map(({ applicationId, action }) => [applicationId, action]))).toEqual({
      [DECIDED]: 'OFFER_OPEN',
      [DECLINED]: 'DENIED',
      [WAITING]: 'UNDECIDED',
    });
    const open = await underwrightJson('report', 'open-cases', '--aws');
    expect(open.document['rows']).toMatchObject([{ applicationId: WAITING, status: 'IN_REVIEW' }]);
  });

  test('an export is verified with the public keys alone, each for what it signs', async () => {
    const asked = ['--by', 'r.vega', '--purpose', 'Examination 2026-14', '--out', bench.path('out')];
    const exported = await underwrightJson('export', DECIDED, '--aws', ...asked);
    expect(exported).toMatchObject({ code: 0, document: { sealed: true } });
    await underwright('keys', '--aws', '--out', bench.path('keys'));
    const read = (path: string) => readFileSync(bench.path(path), 'utf8');
    const file = read(`out/${DECIDED}.decision.json`);
    const [exportKey, sealKey] = [read('keys/export-public.pem'), read('keys/seal-public.pem')];
    expect(exportKey).not.toBe(sealKey);
    const wrong = (...keys: [string, string?]) =>
      verifyFile(file, ...keys).flatMap(({ holds, name }) => (holds ? [] : [name]));
    expect(wrong(exportKey, sealKey)).toEqual([]);
    // Who may sign decision files can make no seal.
    expect(wrong(exportKey)).toEqual(['SEAL_FORGED']);
    expect(wrong(sealKey)).toEqual(['OTHER_KEY']);
    expect(await underwright('verify', DECIDED, '--aws')).toMatchObject({ code: 0 });
  });

  test('what is not there is said as for a data folder', async () => {
    const missing = await underwrightJson('status', 'nobody', '--aws');
    expect(missing).toMatchObject({ code: 3, document: { error: { name: 'ApplicationNotFound' } } });
    expect(JSON.stringify(missing.document)).toContain('underwright list --aws');
  });

  test('a data folder and a deployment are not asked for at once', async () => {
    expect(await underwright('list', '--aws', '--data', bench.data)).toMatchObject({ code: 2 });
  });

  test('a setting that is missing is named', async () => {
    delete process.env['EVIDENCE_BUCKET'];
    try {
      // A process reads its settings once, so this takes a process of its own.
      const { code, out } = await underwrightProcess('list', '--aws', '--json');
      expect(code).toBe(2);
      expect((JSON.parse(out) as JsonObject)['error']).toMatchObject({
        name: 'SettingMissing',
        message: expect.stringContaining('EVIDENCE_BUCKET'),
      });
    } finally {
      process.env['EVIDENCE_BUCKET'] = 'evidence';
    }
  });
});

test('What has come since a seal is under the next one', async () => {
  const { signed } = (await world.invoke('SealLedger', {})) as { signed: { seal: JsonObject } | null };
  // That a decision was explained and taken out, and a notice read.
  expect(signed?.seal).toMatchObject({ number: 2, addedLeaves: 2, addedEntries: 3 });
  expect(await world.invoke('SealLedger', {})).toEqual({ signed: null, refused: [] });
  const { document } = await underwrightJson('verify', '--all', '--aws');
  expect(document).toMatchObject({ faulty: 0, seals: { seals: 2, faults: [] } });
});

test('An execution with personal data for an input is named, and nothing of the input', async () => {
  const start = new StartExecutionCommand({
    stateMachineArn: world.environment.STATE_MACHINE_ARN,
    name: DECIDED + '--9',
    input: JSON.stringify({ ssn: '900-77-1234' }),
  });
  await world.stepFunctions.send(start);
  await world.settled();
  const { code, document, out } = await underwrightJson('verify', '--all', '--aws');
  expect(document).toMatchObject({
    faulty: 0,
    executions: [
      { fault: 'EXECUTION_INPUT_UNKNOWN', detail: expect.stringContaining(`:execution:underwriting:${DECIDED}--9:`) },
    ],
  });
  expect(code).toBe(1);
  expect(out).not.toContain('900-77-1234');
  const told = (await world.events.read()).filter(({ event }) => event.type === 'RecordsNeedAttention');
  expect(told.map(({ event }) => event.detail)).toMatchObject([
    { findings: [{ applicationId: null, kind: 'EXECUTION_INPUT_UNKNOWN' }] },
  ]);
});
