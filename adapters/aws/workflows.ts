import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';

import type { JsonObject } from '../../domain/json.ts';
import { canonicalJson } from '../../domain/ledger/canonical-json.ts';
import { MAX_CLOCK_SKEW_MS } from '../../domain/ledger/chain.ts';
import { ExecutionConflict, ExecutionMissing, TaskTokenSpent, type HistoryEvent, type Workflows } from '../ports.ts';
import { answered, nameOf } from './errors.ts';

export interface AwsWorkflowsOptions {
  readonly client: SFNClient;
  /** A standard state machine, or a version or alias of one. */
  readonly stateMachineArn: string;
}

/** The clock of Step Functions may be behind ours. */
const isStrange = (startDate: Date | undefined, since: string | undefined): boolean =>
  since !== undefined && startDate !== undefined && startDate.getTime() < Date.parse(since) - MAX_CLOCK_SKEW_MS;

/**
 * Step Functions. Needs, each for its own method, `states:StartExecution` and `DescribeExecution`;
 * `states:SendTaskSuccess`; `states:SendTaskFailure`; `states:GetExecutionHistory`.
 */
export function awsWorkflows(options: AwsWorkflowsOptions): Workflows {
  return {
    start: async (name, input, since) => start(options, name, canonicalJson(input), since),
    succeedTask: async (taskToken, output) =>
      answerToken(options.client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }))),
    failTask: async (taskToken, error) =>
      answerToken(options.client.send(new SendTaskFailureCommand({ taskToken, error }))),
    history: (executionArn) => history(options, executionArn),
  };
}

async function start(
  { client, stateMachineArn }: AwsWorkflowsOptions,
  name: string,
  input: string,
  since: string | undefined,
): Promise<{ executionArn: string }> {
  try {
    const { executionArn, startDate } = await answered(
      'Step Functions',
      client.send(new StartExecutionCommand({ stateMachineArn, name, input })),
    );
    if (isStrange(startDate, since)) throw new ExecutionConflict(`The execution ${name} was started before.`);
    return { executionArn: executionArn ?? executionArnOf(stateMachineArn, name) };
  } catch (cause) {
    if (nameOf(cause) !== 'ExecutionAlreadyExists') throw cause;
    // Step Functions answers this for another input, but also for the same input once the execution has ended.
    const executionArn = executionArnOf(stateMachineArn, name);
    const earlier = await answered('Step Functions', client.send(new DescribeExecutionCommand({ executionArn })));
    const same = earlier.input !== undefined && sameJson(earlier.input, input);
    if (same && !isStrange(earlier.startDate, since)) return { executionArn };
    const message = `The execution ${name} was started with another input, or before: use another name.`;
    throw new ExecutionConflict(message, { cause });
  }
}

/** @throws TaskTokenSpent */
async function answerToken(sent: Promise<unknown>): Promise<void> {
  try {
    await answered('Step Functions', sent);
  } catch (error) {
    if (!['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'].includes(nameOf(error))) throw error;
    throw new TaskTokenSpent(
      `The task token is ${nameOf(error) === 'TaskTimedOut' ? 'spent or timed out' : 'unknown'}: the execution no ` +
        `longer waits for it. Look for the application's newest open task.`,
    );
  }
}

async function history({ client }: AwsWorkflowsOptions, executionArn: string): Promise<HistoryEvent[]> {
  const found: HistoryEvent[] = [];
  const query = { executionArn, maxResults: 1000, includeExecutionData: true };
  let nextToken: string | undefined;
  try {
    do {
      const command = new GetExecutionHistoryCommand({ ...query, nextToken });
      const page = await answered('Step Functions', client.send(command));
      found.push(...eventsOf(page.events));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
  } catch (cause) {
    if (!['ExecutionDoesNotExist', 'InvalidArn'].includes(nameOf(cause))) throw cause;
    const message = `Step Functions knows no execution ${executionArn}: it forgets after 90 days.`;
    throw new ExecutionMissing(message, { cause });
  }
  return found;
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
