import { DescribeExecutionCommand, GetExecutionHistoryCommand, ListExecutionsCommand } from '@aws-sdk/client-sfn';

import type { Executions } from '../ports.ts';
import { answered, nameOf } from './errors.ts';
import { awsWorkflows, eventsOf, executionArnOf, type AwsWorkflowsOptions } from './workflows.ts';

/**
 * Executions as Step Functions knows them, for 90 days after their end. Needs `states:DescribeExecution`,
 * `GetExecutionHistory` and `ListExecutions`.
 */
export function awsExecutions({ client, stateMachineArn }: AwsWorkflowsOptions): Executions {
  const workflows = awsWorkflows({ client, stateMachineArn });
  return {
    arnOf: (name) => executionArnOf(stateMachineArn, name),

    describe: (executionArn) =>
      known(async () => {
        const {
          status = '',
          input = '',
          startDate,
          redriveDate,
        } = await answered('Step Functions', client.send(new DescribeExecutionCommand({ executionArn })));
        return { executionArn, status, input, runningSince: (redriveDate ?? startDate!).toISOString() };
      }),

    history: (executionArn) => known(() => workflows.history(executionArn)),

    lastEvent: (executionArn) =>
      known(async () => {
        const command = new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 1 });
        const { events } = await answered('Step Functions', client.send(command));
        return eventsOf(events)[0];
      }),

    async *names() {
      let nextToken: string | undefined;
      do {
        const page = await answered(
          'Step Functions',
          client.send(new ListExecutionsCommand({ stateMachineArn: unqualified(stateMachineArn), nextToken })),
        );
        for (const { name } of page.executions ?? []) if (name !== undefined) yield name;
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
    },
  };
}

async function known<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (['ExecutionDoesNotExist', 'ExecutionMissing', 'InvalidArn'].includes(nameOf(error))) return undefined;
    throw error;
  }
}

/** Of the state machine itself, whatever version or alias the executions were started through. */
const unqualified = (stateMachineArn: string): string => stateMachineArn.split(':').slice(0, 7).join(':');
