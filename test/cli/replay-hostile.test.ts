import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { openReplayProcess, type ReplayProcess } from '../../audit/replay/process.ts';
import { buildCore } from '../../core/build.ts';
import { coreHeader, type ForeignCore } from '../../domain/decision/core-contract.ts';
import { decisionCore } from '../../domain/decision/core.ts';
import type { DecisionFile } from '../../domain/decision/file.ts';
import { replay, type FrozenDecision } from '../../domain/decision/replay.ts';
import { digestOf, sha256 } from '../../domain/ledger/canonical-json.ts';
import { fileSigner } from '../support/file-signer.ts';
import { loadArchive } from '../support/release-archive.ts';
import { examplePath, underwright, underwrightJson, workbench, type Workbench } from './program.ts';

jest.setTimeout(120_000);

const ROOT = join(import.meta.dirname, '..', '..');
const ID = 'decline-by-model';
const LIMITS = { coreMs: 400, memoryBytes: 64 * 1024 * 1024, answerMs: 60_000 };

const golden = (id: string) =>
  JSON.parse(readFileSync(join(ROOT, 'test', 'golden', `${id}.json`), 'utf8')) as FrozenDecision;

let genuine: string;
beforeAll(async () => {
  genuine = Buffer.from(await buildCore()).toString('utf8');
});

/** This release's core with something else in it. @param body statements that may change `core`, which they return. */
const hostile = (body: string): Buffer =>
  Buffer.from(`${coreHeader()}\n(host) => { const core = { ...(${genuine.trim()})(host) }; ${body}; return core; }`);

/** A core of nothing but one function. */
const atRecords = (body: string): Buffer =>
  Buffer.from(`${coreHeader()}\n(host) => ({ policies: () => [], records(asked) { ${body} } })`);

