import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import * as fc from 'fast-check';

import { canonicalJson } from '../../domain/ledger/canonical-json.ts';
import { verifyFile } from '../../verify/verify-file.ts';
import { examplePath, underwright, workbench, type Workbench } from '../cli/program.ts';
import { scaled } from '../support/scale.ts';

// A flip takes up to 0.1 s.
jest.setTimeout(Math.max(240_000, scaled(10_000) * 100));

const ID = 'decline-obligations';
let bench: Workbench;
const flipped = (bytes: Buffer, place: number, bit: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(place) ^ (1 << bit), place);
  return copy;
};

beforeAll(async () => {
  bench = workbench();
  await underwright('submit', examplePath(ID), '--wait', '--data', bench.data);
  await underwright('seal', '--data', bench.data);
  await underwright(
    'export',
    ID,
    '--by',
    'r.vega',
    '--purpose',
    'Examination 2026-14',
    '--out',
    bench.path('.'),
    '--data',
    bench.data,
  );
});
afterAll(() => bench.remove());

describe('One bit flipped anywhere is found, or changed nothing that is recorded', () => {
  test('in an exported file', () => {
    const file = readFileSync(bench.path(`${ID}.decision.json`));
    const key = readFileSync(join(bench.data, 'seal-public.pem'), 'utf8');
    const same = canonicalJson(JSON.parse(file.toString()));
    const isFound = (text: string): boolean => {
      try {
        return verifyFile(text, key).some(({ holds }) => !holds);
      } catch {
        return true;
      }
    };
    expect(isFound(file.toString())).toBe(false);
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.nat(7), (place, bit) => {
        const text = flipped(file, place, bit).toString();
        if (!isFound(text)) expect(canonicalJson(JSON.parse(text))).toBe(same);
      }),
      { numRuns: scaled(10_000) },
    );
  });
});
