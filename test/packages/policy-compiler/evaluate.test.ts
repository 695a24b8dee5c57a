import { beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import type { Inputs, PolicyModule } from '../../../packages/policy-compiler/module.ts';
import { validInputs } from './arbitrary.ts';
import { ORDINARY } from './ordinary.ts';
import { compiled, load, PERSONAL_LOAN, policyWith } from './support.ts';

let loan: PolicyModule;
const { policy } = compiled(PERSONAL_LOAN);
beforeAll(async () => {
  loan = await load(PERSONAL_LOAN);
});
const full = (changes: Inputs): ReturnType<PolicyModule['evaluate']> =>
  loan.evaluate('full', { ...ORDINARY, ...changes });
const preBureau = Object.fromEntries(
  policy.inputs.filter(({ stage }) => stage === 'pre-bureau').map(({ name }) => [name, ORDINARY[name] ?? null]),
);

describe('an outcome', () => {
  test('is an approval when every rule was evaluated and passed', () => {
    const { outcome, rules, failed, unevaluated } = full({});
    expect(outcome).toBe('APPROVE');
    expect(failed).toEqual([]);
    expect(unevaluated).toEqual([]);
    expect(Object.keys(rules)).toHaveLength(34);
    expect(new Set(Object.values(rules))).toEqual(new Set(['PASSED', 'MISSING_PASSED']));
  });

  test.each([
    ['a hold before a decline', { sanctions_hit: true, fico: 400 }, 'HOLD'],
    ['a decline before a referral', { fico: 400, inquiries_6m: 20 }, 'DECLINE'],
    ['a referral before an approval', { inquiries_6m: 20 }, 'REFER'],
  ])('is %s', (_, changes, outcome) => {
    expect(full(changes).outcome).toBe(outcome);
  });

  test('before the bureau is to proceed, by the rules of that stage alone', () => {
    const result = loan.evaluate('pre-bureau', preBureau);
    expect(result.outcome).toBe('PROCEED');
    expect(Object.keys(result.rules)).toHaveLength(10);
    expect(result.limits).toEqual({ amounts: {}, binding: null, amount: null, reason: null });
    expect(loan.evaluate('pre-bureau', { ...preBureau, state: 'VT' }).outcome).toBe('DECLINE');
  });

  test('in full counts the rules before the bureau again', () => {
    expect(full({ state: 'VT' })).toMatchObject({ outcome: 'DECLINE', rules: { state_not_served: 'FIRED' } });
  });

  test('of a decline always has a reason, and of an approval no rule that fired or asks for a person', () => {
    fc.assert(
      fc.property(validInputs(policy, 'full'), (inputs) => {
        const { outcome, failed, rules, unevaluated } = loan.evaluate('full', inputs);
        const declining = failed.filter(({ action }) => action === 'decline');
        if (outcome === 'DECLINE') expect(declining.length).toBeGreaterThan(0);
        else if (outcome !== 'HOLD') expect(declining).toEqual([]);
        expect(failed.every(({ reason }) => reason.length > 0)).toBe(true);
        const passed = Object.values(rules).every((rule) => rule === 'PASSED' || rule === 'MISSING_PASSED');
        expect(outcome === 'APPROVE').toBe(passed && unevaluated.length === 0);
      }),
    );
  });

  test('never improves when an input gets worse', () => {
    const order = ['APPROVE', 'REFER', 'DECLINE', 'HOLD'];
    const worse: [string, number][] = [
      ['inquiries_6m', 1],
      ['monthly_debt', 1],
      ['charge_offs_36m', 1],
      ['delinquencies_90d_24m', 1],
      ['fico', -1],
      ['monthly_income', -1],
    ];
    fc.assert(
      fc.property(fc.constantFrom(...worse), fc.nat(3_000_000), ([name, direction], step) => {
        const range = policy.values.get(name)?.type;
        const moved = Number(ORDINARY[name]) + direction * step;
        const value = Math.min(Math.max(moved, range?.low ?? 0), range?.high ?? 0);
        const between = full({ [name]: Math.trunc((value + Number(ORDINARY[name])) / 2) });
        expect(order.indexOf(full({ [name]: value }).outcome)).toBeGreaterThanOrEqual(order.indexOf(between.outcome));
      }),
    );
  });

  test('names the policy and the text it was compiled from', () => {
    expect(full({}).policy).toEqual({
      id: 'personal-loan-example',
      version: '1.4.0',
      product: 'personal-loan',
      effective: '2026-11-01',
      sourceDigest: compiled(PERSONAL_LOAN).digest.source,
    });
  });
});

describe('failed rules', () => {
  test('come in falling severity, whatever the order of the text', () => {
    const { failed } = full({ fico: 500, pd: 1500, months_since_bankruptcy: 3, inquiries_6m: 9 });
    expect(failed).toEqual([
      { rule: 'bankruptcy', action: 'decline', outcome: 'FIRED', reason: 'AA21' },
      { rule: 'high_pd', action: 'decline', outcome: 'FIRED', reason: 'from(model)' },
      { rule: 'low_score', action: 'decline', outcome: 'FIRED', reason: 'from(bureau)' },
      { rule: 'inquiries', action: 'refer', outcome: 'FIRED', reason: 'AA22' },
    ]);
  });

  test('do not change when the text is in another order', async () => {
    const rules = [
      `    one: { action: decline, when: amount > 100, reason: AX13, severity: 5 }`,
      `    two: { action: refer, when: member, reason: AA01, severity: 9 }`,
      `    three: { action: decline, when: state == "NY", reason: AA02, severity: 5 }`,
    ];
    const forwards = await load(policyWith({ rules: rules.join('\n') }));
    const backwards = await load(policyWith({ rules: rules.toReversed().join('\n') }));
    const inputs = { amount: 200, state: 'NY', member: true, fico: null, debts: null };
    expect(forwards.evaluate('full', inputs).failed).toEqual(backwards.evaluate('full', inputs).failed);
    expect(forwards.evaluate('full', inputs).failed.map(({ rule }) => rule)).toEqual(['two', 'one', 'three']);
  });
});

describe('a missing value', () => {
  test.each([
    ['passes where the rule says so', { months_since_bankruptcy: null }, 'bankruptcy', 'MISSING_PASSED', 'APPROVE'],
    ['fires where the rule says so', { months_employed: null }, 'short_employment', 'MISSING_FIRED', 'REFER'],
    ['asks for a person where the rule says so', { fico: null }, 'low_score', 'MISSING_REFERRED', 'REFER'],
    ['declines where the rule says so', { monthly_income: 0 }, 'dti_too_high', 'MISSING_FIRED', 'DECLINE'],
  ])('%s', (_, changes, rule, ruleOutcome, outcome) => {
    expect(full(changes)).toMatchObject({ outcome, rules: { [rule]: ruleOutcome } });
  });

  test('does not matter when the rest of the condition settles it', () => {
    expect(full({ employment: 'RETIRED', months_employed: null }).rules['short_employment']).toBe('PASSED');
    expect(full({ open_tradelines: 1, oldest_account_months: null }).rules['thin']).toBe('FIRED');
  });

  test('of a rule that could have declined asks for a person and never declines', () => {
    const { failed } = full({ fico: null });
    expect(failed).toContainEqual({
      rule: 'low_score',
      action: 'refer',
      outcome: 'MISSING_REFERRED',
      reason: 'from(bureau)',
    });
  });

  test('asks for a person when one of two says so, and fires before it passes', async () => {
    const source = (missing: string): string =>
      policyWith({
        inputs: '    a: integer? 0..9\n    b: integer? 0..9',
        full: '',
        rules: `    it: { action: decline, when: a > 3 && b > 3, missing: { ${missing} }, reason: AX13, severity: 1 }`,
      });
    const rule = async (missing: string, inputs: Inputs): Promise<string | undefined> =>
      (await load(source(missing))).evaluate('full', inputs).rules['it'];
    expect(await rule('a: fire, b: refer', { a: null, b: null })).toBe('MISSING_REFERRED');
    expect(await rule('a: fire, b: refer', { a: null, b: 9 })).toBe('MISSING_FIRED');
    expect(await rule('a: fire, b: pass', { a: null, b: null })).toBe('MISSING_FIRED');
    expect(await rule('a: fire, b: refer', { a: null, b: 0 })).toBe('PASSED');
  });

  test('comes of a division by zero', () => {
    const { derived, rules } = full({ revolving_limit: 0 });
    expect(derived['utilisation']).toBeNull();
    expect(rules['utilised']).toBe('MISSING_PASSED');
  });
});

describe('an invalid input', () => {
  const HUGE = 2 ** 53;
  test.each<[string, Record<string, unknown>, string]>([
    ['NaN', { fico: Number.NaN }, 'NOT_A_NUMBER'],
    ['an infinity', { fico: Infinity }, 'OUT_OF_RANGE'],
    ['a fraction', { fico: 700.5 }, 'NOT_WHOLE'],
    ['text for a number', { fico: '700' }, 'WRONG_TYPE'],
    ['a list for a number', { fico: [700] }, 'WRONG_TYPE'],
    ['a boolean for a number', { fico: true }, 'WRONG_TYPE'],
    ['a bigint for a number', { fico: 700n }, 'WRONG_TYPE'],
    ['too low', { fico: 299 }, 'OUT_OF_RANGE'],
    ['too high', { fico: 851 }, 'OUT_OF_RANGE'],
    ['huge', { monthly_debt: HUGE }, 'OUT_OF_RANGE'],
    ['null where it is never missing', { monthly_debt: null }, 'NULL'],
    ['undefined', { fico: undefined }, 'ABSENT'],
    ['text for a boolean', { fraud_alert: 'false' }, 'WRONG_TYPE'],
    ['a number for a boolean', { fraud_alert: 0 }, 'WRONG_TYPE'],
    ['no member of the enumeration', { state: 'ca' }, 'NOT_IN_ENUMERATION'],
    ['a number for an enumeration', { state: 1 }, 'WRONG_TYPE'],
    ['no date', { applied_on: '2026-02-30' }, 'NOT_A_DATE'],
    ['a date with a time', { applied_on: '2026-02-03T00:00' }, 'NOT_A_DATE'],
    ['a date of other letters', { applied_on: '２０２６-02-03' }, 'NOT_A_DATE'],
    ['a date out of range', { applied_on: '2019-12-31' }, 'OUT_OF_RANGE'],
    ['a number for a date', { applied_on: 20_000 }, 'WRONG_TYPE'],
  ])('that is %s is named and sends the application to a person', (_, changes, fault) => {
    const [name] = Object.keys(changes);
    const result = full(changes as Inputs);
    expect(result.outcome).toBe('REFER');
    expect(result.invalidInputs).toEqual([{ name, fault }]);
    expect(result.rules).toEqual({});
    expect(result.failed).toEqual([]);
  });

  test('that is absent, or that nobody declared, is named', () => {
    const { fico: _, ...rest } = ORDINARY;
    expect(loan.evaluate('full', rest).invalidInputs).toEqual([{ name: 'fico', fault: 'ABSENT' }]);
    expect(full({ ficoo: 700 }).invalidInputs).toEqual([{ name: 'ficoo', fault: 'UNKNOWN' }]);
    expect(loan.evaluate('full', { ...rest, ficoo: 700 }).invalidInputs).toEqual([
      { name: 'fico', fault: 'ABSENT' },
      { name: 'ficoo', fault: 'UNKNOWN' },
    ]);
  });

  test('from a prototype does not count as given', () => {
    const { fico: _, ...rest } = ORDINARY;
    const inherited = Object.assign(Object.create({ fico: 800 }) as object, rest) as Inputs;
    expect(loan.evaluate('full', inherited).invalidInputs).toEqual([{ name: 'fico', fault: 'ABSENT' }]);
  });

  test('does not hide another', () => {
    expect(full({ fico: 0, pd: Number.NaN, state: 'XX' }).invalidInputs).toEqual([
      { name: 'state', fault: 'NOT_IN_ENUMERATION' },
      { name: 'fico', fault: 'OUT_OF_RANGE' },
      { name: 'pd', fault: 'NOT_A_NUMBER' },
    ]);
  });

  test('that is known only later is refused before the bureau', () => {
    const { invalidInputs } = loan.evaluate('pre-bureau', { ...preBureau, fico: 700 });
    expect(invalidInputs).toEqual([{ name: 'fico', fault: 'UNKNOWN' }]);
  });

  test.each([[null], [undefined], [7], ['text'], [[]]])('that is no object at all (%j) names every input', (given) => {
    const { outcome, invalidInputs } = loan.evaluate('full', given as unknown as Inputs);
    expect(outcome).toBe('REFER');
    expect(invalidInputs).toHaveLength(40);
    expect(new Set(invalidInputs.map(({ fault }) => fault))).toEqual(new Set(['ABSENT']));
  });

  test('of any shape whatever never throws, declines or approves', () => {
    const anything = fc.dictionary(
      fc.oneof(fc.constantFrom(...Object.keys(ORDINARY)), fc.string()),
      fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }),
      { minKeys: 1 },
    );
    fc.assert(
      fc.property(anything, (changes) => {
        const given = { ...ORDINARY, ...changes } as Inputs;
        const { outcome, invalidInputs } = loan.evaluate('full', given);
        const same = Object.keys(changes).every((name) => Object.is(given[name], ORDINARY[name]));
        if (invalidInputs.length > 0) expect(outcome).toBe('REFER');
        else expect(same || Object.keys(changes).every((name) => name in ORDINARY)).toBe(true);
      }),
    );
  });

  test('never has its value told', () => {
    expect(JSON.stringify(full({ state: '900-12-3456' }))).not.toContain('900-12-3456');
  });

  test('is another thing than an unknown stage, which is a fault of the program', () => {
    expect(() => loan.evaluate('later' as 'full', ORDINARY)).toThrow(RangeError);
  });
});

