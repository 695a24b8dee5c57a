import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';

import { sealIdentity } from '../../adapters/sealed-evidence.ts';
import { newestPolicy } from '../../app/governance/policies.ts';
import { everyApplication } from '../../audit/applications.ts';
import { verifyApplication } from '../../audit/verify/verification.ts';
import { openRecords } from '../../cli/open-records.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { rechain as rechainIn } from '../support/forging.ts';
import { lenderDate } from '../support/lender.ts';
import { example, underwright, workbench, type Workbench } from './program.ts';

jest.setTimeout(120_000);

const DECIDED = 'counteroffer-dti';
const REVIEWED = 'refer-declined';
const WAITING = 'refer-approved';

let template: Workbench;
let bench: Workbench;
beforeAll(async () => {
  template = workbench();
  const lines = [DECIDED, REVIEWED, WAITING].map((id) => JSON.stringify(example(id)));
  await underwright('submit', template.file('all.jsonl', lines.join('\n')), '--data', template.data);
  const decision = ['--by', 'r.vega', '--action', 'DECLINE', '--reason', 'AA22', '--note', 'Several recent inquiries.'];
  await underwright('review', REVIEWED, ...decision, '--data', template.data);
});
afterAll(() => template.remove());
beforeEach(() => {
  bench = workbench(template);
});
afterEach(() => bench.remove());

/**
 * The names of all faults in the data folder, by application. Every entry that a test writes lacks its code, so that fault is
 * left out: DynamoDB has no codes, and these checks must find the changes there.
 */
async function faults(): Promise<Record<string, string[]>> {
  const records = await openRecords(bench);
  try {
    const found: Record<string, string[]> = {};
    for await (const id of everyApplication(records)) {
      const names = (await verifyApplication(records, id))!.faults.map(({ fault }) => fault);
      const others = new Set(names.filter((name) => name !== 'ENTRY_NOT_AUTHENTIC'));
      if (others.size > 0) found[id] = [...others];
    }
    return found;
  } finally {
    records.close();
  }
}

type Changed = Omit<LedgerEntry, 'body'> & { body: JsonObject & { facts: JsonObject; output: JsonObject } };

/** Writes an application's ledger again with its hashes, as a person can who can write the database. */
const rechain = (id: string, change: (entries: Changed[]) => Changed[]): void =>
  rechainIn(bench, id, (entries) => change(entries as Changed[]));

const without = (type: string) => (entries: Changed[]) => entries.filter((entry) => entry.type !== type);

const changed = (type: string, change: (entry: Changed) => void) => (entries: Changed[]) => {
  for (const entry of entries) if (entry.type === type) change(entry);
  return entries;
};

test('a folder that nobody touched has no fault, nor has one whose ledger was chained anew as it was', async () => {
  expect(await faults()).toEqual({});
  for (const id of [DECIDED, REVIEWED, WAITING]) rechain(id, (entries) => entries);
  expect(await faults()).toEqual({});
});

describe('an application that was deleted from both tables of the ledger is named', () => {
  beforeEach(() => {
    const application = Number(
      bench.sql('SELECT id FROM ledger_applications WHERE application_id = ?', DECIDED)[0]?.['id'],
    );
    bench.sql('DELETE FROM ledger_entries WHERE application = ?', application);
    bench.sql('DELETE FROM ledger_applications WHERE id = ?', application);
  });
  const ofVault = `DELETE FROM vault_applications WHERE application_id = '${DECIDED}'`;
  const ofSummaries = `DELETE FROM work_items WHERE pk = 'APPLICATION#${DECIDED}'`;
  const ofEngine = `DELETE FROM workflow_execution WHERE name = '${DECIDED}'`;

  test.each([
    ['everywhere else', []],
    ['in the vault alone', [ofSummaries, ofEngine]],
    ['in the summaries alone', [ofVault, ofEngine]],
    ['in the engine alone', [ofVault, ofSummaries]],
  ])('while it is known %s', async (_, deletions) => {
    for (const deletion of deletions) bench.sql(deletion);
    expect((await faults())[DECIDED]).toContain('RECEIPT_MISSING');
  });

  test('but not when only an intake that died before it accepted the application left it', async () => {
    bench.sql(ofEngine);
    const key = `APPLICATION#${DECIDED}`;
    bench.sql(`UPDATE work_items SET data = json_set(data, '$.executionArn', NULL) WHERE pk = ?`, key);
    expect(await faults()).toEqual({});
  });
});

