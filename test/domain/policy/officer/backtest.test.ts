import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { loadPolicyModule } from '../../../../adapters/policy-module.ts';
import {
  Backtest,
  BACKTEST_OUTCOMES,
  SIDES,
  type BacktestApplication,
  type BacktestReport,
} from '../../../../domain/policy/officer/backtest.ts';
import { PRODUCTS } from '../../../../domain/products/index.ts';
import { REASONS } from '../../../../domain/reasons/catalogue.ts';
import { compilePolicy } from '../../../../packages/policy-compiler/compile.ts';
import type { PolicyModule } from '../../../../packages/policy-compiler/module.ts';
import { policyInput } from '../../../support/policy-inputs.ts';

const SOURCE = readFileSync(join(import.meta.dirname, '../../../../policies/personal-loan/1.0.0/policy.yaml'), 'utf8');
const ASSUMPTIONS = { lossGivenDefault: 0.5, exposureAtDefault: 0.8, averageBalance: 0.5, lineMonths: 12 };

async function moduleWith(...changes: readonly (readonly [string, string])[]): Promise<PolicyModule> {
  let source = SOURCE;
  for (const [from, to] of changes) {
    if (!source.includes(from)) throw new Error(`The policy has no ${from}.`);
    source = source.replaceAll(from, to);
  }
  const compiled = compilePolicy(source, 'policy.yaml', { reasons: Object.keys(REASONS) });
  if (!compiled.ok) throw new Error(compiled.errors[0]?.message);
  return loadPolicyModule(compiled.module, compiled.digest.module);
}

const BASE = PRODUCTS['personal-loan'].fullInputs(policyInput(), undefined);

/** Around every cut that the changes below move, and values that are missing. */
const application: fc.Arbitrary<BacktestApplication> = fc
  .record({
    requested_amount: fc.integer({ min: 100_000, max: 10_000_000 }),
    term: fc.constantFrom(36, 60),
    annual_income: fc.option(fc.integer({ min: 0, max: 20_000_000 }), { freq: 20 }),
    housing_payment: fc.option(fc.integer({ min: 0, max: 300_000 }), { freq: 20 }),
    monthly_obligations: fc.option(fc.integer({ min: 0, max: 300_000 }), { freq: 20 }),
    pd: fc.option(fc.integer({ min: 0, max: 120_000 }), { freq: 20 }),
    inquiries_6m: fc.integer({ min: 0, max: 12 }),
    bankruptcies: fc.integer({ min: 0, max: 1 }),
  })
  .map((inputs) => ({ id: 'one', stage: 'full' as const, inputs: { ...BASE, ...inputs } }));
const applications = fc.array(application, { minLength: 1, maxLength: 40 });

function over(champion: PolicyModule, candidate: PolicyModule, all: readonly BacktestApplication[]): BacktestReport {
  const run = new Backtest({ champion, candidate }, ASSUMPTIONS);
  for (const [at, each] of all.entries()) run.add({ ...each, id: `application-${at}` });
  return run.report();
}

const offered = ({ outcomes }: BacktestReport, side: (typeof SIDES)[number]): number =>
  outcomes[side].APPROVE + outcomes[side].COUNTEROFFER;

let champion: PolicyModule;
let otherwise: PolicyModule;
beforeAll(async () => {
  champion = await moduleWith();
  otherwise = await moduleWith(['inquiries_6m > 8', 'inquiries_6m > 4'], ["value: '1200'", "value: '900'"]);
});

