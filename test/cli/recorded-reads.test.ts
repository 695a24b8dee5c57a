import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { composeEmbedded } from '../../adapters/compose/embedded.ts';
import { readBody } from '../../domain/ledger/events.ts';
import {
  examplePath,
  serving,
  underwright,
  underwrightJson,
  workbench,
  type Serving,
  type Workbench,
} from './program.ts';

// Each test runs the program several times, and other suites run beside it.
jest.setTimeout(120_000);

const ID = 'approve-lowest-rate';
let bench: Workbench;
const on = (...args: string[]) => underwright(...args, '--data', bench.data);

/** What the ledger says of who looked. */
async function reads() {
  const embedded = composeEmbedded(bench.data, { readOnly: true });
  const entries = await embedded.ledger.read(ID).finally(() => embedded.close());
  return entries
    .filter(({ type }) => type === 'PERSONAL_DATA_READ')
    .map((entry) => ({ by: entry.actor, ...readBody(entry, 'PERSONAL_DATA_READ') }));
}

describe.each(['the folder itself', 'the process that serves it'])('Personal data read by %s', (by) => {
  let server: Serving | undefined;
  beforeAll(async () => {
    bench = workbench();
    if (by === 'the process that serves it') server = await serving('start', '--data', bench.data, '--port', '0');
    expect(await on('submit', examplePath(ID), '--wait')).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    await server?.stop();
    bench.remove();
  });

  test('is recorded before it is shown: by whom, in which role, what for, which kinds', async () => {
    expect(await on('trace', ID)).toMatchObject({ code: 0 });
    expect(await on('status', ID)).toMatchObject({ code: 0 });
    expect(await reads()).toEqual([]);

    const who = ['--by', 'a.moss', '--purpose', 'Examination 2026-14'];
    expect(await on('notice', ID, ...who)).toMatchObject({ code: 0, err: '' });
    expect(await on('trace', ID, '--evidence', ...who)).toMatchObject({ code: 0, err: '' });
    expect(await on('policy', 'explain', ID, ...who, '--role', 'officer')).toMatchObject({ code: 0, err: '' });
    expect(await on('notice', ID)).toMatchObject({ code: 0 });
    const common = { by: 'a.moss', role: 'auditor', purpose: 'Examination 2026-14' };
    expect(await reads()).toEqual([
      { ...common, kinds: ['notice'] },
      { ...common, kinds: expect.arrayContaining(['application', 'notice', 'score']) },
      {
        ...common,
        role: 'officer',
        kinds: ['application', 'bureau-report', 'decision', 'policy', 'score', 'screening'],
      },
      { by: expect.any(String), role: 'auditor', purpose: 'underwright notice', kinds: ['notice'] },
    ]);
    expect(await on('verify', ID)).toMatchObject({ code: 0 });
  });

  test('is not shown to a role that may not see it, nor to nobody, and that is not recorded', async () => {
    const before = await reads();
    const forbidden = await underwrightJson('notice', ID, '--by', 'o.lind', '--role', 'officer', '--data', bench.data);
    expect(forbidden).toMatchObject({ code: 1, document: { error: { name: 'RoleForbidden' } } });
    const nameless = await underwrightJson('notice', ID, '--by', '900-01-0000', '--data', bench.data);
    expect(nameless).toMatchObject({ code: 2, document: { error: { name: 'UsageError' } } });
    expect(await reads()).toEqual(before);
  });
});