describe('A core in QuickJS', () => {
  let process: ReplayProcess;
  const frozen = golden('incomplete');
  beforeAll(() => {
    process = openReplayProcess(LIMITS);
  });
  afterAll(() => process.close());

  /** The differences of one decision, or the failure. */
  async function replayed(core: Buffer, decisions: readonly FrozenDecision[] = [frozen]): Promise<unknown> {
    const digest = sha256(core);
    await process.core(digest, core, 'QUICKJS');
    return process.replay(digest, decisions).catch((error: Error) => error.message);
  }

  test('is reproduced when it gives the right answers', async () => {
    expect(await replayed(hostile(''))).toEqual([[]]);
  });

  test.each([
    ['an endless loop', 'for (;;);'],
    ['a loop that catches its interruption', 'for (;;) try { for (;;); } catch {} finally { continue; }'],
    ['a regular expression that backtracks for ever', `/^(a+)+$/.test('a'.repeat(60) + 'b')`],
    ['a loop within the answer', 'return [{ get made() { for (;;); } }]'],
    ['a loop within toJSON', 'return [{ made: { toJSON() { for (;;); } } }]'],
    [
      'a loop within a thrown error',
      'throw { get name() { for (;;); }, get message() { for (;;); }, toString() { for (;;); } }, 0; for (;;);',
    ],
  ])('with %s is stopped or failed in its time', async (_, body) => {
    expect(await replayed(atRecords(body))).toMatch(/^It (ran longer than 0.4 s and was stopped|threw, took more)/);
  });

  test('is stopped for this run once its time is over, and other cores still run', async () => {
    const looping = atRecords('for (;;);');
    expect(await replayed(looping)).toMatch(/ran longer than 0.4 s/);
    const again = process.replay(sha256(looping), [frozen, frozen]);
    await expect(again).rejects.toMatchObject({ name: 'ReplayFailed', core: 'STOPPED' });
    expect(await replayed(hostile(''))).toEqual([[]]);
  });

  test('that loops inside a built-in function, which QuickJS does not interrupt, is ended with its process', async () => {
    const limits = { ...LIMITS };
    const ended = openReplayProcess(limits);
    try {
      const looping = atRecords('const list = []; list.length = 2 ** 32 - 1; return list.indexOf(1)');
      const other = atRecords('return []');
      await ended.core(sha256(looping), looping, 'QUICKJS');
      await ended.core(sha256(other), other, 'QUICKJS');
      limits.answerMs = 1_000;
      const answer = ended.replay(sha256(looping), [frozen]);
      await expect(answer).rejects.toMatchObject({
        core: 'STOPPED',
        message: 'It did not answer in 1 s and was ended.',
      });
      limits.answerMs = LIMITS.answerMs;
      // Another process follows, which has the other core.
      expect(await ended.replay(sha256(other), [])).toEqual([]);
    } finally {
      await ended.close();
    }
  });

  test.each([
    ['a list that grows for ever', 'const list = []; for (;;) list.push(new Uint8Array(1e6).fill(7))'],
    ['a text that doubles for ever', `let text = 'x'; for (;;) text += text`],
    ['an array of 3 GB', 'return new Uint8Array(3e9)'],
    ['recursion without end', 'const f = () => f() + 1; return f()'],
    ['recursion within the answer', 'let list = []; for (let n = 0; n < 1e5; n += 1) list = [list]; return list'],
    ['recursion within JSON.parse', `return JSON.parse('['.repeat(1e6))`],
    ['recursion within a regular expression', `return new RegExp('('.repeat(1e5))`],
    ['recursion within eval', `return eval('('.repeat(1e6))`],
    ['a chain of proxies', 'let p = {}; for (let n = 0; n < 1e5; n += 1) p = new Proxy(p, {}); return p.x'],
    ['a huge answer', `return ['x'.repeat(2e7)]`],
    ['an error', `throw new Error('900-12-3456')`],
    ['no answer', 'return undefined'],
    ['an answer that is no JSON', 'return [{ made: 1n }]'],
    ['an answer that is its own member', 'const list = []; list.push(list); return list'],
    ['a hash of what is no text', 'return host.sha256({ toString: () => "x" })'],
    ['a hash of a long text', `return host.sha256('x'.repeat(1e6))`],
    ['a date of no time zone', `return host.localDate('2026-01-01T00:00:00Z', 'Nowhere/None')`],
  ])('with %s has failed, and nothing of its error is repeated', async (_, body) => {
    const failure = await replayed(atRecords(body));
    expect(failure).toMatch(/^It (threw, took more than 64 MB or 256 KB of stack, or gave no answer|ran longer)/);
    expect(failure).not.toMatch(/900/);
  });

  test.each([
    ['a promise', 'return Promise.resolve([])', /gives no list/],
    ['an async function that never ends', 'return (async () => { for (;;) await 1; })()', /gives no list/],
    ['a promise that follows itself', 'const f = () => Promise.resolve().then(f); f(); return []', /0 answers for 1/],
    ['no list', 'return { length: 1, 0: null }', /gives no list/],
    ['no answers', 'return []', /gives 0 answers for 1 inputs/],
    ['too many answers', 'return [null, null, null]', /gives 3 answers for 1 inputs/],
    ['a changed Array.prototype', 'Array.prototype.toJSON = () => "none"; return []', /gives no list/],
    [
      'a length that lies',
      'return new Proxy([], { get: (list, name) => (name === "length" ? 7 : list[name]) })',
      /7 answers for 1/,
    ],
  ])('that answers with %s has failed', async (_, body, failure) => {
    expect(await replayed(atRecords(body))).toMatch(failure);
  });

  test.each([
    ['null', 'return [null]', []],
    ['an undefined value', 'return [{ made: undefined }]', []],
    ['a text', 'return [{ made: "" }]', []],
    ['a policy that it does not know', 'return [{ unknown: "POLICY" }]', []],
    ['its inputs', 'return asked.map((made) => ({ made }))', expect.arrayContaining(['outcome'])],
    ['an empty value', 'return [{ made: {} }]', expect.arrayContaining(['outcome'])],
    ['a list', 'return [{ made: [] }]', expect.arrayContaining(['outcome'])],
    ['one other value', 'return [{ made: { ...genuine(asked)[0].made, outcome: "APPROVE" } }]', ['outcome']],
    ['one value too many', 'return [{ made: { ...genuine(asked)[0].made, more: 1 } }]', ['more']],
    [
      'one value too few',
      'const [{ made }] = genuine(asked); delete made.completeBy; return [{ made }]',
      ['completeBy'],
    ],
    [
      'a member __proto__',
      `const [{ made }] = genuine(asked); return [{ made: JSON.parse('{"__proto__":' + JSON.stringify(made) + '}') }]`,
      expect.arrayContaining(['outcome']),
    ],
    [
      'values behind a prototype',
      'const [{ made }] = genuine(asked); return [{ made: Object.create(made) }]',
      expect.arrayContaining(['outcome']),
    ],
    [
      'values behind toJSON',
      'Object.prototype.toJSON = function () { return this; }; return [{ made: { outcome: "APPROVE" } }]',
      expect.arrayContaining(['outcome']),
    ],
    [
      'a changed JSON',
      'JSON.stringify = () => "[]"; JSON.parse = () => []; return [{ made: {} }]',
      expect.arrayContaining(['outcome']),
    ],
    [
      'a changed Map',
      'Map.prototype.get = () => []; Object.keys = () => []; Array.prototype.flatMap = () => []; return [{ made: {} }]',
      expect.arrayContaining(['outcome']),
    ],
  ])('that answers with %s differs', async (_, body, paths) => {
    const core = hostile(`const genuine = core.records; core.records = (asked) => { ${body} }`);
    expect(await replayed(core)).toEqual([[expect.objectContaining({ part: 'DECISION', differs: 'CORE', paths })]]);
  });

  test('that fails over and over is not run again', async () => {
    const failing = atRecords('throw 0');
    await process.core(sha256(failing), failing, 'QUICKJS');
    const failures: string[] = [];
    for (let n = 0; n < 9; n += 1) {
      await process.replay(sha256(failing), [frozen]).catch(({ core }: { core: string }) => failures.push(core));
    }
    expect(failures).toEqual([...Array.from({ length: 7 }, () => 'FAILED'), 'STOPPED', 'STOPPED']);
  });

  test.each([
    ['too many rows', 'rows: Array(1e5).fill(0)'],
    ['no whole rows', 'rows: [1]'],
    ['rows of texts', 'rows: Array(42).fill("1")'],
    ['rows that are no list', 'rows: { length: 42 }'],
  ])('with %s for the model has failed before the model is called', async (_, rows) => {
    const [manifest, model] = ['manifest.json', 'model.onnx'].map((name) =>
      readFileSync(join(ROOT, 'models', 'personal-loan-default', '2.0.0', name)),
    );
    await process.model(sha256(manifest!), manifest!, model!);
    const core = hostile(
      `core.features = ({ files }) => files.map(() => ({ made: { features: {}, faults: [], ${rows} } }))`,
    );
    expect(await replayed(core, [golden(ID)])).toBe('The core gives no rows for the model.');
  });

  test.each([
    [
      'has another contract',
      '// underwright decision core, contract 1\nthrow new Error("ran")',
      /has contract 1, and this release runs/,
    ],
    ['has a later contract', '// underwright decision core, contract 4\nthrow new Error("ran")', /has contract 4/],
    ['names no contract', 'throw new Error("ran")', /has no first line that names its contract/],
    ['names it elsewhere', ' // underwright decision core, contract 2\nthrow new Error("ran")', /has no first line/],
    ['is a module of Node', `${coreHeader()}\nimport 'node:fs'`, /^It threw/],
    ['does not end its first line of code', `${coreHeader()}\nfor (;;);`, /ran longer than 0.4 s/],
    ['is no function', `${coreHeader()}\n7`, /^It threw/],
  ])('that %s is refused when it is given', async (_, text, refusal) => {
    const bytes = Buffer.from(text);
    await expect(process.core(sha256(bytes), bytes, 'QUICKJS')).rejects.toThrow(refusal);
  });
});

