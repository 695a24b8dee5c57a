import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import type { JsonObject } from '../../domain/json.ts';
import { examplePath, underwright, underwrightJson, workbench, type Workbench } from './program.ts';

// Each test runs the program several times, and other suites run beside it.
jest.setTimeout(120_000);

const SOURCE = readFileSync(join(import.meta.dirname, '../../policies/personal-loan/1.0.0/policy.yaml'), 'utf8');
let bench: Workbench;
let candidate: string;

beforeAll(() => {
  bench = workbench();
  candidate = bench.file(
    'candidate.yaml',
    SOURCE.replace('version: 1.0.0', 'version: 1.0.1')
      .replace('inquiries_6m > 8', 'inquiries_6m > 2')
      .replace('[1199, 1299]', '[1249, 1299]'),
  );
});
afterAll(() => bench.remove());

describe('policy check', () => {
  test('says that a committed policy compiles to the committed module', async () => {
    const { code, out } = await underwright('policy', 'check', 'personal-loan@1.0.0');
    expect(out).toContain('personal-loan 1.0.0 compiles: 31 rules over 29 inputs.');
    expect(out).toContain('The committed module is what the text compiles to.');
    expect(code).toBe(0);
  });

  test('places every error, says how to mend it, and ends with 1', async () => {
    const faulty = bench.file(
      'faulty.yaml',
      SOURCE.replace('pd >= 70996\n', 'pdd >= 70996\n').replace('inquiries_6m > 8', 'inquiries_6m > "8"'),
    );
    const { code, out } = await underwright('policy', 'check', faulty);
    const lineOf = (text: string) =>
      readFileSync(faulty, 'utf8')
        .split('\n')
        .findIndex((line) => line.includes(text)) + 1;
    expect(out).toMatch(new RegExp(`error {4}\\S*faulty.yaml:${lineOf('pdd >=')}:\\d+: .*pdd.*`));
    expect(out).toMatch(new RegExp(`error {4}\\S*faulty.yaml:${lineOf('> "8"')}:\\d+: `));
    expect(code).toBe(1);
    const { document } = await underwrightJson('policy', 'check', faulty);
    expect(document).toMatchObject({ ok: false, committed: 'NONE', digest: null });
  });

  test('finds a committed module that is not what its text compiles to', async () => {
    mkdirSync(bench.path('edited'));
    const text = bench.file('edited/policy.yaml', SOURCE.replace('inquiries_6m > 8', 'inquiries_6m > 2'));
    bench.file(
      'edited/policy.js',
      readFileSync(join(import.meta.dirname, '../../policies/personal-loan/1.0.0/policy.js')),
    );
    expect((await underwrightJson('policy', 'check', text)).document).toMatchObject({
      ok: false,
      committed: 'DIFFERENT',
    });
  });

  test.each(['nowhere.yaml', 'personal-loan@9.9.9', 'HEAD:policies/nowhere.yaml', '--output=x:y'])(
    'ends with 2 for %s',
    async (reference) => {
      expect(await underwright('policy', 'check', reference)).toMatchObject({ code: 2, out: '' });
    },
  );
});

