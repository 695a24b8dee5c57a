import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import jsonata from 'jsonata';

import type { Json, JsonObject } from '../../../domain/json.ts';
import { Expressions } from '../../../packages/asl-engine/expressions.ts';

const expressions = new Expressions({ now: () => new Date(Date.UTC(2026, 0, 5)), random: () => 0.25 });
const evaluate = async (text: string, input: Json = {}) =>
  expressions.compile(`{% ${text} %}`, 'Output').evaluate({ states: { input } });

describe('an expression', () => {
  test('that is a plain path gives what JSONata gives', async () => {
    const key = fc.constantFrom('a', 'b', 'c d');
    const { value } = fc.letrec<{ value: Json }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null)),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true }),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(value, fc.array(key, { maxLength: 4 }), async (input, path) => {
        const text = ['$states.input', ...path.map((name) => `\`${name}\``)].join('.');
        const expected: unknown = await jsonata(text).evaluate(undefined, { states: { input } });
        const given = await evaluate(text, input).catch((error: Error) => error.name);
        expect(given).toEqual(
          expected === undefined ? 'EvaluationFailed' : (JSON.parse(JSON.stringify(expected)) as Json),
        );
      }),
      { numRuns: 500 },
    );
  });

  test('gives plain JSON: no sequences, no functions, and the numbers that JSON has no form for as on AWS', async () => {
    const found = (await evaluate('$states.input.xs[$ > 1]', { xs: [1, 2, 3] })) as number[];
    expect(Object.getOwnPropertyNames(found)).toEqual(['0', '1', 'length']);
    expect(await evaluate('{"a": [1, 1 / 0, -1 / 0]}')).toEqual({ a: [1, 'Infinity', '-Infinity'] });
    await expect(evaluate('0 / 0')).rejects.toThrow('unsupported result type');
    await expect(evaluate('[$sum]')).rejects.toThrow('unsupported result type');
    await expect(evaluate('function($x) { $x }')).rejects.toThrow('unsupported result type');
  });

  test('keeps a member named __proto__ to itself', async () => {
    const found = (await evaluate('$parse($states.input)', '{"__proto__":{"polluted":true}}')) as JsonObject;
    expect(Object.keys(found)).toEqual(['__proto__']);
    expect('polluted' in found).toBe(false);
  });

  test('tells in an error its own text and a code, never a value', async () => {
    const failure = await evaluate('$states.input.ssn + 1', { ssn: '900-12-3456' }).catch(
      (error: Error) => error.message,
    );
    expect(failure).toContain("'$states.input.ssn + 1' specified for the field 'Output'");
    expect(failure).toContain('JSONata T2001');
    expect(failure).not.toContain('900-12-3456');
    await expect(evaluate('$error("the author says so")')).rejects.toThrow('the author says so');
  });

  test('sees the clock and the randomness that it is given', async () => {
    expect(await evaluate('$now()')).toBe('2026-01-05T00:00:00.000Z');
    expect(await evaluate('$now("[Y]/[M01]")')).toBe('2026/01');
    expect(await evaluate('$millis()')).toBe(Date.UTC(2026, 0, 5));
    expect(await evaluate('$random()')).toBe(0.25);
  });

  // The examples of docs.aws.amazon.com/step-functions/latest/dg: transforming-data.html, intrinsic-functions.html.
  test.each<[string, Json]>([
    ['$partition([1,2,3,4,5,6,7,8,9], 4)', [[1, 2, 3, 4], [5, 6, 7, 8], [9]]],
    ['$range(0, 10, 2)', [0, 2, 4, 6, 8, 10]],
    ['$range(10, 0, -3)', [10, 7, 4, 1]],
    ['$range(1, 9, 9)', 1],
    ["$hash('input data', 'SHA-1')", 'aaff4a450a104cd177d28d18d74485e8cae074b7'],
    // Measured in us-east-1: arguments are rounded towards zero, and the sequence is that of java.util.Random.
    ['$range(-1.7, 2, 1)', [-1, 0, 1, 2]],
    ['$range(1.7, 5, 1)', [1, 2, 3, 4, 5]],
    ['$range(5, 1, -1.5)', [5, 4, 3, 2, 1]],
    ['$partition([1,2,3,4,5], 2.9)', [[1, 2], [3, 4], [5]]],
    ['$random(42)', 0.7275636800328681],
    ['$random(0)', 0.730967787376657],
    ['$random(7)', 0.7306990420600421],
    ['$base64decode("aGk=")', 'hi'],
    ['$parse(\'{"a":[1]}\')', { a: [1] }],
  ])('%s gives what AWS gives', async (expression, value) => {
    expect(await evaluate(expression)).toEqual(value);
  });

  test('refuses what the added functions cannot do', async () => {
    await expect(evaluate('$partition([1], 0)')).rejects.toThrow('$partition needs a size of 1 or more');
    await expect(evaluate('$range(1, 2, 0)')).rejects.toThrow('$range needs a step other than 0');
    await expect(evaluate('$range(1, 2, 0.9)')).rejects.toThrow('$range needs a step other than 0');
    for (const text of ['!!!', 'a', 'aGk=x', 'aGk===']) {
      await expect(evaluate(`$base64decode("${text}")`)).rejects.toThrow('$base64decode needs text in Base64');
    }
    await expect(evaluate('$hash("a", "CRC")')).rejects.toThrow('$hash knows MD5');
    await expect(evaluate('$parse("{")')).rejects.toThrow('The function refused its argument.');
  });
});
