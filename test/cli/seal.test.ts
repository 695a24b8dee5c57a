import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { openFolder } from '../../cli/data-folder.ts';
import { consentedBefore } from '../support/submissions.ts';
import {
  example,
  examplePath,
  serving,
  underwright,
  underwrightJson,
  underwrightProcess,
  workbench,
  type Workbench,
} from './program.ts';

jest.setTimeout(120_000);

const ID = 'decline-obligations';
let bench: Workbench;
/** As it was printed, kept outside of the data folder. */
let kept: string;
beforeAll(async () => {
  bench = workbench();
  await underwright('submit', examplePath(ID), '--wait', '--data', bench.data);
  await underwright('seal', '--data', bench.data);
  await underwright('submit', examplePath('decline-income'), '--wait', '--data', bench.data);
  const { out } = await underwrightJson('seal', '--data', bench.data);
  kept = bench.file('seal-2.json', out);
  bench.sql('PRAGMA wal_checkpoint(TRUNCATE)');
});
afterAll(() => bench.remove());

async function faultsOf(damage: (damaged: Workbench) => unknown, ...options: string[]): Promise<string[]> {
  const damaged = workbench(bench);
  try {
    await damage(damaged);
    const { code, document } = await underwrightJson('verify', '--all', ...options, '--data', damaged.data);
    const { faults } = document['seals'] as { faults: { fault: string }[] };
    // Damage that the seals do not show, the applications and the rows may.
    const others = Number(document['faulty']) + (document['rows'] as unknown[]).length;
    expect(code).toBe(faults.length + others > 0 ? 1 : 0);
    return faults.map(({ fault }) => fault);
  } finally {
    damaged.remove();
  }
}

describe('underwright seal --json', () => {
  test('prints the newest seal also where nothing is new, so that it can always be kept', async () => {
    const again = workbench(bench);
    try {
      const { code, document } = await underwrightJson('seal', '--data', again.data);
      const { signed } = JSON.parse(readFileSync(kept, 'utf8')) as { signed: object };
      expect({ code, document }).toMatchObject({ code: 0, document: { signed, new: false } });
    } finally {
      again.remove();
    }
  });
});

describe('underwright verify, after seals', () => {
  test('finds nothing where nothing was done, also against the seal kept elsewhere', async () => {
    expect(await faultsOf(() => {})).toEqual([]);
    expect(await faultsOf(() => {}, '--anchor', kept)).toEqual([]);
  });

  test('finds an application gone with all that names it', async () => {
    const remove = (damaged: Workbench) => {
      damaged.sql(
        `DELETE FROM ledger_entries WHERE application = (SELECT id FROM ledger_applications WHERE application_id = '${ID}')`,
      );
      damaged.sql(`DELETE FROM ledger_applications WHERE application_id = '${ID}'`);
    };
    expect(await faultsOf(remove)).toEqual(['ENTRIES_CUT_OFF']);
  });

  test('finds the newest seal cut off with all that it has, by the seal kept elsewhere', async () => {
    const cutOff = (damaged: Workbench) => {
      damaged.sql("DELETE FROM ledger_entries WHERE entry LIKE '%decline-income%'");
      damaged.sql("DELETE FROM ledger_applications WHERE application_id = 'decline-income'");
      damaged.sql('DELETE FROM seals WHERE number = 2');
      damaged.sql('DELETE FROM seal_heads WHERE position = 1');
    };
    expect(await faultsOf(cutOff)).toEqual([]);
    expect(await faultsOf(cutOff, '--anchor', kept)).toEqual(['SEAL_MISSING']);
  });

  test('finds seals made anew with the folder’s own key, by the seal kept elsewhere', async () => {
    const anew = async (damaged: Workbench) => {
      damaged.sql('DELETE FROM seals');
      damaged.sql('DELETE FROM seal_heads');
      await underwright('seal', '--data', damaged.data);
      await underwright('submit', examplePath('approve-lowest-rate'), '--wait', '--data', damaged.data);
      await underwright('seal', '--data', damaged.data);
    };
    expect(await faultsOf(anew)).toEqual([]);
    expect(await faultsOf(anew, '--anchor', kept)).toEqual(['SEAL_REPLACED']);
  });

  test('says what to do where the key is gone', async () => {
    const damaged = workbench(bench);
    try {
      copyFileSync(join(damaged.data, 'seal-public.pem'), damaged.path('public.pem'));
      rmSync(join(damaged.data, 'seal-private.pem'));
      const sealed = await underwrightJson('seal', '--data', damaged.data);
      expect(sealed.document['error']).toMatchObject({ name: 'SealKeyMissing' });
      rmSync(join(damaged.data, 'seal-public.pem'));
      const verified = await underwrightJson('verify', '--all', '--data', damaged.data);
      expect(verified.document['error']).toMatchObject({ name: 'SealKeyMissing' });
    } finally {
      damaged.remove();
    }
  });

  test('refuses an anchor that is none', async () => {
    const { code, document } = await underwrightJson(
      'verify',
      '--all',
      '--anchor',
      examplePath(ID),
      '--data',
      bench.data,
    );
    expect(code).toBe(2);
    expect(document['error']).toMatchObject({ name: 'AnchorUnreadable' });
  });
});

