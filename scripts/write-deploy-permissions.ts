/**
 * `npm run deploy-permissions`: writes docs/deploy-permissions.json, the policy of a CloudFormation execution role that deploys
 * every stage of `stages/`. Each resource type of the templates gives its actions. A test compares the committed file.
 *
 * The actions are those of the types' handlers (docs.aws.amazon.com/cloudcontrolapi), from memory. No account has tried them.
 */
import { writeFileSync } from 'node:fs';

import { synthesise } from '../test/support/synthesised.ts';

export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: string;
  readonly Condition?: object;
}

/** The actions on one kind of thing: `crud('sns', 'Topic', 'Create Delete')` gives `sns:CreateTopic` and `sns:DeleteTopic`. */
const crud = (service: string, noun: string, verbs = 'Create Update Describe Delete'): string[] =>
  verbs.split(' ').map((verb) => `${service}:${verb}${noun}`);
const named = (service: string, names: string): string[] => names.split(' ').map((name) => `${service}:${name}`);
const tags = (service: string, list = 'ListTagsForResource') => named(service, `TagResource UntagResource ${list}`);

const REST = named('apigateway', 'GET POST PUT PATCH DELETE');
/** What a service does with a customer's key in the name of the caller that creates a resource. */
const KEY_USE = named('kms', 'DescribeKey CreateGrant Encrypt Decrypt GenerateDataKey');
const LOG_DELIVERY = named(
  'logs',
  'CreateLogDelivery GetLogDelivery UpdateLogDelivery DeleteLogDelivery ListLogDeliveries PutResourcePolicy ' +
    'DescribeResourcePolicies DescribeLogGroups',
);
const PASS = ['iam:PassRole'];

