import { readFileSync } from 'node:fs';

import { beforeAll, describe, expect, test } from '@jest/globals';
import { Match, type Template } from 'aws-cdk-lib/assertions';

import { namesOfKind } from '../../lambdas/functions.ts';
import { actionsOf, permissions, resourcesOf, synthesise, type Statement } from '../support/synthesised.ts';

let template: Template;
let allowed: Map<string, Statement[]>;
beforeAll(() => {
  template = synthesise('production').batch;
  allowed = permissions(template);
});

describe('The stack of batches', () => {
  test('has the state machine of the file, named, encrypted, and logged without its data', () => {
    const Properties = resourcesOf(template, 'AWS::StepFunctions::StateMachine')[0]?.[1].Properties ?? {};
    const file = JSON.parse(readFileSync('statemachines/batch.asl.json', 'utf8')) as unknown;
    expect(JSON.parse(String(Properties['DefinitionString']))).toEqual(file);
    expect(Properties).toMatchObject({
      StateMachineName: 'underwright-production-batch-batch',
      StateMachineType: 'STANDARD',
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
      EncryptionConfiguration: { Type: 'CUSTOMER_MANAGED_KMS_KEY' },
    });
  });

  test('lets the state machine start, watch and redrive its own executions, without a circle', () => {
    const own = (allowed.get('') ?? []).filter((statement) =>
      actionsOf(statement).some((one) => one.startsWith('states:')),
    );
    expect(own.flatMap(actionsOf).sort()).toEqual([
      'states:DescribeExecution',
      'states:RedriveExecution',
      'states:StartExecution',
      'states:StopExecution',
    ]);
    for (const { Resource } of own) expect(JSON.stringify(Resource)).toContain('underwright-production-batch-batch');
    expect(JSON.stringify(own)).not.toContain('StateMachine2E');
  });

  test('lets its functions reach results and nothing of the records', () => {
    for (const name of namesOfKind('batch')) {
      const actions = (allowed.get(name) ?? []).flatMap(actionsOf);
      expect(actions.filter((one) => /^(dynamodb|states|events):/.test(one))).toEqual([]);
      const files = (allowed.get(name) ?? []).filter((one) => actionsOf(one).includes('s3:PutObject'));
      expect(JSON.stringify(files)).toContain('/results/*');
      expect(JSON.stringify(files)).not.toContain('/input/*');
    }
  });

  test('keeps its files encrypted, and not for long', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [Match.objectLike({ BucketKeyEnabled: true })],
      },
      LifecycleConfiguration: {
        Rules: Match.arrayWith([
          Match.objectLike({ Prefix: 'input/', ExpirationInDays: 30 }),
          Match.objectLike({ Prefix: 'results/', ExpirationInDays: 90 }),
        ]),
      },
    });
  });
});
