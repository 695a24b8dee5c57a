import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Metafile } from 'esbuild';

import { buildCore } from '../../core/build.ts';
import { FUNCTIONS, type DeployedName } from '../../lambdas/functions.ts';
import {
  bundleFunction,
  bundleModule,
  DECIDING_FUNCTIONS,
  CONSENT_TEXTS_FILE,
  DECISION_CORE_FILE,
  folderOf,
  LENDING_FUNCTIONS,
  MODELS_FOLDER,
  SAMPLES_FOLDER,
  SCORING_FUNCTIONS,
  type BundleArchitecture,
} from '../../lib/bundling.ts';
import { stageNamed, wordsOf } from '../../stages/stage.ts';
import { goldenNotices } from '../support/golden-notices.ts';
import { resourcesOf, synthesise } from '../support/synthesised.ts';
import { zippedBytes } from '../support/zipped-size.ts';

const run = promisify(execFile);
const names = Object.keys(FUNCTIONS) as DeployedName[];
/** They compare names of every script: docs/decisions/0029-names-by-pairs-of-words.md. */
const NAMING_FUNCTIONS: readonly string[] = [
  'ScreenApplicants',
  'PullBureauReport',
  'AcceptOffer',
  'ReadHoldIdentity',
  'SearchApplicant',
];
const here: BundleArchitecture = process.arch === 'arm64' ? 'arm64' : 'x64';

// Outside the project, so that a bundle finds no node_modules.
const root = mkdtempSync(join(tmpdir(), 'underwright-bundles-'));
const inputs = new Map<DeployedName, Metafile['inputs']>();
const environments = new Map<string, Record<string, string>>();

beforeAll(() => {
  for (const name of names) {
    const { outputs } = bundleFunction(name, join(root, 'arm64', name), 'arm64');
    const entry = Object.entries(outputs).find(([path]) => path.endsWith('index.mjs'))?.[1];
    // What esbuild read but left out does not count.
    const kept = Object.entries(entry?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
    inputs.set(name, Object.fromEntries(kept.map(([path]) => [path, { bytes: 0, imports: [] }])));
  }
  bundleFunction('ScoreApplication', join(root, here, 'ScoreApplication'), here);
  const { simulatedBureau, workflow, api, batch } = synthesise('sandbox');
  const functions = [simulatedBureau, workflow, api, batch].flatMap((stack) =>
    resourcesOf(stack, 'AWS::Lambda::Function'),
  );
  for (const [id, { Properties }] of functions) {
    const { Variables } = Properties['Environment'] as { Variables: Record<string, unknown> };
    const values = Object.entries(Variables).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : 'https://set.example',
    ]);
    environments.set(id.replace(/Function[0-9A-F]{8}$/, ''), Object.fromEntries(values) as Record<string, string>);
  }
}, 120_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Runs a module in a fresh process that has nothing but what the stack gives the function. */
async function inCleanFolder(folder: string, source: string, environment: Record<string, string>): Promise<string> {
  writeFileSync(join(folder, 'probe.mjs'), source);
  try {
    const { stdout } = await run(process.execPath, ['probe.mjs'], {
      cwd: folder,
      env: {
        AWS_REGION: 'us-east-1',
        AWS_LAMBDA_FUNCTION_NAME: 'probed',
        ...environment,
        // The file beside the bundle.
        ...(environment['CONSENT_TEXTS'] && { CONSENT_TEXTS: CONSENT_TEXTS_FILE }),
      },
    });
    return stdout.trim();
  } finally {
    rmSync(join(folder, 'probe.mjs'));
  }
}

