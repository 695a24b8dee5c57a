import { expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';

import {
  acknowledge,
  acknowledgeOwnPolicy,
  acknowledgeWildcards,
  addSecurityChecks,
} from '../../lib/security-checks.ts';
import { addUnderwright } from '../../lib/underwright-app.ts';
import { stageNamed, stageNames } from '../../stages/stage.ts';
import { contextWithoutBundling } from '../support/synthesised.ts';

function appWith(build: (stack: Stack) => unknown): App {
  const app = new App({ context: contextWithoutBundling() });
  addSecurityChecks(app);
  build(new Stack(app, 'Seeded'));
  return app;
}

test.each(stageNames())('The security checks find nothing in the stage %s', (name) => {
  const app = new App({ context: contextWithoutBundling() });
  addUnderwright(app, stageNamed(name));
  expect(() => app.synth()).not.toThrow();
});

const role = (stack: Stack) => new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
const readAll = (bucket: string) =>
  new PolicyStatement({ actions: ['s3:GetObject'], resources: [`arn:aws:s3:::${bucket}/*`] });

test('A bucket without an access log fails the synthesis', () => {
  expect(() => appWith((stack) => new Bucket(stack, 'Bucket')).synth()).toThrow('AwsSolutions-S1');
});

test.each([
  ['AwsSolutions-S1', 'one of AWS'],
  ['NIST.800.53.R5-S3BucketReplicationEnabled', 'one of NIST 800-53'],
])('A bucket fails %s, %s, whatever else was acknowledged', (rule) => {
  const app = appWith((stack) =>
    acknowledge(new Bucket(stack, 'Bucket'), 'NIST.800.53.R5-S3BucketVersioningEnabled', 'Nothing to keep.'),
  );
  expect(() => app.synth()).toThrow(rule);
  expect(() => app.synth()).not.toThrow('S3BucketVersioningEnabled');
});

test('A function without dead letters fails the rules for serverless', () => {
  const app = appWith((stack) => {
    const code = Code.fromInline('exports.handler = async () => {}');
    return new LambdaFunction(stack, 'Function', { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code });
  });
  expect(() => app.synth()).toThrow('Serverless-LambdaDLQ');
});

test('A wildcard fails the synthesis, and so does one that was not the one acknowledged', () => {
  expect(() => appWith((stack) => role(stack).addToPolicy(readAll('one'))).synth()).toThrow('AwsSolutions-IAM5');
  const other = appWith((stack) => {
    const reader = role(stack);
    reader.addToPolicy(readAll('two'));
    acknowledgeWildcards(reader, ['arn:aws:s3:::one/*'], 'Objects of one bucket.');
  });
  expect(() => other.synth()).toThrow('arn:aws:s3:::two/*');
});

test('A wildcard that was acknowledged with its reason does not', () => {
  const app = appWith((stack) => {
    const reader = role(stack);
    reader.addToPolicy(readAll('one'));
    acknowledgeOwnPolicy(reader);
    acknowledgeWildcards(reader, ['arn:aws:s3:::one/*'], 'Objects of one bucket.');
  });
  expect(() => app.synth()).not.toThrow();
});
