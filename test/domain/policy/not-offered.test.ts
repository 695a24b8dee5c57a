import { readFileSync } from 'node:fs';

import { beforeAll, describe, expect, test } from '@jest/globals';

import { loadPolicyModule } from '../../../adapters/policy-module.ts';
import { decide } from '../../../domain/decision/record.ts';
import { applyFull, applyPreBureau } from '../../../domain/policy/apply.ts';
import { Backtest } from '../../../domain/policy/officer/backtest.ts';
import type { PolicyInForce } from '../../../domain/products/product.ts';
import { interpret } from '../../packages/policy-compiler/interpreter.ts';
import { ORDINARY } from '../../packages/policy-compiler/ordinary.ts';
import { compiled, errorsOf, PERSONAL_LOAN, policyWith } from '../../packages/policy-compiler/support.ts';
import { decisionInputs } from '../../support/decision-inputs.ts';
import { noticeTextOf } from '../../support/notices.ts';
import { policyInput, screeningOf, type FullInput } from '../../support/policy-inputs.ts';
import { applicationOf } from '../../support/submissions.ts';

const rule = (action: string, when: string, reason: string, more = ''): string =>
  `    it: { action: ${action}, when: ${when}, reason: ${reason}, severity: 1${more} }`;
const INPUTS = `    amount: money 0..1000
    purpose: enum PERSONAL|BUSINESS @type-of-credit
    abroad: boolean? @type-of-credit
    member: boolean`;
const early = (rules: string, rest = ''): string =>
  policyWith({ inputs: INPUTS, rest }).replace('rules:\n', `rules:\n  pre-bureau:\n${rules}\n`);
const faultsOf = (source: string) =>
  errorsOf(source).map(({ code, message, fix }) => ({ code, said: `${message} ${fix}` }));

describe('a rule that says a credit is not offered compiles', () => {
  test.each([
    ['where the law prohibits it, whatever it reads', rule('not_offered', 'amount < 5', 'law')],
    ['for a type of credit', rule('not_offered', `'purpose == "BUSINESS"'`, 'type-of-credit')],
    ['for a type that may be missing', rule('not_offered', 'abroad', 'type-of-credit', ', missing: { abroad: refer }')],
  ])('%s', (_, rules) => {
    expect(errorsOf(early(rules))).toEqual([]);
  });

  test('for a value that rests on the type alone', () => {
    const rest = `derive:\n  business: { type: boolean, value: 'purpose == "BUSINESS"' }`;
    expect(errorsOf(early(rule('not_offered', 'business', 'type-of-credit'), rest))).toEqual([]);
  });
});

describe('a rule that says a credit is not offered is refused', () => {
  test.each([
    ['for the amount that is asked for', rule('not_offered', 'amount < 5', 'type-of-credit'), 'amount'],
    [
      'for a type and a term together',
      rule('not_offered', `'purpose == "BUSINESS" && amount > 5'`, 'type-of-credit'),
      'amount',
    ],
    ['for what is said of the applicant', rule('not_offered', 'member', 'type-of-credit'), 'member'],
    ['for what nobody knows', rule('not_offered', 'abroad', 'type-of-credit', ', missing: { abroad: fire }'), 'abroad'],
    ['with a reason for adverse action', rule('not_offered', 'amount < 5', 'AA08'), 'AA08'],
  ])('%s, which is adverse action', (_, rules, says) => {
    const [fault, ...others] = faultsOf(early(rules));
    expect(others).toEqual([]);
    expect(fault).toMatchObject({ code: 'ADVERSE_ACTION' });
    expect(fault?.said).toContain(`"${says}"`);
    expect(fault?.said).toContain('decline');
  });

  test('for a value that rests on the amount', () => {
    const rest = `derive:\n  small: { type: boolean, value: amount < 5 }`;
    expect(faultsOf(early(rule('not_offered', 'small', 'type-of-credit'), rest))).toEqual([
      expect.objectContaining({ code: 'ADVERSE_ACTION' }),
    ]);
  });

  test('when a report has been pulled for it', () => {
    const source = policyWith({ rules: rule('not_offered', 'member', 'law') });
    expect(faultsOf(source)).toEqual([expect.objectContaining({ code: 'WRONG_STAGE' })]);
  });

  test('where an amount or a score passes for a type of credit', () => {
    const marked = early(rule('refer', 'member', 'AX13')).replace('money 0..1000', 'money 0..1000 @type-of-credit');
    expect(faultsOf(marked)).toEqual([expect.objectContaining({ code: 'ADVERSE_ACTION' })]);
  });

  test('and a ground is no reason to decline', () => {
    expect(faultsOf(early(rule('decline', 'member', 'law')))).toEqual([
      expect.objectContaining({ code: 'UNKNOWN_REASON' }),
    ]);
  });
});

