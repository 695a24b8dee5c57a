import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';

import { underwright, underwrightProcess, workbench, examplePath, type Workbench } from '../cli/program.ts';
import { lenderDate } from '../support/lender.ts';
import { COMMAND_NAMES } from './definition.ts';
import { codeOf, commandsIn, ROOT, wordsOf } from './quotations.ts';

jest.setTimeout(120_000);

const PAGE = 'docs/policies.md';
const VERSIONS = 'policies/personal-loan';
/** The change that the page makes, and shows as a difference. */
const CHANGES = [
  ['version: 1.2.0', 'version: 1.3.0'],
  ['effective: 2026-12-01', 'effective: 2027-01-01'],
  ['inquiries_6m > 8', 'inquiries_6m > 2'],
  ['[1199, 1299]', '[1249, 1299]'],
] as const;

let project: string;
let bench: Workbench;
beforeAll(async () => {
  bench = workbench();
  expect(await underwright('submit', examplePath('approve-lowest-rate'), '--wait', '--data', bench.data)).toMatchObject(
    {
      code: 0,
    },
  );
  project = mkdtempSync(path.join(tmpdir(), 'underwright-policies-'));
  const unread = /^(?:\.|node_modules$|test$|docs$|bench$|training$|cdk\.out$|dist$)/;
  for (const part of readdirSync(ROOT).filter((name) => !unread.test(name))) {
    cpSync(path.join(ROOT, part), path.join(project, part), { recursive: true });
  }
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(project, 'node_modules'));
  // The page's first step.
  let source = readFileSync(path.join(project, VERSIONS, '1.2.0/policy.yaml'), 'utf8');
  for (const [before, after] of CHANGES) {
    expect(source).toContain(before);
    source = source.replace(before, after);
  }
  mkdirSync(path.join(project, VERSIONS, '1.3.0'));
  writeFileSync(path.join(project, VERSIONS, '1.3.0/policy.yaml'), source);
});
afterAll(() => {
  bench.remove();
  rmSync(project, { recursive: true });
});

/** Runs command lines of the page in the copy of the project. @returns the exit code and the output of each. */
function run(commands: readonly string[]): { readonly code: number; readonly out: string }[] {
  const today = lenderDate(new Date().toISOString());
  const january = `${Number(today.slice(0, 4)) + 1}-01-01`;
  const lines = commands.map((command) => {
    const words = wordsOf(command.replace(/^underwright /, '').replaceAll('2027-01-01', january)).map((word) =>
      word === 'TODAY' ? today : word,
    );
    return /^(?:propose|approve|active)$/.test(words[1]!) ? [...words, '--data', bench.data] : words;
  });
  const program = `
    const { run } = await import(process.argv[1]);
    for (const line of JSON.parse(process.argv[2])) console.log('\\0' + (await run(line)));`;
  const out = execFileSync(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--input-type=module',
      '-e',
      program,
      path.join(project, 'cli/program.ts'),
      JSON.stringify(lines),
    ],
    { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const parts = out.split(/\0(\d+)\n/);
  return lines.map((_, at) => ({ out: parts[2 * at]!, code: Number(parts[2 * at + 1]) }));
}

it('the commands of the page on policies bring its example into force, and its backtest has a swap set', async () => {
  const commands = commandsIn(codeOf(PAGE), COMMAND_NAMES);
  const inOrder = (...names: string[]) =>
    commands
      .map(({ text }) => text)
      .filter(
        (text) =>
          names.some((name) => text.startsWith(`underwright policy ${name} `)) &&
          !text.includes(' decline-by-model') &&
          !text.includes('DIGEST'),
      );
  const [check, diff, backtest] = run(inOrder('check', 'diff', 'backtest'));
  expect(check).toMatchObject({ code: 0, out: expect.stringContaining('personal-loan 1.3.0 compiles') });
  const [shown] = codeOf(PAGE).filter(({ text }) => text.includes('~ annual_rate'));
  for (const line of shown!.text.split('\n').filter((each) => each.includes('  ')))
    expect(diff!.out).toContain(line.trim());
  expect(backtest!.out).toMatch(/[1-9][\d,]* of 20,000 change/);

  execFileSync(process.execPath, ['scripts/compile-policies.ts'], { cwd: project, stdio: 'pipe' });
  const governed = run(inOrder('propose', 'approve', 'active'));
  expect(governed.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
  expect(governed.at(-1)!.out).toMatch(/^personal-loan@1\.3\.0 /);
  // Today has a version, so an application is decided.
  expect(await underwrightProcess('policy', 'active', 'personal-loan', '--data', bench.data)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^personal-loan@1\.2\.0 /),
  });
  const next = {
    ...(JSON.parse(readFileSync(examplePath('decline-by-model'), 'utf8')) as object),
    applicationId: 'application-0002',
  };
  expect(
    (await underwright('submit', bench.file('next.json', JSON.stringify(next)), '--wait', '--data', bench.data)).out,
  ).toContain('DECLINE');
});
