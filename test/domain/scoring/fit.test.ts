import { describe, expect, test } from '@jest/globals';

import { packageFaults } from '../../../domain/scoring/fit.ts';

const PACKAGE: Parameters<typeof packageFaults>[1] = {
  id: 'default-risk',
  version: '3.0.0',
  purpose: 'default',
  allowed: [
    {
      product: 'personal-loan',
      uses: ['decide', 'price'],
      modes: ['sandbox', 'production'],
      because: 'It was trained on such loans.',
    },
    { product: 'auto-loan', uses: ['decide', 'price'], modes: ['sandbox'], because: 'It is a demonstration.' },
  ],
  cutoffs: { decline: 90_000 },
  bands: { risk: { cuts: [20_000], names: ['LOW', 'HIGH'] } },
};

const MODEL = { purpose: 'default', uses: ['decide', 'price'], cutoffs: ['decline'], bands: { risk: ['LOW', 'HIGH'] } };
const faults = (product: string, changes: object, mode: string): string[] =>
  packageFaults(
    { product, model: { ...MODEL, ...changes } } as Parameters<typeof packageFaults>[0],
    PACKAGE,
    mode as 'sandbox',
  );

describe('a package and a policy', () => {
  test.each([
    ['personal-loan', 'production'],
    ['personal-loan', 'sandbox'],
    ['auto-loan', 'sandbox'],
  ])('fit for a %s in %s mode, where the package allows it', (product, mode) => {
    expect(faults(product, {}, mode)).toEqual([]);
  });

  test.each<[string, object, string, string[]]>([
    ['auto-loan', {}, 'production', ['is not allowed for auto-loan in production mode: It is a demonstration.']],
    ['credit-line', {}, 'sandbox', ['is not allowed for credit-line in sandbox mode.']],
    [
      'personal-loan',
      { uses: ['decide', 'limit'] },
      'production',
      ['is not allowed to set amounts of personal-loan ("limit") in production mode.'],
    ],
    ['personal-loan', { cutoffs: ['decline', 'referral'] }, 'production', ['has no cut-off "referral".']],
    ['personal-loan', { cutoffs: ['constructor'] }, 'production', ['has no cut-off "constructor".']],
    [
      'personal-loan',
      { bands: { risk: ['HIGH', 'LOW'], tier: ['X', 'Y'] } },
      'production',
      ['names the ranges of "risk" LOW, HIGH, and the policy HIGH, LOW.', 'has no band "tier".'],
    ],
  ])('do not fit for a %s with %j in %s mode', (product, changes, mode, expected) => {
    expect(faults(product, changes, mode)).toEqual(expected.map((fault) => `default-risk 3.0.0 ${fault}`));
  });

  test('fit only where every use is allowed, for a text that does not state its uses', () => {
    expect(packageFaults({ product: 'personal-loan', model: undefined }, PACKAGE, 'production')).toEqual([
      'default-risk 3.0.0 is not allowed to set amounts of personal-loan ("limit") in production mode.',
    ]);
  });
});
