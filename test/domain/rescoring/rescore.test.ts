import { beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import type { Scorer } from '../../../adapters/ports.ts';
import { newestPolicy } from '../../../app/governance/policies.ts';
import { syntheticItems } from '../../../cli/policy/synthetic.ts';
import { releasedModel } from '../../../cli/released-model.ts';
import { PRODUCT_NAMES } from '../../../domain/application/products.ts';
import { UNRECORDED_LENDER } from '../../../domain/lender.ts';
import { itemOfRow, rescoringItem } from '../../../domain/rescoring/item.ts';
import { rescore, type Rescored, type Rescoring } from '../../../domain/rescoring/rescore.ts';
import { failedItems, sumOf, tallyOf } from '../../../domain/rescoring/tally.ts';

let model: Scorer;
let counted: Scorer;
let calls = 0;
beforeAll(async () => {
  model = await releasedModel('personal-loan');
  counted = {
    ...model,
    margins: (rows, shift) => {
      calls += 1;
      return model.margins(rows, shift);
    },
  };
});

const rescoring = (more: Partial<Rescoring> = {}): Rescoring => ({
  mode: 'sandbox',
  lender: UNRECORDED_LENDER,
  model: () => counted,
  champion: newestPolicy,
  candidate: () => undefined,
  ...more,
});
const items = (count: number) => [...syntheticItems('personal-loan', count, 7)];

describe('Items decided anew', () => {
  test.each(PRODUCT_NAMES)('of %s have an outcome each, with few calls of the model', async (product) => {
    calls = 0;
    const lines = await rescore([...syntheticItems(product, 60, 3)], rescoring());
    // A vehicle's loan has up to 4,755 candidates, and a call ends at 50,000 rows.
    expect(calls).toBeLessThanOrEqual(product === 'auto-loan' ? 6 : 1);
    expect(tallyOf(lines)).toMatchObject({ items: 60, failures: {} });
    for (const line of lines) expect(line).toMatchObject({ product, champion: { outcome: expect.any(String) } });
  });

  test('come out the same whatever they are decided together with', async () => {
    const all = items(20);
    const together = await rescore(all, rescoring());
    const apart = await Promise.all(all.map((item) => rescore([item], rescoring())));
    expect(together).toEqual(apart.flat());
  });

  test('are approved, declined and sent to a person as in the workflow, with the offer that they would get', async () => {
    const outcomes = tallyOf(await rescore(items(300), rescoring())).champion;
    expect(Object.keys(outcomes)).toEqual(expect.arrayContaining(['APPROVE', 'DECLINE', 'COUNTEROFFER']));
  });

  test('without a report, go to a person and never to an outcome', async () => {
    const [item] = items(1);
    const report = { status: 'UNAVAILABLE' as const, alerts: [], mismatches: [], attributes: null };
    const [line] = await rescore([{ ...item, report }], rescoring());
    expect(line).toMatchObject({
      score: null,
      champion: { outcome: expect.stringMatching(/^(HOLD|REFER)$/), offer: null },
    });
  });

  test('under two policies say both, and how they differ', async () => {
    const lines = await rescore(items(10), rescoring({ candidate: newestPolicy }));
    const { matrix } = tallyOf(lines);
    expect(Object.values(matrix).reduce((sum, count) => sum + count, 0)).toBe(10);
    for (const pair of Object.keys(matrix)) expect(pair.split(' ')[0]).toBe(pair.split(' ')[1]);
  });
});

describe('A line that is no item', () => {
  test.each([
    ['no JSON object', 7, ''],
    ['a name', { name: 'A' }, 'name'],
    [
      'an identity in the application',
      { application: { product: 'personal-loan', applicant: {} } },
      'application.applicant',
    ],
    ['no product', { application: {} }, 'application.product'],
    ['a report that says more than it may', { report: { status: 'HIT', ssn: '900-00-0000' } }, 'report.ssn'],
  ])('with %s is a named failure beside the others', async (_, fault, path) => {
    const [good] = items(1);
    const bad = typeof fault === 'object' ? { ...good, ...fault } : fault;
    const [first, second] = await rescore([bad, good], rescoring());
    expect(second).toHaveProperty('champion');
    const { failure } = first as Extract<Rescored, { failure: object }>;
    expect(failure.name).toBe('ItemMalformed');
    expect(failure.fields.map((field) => field.path)).toContain(path);
    expect(JSON.stringify(first)).not.toContain('900-00');
  });

  test('never stops the others, whatever it is', async () => {
    const [good] = items(1);
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (line) => {
        const [first, second] = await rescore([line, good], rescoring());
        expect(first).toHaveProperty('failure');
        expect(second).toHaveProperty('champion');
      }),
      { numRuns: 50 },
    );
  });
});

describe('A row', () => {
  const flat = (value: unknown, path: string[] = []): [string, string][] => {
    if (Array.isArray(value) || typeof value !== 'object' || value === null) {
      return [[path.join('.'), typeof value === 'string' ? value : JSON.stringify(value)]];
    }
    return Object.entries(value).flatMap(([name, part]) => flat(part, [...path, name]));
  };

  test('under dotted columns is the item that it was made from', () => {
    for (const product of PRODUCT_NAMES) {
      for (const item of syntheticItems(product, 20, 5)) {
        const row = itemOfRow(Object.fromEntries(flat(item)));
        expect(rescoringItem.parse(row)).toEqual(rescoringItem.parse(item));
      }
    }
  });

  test('leaves out what is empty, keeps an id that looks like a number, and pollutes nothing', () => {
    expect(itemOfRow({ id: '007', 'a.b': '', 'a.c': '-1.5', 'a.d': 'true', 'a.e': '[1]', 'a.f': '01' })).toEqual({
      id: '007',
      a: { c: -1.5, d: true, e: [1], f: '01' },
    });
    const income = (text: string) => itemOfRow({ 'application.income.annualGrossCents': text })['application'];
    expect(income('80000')).toEqual({ income: { annualGrossCents: 80_000 } });
    for (const text of ['80000.00', '80000.5', '8e4', '080000']) {
      expect(income(text)).toEqual({ income: { annualGrossCents: text } });
    }
    itemOfRow({ '__proto__.polluted': 'true', 'constructor.prototype.polluted': 'true' });
    expect({}).not.toHaveProperty('polluted');
  });
});

test('Tallies add up part by part', () => {
  const line = { id: 'a', failure: { name: 'ItemMalformed', fields: [] } } as const;
  const one = tallyOf([line]);
  expect(sumOf([one, one])).toEqual({ ...one, items: 2, failures: { ItemMalformed: 2 } });
  expect(failedItems(sumOf([one, one]))).toBe(2);
});
