import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, runInContext, runInThisContext } from 'node:vm';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { build } from 'esbuild';

import { openModel } from '../../adapters/compose/replay.ts';
import { openSandbox } from '../../adapters/quickjs/sandbox.ts';
import { openReplayProcess, replayLimits } from '../../audit/replay/process.ts';
import { buildCore, buildCoreSync } from '../../core/build.ts';
import { localDate } from '../../domain/calendar.ts';
import { contractOf, type CoreHost, type DecisionCore, type ForeignCore } from '../../domain/decision/core-contract.ts';
import { replay, type FrozenDecision } from '../../domain/decision/replay.ts';
import { sha256 } from '../../domain/ledger/canonical-json.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const GOLDEN = join(ROOT, 'test', 'golden');

const read = (name: string): unknown => JSON.parse(readFileSync(join(GOLDEN, name), 'utf8'));
const explained = read('explained.json') as Record<string, Record<string, { replayed?: string | null }>>;
const cases = () =>
  readdirSync(GOLDEN)
    .filter((name) => name.endsWith('.json') && name !== 'explained.json')
    .map((name) => name.slice(0, -'.json'.length));
const corpus = () => cases().map((name) => read(`${name}.json`) as FrozenDecision);
const ofModel = (name: string) => readFileSync(join(ROOT, 'models', 'personal-loan-default', '2.0.0', name));
const [MANIFEST, MODEL] = [ofModel('manifest.json'), ofModel('model.onnx')];

let folder: string;
let module: Uint8Array;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'underwright-core-'));
  for (const part of ['core', 'domain', 'policies']) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
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

  test('imports nothing, and names its contract in its first line', async () => {
    const text = Buffer.from(module).toString('utf8');
    const { metafile } = await build({
      stdin: { contents: text, loader: 'js' },
      bundle: true,
      packages: 'external',
      platform: 'node',
      write: false,
      metafile: true,
    });
    expect(Object.values(metafile.inputs).flatMap((each) => each.imports)).toEqual([]);
    expect(text).not.toMatch(/process\.env/);
    // No path of the machine that built it.
    expect(text).not.toContain(ROOT);
    expect(text.split('\n')[0]).toBe('// underwright decision core, contract 3');
    expect(contractOf(module)).toBe(3);
  });

  test('is strict code that does nothing before it is given a host', () => {
    const context = createContext({});
    const text = Buffer.from(module).toString('utf8');
    const factory = runInContext(text, context) as (host: object) => object;
    expect(Object.keys(context)).toEqual([]);
    expect(Object.keys(factory({})).sort()).toEqual(['features', 'policies', 'records', 'scores']);
    expect(text.split('\n')[2]).toBe(`'use strict';`);
  });

  test.each(['NODE', 'QUICKJS'] as const)('reproduces the golden corpus in one go, in %s', async (runsIn) => {
    const process = openReplayProcess();
    try {
      await process.core(sha256(module), module, runsIn);
      await process.model(sha256(MANIFEST), MANIFEST, MODEL);
      const differences = await process.replay(sha256(module), corpus());
      const parts = differences.map((each) => each.map(({ part, replayed }) => [part, replayed]));
      const expected = cases().map((name) =>
        Object.entries(explained[name] ?? {})
          .map(([part, { replayed }]) => [part, replayed])
          .filter(([, replayed]) => replayed !== undefined),
      );
      expect(parts).toEqual(expected);
    } finally {
      await process.close();
    }
  });

  test('gives the same bytes in QuickJS as in V8, call by call', async () => {
    const host = { sha256, localDate };
    const text = Buffer.from(module).toString('utf8');
    const inNode = (runInThisContext(text) as (host: CoreHost) => DecisionCore)(host);
    const sandbox = await openSandbox(text, host, replayLimits());
    const model = await openModel(sha256(MANIFEST), MANIFEST, MODEL);
    const calls: Record<string, string[]> = {};
    const watched = (core: ForeignCore): ForeignCore => {
      const both = (name: keyof DecisionCore) => (asked: unknown) => {
        const [made, other] = [core, sandbox].map((each) => JSON.stringify(each[name](asked as never)));
        (calls[name] ??= []).push(made === other ? 'same' : `${made} ${other}`);
        return JSON.parse(made ?? '') as unknown;
      };
      return {
        features: both('features'),
        scores: both('scores'),
        policies: both('policies'),
        records: both('records'),
      };
    };
    await replay(corpus(), { core: watched(inNode), model: () => model });
    expect(calls).toEqual({ features: ['same'], scores: ['same'], policies: ['same'], records: ['same'] });
    expect(corpus().length).toBeGreaterThanOrEqual(30);
  });
});
