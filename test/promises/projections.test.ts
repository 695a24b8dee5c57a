import { generateKeyPairSync } from 'node:crypto';
/**
 * No change goes undetected: rows and events that are derived from the ledger. Each row is a change that an attacker with
 * the database and without the keys can make, and the fault that must name it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';

import { openRecords } from '../../cli/open-records.ts';
import { verifyRecords } from '../../cli/verify-records.ts';
import { reconciledFolder } from '../faults/projections.ts';
import {
  ACCEPTED,
  DECLINED,
  HELD_UP,
  LIFTED,
  ON_HOLD,
  OPEN,
  recordsFolder,
  WAITING,
} from '../faults/records-folder.ts';

jest.setTimeout(180_000);

let files: ReadonlyMap<string, Buffer>;
let folder: string;
beforeAll(async () => {
  files = await recordsFolder();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'underwright-promises-'));
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes, { mode: 0o600 });
});
afterEach(() => rmSync(folder, { recursive: true }));

function change(statement: string): void {
  const database = new DatabaseSync(join(folder, 'underwright.sqlite'));
  try {
    expect(Number(database.prepare(statement).run().changes)).toBeGreaterThan(0);
  } finally {
    database.close();
  }
}

/** What `verify --all` names: the fault, and the application that it is of. */
async function faults(): Promise<string[]> {
  const records = await openRecords({ data: folder });
  try {
    const { verifications, sealing, rows } = await verifyRecords(records);
    const found = [
      ...verifications.flatMap(({ applicationId, faults: of }) => of.map(({ fault }) => `${fault} ${applicationId}`)),
      ...[...sealing.faults, ...rows].map(({ fault, applicationId }) => `${fault} ${applicationId ?? ''}`),
    ];
    // What a reconciliation of an hour later records is recorded after now.
    return [...new Set(found)].filter((name) => !name.startsWith('RECORDED_AFTER_NOW')).toSorted();
  } finally {
    records.close();
  }
}

const item = (id: string, sk: string) => `pk = 'APPLICATION#${id}' AND sk = '${sk}'`;
const booked = `json_extract(event, '$.type') = 'LoanBooked'`;
const copyOf = (table: string, columns: string, values: string, where: string) =>
  `INSERT INTO ${table} (${columns}) SELECT ${values} FROM ${table} WHERE ${where} LIMIT 1`;

test('Nothing is named in a folder that nobody changed', async () => {
  expect(await faults()).toEqual([]);
});

