import { beforeAll, describe, expect, test } from '@jest/globals';
import { Match, Template } from 'aws-cdk-lib/assertions';

import { LEDGER_TABLE, VAULT_TABLE, WORK_TABLE } from '../../adapters/aws/table-keys.ts';
import { namesOfKind } from '../../lambdas/functions.ts';
import { batchMachine, underwriting, underwritingText } from '../support/state-machines.ts';
import { actionsOf, permissions, resourcesOf, synthesise, type Statement } from '../support/synthesised.ts';
import { allStates, placeholders } from '../support/workflow-checks.ts';

let records: Template;
let workflow: Template;
let simulatedBureau: Template;
let api: Template;
let batch: Template;
let operations: Template;
let production: ReturnType<typeof synthesise>;
let allowed: Map<string, Statement[]>;
/** Functions of the API and of batches have stacks of their own. */
const names = namesOfKind('step', 'waiting', 'callable', 'scheduled').toSorted();
/** Functions of the account alone; the bureau has a stack of its own. */
const upkeep = namesOfKind('upkeep').filter((name) => name !== 'SimulatedBureau');
const ofWorkflow = [...names, ...upkeep].sort();

beforeAll(() => {
  ({ records, simulatedBureau, workflow, api, batch, operations } = synthesise('sandbox'));
  production = synthesise('production');
  allowed = permissions(workflow);
});

/** How a template names a resource or an attribute of it. */
interface Attribute {
  readonly Ref?: string;
  readonly 'Fn::GetAtt'?: readonly [string, string];
}

/** The functions that may do an action, on a resource whose text has `resource` in it. */
function whoMay(action: RegExp, resource = ''): string[] {
  return [...allowed]
    .filter(([, statements]) =>
      statements.some(
        (statement) =>
          statement.Effect === 'Allow' &&
          actionsOf(statement).some((one) => action.test(one)) &&
          JSON.stringify(statement.Resource).includes(resource),
      ),
    )
    .map(([name]) => name)
    .sort();
}

/** The service's own services and the functions without the workflow's role. */
const functionsThatMay = (action: RegExp, resource?: string) =>
  whoMay(action, resource).filter((name) => name !== 'Workflow');

describe('The ledger', () => {
  test('is appended to and read, and nothing else, by every function but those of upkeep, and read by the auditor', () => {
    // DrawNotice draws what its caller read.
    const ofRecords = names.filter((name) => name !== 'DrawNotice');
    expect(whoMay(/^dynamodb:/, 'Ledger')).toEqual([...ofRecords, 'Auditor'].sort());
    const actions = [...allowed.values()]
      .flat()
      .filter((statement) => JSON.stringify(statement.Resource).includes('LedgerEntries'))
      .flatMap(actionsOf);
    expect([...new Set(actions)].sort()).toEqual(['dynamodb:PutItem', 'dynamodb:Query']);
    expect(whoMay(/^dynamodb:PutItem/, 'LedgerEntries')).not.toContain('Auditor');
  });

  test('denies every change of an entry to everybody', () => {
    records.hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [Match.anyValue(), { AttributeName: 'sk', KeyType: 'RANGE' }],
      AttributeDefinitions: Match.arrayWith([{ AttributeName: 'sk', AttributeType: 'N' }]),
      ResourcePolicy: {
        PolicyDocument: {
          Statement: [
            Match.objectLike({
              Effect: 'Deny',
              Principal: { AWS: '*' },
              Action: Match.arrayWith([
                'dynamodb:UpdateItem',
                'dynamodb:DeleteItem',
                'dynamodb:BatchWriteItem',
                'dynamodb:UpdateTimeToLive',
              ]),
            }),
          ],
        },
      },
    });
  });
});

describe('The tables', () => {
  test('have the keys that their adapters use', () => {
    const keys = (id: string) => {
      const table = resourcesOf(records, 'AWS::DynamoDB::Table').find(([logical]) => logical.startsWith(id));
      const { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes } = (table?.[1].Properties ?? {}) as {
        KeySchema: { AttributeName: string }[];
        AttributeDefinitions: { AttributeName: string; AttributeType: string }[];
        GlobalSecondaryIndexes?: { IndexName: string; KeySchema: { AttributeName: string }[] }[];
      };
      const named = (schema: { AttributeName: string }[]) =>
        schema.map(({ AttributeName: name }) => ({
          [name]: AttributeDefinitions.find((attribute) => attribute.AttributeName === name)?.AttributeType,
        }));
      const index = GlobalSecondaryIndexes?.[0];
      return [named(KeySchema), index && [index.IndexName, named(index.KeySchema)]];
    };
    expect(keys('Vault')).toEqual([[VAULT_TABLE.partitionKey], undefined]);
    for (const [id, { partitionKey, sortKey, index }] of [
      ['Ledger', LEDGER_TABLE],
      ['WorkStore', WORK_TABLE],
    ] as const) {
      expect(keys(id)).toEqual([
        [partitionKey, sortKey],
        [index.name, [index.partitionKey, index.sortKey]],
      ]);
    }
  });

  test('outlive their stack, can be restored and are encrypted under keys of the account', () => {
    records.resourceCountIs('AWS::DynamoDB::Table', 3);
    records.allResources('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: Match.objectLike({
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: Match.objectLike({ PointInTimeRecoveryEnabled: true }),
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: Match.anyValue() },
      }),
    });
  });

  test('forget a person in the backups of the vault within a week, under a key of its own', () => {
    records.hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 7 },
      SSESpecification: { KMSMasterKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^VaultTableKey'), 'Arn'] } },
    });
  });
});

