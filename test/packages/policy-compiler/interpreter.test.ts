import { beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import type { PolicyModule } from '../../../packages/policy-compiler/module.ts';
import { scaled } from '../../support/scale.ts';
import { validInputs } from './arbitrary.ts';
import { interpret } from './interpreter.ts';
import { ORDINARY } from './ordinary.ts';
import { compile, compiled, load, PERSONAL_LOAN, policyWith } from './support.ts';

const { policy } = compiled(PERSONAL_LOAN);

describe('the compiled personal loan policy', () => {
  let module: PolicyModule;
  beforeAll(async () => {
    module = await load(PERSONAL_LOAN);
  });

  test.each(['pre-bureau', 'full'] as const)('answers as a plain interpreter does at %s', (stage) => {
    const expected = policy.inputs.filter((input) => stage === 'full' || input.stage === 'pre-bureau');
    const ordinary = Object.fromEntries(expected.map(({ name }) => [name, ORDINARY[name] ?? null]));
    const changed = fc.subarray(
      expected.map(({ name }) => name),
      { maxLength: 4 },
    );
    const odd = fc.tuple(validInputs(policy, stage), changed).map(([inputs, names]) => {
      const changes = Object.fromEntries(names.map((name) => [name, inputs[name] ?? null]));
      return { ...ordinary, ...changes };
    });
    const outcomes = new Set<string>();
    fc.assert(
      fc.property(fc.oneof(validInputs(policy, stage), odd), (inputs) => {
        const { policy: _, ...answer } = module.evaluate(stage, inputs);
        outcomes.add(answer.outcome);
        expect(answer).toEqual(interpret(PERSONAL_LOAN, stage, inputs));
      }),
      { numRuns: scaled(1_500, 50), seed: 20261123 },
    );
    const passing = stage === 'full' ? 'APPROVE' : 'PROCEED';
    expect([...outcomes].toSorted()).toEqual([passing, 'DECLINE', 'HOLD', 'REFER'].toSorted());
  });
});

describe('any condition', () => {
  const atoms = fc.oneof(
    fc
      .tuple(
        fc.constantFrom('x', 'y', 'z'),
        fc.constantFrom('<', '<=', '>', '>=', '==', '!='),
        fc.integer({ min: 0, max: 3 }),
      )
      .map(([name, operator, value]) => `${name} ${operator} ${value}`),
    fc.constantFrom('x < y', 'y >= z', 'x == z', '2 <= y', 'y in [0, 2]', 'x in [1, 3]'),
    fc.constantFrom('b', 'c', '!c', 'b == false', 'c != true'),
    fc.constantFrom('y == null', 'y != null', 'c == null', 'null != z', 'e == null'),
    fc.constantFrom('e == "P"', 'e != "Q"', 'e in ["P", "R"]', 'f in ["L", "M"]', 'f == "N"'),
  );
  const { condition } = fc.letrec<{ condition: string }>((tie) => ({
    condition: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { weight: 2, arbitrary: atoms },
      { weight: 2, arbitrary: fc.tuple(tie('condition'), tie('condition')).map(([a, b]) => `(${a}) && (${b})`) },
      { weight: 2, arbitrary: fc.tuple(tie('condition'), tie('condition')).map(([a, b]) => `(${a}) || (${b})`) },
      { weight: 1, arbitrary: tie('condition').map((a) => `!(${a})`) },
    ),
  }));
  const source = (when: string, missing: Record<string, string>): string =>
    policyWith({
      inputs: `    x: integer 0..3
    y: integer? 0..3
    b: boolean
    c: boolean?
    e: enum? P|Q|R`,
      full: `    z: integer? 0..3
    f: enum L|M|N`,
      rules: `    it:
      action: decline
      when: '${when}'
      missing: { ${Object.entries(missing)
        .map(([name, does]) => `${name}: ${does}`)
        .join(', ')} }
      reason: AX13
      severity: 1`,
    });
  const numbers = [0, 1, 2, 3];
  const everyone = numbers.flatMap((x) =>
    [...numbers, null].flatMap((y) =>
      [...numbers, null].flatMap((z) =>
        [true, false].flatMap((b) =>
          [true, false, null].flatMap((c) =>
            ['P', 'Q', 'R', null].flatMap((e) => ['L', 'N'].map((f) => ({ x, y, z, b, c, e, f }))),
          ),
        ),
      ),
    ),
  );
  /** The analysis ends where it claims something, or when the condition compiles. */
  const settle = (when: string, actions: readonly string[]): { text: string; codes: Set<string> } => {
    const missing: Record<string, string> = {};
    for (;;) {
      const text = source(when, missing);
      const result = compile(text);
      if (result.ok) return { text, codes: new Set() };
      const open = result.errors.filter(({ code }) => code === 'UNHANDLED_NULL');
      if (open.length === 0) return { text, codes: new Set(result.errors.map(({ code }) => code)) };
      for (const { message } of open) {
        const name = /reads "(\w+)"/.exec(message)?.[1] ?? '';
        missing[name] = actions[Object.keys(missing).length % actions.length] ?? 'refer';
      }
    }
  };

  test('compiles to what it says for every applicant, or what is said against it is true of every applicant', async () => {
    let answered = 0;
    const claims = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        condition,
        fc.shuffledSubarray(['pass', 'fire', 'refer'], { minLength: 1 }),
        async (when, actions) => {
          const { text, codes } = settle(when, actions);
          const outcomes = everyone.map((inputs) => interpret(text, 'full', inputs).rules['it']);
          for (const code of codes) claims.set(code, (claims.get(code) ?? 0) + 1);
          if (codes.has('UNREACHABLE') || codes.has('CONTRADICTION')) {
            expect(outcomes).not.toContain('FIRED');
            expect(outcomes).not.toContain('MISSING_FIRED');
          } else if (codes.has('ALWAYS_FIRES')) {
            expect(new Set([...outcomes, 'FIRED', 'MISSING_FIRED'])).toEqual(new Set(['FIRED', 'MISSING_FIRED']));
          } else if (codes.has('NEVER_APPROVES')) {
            expect(outcomes).not.toContain('PASSED');
            expect(outcomes).not.toContain('MISSING_PASSED');
          } else if (codes.size === 0) {
            answered += 1;
            const module = await load(text);
            expect(everyone.map((inputs) => module.evaluate('full', inputs).rules['it'])).toEqual(outcomes);
          } else {
            expect([...codes]).toEqual(['CONSTANT_COMPARISON']);
          }
        },
      ),
      { numRuns: 70, seed: 7 },
    );
    expect(answered).toBeGreaterThan(20);
    expect(claims.size).toBeGreaterThan(2);
  });
});