describe('verify names, and reconcile sets right', () => {
  test.each<[string, string, string]>([
    [
      'a review task that is deleted',
      `DELETE FROM work_items WHERE ${item(WAITING, 'TASK')}`,
      `TASK_DIFFERS ${WAITING}`,
    ],
    [
      'a review task that is taken off its queue',
      `UPDATE work_items SET index_pk = NULL, index_sk = NULL WHERE ${item(WAITING, 'TASK')}`,
      `TASK_DIFFERS ${WAITING}`,
    ],
    [
      'the event of a task',
      `UPDATE work_items SET data = json_set(data, '$.eventId', 'other') WHERE ${item(WAITING, 'TASK')}`,
      `TASK_DIFFERS ${WAITING}`,
    ],
    [
      'the opening time of a task',
      `UPDATE work_items SET data = json_set(data, '$.openedAt', '2020-01-01T00:00:00.000Z') WHERE ${item(WAITING, 'TASK')}`,
      `TASK_DIFFERS ${WAITING}`,
    ],
    [
      'the policy result behind a task',
      `UPDATE work_items SET data = json_set(data, '$.details.policy', NULL) WHERE ${item(WAITING, 'TASK')}`,
      `TASK_DIFFERS ${WAITING}`,
    ],
    [
      'the token of a task',
      `UPDATE work_items SET data = json_set(data, '$.taskToken', 'other') WHERE ${item(HELD_UP, 'TASK')}`,
      `TASK_DIFFERS ${HELD_UP}`,
    ],
    [
      'a summary on the list of another day',
      `UPDATE work_items SET index_pk = 'RECEIVED#2020-01-01#0' WHERE ${item(DECLINED, 'SUMMARY')}`,
      `SUMMARY_DIFFERS ${DECLINED}`,
    ],
    [
      'a switch without an entry',
      `INSERT INTO work_items (pk, sk, version, data) VALUES ('SWITCH#product:personal-loan', 'STATE', 1,
         '{"kind":"product","id":"personal-loan","by":"o.lind","role":"officer","on":true,"note":"Not from an officer.","at":"2026-01-05T12:00:00.000Z"}')`,
      'CONTROL_DIFFERS control-switches',
    ],
    [
      'who set a switch',
      `UPDATE work_items SET data = json_set(data, '$.by', 'r.vega') WHERE pk LIKE 'SWITCH#%'`,
      'CONTROL_DIFFERS control-switches',
    ],
    [
      'who approved a policy',
      `UPDATE work_items SET data = json_set(data, '$.proposals[0].approved.by', 'r.vega') WHERE pk LIKE 'POLICY#%'`,
      'CONTROL_DIFFERS control-policies',
    ],
    [
      'the state of a hard inquiry',
      `UPDATE work_items SET data = json_set(json_remove(data, '$.answer'), '$.state', 'CLAIMED') WHERE pk LIKE 'PULL#${ACCEPTED}#%'`,
      `PULL_DIFFERS ${ACCEPTED}`,
    ],
    ['a hard inquiry', `DELETE FROM work_items WHERE pk LIKE 'PULL#${ACCEPTED}#%'`, `PULL_DIFFERS ${ACCEPTED}`],
    [
      'a person',
      `DELETE FROM work_items WHERE pk LIKE 'PERSON#%' AND sk = '${DECLINED}'`,
      `PERSON_DIFFERS ${DECLINED}`,
    ],
    [
      'whose application it is',
      `UPDATE work_items SET pk = 'PERSON#' || hex(zeroblob(32)) WHERE pk LIKE 'PERSON#%' AND sk = '${DECLINED}'`,
      `PERSON_DIFFERS ${DECLINED}`,
    ],
    [
      'that a policy touched an application',
      `DELETE FROM work_items WHERE pk LIKE 'AFFECTED#%' AND sk = '${DECLINED}'`,
      `AFFECTED_DIFFERS ${DECLINED}`,
    ],
    ['a retention row', `DELETE FROM work_items WHERE ${item(LIFTED, 'RETENTION')}`, `RETENTION_DIFFERS ${LIFTED}`],
    [
      'the day of a retention row',
      `UPDATE work_items SET index_sk = '2020-01-01#${LIFTED}' WHERE ${item(LIFTED, 'RETENTION')}`,
      `RETENTION_DIFFERS ${LIFTED}`,
    ],
    [
      'the hold of a retention row',
      `UPDATE work_items SET data = json_set(data, '$.held', json('false')) WHERE ${item(ON_HOLD, 'RETENTION')}`,
      `RETENTION_DIFFERS ${ON_HOLD}`,
    ],
    [
      'open offers',
      `DELETE FROM work_items WHERE sk LIKE 'OFFERS#%' AND pk = 'APPLICATION#${OPEN}'`,
      `OFFERS_DIFFER ${OPEN}`,
    ],
    [
      'white space in the text of a row',
      `UPDATE work_items SET data = ' ' || data WHERE ${item(DECLINED, 'SUMMARY')}`,
      `SUMMARY_DIFFERS ${DECLINED}`,
    ],
    [
      'the amount of a booking',
      `UPDATE events_outbox SET event = json_set(event, '$.detail.terms.amountCents', 99000000) WHERE ${booked}`,
      `EVENT_DIFFERS ${ACCEPTED}`,
    ],
    [
      'a booking in front of all others',
      copyOf(
        'events_outbox',
        'position, event',
        `-5, json_set(event, '$.detail.applicationId', '${DECLINED}')`,
        booked,
      ),
      `EVENT_DIFFERS ${DECLINED}`,
    ],
    ['a booking', `DELETE FROM events_outbox WHERE ${booked}`, `EVENT_DIFFERS ${ACCEPTED}`],
    [
      'a booking of a declined application',
      copyOf('events_outbox', 'event', `json_set(event, '$.detail.applicationId', '${DECLINED}')`, booked),
      `EVENT_DIFFERS ${DECLINED}`,
    ],
  ])('%s', async (_, statement, named) => {
    change(statement);
    expect(await faults()).toEqual([named, 'ROWS_CHANGED '].toSorted());
    const { findings } = await reconciledFolder(folder);
    expect(await faults()).toEqual([]);
    const booking = named.startsWith('EVENT') && !statement.startsWith('DELETE');
    expect(findings.map(({ kind }) => kind)).toEqual(booking ? ['BOOKING_DIFFERED'] : []);
  });
});