describe('Backups', () => {
  test('are made daily of ledger and work store, never of the vault, and deleted by nobody', () => {
    const plan = resourcesOf(records, 'AWS::Backup::BackupSelection')[0]?.[1].Properties ?? {};
    const { Resources } = plan['BackupSelection'] as { Resources: unknown[] };
    expect(JSON.stringify(Resources)).toMatch(/LedgerEntries.*WorkStoreItems/);
    expect(JSON.stringify(Resources)).not.toContain('Vault');
    records.hasResource('AWS::Backup::BackupVault', {
      DeletionPolicy: 'Retain',
      Properties: {
        EncryptionKeyArn: Match.anyValue(),
        AccessPolicy: {
          Statement: [
            Match.objectLike({
              Effect: 'Deny',
              Principal: { AWS: '*' },
              Action: ['backup:DeleteRecoveryPoint', 'backup:UpdateRecoveryPointLifecycle'],
            }),
          ],
        },
      },
    });
  });
});

describe('The stacks', () => {
  const all = () => [
    ...Object.entries({ records, simulatedBureau, workflow, api, batch, operations }),
    ...Object.entries(production).map(([name, template]) => [`production ${name}`, template] as const),
  ];
  /** What a stack exports, as `LogicalId.Attribute` or `LogicalId`, without the hashes of the CDK. */
  const exported = (template: Template) =>
    Object.values(template.findOutputs('*')).flatMap(({ Export, Value }) => (Export ? [Value as Attribute] : []));
  const named = (value: Attribute) => [value['Fn::GetAtt'] ?? value.Ref].flat() as [string, string?];
  const names = (template: Template) =>
    exported(template)
      .map((value) => named(value).join('.'))
      .map((name) => name.replace(/[0-9A-F]{8}(?=\.|$)/, ''))
      .sort();

  test('read each other by exports alone: CloudFormation looks up `Fn::GetStackOutput` once for each occurrence', () => {
    const counts = all().map(([name, template]) => {
      const text = JSON.stringify(template.toJSON());
      return [name, [...text.matchAll(/Fn::GetStackOutput/g)].length, text.includes('Fn::ImportValue')];
    });
    expect(counts.filter(([, lookups]) => lookups !== 0)).toEqual([]);
    expect(counts.filter(([, , imports]) => !imports).map(([name]) => name)).toEqual(['records', 'production records']);
  });

  test('export what keeps its value: one that a deployment changes, such as a version, would block its readers', () => {
    const types = all().flatMap(([, template]) => {
      const { Resources } = template.toJSON() as { Resources: Record<string, { Type: string }> };
      return exported(template).map((value) => Resources[named(value)[0]]?.Type);
    });
    expect([...new Set(types.map(String))].sort()).toEqual([
      'AWS::ApiGateway::Stage',
      'AWS::CloudWatch::Alarm',
      'AWS::DynamoDB::Table',
      'AWS::Events::EventBus',
      'AWS::KMS::Key',
      'AWS::Lambda::Function',
      'AWS::Lambda::Url',
      'AWS::S3::Bucket',
      'AWS::SNS::Topic',
      'AWS::SQS::Queue',
      'AWS::StepFunctions::StateMachine',
    ]);
  });

  test('lose no export unseen: CloudFormation refuses to remove one that another stack reads (docs/deploy.md)', () => {
    const ofRecords = [
      'EventsBus',
      'EventsBus.Arn',
      'EvidenceBucket',
      'EvidenceBucket.Arn',
      'ExportKey.Arn',
      'LedgerEntriesTable',
      'LedgerEntriesTable.Arn',
      'OperationsKey.Arn',
      'OperatorsKey.Arn',
      'OperatorsTopic',
      'RecordsKey.Arn',
      'SealKey.Arn',
      'VaultDataKey.Arn',
      'VaultIdentitiesTable',
      'VaultIdentitiesTable.Arn',
      'VaultIndexKey.Arn',
      'VaultTableKey.Arn',
      'WorkStoreItemsTable',
      'WorkStoreItemsTable.Arn',
    ];
    expect(names(records)).toEqual(ofRecords);
    expect(names(production.records)).toEqual(ofRecords);
    const functions = names(workflow).flatMap((name) => /^(\w+)Function$/.exec(name)?.[1] ?? []);
    expect(functions).toEqual(ofWorkflow);
    expect(names(workflow).filter((name) => !/Function(\.Arn)?$/.test(name))).toEqual([
      'DeadLettersQueue.QueueName',
      'WorkflowFailed.Arn',
      'WorkflowNewVersionFails.Arn',
      'WorkflowStateMachine',
    ]);
    expect(names(api)).toEqual([
      'ApiRestDeploymentStagev1',
      'AuditApiFunction',
      'AuthoriseRequestFunction',
      'FrontEndApiFunction',
      'StaffApiFunction',
    ]);
  });
});

