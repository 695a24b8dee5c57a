import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { scaled } from '../../support/scale.ts';
import { interpret } from './interpreter.ts';
import { compile, load, PERSONAL_LOAN, policyWith } from './support.ts';

/** Whatever the text, the compiler answers: with a module that a JavaScript engine reads, or with errors that have places. */
function answers(source: string): void {
  const result = compile(source);
  if (result.ok) {
    expect(result.module).toContain('export function evaluate');
    return;
  }
  expect(result.errors.length).toBeGreaterThan(0);
  const lines = source.split('\n').length;
  for (const error of result.errors) {
    expect(error.line).toBeGreaterThanOrEqual(1);
    expect(error.line).toBeLessThanOrEqual(lines);
    expect(error.column).toBeGreaterThanOrEqual(1);
    expect(error.message).toMatch(/^.+\.$/s);
    expect(error.fix).not.toBe('');
  }
}

/** As JSON has it: without negative zero. */
function normal(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

const asRule = (when: string): string =>
  policyWith({
    rules: `    it:\n      action: refer\n      when: ${JSON.stringify(when)}\n      reason: AX13\n      severity: 1`,
  });

describe('the compiler answers', () => {
  test('any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), answers), { numRuns: 300 });
  });

  test('any text of the letters that YAML and CEL give a meaning', () => {
    const letters = fc.constantFrom(
      ...' \n\t:-[]{}\'"|>&*!#%@,?.()=<+/'.split(''),
      'policy',
      'rules',
      'inputs',
      'full',
      'a',
      '1',
      '- ',
      ': ',
      '\n  ',
    );
    fc.assert(
      fc.property(
        fc.array(letters, { maxLength: 80 }).map((parts) => parts.join('')),
        answers,
      ),
      { numRuns: 500 },
    );
  });

  test('any expression', () => {
    const names = 'amount state member fico debts unknown limit min max has size amount.all(x,x) null true';
    const literals = `"NY" ' 1 -1 1.5 1u b"x" 9223372036854775807 99999999999999999999`;
    const operators = '&& || ! == != < >= in + - * / % ? : ( ) [ ] { } , . // \\';
    const tokens = fc.constantFrom(...`${names} ${literals} ${operators}`.split(' '));
    const expressions = fc.array(tokens, { minLength: 1, maxLength: 14 }).map((parts) => parts.join(' '));
    fc.assert(
      fc.property(expressions, (when) => answers(asRule(when))),
      { numRuns: scaled(1_500, 100) },
    );
  });

  const derived = (type: string, value: string, missing: string): string =>
    policyWith({
      inputs: '    a: integer 0..1000\n    b: integer -20..20',
      full: '    c: integer? 0..100\n    fico: score? 300..850 @bureau',
      rest: `derive:\n  d: { value: ${JSON.stringify(value)}, ${type} }`,
      rules: `    it: { action: refer, when: d > 3, ${missing}reason: AX13, severity: 1 }`,
    });

  test('any derived value', () => {
    const tokens = fc.constantFrom(...'a b c fico 0 7 + - * / ( ) ? : null min( max( , == <'.split(' '));
    const values = fc.array(tokens, { minLength: 1, maxLength: 9 }).map((parts) => parts.join(' '));
    const types = fc.constantFrom('type: money', 'type: integer, round: up', 'type: ratio, places: 9', 'type: boolean');
    fc.assert(
      fc.property(types, values, (type, value) => answers(derived(type, value, ''))),
      { numRuns: scaled(1_000, 100) },
    );
  });

  test('a sensible derived value with a module that means what it says', async () => {
    const { value: values } = fc.letrec<{ sum: string; value: string }>((tie) => ({
      sum: fc.oneof(
        { maxDepth: 2 },
        fc.constantFrom('a', 'b', 'c', '7', '-3', 'min(a, b)', 'max(c, 2, b)'),
        fc.tuple(tie('sum'), fc.constantFrom('+', '-', '*'), tie('sum')).map((parts) => `(${parts.join(' ')})`),
      ),
      value: fc.oneof(
        { maxDepth: 1 },
        tie('sum'),
        fc.tuple(tie('sum'), fc.constantFrom('a', 'b', 'c', '7', '-3')).map(([top, bottom]) => `${top} / ${bottom}`),
        fc.tuple(tie('value'), tie('value')).map(([yes, no]) => `c == null ? ${yes} : ${no}`),
        fc.tuple(tie('value'), tie('value')).map(([yes, no]) => `a < 500 && b != 1 ? ${yes} : ${no}`),
      ),
    }));
    const types = [
      'integer',
      'integer, round: up',
      'ratio, round: half-up, places: 4',
      'ratio, round: down, places: 1',
    ];
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        const sources = types.flatMap((type) =>
          ['', 'missing: { d: pass }, '].map((missing) => derived(`type: ${type}`, value, missing)),
        );
        const source = sources.find((candidate) => compile(candidate).ok);
        if (source === undefined) return;
        accepted += 1;
        const { evaluate } = await load(source);
        for (const a of [0, 1, 499, 500, 1000]) {
          for (const b of [-20, -3, 0, 1, 20]) {
            for (const c of [null, 0, 1, 7, 100]) {
              const inputs = { a, b, c, fico: 700 };
              const { policy: _, ...answer } = evaluate('full', inputs);
              expect(normal(answer)).toEqual(interpret(source, 'full', inputs));
            }
          }
        }
      }),
      { numRuns: 120, seed: 11 },
    );
    expect(accepted).toBeGreaterThan(60);
  });

  test('a good policy with one line gone, doubled, moved or cut', () => {
    const lines = PERSONAL_LOAN.split('\n');
    const edits = fc.tuple(
      fc.nat(lines.length - 1),
      fc.constantFrom('drop', 'double', 'move', 'cut', 'indent'),
      fc.nat(80),
    );
    fc.assert(
      fc.property(edits, ([at, edit, by]) => {
        const line = lines[at] ?? '';
        const edited: Record<string, string[]> = {
          drop: [],
          double: [line, line],
          move: [lines[(at + by) % lines.length] ?? '', line],
          cut: [line.slice(0, by)],
          indent: [`${' '.repeat(by % 5)}${line}`],
        };
        answers([...lines.slice(0, at), ...(edited[edit] ?? []), ...lines.slice(at + 1)].join('\n'));
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['brackets without end', '['.repeat(20_000)],
    ['maps without end', 'a: '.repeat(5000)],
    ['indentation without end', Array.from({ length: 2000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
    ['an expression nested without end', asRule('('.repeat(5000) + 'member' + ')'.repeat(5000))],
    ['a negation without end', asRule('!'.repeat(900) + 'member')],
    ['a chain without end', asRule(Array.from({ length: 5000 }, () => 'member').join(' && '))],
    ['a choice of everything', asRule(Array.from({ length: 60 }, (_, n) => `(amount > ${n} || member)`).join(' && '))],
    ['a billion laughs', 'a: &a [x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n'],
    ['a text too large', `# ${'x'.repeat(300_000)}`],
    ['a prototype', '__proto__: { policy: x }\nconstructor: 1\n'],
    ['two documents', `${PERSONAL_LOAN}\n---\n${PERSONAL_LOAN}`],
    ['nothing', ''],
  ])('%s', (_, source) => {
    answers(source);
  });

  test('a policy of many rules and of many values that read each other', () => {
    const rules = Array.from(
      { length: 250 },
      (_, n) => `    r${n}: { action: refer, when: amount > ${n} && v${n} > ${n}, reason: AX13, severity: 1 }`,
    );
    const values = Array.from(
      { length: 250 },
      (_, n) => `  v${n}: { type: money, value: ${n === 0 ? 'amount' : `v${n - 1} + 1`} }`,
    ).toReversed();
    const result = compile(policyWith({ rest: `derive:\n${values.join('\n')}`, rules: rules.join('\n') }));
    expect(result.ok).toBe(true);
  });

  test('names that JavaScript keeps for itself, without harm', () => {
    const names = [
      'class',
      'new',
      'this',
      'default',
      'arguments',
      'yield',
      'policy',
      'level',
      'failed',
      'inputs',
      'evaluate',
      'i',
    ];
    const inputs = names.map((name) => `    ${name}: integer 0..9`).join('\n');
    const rules = names
      .map((name) => `    ${name}: { action: refer, when: ${name} > 4, reason: AX13, severity: 1 }`)
      .join('\n');
    expect(compile(policyWith({ inputs, full: '', rules })).ok).toBe(true);
    for (const name of ['constructor', '__proto__', 'toString', 'limit', 'null', 'in', 'min']) {
      expect(compile(policyWith({ inputs: `    ${name}: integer 0..9`, full: '' })).ok).toBe(false);
    }
  });
});
