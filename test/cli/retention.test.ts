import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { openUnderwriting } from '../../local/underwriting-process.ts';
import { manualClock } from '../support/manual-clock.ts';
import { example, examplePath, underwright, underwrightJson, workbench, type Workbench } from './program.ts';

// Each test runs the program several times, and other suites run beside it.
jest.setTimeout(120_000);

const ID = 'counteroffer-dti';
const BY = ['--by', 'l.counsel', '--note', 'Order of the court, all records.'];
let bench: Workbench;
const on = (...args: string[]) => underwright(...args, '--data', bench.data);
const jsonOn = (...args: string[]) => underwrightJson(...args, '--data', bench.data);
beforeAll(async () => {
  bench = workbench();
  await on('submit', examplePath(ID), '--wait');
});
afterAll(() => bench.remove());

describe('A decided application', () => {
  test('says how long it is kept, and by which rule', async () => {
    const { code, out } = await on('retention', ID);
    expect(code).toBe(0);
    expect(out).toMatch(/^counteroffer-dti {2}kept until 20\d\d-\d\d-\d\d: law keeps it/);
    expect(out).toMatch(/SANCTIONS_SCREENING +20\d\d-/);
    expect(out).toMatch(/NOTICE .* 12 CFR 1002\.12\(b\)\(1\)/);
    expect(await on('retention', 'nobody-at-all')).toMatchObject({ code: 3 });
  });

  test('is held, denied, and released', async () => {
    expect(await on('hold', ID, '--matter', '2026-CV-114', ...BY)).toMatchObject({ code: 0 });
    const denied = await on('forget', ID, '--by', 'r.vega', '--note', 'Asked by letter, identity checked.');
    expect(denied.code).toBe(1);
    expect(denied.out).toContain('DENIED, a legal hold keeps it (LEGAL_HOLD): with no date yet');
    const { document } = await jsonOn('retention', ID);
    expect(document).toMatchObject({
      holds: [{ matter: '2026-CV-114', by: 'l.counsel' }],
      requests: [{ by: 'r.vega', answer: 'DENIED', reason: 'LEGAL_HOLD' }],
      forgottenAt: null,
    });
    expect(await on('release', ID, '--matter', '2026-CV-114', ...BY)).toMatchObject({ code: 0 });
    const again = await on('forget', ID, '--by', 'r.vega', '--note', 'Asked by letter, identity checked.');
    expect(again.out).toMatch(/DENIED, law keeps it \(STATUTORY_MINIMUM\): to be done on 20\d\d-\d\d-\d\d/);
    expect(await on('verify', ID)).toMatchObject({ code: 0 });
  });

  test('is not forgotten by a sweep before its time', async () => {
    expect((await on('sweep', '--dry-run')).out).toBe('0 would be forgotten. Nothing was done.\n');
    expect((await jsonOn('sweep')).document).toEqual({ forgotten: [], failed: [] });
  });

  test('is not held by a note that names a person', async () => {
    const named = ['--by', 'l.counsel', '--note', 'Suit of the holder of 900-01-0000.'];
    const { code, out } = await on('hold', ID, '--matter', '2026-CV-114', ...named);
    expect(code).toBe(1);
    expect(out).toContain('looks like personal data (SSN)');
  });
});

describe('reconcile', () => {
  /** Looks at a copy of the folder a day later, as the process that runs on it would. */
  async function reconciled(damage: string): Promise<{ copy: Workbench; answer: unknown }> {
    const copy = workbench(bench);
    copy.sql(damage);
    const later = manualClock(new Date(Date.now() + 86_400_000).toISOString());
    const running = await openUnderwriting({ folder: copy.data, clock: later });
    try {
      return { copy, answer: await running.invoke('ReconcileRecords', { limit: 1000 }) };
    } finally {
      await running.close();
    }
  }

  test('finds nothing where nothing is wrong', async () => {
    const { code, out } = await on('reconcile');
    expect(out).toBe('0 repaired, 0 need a person.\n');
    expect(code).toBe(0);
    expect((await jsonOn('reconcile')).document).toEqual({ repaired: [], findings: [], left: [] });
    expect((await on('verify', '--all')).code).toBe(0);
  });

  test.each([
    ['SUMMARY_DIFFERS', `DELETE FROM work_items WHERE sk = 'SUMMARY'`],
    ['SUMMARY_DIFFERS', `UPDATE work_items SET data = replace(data, '"DECIDED"', '"IN_REVIEW"') WHERE sk = 'SUMMARY'`],
  ])('repairs what verify names: %s by %s', async (kind, damage) => {
    const { copy, answer } = await reconciled(damage);
    try {
      expect(answer).toMatchObject({ repaired: [{ applicationId: ID, kind }], findings: [] });
      // The day that this folder is ahead is named, and no row of its application.
      const { out } = await underwright('verify', '--all', '--data', copy.data);
      expect(out).not.toMatch(/SUMMARY_DIFFERS|_DIFFER /);
      expect((await underwright('list', '--data', copy.data)).out).toContain(ID);
    } finally {
      copy.remove();
    }
  });

  test('ends with 1, and the words, when a person is needed', async () => {
    const copy = workbench(bench);
    try {
      copy.sql('DELETE FROM evidence_objects WHERE id = (SELECT max(id) - 1 FROM evidence_objects)');
      const { code, out } = await underwright('reconcile', '--data', copy.data);
      expect(code).toBe(1);
      expect(out).toMatch(/EVIDENCE_MISSING {2}counteroffer-dti [0-9a-f]{64}: .* restore it from a backup/);
    } finally {
      copy.remove();
    }
  });
});

