import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { loadPolicyModule } from '../../adapters/policy-module.ts';
import { COMPILED_POLICIES } from '../../app/governance/policies.ts';
import { PRODUCT_NAMES } from '../../domain/application/products.ts';
import { RULES_WITH_EVIDENCE } from '../../domain/decision/clearance.ts';
import { REASONS } from '../../domain/reasons/catalogue.ts';
import type { ModelPackage } from '../../domain/scoring/model-package.ts';
import { compilePolicy } from '../../packages/policy-compiler/compile.ts';
import { modelInputs, type Inputs } from '../../packages/policy-compiler/module.ts';
import { ACTIONS } from '../../packages/policy-compiler/policy.ts';
import { compilePolicies } from '../../scripts/compile-policies.ts';
import { boundaryInputs } from '../packages/policy-compiler/boundaries.ts';
import { policyInput } from '../support/policy-inputs.ts';
import { autoApplicationOf, lineApplicationOf } from '../support/submissions.ts';

const folder = join(import.meta.dirname, '../../policies');
const read = (path: string) => readFileSync(join(folder, path), 'utf8');
const VERSIONS = PRODUCT_NAMES.flatMap((product) =>
  COMPILED_POLICIES[product].map((compiled) => [product, compiled.module.policy.version, compiled] as const),
);

test('what is committed is what the texts compile to, byte for byte', async () => {
  const written = await compilePolicies();
  for (const [path, text] of written) expect(`${path}\n${read(path)}`).toBe(`${path}\n${text}`);
  expect(written.size).toBe(VERSIONS.length * 3 + 1);
});

const CHAMPION = JSON.parse(
  readFileSync(join(folder, '../models/personal-loan-default/2.0.0/manifest.json'), 'utf8'),
) as ModelPackage;

const APPLICATIONS = {
  'personal-loan': undefined,
  'auto-loan': autoApplicationOf(),
  'credit-line': lineApplicationOf(),
} as const;

/** What a rule of several conditions needs besides the value on its cut point. */
const BESIDES: Readonly<Record<string, Inputs>> = {
  VALUE_STATED_BY_SELLER: { value_source: 'DEALER_INVOICE' },
  LARGE_LOAN_WITHOUT_OWN_MONEY: { down_payment: 0 },
};
/** What no file is approved without. */
const EVERYWHERE = [
  'accounts_now_delinquent',
  'annual_income',
  'bankruptcies',
  'housing_payment',
  'monthly_obligations',
  'pd',
  'report_age_days',
  'delinquent_amount',
  'delinquencies_2y',
  'inquiries_6m',
  'finance_inquiries',
  'instalment_opened_12m',
  'revolving_utilisation',
  'oldest_account_months',
];
const NEEDED = {
  'personal-loan': EVERYWHERE,
  'auto-loan': EVERYWHERE,
  'credit-line': [...EVERYWHERE, 'average_deposits', 'pay_frequency'],
};

