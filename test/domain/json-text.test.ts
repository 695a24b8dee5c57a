import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { jsonFault, MAX_DEPTH, readJson } from '../../domain/json-text.ts';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test('a string of many megabytes is read', () => {
  expect(jsonFault(JSON.stringify({ sealed: 'x'.repeat(30_000_000) }))).toBeUndefined();
});

describe('where a text stops being JSON', () => {
  test.each([
    ['{"a": 1,}', 1, 9],
    ['{"a": 1\n "b": 2}', 2, 2],
    ['[1, 2', 1, 6],
    ['{"a": tru}', 1, 7],
    ['{"a": 01}', 1, 7],
    ['{"a": "line\nbreak"}', 1, 7],
    ['1 2', 1, 3],
    ['', 1, 1],
  ])('%j at line %i, column %i', (text, line, column) => {
    expect(jsonFault(text)).toEqual({ kind: 'NOT_JSON', line, column });
  });

  test('is nowhere in JSON', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(4), (text, indent) => {
        expect(jsonFault(JSON.stringify(JSON.parse(text), null, indent))).toBeUndefined();
      }),
    );
  });

  test('is found exactly when the parser refuses the text', () => {
    const broken = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom(...'{}[],:"\\ 0-x\n\t'.split(''), ''))
      .map(([text, at, letter]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + letter + text.slice(place + 1);
      });
    fc.assert(
      fc.property(broken, (text) => {
        const kind = jsonFault(text)?.kind;
        // A name may be there twice, or a number be inexact, before the text stops being JSON.
        return isJson(text) ? kind !== 'NOT_JSON' : kind !== undefined;
      }),
      { numRuns: 2000 },
    );
  });
});

describe('JSON that readers would read differently, or not at all', () => {
  test.each([
    ['{"a": 1, "a": 1}', 1, 10],
    ['{"a": 1,\n "\\u0061": 2}', 2, 2],
    ['[{"b": {"c": 1, "c": 2}}]', 1, 17],
  ])('repeats a name: %j at line %i, column %i', (text, line, column) => {
    expect(jsonFault(text)).toEqual({ kind: 'DUPLICATE_NAME', line, column });
  });

  test('is read where the same name stands in two objects', () => {
    expect(readJson('[{"a": 1}, {"a": {"a": 2}}]')).toEqual({ ok: true, value: [{ a: 1 }, { a: { a: 2 } }] });
  });

  test('is nested too deep, however deep', () => {
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    expect(jsonFault(nested(MAX_DEPTH))).toBeUndefined();
    for (const depth of [MAX_DEPTH + 1, 100_000]) {
      expect(jsonFault(nested(depth))).toEqual({ kind: 'TOO_DEEP', line: 1, column: MAX_DEPTH + 1 });
    }
  });

  test('keeps a member called __proto__ as a member', () => {
    const read = readJson('{"__proto__": {"a": 1}}');
    expect(read.ok && Object.keys(read.value as object)).toEqual(['__proto__']);
  });
});

describe('A number', () => {
  test.each([
    '1500000.0000000000000001',
    '12345678901234567890',
    '9007199254740993',
    '0.10000000000000000001',
    '1e400',
    '-1e400',
    '1e-400',
    '1500000.00000000000000000000000000000000000000001e0',
  ])('that would be read as another one is refused where it begins: %s', (number) => {
    expect(jsonFault(`{"a": [1, ${number}]}`)).toEqual({ kind: 'INEXACT_NUMBER', line: 1, column: 11 });
  });

  test.each([
    '0.1',
    '-0',
    '1.50',
    '0.000',
    '1e3',
    '1E+21',
    '1.0e-7',
    '5e-324',
    '1.7976931348623157e308',
    '0e999999999',
  ])('that is read as it is written is taken: %s', (number) => {
    expect(readJson(`[${number}]`)).toEqual({ ok: true, value: [Number(number)] });
  });

  test('that a program wrote is taken, and one with a digit that is lost is not', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        expect(jsonFault(JSON.stringify(number))).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 16, max: 60 }),
        fc.integer({ min: 1, max: 9 }),
        (whole, zeros, digit) => {
          expect(jsonFault(`${whole}.${'0'.repeat(zeros)}`)).toBeUndefined();
          fc.pre(whole !== 0);
          expect(jsonFault(`${whole}.${'0'.repeat(zeros)}${digit}`)?.kind).toBe('INEXACT_NUMBER');
        },
      ),
    );
  });

  test('of a million digits takes no longer than its length', () => {
    expect(jsonFault(`[1${'0'.repeat(1_000_000)}1]`)?.kind).toBe('INEXACT_NUMBER');
  });

  test('a byte order mark before a text is left out', () => {
    expect(readJson('\uFEFF{"a":1}')).toEqual({ ok: true, value: { a: 1 } });
    expect(readJson('{"a":"\uFEFF"}')).toEqual({ ok: true, value: { a: '\uFEFF' } });
  });
});
