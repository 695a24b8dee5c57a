import { expect, test } from '@jest/globals';

import { failureOf } from '../../cli/failure.ts';

test('a package that this release needs and nobody installed is told with the way out', () => {
  const message = "Cannot find package 'csv-parse' imported from /underwright/packages/asl-engine/map-runs.ts";
  expect(failureOf(Object.assign(new Error(message), { code: 'ERR_MODULE_NOT_FOUND' }))).toMatchObject({
    name: 'PackagesMissing',
    message: `${message}: the packages are not those of this release. Run npm ci, then the command again.`,
  });
});
