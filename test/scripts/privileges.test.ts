import { readFileSync } from 'node:fs';

import { expect, test } from '@jest/globals';

import { privilegesText, sandboxPolicies } from '../../scripts/write-privileges.ts';
import type { Policies } from '../support/deployment/policies.ts';
import type { Statement } from '../support/synthesised.ts';

const policies = sandboxPolicies();
const own = policies.identities.get('SetSwitch')!;
const having = (statements: readonly Statement[]): Policies => ({
  ...policies,
  identities: new Map<string, readonly Statement[]>([...policies.identities, ['SetSwitch', statements]]),
});
const withMore = (Action: string, Resource: string) => having([...own, { Effect: 'Allow', Action, Resource }]);

test('The page of privileges is that of the synthesised policies', () => {
  expect(readFileSync('docs/privileges.md', 'utf8')).toBe(privilegesText(policies));
});

test.each([
  ['has one action more', () => withMore('logs:DeleteLogStream', '*')],
  ['reaches one more table', () => withMore('dynamodb:GetItem', 'arn:aws:dynamodb:local:000000000000:table/Other')],
  [
    'loses a condition',
    () => {
      const conditional = own.find(({ Condition }) => Condition !== undefined)!;
      const { Condition: _, ...unconditional } = conditional;
      return having(own.map((statement) => (statement === conditional ? unconditional : statement)));
    },
  ],
])('The page changes when a role %s', (_, wider) => {
  const written = privilegesText(policies).split('\n');
  const changed = privilegesText(wider())
    .split('\n')
    .filter((line) => !written.includes(line));
  expect(changed).toEqual([expect.stringMatching(/^\| SetSwitch \|/)]);
});
