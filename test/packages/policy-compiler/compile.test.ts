import { readFileSync } from 'node:fs';

import { describe, expect, test } from '@jest/globals';

import { sha256 } from '../../../domain/ledger/canonical-json.ts';
import { compilePolicy } from '../../../packages/policy-compiler/compile.ts';
import { verifyModule } from '../../../packages/policy-compiler/verify.ts';
import { boundaryInputs, middleInputs } from './boundaries.ts';
import { compiled, load, PERSONAL_LOAN, policyWith, REASONS } from './support.ts';

describe('a compiled policy', () => {
  const { module, types, digest, policy } = compiled(PERSONAL_LOAN);

  test('is, byte for byte, what was compiled before', () => {
    expect(module).toMatchSnapshot('module');
    expect(types).toMatchSnapshot('types');
  });

  test('has the same bytes whatever the file is called and in whatever order the reasons are given', () => {
    const again = compilePolicy(PERSONAL_LOAN, 'another.yaml', { reasons: REASONS.toReversed() });
    expect(again).toMatchObject({ ok: true, module, types, digest });
  });

  test('is named by the digests of its text and its module', () => {
    expect(digest).toEqual({ source: sha256(PERSONAL_LOAN), module: sha256(module) });
    expect(module).toContain(digest.source);
  });

  test('stands alone: it imports nothing and asks for no clock, chance, locale or environment', () => {
    expect(module).not.toMatch(
      /\bimport\b|\brequire\b|\bDate\b|Math\.random|toLocale|Intl|\bprocess\b|globalThis|\beval\b|\bFunction\b/,
    );
    expect(module).not.toMatch(/Math\.(?!floor|ceil|min|max)/);
  });

  test('is another when one letter of its text is another', () => {
    const other = compiled(PERSONAL_LOAN.replace('An example', 'an example'));
    expect(other.digest.source).not.toBe(digest.source);
    expect(other.digest.module).not.toBe(digest.module);
  });

  test('is known from one that was tampered with', () => {
    expect(verifyModule(module, digest.module)).toBe(true);
    expect(verifyModule(module.replace('$fico < 600', '$fico < 500'), digest.module)).toBe(false);
    expect(verifyModule(`${module}\n`, digest.module)).toBe(false);
  });

  test('leaves out of its helpers what it does not call', () => {
    const small = compiled(policyWith({}));
    expect(small.module).not.toMatch(/function daysOf|function divide|const or =/);
    expect(small.module.length).toBeLessThan(module.length / 3);
  });

  test('reads lists of any length', async () => {
    const states = Array.from({ length: 30 }, (_, index) => `S${index}`);
    const source = policyWith({
      inputs: `    state: enum ${states.join('|')}\n    count: integer 0..1000`,
      full: '',
      rest: `tables:\n  cap:\n    gives: integer 0..100\n    rows: state\n    values: { ${states.map((state, index) => `${state}: ${index}`).join(', ')} }`,
      rules: `    some:
      action: refer
      when: 'state in [${states
        .slice(0, 12)
        .map((state) => `"${state}"`)
        .join(', ')}] || count in [1, 2, 3, 5, 8, 13, 21, 34] || cap > 28'
      reason: AX13
      severity: 1`,
    });
    const small = await load(source);
    for (const [index, state] of states.entries()) {
      for (const count of [0, 1, 4, 34, 1000]) {
        const { outcome, tables } = small.evaluate('full', { state, count });
        expect(tables).toEqual({ cap: index });
        expect(outcome).toBe(index < 12 || [1, 34].includes(count) || index > 28 ? 'REFER' : 'APPROVE');
      }
    }
    expect(small.evaluate('full', { state: 'S30', count: 0 }).invalidInputs).toEqual([
      { name: 'state', fault: 'NOT_IN_ENUMERATION' },
    ]);
  });

  test('names its inputs and results as types', () => {
    expect(types).toContain('readonly fico: number | null;');
    expect(types).toContain('readonly residence: "OWN" | "RENT" | "OTHER";');
    expect(types).toContain('readonly risk: "A" | "B" | "C" | "D" | "E" | null;');
    expect(policy.inputs).toHaveLength(40);
  });
});

describe('boundary inputs', () => {
  const { policy } = compiled(PERSONAL_LOAN);
  const boundaries = boundaryInputs(policy);

  test('are one below, at and one above every cut point of an input', () => {
    const low = boundaries.filter(({ of }) => of === 'rules.low_score');
    expect(low.map(({ side, cut, inputs }) => [side, cut, inputs['fico']])).toEqual([
      ['below', 600, 599],
      ['at', 600, 600],
      ['above', 600, 601],
    ]);
    const line = boundaries.filter(({ of, input }) => of === 'tables.line' && input === 'fico');
    expect(line.map(({ inputs }) => inputs['fico'])).toEqual([599, 600, 601, 659, 660, 661, 719, 720, 721]);
    const bands = boundaries.filter(({ of }) => of === 'bands.risk');
    expect(bands.map(({ inputs }) => inputs['pd'])).toEqual([
      149, 150, 151, 299, 300, 301, 499, 500, 501, 799, 800, 801,
    ]);
  });

  test('stay inside the range of the input', () => {
    const recent = boundaries
      .filter(({ of }) => of === 'rules.past_due')
      .filter(({ input }) => input === 'accounts_past_due');
    expect(recent.map(({ inputs }) => inputs['accounts_past_due'])).toEqual([0, 1]);
  });

  test('are valid, and turn every rule of a single comparison of an input', async () => {
    const module = await load(PERSONAL_LOAN);
    const turned = new Map<string, Set<string | undefined>>();
    for (const { of, inputs } of boundaries) {
      const { invalidInputs, rules } = module.evaluate('full', inputs);
      expect(invalidInputs).toEqual([]);
      const [section, id = ''] = of.split('.');
      if (section === 'rules') turned.set(id, (turned.get(id) ?? new Set()).add(rules[id]));
    }
    for (const rule of [
      'low_score',
      'high_pd',
      'bankruptcy',
      'under_age',
      'inquiries',
      'income_too_low',
      'overdrafts',
    ]) {
      expect([rule, turned.get(rule)]).toEqual([rule, new Set(['FIRED', 'PASSED'])]);
    }
  });

  test('of dates are the days around', () => {
    const source = policyWith({
      inputs: '    day: date 2024-01-01..2024-12-31',
      full: '',
      rules: `    late: { action: refer, when: 'day >= "2024-03-01"', reason: AX13, severity: 1 }`,
    });
    const dates = boundaryInputs(compiled(source).policy).map(({ inputs }) => inputs['day']);
    expect(dates).toEqual(['2024-02-29', '2024-03-01', '2024-03-02']);
    expect(middleInputs(compiled(source).policy)).toEqual({ day: '2024-07-01' });
  });
});

test('the policy of the reference compiles, without a warning', () => {
  const reference = readFileSync(new URL('../../../docs/policy-language.md', import.meta.url), 'utf8');
  const [, example = ''] = /```yaml\n(.*?)```/s.exec(reference) ?? [];
  expect(compiled(example).warnings).toEqual([]);
});