describe('derived values, bands, tables, limits and conditions', () => {
  test('of an ordinary applicant are what arithmetic says', () => {
    const { derived, bands, tables, limits, conditions } = full({});
    expect(derived).toEqual({
      income: 600_000,
      payment: 27_778, // 1,000,000 / 36 = 27,777.8, rounded up
      obligations: 150_000,
      dti: 2963, // 177,778 / 600,000 = 0.29630
      pti: 463, // 27,778 / 600,000 = 0.04630
      utilisation: 1000,
      free_income: 450_000,
      half_income: 300_000,
      report_age: 2483, // 2020-01-15 to 2026-11-02
      stated_above_verified: false,
    });
    expect(bands).toEqual({ risk: 'B' });
    expect(tables).toEqual({ apr: 1199, line: 3_500_000, state_cap: 3600 });
    expect(limits).toEqual({
      amounts: { by_risk: 3_500_000, by_income: 3_600_000, by_product: 5_000_000 },
      binding: 'by_risk',
      amount: 3_500_000,
      reason: 'from(bureau)',
    });
    expect(conditions).toEqual([]);
  });

  test('name the tightest of the limits with its reason', () => {
    expect(full({ monthly_income: 560_000, verified_income: 560_000 }).limits).toMatchObject({
      binding: 'by_income',
      amount: 3_360_000,
      reason: 'AA08',
    });
  });

  test('have no limit when one of the limits asks for a person', () => {
    const { limits, unevaluated, outcome } = full({ fico: null });
    expect(limits).toMatchObject({ binding: null, amount: null, reason: null });
    expect(limits.amounts).toEqual({ by_risk: null, by_income: 3_600_000, by_product: 5_000_000 });
    expect(unevaluated).toEqual(['tables.line', 'limits.by_risk']);
    expect(outcome).toBe('REFER');
  });

  test('have no price where the table offers none', () => {
    const { tables, unevaluated, outcome } = full({ pd: 800, term: 48 });
    expect(tables['apr']).toBeNull();
    expect(unevaluated).toEqual(['tables.apr']);
    expect(outcome).toBe('REFER');
  });

  test('say what is to be cleared before funding', () => {
    const result = full({ verified_income: null, identity_status: 'UNVERIFIED', requested_amount: 2_500_000 });
    expect(result.conditions).toEqual([
      { condition: 'verify_income', clear: 'income', outcome: 'FIRED' },
      { condition: 'verify_identity', clear: 'identity', outcome: 'FIRED' },
      { condition: 'verify_employment', clear: 'employment', outcome: 'FIRED' },
    ]);
  });

  test.each(['down', 'half-up', 'up'] as const)('round %s on both sides of zero', async (round) => {
    const module = await load(
      policyWith({
        inputs: '    n: integer -1000..1000\n    d: integer -10..10',
        full: '',
        rest: `derive:\n  quarters: { type: integer, value: n / 4, round: ${round} }\n  share: { type: ratio, value: n / d, places: 2, round: ${round} }`,
        rules: `    it: { action: refer, when: quarters > 3 && share > 0, missing: { share: pass }, reason: AX13, severity: 1 }`,
      }),
    );
    const rounded: Record<string, (value: number) => number> = {
      down: Math.floor,
      'half-up': (value) => Math.floor(value + 0.5),
      up: Math.ceil,
    };
    for (let n = -1000; n <= 1000; n += 7) {
      for (let d = -10; d <= 10; d += 1) {
        const { derived } = module.evaluate('full', { n, d });
        expect(derived['quarters']).toBe((rounded[round]?.(n / 4) ?? 0) + 0);
        const [top, bottom] = d < 0 ? [-n * 100, -d] : [n * 100, d];
        const down = Math.floor(top / bottom);
        const rest = top - down * bottom;
        const share = round === 'down' || rest === 0 ? down : round === 'up' || rest * 2 >= bottom ? down + 1 : down;
        expect(derived['share']).toBe(d === 0 ? null : share * 100 + 0);
      }
    }
  });

  test('divide exactly up to the largest numbers that are exact', async () => {
    const module = await load(
      policyWith({
        inputs: `    n: integer 0..9_007_199_254_000_000\n    d: integer 1..1000`,
        full: '',
        rest: ['down', 'half-up', 'up']
          .map((round) => `  ${round.replace('-', '_')}: { type: integer, value: n / 997, round: ${round} }`)
          .join('\n')
          .replace(/^/, 'derive:\n'),
        rules: `    it: { action: refer, when: down > 3 && half_up > 3 && up > 3 && d > 3, reason: AX13, severity: 1 }`,
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 9_007_199_250_000_000, max: 9_007_199_254_000_000 }), (n) => {
        const { derived } = module.evaluate('full', { n, d: 1 });
        const [down, rest] = [BigInt(n) / 997n, BigInt(n) % 997n];
        expect(derived['down']).toBe(Number(down));
        expect(derived['up']).toBe(Number(rest === 0n ? down : down + 1n));
        expect(derived['half_up']).toBe(Number(rest * 2n >= 997n ? down + 1n : down));
      }),
    );
  });

  test('know a share of an amount, a choice, and the larger of two', async () => {
    const module = await load(
      policyWith({
        inputs: '    income: money 0..1_000_000\n    part: ratio? 0..10_000\n    other: money? 0..1_000_000',
        full: '',
        rest: `derive:
  share: { type: money, value: income * part, round: half-up }
  best: { type: money, value: 'other == null ? income : max(income, other)' }
  rate: { type: ratio, value: 'other == null ? null : income / other', places: 4, round: down }`,
        rules: `    it: { action: refer, when: best > 3 && share > 1 && rate > 2, missing: { share: pass, rate: refer }, reason: AX13, severity: 1 }`,
      }),
    );
    const derived = (inputs: Inputs): unknown => module.evaluate('full', inputs).derived;
    expect(derived({ income: 1001, part: 3333, other: 2000 })).toEqual({ share: 334, best: 2000, rate: 5005 });
    expect(derived({ income: 1001, part: null, other: null })).toEqual({ share: null, best: 1001, rate: null });
    expect(derived({ income: 1001, part: 5000, other: 0 })).toEqual({ share: 501, best: 1001, rate: null });
  });
});

