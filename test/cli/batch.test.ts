import { readFileSync } from 'node:fs';

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { syntheticItems } from '../../cli/policy/synthetic.ts';
import { underwright, underwrightJson, workbench, type Workbench } from './program.ts';

jest.setTimeout(120_000);

let bench: Workbench;
let file: string;
beforeAll(() => {
  bench = workbench();
  const items = [...syntheticItems('personal-loan', 410, 2)].map((item) => JSON.stringify(item));
  file = bench.file('portfolio.jsonl', [...items, '{"id":"odd","name":"Nobody"}', ''].join('\n'));
});
afterAll(() => bench.remove());
const run = (...args: string[]) => underwrightJson('batch', ...args, '--data', bench.path('data'));

describe('batch', () => {
  test('decides every line of a file, in its order, and names the line that is no item', async () => {
    const out = bench.path('out');
    const ended = await run(file, '--tolerate', '1%', '--out', out, '--policy', 'personal-loan@1.0.0');
    expect(ended.code).toBe(0);
    expect(ended.document).toMatchObject({ items: 411, failures: { ItemMalformed: 1 }, status: 'SUCCEEDED' });
    const lines = readFileSync(`${out}/results.jsonl`, 'utf8').trim().split('\n');
    const ids = lines.map((line) => (JSON.parse(line) as { id: string }).id);
    expect(ids.slice(0, 2)).toEqual(['synthetic-2-1', 'synthetic-2-2']);
    expect([ids.length, ids.at(-1)]).toEqual([411, 'odd']);
    expect(JSON.parse(readFileSync(`${out}/summary.json`, 'utf8'))).toMatchObject({ items: 411 });
  });

  test('makes nothing twice: a second run names the same parts, and one with a line put right only that part anew', async () => {
    const parts = async (path: string) =>
      (await run(path, '--tolerate', '1%', '--id', 'twice')).document['parts'] as string[];
    const [first, second] = [await parts(file), await parts(file)];
    expect(second).toEqual(first);
    const lines = readFileSync(file, 'utf8').split('\n');
    const mended = bench.file(
      'mended.jsonl',
      [...lines.slice(0, 410), lines[0]!.replace('-1"', '-411"'), ''].join('\n'),
    );
    const third = await parts(mended);
    expect(third.slice(0, 2)).toEqual(first.slice(0, 2));
    expect(third[2]).not.toBe(first[2]);
  });

  test('ends with 1 past what is tolerated, and keeps the results', async () => {
    const { code, document } = await run(file, '--out', bench.path('kept'));
    expect(code).toBe(1);
    expect(document).toMatchObject({ status: 'FAILED', items: 411 });
    expect(readFileSync(bench.path('kept/results.jsonl'), 'utf8').trim().split('\n')).toHaveLength(411);
  });

  test('reads a CSV file under dotted columns', async () => {
    const rows = [
      'id,asOf,application.product,application.residence.state,application.request.amountCents,application.request.termMonths,application.request.purpose,application.income.annualGrossCents,application.housing.status,application.housing.monthlyPaymentCents,report.status',
      '1,2026-01-05,personal-loan,IL,1000000,36,OTHER,8000000,RENT,100000,NO_HIT',
    ];
    const { code, document } = await run(bench.file('rows.csv', rows.join('\n')));
    expect([code, document['items'], document['failures']]).toEqual([0, 1, {}]);
  });

  test.each([
    ['a file of another kind', ['portfolio.txt'], 2],
    ['a file that is not there', ['none.jsonl'], 2],
    ['a share that is none', ['portfolio.jsonl', '--tolerate', '101%'], 2],
    ['an id that leads elsewhere', ['portfolio.jsonl', '--id', '../a'], 2],
  ])('refuses %s', async (_, [name = '', ...more], expected) => {
    const { code } = await underwright('batch', bench.path(name), ...more, '--data', bench.path('data'));
    expect(code).toBe(expected);
  });

  test('names a policy that the release does not have', async () => {
    const { code, out, err } = await underwright(
      'batch',
      file,
      '--policy',
      'personal-loan@9.9.9',
      '--data',
      bench.path('data'),
    );
    expect(code).toBe(1);
    expect(out + err).toContain('ExceedToleratedFailureThreshold');
  });
});