describe('what is not offered', () => {
  const source = PERSONAL_LOAN.replace(
    '    sanctions: {',
    '    no_such_state: { action: not_offered, when: \'state == "NY"\', reason: law, severity: 90 }\n    sanctions: {',
  );
  const text = compiled(source);
  const load = () => loadPolicyModule(text.module, text.digest.module);

  test.each([
    ['goes before a decline', { age: 17 }, 'NOT_OFFERED'],
    ['goes before a referral', { residence: 'OTHER', channel_risk: 'HIGH' }, 'NOT_OFFERED'],
    ['yields to a hold', { sanctions_hit: true, age: 17 }, 'HOLD'],
  ])('%s, as another interpreter of the text says too', async (_, changes, outcome) => {
    const module = await load();
    const inputs = { ...ORDINARY, ...changes, state: 'NY' };
    const result = module.evaluate('full', inputs);
    expect(result).toMatchObject({ outcome, rules: { no_such_state: 'FIRED' } });
    expect(result.failed).toContainEqual({
      rule: 'no_such_state',
      action: 'not_offered',
      outcome: 'FIRED',
      reason: 'law',
    });
    expect(interpret(source, 'full', inputs).outcome).toBe(outcome);
  });

  test('moves nobody whom another rule stops already, and is a swap of its own', async () => {
    const [champion, candidate] = [compiled(PERSONAL_LOAN), text];
    const modules = {
      champion: await loadPolicyModule(champion.module, champion.digest.module),
      candidate: await loadPolicyModule(candidate.module, candidate.digest.module),
    };
    const backtest = new Backtest(modules, {
      lossGivenDefault: 1,
      exposureAtDefault: 1,
      averageBalance: 1,
      lineMonths: 1,
    });
    for (const state of ['NY', 'CA'])
      backtest.add({ id: state, stage: 'full', inputs: { ...ORDINARY, state, age: 17 } });
    expect(backtest.report()).toMatchObject({
      swapped: 1,
      outcomes: { champion: { DECLINE: 2 }, candidate: { DECLINE: 1, NOT_OFFERED: 1 } },
      movers: [{ from: 'DECLINE', to: 'NOT_OFFERED', by: 'no_such_state', count: 1, samples: ['NY'] }],
    });
  });
});

describe('a policy in force that says so', () => {
  const texts = readFileSync(new URL('../../../policies/personal-loan/1.0.0/policy.yaml', import.meta.url), 'utf8');
  const inForce = async (ground: 'law' | 'type-of-credit'): Promise<PolicyInForce> => {
    const changed = texts
      .replace('list_match: boolean', 'list_match: boolean @type-of-credit')
      .replace(
        'action: hold, when: list_match, reason: AX01',
        `action: not_offered, when: list_match, reason: ${ground}`,
      );
    const { module, digest } = compiled(changed);
    return { module: await loadPolicyModule(module, digest.module), digest: digest.module };
  };
  let policy: PolicyInForce;
  beforeAll(async () => {
    policy = await inForce('type-of-credit');
  });
  const call = (changes: Partial<FullInput> = {}) =>
    policyInput({ policy, screening: screeningOf({ status: 'HOLD', ofLegalAge: false }), ...changes });

  test('turns away without adverse action, before a report is pulled and after', () => {
    for (const result of [applyPreBureau(call()), applyFull(call())]) {
      expect(result).toMatchObject({ outcome: 'NOT_OFFERED', reasons: [], offers: [] });
      expect(result.rules).toContainEqual({
        id: 'POSSIBLE_LIST_MATCH',
        action: 'NOT_OFFERED',
        result: 'FIRED',
        reasons: ['type-of-credit'],
      });
    }
  });

  test('is not cleared by a person', () => {
    expect(applyPreBureau(call({ cleared: new Set(['POSSIBLE_LIST_MATCH']) })).outcome).toBe('NOT_OFFERED');
  });

  test.each([
    ['type-of-credit', {}, 'type-of-credit', 'We do not offer credit of this type.'],
    ['law', {}, 'law', 'The law does not allow us'],
    ['law', { application: applicationOf({ residence: { state: 'NY' } }) }, undefined, 'where you live'],
  ] as const)('is told by its ground, %s', async (ground, changes, recorded, said) => {
    policy = await inForce(ground);
    const preBureauPolicy = applyPreBureau(call(changes));
    const record = decide(decisionInputs({ preBureauPolicy, policy: null, reports: [], model: null }));
    expect(record).toMatchObject({ outcome: 'NOT_OFFERED', reasons: [] });
    expect(record.ground).toBe(recorded);
    const notice = noticeTextOf(record);
    expect(notice).toContain(said);
    expect(notice).toContain('This is no statement about your credit. We did not read your credit file.');
  });
});