describe('an explanation', () => {
  test('says what each rule read and how far each comparison is from turning', () => {
    const { rules } = loan.explain('full', { ...ORDINARY, fico: 590 });
    expect(rules.find(({ rule }) => rule === 'low_score')).toEqual({
      rule: 'low_score',
      action: 'decline',
      outcome: 'FIRED',
      reads: { fico: 590 },
      comparisons: [
        { text: 'fico < 600', name: 'fico', operator: '<', value: 590, threshold: 600, holds: true, change: 10 },
      ],
    });
    expect(rules.find(({ rule }) => rule === 'price_above_cap')?.comparisons).toEqual([
      { text: 'apr > state_cap', name: 'apr', operator: '>', value: 1199, threshold: 3600, holds: false, change: 2402 },
    ]);
    expect(rules).toHaveLength(34);
  });

  test('knows no distance for what is missing', () => {
    const { rules } = loan.explain('full', { ...ORDINARY, fico: null });
    expect(rules.find(({ rule }) => rule === 'low_score')).toMatchObject({
      outcome: 'MISSING_REFERRED',
      reads: { fico: null },
      comparisons: [{ value: null, holds: null, change: null }],
    });
  });

  test('of invalid inputs names them', () => {
    expect(loan.explain('full', { ...ORDINARY, fico: 0 })).toMatchObject({
      outcome: 'REFER',
      rules: [],
      invalidInputs: [{ name: 'fico', fault: 'OUT_OF_RANGE' }],
    });
  });

  test('is right: the change turns the comparison and one less does not', () => {
    fc.assert(
      fc.property(validInputs(policy, 'full'), (inputs) => {
        for (const { rule, comparisons } of loan.explain('full', inputs).rules) {
          for (const { name, holds, change, text } of comparisons) {
            const value = policy.values.get(name);
            if (value?.from !== 'input' || value.type.kind === 'date' || change === null) continue;
            const again = (by: number): boolean | null | undefined =>
              loan
                .explain('full', { ...inputs, [name]: Number(inputs[name]) + by })
                .rules.find((candidate) => candidate.rule === rule)
                ?.comparisons.find((candidate) => candidate.text === text)?.holds;
            const turned = again(change);
            // Outside the input's range there is nothing to compare.
            if (turned !== undefined) expect(turned).toBe(!holds);
            const short = again(change - Math.sign(change));
            if (short !== undefined) expect(short).toBe(holds);
          }
        }
      }),
      { numRuns: 20 },
    );
  });
});
