import { describe, expect, test } from '@jest/globals';

import { loadPolicyModule } from '../../../adapters/policy-module.ts';
import { compilePolicy, type PolicyError } from '../../../packages/policy-compiler/index.ts';
import type { Inputs, ModelDeclaration, PolicyModule } from '../../../packages/policy-compiler/module.ts';
import { REASONS } from './support.ts';

const PACKAGE: ModelDeclaration = {
  id: 'default-risk',
  version: '3.0.0',
  purpose: 'default',
  allowed: [
    { product: 'personal-loan', uses: ['decide', 'price', 'limit'] },
    { product: 'credit-line', uses: ['decide'] },
  ],
  cutoffs: { decline: 90_000, 'near-decline': 80_000 },
  bands: { risk: { names: ['A', 'B', 'C'] } },
};

const TEXT = `policy: scored
version: 1.0.0
product: personal-loan
effective: 2026-01-01
inputs:
  pre-bureau:
    amount: money 100..1000000
  full:
    pd: integer? 0..1_000_000 @model
model:
  purpose: default
  cutoffs: [decline, near-decline]
  bands: { risk: [A, B, C] }
tables:
  annual_rate:
    gives: ratio 500..2500
    rows: risk
    rising: [risk]
    missing: refer
    values: { A: 700, B: 900, C: 1200 }
  largest:
    gives: money 100..5000
    rows: risk
    falling: [risk]
    missing: refer
    values: { A: 5000, B: 4000, C: 1000 }
limits:
  BY_RISK: { value: largest, reason: from(model), missing: refer }
derive:
  doubtful: { type: boolean, value: pd > cutoff_near_decline }
rules:
  full:
    TOO_LIKELY:
      action: decline
      when: pd >= cutoff_decline
      missing: { pd: refer, cutoff_decline: refer }
      reason: from(model)
      severity: 60
    NEAR:
      action: refer
      when: pd >= cutoff_near_decline && pd < cutoff_decline
      missing: { pd: refer, cutoff_decline: refer, cutoff_near_decline: refer }
      reason: from(model)
      severity: 19
`;

const compile = (text: string, models?: readonly ModelDeclaration[]) =>
  compilePolicy(text, 'policy.yaml', { reasons: REASONS, ...(models && { models }) });

function errorsOf(text: string, models: readonly ModelDeclaration[] = [PACKAGE]): readonly PolicyError[] {
  const result = compile(text, models);
  return result.ok ? [] : result.errors;
}