/**
 * The actions by resource type. Tables, buckets and keys are retained when their stack goes, so the role deletes and disables
 * none of them.
 */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  'AWS::Backup::BackupPlan': [
    ...crud('backup', 'BackupPlan', 'Create Update Get Delete'),
    ...tags('backup', 'ListTags'),
  ],
  'AWS::Backup::BackupSelection': [...crud('backup', 'BackupSelection', 'Create Get Delete'), ...PASS],
  'AWS::Backup::BackupVault': [
    ...crud('backup', 'BackupVault', 'Create Describe'),
    ...crud('backup', 'BackupVaultAccessPolicy', 'Put Get Delete'),
    'backup-storage:MountCapsule',
    ...KEY_USE,
  ],
  'AWS::Budgets::Budget': [...named('budgets', 'ViewBudget ModifyBudget'), ...tags('budgets')],
  'AWS::CloudWatch::Alarm': [
    ...named('cloudwatch', 'PutMetricAlarm DescribeAlarms DeleteAlarms'),
    ...tags('cloudwatch'),
  ],
  'AWS::CloudWatch::Dashboard': named('cloudwatch', 'PutDashboard GetDashboard DeleteDashboards'),
  'AWS::Cognito::UserPool': [
    ...crud('cognito-idp', 'UserPool', 'Create Update Describe'),
    ...crud('cognito-idp', 'UserPoolMfaConfig', 'Set Get'),
    ...tags('cognito-idp'),
  ],
  'AWS::Cognito::UserPoolClient': crud('cognito-idp', 'UserPoolClient'),
  'AWS::Cognito::UserPoolDomain': crud('cognito-idp', 'UserPoolDomain'),
  'AWS::Cognito::UserPoolGroup': crud('cognito-idp', 'Group', 'Create Update Get Delete'),
  'AWS::Cognito::UserPoolResourceServer': crud('cognito-idp', 'ResourceServer'),
  'AWS::Cognito::UserPoolRiskConfigurationAttachment': crud('cognito-idp', 'RiskConfiguration', 'Set Describe'),
  'AWS::DynamoDB::Table': [
    ...crud('dynamodb', 'Table', 'Create Update Describe'),
    ...crud('dynamodb', 'ContinuousBackups', 'Update Describe'),
    ...crud('dynamodb', 'TimeToLive', 'Update Describe'),
    ...crud('dynamodb', 'ResourcePolicy', 'Put Get Delete'),
    ...named('dynamodb', 'DescribeContributorInsights DescribeKinesisStreamingDestination'),
    ...tags('dynamodb', 'ListTagsOfResource'),
    ...KEY_USE,
  ],
  'AWS::Events::EventBus': [...crud('events', 'EventBus'), ...tags('events'), ...KEY_USE],
  'AWS::Events::Rule': [
    ...crud('events', 'Rule', 'Put Describe Delete'),
    ...named('events', 'PutTargets RemoveTargets ListTargetsByRule'),
  ],
  'AWS::IAM::Policy': crud('iam', 'RolePolicy', 'Put Get Delete'),
  'AWS::IAM::Role': [
    ...crud('iam', 'Role', 'Create Update Get Delete Tag Untag'),
    ...named(
      'iam',
      'UpdateAssumeRolePolicy AttachRolePolicy DetachRolePolicy ListAttachedRolePolicies ListRolePolicies',
    ),
  ],
  'AWS::KMS::Key': [
    ...named('kms', 'CreateKey DescribeKey PutKeyPolicy GetKeyPolicy UpdateKeyDescription'),
    ...named('kms', 'EnableKeyRotation GetKeyRotationStatus'),
    ...tags('kms', 'ListResourceTags'),
  ],
  'AWS::Lambda::EventInvokeConfig': crud('lambda', 'FunctionEventInvokeConfig', 'Put Update Get Delete'),
  'AWS::Lambda::Function': [
    ...crud('lambda', 'Function', 'Create Get Delete'),
    ...named('lambda', 'UpdateFunctionCode UpdateFunctionConfiguration GetFunctionConfiguration'),
    ...named('lambda', 'GetFunctionCodeSigningConfig GetRuntimeManagementConfig GetFunctionRecursionConfig'),
    ...tags('lambda', 'ListTags'),
    ...PASS,
  ],
  'AWS::Lambda::Permission': named('lambda', 'AddPermission RemovePermission GetPolicy'),
  'AWS::Lambda::Url': crud('lambda', 'FunctionUrlConfig', 'Create Update Get Delete'),
  'AWS::Lambda::Version': named('lambda', 'PublishVersion ListVersionsByFunction'),
  'AWS::Logs::LogGroup': [
    ...named('logs', 'CreateLogGroup DescribeLogGroups DeleteLogGroup PutRetentionPolicy AssociateKmsKey'),
    ...tags('logs'),
  ],
  'AWS::S3::Bucket': named(
    's3',
    'CreateBucket ListBucket PutBucketVersioning GetBucketVersioning PutEncryptionConfiguration GetEncryptionConfiguration ' +
      'PutBucketPublicAccessBlock GetBucketPublicAccessBlock PutBucketOwnershipControls GetBucketOwnershipControls ' +
      'PutLifecycleConfiguration GetLifecycleConfiguration PutBucketLogging GetBucketLogging ' +
      'PutBucketObjectLockConfiguration GetBucketObjectLockConfiguration PutBucketTagging GetBucketTagging',
  ),
  'AWS::S3::BucketPolicy': crud('s3', 'BucketPolicy', 'Put Get'),
  'AWS::SNS::Subscription': named('sns', 'Subscribe Unsubscribe GetSubscriptionAttributes SetSubscriptionAttributes'),
  'AWS::SNS::Topic': [
    ...crud('sns', 'Topic', 'Create Delete'),
    ...crud('sns', 'TopicAttributes', 'Get Set'),
    ...named('sns', 'ListSubscriptionsByTopic GetDataProtectionPolicy'),
    ...tags('sns'),
  ],
  'AWS::SNS::TopicPolicy': crud('sns', 'TopicAttributes', 'Get Set'),
  'AWS::SQS::Queue': [
    ...crud('sqs', 'Queue', 'Create Delete Tag Untag'),
    ...crud('sqs', 'QueueAttributes', 'Get Set'),
    ...named('sqs', 'GetQueueUrl ListQueueTags'),
  ],
  'AWS::SQS::QueuePolicy': crud('sqs', 'QueueAttributes', 'Get Set'),
  'AWS::StepFunctions::StateMachine': [
    ...crud('states', 'StateMachine'),
    ...tags('states'),
    ...PASS,
    ...KEY_USE,
    ...LOG_DELIVERY,
  ],
  'AWS::StepFunctions::StateMachineAlias': [
    ...crud('states', 'StateMachineAlias'),
    'states:ListStateMachineAliases',
    'cloudwatch:DescribeAlarms',
  ],
  'AWS::StepFunctions::StateMachineVersion': [
    ...crud('states', 'StateMachineVersion', 'Publish Delete'),
    'states:ListStateMachineVersions',
  ],
  'AWS::WAFv2::LoggingConfiguration': [...crud('wafv2', 'LoggingConfiguration', 'Put Get Delete'), ...LOG_DELIVERY],
  'AWS::WAFv2::WebACL': [...crud('wafv2', 'WebACL', 'Create Update Get Delete'), ...tags('wafv2')],
  'AWS::WAFv2::WebACLAssociation': [
    ...named('wafv2', 'AssociateWebACL DisassociateWebACL GetWebACLForResource'),
    'apigateway:SetWebACL',
  ],
};