describe('Evidence', () => {
  test.each([
    ['a sandbox', 'GOVERNANCE', () => records],
    ['production', 'COMPLIANCE', () => production.records],
  ] as const)('is locked for seven years in %s (%s)', (_, Mode, template) => {
    template().hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'Retain',
      Properties: {
        ObjectLockEnabled: true,
        ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: { Mode, Days: 2557 } } },
        VersioningConfiguration: { Status: 'Enabled' },
        LoggingConfiguration: Match.anyValue(),
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            Match.objectLike({ ServerSideEncryptionByDefault: Match.objectLike({ SSEAlgorithm: 'aws:kms' }) }),
          ],
        },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      },
    });
  });

  test('is deleted, written over, or sent without TLS by nobody', () => {
    const denied = (statement: object) =>
      records.hasResourceProperties('AWS::S3::BucketPolicy', {
        Bucket: { Ref: Match.stringLikeRegexp('^EvidenceBucket') },
        PolicyDocument: {
          Statement: Match.arrayWith([Match.objectLike({ Effect: 'Deny', Principal: { AWS: '*' }, ...statement })]),
        },
      });
    denied({ Action: ['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:BypassGovernanceRetention'] });
    denied({
      Action: 's3:PutObject',
      Condition: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
    });
    denied({ Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } });
  });

  test('is reached by functions only to read, to write, to see what is not there, and by four to lock it for longer', () => {
    const actions = [...allowed.values()].flat().flatMap(actionsOf);
    expect([...new Set(actions.filter((action) => action.startsWith('s3:')))].sort()).toEqual([
      's3:GetObject',
      's3:GetObjectRetention',
      's3:ListBucket',
      's3:PutObject',
      's3:PutObjectLegalHold',
      's3:PutObjectRetention',
    ]);
    expect(whoMay(/^s3:PutObject(Retention|LegalHold)/)).toEqual([
      'ForgetApplicants',
      'ReconcileRecords',
      'RequestForgetting',
      'SetLegalHold',
    ]);
  });
});

