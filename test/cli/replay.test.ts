import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { embeddedEvidenceStore } from '../../adapters/embedded/evidence-store.ts';
import { replayArchive } from '../../audit/replay/archive.ts';
import { openReplayProcess, replayPermissions } from '../../audit/replay/process.ts';
import { buildCore } from '../../core/build.ts';
import { coreHeader } from '../../domain/decision/core-contract.ts';
import type { FrozenDecision } from '../../domain/decision/replay.ts';
import type { JsonObject } from '../../domain/json.ts';
import { sha256 } from '../../domain/ledger/canonical-json.ts';
import { temporaryDataFolder } from '../support/data-folder.ts';
import { examplePath, underwright, underwrightJson, workbench, type Workbench } from './program.ts';

jest.setTimeout(120_000);

let bench: Workbench;
beforeAll(async () => {
  bench = workbench();
  for (const id of ['decline-obligations', 'refer-no-file']) {
    await underwright('submit', examplePath(id), '--wait', '--data', bench.data);
  }
});
afterAll(() => bench.remove());

describe('underwright replay', () => {
  test('reproduces what was decided and counts what was not', async () => {
    const { code, out } = await underwright('replay', '--all', '--data', bench.data);
    expect(out).toMatch(/^1 decision reproduced byte by byte, 0 not; 1 undecided, 0 forgotten\./);
    expect(code).toBe(0);
  });

  test('names the input where a sealed piece was damaged underneath', async () => {
    const damaged = workbench(bench);
    try {
      damaged.sql('UPDATE evidence_objects SET bytes = zeroblob(80)');
      const { code, document } = await underwrightJson('replay', 'decline-obligations', '--data', damaged.data);
      expect(code).toBe(1);
      expect(document['replayed']).toMatchObject([{ result: 'INPUT_DAMAGED' }]);
    } finally {
      damaged.remove();
    }
  });

  test('knows a forgotten applicant from a damaged one', async () => {
    const forgotten = workbench(bench);
    try {
      forgotten.sql('UPDATE vault_applications SET wrapped_key = NULL, identity = NULL, destroyed = 1');
      const { code, document } = await underwrightJson('replay', '--all', '--data', forgotten.data);
      expect(code).toBe(0);
      expect(document['replayed']).toMatchObject([{ result: 'FORGOTTEN' }, { result: 'UNDECIDED' }]);
    } finally {
      forgotten.remove();
    }
  });

  test('finds no application that is not there, and wants one or all', async () => {
    expect(await underwright('replay', 'nobody', '--data', bench.data)).toMatchObject({ code: 3 });
    expect(await underwright('replay', '--data', bench.data)).toMatchObject({ code: 2 });
  });
});

describe('The replay process', () => {
  test('says what it cannot do, and why it ended, instead of leaving its caller to wait', async () => {
    const process = openReplayProcess();
    const digest = sha256('another core');
    await expect(process.core(digest, Buffer.from('a core'), 'QUICKJS')).rejects.toThrow(/are not the decision core/);
    await expect(process.replay(digest, [])).rejects.toThrow(/was not given/);
    const dying = `${coreHeader()}
      () => ({ policies() { process.exitCode = 7; setImmediate(() => { throw new Error('broken'); }); return new Promise(() => {}); }, records: () => [] })`;
    await process.core(sha256(dying), Buffer.from(dying), 'NODE');
    await expect(process.replay(sha256(dying), [])).rejects.toThrow(/gives no list of answers/);
    await expect(process.replay(sha256(dying), [])).rejects.toThrow(/ended before it answered: .*broken/s);
    // Another follows it, with what was given before.
    const module = await buildCore();
    await process.core(sha256(module), module, 'NODE');
    await expect(process.replay(sha256(dying), [])).rejects.toThrow(/gives no list of answers/);
    await expect(process.replay(sha256(module), [])).rejects.toThrow(/ended before it answered/);
    expect(await process.replay(sha256(module), [])).toEqual([]);
    await process.close();
  });

  test.each([
    ['is no model', 'model.onnx'],
    ['has a manifest that is none', 'manifest.json'],
  ])('names the model where the one that is archived under its digest %s', async (_, file) => {
    const data = temporaryDataFolder();
    const process = openReplayProcess();
    try {
      const store = embeddedEvidenceStore(data.database);
      const model = await store.put(Buffer.from('No graph.'));
      const released = JSON.parse(
        readFileSync('models/personal-loan-default/2.0.0/manifest.json', 'utf8'),
      ) as JsonObject;
      const manifest = { ...released, file: { ...(released['file'] as JsonObject), sha256: model.address } };
      const archived = file === 'model.onnx' ? await store.put(Buffer.from(JSON.stringify(manifest))) : model;
      const archive = replayArchive(store, process);
      await archive.model(archived.address);
      const frozen = JSON.parse(readFileSync('test/golden/counteroffer-dti.json', 'utf8')) as FrozenDecision;
      const scoring = { ...frozen.scoring!, model: { ...frozen.scoring!.model, packageDigest: archived.address } };
      const { digest } = await archive.ofThisRelease();
      const [differences] = await process.replay(digest, [{ ...frozen, scoring }]);
      expect(differences?.[0]).toMatchObject({ part: 'SCORE', differs: 'MODEL' });
    } finally {
      await process.close();
      data.remove();
    }
  });

  test('is kept from the data, from writing and from other programs by its permissions', () => {
    const root = join(import.meta.dirname, '..', '..');
    const attempts = `
      const tried = (work) => { try { work(); return 'allowed'; } catch (error) { return error.code; } };
      const fs = require('node:fs');
      console.log(JSON.stringify([
        tried(() => fs.readFileSync(${JSON.stringify(join(bench.data, 'underwright.sqlite'))})),
        tried(() => fs.writeFileSync(${JSON.stringify(bench.path('written'))}, '')),
        tried(() => require('node:child_process').spawnSync('true')),
        tried(() => fs.readFileSync(${JSON.stringify(join(root, 'package.json'))})),
      ]))`;
    const { stdout } = spawnSync(process.execPath, [...replayPermissions(), '-e', attempts], { encoding: 'utf8' });
    expect(JSON.parse(stdout)).toEqual(['ERR_ACCESS_DENIED', 'ERR_ACCESS_DENIED', 'ERR_ACCESS_DENIED', 'allowed']);
  });
});
