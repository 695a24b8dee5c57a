import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { TreatMissingData, type Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  CfnStateMachineAlias,
  CfnStateMachineVersion,
  CustomerManagedEncryptionConfiguration,
  DefinitionBody,
  LogLevel,
  StateMachine,
  StateMachineType,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

import { acknowledgeOwnPolicy, acknowledgeWildcards } from './security-checks.ts';
import type { Grantee, UnderwritingFunction } from './underwriting-function.ts';

const DEFINITION = join(import.meta.dirname, '../statemachines/underwriting.asl.json');

const ALIAS = 'live';

export interface UnderwritingWorkflowProps {
  /** The functions of the definition's placeholders, by name. */
  readonly functions: Readonly<Record<string, UnderwritingFunction>>;
  /** Encrypts the execution data, the definition and the log. */
  readonly key: Key;
  readonly logRetention: RetentionDays;
  /**
   * How new executions come to a new version.
   * @default - all at once
   */
  readonly canary?: { readonly percentage: number; readonly interval: Duration };
}

/** The state machine, its published version and the alias that callers start. */
export class UnderwritingWorkflow extends Construct {
  readonly stateMachine: StateMachine;
  readonly aliasArn: string;
  readonly failed: Alarm;
  readonly #stateMachineName: string;
  readonly #key: Key;

  constructor(scope: Construct, id: string, { functions, key, logRetention, canary }: UnderwritingWorkflowProps) {
    super(scope, id);
    this.#key = key;
    this.#stateMachineName = `${Stack.of(this).stackName}-underwriting`;
    const definition = readFileSync(DEFINITION, 'utf8');
    const log = new LogGroup(this, 'Log', {
      // Names that begin so keep the account's log resource policy within its 5,120 characters.
      logGroupName: `/aws/vendedlogs/states/${this.#stateMachineName}`,
      encryptionKey: key,
      retention: logRetention,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      // Named, because the condition on its key names it.
      stateMachineName: this.#stateMachineName,
      stateMachineType: StateMachineType.STANDARD,
      // Parsed, so that a broken file fails here and not in an account.
      definitionBody: DefinitionBody.fromString(JSON.stringify(JSON.parse(definition))),
      definitionSubstitutions: Object.fromEntries(
        Object.entries(functions).map(([name, fn]) => [name, fn.lambda.currentVersion.functionArn]),
      ),
      logs: { destination: log, level: LogLevel.ALL, includeExecutionData: true },
      tracingEnabled: true,
      // 5 minutes: a key call for each data key, not for each of the some 40 events of an execution.
      encryptionConfiguration: new CustomerManagedEncryptionConfiguration(key, Duration.minutes(5)),
    });
    this.stateMachine.addToRolePolicy(
      new PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        // Every version: a running execution calls those that it started with.
        resources: Object.values(functions).map((fn) => `${fn.lambda.functionArn}:*`),
      }),
    );
    this.failed = this.stateMachine.metricFailed({ period: Duration.minutes(5) }).createAlarm(this, 'Failed', {
      alarmDescription:
        'An execution ended without a decision: its input was no reference, or the workflow is at fault.',
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    const version = new CfnStateMachineVersion(this, 'Version', {
      stateMachineArn: this.stateMachine.stateMachineArn,
      // Changes with every definition, so that each is published; the one before stays for what runs on it.
      stateMachineRevisionId: this.stateMachine.stateMachineRevisionId,
    });
    version.applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.aliasArn = new CfnStateMachineAlias(this, 'Alias', {
      name: ALIAS,
      description: 'The version of the workflow that new applications take',
      deploymentPreference: {
        stateMachineVersionArn: version.ref,
        ...(canary
          ? {
              type: 'CANARY',
              percentage: canary.percentage,
              interval: canary.interval.toMinutes(),
              alarms: [this.failed.alarmName],
            }
          : { type: 'ALL_AT_ONCE' }),
      },
    }).attrArn;
    this.#acknowledge(Object.values(functions));
  }

  /** Starts executions through the alias, and finds those that there are. */
  grantStart(fn: UnderwritingFunction): void {
    fn.addEnvironment('STATE_MACHINE_ARN', this.aliasArn);
    // Step Functions authorises by the state machine's own ARN, also where an alias is called:
    // docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
    fn.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['states:StartExecution'],
        resources: [this.stateMachine.stateMachineArn],
        conditions: { 'ForAnyValue:StringEquals': { 'states:StateMachineQualifier': [ALIAS] } },
      }),
    );
    this.#grantOnExecutions(fn, 'states:DescribeExecution');
    this.#grantKey(fn, 'kms:Decrypt', 'kms:GenerateDataKey');
  }

  /** Answers task tokens. A token is a credential: give this to one function. */
  grantCompleteTask(fn: UnderwritingFunction): void {
    this.#grant(fn, ['states:SendTaskSuccess'], [this.stateMachine.stateMachineArn]);
    this.#grantKey(fn, 'kms:Decrypt', 'kms:GenerateDataKey');
  }

  /** Reads whole histories, with the task tokens in them: a privilege. */
  grantReadHistory(fn: UnderwritingFunction): void {
    this.#grantOnExecutions(fn, 'states:GetExecutionHistory');
    this.#grantKey(fn, 'kms:Decrypt');
  }

  /** Lets somebody look at executions and their histories: a privilege, as for `grantReadHistory`. */
  grantAudit(to: Grantee): void {
    to.addEnvironment('STATE_MACHINE_ARN', this.stateMachine.stateMachineArn);
    this.#grant(to, ['states:ListExecutions'], [this.stateMachine.stateMachineArn]);
    this.#grantOnExecutions(to, 'states:DescribeExecution', 'states:GetExecutionHistory');
    this.#grantKey(to, 'kms:Decrypt');
  }

  #grantOnExecutions(fn: Grantee, ...actions: string[]): void {
    const execution = { service: 'states', resource: 'execution', arnFormat: ArnFormat.COLON_RESOURCE_NAME };
    const resourceName = `${this.#stateMachineName}:*`;
    this.#grant(fn, actions, [Stack.of(this).formatArn({ ...execution, resourceName })]);
    acknowledgeWildcards(
      fn.role,
      [`arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:${resourceName}`],
      'The executions of this one state machine: each is named after its application, which is not known before.',
    );
  }

  #grant(fn: Grantee, actions: string[], resources: string[]): void {
    fn.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources }));
  }

  /** Callers use the key in their own name, for this state machine's data only. */
  #grantKey(fn: Grantee, ...actions: string[]): void {
    const stateMachineArn = Stack.of(this).formatArn({
      service: 'states',
      resource: 'stateMachine',
      resourceName: this.#stateMachineName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    fn.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions,
        resources: [this.#key.keyArn],
        conditions: { StringEquals: { 'kms:EncryptionContext:aws:states:stateMachineArn': stateMachineArn } },
      }),
    );
  }

  #acknowledge(functions: readonly UnderwritingFunction[]): void {
    acknowledgeOwnPolicy(this.stateMachine.role);
    acknowledgeWildcards(
      this.stateMachine.role,
      ['*'],
      'Step Functions delivers its log and its trace through actions that take no resource: log delivery and X-Ray only.',
    );
    acknowledgeWildcards(
      this.stateMachine.role,
      functions.map((fn) => `<${Stack.of(this).getLogicalId(fn.lambda.node.defaultChild as CfnFunction)}.Arn>:*`),
      'The versions of one function: an execution that waits for days calls the versions that it started with.',
    );
  }
}