describe('Permissions', () => {
  test('are written out: a wildcard stands only for versions, executions, evidence, log delivery and traces', () => {
    const wildcards = [...allowed.values()]
      .flat()
      .filter((statement) => statement.Effect === 'Allow')
      .flatMap((statement) =>
        [statement.Resource].flat().flatMap((resource) => {
          const text = JSON.stringify(resource);
          return text.includes('*') ? [`${actionsOf(statement).join()} on ${/"([^"]*\*)"/.exec(text)?.[1]}`] : [];
        }),
      );
    expect([...new Set(wildcards)].sort()).toEqual([
      'lambda:DeleteFunction on :*',
      'lambda:InvokeFunction on :*',
      'logs:CreateLogDelivery,logs:GetLogDelivery,logs:UpdateLogDelivery,logs:DeleteLogDelivery,logs:ListLogDeliveries,' +
        'logs:PutResourcePolicy,logs:DescribeResourcePolicies,logs:DescribeLogGroups on *',
      's3:GetObject on /evidence/*',
      's3:GetObject,s3:GetObjectRetention on /evidence/*',
      's3:GetObject,s3:PutObject on /evidence/*',
      's3:GetObjectRetention,s3:PutObjectRetention,s3:PutObjectLegalHold on /evidence/*',
      'states:DescribeExecution on :execution:underwright-sandbox-workflow-underwriting:*',
      'states:DescribeExecution,states:GetExecutionHistory on :execution:underwright-sandbox-workflow-underwriting:*',
      'states:DescribeStateMachine,states:DescribeStateMachineAlias,states:ListExecutions,' +
        'states:DeleteStateMachineVersion on :*',
      'states:GetExecutionHistory on :execution:underwright-sandbox-workflow-underwriting:*',
      'xray:PutTraceSegments,xray:PutTelemetryRecords on *',
      'xray:PutTraceSegments,xray:PutTelemetryRecords,xray:GetSamplingRules,xray:GetSamplingTargets on *',
    ]);
    expect(
      [...allowed.values()]
        .flat()
        .flatMap(actionsOf)
        .filter((action) => action.includes('*')),
    ).toEqual([]);
  });

  test('to answer a task token are with one function', () => {
    expect(whoMay(/^states:SendTask/)).toEqual(['CompleteTask']);
  });
  test('to read histories, which have task tokens in them, are with those that archive them and the auditor, who may send none', () => {
    expect(whoMay(/^states:GetExecutionHistory/)).toEqual(['ArchiveHistory', 'Auditor', 'ReconcileRecords']);
  });
  test('to start an application are with those that take it in, reopen it, or find it never started, through the alias', () => {
    expect(whoMay(/^states:StartExecution/)).toEqual([
      'AmendApplication',
      'ClearCondition',
      'IntakeApplication',
      'LapseOffers',
      'ReconcileRecords',
      'ReopenApplication',
      'StartAccepted',
    ]);
    const start = (allowed.get('IntakeApplication') ?? []).find((one) =>
      actionsOf(one).includes('states:StartExecution'),
    );
    expect(start?.Resource).toEqual({ Ref: expect.stringMatching(/^WorkflowStateMachine/) });
    expect(start?.Condition).toEqual({ 'ForAnyValue:StringEquals': { 'states:StateMachineQualifier': ['live'] } });
  });
  test('to make data keys and store identities are with the intake and with prequalification; to forget a person with one function', () => {
    expect(whoMay(/^dynamodb:UpdateItem/)).toEqual(['IntakeApplication', 'Prequalify']);
    expect(whoMay(/^kms:GenerateDataKey/, 'VaultDataKey')).toEqual(['IntakeApplication', 'Prequalify']);
    expect(whoMay(/^dynamodb:(Put|Delete)Item/, 'Vault')).toEqual(['ForgetApplicants']);
    expect(whoMay(/^(dynamodb:DeleteItem|kms:(ScheduleKeyDeletion|DisableKey))/, 'Vault')).toEqual([]);
  });
  test('to delete versions are with the reaper, and to delete a function or what no version is with nobody', () => {
    expect(whoMay(/Delete(Function|StateMachine)/)).toEqual(['ReapVersions']);
    const deletions = (allowed.get('ReapVersions') ?? [])
      .filter((one) => actionsOf(one).includes('lambda:DeleteFunction'))
      .flatMap(({ Resource }) => Resource as { 'Fn::Join': [string, unknown[]] }[]);
    expect(deletions).toHaveLength(placeholders(underwritingText).length);
    for (const { 'Fn::Join': join } of deletions) expect(join).toEqual(['', [expect.anything(), ':*']]);
  });
  test('to make failed calls again reach every function whose failed calls are kept, and no other', () => {
    const kept = resourcesOf(workflow, 'AWS::Lambda::EventInvokeConfig')
      .filter(([, { Properties }]) => Properties['DestinationConfig'] !== undefined)
      .map(([, { Properties }]) => (Properties['FunctionName'] as { Ref: string }).Ref);
    const invoked = (allowed.get('RedriveDeadLetters') ?? [])
      .filter((one) => actionsOf(one).includes('lambda:InvokeFunction'))
      .flatMap(({ Resource }) => Resource as { 'Fn::GetAtt': [string, string] }[])
      .map(({ 'Fn::GetAtt': [id] }) => id);
    expect(invoked.sort()).toEqual(kept.sort());
    expect(whoMay(/^sqs:ReceiveMessage/)).toEqual(['RedriveDeadLetters']);
  });
  test('to call the bureau are with the step that pulls reports and with prequalification, by its URL', () => {
    expect(whoMay(/^lambda:InvokeFunctionUrl/)).toEqual(['Prequalify', 'PullBureauReport']);
    simulatedBureau.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'AWS_IAM' });
    simulatedBureau.resourceCountIs('AWS::Lambda::Permission', 0);
    expect(production).not.toHaveProperty('simulatedBureau');
    expect(JSON.stringify(production.workflow.toJSON())).not.toContain('BUREAU_URL');
  });
  test('to find a person again are with who looks for one, removes or rebuilds what is found, or audits', () => {
    expect(whoMay(/^kms:GenerateMac/)).toEqual([
      'Auditor',
      'ForgetApplicants',
      'IntakeApplication',
      'Prequalify',
      'ReconcileRecords',
      'ScreenApplicants',
      'SearchApplicant',
    ]);
  });
  test('to read the whole work store are with reconciliation and the auditor', () => {
    expect(whoMay(/^dynamodb:Scan/)).toEqual(['Auditor', 'ReconcileRecords']);
  });
  test('to open what concerns an applicant are not with functions that only hold an application', () => {
    expect(names.filter((name) => !functionsThatMay(/^kms:Decrypt/, 'VaultDataKey').includes(name))).toEqual([
      'AwaitReview',
      'DrawNotice',
      'ExpireRequests',
      'GovernModel',
      'GovernPolicy',
      'NeedsAttention',
      'NextCase',
      'RecordBounce',
      'RecordDelivery',
      'RecordPersonalDataRead',
      'RequestForgetting',
      'SealLedger',
      'SetLegalHold',
      'SetSwitch',
      'StartAccepted',
    ]);
    for (const statement of [...allowed.values()].flat())
      if (JSON.stringify(statement.Resource).includes('VaultDataKey'))
        expect(statement.Condition).toEqual({
          'ForAnyValue:StringEquals': { 'kms:EncryptionContextKeys': ['applicationId'] },
        });
  });
  test('to sign seals are with one function, to sign decision files with another', () => {
    expect(whoMay(/^kms:Sign/, 'SealKey')).toEqual(['SealLedger']);
    expect(whoMay(/^kms:Sign/, 'ExportKey')).toEqual(['ExportDecisionFile']);
    expect(whoMay(/^kms:GetPublicKey/, 'SealKey')).toEqual(['Auditor', 'SealLedger']);
  });
  test('of the auditor are to read, and to invoke the two functions that record exports and reads', () => {
    const actions = (allowed.get('Auditor') ?? []).flatMap(actionsOf);
    const reading = /:(Get|Query|Scan|List|Describe|Decrypt)/;
    expect([...new Set(actions)].filter((action) => !reading.test(action)).sort()).toEqual([
      'kms:GenerateMac',
      'lambda:InvokeFunction',
    ]);
    const invoked = (allowed.get('Auditor') ?? []).filter((statement) =>
      actionsOf(statement).includes('lambda:InvokeFunction'),
    );
    expect(invoked.map(({ Resource }) => JSON.stringify(Resource))).toEqual([
      expect.stringContaining('"ExportDecisionFileFunction'),
      expect.stringContaining('"RecordPersonalDataReadFunction'),
    ]);
  });
  test('to use the key of the execution data are with everyone who calls Step Functions', () => {
    const keyed = [...allowed]
      .filter(([, statements]) =>
        statements.some(
          ({ Condition }) => 'kms:EncryptionContext:aws:states:stateMachineArn' in (Condition?.['StringEquals'] ?? {}),
        ),
      )
      .map(([name]) => name);
    expect(keyed.sort()).toEqual([...new Set([...whoMay(/^states:/), 'Workflow'])].sort());
  });
});

