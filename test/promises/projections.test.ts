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
import { digestOf } from '../../domain/ledger/canonical-json.ts';
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
      'a summary on the list of another month',
      `UPDATE work_items SET index_pk = 'RECEIVED#2026-01#0' WHERE ${item(DECLINED, 'SUMMARY')}`,
      `SUMMARY_DIFFERS ${DECLINED}`,
    ],
    [
      'a decision that is taken off its list',
      `DELETE FROM work_items WHERE pk = 'APPLICATION#${DECLINED}' AND sk LIKE 'DECIDED#%'`,
      `DECIDED_DIFFERS ${DECLINED}`,
    ],
    [
      'the outcome under which a decision is listed',
      `UPDATE work_items SET index_sk = replace(index_sk, 'DECLINE', 'APPROVE') WHERE pk = 'APPLICATION#${DECLINED}' AND sk LIKE 'DECIDED#%'`,
      `DECIDED_DIFFERS ${DECLINED}`,
    ],
    [
      'a listed decision without an entry',
      copyOf(
        'work_items',
        'pk, sk, version, index_pk, index_sk, data',
        "pk, 'DECIDED#' || hex(zeroblob(32)), 1, index_pk, index_sk || '0', data",
        `pk = 'APPLICATION#${DECLINED}' AND sk LIKE 'DECIDED#%'`,
      ),
      `DECIDED_DIFFERS ${DECLINED}`,
    ],
    [
      'the deleted summary of a reopened application',
      `DELETE FROM work_items WHERE ${item('approve-60-months', 'SUMMARY')}`,
      'SUMMARY_DIFFERS approve-60-months',
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
      'who promoted a model',
      `UPDATE work_items SET data = json_set(data, '$.promotions[0].promoted.by', 'r.vega') WHERE pk = 'MODELS'`,
      'CONTROL_DIFFERS control-models',
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
    [
      'the event of a promotion',
      `DELETE FROM events_outbox WHERE event LIKE '%"ModelGoverned"%' AND event LIKE '%PROMOTE%'`,
      'EVENT_DIFFERS control-models',
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

/** The stored events, as the id and the type of each. */
function outbox(): [string, string][] {
  const database = new DatabaseSync(join(folder, 'underwright.sqlite'));
  try {
    const rows = database.prepare('SELECT event FROM events_outbox ORDER BY position').all();
    return rows.map(({ event }) => {
      const { id, type } = JSON.parse(String(event)) as { id: string; type: string };
      return [id, type];
    });
  } finally {
    database.close();
  }
}

const sorted = (events: readonly [string, string][]) => events.toSorted(([a], [b]) => (a < b ? -1 : 1));

const eventOf = (id: string, type: string) =>
  `json_extract(event, '$.detail.applicationId') = '${id}' AND json_extract(event, '$.type') = '${type}'`;

describe('reconcile leaves each event once, and accepts the table, after', () => {
  test.each<[string, string, string]>([
    ['a repeated event', copyOf('events_outbox', 'event', 'event', booked), `EVENT_DIFFERS ${ACCEPTED}`],
    [
      'a repeated event with the code of the first',
      copyOf('events_outbox', 'event, code', 'event, code', eventOf(OPEN, 'NoticesReady')),
      `EVENT_DIFFERS ${OPEN}`,
    ],
    [
      'a repeated event in front of all others',
      copyOf('events_outbox', 'position, event, code', '-5, event, code', eventOf(OPEN, 'NoticesReady')),
      `EVENT_DIFFERS ${OPEN}`,
    ],
    [
      'a repeated seal',
      copyOf('events_outbox', 'event, code', 'event, code', `json_extract(event, '$.type') = 'LedgerSealed'`),
      'EVENT_DIFFERS ',
    ],
    [
      'an event at another position',
      `UPDATE events_outbox SET position = 900 WHERE ${booked}`,
      `EVENT_DIFFERS ${ACCEPTED}`,
    ],
    ['the code of an event', `UPDATE events_outbox SET code = NULL WHERE ${booked}`, `EVENT_DIFFERS ${ACCEPTED}`],
    [
      'an event that is replaced by the event of another application',
      `UPDATE events_outbox SET event = (SELECT event FROM events_outbox WHERE ${eventOf(WAITING, 'ReviewAwaited')})
       WHERE ${eventOf(ACCEPTED, 'DecisionRecorded')}`,
      `EVENT_DIFFERS ${ACCEPTED}`,
    ],
  ])('%s', async (_, statement, named) => {
    const before = sorted(outbox());
    change(statement);
    const found = await faults();
    expect(found).toContain(named);
    expect(found).toContain('ROWS_CHANGED ');
    const { findings } = await reconciledFolder(folder);
    expect(findings).toEqual([]);
    expect(await faults()).toEqual([]);
    expect(sorted(outbox())).toEqual(before);
  });
});

test('reconcile publishes a missing event once, and keeps the notice of an invented one', async () => {
  const missing = eventOf(LIFTED, 'NoticesReady');
  change(`DELETE FROM events_outbox WHERE ${missing}`);
  change(copyOf('events_outbox', 'event', `json_set(event, '$.detail.applicationId', '${LIFTED}')`, booked));
  const { findings } = await reconciledFolder(folder);
  expect(findings.map(({ kind, applicationId }) => [kind, applicationId])).toEqual([['BOOKING_DIFFERED', LIFTED]]);
  const types = outbox();
  expect(types.filter(([id, type]) => type === 'NoticesReady' && id.includes(`:${LIFTED}/`))).toHaveLength(1);
  expect(types.filter(([, type]) => type === 'RecordsNeedAttention')).toHaveLength(1);
  expect(await faults()).toEqual([]);
});

describe('reconcile hands to a person, each time,', () => {
  async function expectHanded(about: string, named: string): Promise<void> {
    expect(await faults()).toContain(named);
    for (const hours of [1, 2]) {
      const { findings } = await reconciledFolder(folder, hours);
      expect(findings).toContainEqual(expect.objectContaining({ kind: 'EVENT_DIFFERS', about }));
      const left = await faults();
      expect(left).toContain(named);
      expect(left).toContain('ROWS_CHANGED ');
    }
  }

  test('an invented event of operations, which nothing determines', async () => {
    const findings = [{ applicationId: ACCEPTED, kind: 'STOPPED', about: null }];
    const id = `reconciliation/${ACCEPTED}/${digestOf(findings)}`;
    const event = { id, type: 'RecordsNeedAttention', occurredAt: '2026-01-05T12:00:00.000Z', detail: { findings } };
    change(`INSERT INTO events_outbox (event) VALUES ('${JSON.stringify(event)}')`);
    await expectHanded(id, 'EVENT_DIFFERS ');
  });

  test.each([
    ['a booking at another position', `UPDATE events_outbox SET position = 900 WHERE ${booked}`],
    [
      'a booking of other terms',
      `UPDATE events_outbox SET event = json_set(event, '$.detail.terms.aprPpm', 1) WHERE ${booked}`,
    ],
    ['a booking that is deleted', `DELETE FROM events_outbox WHERE ${booked}`],
  ])('%s, when the record with its terms is lost', async (_, statement) => {
    const [[id] = ['']] = outbox().filter(([, type]) => type === 'LoanBooked');
    change(statement);
    change(
      `DELETE FROM evidence_objects WHERE address = (
         SELECT unhex(json_extract(entry, '$.body.evidence[1].address')) FROM ledger_entries
         WHERE json_extract(entry, '$.type') = 'CREDIT_BOOKED' LIMIT 1)`,
    );
    await expectHanded(id, `EVENT_DIFFERS ${ACCEPTED}`);
  });
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
    [
      'an invented ledger',
      `INSERT INTO ledger_applications (application_id) VALUES ('invented-0001')`,
      'RECEIPT_MISSING invented-0001',
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
