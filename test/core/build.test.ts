import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { build } from 'esbuild';

import { openReplayProcess } from '../../cli/replay-process.ts';
import { buildCore, buildCoreSync } from '../../core/build.ts';
import type { FrozenDecision } from '../../domain/decision/replay.ts';
import { sha256 } from '../../domain/ledger/canonical-json.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const GOLDEN = join(ROOT, 'test', 'golden');

let folder: string;
let module: Uint8Array;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'underwright-core-'));
  for (const part of ['domain', 'policies']) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  module = await buildCore();
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('The decision core', () => {
  test('is the same bytes from the same sources, wherever they lie and however it is built', async () => {
    const same = [await buildCore(), await buildCore(folder), buildCoreSync()].map(sha256);
    expect(new Set(same)).toEqual(new Set([sha256(module)]));
  });

  test('is another as soon as a source of it is', async () => {
    const path = join(folder, 'domain', 'reasons', 'principal-reasons.ts');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('EPSILON_MICROS = 100', 'EPSILON_MICROS = 101'));
    expect(sha256(await buildCore(folder))).not.toBe(sha256(module));
    writeFileSync(path, text);
  });

  test('needs hashes of Node and nothing else', async () => {
    const text = Buffer.from(module).toString('utf8');
    const { metafile } = await build({
      stdin: { contents: text, loader: 'js' },
      bundle: true,
      packages: 'external',
      platform: 'node',
      write: false,
      metafile: true,
    });
    const imports = Object.values(metafile.inputs).flatMap((each) => each.imports);
    expect(imports.map(({ path, kind }) => ({ path, kind }))).toEqual([
      { path: 'node:crypto', kind: 'import-statement' },
    ]);
    expect(text).not.toMatch(/process\.env/);
    // Nothing of where it was built.
    expect(text).not.toContain(ROOT);
  });

  test('reproduces the golden corpus in one go, in the restricted process', async () => {
    const read = (name: string): unknown => JSON.parse(readFileSync(join(GOLDEN, name), 'utf8'));
    const explained = read('explained.json') as Record<string, object>;
    const names = readdirSync(GOLDEN).filter((name) => name.endsWith('.json') && name !== 'explained.json');
    const corpus = names.map((name) => read(name) as FrozenDecision);
    const process = openReplayProcess();
    try {
      await process.core(sha256(module), module);
      const [manifest, model] = ['manifest.json', 'model.onnx'].map((name) =>
        readFileSync(join(ROOT, 'models', 'personal-loan-default', name)),
      );
      await process.model(sha256(manifest!), manifest!, model!);
      const differences = await process.replay(sha256(module), corpus);
      const parts = differences.map((each) => each.map(({ part }) => part));
      expect(parts).toEqual(names.map((name) => Object.keys(explained[name.slice(0, -'.json'.length)] ?? {})));
    } finally {
      await process.close();
    }
  });
});