describe('Every function', () => {
  test('has a contract, and every contract a function', () => {
    expect([...allowed.keys()].filter((name) => !['Workflow', 'Auditor'].includes(name)).sort()).toEqual(ofWorkflow);
    workflow.resourceCountIs('AWS::Lambda::Function', ofWorkflow.length);
    simulatedBureau.resourceCountIs('AWS::Lambda::Function', 1);
  });

  test('runs on Node 24 on arm64, is traced, and tells nobody which models it runs', () => {
    workflow.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      TracingConfig: { Mode: 'Active' },
      Environment: {
        Variables: Match.objectLike({
          ORT_DISABLE_TELEMETRY: '1',
          LENDING: Match.stringLikeRegexp('"mode":"sandbox"'),
        }),
      },
    });
  });

  test.each(['sandbox', 'production'] as const)(
    'of a state ends before the state does, in %s: a timeout of the state means a lost answer or the deadline of a person',
    (stage) => {
      const { workflow: ofStage, batch: ofBatch } = stage === 'sandbox' ? { workflow, batch } : production;
      const timeouts = new Map(
        [ofStage, ofBatch].flatMap((template) =>
          resourcesOf(template, 'AWS::Lambda::Function').map(([id, { Properties }]) => [
            id.replace(/Function[0-9A-F]{8}$/, ''),
            Number(Properties['Timeout']),
          ]),
        ),
      );
      const tasks = [...allStates(underwriting), ...allStates(batchMachine)].filter(([, { Type }]) => Type === 'Task');
      const compared = tasks.map(([name, { Arguments, TimeoutSeconds }]) => {
        const { FunctionName } = Arguments as { FunctionName: string };
        const called = placeholders(FunctionName)[0]!;
        return { name, called, room: Number(TimeoutSeconds) - (timeouts.get(called) ?? Number.NaN) };
      });
      expect(compared.filter(({ room }) => !(room > 0))).toEqual([]);
      expect([...new Set(compared.map(({ called }) => called))].sort()).toEqual(
        namesOfKind('step', 'waiting', 'batch').toSorted(),
      );
    },
  );

  test('is tried again by whoever called it, but for those that nobody waits for, whose failed calls are kept', () => {
    const invoked = resourcesOf(workflow, 'AWS::Lambda::EventInvokeConfig').map(([id, { Properties }]) => [
      id.replace(/FunctionEventInvokeConfig.*/, ''),
      [Properties['MaximumRetryAttempts'], Properties['DestinationConfig'] !== undefined],
    ]);
    const unwaited = [
      'ArchiveHistory',
      'DeliverNotices',
      'ExpireRequests',
      'ForgetApplicants',
      'LapseOffers',
      'MeasureQueues',
      'ReapVersions',
      'ReconcileRecords',
      'RecordBounce',
      'SealLedger',
      'StartAccepted',
      'SubmitSamples',
    ];
    const waited = ofWorkflow.filter((name) => !unwaited.includes(name));
    expect(Object.fromEntries(invoked)).toEqual({
      ...Object.fromEntries(ofWorkflow.map((name) => [name, [2, true]])),
      ...Object.fromEntries(waited.map((name) => [name, [0, false]])),
    });
  });

  test('that is called by a rule is called through one that keeps what it could not deliver', () => {
    const targets = resourcesOf(workflow, 'AWS::Events::Rule').flatMap(
      ([, { Properties }]) => Properties['Targets'] as { DeadLetterConfig?: unknown }[],
    );
    expect(targets).toHaveLength(15);
    for (const target of targets) expect(target.DeadLetterConfig).toBeDefined();
  });

  test('logs under a key of the account for a stated time', () => {
    workflow.allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: Match.anyValue(), RetentionInDays: 30 });
    production.workflow.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 731 });
  });

  test('that is a step keeps its superseded versions for the executions that run on them', () => {
    workflow.resourceCountIs('AWS::Lambda::Version', placeholders(underwritingText).length);
    workflow.allResources('AWS::Lambda::Version', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    workflow.allResources('AWS::StepFunctions::StateMachineVersion', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
  });
});

