import { readFileSync } from 'node:fs';

import { describe, expect, test } from '@jest/globals';

import type { Application } from '../../../domain/application/submission.ts';
import { applyFull, applyPreBureau } from '../../../domain/policy/apply.ts';
import { REASONS } from '../../../domain/reasons/catalogue.ts';
import { compilePolicy } from '../../../packages/policy-compiler/compile.ts';
import type { Inputs, InputFault, InputValue } from '../../../packages/policy-compiler/module.ts';
import type { Value } from '../../../packages/policy-compiler/policy.ts';
import { policyInput } from '../../support/policy-inputs.ts';
import { applicationOf, autoApplicationOf, lineApplicationOf } from '../../support/submissions.ts';

const APPLICATIONS: [string, Application][] = [
  ['personal-loan', applicationOf()],
  ['auto-loan', autoApplicationOf()],
  ['credit-line', lineApplicationOf()],
];

describe.each(APPLICATIONS)('the policy %s', (product, application) => {
  const file = policyInput({ application });
  const { version } = file.policy.module.policy;
  const source = readFileSync(new URL(`../../../policies/${product}/${version}/policy.yaml`, import.meta.url), 'utf8');
  const compiled = compilePolicy(source, 'policy.yaml', { reasons: Object.keys(REASONS) });
  if (!compiled.ok) throw new Error('The policy does not compile.');
  const declared = compiled.policy.inputs;
  const early = declared.filter(({ stage }) => stage === 'pre-bureau');

  const given = (change: (inputs: Inputs) => Inputs) => ({
    ...file,
    product: {
      ...file.product,
      preBureauInputs: (known: Parameters<typeof file.product.preBureauInputs>[0]) =>
        change(file.product.preBureauInputs(known)),
      fullInputs: (...known: Parameters<typeof file.product.fullInputs>) => change(file.product.fullInputs(...known)),
    },
  });

  const expectReview = (faulty: readonly Value[], changed: (value: Value) => InputValue, fault: InputFault): void => {
    expect(faulty.length).toBeGreaterThan(0);
    for (const value of faulty) {
      const call = given((inputs) => ({ ...inputs, [value.name]: changed(value) }));
      expectNamed(call, value, fault);
    }
  };
  const expectNamed = (call: ReturnType<typeof given>, { name, stage }: Value, fault: InputFault): void => {
    const reviewed = { outcome: 'REFER', offers: [], reasons: [], invalidInputs: [{ name, fault }] };
    expect(applyFull(call)).toMatchObject(reviewed);
    if (stage === 'pre-bureau') expect(applyPreBureau(call)).toMatchObject(reviewed);
  };
  const numeric = declared.filter(({ type }) => type.kind !== 'boolean' && type.kind !== 'date' && !type.labels.length);

  test('asks a person where an input is absent, and names it', () => {
    for (const value of declared) {
      const call = given((inputs) =>
        Object.fromEntries(Object.entries(inputs).filter(([name]) => name !== value.name)),
      );
      expectNamed(call, value, 'ABSENT');
    }
  });

  test('asks a person where an input is unknown, and names it', () => {
    const call = given((inputs) => ({ ...inputs, zodiac_sign: 'LEO' }));
    const reviewed = { outcome: 'REFER', reasons: [], invalidInputs: [{ name: 'zodiac_sign', fault: 'UNKNOWN' }] };
    expect(applyFull(call)).toMatchObject(reviewed);
    expect(applyPreBureau(call)).toMatchObject(reviewed);
  });

  test('asks a person where an input is null that never may be, and names it', () => {
    expectReview(
      declared.filter(({ type }) => !type.nullable),
      () => null,
      'NULL',
    );
  });

  test('asks a person where an input has another type, and names it', () => {
    expectReview(declared, ({ type }) => (type.kind === 'boolean' ? 'true' : false), 'WRONG_TYPE');
    expectReview(numeric, () => '700', 'WRONG_TYPE');
  });

  test('asks a person where an input is out of its range, by one on either side, and names it', () => {
    expectReview(numeric, ({ type }) => type.low - 1, 'OUT_OF_RANGE');
    expectReview(numeric, ({ type }) => type.high + 1, 'OUT_OF_RANGE');
  });

  test('asks a person where an input is no number, or not whole, and names it', () => {
    expectReview(numeric, () => Number.NaN, 'NOT_A_NUMBER');
    expectReview(numeric, ({ type }) => type.low + 0.5, 'NOT_WHOLE');
  });

  test('asks a person where an input is a word that is not in its enumeration, and names it', () => {
    expectReview(
      declared.filter(({ type }) => type.labels.length > 0),
      () => 'NO_SUCH_WORD',
      'NOT_IN_ENUMERATION',
    );
  });

  describe('holds on a report that may be another person’s', () => {
    const mismatched = (change: (inputs: Inputs) => Inputs) => ({ ...given(change), status: 'MISMATCH' as const });
    const held = { outcome: 'HOLD', offers: [], reasons: [] };

    test.each(['OUT_OF_RANGE', 'WRONG_TYPE', 'ABSENT', 'UNKNOWN'] as const)('also where an input is %s', (fault) => {
      const nullable = declared.filter(({ type }) => type.nullable);
      for (const { name, type } of nullable) {
        const call = mismatched((inputs) => {
          if (fault === 'UNKNOWN') return { ...inputs, zodiac_sign: 'LEO' };
          if (fault === 'ABSENT') return Object.fromEntries(Object.entries(inputs).filter(([each]) => each !== name));
          return { ...inputs, [name]: fault === 'WRONG_TYPE' || type.labels.length > 0 ? [] : type.high + 1 } as Inputs;
        });
        const result = applyFull(call);
        expect(result).toMatchObject(held);
        expect(result.invalidInputs.length).toBe(1);
        expect(result.rules).toEqual([
          { id: 'REPORT_MISMATCH', action: 'HOLD', result: 'FIRED', reasons: expect.any(Array) },
        ]);
      }
    });

    test('and once a person cleared it, asks one about the input', () => {
      const bad = declared.find(({ type, stage }) => type.nullable && stage === 'full');
      const call = mismatched((inputs) => ({ ...inputs, [bad?.name ?? '']: -1 }));
      expect(applyFull({ ...call, cleared: new Set(['REPORT_MISMATCH']) })).toMatchObject({
        outcome: 'REFER',
        invalidInputs: [{ name: bad?.name }],
      });
    });

    test('and decides nothing else on such a file', () => {
      const call = given((inputs) => ({
        ...inputs,
        bankruptcies: 3,
        oldest_account_months: -1,
        monthly_obligations: -1,
      }));
      expect(applyFull(call)).toMatchObject({ outcome: 'REFER', rules: [], reasons: [] });
    });
  });

  test('names every fault at once, and neither a value nor a refusal', () => {
    const call = given((inputs) => Object.fromEntries(Object.keys(inputs).map((name) => [name, 'secret-123'])));
    for (const [result, inputs] of [[applyFull(call), declared] as const, [applyPreBureau(call), early] as const]) {
      expect(result).toMatchObject({ outcome: 'REFER', reasons: [] });
      expect(result.invalidInputs.map(({ name }) => name).toSorted()).toEqual(
        inputs.map(({ name }) => name).toSorted(),
      );
      expect(JSON.stringify(result)).not.toContain('secret-123');
    }
  });
});
