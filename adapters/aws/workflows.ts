import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';

import type { JsonObject } from '../../domain/json.ts';
import { canonicalJson } from '../../domain/ledger/canonical-json.ts';
import { ExecutionConflict, ExecutionMissing, TaskTokenSpent, type HistoryEvent, type Workflows } from '../ports.ts';
import { answered, nameOf } from './errors.ts';

export interface AwsWorkflowsOptions {
  readonly client: SFNClient;
  /** A standard state machine, or a version or alias of one. */
  readonly stateMachineArn: string;
}

/** By how much the clock of Step Functions may be behind ours. */
const CLOCK_SKEW_MS = 60_000;

const isStrange = (startDate: Date | undefined, since: string | undefined): boolean =>
  since !== undefined && startDate !== undefined && startDate.getTime() < Date.parse(since) - CLOCK_SKEW_MS;

/**
 * Step Functions. Needs, each for its own method, `states:StartExecution` and `DescribeExecution`;
 * `states:SendTaskSuccess`; `states:GetExecutionHistory`.
 */
export function awsWorkflows({ client, stateMachineArn }: AwsWorkflowsOptions): Workflows {
  return {
    async start(name, input, since) {
      const text = canonicalJson(input);
      try {
        const { executionArn, startDate } = await answered(
          'Step Functions',
          client.send(new StartExecutionCommand({ stateMachineArn, name, input: text })),
        );
        if (isStrange(startDate, since)) throw new ExecutionConflict(`The execution ${name} was started before.`);
        return { executionArn: executionArn ?? executionArnOf(stateMachineArn, name) };
      } catch (error) {
        if (nameOf(error) !== 'ExecutionAlreadyExists') throw error;
        // Said of another input, but also of the same input once the execution has ended.
        const executionArn = executionArnOf(stateMachineArn, name);
        const earlier = await answered('Step Functions', client.send(new DescribeExecutionCommand({ executionArn })));
        const same = earlier.input !== undefined && sameJson(earlier.input, text);
        if (same && !isStrange(earlier.startDate, since)) return { executionArn };
        throw new ExecutionConflict(
          `The execution ${name} was started with another input, or before: use another name.`,
          {
            cause: error,
          },
        );
      }
    },

    async succeedTask(taskToken, output) {
      try {
        await answered(
          'Step Functions',
          client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) })),
        );
      } catch (error) {
        if (!['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'].includes(nameOf(error))) throw error;
        throw new TaskTokenSpent(
          `The task token is ${nameOf(error) === 'TaskTimedOut' ? 'spent or timed out' : 'unknown'}: the execution no ` +
            `longer waits for it. Look for the application's newest open task.`,
        );
      }
    },

    async history(executionArn) {
      const history: HistoryEvent[] = [];
      let nextToken: string | undefined;
      try {
        do {
          const page = await answered(
            'Step Functions',
            client.send(
              new GetExecutionHistoryCommand({ executionArn, maxResults: 1000, includeExecutionData: true, nextToken }),
            ),
          );
          history.push(...eventsOf(page.events));
          nextToken = page.nextToken;
        } while (nextToken !== undefined);
      } catch (error) {
        if (!['ExecutionDoesNotExist', 'InvalidArn'].includes(nameOf(error))) throw error;
        throw new ExecutionMissing(`Step Functions knows no execution ${executionArn}: it forgets after 90 days.`, {
          cause: error,
        });
      }
      return history;
    },
  };
}

/** As JSON: dates become ISO 8601 texts. */
export const eventsOf = (events: readonly object[] = []): HistoryEvent[] =>
  JSON.parse(JSON.stringify(events)) as HistoryEvent[];

/** `arn:aws:states:REGION:ACCOUNT:stateMachine:NAME[:VERSION or ALIAS]` → `arn:…:execution:NAME:EXECUTION`. */
export function executionArnOf(stateMachineArn: string, name: string): string {
  const [arn, partition, service, region, account, , machine] = stateMachineArn.split(':');
  return [arn, partition, service, region, account, 'execution', machine, name].join(':');
}

function sameJson(one: string, canonical: string): boolean {
  const parsed = JSON.parse(one) as JsonObject;
  return canonicalJson(parsed) === canonical;
}
