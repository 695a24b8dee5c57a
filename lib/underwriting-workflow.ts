import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ArnFormat, Duration, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { MathExpression, Metric, type IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import {
  type CfnStateMachine,
  CfnStateMachineAlias,
  CfnStateMachineVersion,
  CustomerManagedEncryptionConfiguration,
  DefinitionBody,
  LogLevel,
  StateMachine,
  StateMachineType,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

import type { Stage } from '../stages/stage.ts';
import type { Operators } from './operators.ts';
import { acknowledgeOwnPolicy, acknowledgeWildcards, stateArnInFindings } from './security-checks.ts';
import type { Grantee, UnderwritingFunction } from './underwriting-function.ts';

const DEFINITION = join(import.meta.dirname, '../statemachines/underwriting.asl.json');

const ALIAS = 'live';

export interface UnderwritingWorkflowProps {
  /** The functions of the definition's placeholders, by name. */
  readonly functions: Readonly<Record<string, UnderwritingFunction>>;
  /** Of them, the one that is called where an application is held for an operator. */
  readonly held: UnderwritingFunction;
  readonly operators: Operators;
  /** Encrypts the execution data, the definition and the log. */
  readonly key: Key;
  readonly stage: Stage;
}

/** The state machine, its published version and the alias that callers start. */
export class UnderwritingWorkflow extends Construct {
  readonly stateMachine: StateMachine;
  readonly aliasArn: string;
  /** A deployment during which one of them rings goes back to the version before. */
  readonly alarms: readonly IAlarm[];
  readonly #stateMachineName: string;
  readonly #key: Key;

  constructor(scope: Construct, id: string, props: UnderwritingWorkflowProps) {
    super(scope, id);
    const { functions, key, stage } = props;
    this.#key = key;
    this.#stateMachineName = `${Stack.of(this).stackName}-underwriting`;
    const definition = readFileSync(DEFINITION, 'utf8');
    const log = new LogGroup(this, 'Log', {
      // Names that begin so keep the account's log resource policy within its 5,120 characters.
      logGroupName: `/aws/vendedlogs/states/${this.#stateMachineName}`,
      encryptionKey: key,
      retention: stage.logRetentionDays,
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
    const version = new CfnStateMachineVersion(this, 'Version', {
      stateMachineArn: this.stateMachine.stateMachineArn,
      // Changes with every definition, so that each is published; the one before stays for what runs on it.
      stateMachineRevisionId: this.stateMachine.stateMachineRevisionId,
    });
    version.applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.alarms = this.#alarms(version, props);
    this.aliasArn = new CfnStateMachineAlias(this, 'Alias', {
      name: ALIAS,
      description: 'The version of the workflow that new applications take',
      deploymentPreference: {
        stateMachineVersionArn: version.ref,
        alarms: this.alarms.map(({ alarmName }) => alarmName),
        ...(stage.trial
          ? { type: 'CANARY', percentage: stage.trial.percentage, interval: stage.trial.intervalMinutes }
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
    this.#grant(fn, ['states:SendTaskSuccess', 'states:SendTaskFailure'], [this.stateMachine.stateMachineArn]);
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

  /** Lists versions of the workflow and of its functions, sees what runs on them, and deletes those. */
  grantReap(fn: UnderwritingFunction, functions: readonly UnderwritingFunction[]): void {
    fn.addEnvironment('STATE_MACHINE_ARN', this.aliasArn);
    const { stateMachineArn } = this.stateMachine;
    this.#grant(fn, ['states:ListStateMachineVersions'], [stateMachineArn]);
    this.#grant(
      fn,
      [
        'states:DescribeStateMachine',
        'states:DescribeStateMachineAlias',
        'states:ListExecutions',
        'states:DeleteStateMachineVersion',
      ],
      [stateMachineArn, `${stateMachineArn}:*`],
    );
    this.#grantKey(fn, 'kms:Decrypt');
    this.#grant(
      fn,
      ['lambda:ListVersionsByFunction'],
      functions.map(({ lambda }) => lambda.functionArn),
    );
    // A version alone: the function itself has no colon behind its name.
    this.#grant(
      fn,
      ['lambda:DeleteFunction'],
      functions.map(({ lambda }) => `${lambda.functionArn}:*`),
    );
    const logicalId = (one: UnderwritingFunction) =>
      Stack.of(this).getLogicalId(one.lambda.node.defaultChild as CfnFunction);
    acknowledgeWildcards(
      fn.role,
      functions.map((one) => `<${logicalId(one)}.Arn>:*`),
      'The versions of one function: which of them nothing needs any more is not known before.',
    );
    acknowledgeWildcards(
      fn.role,
      [`<${Stack.of(this).getLogicalId(this.stateMachine.node.defaultChild as CfnStateMachine)}>:*`],
      'The versions and the alias of the one state machine.',
    );
  }

  /** What rings when a version does not do: for operators, and for the deployment to go back. */
  #alarms(version: CfnStateMachineVersion, { held, operators, stage }: UnderwritingWorkflowProps): IAlarm[] {
    const period = Duration.minutes(5);
    const failed = operators.alarm(this, 'Failed', {
      metric: this.stateMachine.metricFailed({ period }),
      alarmDescription:
        'An execution ended without a decision: its input was no reference, or the workflow is at fault.',
      article: 'execution-failed',
      threshold: 1,
      evaluationPeriods: 1,
    });
    // `arn:…:stateMachine:NAME:VERSION`
    const Version = Fn.select(7, Fn.split(':', version.ref));
    const ofVersion = (metricName: string) =>
      new Metric({
        namespace: 'AWS/States',
        metricName,
        dimensionsMap: { StateMachineArn: this.stateMachine.stateMachineArn, Version },
        statistic: 'Sum',
        period,
      });
    const newVersion = operators.alarm(this, 'NewVersionFails', {
      metric: new MathExpression({
        expression:
          'IF(FILL(started, 0) > 0, 100 * (FILL(failed, 0) + FILL(timedOut, 0) + FILL(held, 0)) / started, 0)',
        usingMetrics: {
          started: ofVersion('ExecutionsStarted'),
          failed: ofVersion('ExecutionsFailed'),
          timedOut: ofVersion('ExecutionsTimedOut'),
          held: held.lambda.currentVersion.metricInvocations({ statistic: 'Sum', period }),
        },
        label: 'Failed, timed out or held, in percent of those started',
        period,
      }),
      alarmDescription: 'Applications that took the newest version of the workflow fail or are held.',
      article: 'new-version-fails',
      threshold: stage.alarms.newVersionFailures,
      evaluationPeriods: 1,
    });
    return [failed, newVersion];
  }

  #grantOnExecutions(fn: Grantee, ...actions: string[]): void {
    const execution = { service: 'states', resource: 'execution', arnFormat: ArnFormat.COLON_RESOURCE_NAME };
    const resourceName = `${this.#stateMachineName}:*`;
    this.#grant(fn, actions, [Stack.of(this).formatArn({ ...execution, resourceName })]);
    acknowledgeWildcards(
      fn.role,
      [stateArnInFindings(this, `execution:${resourceName}`)],
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