describe.each(VERSIONS)('the policy %s %s', (product, version, { module, digest }) => {
  const path = `${product}/${version}`;
  const compiled = compilePolicy(read(`${path}/policy.yaml`), 'policy.yaml', { reasons: Object.keys(REASONS) });
  if (!compiled.ok) throw new Error('The policy does not compile.');
  const { policy } = compiled;
  const application = APPLICATIONS[product];
  const file = policyInput(application ? { application } : {});
  const approved = file.product.fullInputs(file, module.model);

  test('has 25 rules or more over two stages, a date of effect, and conditions to clear', () => {
    expect(policy.rules.length).toBeGreaterThanOrEqual(25);
    expect(new Set(policy.rules.map(({ stage }) => stage)).size).toBe(2);
    expect(policy.effective >= '2026-11-01').toBe(true);
    const clears = policy.conditions.map(({ clear }) => clear).toSorted();
    const title = product === 'auto-loan' ? ['title'] : [];
    expect(clears).toEqual(['employment', 'identity', 'income', ...title]);
  });

  test('is the module that its digest names', async () => {
    const loaded = await loadPolicyModule(read(`${path}/policy.js`), digest);
    expect(loaded.policy).toEqual(module.policy);
    expect(JSON.parse(read(`${path}/digest.json`))).toEqual({ source: module.policy.sourceDigest, module: digest });
  });

  test('declines from the cut-off on against which the reasons of its model are measured', () => {
    const { cutoffs, reference } = CHAMPION;
    expect(cutoffs['decline']).toBe(Math.round(reference.cutoffPd * 1e6));
    const at = (pd: number) => module.evaluate('full', { ...approved, pd }).rules['PREDICTED_DEFAULT_TOO_LIKELY'];
    // Earlier texts have numbers of their own, those of version 1.0.0 of an earlier model.
    const cutoff = module.policy.version === '1.0.0' ? 70_996 : cutoffs['decline']!;
    expect([at(cutoff - 1), at(cutoff)]).toEqual(['PASSED', 'FIRED']);
  });

  test('approves the file from which its boundaries are taken', () => {
    expect(module.evaluate('full', approved)).toMatchObject({ outcome: 'APPROVE', unevaluated: [], invalidInputs: [] });
  });

  test('refers what hard rules or prices cannot know, and declines nothing for being unknown', () => {
    const nullable = policy.inputs.filter(({ type }) => type.nullable).map(({ name }) => name);
    const outcomeWithout = (name: string) => module.evaluate('full', { ...approved, [name]: null }).outcome;
    const stopped = nullable.filter((name) => outcomeWithout(name) !== 'APPROVE');
    expect(new Set(stopped)).toEqual(new Set([...NEEDED[product], ...modelInputs(module.model)]));
    expect(new Set(stopped.map(outcomeWithout))).toEqual(new Set(['REFER']));
  });

  test.each([
    ['FRAUD_ALERT', { alert_fraud_initial: true }],
    ['EXTENDED_FRAUD_ALERT', { alert_fraud_extended: true }],
    ['ACTIVE_DUTY_ALERT', { alert_active_duty: true }],
    ['DECEASED_INDICATOR', { alert_deceased: true }],
    ['UNKNOWN_ALERT', { alert_unknown: true }],
    ['REPORT_MISMATCH', { bureau_status: 'MISMATCH' }],
  ])('holds a doubt about identity under %s, which only evidence clears', (id, doubt) => {
    const { outcome, rules } = module.evaluate('full', { ...approved, ...doubt });
    const fired = policy.rules.filter((rule) => rule.action === 'hold' && rules[rule.id] === 'FIRED');
    expect([outcome, fired.map((rule) => rule.id)]).toEqual(['HOLD', [id]]);
    expect(RULES_WITH_EVIDENCE).toContain(id);
  });

  const bounds = boundaryInputs(policy, approved);
  const cuts = Map.groupBy(
    bounds.filter(({ of }) => of.startsWith('rules.')),
    ({ of, input, cut }) => `${of.slice('rules.'.length)} on ${input} ${String(cut)}`,
  );
  test.each([...cuts])('%s fires on one side of its cut point and passes on the other', (name, sides) => {
    const id = name.split(' ')[0] ?? '';
    const results = sides.map(({ inputs }) => module.evaluate('full', { ...inputs, ...BESIDES[id] }));
    const outcomes = new Set(results.map(({ rules }) => rules[id]));
    expect(outcomes).toEqual(new Set(['PASSED', 'FIRED']));
    const { action } = policy.rules.find((rule) => rule.id === id)!;
    for (const result of results.filter(({ rules }) => rules[id] === 'FIRED')) {
      // Another rule may be stricter on the same value; none makes it milder.
      const strictness = ACTIONS.map((each) => each.toUpperCase());
      expect(strictness.indexOf(result.outcome)).toBeLessThanOrEqual(ACTIONS.indexOf(action));
    }
  });

  const steps = Map.groupBy(
    bounds.filter(({ of }) => of.startsWith('bands.') || of.startsWith('tables.')),
    ({ of, input, cut }) => `${of} on ${input} ${String(cut)}`,
  );
  test('each band and table changes on its cut point and not after', () => {
    for (const [name, sides] of steps) {
      const [section = '', key = ''] = (name.split(' ')[0] ?? '').split('.');
      const at = (side: string) => {
        const inputs = sides.find((each) => each.side === side)?.inputs;
        const result = inputs && module.evaluate('full', inputs);
        return result && { ...(section === 'bands' ? result.bands : result.tables) }[key];
      };
      expect([name, at('at')]).not.toEqual([name, at('below')]);
      expect([name, at('at')]).toEqual([name, at('above')]);
    }
  });
});
