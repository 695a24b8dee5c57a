import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { jsonFault } from '../../cli/json-fault.ts';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

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
    expect(jsonFault(text)).toEqual({ line, column });
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
      fc.property(broken, (text) => (jsonFault(text) === undefined) === isJson(text)),
      { numRuns: 2000 },
    );
  });
});
