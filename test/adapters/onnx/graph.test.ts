import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { openSession } from '../../../adapters/onnx/session.ts';
import { FOREIGN, foreignModel, linearModel, treesModel, type SmallTree } from '../../support/onnx-file.ts';

const repository = join(import.meta.dirname, '../../..');

/** The name and the message of the error of a model. */
const refusal = (model: Uint8Array): Promise<unknown> =>
  openSession(model, 1).then(
    () => undefined,
    (error: Error) => `${error.name}: ${error.message}`,
  );

const MESSAGES: Readonly<Record<(typeof FOREIGN)[number], RegExp>> = {
  LOOP: /^GraphRefused: The operator Loop is not one of those that may score: Add, /,
  OTHER_DOMAIN: /^GraphRefused: The operator Identity is not that of ONNX, but of the domain com\.example/,
  TEXT_CAST: /^GraphRefused: Cast\.to has the type 8/,
  TWO_OPERATORS: /^GraphRefused: The operator Identity has the field 4 twice/,
  EXTERNAL_DATA: /^GraphRefused: Initializer "weights" has external data/,
  FUNCTIONS: /^GraphRefused: The model has functions/,
};

describe('a graph is refused before the runtime reads it', () => {
  it.each(FOREIGN)('with the fault %s', async (fault) => {
    expect(await refusal(foreignModel(fault))).toMatch(MESSAGES[fault]);
  });

  it.each([Number.NaN, Infinity, -Infinity])('with the weight %p', async (weight) => {
    expect(await refusal(linearModel([weight], 0))).toMatch(
      /^GraphRefused: Initializer "weights" has a number that is not finite/,
    );
  });

  it.each([Number.NaN, Infinity, -Infinity])('with the leaf or the threshold %p in a tree', async (value) => {
    const leaf: SmallTree = { column: 0, below: 1, lower: { leaf: 0 }, upper: { leaf: value } };
    const threshold: SmallTree = { column: 0, below: value, lower: { leaf: 0 }, upper: { leaf: 1 } };
    for (const tree of [leaf, threshold]) {
      expect(await refusal(treesModel(1, [tree]))).toMatch(/^GraphRefused: TreeEnsembleRegressor\.\w+ has a number/);
    }
  });

  it('where the largest leaves of its trees add up to more than 50 log-odds', async () => {
    const stump = (leaf: number): SmallTree => ({ column: 0, below: 1, lower: { leaf: -leaf }, upper: { leaf: 1 } });
    expect(await refusal(treesModel(1, [stump(25), stump(25)]))).toBeUndefined();
    expect(await refusal(treesModel(1, [stump(25), stump(25.5)]))).toMatch(
      /^GraphRefused: TreeEnsembleRegressor\.target_weights add up to 50\.5 log-odds, and 50 is the limit/,
    );
  });
});

it.each([
  'models/personal-loan-default/2.0.0',
  'examples/models/loan-basics',
  ...['ebm', 'lightgbm-monotone', 'lightgbm-unconstrained', 'sklearn-logistic'].map(
    (name) => `test/fixtures/models/${name}`,
  ),
])('the graph of %s runs', async (folder) => {
  expect(await refusal(new Uint8Array(readFileSync(join(repository, folder, 'model.onnx'))))).toBeUndefined();
});
