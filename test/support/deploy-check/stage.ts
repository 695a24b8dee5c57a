import { App, CfnOutput, CfnResource, Duration, LegacyStackSynthesizer, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Bucket, ObjectLockRetention } from 'aws-cdk-lib/aws-s3';

/**
 * Synthesises the two stacks of a stage that moto can deploy: outputs, keys, a locked bucket and the names of functions.
 * @param settings of the auditor. @param broken gives the workflow stack a topic that cannot be created.
 */
export function synthesiseStage(
  outdir: string,
  stage: string,
  settings: Readonly<Record<string, string>>,
  broken = false,
): void {
  const app = new App({ outdir, analyticsReporting: false });
  // Without assets, so the account needs no bootstrap stack.
  const synthesizer = () => new LegacyStackSynthesizer();
  const records = new Stack(app, `underwright-${stage}-records`, { synthesizer: synthesizer() });
  new Bucket(records, 'Evidence', {
    versioned: true,
    objectLockEnabled: true,
    objectLockDefaultRetention: ObjectLockRetention.governance(Duration.days(1)),
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const key = new CfnResource(records, 'ExportKey', {
    type: 'AWS::KMS::Key',
    properties: {
      KeySpec: 'ECC_NIST_P256',
      KeyUsage: 'SIGN_VERIFY',
      // Text, because moto parses the policy of a key and keeps what the template has.
      KeyPolicy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' }],
      }),
    },
  });
  key.applyRemovalPolicy(RemovalPolicy.RETAIN);
  new CfnOutput(records, 'ExportKeyArn', { value: key.getAtt('Arn').toString() });
  const workflow = new Stack(app, `underwright-${stage}-workflow`, { synthesizer: synthesizer() });
  workflow.addStackDependency(records);
  const output = (id: string, value: string) => new CfnOutput(workflow, id, { value });
  output('SubmitSamplesName', 'SubmitSamples');
  output('CompleteTaskName', 'CompleteTask');
  output('AuditorRoleArn', 'arn:aws:iam::123456789012:role/auditor');
  output(
    'AuditorSettings',
    Object.entries(settings)
      .map((pair) => pair.join('='))
      .join(' '),
  );
  const role = new Role(workflow, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  for (const FunctionName of ['ValidateApplication', 'PullBureauReport'])
    new CfnResource(workflow, `${FunctionName}Function`, {
      type: 'AWS::Lambda::Function',
      properties: {
        FunctionName,
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Role: role.roleArn,
        Code: { ZipFile: 'exports.handler = async () => null;' },
      },
    });
  if (broken) new CfnResource(workflow, 'Broken', { type: 'AWS::SNS::Topic', properties: { TopicName: 'no name!' } });
  app.synth();
}