test('A core is never given a recorded value before it has made its own', async () => {
  const { model, policy } = await loadArchive(ROOT);
  const asked: Record<string, string> = {};
  const core = decisionCore(policy);
  const watched = (name: keyof ForeignCore) => (inputs: unknown) => {
    asked[name] = JSON.stringify(inputs);
    return core[name](inputs as never);
  };
  const spied = {
    features: watched('features'),
    scores: watched('scores'),
    policies: watched('policies'),
    records: watched('records'),
  };
  const corpus = ['approve-middle-rate', 'refer-approved', 'auto-counteroffer'].map(golden);
  expect(await replay(corpus, { core: spied, model })).toEqual([[], [], []]);
  expect(Object.keys(asked)).toEqual(['features', 'scores', 'policies', 'records']);
  expect([asked['features'], asked['scores']].join()).not.toMatch(/marginMicros|pdMicros/);
  expect(asked['policies']).not.toMatch(/"rules"|"offers"|"outcome"/);
  expect(asked['records']).not.toMatch(/"decidedOn"|"noticeDueOn"|"reportsUsed"/);
});

describe('A decision file', () => {
  let bench: Workbench;
  let file: DecisionFile;
  let server: Server;
  let calls = 0;
  const signer = fileSigner();
  beforeAll(async () => {
    bench = workbench();
    const asked = ['--by', 'r.vega', '--purpose', 'Examination 2026-14', '--out', bench.path('out')];
    expect(await underwright('submit', examplePath(ID), '--wait', '--data', bench.data)).toMatchObject({ code: 0 });
    expect(await underwright('export', ID, ...asked, '--data', bench.data)).toMatchObject({ code: 0 });
    expect(await underwright('keys', '--out', bench.path('out'), '--data', bench.data)).toMatchObject({ code: 0 });
    file = JSON.parse(readFileSync(bench.path(`out/${ID}.decision.json`), 'utf8')) as DecisionFile;
    server = createServer((_, response) => {
      calls += 1;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.close();
    bench.remove();
  });

  /** The genuine file with another core, consistent in all its digests, signed with our own key. */
  function withCore(core: Buffer): string {
    const digest = sha256(core);
    const other = JSON.parse(JSON.stringify(file).replaceAll(file.decision?.core ?? '', digest)) as DecisionFile;
    for (const object of other.release) if (object.kind === 'core') object.bytes = core.toString('base64');
    for (const each of other.evidence) if (!each.withheld) each.valueDigest = digestOf(each.value);
    return bench.file(`${digest}.json`, signer.sign(other));
  }
  const run = (path: string, ...options: string[]) => underwrightJson('replay', '--file', path, ...options);
  const keys = () => ['--key', bench.file('mine.pem', signer.pem), '--seal-key', bench.path('out/seal-public.pem')];
  const mine = () => [...keys(), '--core-timeout', '600'];

  test('whose core tries every way to Node reaches none, and writes, sends and changes nothing', async () => {
    const { port } = server.address() as AddressInfo;
    const [database, written] = [join(bench.data, 'underwright.sqlite'), bench.path('written')];
    const before = readFileSync(database);
    const attack = `
      const sqlite = (process) => {
        const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
        new DatabaseSync(${JSON.stringify(database)}).exec("DELETE FROM ledger_entries; VACUUM INTO '${written}'");
      };
      const native = (process) => process.dlopen({ exports: {} }, ${JSON.stringify(written)});
      const network = (process) => process.getBuiltinModule('node:net').connect(${port}, '127.0.0.1');
      const found = new Set();
      for (const way of [
        () => process, () => global.process, () => globalThis.process, () => require('node:process'),
        () => (0, eval)('process'), () => new Function('return process')(),
        () => host.sha256.constructor('return process')(), () => host.constructor.constructor('return process')(),
        () => { try { host.sha256(null); } catch (error) { return error.constructor.constructor('return process')(); } },
        () => { try { host.localDate('x', 'y'); } catch (error) { return error.constructor.constructor('return process')(); } },
        () => { try { null.x; } catch (error) { return error.constructor.constructor('return process')(); } },
        () => import.meta, () => std, () => os, () => Deno, () => WebAssembly, () => SharedArrayBuffer && Atomics && Worker,
      ]) {
        let process;
        try { process = way(); } catch { continue; }
        for (const use of [sqlite, native, network]) try { use(process); found.add(use.name); } catch {}
      }
      for (const name of ['process', 'require', 'module', 'fetch', 'WebSocket', 'XMLHttpRequest', 'WebAssembly', 'Worker', 'setTimeout', 'console', 'Deno', 'std', 'os', 'print'])
        if (typeof globalThis[name] !== 'undefined') found.add(name);
      try { fetch('http://127.0.0.1:${port}'); found.add('fetch'); } catch {}
      import('node:sqlite').then(() => found.add('import'), () => {});
      const genuine = core.records;
      core.records = (asked) => genuine(asked).map(({ made }) => ({ made: { ...made, ['reached:' + [...found]]: 1 } }))`;
    const { code, document } = await run(withCore(hostile(attack.replace('() => import.meta, ', ''))), ...mine());
    expect(document['replayed']).toMatchObject([
      { result: 'DIFFERS', differences: [{ part: 'DECISION', differs: 'CORE', paths: ['reached:'] }] },
    ]);
    expect(code).toBe(1);
    expect([calls, existsSync(written), readFileSync(database).equals(before)]).toEqual([0, false, true]);
  });

  test('whose core does not end is named, in its time', async () => {
    const looping = Buffer.from(`${coreHeader()}\n() => ({ features() { for (;;); } })`);
    const { code, out } = await underwright('replay', '--file', withCore(looping), ...mine());
    expect(out).toMatch(/^CORE {2}decline-by-model DECISION: the core gave no value\. It ran longer than 0\.6 s/m);
    expect(code).toBe(1);
  });

  test('whose core says that everything is the same is not believed', async () => {
    const same =
      'for (const name of Object.keys(core)) core[name] = () => []; core.replay = () => [[]]; core.contract = 1';
    const { code, document } = await run(withCore(hostile(same)), ...mine());
    expect([code, document['same'], document['differ']]).toEqual([1, 0, 1]);
  });

  test('whose core has another contract is refused before its code runs', async () => {
    const other = Buffer.from(`// underwright decision core, contract 1\nfor (;;);`);
    const { code, document } = await run(withCore(other), ...mine());
    expect(document['replayed']).toMatchObject([
      {
        result: 'CORE_UNAVAILABLE',
        detail: expect.stringMatching(/has contract 1, and this release runs contract 2 and 3/),
      },
    ]);
    expect(code).toBe(1);
  });

  test('needs a key, and a key that is one', async () => {
    const path = bench.path(`out/${ID}.decision.json`);
    const without = await run(path);
    expect([without.code, without.document['error']]).toMatchObject([
      2,
      { name: 'UsageError', message: expect.stringMatching(/--file goes with --key PEM/) },
    ]);
    for (const key of [
      bench.path('nowhere.pem'),
      bench.file('no.pem', 'no key'),
      bench.path('data/seal-private.pem'),
    ]) {
      const { code, document } = await run(path, '--key', key);
      expect([code, document['error']]).toMatchObject([2, { name: 'KeyUnreadable' }]);
    }
    const keys = readdirSync(bench.path('out')).filter((name) => name.endsWith('.pem'));
    expect(keys).toContain('seal-public.pem');
    expect(await run(path, '--key', bench.path('out/seal-public.pem'))).toMatchObject({
      code: 0,
      document: { same: 1 },
    });
  });

  test.each<[string, () => string, string]>([
    ['another key signed', () => withCore(atRecords('for (;;);')), 'OTHER_KEY'],
    [
      'no key signed',
      () => bench.file('forged.json', JSON.stringify({ ...file, signature: { ...file.signature, value: 'AAAA' } })),
      'FILE_CHANGED',
    ],
    [
      'has another model',
      () => {
        const release = file.release.map((each) => ({ ...each, ...(each.kind === 'model' && { bytes: 'AAAA' }) }));
        return bench.file('model.json', JSON.stringify({ ...file, release }));
      },
      'RELEASE_OBJECT_SWAPPED',
    ],
  ])('that %s is not run', async (_, path, name) => {
    const { code, document } = await run(path(), '--key', bench.path('out/seal-public.pem'));
    expect([code, document['error']]).toMatchObject([
      1,
      {
        name: 'FileNotVerified',
        message: expect.stringMatching(/does not verify, so nothing in it was run/),
        details: { faults: expect.arrayContaining([expect.objectContaining({ name })]) },
      },
    ]);
  });
});
