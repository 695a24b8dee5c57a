import { expect, test } from '@jest/globals';
import type { Template } from 'aws-cdk-lib/assertions';

import { synthesise } from '../support/synthesised.ts';

/** The resources of a stack: each type with its logical ids, without the hashes that the CDK puts behind them. */
function summaryOf(template: Template): string[] {
  const ids = new Map<string, string[]>();
  for (const [id, { Type }] of Object.entries(template.toJSON()['Resources'] as Record<string, { Type: string }>))
    ids.set(Type, [...(ids.get(Type) ?? []), id.replace(/[0-9A-F]{8}([0-9a-f]{32})?$/, '')]);
  return [...ids].map(([type, names]) => `${type} ${names.length}: ${names.toSorted().join(' ')}`).toSorted();
}

// A stack holds what a deployment replaces or deletes, so a new, lost or renamed resource is reviewed here.
test('No resource of production appears, disappears or changes its logical id unseen', () => {
  const stacks = Object.entries(synthesise('production')).map(([stack, template]) => [stack, summaryOf(template)]);
  expect(Object.fromEntries(stacks)).toMatchSnapshot();
});

test('The sandbox has one stack more than production: the simulated bureau', () => {
  const { simulatedBureau, ...rest } = synthesise('sandbox');
  const production = synthesise('production');
  expect(summaryOf(simulatedBureau)).toMatchSnapshot();
  expect(Object.keys(rest)).toEqual(Object.keys(production));
});