describe.each(names)('The bundle of %s', (name) => {
  test('loads in a folder of its own, with the environment that the stack gives it', async () => {
    const stdout = await inCleanFolder(
      join(root, 'arm64', name),
      "const { handler } = await import('./index.mjs'); console.log(typeof handler);",
      environments.get(name) ?? {},
    );
    expect(stdout).toBe('function');
  });

  test('has no embedded adapter and no SQLite in it, and no TypeScript compiler or test', () => {
    const paths = Object.keys(inputs.get(name) ?? {});
    expect(paths).toContain(`lambdas/${folderOf(name)}.ts`);
    expect(paths.filter((path) => /^(adapters\/embedded|local|cli|test|lib)\//.test(path))).toEqual([]);
    expect(readFileSync(join(root, 'arm64', name, 'index.mjs'), 'utf8')).not.toMatch(/node:sqlite/);
  });

  test('stays within its size', () => {
    const kilobytes = zippedBytes(join(root, 'arm64', name)) / 1024;
    expect(kilobytes).toBeGreaterThan(10);
    const limit = NAMING_FUNCTIONS.includes(name) ? 560 : 450;
    // DrawNotice has the renderer of PDFs and two fonts of 0.7 MB.
    const large: Readonly<Record<string, number>> = { DrawNotice: 2 * 1024 };
    expect(kilobytes).toBeLessThan(SCORING_FUNCTIONS.includes(name) ? 12 * 1024 : (large[name] ?? limit));
  });
});

/** The folder of models and what is in it, but for the files that no function reads. */
const modelFiles = [
  'models',
  ...readdirSync('models', { recursive: true })
    .map((path) => `models/${String(path)}`)
    .filter((path) => !/\.md$|provenance\.json$/.test(path)),
].sort();

test('Only what scores carries the ONNX Runtime, of one system, and the models; what decides the decision core', () => {
  for (const name of names.filter((each) => each !== 'DrawNotice')) {
    const files = readdirSync(join(root, 'arm64', name), { recursive: true })
      .map(String)
      .filter((file) => !(LENDING_FUNCTIONS.includes(name) && file === CONSENT_TEXTS_FILE))
      .sort();
    expect(files).toEqual(
      SCORING_FUNCTIONS.includes(name)
        ? [
            ...(DECIDING_FUNCTIONS.includes(name) ? [DECISION_CORE_FILE] : []),
            'index.mjs',
            'libonnxruntime.so.1',
            ...modelFiles,
            'onnxruntime_binding.node',
          ]
        : name === 'SubmitSamples'
          ? expect.arrayContaining(['index.mjs', `${SAMPLES_FOLDER}/expectations.json`])
          : [...(DECIDING_FUNCTIONS.includes(name) ? [DECISION_CORE_FILE] : []), 'index.mjs'],
    );
  }
});

test('The renderer beside the fonts draws a PDF, in a folder of its own', async () => {
  const folder = join(root, 'arm64', 'DrawNotice');
  const [golden] = goldenNotices();
  writeFileSync(
    join(folder, 'event.json'),
    JSON.stringify({ notice: golden!.notice, issuedAt: '2026-11-23T05:14:52.411Z' }),
  );
  const stdout = await inCleanFolder(
    folder,
    `import { readFileSync } from 'node:fs';
     const { handler } = await import('./index.mjs');
     const { content } = await handler(JSON.parse(readFileSync('event.json', 'utf8')), { awsRequestId: 'probe' });
     console.log(Buffer.from(content, 'base64').subarray(0, 8).toString());`,
    environments.get('DrawNotice') ?? {},
  );
  expect(stdout).toContain('%PDF-1.7');
});

test('The runtime beside the bundle opens the model beside the bundle, in a folder of its own', async () => {
  const folder = join(root, here, 'ScoreApplication');
  bundleModule('adapters/onnx/models.ts', join(folder, 'models.mjs'), here);
  const stdout = await inCleanFolder(
    folder,
    `const models = (await import('./models.mjs')).packagedModels('${MODELS_FOLDER}');
     const [{ digest }] = await models.released();
     console.log((await models.open(digest)).manifest.id);`,
    environments.get('ScoreApplication') ?? {},
  );
  expect(stdout).toBe('personal-loan-default');
});

test('A runtime that does not load is named as such, and the model is not blamed', async () => {
  const folder = join(root, 'without-runtime');
  bundleFunction('ScoreApplication', folder, here);
  bundleModule('adapters/onnx/models.ts', join(folder, 'models.mjs'), here);
  rmSync(join(folder, 'libonnxruntime.so.1'));
  const stdout = await inCleanFolder(
    folder,
    `const models = (await import('./models.mjs')).packagedModels('${MODELS_FOLDER}');
     const [{ digest }] = await models.released();
     console.log(await models.open(digest).catch((error) => error.name + ': ' + error.message));`,
    environments.get('ScoreApplication') ?? {},
  );
  expect(stdout).toMatch(
    /^NativeLibraryUnavailable: The native library of onnxruntime-node does not load on linux-\w+: .*libonnxruntime\.so\.1.*\. Run "npm ci"/,
  );
});

test.each(DECIDING_FUNCTIONS)(
  'The core beside %s is the one that every other build of the sources is',
  async (name) => {
    const beside = readFileSync(join(root, 'arm64', name, DECISION_CORE_FILE));
    expect(beside.equals(await buildCore())).toBe(true);
    expect(environments.get(name)?.['DECISION_CORE']).toBe(`/var/task/${DECISION_CORE_FILE}`);
  },
);

test.each(LENDING_FUNCTIONS)('The consent texts beside %s are those of its stage', (name) => {
  const beside: unknown = JSON.parse(readFileSync(join(root, 'arm64', name, CONSENT_TEXTS_FILE), 'utf8'));
  expect(beside).toEqual(wordsOf(stageNamed('sandbox')));
  expect(environments.get(name)?.['CONSENT_TEXTS']).toBe(`/var/task/${CONSENT_TEXTS_FILE}`);
  expect(Buffer.byteLength(JSON.stringify(environments.get(name)))).toBeLessThan(4_096);
});

test('The samples beside the bundle are found there', async () => {
  const stdout = await inCleanFolder(
    join(root, 'arm64', 'SubmitSamples'),
    `const { handler } = await import('./index.mjs');
     const context = { getRemainingTimeInMillis: () => 1000 };
     console.log(await handler({ samples: ['nobody'] }, context).catch((error) => error.name + ': ' + error.message));`,
    { ...environments.get('SubmitSamples'), SAMPLES_FOLDER },
  );
  expect(stdout).toMatch(/SampleMissing: There is no sample nobody: name one of approve-lowest-rate/);
});

test('A bundle keeps the names of errors, on which the state machine matches', () => {
  const text = readFileSync(join(root, 'arm64', 'PullBureauReport', 'index.mjs'), 'utf8');
  for (const error of ['BureauUnavailable', 'StoreUnavailable', 'LedgerConflict'])
    expect(text).toMatch(new RegExp(`name ?= ?["']${error}["']`));
  expect(readFileSync(join(root, 'arm64', 'ScoreApplication', 'index.mjs'), 'utf8')).toMatch(
    /name ?= ?["']NativeLibraryUnavailable["']/,
  );
});
