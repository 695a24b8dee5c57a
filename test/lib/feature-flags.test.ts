import { readFileSync } from 'node:fs';

import { expect, test } from '@jest/globals';

const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;

// A new release of the CDK has new flags. Each changes templates once, so a person decides: docs/decisions/0026.
test('cdk.json decides on every feature flag of the CDK, and departs from its recommendations in three', () => {
  const recommended = read('node_modules/aws-cdk-lib/recommended-feature-flags.json');
  const { context } = read('cdk.json') as { context: Record<string, unknown> };
  expect(Object.keys(context).toSorted()).toEqual(Object.keys(recommended).toSorted());
  const own = Object.entries(context).filter(([flag, value]) => String(value) !== String(recommended[flag]));
  expect(Object.fromEntries(own)).toEqual({
    '@aws-cdk/aws-iam:minimizePolicies': false,
    '@aws-cdk/core:defaultCrossStackReferences': 'strong',
    '@aws-cdk/core:enableAdditionalMetadataCollection': false,
  });
});