describe('A forgotten application', () => {
  beforeAll(async () => {
    await on(
      'export',
      ID,
      '--by',
      'r.vega',
      '--purpose',
      'Examination 2026-14',
      '--identity',
      '--out',
      bench.path('out'),
    );
    const running = await openUnderwriting({ folder: bench.data, clock: manualClock('2050-01-05T18:00:00.000Z') });
    try {
      expect(await running.invoke('ForgetApplicants', {})).toMatchObject({ forgotten: [ID] });
    } finally {
      await running.close();
    }
  });

  test('has entries dated after now, which a person answers for', async () => {
    const verified = await on('verify', '--all');
    expect(verified.code).toBe(1);
    expect(verified.out).toContain('RECORDED_AFTER_NOW');
    const note = ['--note', 'The clock was set to 2050 for this test.'];
    expect(await on('seal', '--clock-was-wrong', '--by', 'r.vega', ...note)).toMatchObject({ code: 0 });
  });

  test('is FORGOTTEN to every command, and verifies', async () => {
    const verified = await on('verify', '--all');
    expect(verified).toMatchObject({ code: 0 });
    expect(verified.out).toMatch(/1 forgotten: the chain and the sealed bytes hold/);
    expect((await on('list')).out).toMatch(/counteroffer-dti +.* FORGOTTEN/);
    expect((await jsonOn('status', ID)).document).toMatchObject({
      status: 'FORGOTTEN',
      outcome: 'COUNTEROFFER',
      decision: null,
    });
    expect((await on('trace', ID)).out).toMatch(/^counteroffer-dti {2}FORGOTTEN COUNTEROFFER/);
    expect((await jsonOn('replay', ID)).document['replayed']).toMatchObject([{ result: 'FORGOTTEN' }]);
    expect((await on('retention', ID)).out).toMatch(
      /FORGOTTEN since 2050-01-05T18:00:00.000Z[^]*exported with identity .* by r\.vega/,
    );
    for (const args of [
      ['export', ID, '--by', 'r.vega', '--purpose', 'Examination 2026-15'],
      ['notice', ID],
      ['trace', ID, '--evidence'],
    ]) {
      const { code, document } = await jsonOn(...args);
      expect(code).toBe(1);
      expect(document).toMatchObject({
        error: { name: 'ApplicantForgotten', message: expect.stringContaining('FORGOTTEN') },
      });
    }
  });

  test('is traced from its ledger when the engine has forgotten its execution', async () => {
    const copy = workbench(bench);
    try {
      copy.sql('DELETE FROM workflow_execution');
      const { code, out } = await underwright('trace', ID, '--data', copy.data);
      expect(code).toBe(0);
      expect(out).toMatch(/FORGOTTEN[^]*DECISION_RECORDED[^]*APPLICANT_FORGOTTEN/);
    } finally {
      copy.remove();
    }
  });

  test('has left nothing of the person in any file of the data folder', () => {
    const { ssn, lastName, email } = example(ID)['applicant'] as Record<string, string>;
    const files = readdirSync(bench.data).map((file) => readFileSync(join(bench.data, file)));
    expect(files.length).toBeGreaterThan(2);
    for (const value of [ssn!, ssn!.replaceAll('-', ''), lastName!, email!]) {
      expect(files.filter((bytes) => bytes.includes(value))).toEqual([]);
    }
    expect(bench.sql(`SELECT pk FROM work_items WHERE pk LIKE 'PERSON#%'`)).toEqual([]);
  });

  test.each([
    ['KEY_RESTORED', `UPDATE vault_applications SET wrapped_key = x'00', destroyed = 0`],
    ['FORGETTING_UNFINISHED', `DELETE FROM ledger_entries WHERE entry LIKE '%"APPLICANT_FORGOTTEN"%'`],
    [
      'FORGOTTEN_TOO_SOON',
      `UPDATE ledger_entries SET entry = replace(entry, '"occurredAt":"2050-', '"occurredAt":"2030-')
       WHERE entry LIKE '%"FORGETTING_DECIDED"%'`,
    ],
    ['KEY_DESTROYED', `DELETE FROM ledger_entries WHERE entry LIKE '%"FORGETTING_DECIDED"%'`],
  ])('is told from one that is not as it says: %s', async (fault, damage) => {
    const copy = workbench(bench);
    try {
      copy.sql(damage);
      const { code, out } = await underwright('verify', ID, '--data', copy.data);
      expect(code).toBe(1);
      expect(out).toContain(fault);
    } finally {
      copy.remove();
    }
  });
});
