import { readFileSync } from 'node:fs';

import { expect, test } from '@jest/globals';

import { deployPolicy, deployPolicyText } from '../../scripts/write-deploy-permissions.ts';

const text = readFileSync('docs/deploy-permissions.json', 'utf8');
const { Statement } = JSON.parse(text) as ReturnType<typeof deployPolicy>;
const actions = Statement.flatMap(({ Action }) => Action);

test('The committed policy of the deploying role is that of the templates', () => {
  expect(JSON.parse(text)).toEqual(JSON.parse(deployPolicyText()));
});

test('It fits the inline policies of a role, which take 10,240 characters without white space', () => {
  expect(text.replaceAll(/\s/g, '').length).toBeLessThan(10_240);
});

test('It names every action, and none that loses records or a key', () => {
  for (const action of actions) expect(action).toMatch(/^[a-z0-9-]+:[A-Za-z]+$/);
  for (const action of [
    'backup:DeleteBackupVault',
    'cognito-idp:DeleteUserPool',
    'dynamodb:DeleteTable',
    'kms:DisableKey',
    'kms:ScheduleKeyDeletion',
    's3:DeleteBucket',
  ])
    expect(actions).not.toContain(action);
});

test('It passes roles to three services and creates one service-linked role, and both are conditions', () => {
  for (const action of ['iam:PassRole', 'iam:CreateServiceLinkedRole']) {
    const [only, ...others] = Statement.filter(({ Action }) => Action.includes(action));
    expect(only?.Condition).toBeDefined();
    expect(others).toEqual([]);
  }
});

test('A resource type without actions is named', () => {
  expect(() => deployPolicy(['AWS::RDS::DBCluster'])).toThrow(/^ACTIONS has no AWS::RDS::DBCluster: add its actions/);
});
