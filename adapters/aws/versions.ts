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
export function awsVersions({ stepFunctions, lambda, aliasArn }: AwsVersionsOptions): Versions {
  const stateMachineArn = aliasArn.slice(0, aliasArn.lastIndexOf(':'));

  async function functionVersionsIn(arn: string): Promise<string[]> {
    const command = new DescribeStateMachineCommand({ stateMachineArn: arn });
    const { definition } = await answered('Step Functions', stepFunctions.send(command));
    return [...new Set(definition?.match(FUNCTION_VERSION))];
  }

  return {
    async workflowVersions() {
      const versions: WorkflowVersion[] = [];
      let nextToken: string | undefined;
      do {
        const page = await answered(
          'Step Functions',
          stepFunctions.send(new ListStateMachineVersionsCommand({ stateMachineArn, nextToken })),
        );
        for (const { stateMachineVersionArn: arn, creationDate } of page.stateMachineVersions ?? [])
          if (arn && creationDate)
            versions.push({
              arn,
              publishedAt: creationDate.toISOString(),
              functionVersions: await functionVersionsIn(arn),
            });
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
      return versions;
    },

    async routed() {
      const command = new DescribeStateMachineAliasCommand({ stateMachineAliasArn: aliasArn });
      const { routingConfiguration } = await answered('Step Functions', stepFunctions.send(command));
      return (routingConfiguration ?? []).flatMap(({ stateMachineVersionArn }) => stateMachineVersionArn ?? []);
    },

    async isRunning(workflowVersion) {
      for (const statusFilter of ['RUNNING', 'PENDING_REDRIVE'] as const) {
        const command = new ListExecutionsCommand({ stateMachineArn: workflowVersion, statusFilter, maxResults: 1 });
        const { executions } = await answered('Step Functions', stepFunctions.send(command));
        if (executions && executions.length > 0) return true;
      }
      return false;
    },

    async functionVersions() {
      const names = new Set((await functionVersionsIn(stateMachineArn)).map(unqualified));
      const versions: string[] = [];
      for (const FunctionName of names)
        for await (const page of paginateListVersionsByFunction({ client: lambda }, { FunctionName }))
          for (const { FunctionArn, Version } of page.Versions ?? [])
            if (FunctionArn && Version !== '$LATEST') versions.push(FunctionArn);
      return versions;
    },

    async deleteWorkflowVersion(arn) {
      const command = new DeleteStateMachineVersionCommand({ stateMachineVersionArn: arn });
      await answered('Step Functions', stepFunctions.send(command));
    },

    async deleteFunctionVersion(arn) {
      const Qualifier = arn.slice(arn.lastIndexOf(':') + 1);
      const command = new DeleteFunctionCommand({ FunctionName: unqualified(arn), Qualifier });
      try {
        await answered('Lambda', lambda.send(command));
      } catch (error) {
        if (nameOf(error) !== 'ResourceNotFoundException') throw error;
      }
    },
  };
}

const unqualified = (arn: string): string => arn.slice(0, arn.lastIndexOf(':'));