describe('a ledger that was chained anew is held against what was sealed', () => {
  test.each<[string, string, (entries: Changed[]) => Changed[], string[]]>([
    ['no notices', DECIDED, without('NOTICES_ISSUED'), ['NOTICES_MISSING', 'STEP_MISSING']],
    ['no review awaited', REVIEWED, without('REVIEW_AWAITED'), ['STEP_MISSING', 'ENTRY_DIFFERS']],
    ['no review awaited, while it is', WAITING, without('REVIEW_AWAITED'), ['STEP_MISSING']],
    ['no hard pull', WAITING, without('BUREAU_REPORT_PULLED'), ['STEP_MISSING']],
    [
      'another reviewer',
      REVIEWED,
      changed('REVIEW_COMPLETED', (entry) => Object.assign(entry, { actor: 'm.other' })),
      ['ENTRY_DIFFERS'],
    ],
    [
      'another action',
      REVIEWED,
      changed('REVIEW_COMPLETED', ({ body }) => {
        body['action'] = 'CLEAR';
        body.output['action'] = 'CLEAR';
      }),
      ['STEP_DIFFERS', 'ENTRY_DIFFERS'],
    ],
    [
      'other reasons',
      DECIDED,
      changed('DECISION_RECORDED', ({ body }) => (body.facts['reasons'] = ['AA01'])),
      ['ENTRY_DIFFERS'],
    ],
    [
      'another who decided',
      REVIEWED,
      changed('DECISION_RECORDED', ({ body }) => (body.facts['decidedBy'] = 'POLICY')),
      ['ENTRY_DIFFERS'],
    ],
    [
      'another outcome in facts, output and summary',
      DECIDED,
      changed('DECISION_RECORDED', ({ body }) => {
        body.facts['outcome'] = 'APPROVE';
        body.output['outcome'] = 'APPROVE';
      }),
      ['SUMMARY_DIFFERS', 'STEP_DIFFERS', 'DECISION_DIFFERS', 'ENTRY_DIFFERS'],
    ],
    [
      'a report of another status',
      DECIDED,
      changed('BUREAU_REPORT_PULLED', ({ body }) => (body.facts['status'] = 'NO_HIT')),
      ['ENTRY_DIFFERS'],
    ],
    [
      'a report said to be real',
      DECIDED,
      changed('BUREAU_REPORT_PULLED', ({ body }) => (body.facts['simulated'] = false)),
      ['ENTRY_DIFFERS'],
    ],
    [
      'another day of receipt',
      DECIDED,
      changed('APPLICATION_RECEIVED', ({ body }) => (body['receivedOn'] = '2020-01-01')),
      ['ENTRY_DIFFERS'],
    ],
    [
      'another instant of receipt',
      WAITING,
      changed('APPLICATION_RECEIVED', (entry) => Object.assign(entry, { occurredAt: '2020-01-01T12:00:00.000Z' })),
      ['ENTRY_DIFFERS', 'SUMMARY_DIFFERS'],
    ],
    [
      'a step at another time',
      WAITING,
      changed('APPLICANTS_SCREENED', (entry) => Object.assign(entry, { occurredAt: '2020-01-01T12:00:00.000Z' })),
      ['STEP_UNKNOWN'],
    ],
    [
      'a task opened with other facts',
      WAITING,
      changed('REVIEW_AWAITED', ({ body }) => (body.facts['escalation'] = 3)),
      ['STEP_DIFFERS'],
    ],
    [
      'an archive of another end',
      DECIDED,
      changed('HISTORY_ARCHIVED', ({ body }) => (body['status'] = 'FAILED')),
      ['ENTRY_DIFFERS', 'HISTORY_DIFFERS'],
    ],
  ])('%s', async (_, id, change, expected) => {
    rechain(id, change);
    const found = await faults();
    expect(Object.keys(found)).toEqual([id]);
    expect(found[id]).toEqual(expect.arrayContaining(expected));
  });
});