describe('The state machine', () => {
  test("is the file, with one function's pinned version for each of its placeholders and the right to call it", () => {
    const Properties = resourcesOf(workflow, 'AWS::StepFunctions::StateMachine')[0]?.[1].Properties ?? {};
    expect(JSON.parse(String(Properties['DefinitionString']))).toEqual(underwriting);
    const substitutions = Properties['DefinitionSubstitutions'] as Record<string, { Ref: string }>;
    const versions = Object.fromEntries(resourcesOf(workflow, 'AWS::Lambda::Version'));
    expect(Object.keys(substitutions).sort()).toEqual(placeholders(underwritingText));
    for (const [name, { Ref }] of Object.entries(substitutions))
      expect(versions[Ref]?.Properties['FunctionName']).toEqual({
        Ref: expect.stringMatching(new RegExp(`^${name}Function[0-9A-F]{8}$`)),
      });
    const invoked = (allowed.get('Workflow') ?? [])
      .filter((statement) => actionsOf(statement).includes('lambda:InvokeFunction'))
      .flatMap((statement) => statement.Resource)
      .map((resource) => /"(\w+)Function[0-9A-F]{8}"/.exec(JSON.stringify(resource))?.[1]);
    expect(invoked).toHaveLength(placeholders(underwritingText).length);
    expect(new Set(invoked)).toEqual(new Set(placeholders(underwritingText)));
  });

  test('is a standard one, logged whole, traced, and encrypted under a key that its role may use by its name', () => {
    const StateMachineName = 'underwright-sandbox-workflow-underwriting';
    workflow.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      StateMachineName,
      StateMachineType: 'STANDARD',
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: true },
      TracingConfiguration: { Enabled: true },
      EncryptionConfiguration: { Type: 'CUSTOMER_MANAGED_KMS_KEY', KmsDataKeyReusePeriodSeconds: 300 },
    });
    const conditions = (allowed.get('Workflow') ?? []).map(
      ({ Condition }) => Condition?.['StringEquals']?.['kms:EncryptionContext:aws:states:stateMachineArn'],
    );
    expect(JSON.stringify(conditions)).toContain(`:stateMachine:${StateMachineName}"`);
  });

  test('is started through an alias, which a new version comes to by a canary in production', () => {
    workflow.hasResourceProperties('AWS::StepFunctions::StateMachineAlias', {
      Name: 'live',
      DeploymentPreference: { Type: 'ALL_AT_ONCE' },
    });
    production.workflow.hasResourceProperties('AWS::StepFunctions::StateMachineAlias', {
      DeploymentPreference: {
        Type: 'CANARY',
        Percentage: 10,
        Interval: 30,
        Alarms: [
          { Ref: Match.stringLikeRegexp('^WorkflowFailed') },
          { Ref: Match.stringLikeRegexp('^WorkflowNewVersionFails') },
        ],
      },
    });
    workflow.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: { STATE_MACHINE_ARN: { 'Fn::GetAtt': [Match.stringLikeRegexp('^WorkflowAlias'), 'Arn'] } },
      },
    });
  });

  test('has its history archived however an execution ends, or kept in a queue', () => {
    workflow.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        detail: { status: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] },
      },
      Targets: [
        Match.objectLike({
          Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ArchiveHistoryFunction'), 'Arn'] },
          DeadLetterConfig: Match.anyValue(),
        }),
      ],
    });
  });
});