describe('a clock that was 400 days ahead', () => {
  const own = workbench();
  afterAll(() => own.remove());
  const on = (...args: string[]) => underwright(...args, '--data', own.data);
  const verified = async () => {
    const { code, document } = await underwrightJson('verify', '--all', '--data', own.data);
    const { faults, corrected } = document['seals'] as { faults: { fault: string }[]; corrected: { seal: number }[] };
    const names = [...new Set(faults.map(({ fault }) => fault))];
    return { code, faults: names, faulty: document['faulty'], corrected: corrected.length };
  };

  test('is named at every seal until a person corrects it, and then everything is sealed', async () => {
    const ahead = { now: () => new Date(Date.now() + 400 * 86_400_000) };
    const folder = await openFolder({ folder: own.data, clock: ahead });
    await folder.invoke('IntakeApplication', { ...example(ID), consents: consentedBefore(ahead.now()) });
    await folder.settled([ID]);
    await folder.close();

    // Node prints a warning once it is idle, which a process of its own always is before it ends.
    const submitted = await underwrightProcess('submit', examplePath('decline-income'), '--wait', '--data', own.data);
    expect(submitted).toMatchObject({ code: 0 });
    expect(submitted.err).toContain('CLOCK_BEHIND_SEAL');
    const refused = await on('seal');
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.out).toContain('CLOCK_BEHIND_SEAL');
    const { code, faults } = await verified();
    expect(code).toBe(1);
    expect(faults).toContain('CLOCK_BEHIND_SEAL');

    expect(await on('seal', '--clock-was-wrong', '--by', 'r.vega')).toMatchObject({ code: 2 });
    const note = ['--note', 'The clock was set 400 days ahead.'];
    const corrected = await on('seal', '--clock-was-wrong', '--by', 'r.vega', ...note);
    expect([corrected.code, corrected.out]).toEqual([0, expect.stringContaining('seal 2 of')]);
    expect(await verified()).toEqual({ code: 0, faults: [], faulty: 0, corrected: 1 });

    // What is dated ahead goes on, and is sealed like the rest.
    const examination = ['--purpose', 'Examination 2026-14', '--out', own.path('out')];
    expect(await on('export', ID, '--by', 'r.vega', ...examination)).toMatchObject({ code: 0 });
    expect(await on('submit', examplePath('approve-lowest-rate'), '--wait')).toMatchObject({ code: 0, err: '' });
    expect(await on('seal')).toMatchObject({ code: 0, out: 'Nothing is new since the last seal.\n' });
    expect(await verified()).toEqual({ code: 0, faults: [], faulty: 0, corrected: 1 });
  });
});

describe('underwright seal', () => {
  test('does not write beside a process that runs on the folder', async () => {
    const shared = workbench(bench);
    const server = await serving('start', '--data', shared.data, '--port', '0');
    try {
      expect(await underwright('seal', '--data', shared.data)).toMatchObject({ code: 4 });
    } finally {
      await server.stop();
      shared.remove();
    }
  });
});