describe('A backtest', () => {
  test('counts every application once for each policy, in the matrix and in the bands', () => {
    fc.assert(
      fc.property(applications, (all) => {
        const report = over(champion, otherwise, all);
        const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
        expect(sum(report.matrix.map(({ count }) => count))).toBe(all.length);
        for (const side of SIDES) {
          expect(sum(BACKTEST_OUTCOMES.map((outcome) => report.outcomes[side][outcome]))).toBe(all.length);
          expect(sum(report.bands.map((band) => band[side].applications))).toBe(all.length);
          expect(report.book[side].offered).toBe(offered(report, side));
        }
      }),
    );
  });

  test('names a cause and a sample for everyone who moved, and for nobody else', () => {
    fc.assert(
      fc.property(applications, (all) => {
        const { matrix, movers, swapped } = over(champion, otherwise, all);
        const moved = matrix.filter(({ from, to }) => from !== to);
        expect(swapped).toBe(moved.reduce((total, { count }) => total + count, 0));
        for (const { from, to, count } of moved) {
          const causes = movers.filter((mover) => mover.from === from && mover.to === to);
          expect(causes.reduce((total, cause) => total + cause.count, 0)).toBeGreaterThanOrEqual(count);
          expect(causes.every(({ samples }) => samples.length > 0)).toBe(true);
        }
        expect(movers.filter(({ from, to }) => from === to)).toEqual([]);
      }),
    );
  });

  test('finds nothing between a policy and itself', () => {
    fc.assert(
      fc.property(applications, (all) => {
        const report = over(champion, champion, all);
        expect(report).toMatchObject({ swapped: 0, repriced: 0, movers: [] });
        expect(report.book.candidate).toEqual(report.book.champion);
      }),
    );
  });

  test('never offers more under a stricter cut-off', async () => {
    const stricter = await moduleWith(['70996', '65000'], ['67000', '60000']);
    fc.assert(
      fc.property(applications, (all) => {
        const report = over(champion, stricter, all);
        expect(offered(report, 'candidate')).toBeLessThanOrEqual(offered(report, 'champion'));
      }),
    );
  });

  test('never offers more money under a smaller cap of payment to income', async () => {
    const stricter = await moduleWith(["value: '1200'", "value: '900'"]);
    fc.assert(
      fc.property(applications, (all) => {
        const { book } = over(champion, stricter, all);
        expect(book.candidate.amountCents).toBeLessThanOrEqual(book.champion.amountCents);
      }),
    );
  });

  const one = (inputs: BacktestApplication['inputs'] = {}): BacktestApplication => ({
    id: 'application-0',
    stage: 'full',
    inputs: { ...BASE, ...inputs },
  });

  test('says which rule moved whom', async () => {
    const stricter = await moduleWith(['inquiries_6m > 8', 'inquiries_6m > 4']);
    const { movers } = over(champion, stricter, [one({ inquiries_6m: 5 }), one({ inquiries_6m: 4 })]);
    expect(movers).toEqual([
      { from: 'APPROVE', to: 'REFER', by: 'MANY_INQUIRIES', count: 1, samples: ['application-0'] },
    ]);
  });

  test('names the limit where no rule moved anybody', async () => {
    const stricter = await moduleWith(["value: '1200'", "value: '300'"]);
    const { movers } = over(champion, stricter, [one({ requested_amount: 1_500_000, annual_income: 9_600_000 })]);
    expect(movers).toEqual([
      { from: 'APPROVE', to: 'COUNTEROFFER', by: 'limit:PTI', count: 1, samples: ['application-0'] },
    ]);
  });

  test('takes loss and yield from its assumptions', () => {
    // 10,000 dollars over 36 months at 8.99 %, a fee of 3 %, and a probability of default of 1 %.
    const { book } = over(champion, champion, [one({ requested_amount: 1_000_000, term: 36, pd: 10_000 })]);
    // Loss: 1,000,000 * 0.8 * 0.5 * 0.01. Yield: 1,000,000 * 0.0899 * 0.5 * 3 * 0.99 + 1,000,000 * 0.03.
    expect(book.champion).toMatchObject({ amountCents: 1_000_000, expectedLossCents: 4_000, yieldCents: 163_502 });
  });

  test('knows that a policy would go on where no report was pulled', () => {
    const inputs = PRODUCTS['personal-loan'].preBureauInputs(policyInput());
    const { outcomes } = over(champion, champion, [{ id: 'one', stage: 'pre-bureau', inputs }]);
    expect(outcomes.champion.PROCEED).toBe(1);
  });

  test('counts an input that a policy refuses by its name, never its value', () => {
    const report = over(champion, champion, [one({ pd: 2_000_001 })]);
    expect(report.refusedInputs).toEqual([{ input: 'pd OUT_OF_RANGE', champion: 1, candidate: 1 }]);
    expect(report.outcomes.champion.REFER).toBe(1);
    expect(JSON.stringify(report)).not.toContain('2000001');
  });

  test('of nothing is a report of zeros', () => {
    expect(over(champion, champion, [])).toMatchObject({ applications: 0, swapped: 0, matrix: [], bands: [] });
  });
});