/** Names that CloudFormation makes begin with the stack's name, so these services' actions are limited to these names. */
const RESOURCES: Readonly<Record<string, string>> = {
  dynamodb: 'arn:aws:dynamodb:*:*:table/underwright-*',
  iam: 'arn:aws:iam::*:role/underwright-*',
  lambda: 'arn:aws:lambda:*:*:function:underwright-*',
  s3: 'arn:aws:s3:::underwright-*',
  sns: 'arn:aws:sns:*:*:underwright-*',
  sqs: 'arn:aws:sqs:*:*:underwright-*',
};

/** Actions of those services that IAM knows no resource for. */
const OF_NO_RESOURCE: readonly string[] = [
  'sns:GetSubscriptionAttributes',
  'sns:SetSubscriptionAttributes',
  'sns:Unsubscribe',
];

const PASSED_TO = ['backup', 'lambda', 'states'].map((service) => `${service}.amazonaws.com`);

/** What every stack needs beside its resources: the CDK's assets and version, and the values of other stacks. */
const ALWAYS: readonly PolicyStatement[] = [
  {
    Sid: 'Assets',
    Effect: 'Allow',
    Action: ['s3:GetObject', 's3:GetObjectVersion'],
    Resource: 'arn:aws:s3:::cdk-*-assets-*',
  },
  {
    Sid: 'BootstrapVersion',
    Effect: 'Allow',
    Action: ['ssm:GetParameters'],
    Resource: 'arn:aws:ssm:*:*:parameter/cdk-bootstrap/*',
  },
  {
    Sid: 'CrossStackReferences',
    Effect: 'Allow',
    Action: ['cloudformation:DescribeStacks', 'cloudformation:ListExports', 'cloudformation:ListImports'],
    Resource: '*',
  },
  {
    Sid: 'PassRole',
    Effect: 'Allow',
    Action: PASS,
    Resource: RESOURCES['iam']!,
    Condition: { StringEquals: { 'iam:PassedToService': PASSED_TO } },
  },
  {
    Sid: 'FirewallLogs',
    Effect: 'Allow',
    Action: ['iam:CreateServiceLinkedRole'],
    Resource: '*',
    Condition: { StringEquals: { 'iam:AWSServiceName': 'wafv2.amazonaws.com' } },
  },
];

class ResourceTypeUnknown extends Error {
  override readonly name = 'ResourceTypeUnknown';
}

/** @param types resource types of templates. @throws ResourceTypeUnknown naming a type without actions */
export function deployPolicy(types: Iterable<string>): { Version: string; Statement: PolicyStatement[] } {
  const actions = [...types].flatMap((type) => {
    const found = type.startsWith('AWS::ApiGateway::') ? REST : ACTIONS[type];
    if (!found)
      throw new ResourceTypeUnknown(`ACTIONS has no ${type}: add its actions in scripts/write-deploy-permissions.ts.`);
    return found;
  });
  const services = Map.groupBy(new Set(actions), (action) => action.slice(0, action.indexOf(':')));
  const statements = [...services]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([service, of]) => ({
      Sid: service.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      Effect: 'Allow' as const,
      Action: of.filter((action) => action !== 'iam:PassRole' && !OF_NO_RESOURCE.includes(action)).toSorted(),
      Resource: RESOURCES[service] ?? '*',
    }));
  const subscriptions = OF_NO_RESOURCE.filter((action) => actions.includes(action));
  if (subscriptions.length > 0) {
    statements.push({ Sid: 'Subscriptions', Effect: 'Allow', Action: subscriptions, Resource: '*' });
  }
  return { Version: '2012-10-17', Statement: [...statements, ...ALWAYS] };
}

/** The committed text, for the stages `sandbox` and `production`. */
export function deployPolicyText(): string {
  const types = ['sandbox', 'production'].flatMap((stage) =>
    Object.values(synthesise(stage)).flatMap((template) =>
      Object.values(template.toJSON()['Resources'] as Record<string, { Type: string }>).map(({ Type }) => Type),
    ),
  );
  // Receivers of alarms are settings of a stage, and neither of these has one.
  return `${JSON.stringify(deployPolicy(new Set([...types, 'AWS::SNS::Subscription'])), null, 2)}\n`;
}

if (import.meta.main) writeFileSync('docs/deploy-permissions.json', deployPolicyText());
