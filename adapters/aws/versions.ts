import { DeleteFunctionCommand, paginateListVersionsByFunction, type LambdaClient } from '@aws-sdk/client-lambda';
import {
  DeleteStateMachineVersionCommand,
  DescribeStateMachineAliasCommand,
  DescribeStateMachineCommand,
  ListExecutionsCommand,
  ListStateMachineVersionsCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';

import type { Versions, WorkflowVersion } from '../ports.ts';
import { answered, nameOf } from './errors.ts';

export interface AwsVersionsOptions {
  readonly stepFunctions: SFNClient;
  readonly lambda: LambdaClient;
  /** Of the alias that callers start. */
  readonly aliasArn: string;
}

const FUNCTION_VERSION = /arn:[^:"]+:lambda:[^:"]*:[^:"]*:function:[^:"]+:\d+/g;

/** Step Functions and Lambda. Needs, on the one state machine and its functions, what each method's commands are named. */
export function awsVersions(options: AwsVersionsOptions): Versions {
  return {
    workflowVersions: () => workflowVersions(options),
    routed: () => routed(options),
    isRunning: (workflowVersion) => isRunning(options, workflowVersion),
    functionVersions: () => functionVersions(options),

    async deleteWorkflowVersion(arn) {
      const command = new DeleteStateMachineVersionCommand({ stateMachineVersionArn: arn });
      await answered('Step Functions', options.stepFunctions.send(command));
    },

    deleteFunctionVersion: (arn) => deleteFunctionVersion(options, arn),
  };
}

async function workflowVersions(options: AwsVersionsOptions): Promise<WorkflowVersion[]> {
  const stateMachineArn = unqualified(options.aliasArn);
  const versions: WorkflowVersion[] = [];
  let nextToken: string | undefined;
  do {
    const command = new ListStateMachineVersionsCommand({ stateMachineArn, nextToken });
    const page = await answered('Step Functions', options.stepFunctions.send(command));
    for (const { stateMachineVersionArn: arn, creationDate } of page.stateMachineVersions ?? []) {
      if (!arn || !creationDate) continue;
      const publishedAt = creationDate.toISOString();
      versions.push({ arn, publishedAt, functionVersions: await functionVersionsIn(options, arn) });
    }
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return versions;
}

async function functionVersionsIn({ stepFunctions }: AwsVersionsOptions, stateMachineArn: string): Promise<string[]> {
  const command = new DescribeStateMachineCommand({ stateMachineArn });
  const { definition } = await answered('Step Functions', stepFunctions.send(command));
  return [...new Set(definition?.match(FUNCTION_VERSION))];
}

async function routed({ stepFunctions, aliasArn }: AwsVersionsOptions): Promise<string[]> {
  const command = new DescribeStateMachineAliasCommand({ stateMachineAliasArn: aliasArn });
  const { routingConfiguration } = await answered('Step Functions', stepFunctions.send(command));
  return (routingConfiguration ?? []).flatMap(({ stateMachineVersionArn }) => stateMachineVersionArn ?? []);
}

async function isRunning({ stepFunctions }: AwsVersionsOptions, workflowVersion: string): Promise<boolean> {
  for (const statusFilter of ['RUNNING', 'PENDING_REDRIVE'] as const) {
    const command = new ListExecutionsCommand({ stateMachineArn: workflowVersion, statusFilter, maxResults: 1 });
    const { executions } = await answered('Step Functions', stepFunctions.send(command));
    if (executions && executions.length > 0) return true;
  }
  return false;
}

async function functionVersions(options: AwsVersionsOptions): Promise<string[]> {
  const names = new Set((await functionVersionsIn(options, unqualified(options.aliasArn))).map(unqualified));
  const versions: string[] = [];
  for (const FunctionName of names)
    for await (const page of paginateListVersionsByFunction({ client: options.lambda }, { FunctionName }))
      for (const { FunctionArn, Version } of page.Versions ?? [])
        if (FunctionArn && Version !== '$LATEST') versions.push(FunctionArn);
  return versions;
}

async function deleteFunctionVersion({ lambda }: AwsVersionsOptions, arn: string): Promise<void> {
  const Qualifier = arn.slice(arn.lastIndexOf(':') + 1);
  const command = new DeleteFunctionCommand({ FunctionName: unqualified(arn), Qualifier });
  try {
    await answered('Lambda', lambda.send(command));
  } catch (error) {
    if (nameOf(error) !== 'ResourceNotFoundException') throw error;
  }
}

const unqualified = (arn: string): string => arn.slice(0, arn.lastIndexOf(':'));