describe('beside the ledger', () => {
  const identity = `UPDATE vault_applications SET identity = %s WHERE application_id = '${DECIDED}'`;

  test.each([
    ['a missing identity', identity.replace('%s', 'NULL'), 'IDENTITY_MISSING'],
    ['an identity that does not open', identity.replace('%s', `x'00'`), 'IDENTITY_DAMAGED'],
    [
      'a key said to be destroyed',
      `UPDATE vault_applications SET destroyed = 1 WHERE application_id = '${DECIDED}'`,
      'KEY_DESTROYED',
    ],
    [
      'an entry under another event id',
      `UPDATE ledger_entries SET event_id = 'another' WHERE sequence = 3 AND application =
         (SELECT id FROM ledger_applications WHERE application_id = '${DECIDED}')`,
      'INDEX_DIFFERS',
    ],
    [
      'another outcome in the summary',
      `UPDATE work_items SET data = json_set(data, '$.outcome', 'APPROVE') WHERE pk = 'APPLICATION#${DECIDED}'`,
      'SUMMARY_DIFFERS',
    ],
    [
      'a summary that says it is not decided',
      `UPDATE work_items SET data = json_set(data, '$.status', 'IN_PROGRESS') WHERE pk = 'APPLICATION#${DECIDED}'`,
      'SUMMARY_DIFFERS',
    ],
    ['no summary', `DELETE FROM work_items WHERE pk = 'APPLICATION#${DECIDED}'`, 'SUMMARY_DIFFERS'],
    [
      'an execution said to have failed',
      `UPDATE workflow_execution SET status = 'FAILED' WHERE name = '${DECIDED}'`,
      'HISTORY_DIFFERS',
    ],
    [
      'an execution with another input',
      `UPDATE workflow_execution SET input = replace(input, '"digest":"', '"digest":"0') WHERE name = '${DECIDED}'`,
      'EXECUTION_DIFFERS',
    ],
    [
      'a step history with other variables',
      `UPDATE workflow_event SET details = replace(details, '\\"scorable\\":true', '\\"scorable\\":false')
       WHERE type = 'MapStateExited' AND id / 32768 = (SELECT id FROM workflow_execution WHERE name = '${DECIDED}')`,
      'HISTORY_DIFFERS',
    ],
    [
      'a step history whose end was cut off',
      `DELETE FROM workflow_event WHERE id =
         (SELECT max(id) FROM workflow_event
          WHERE id / 32768 = (SELECT id FROM workflow_execution WHERE name = '${DECIDED}'))`,
      'HISTORY_DIFFERS',
    ],
  ])('%s is named', async (_, tampering, fault) => {
    bench.sql(tampering);
    const found = await faults();
    expect(Object.keys(found)).toEqual([DECIDED]);
    expect(found[DECIDED]).toContain(fault);
  });

  test('another identity, sealed under the key of the application, is named', async () => {
    const records = await openRecords(bench);
    const sealed = sealIdentity(await records.vault.dataKey(DECIDED), DECIDED, { firstName: 'Another' });
    records.close();
    bench.sql('UPDATE vault_applications SET identity = ? WHERE application_id = ?', sealed, DECIDED);
    expect(await faults()).toEqual({ [DECIDED]: ['IDENTITY_DIFFERS'] });
  });

  test('a step that an execution under review did otherwise is named', async () => {
    bench.sql(
      `UPDATE workflow_event SET details = replace(details, '\\"status\\":\\"CLEAR\\"', '\\"status\\":\\"HOLD\\"')
       WHERE type = 'TaskSucceeded' AND id / 32768 = (SELECT id FROM workflow_execution WHERE name = '${WAITING}')`,
    );
    expect(await faults()).toEqual({ [WAITING]: ['STEP_DIFFERS'] });
  });
});