describe('policy diff', () => {
  test('is read side by side at 100 columns', async () => {
    const { code, out } = await underwright(
      'policy',
      'diff',
      'personal-loan@1.0.0',
      candidate,
      '--html',
      bench.path('d.html'),
    );
    expect(code).toBe(0);
    expect(Math.max(...out.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(100);
    expect(out.slice(out.indexOf('\npolicy'))).toBe(`
policy
~ version                1.0.0                                 1.0.1

tables
~ annual_rate
                 term < 37  term >= 37
    risk A             899         999
    risk B  * 1199 -> 1249        1299
    risk C            1499        1599
    risk D            1899        1999
    risk E            2299        2399
    risk F            2699        2799

rules.full
~ MANY_INQUIRIES
    when                 inquiries_6m > 8                      inquiries_6m > 2

0 added, 0 removed, 3 changed.
`);
    const page = readFileSync(bench.path('d.html'), 'utf8');
    expect(page).toContain('<td class="n">899</td>');
    expect(page).toContain('<mark>1249</mark>');
    expect(page.match(/<tr class="changed">/g)).toHaveLength(3);
    expect(page).not.toMatch(/<script|src=|href=/);
  });

  test('takes a revision of git', async () => {
    const path = 'policies/personal-loan/1.0.0/policy.yaml';
    const { document } = await underwrightJson('policy', 'diff', `HEAD:${path}`, path);
    expect(document).toMatchObject({ before: `HEAD:${path}`, after: path, changes: [] });
  });
});

describe('policy backtest', () => {
  test('over invented applications gives the same report every time, in every form', async () => {
    const args = ['policy', 'backtest', candidate, '--synthetic', '3000', '--seed', '7'];
    const files = ['--csv', bench.path('b.csv'), '--html', bench.path('b.html')];
    const [first, second] = [await underwrightJson(...args, ...files), await underwrightJson(...args)];
    expect(second.out).toBe(first.out);
    expect(first.document).toMatchObject({ applications: 3000, assumptions: { lossGivenDefault: 0.9 } });
    const movers = first.document['movers'] as JsonObject[];
    expect(new Set(movers.map(({ from, to, by }) => JSON.stringify([from, to, by])))).toContain(
      '["APPROVE","REFER","MANY_INQUIRIES"]',
    );
    const page = readFileSync(bench.path('b.html'), 'utf8');
    for (const part of ['<svg', 'Swap set: ', 'MANY_INQUIRIES', 'synthetic-7-', 'loss given default 0.9'])
      expect(page).toContain(part);
    expect(page).not.toMatch(/<script|src=|href=/);
    const { swapped, outcomes } = first.document as { swapped: number; outcomes: { champion: { APPROVE: number } } };
    expect(swapped).toBeGreaterThan(0);
    expect(readFileSync(bench.path('b.csv'), 'utf8')).toContain(`outcome,APPROVE,${outcomes.champion.APPROVE},`);
    const { out } = await underwright(...args);
    expect(Math.max(...out.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(100);
  });

  test.each(['auto-loan', 'credit-line'])('runs for %s against itself and moves nobody', async (product) => {
    const args = ['policy', 'backtest', product, '--against', product, '--synthetic', '3000'];
    const { document } = await underwrightJson(...args);
    expect(document).toMatchObject({ applications: 3000, swapped: 0, repriced: 0, refusedInputs: [] });
    const { outcomes } = document as { outcomes: { champion: { APPROVE: number; DECLINE: number } } };
    expect(outcomes.champion.APPROVE).toBeGreaterThan(0);
    expect(outcomes.champion.DECLINE).toBeGreaterThan(0);
  });

  test('names the line of a file that is no application, without its values', async () => {
    const file = bench.file('lines.jsonl', '{"id":"one","inputs":{}}\n{"id":"two","inputs":"900-00-0000"}\n');
    const { code, document } = await underwrightJson('policy', 'backtest', candidate, '--applications', file);
    expect(code).toBe(2);
    expect(JSON.stringify(document)).toContain('lines.jsonl:2 is no application (inputs)');
    expect(JSON.stringify(document)).not.toContain('900-00');
  });

  test('asks over which applications, and for one product', async () => {
    expect((await underwrightJson('policy', 'backtest', candidate)).code).toBe(2);
    const alone = await underwrightJson('policy', 'backtest', 'auto-loan@1.0.0', '--synthetic', '10');
    expect(alone).toMatchObject({ code: 2, document: { error: { name: 'BacktestUnclear' } } });
    expect(JSON.stringify(alone.document)).toContain('name the champion with --against');
    const against = ['--against', 'auto-loan', '--synthetic', '10'];
    expect((await underwrightJson('policy', 'backtest', candidate, ...against)).code).toBe(2);
  });
});

describe('with decided applications', () => {
  const IDS = ['decline-by-model', 'counteroffer-pti', 'decline-income'];
  beforeAll(async () => {
    for (const id of IDS) {
      const { code } = await underwright('submit', examplePath(id), '--wait', '--data', bench.data);
      expect(code).toBe(0);
    }
  });

  test('explain says which rule fired, what it read and what would turn it, and names nobody', async () => {
    const { code, out } = await underwright('policy', 'explain', 'decline-by-model', '--data', bench.data);
    expect(code).toBe(0);
    expect(out).toContain('DECLINE by PREDICTED_DEFAULT_TOO_LIKELY');
    expect(out).toContain('decided DECLINE by the policy');
    const [, pd = ''] = /read {2}pd = (\d+)/.exec(out) ?? [];
    expect(out).toContain(`pd >= cutoff_decline (71188): so; pd ${71_187 - Number(pd)} turns it`);
    const { applicant } = JSON.parse(readFileSync(examplePath('decline-by-model'), 'utf8')) as {
      applicant: { lastName: string; ssn: string };
    };
    const all = await underwrightJson('policy', 'explain', 'decline-by-model', '--data', bench.data);
    expect(all.out).not.toContain(applicant.lastName);
    expect(all.out).not.toContain(applicant.ssn);
  });

  test('explain says which limit bound, and what was decided without a report', async () => {
    const bound = await underwright('policy', 'explain', 'counteroffer-pti', '--data', bench.data);
    expect(bound.out).toContain('bound by PTI');
    const early = await underwrightJson('policy', 'explain', 'decline-income', '--data', bench.data);
    expect(early.document).toMatchObject({ outcome: 'DECLINE', decidedBy: ['INCOME_BELOW_MINIMUM'] });
  });

  test('explain evaluates the rules as they were recorded', async () => {
    const { document } = await underwrightJson('policy', 'explain', 'decline-by-model', '--data', bench.data);
    expect(document).toMatchObject({ outcome: 'DECLINE', explained: { outcome: 'DECLINE', invalidInputs: [] } });
  });

  test('explain ends with 3 for an application that is not there', async () => {
    expect((await underwright('policy', 'explain', 'nobody', '--data', bench.data)).code).toBe(3);
  });

  test('backtest decides stored applications as the ledger has them', async () => {
    const { document } = await underwrightJson('policy', 'backtest', candidate, '--data', bench.data);
    expect(document).toMatchObject({
      applications: 3,
      skipped: [],
      outcomes: { champion: { DECLINE: 2, COUNTEROFFER: 1 } },
    });
  });
});