describe('Keys, queues and topics', () => {
  test('are the account’s own, rotated and kept', () => {
    for (const [, key] of resourcesOf(records, 'AWS::KMS::Key')) {
      expect(key.DeletionPolicy).toBe('Retain');
      // KMS rotates only keys that encrypt: digests could not be found again, nor signatures be checked.
      expect(key.Properties['EnableKeyRotation']).toBe(key.Properties['KeySpec'] === undefined);
    }
    records.hasResourceProperties('AWS::KMS::Key', { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    records.hasResourceProperties('AWS::KMS::Key', { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
    workflow.allResourcesProperties('AWS::SQS::Queue', { KmsMasterKeyId: Match.anyValue() });
    records.allResourcesProperties('AWS::SNS::Topic', { KmsMasterKeyId: Match.anyValue() });
    records.allResourcesProperties('AWS::Events::EventBus', { KmsKeyIdentifier: Match.anyValue() });
  });

  test('leave one bucket to a key of S3: the access log, to which S3 delivers under no other', () => {
    const unkeyed = resourcesOf(records, 'AWS::S3::Bucket')
      .filter(([, bucket]) => JSON.stringify(bucket.Properties['BucketEncryption']).includes('AES256'))
      .map(([id]) => id.replace(/[0-9A-F]{8}$/, ''));
    expect(unkeyed).toEqual(['EvidenceAccessLogs']);
  });

  test('end the life of an access log after a year', () => {
    for (const template of [records, production.records, production.batch])
      template.hasResourceProperties('AWS::S3::Bucket', {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
        LifecycleConfiguration: {
          Rules: [{ ExpirationInDays: 365, NoncurrentVersionExpiration: { NoncurrentDays: 1 }, Status: 'Enabled' }],
        },
      });
  });
});

describe('What a function finds of the records reaches the operators', () => {
  const statementsFor = (service: string, type: string, id: RegExp) =>
    resourcesOf(records, type)
      .filter(([logical]) => id.test(logical))
      .flatMap(([, { Properties }]) => {
        const policy = Properties[type === 'AWS::KMS::Key' ? 'KeyPolicy' : 'PolicyDocument'] as {
          Statement: (Statement & { Principal: { Service?: string } })[];
        };
        return policy.Statement.filter(({ Principal }) => Principal.Service === service);
      });
  const ACCOUNT = { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } };

  test('by a rule whose target is the topic and whose failures are kept', () => {
    workflow.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { 'detail-type': ['ForgettingFailed', 'PersonalDataInHistory', 'RecordsNeedAttention'] },
      Targets: [
        Match.objectLike({
          Arn: { 'Fn::ImportValue': Match.stringLikeRegexp('OperatorsTopic') },
          DeadLetterConfig: Match.anyValue(),
          RoleArn: Match.absent(),
        }),
      ],
    });
  });

  test('through a topic and a key that admit EventBridge without a condition, for it supports none on this way', () => {
    const published = statementsFor('events.amazonaws.com', 'AWS::SNS::TopicPolicy', /^OperatorsTopic/);
    expect(published).toHaveLength(1);
    expect(published[0]).toMatchObject({ Effect: 'Allow', Action: 'sns:Publish' });
    expect(published[0]).not.toHaveProperty('Condition');
    records.hasResourceProperties('AWS::SNS::Topic', {
      KmsMasterKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^OperatorsKey'), 'Arn'] },
    });
    const opened = statementsFor('events.amazonaws.com', 'AWS::KMS::Key', /^OperatorsKey/);
    expect(opened).toHaveLength(1);
    expect(opened[0]).toMatchObject({ Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey*'] });
    expect(opened[0]).not.toHaveProperty('Condition');
  });

  test.each(['cloudwatch', 'budgets'])('and %s under this account alone', (service) => {
    const name = `${service}.amazonaws.com`;
    const [published] = statementsFor(name, 'AWS::SNS::TopicPolicy', /^OperatorsTopic/);
    expect(published).toMatchObject({ Action: 'sns:Publish', Condition: ACCOUNT });
    const [opened] = statementsFor(name, 'AWS::KMS::Key', /^OperatorsKey/);
    expect(opened).toMatchObject({ Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Condition: ACCOUNT });
    expect(statementsFor(name, 'AWS::KMS::Key', /^OperationsKey/)).toEqual([]);
  });

  test('and leaves the key of queue and bus closed to EventBridge outside this account', () => {
    const opened = statementsFor('events.amazonaws.com', 'AWS::KMS::Key', /^OperationsKey/);
    expect(opened.map(({ Condition }) => Object.keys(Condition?.['StringEquals'] ?? {}))).toEqual([
      // The queue of dead letters.
      ['aws:SourceAccount'],
      ['aws:SourceAccount', 'aws:SourceArn', 'kms:EncryptionContext:aws:events:event-bus:arn'],
      // The print queue.
      ['aws:SourceAccount'],
    ]);
    for (const { Condition } of opened) expect(Condition).toMatchObject(ACCOUNT);
    const others = statementsFor('events.amazonaws.com', 'AWS::KMS::Key', /^(?!OperationsKey|OperatorsKey)/);
    expect(others).toEqual([]);
  });

  test('into a queue of dead letters that takes letters of its own rules alone', () => {
    const rules = resourcesOf(workflow, 'AWS::Events::Rule').map(([id]) => id);
    const allowedRules = resourcesOf(workflow, 'AWS::SQS::QueuePolicy')
      .filter(([id]) => id.startsWith('DeadLetters'))
      .flatMap(([, { Properties }]) => (Properties['PolicyDocument'] as { Statement: Statement[] }).Statement)
      .filter(({ Effect }) => Effect === 'Allow')
      .map(({ Action, Condition }) => {
        expect(Action).toBe('sqs:SendMessage');
        const source = Condition?.['ArnEquals']?.['aws:SourceArn'] as Attribute;
        return String(source['Fn::GetAtt']?.[0]);
      });
    expect(allowedRules.toSorted()).toEqual(rules.toSorted());
  });
});

test('The stack says that its bureaus are simulated', () => {
  workflow.hasOutput('Bureaus', { Value: 'SIMULATED', Description: Match.stringLikeRegexp('not for lending') });
  expect(workflow.toJSON()['Description']).toContain('simulator');
  workflow.hasResourceProperties('AWS::Lambda::Function', {
    Description: Match.stringLikeRegexp('^Pulls one report, once; not for lending: a labelled simulator'),
  });
});

test('A call that disables a key of the records, or schedules its deletion, reaches the operators with its article', () => {
  const [[, rule] = ['', undefined]] = resourcesOf(workflow, 'AWS::Events::Rule').filter(([id]) =>
    id.startsWith('KeyEndangered'),
  );
  const { EventPattern, Targets, EventBusName } = rule!.Properties as {
    EventPattern: { detail: { eventName: string[]; resources: { ARN: unknown[] } } };
    Targets: { Arn: unknown; InputTransformer: { InputTemplate: string; InputPathsMap: Record<string, string> } }[];
    EventBusName?: unknown;
  };
  // CloudTrail's events are on the default bus.
  expect(EventBusName).toBeUndefined();
  expect(EventPattern).toMatchObject({
    source: ['aws.kms'],
    'detail-type': ['AWS API Call via CloudTrail'],
    detail: { eventSource: ['kms.amazonaws.com'], eventName: ['DisableKey', 'ScheduleKeyDeletion'] },
  });
  const watched = EventPattern.detail.resources.ARN.map((arn) => JSON.stringify(arn));
  const keys = resourcesOf(records, 'AWS::KMS::Key').map(([id]) => id);
  expect(keys.length).toBeGreaterThan(6);
  expect(watched).toHaveLength(keys.length);
  for (const key of keys) expect(watched.filter((arn) => arn.includes(key))).toHaveLength(1);
  expect(Targets).toMatchObject([{ Arn: { 'Fn::ImportValue': expect.stringContaining('OperatorsTopic') } }]);
  const { InputTemplate, InputPathsMap } = Targets[0]!.InputTransformer;
  expect(InputTemplate).toContain('What to do: docs/runbooks/key-endangered.md');
  expect(Object.values(InputPathsMap)).toContain('$.detail.resources[0].ARN');
});

describe('Notices', () => {
  test('go by e-mail only under the sender of the stage, and what comes back reaches the records without an address', () => {
    const { workflow: own } = synthesise('example');
    const mailing = permissions(own)
      .get('DeliverNotices')!
      .filter((statement) => actionsOf(statement).some((action) => action.startsWith('ses:')));
    expect(mailing.map(({ Condition }) => Condition)).toEqual([
      { StringEquals: { 'ses:FromAddress': 'notices@lender.example' } },
    ]);
    expect(JSON.stringify(mailing)).toContain(':identity/lender.example');
    const [[, rule] = []] = resourcesOf(own, 'AWS::Events::Rule').filter(([id]) =>
      id.startsWith('NoticesMailReturned'),
    );
    const [{ InputTransformer: transformed }] = rule!.Properties['Targets'] as [
      { InputTransformer: { InputPathsMap: object } },
    ];
    for (const path of Object.values(transformed.InputPathsMap))
      expect(path).toMatch(/^\$\.detail\.(eventType|mail\.tags\.)/);
    own.hasResourceProperties('AWS::SES::ConfigurationSet', { DeliveryOptions: { TlsPolicy: 'REQUIRE' } });
    expect(resourcesOf(workflow, 'AWS::SES::ConfigurationSet')).toEqual([]);
  });
});