async function load(text: string): Promise<PolicyModule> {
  const result = compile(text, [PACKAGE]);
  if (!result.ok) throw new Error(result.errors.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  return loadPolicyModule(result.module, result.digest.module);
}

const replaced = (from: string, to: string): string => {
  expect(TEXT).toContain(from);
  return TEXT.replace(from, to);
};

const INPUTS: Inputs = {
  amount: 5000,
  pd: 50_000,
  cutoff_decline: 90_000,
  cutoff_near_decline: 80_000,
  risk: 'B',
};

describe('the section model', () => {
  test('gives the module the names that it takes from a package, and the uses that its text makes', async () => {
    expect((await load(TEXT)).model).toEqual({
      purpose: 'default',
      uses: ['decide', 'price', 'limit'],
      cutoffs: ['decline', 'near-decline'],
      bands: { risk: ['A', 'B', 'C'] },
    });
  });

  test.each([
    [89_999, 'REFER', ['NEAR']],
    [90_000, 'DECLINE', ['TOO_LIKELY']],
    [79_999, 'APPROVE', []],
  ])('compares a score of %d with the cut-offs that are given', async (pd, outcome, rules) => {
    const result = (await load(TEXT)).evaluate('full', { ...INPUTS, pd });
    expect([result.outcome, result.failed.map(({ rule }) => rule)]).toEqual([outcome, rules]);
  });

  test.each(['cutoff_decline', 'cutoff_near_decline', 'risk'])(
    'sends an application to a person where the package lacks %s, whatever the score',
    async (name) => {
      const module = await load(TEXT);
      for (const pd of [0, 85_000, 1_000_000]) {
        expect(module.evaluate('full', { ...INPUTS, pd, [name]: null }).outcome).toBe(
          // Without the lower cut-off a score above the upper one is still declined.
          pd === 1_000_000 && name !== 'cutoff_decline' ? 'DECLINE' : 'REFER',
        );
      }
    },
  );

  test('explains a comparison by the name of the cut-off, with its value', async () => {
    const { rules } = (await load(TEXT)).explain('full', { ...INPUTS, pd: 95_000 });
    expect(rules.find(({ rule }) => rule === 'TOO_LIKELY')?.comparisons).toEqual([
      {
        text: 'pd >= cutoff_decline',
        name: 'pd',
        operator: '>=',
        value: 95_000,
        threshold: 90_000,
        holds: true,
        change: -5_001,
      },
    ]);
  });

  test('leaves the names out of a module whose text has none', () => {
    const without = compile(
      TEXT.replace(/model:\n(?: {2}.*\n)+/, 'bands:\n  risk: { of: pd, cuts: [20_000, 30_000], names: [A, B, C] }\n')
        .replaceAll('cutoff_near_decline', '80000')
        .replaceAll('cutoff_decline', '90000')
        .replaceAll(/missing: \{ pd: refer, .*\}/g, 'missing: { pd: refer }'),
    );
    if (!without.ok) throw new Error(JSON.stringify(without.errors));
    expect(without.module).not.toContain('export const model');
    expect(without.policy.model).toBeUndefined();
  });
});

type Fault = [name: string, text: () => string, code: string, message: string, fix: string];

describe('a policy is refused at its line, with the fix, for', () => {
  test.each<Fault>([
    [
      'a member that the section does not have',
      () => replaced('  purpose: default', '  purpose: default\n  cutofs: [decline]'),
      'UNKNOWN_KEY',
      'cutofs',
      'Did you mean "cutoffs"?',
    ],
    [
      'a purpose of no model',
      () => replaced('purpose: default', 'purpose: churn'),
      'MALFORMED',
      'churn',
      'Write one of: default.',
    ],
    [
      'a cut-off that the package lacks',
      () => replaced('[decline, near-decline]', '[declin, decline, near-decline]'),
      'MODEL_MISFIT',
      'has no cut-off "declin"',
      'Did you mean "decline"?',
    ],
    [
      'a band that the package lacks',
      () => replaced('{ risk: [A, B, C] }', '{ risk: [A, B, C], tier: [X, Y] }'),
      'MODEL_MISFIT',
      'has no band "tier"',
      'There are: risk.',
    ],
    [
      'other names of a band',
      () => replaced('{ risk: [A, B, C] }', '{ risk: [A, C, B] }'),
      'MODEL_MISFIT',
      'names the ranges of "risk" A, B, C, and the policy A, C, B',
      'Write the names of the package: [A, B, C].',
    ],
    [
      'a product that no package allows',
      () => replaced('product: personal-loan', 'product: auto-loan'),
      'MODEL_MISFIT',
      'No model package of the release is allowed for auto-loan',
      'Add a package that allows the product',
    ],
    [
      'a price that the package does not allow',
      () => replaced('product: personal-loan', 'product: credit-line'),
      'MODEL_MISFIT',
      'is not allowed to set rates of credit-line ("price")',
      'Remove what reads the score',
    ],
    [
      'a limit that the package does not allow',
      () => replaced('product: personal-loan', 'product: credit-line'),
      'MODEL_MISFIT',
      'is not allowed to set amounts of credit-line ("limit")',
      'Remove what reads the score',
    ],
    [
      'a number in place of a cut-off',
      () => replaced('when: pd >= cutoff_decline', 'when: pd >= 90000').replace(', cutoff_decline: refer', ''),
      'LITERAL_CUTOFF',
      'pd >= 90000 compares "pd" with a number',
      'Compare it with cutoff_decline or cutoff_near_decline.',
    ],
    [
      'a number in a derived condition',
      () => replaced('value: pd > cutoff_near_decline', 'value: pd > 3'),
      'LITERAL_CUTOFF',
      'pd > 3',
      'Compare it with cutoff_decline',
    ],
    [
      'a band that cuts the score at numbers',
      () => replaced('tables:', 'bands:\n  tier: { of: pd, cuts: [20_000], names: [X, Y] }\ntables:'),
      'LITERAL_CUTOFF',
      'Band "tier" cuts "pd" at numbers',
      'Name a band of the package',
    ],
    [
      'a table that cuts the score at numbers',
      () =>
        replaced('rows: risk\n    rising: [risk]', 'rows: { pd: [9] }').replace(
          '{ A: 700, B: 900, C: 1200 }',
          '[700, 900]',
        ),
      'LITERAL_CUTOFF',
      'Table "annual_rate" cuts "pd" at numbers',
      'Name a band of the package',
    ],
    [
      'a pass without the cut-off',
      () => replaced('cutoff_decline: refer }', 'cutoff_decline: pass }'),
      'MODEL_MISFIT',
      'answers "pass" without "cutoff_decline"',
      'Write missing: {cutoff_decline: refer}.',
    ],
    [
      'a decline without the cut-off',
      () => replaced('cutoff_decline: refer }', 'cutoff_decline: fire }'),
      'MODEL_MISFIT',
      'answers "fire" without "cutoff_decline"',
      'Write missing: {cutoff_decline: refer}.',
    ],
    [
      'an input with the name of a cut-off',
      () => replaced('    amount:', '    cutoff_decline: integer 0..9\n    amount:'),
      'DUPLICATE_ID',
      'cutoff_decline',
      'Remove one',
    ],
    [
      'one cut-off twice',
      () => replaced('[decline, near-decline]', '[decline, near-decline, decline]'),
      'DUPLICATE_ID',
      'cutoff_decline',
      'Remove one',
    ],
    [
      'a band with one name',
      () => replaced('[A, B, C] }\ntables', '[A] }\ntables'),
      'MALFORMED',
      'fewer than two names',
      'Write the names of the package',
    ],
  ])('%s', (_, text, code, message, fix) => {
    const errors = errorsOf(text());
    const error = errors.find((each) => each.code === code && each.message.includes(message));
    expect(errors.map((each) => `${each.line}:${each.column} ${each.code} ${each.message} ${each.fix}`)).toEqual(
      expect.arrayContaining([expect.stringContaining(message)]),
    );
    expect(error?.fix).toContain(fix);
    expect(error?.line).toBeGreaterThan(1);
  });

  test('a use that its text makes of an input marked @model, also without the section', () => {
    const text = TEXT.replace(/model:\n(?: {2}.*\n)+/, '')
      .replace('rows: risk\n    rising: [risk]', 'rows: { pd: [20_000] }')
      .replace('{ A: 700, B: 900, C: 1200 }', '[700, 900]')
      .replace(/  largest:\n(?: {4}.*\n)+limits:\n.*\n/, '')
      .replaceAll('cutoff_near_decline', '80000')
      .replaceAll('cutoff_decline', '90000')
      .replaceAll(/missing: \{ pd: refer, .*\}/g, 'missing: { pd: refer }')
      .replace('product: personal-loan', 'product: credit-line');
    expect(errorsOf(text)).toEqual([
      expect.objectContaining({ code: 'MODEL_MISFIT', message: expect.stringContaining('("price")') }),
    ]);
    expect(errorsOf(text.replace('product: credit-line', 'product: personal-loan'))).toEqual([]);
  });
});

describe('the packages of a release', () => {
  test('are one each: a policy that needs a part of two is refused by what each lacks', () => {
    const other = { ...PACKAGE, id: 'other-risk', cutoffs: { decline: 1 } };
    const third = { ...PACKAGE, id: 'third-risk', bands: {} };
    expect(errorsOf(TEXT, [other, PACKAGE])).toEqual([]);
    const messages = errorsOf(TEXT, [other, third]).map(({ message }) => message);
    expect(messages).toEqual([
      'No package serves the whole policy: other-risk 3.0.0 has no cut-off "near-decline".',
      'No package serves the whole policy: third-risk 3.0.0 has no band "risk".',
    ]);
  });

  test('are not compared where none are given, and lack everything where there are none', () => {
    expect(compile(TEXT).ok).toBe(true);
    expect(errorsOf(TEXT, []).map(({ code }) => code)).toEqual(['MODEL_MISFIT']);
  });
});