test('verify names a row that is no JSON, and reconcile sets it right', async () => {
  change(`UPDATE work_items SET data = 'x' WHERE ${item(DECLINED, 'SUMMARY')}`);
  expect(await faults()).toEqual([`RECORDS_UNREADABLE ${DECLINED}`, 'ROWS_CHANGED ', `SUMMARY_DIFFERS ${DECLINED}`]);
  await reconciledFolder(folder);
  expect(await faults()).toEqual([]);
});

test('reconcile does not accept an event that was published twice, which nothing derives', async () => {
  change(copyOf('events_outbox', 'event', 'event', booked));
  expect(await faults()).toEqual(['ROWS_CHANGED ']);
  await reconciledFolder(folder);
  expect(await faults()).toEqual(['ROWS_CHANGED ']);
});

describe('verify names, for a person to restore,', () => {
  const execution = `(SELECT id FROM workflow_execution WHERE name = '${WAITING}')`;
  test.each<[string, string, string]>([
    ['a waiting frame', `DELETE FROM workflow_frame WHERE execution = ${execution}`, `FRAME_MISSING ${WAITING}`],
    [
      'the deadline of a review',
      `UPDATE workflow_frame SET deadline = deadline + 86400000 WHERE execution = ${execution}`,
      `FRAME_DIFFERS ${WAITING}`,
    ],
    [
      'the output of an execution',
      `UPDATE workflow_execution SET output = '{}' WHERE name = '${DECLINED}'`,
      `EXECUTION_DIFFERS ${DECLINED}`,
    ],
    [
      'the start of an execution',
      `UPDATE workflow_execution SET started_at = started_at - 1 WHERE name = '${DECLINED}'`,
      `EXECUTION_DIFFERS ${DECLINED}`,
    ],
    [
      'the end of an execution',
      `UPDATE workflow_execution SET stopped_at = stopped_at + 1 WHERE name = '${DECLINED}'`,
      `EXECUTION_DIFFERS ${DECLINED}`,
    ],
    [
      'the execution of an archived application',
      `DELETE FROM workflow_execution WHERE name = '${DECLINED}'`,
      `EXECUTION_MISSING ${DECLINED}`,
    ],
    [
      'an invented execution',
      copyOf(
        'workflow_execution',
        'machine, name, definition, status, input, started_at',
        `machine, 'invented-0001', definition, 'RUNNING', input, started_at`,
        `name = '${DECLINED}'`,
      ),
      'EXECUTION_DIFFERS invented-0001',
    ],
    [
      'a number that JavaScript cannot hold',
      `UPDATE workflow_execution SET started_at = 4611686018427387904 WHERE name = '${DECLINED}'`,
      'ROWS_CHANGED ',
    ],
    ['the text of a definition', `UPDATE workflow_definition SET text = text || ' '`, 'DEFINITION_DIFFERS '],
    [
      'a duplicate member in an entry',
      `UPDATE ledger_entries SET entry = '{"actor":"r.vega",' || substr(entry, 2) WHERE id = 1`,
      `ENTRY_TEXT_DIFFERS ${ACCEPTED}`,
    ],
    [
      'white space in an entry',
      `UPDATE ledger_entries SET entry = entry || ' ' WHERE id = 1`,
      `ENTRY_TEXT_DIFFERS ${ACCEPTED}`,
    ],
  ])('%s', async (_, statement, named) => {
    change(statement);
    expect(await faults()).toContain(named);
  });

  test('a bureau log that is emptied', async () => {
    writeFileSync(join(folder, 'simulated-bureau.jsonl'), '');
    expect(await faults()).toContain(`BUREAU_LOG_DIFFERS ${ACCEPTED}`);
  });

  test('a private key of the seals that is another', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    writeFileSync(join(folder, 'seal-private.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    expect(await faults()).toEqual(['SEAL_KEY_DIFFERS ']);
  });
});
