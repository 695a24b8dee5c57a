import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';

import { executionInputFaults } from '../../audit/verify/executions.ts';
import { openRecords } from '../../cli/open-records.ts';
import { openUnderwriting } from '../../local/underwriting-process.ts';
import { identityOf, submissionNow } from '../support/submissions.ts';
import { underwrightJson } from './program.ts';

const ID = 'verified-000001';
const SSN = '900-77-1234';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'underwright-'));
  const underwriting = await openUnderwriting({ folder, bureauTimeoutMs: 200 });
  const submission = submissionNow({ applicationId: ID, applicant: identityOf({ ssn: '900-01-0005' }) });
  expect(await underwriting.invoke('IntakeApplication', submission)).toMatchObject({ result: 'ACCEPTED' });
  await underwriting.engine.drain();
  await underwriting.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Adds an execution behind the program's back: a copy of the application's, with another name and input. */
function forge(name: string, input?: string): void {
  const database = new DatabaseSync(join(folder, 'underwright.sqlite'));
  try {
    const row = database.prepare('SELECT * FROM workflow_execution WHERE name = ?').get(ID)!;
    const forged = { ...row, id: Number(row['id']) + 1, name, input: input ?? row['input']! };
    const columns = Object.keys(forged);
    database
      .prepare(`INSERT INTO workflow_execution (${columns.join()}) VALUES (${columns.map(() => '?').join()})`)
      .run(...Object.values(forged));
  } finally {
    database.close();
  }
}
beforeEach(() => {
  const database = new DatabaseSync(join(folder, 'underwright.sqlite'));
  database.prepare('DELETE FROM workflow_execution WHERE name <> ?').run(ID);
  database.close();
});

async function found(): Promise<string[]> {
  const records = await openRecords({ data: folder });
  try {
    return (await executionInputFaults(records)).map(({ fault, detail }) => `${fault} ${detail}`);
  } finally {
    records.close();
  }
}

test('An execution that intake started is no fault, nor one of a stranger who holds its reference', async () => {
  forge(`${ID}--r1`);
  expect(await found()).toEqual([]);
});

test.each([
  ['personal data', `${ID}--2`, JSON.stringify({ ssn: SSN })],
  ['a reference and more', `${ID}--2`, JSON.stringify({ applicationId: ID, digest: '0'.repeat(64), ssn: SSN })],
  ['a digest that intake did not give', `${ID}--2`, JSON.stringify({ applicationId: ID, digest: '0'.repeat(64) })],
  ['an unknown application', 'unknown-0001', JSON.stringify({ applicationId: 'unknown-0001', digest: '0'.repeat(64) })],
])('An execution with %s for an input is named, without the input', async (_, name, input) => {
  forge(name, input);
  expect(await found()).toEqual([
    expect.stringMatching(`^EXECUTION_INPUT_UNKNOWN .*:execution:underwriting:${name}: `),
  ]);
  expect((await found()).join()).not.toContain(SSN);
});

test('An execution under a name that is no application’s is named, without that name', async () => {
  forge(`ssn-${SSN}`);
  const { code, document, out } = await underwrightJson('verify', '--all', '--data', folder);
  expect(document['executions']).toMatchObject([
    { fault: 'EXECUTION_INPUT_UNKNOWN', detail: expect.stringContaining(':execution:underwriting:(name withheld)') },
  ]);
  expect(code).toBe(1);
  expect(out).not.toContain(SSN);
});
