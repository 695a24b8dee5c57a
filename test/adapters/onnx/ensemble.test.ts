import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';

import { treesOf } from '../../../adapters/onnx/ensemble.ts';
import { openSession } from '../../../adapters/onnx/session.ts';
import { leafSum } from '../../../domain/scoring/trees.ts';
import { linearModel, treesModel, type SmallTree } from '../../support/onnx-file.ts';

const COLUMNS = 3;

const { tree } = fc.letrec<{ tree: SmallTree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.record({ leaf: fc.integer({ min: -100, max: 100 }).map((value) => value / 64) }),
    fc.record({
      column: fc.nat(COLUMNS - 1),
      below: fc.integer({ min: -3, max: 3 }),
      lower: tie('tree'),
      upper: tie('tree'),
    }),
  ),
}));
const row = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: COLUMNS, maxLength: COLUMNS });

describe('the trees of an ONNX file', () => {
  it('add up to the margin that the runtime computes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(tree, { minLength: 1, maxLength: 5 }),
        fc.array(row, { minLength: 1, maxLength: 8 }),
        async (trees, rows) => {
          const model = treesModel(COLUMNS, trees);
          const read = treesOf(model)!;
          const session = await openSession(model, COLUMNS);
          const margins = await session.margins(Float32Array.from(rows.flat()), 0);
          for (const [at, each] of rows.entries()) expect(leafSum(read, each)).toBeCloseTo(margins[at]!, 5);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('put a value on the side of a threshold on which the runtime puts it, to the last bit of float32', async () => {
    const below = Math.fround(0.1);
    const model = treesModel(1, [{ column: 0, below, lower: { leaf: 1 }, upper: { leaf: 2 } }]);
    const session = await openSession(model, 1);
    for (const value of [0.09999999, below, 0.1, 0.10000001]) {
      const [margin] = await session.margins(Float32Array.of(value), 0);
      expect(leafSum(treesOf(model)!, [value])).toBe(margin);
    }
  });

  it('are read for a model of 250 stumps', () => {
    const champion = join(import.meta.dirname, '../../../models/personal-loan-default/2.0.0');
    const trees = treesOf(new Uint8Array(readFileSync(join(champion, 'model.onnx'))))!;
    expect(trees).toHaveLength(250);
    expect(trees.flat().every(({ path }) => path.length <= 1)).toBe(true);
  });

  it('are not known for a linear model', () => {
    expect(treesOf(linearModel([1, 2], 0))).toBeNull();
  });
});