describe('what is in force is what its ledger says', () => {
  const policy = newestPolicy('personal-loan');
  const today = lenderDate(new Date().toISOString());
  const govern = (action: string, by: string, date: string) => {
    const from = action === 'withdraw' ? '--from' : '--effective';
    const note = ['--note', 'Read beside its backtest.', '--data', bench.data];
    return underwright('policy', action, 'personal-loan', from, date, '--by', by, ...note);
  };
  const change = (pk: string, path: string, value: string) =>
    bench.sql('UPDATE work_items SET data = json_set(data, ?, json(?)) WHERE pk = ?', path, value, pk);

  test('a withdrawal that was taken back in the work store is named, and who was decided by it', async () => {
    expect(await govern('propose', 'a.author', today)).toMatchObject({ code: 0 });
    expect(await govern('approve', 'r.vega', today)).toMatchObject({ code: 0 });
    expect(await govern('withdraw', 'r.vega', today)).toMatchObject({ code: 0 });
    expect(await faults()).toEqual({});
    change('POLICY#personal-loan', '$.proposals[0].withdrawn', 'null');
    expect(await faults()).toEqual({ 'control-policies': ['CONTROL_DIFFERS'] });
  });

  test('a policy that another than the ledger approved is named with who was decided by it', async () => {
    expect(await govern('propose', 'a.author', today)).toMatchObject({ code: 0 });
    expect(await govern('approve', 'r.vega', '2099-01-01')).toMatchObject({ code: 1 });
    const forged = { by: 'x.nobody', at: new Date().toISOString(), entry: 'policy/personal-loan/1' };
    change('POLICY#personal-loan', '$.proposals[0].approved', JSON.stringify(forged));
    const submission = { ...example(DECIDED), applicationId: 'decided-by-forged' };
    await underwright('submit', bench.file('one.json', JSON.stringify(submission)), '--wait', '--data', bench.data);
    expect(await faults()).toEqual({
      'control-policies': ['CONTROL_DIFFERS'],
      'decided-by-forged': ['ENTRY_DIFFERS'],
    });
  });

  test('an approval that came only after the decision by it is named', async () => {
    expect(await govern('propose', 'a.author', today)).toMatchObject({ code: 0 });
    expect(await govern('approve', 'r.vega', today)).toMatchObject({ code: 0 });
    const submission = { ...example(DECIDED), applicationId: 'decided-before' };
    await underwright('submit', bench.file('one.json', JSON.stringify(submission)), '--wait', '--data', bench.data);
    expect(await faults()).toEqual({});
    rechain('control-policies', (entries) =>
      entries.map((entry) => ({
        ...entry,
        // More than two clocks differ by, and seldom into another day.
        occurredAt: new Date(Date.parse(entry.occurredAt) + 120_000).toISOString(),
      })),
    );
    expect(await faults()).toEqual({ 'control-policies': ['CONTROL_DIFFERS'], 'decided-before': ['ENTRY_DIFFERS'] });
  });

  test('a switch that was turned off in the work store is named', async () => {
    const note = ['--by', 'r.vega', '--note', 'Losses are under review.', '--data', bench.data];
    expect(await underwright('switch', 'policy', policy.digest, 'on', ...note)).toMatchObject({ code: 0 });
    expect(await faults()).toEqual({});
    change(`SWITCH#policy:${policy.digest}`, '$.on', 'false');
    expect(await faults()).toEqual({ 'control-switches': ['CONTROL_DIFFERS'] });
  });
});
