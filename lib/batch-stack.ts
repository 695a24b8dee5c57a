import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ArnFormat, CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { PolicyStatement, type IGrantable, type Role } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Bucket, BucketEncryption, type CfnBucket } from 'aws-cdk-lib/aws-s3';
import {
  type CfnStateMachine,
  CustomerManagedEncryptionConfiguration,
  DefinitionBody,
  LogLevel,
  StateMachine,
  StateMachineType,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';

import type { FunctionName } from '../lambdas/functions.ts';
import type { Stage } from '../stages/stage.ts';
import { customerKey } from './customer-key.ts';
import { ACCESS_LOG_LIFE, PRIVATE_BUCKET } from './private-bucket.ts';
import type { RecordsStack } from './records-stack.ts';
import { acknowledge, acknowledgeOwnPolicy, acknowledgeWildcards, stateArnInFindings } from './security-checks.ts';
import { UnderwritingFunction } from './underwriting-function.ts';

export interface BatchStackProps extends StackProps {
  readonly stage: Stage;
  readonly records: RecordsStack;
}

const DEFINITION = join(import.meta.dirname, '..', 'statemachines', 'batch.asl.json');

/** Decides files of applications anew: a state machine, its functions, and a bucket for what they read and write. */
export class BatchStack extends Stack {
  readonly #key: Key;
  readonly #bucket: Bucket;

  constructor(scope: Construct, id: string, { stage, records, ...props }: BatchStackProps) {
    super(scope, id, {
      description: 'Underwright: applications of a file decided anew, for a portfolio or a candidate policy',
      terminationProtection: true,
      ...props,
    });
    const { operationsKey: key } = records;
    this.#key = customerKey(this, 'BatchKey', 'Underwright: files of batches and the data of their executions');
    this.#bucket = this.#files();
    const fn = (functionName: FunctionName, description: string, timeout: Duration): UnderwritingFunction => {
      const made = new UnderwritingFunction(this, {
        functionName,
        description,
        key,
        stage,
        // One whole processor: scoring and pricing are bound by it, and so is the reading of many results.
        memorySize: 1_769,
        timeout,
      });
      made.addEnvironment('BATCH_BUCKET', this.#bucket.bucketName);
      this.#grantFiles(made, ['s3:GetObject', 's3:PutObject'], ['results/*'], ['kms:Decrypt', 'kms:GenerateDataKey']);
      // Without it S3 says 403, not 404, of a part that is not there yet.
      made.role.addToPolicy(new PolicyStatement({ actions: ['s3:ListBucket'], resources: [this.#bucket.bucketArn] }));
      return made;
    };
    const functions = {
      // 200 items take some 0.1 s; the rest is the cold start.
      RescoreBatch: fn('RescoreBatch', 'Decides up to 200 items of a batch anew', Duration.minutes(1)),
      SummariseBatch: fn('SummariseBatch', 'Adds up the parts of a batch', Duration.minutes(5)),
    } as const;
    const stateMachine = this.#workflow(functions, stage, key);
    records.operators.alarm(this, 'BatchFailed', {
      metric: stateMachine.metricFailed({ period: Duration.minutes(5) }),
      alarmDescription: 'A batch ended without its results.',
      article: 'batch-failed',
      threshold: 1,
      evaluationPeriods: 1,
    });
    this.#tell('BatchBucketName', this.#bucket.bucketName, 'Put the file of a batch there, under input/');
    this.#tell('BatchStateMachineArn', stateMachine.stateMachineArn, 'Start it with the file’s key: docs/batch.md');
  }

  #files(): Bucket {
    const accessLogs = new Bucket(this, 'AccessLogs', {
      ...PRIVATE_BUCKET,
      // S3 delivers access logs to no bucket with a customer's key.
      encryption: BucketEncryption.S3_MANAGED,
      lifecycleRules: [ACCESS_LOG_LIFE],
    });
    const bucket = new Bucket(this, 'Files', {
      ...PRIVATE_BUCKET,
      encryption: BucketEncryption.KMS,
      encryptionKey: this.#key,
      bucketKeyEnabled: true,
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: 'batch/',
      // Neither is a record: what was decided about whom is in the ledger. A resume needs both.
      lifecycleRules: [
        { prefix: 'input/', expiration: Duration.days(30) },
        { prefix: 'results/', expiration: Duration.days(90) },
        { noncurrentVersionExpiration: Duration.days(1), abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
    });
    acknowledge(
      accessLogs,
      'NIST.800.53.R5-S3DefaultEncryptionKMS',
      'S3 delivers access logs to no bucket with a key of the account; it encrypts them under its own.',
    );
    for (const one of [accessLogs, bucket])
      acknowledge(
        one,
        'NIST.800.53.R5-S3BucketReplicationEnabled',
        'A batch is made again from the file that it was made of; nothing here is the only copy.',
      );
    return bucket;
  }

  #workflow(functions: Readonly<Record<string, UnderwritingFunction>>, stage: Stage, logKey: Key): StateMachine {
    const stateMachineName = `${this.stackName}-batch`;
    const log = new LogGroup(this, 'Log', {
      // Names that begin so keep the account's log resource policy within its 5,120 characters.
      logGroupName: `/aws/vendedlogs/states/${stateMachineName}`,
      encryptionKey: logKey,
      retention: stage.logRetentionDays,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    const stateMachine = new StateMachine(this, 'StateMachine', {
      // Named, because the conditions on its key and its role's own grants name it.
      stateMachineName,
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(JSON.stringify(JSON.parse(readFileSync(DEFINITION, 'utf8')))),
      definitionSubstitutions: {
        BatchBucket: this.#bucket.bucketName,
        ...Object.fromEntries(
          Object.entries(functions).map(([name, fn]) => [name, fn.lambda.currentVersion.functionArn]),
        ),
      },
      // Not the data: the items of a part are in its execution's input, and are in no log.
      logs: { destination: log, level: LogLevel.ALL, includeExecutionData: false },
      tracingEnabled: true,
      encryptionConfiguration: new CustomerManagedEncryptionConfiguration(this.#key, Duration.minutes(5)),
    });
    // cfn-lint knows no JSONata expressions for the numbers of a Map, which Step Functions takes:
    // docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
    (stateMachine.node.defaultChild as CfnStateMachine).addMetadata('cfn-lint', {
      config: { ignore_checks: ['E3601'] },
    });
    this.#grantWorkflow(stateMachine, stateMachineName, functions);
    this.#acknowledgeWorkflow(stateMachine, stateMachineName, functions);
    return stateMachine;
  }

  /** What the state machine does itself: it calls the functions, runs the children of its map, and reads and writes files. */
  #grantWorkflow(
    stateMachine: StateMachine,
    stateMachineName: string,
    functions: Readonly<Record<string, UnderwritingFunction>>,
  ): void {
    const { role } = stateMachine;
    const named = (resource: 'stateMachine' | 'execution', behind = '') =>
      this.formatArn({
        service: 'states',
        resource,
        resourceName: `${stateMachineName}${behind}`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      });
    const grant = (actions: string[], resources: string[]) =>
      stateMachine.addToRolePolicy(new PolicyStatement({ actions, resources }));
    grant(
      ['lambda:InvokeFunction'],
      Object.values(functions).map((fn) => `${fn.lambda.functionArn}:*`),
    );
    // By its name: by its own ARN, the state machine would wait for its role and the role for the state machine.
    // docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
    grant(['states:StartExecution'], [named('stateMachine')]);
    grant(['states:DescribeExecution', 'states:StopExecution'], [named('execution', ':*')]);
    grant(['states:RedriveExecution'], [named('execution', '/*:*')]);
    this.#grantFiles({ grantPrincipal: role, role: role as Role }, ['s3:GetObject'], ['input/*'], ['kms:Decrypt']);
    // It writes large results in parts, and reads what it has written.
    this.#grantFiles(
      { grantPrincipal: role, role: role as Role },
      ['s3:PutObject', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:AbortMultipartUpload'],
      ['results/*'],
      ['kms:Decrypt', 'kms:GenerateDataKey'],
    );
  }

  #acknowledgeWorkflow(
    { role }: StateMachine,
    stateMachineName: string,
    functions: Readonly<Record<string, UnderwritingFunction>>,
  ): void {
    acknowledgeOwnPolicy(role);
    acknowledgeWildcards(
      role,
      ['*'],
      'Step Functions delivers its log and its trace through actions that take no resource: log delivery and X-Ray only.',
    );
    acknowledgeWildcards(
      role,
      Object.values(functions).map((fn) => `<${this.getLogicalId(fn.lambda.node.defaultChild as CfnFunction)}.Arn>:*`),
      'The versions of one function: an execution calls the versions that it started with.',
    );
    acknowledgeWildcards(
      role,
      [':*', '/*:*'].map((behind) => stateArnInFindings(this, `execution:${stateMachineName}${behind}`)),
      'The executions of this one state machine and the children of its map runs, whose names are not known before.',
    );
  }

  #grantFiles(
    { grantPrincipal, role }: IGrantable & { readonly role: Role },
    actions: string[],
    keys: string[],
    keyActions: string[],
  ): void {
    const resources = keys.map((files) => this.#bucket.arnForObjects(files));
    grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources }));
    grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: keyActions,
        resources: [this.#key.keyArn],
        conditions: { StringEquals: { 'kms:ViaService': `s3.${this.region}.amazonaws.com` } },
      }),
    );
    acknowledgeWildcards(
      role,
      keys.map((files) => `<${this.getLogicalId(this.#bucket.node.defaultChild as CfnBucket)}.Arn>/${files}`),
      'The files of batches, under one prefix: their names are the lender’s, or made of what they are made from.',
    );
  }

  #tell(id: string, value: string, description: string): CfnOutput {
    return new CfnOutput(this, id, { value, description });
  }
}
