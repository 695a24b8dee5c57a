import { SFNClient } from '@aws-sdk/client-sfn';
import { describe, expect, test } from '@jest/globals';

import { awsWorkflows } from '../../adapters/aws/workflows.ts';
import {
  ExecutionConflict,
  ExecutionMissing,
  StoreUnavailable,
  TaskTokenSpent,
  type Workflows,
} from '../../adapters/ports.ts';
import type { JsonObject } from '../../domain/json.ts';
import { localClient } from '../support/aws-servers.ts';
import { awsError, startStub, type StubAnswer } from '../support/aws-stub.ts';

const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:underwriting:live';
const EXECUTION = 'arn:aws:states:us-east-1:000000000000:execution:underwriting:application-1';

/** Runs `use` against a Step Functions that gives these answers, in turn for each operation. */
async function against<T>(answers: Record<string, StubAnswer[]>, use: (workflows: Workflows) => Promise<T>) {
  const calls: { operation: string; input: JsonObject }[] = [];
  const stub = await startStub((operation, input) => {
    calls.push({ operation, input });
    return answers[operation]?.shift() ?? awsError('UnexpectedCall');
  });
  const client = new SFNClient({ ...localClient(stub.endpoint), maxAttempts: 1 });
  try {
    return { calls, result: await use(awsWorkflows({ client, stateMachineArn: MACHINE })) };
  } finally {
    client.destroy();
    await stub.close();
  }
}

describe('starting an execution', () => {
  const exists = [awsError('ExecutionAlreadyExists')];
  const described = (input: string) => [{ body: { executionArn: EXECUTION, input, status: 'SUCCEEDED' } }];

  test('gives its ARN and sends the canonical input', async () => {
    const { calls, result } = await against(
      { StartExecution: [{ body: { executionArn: EXECUTION, startDate: 1 } }] },
      (workflows) => workflows.start('application-1', { digest: 'd', applicationId: 'application-1' }),
    );
    expect(result).toEqual({ executionArn: EXECUTION });
    expect(calls).toEqual([
      {
        operation: 'StartExecution',
        input: {
          stateMachineArn: MACHINE,
          name: 'application-1',
          input: '{"applicationId":"application-1","digest":"d"}',
        },
      },
    ]);
  });

  test('finds an ended execution of the same name and input, however that was spelled', async () => {
    const { calls, result } = await against(
      { StartExecution: exists.slice(), DescribeExecution: described('{ "b": 2, "a": 1 }') },
      (workflows) => workflows.start('application-1', { a: 1, b: 2 }),
    );
    expect(result).toEqual({ executionArn: EXECUTION });
    expect(calls[1]).toEqual({ operation: 'DescribeExecution', input: { executionArn: EXECUTION } });
  });

  test('refuses the same name with another input', async () => {
    await expect(
      against({ StartExecution: exists.slice(), DescribeExecution: described('{"a":2}') }, (workflows) =>
        workflows.start('application-1', { a: 1 }),
      ),
    ).rejects.toThrow(ExecutionConflict);
  });

  test('refuses a stranger’s: of the same input, but from before it can have been started, clocks allowed for', async () => {
    const ended = [{ body: { executionArn: EXECUTION, input: '{"a":1}', status: 'FAILED', startDate: 1_000 } }];
    const since = (seconds: number) => new Date(seconds * 1_000).toISOString();
    const started = (seconds: number) =>
      against({ StartExecution: exists.slice(), DescribeExecution: ended.slice() }, (workflows) =>
        workflows.start('application-1', { a: 1 }, since(seconds)),
      );
    await expect(started(1_061)).rejects.toThrow(ExecutionConflict);
    expect((await started(1_060)).result).toEqual({ executionArn: EXECUTION });
  });

  test('names throttling', async () => {
    await expect(
      against({ StartExecution: [awsError('ThrottlingException')] }, (workflows) =>
        workflows.start('application-1', { a: 1 }),
      ),
    ).rejects.toThrow(StoreUnavailable);
  });
});

describe('answering a task token', () => {
  test('sends the output', async () => {
    const { calls } = await against({ SendTaskSuccess: [{ body: {} }] }, (workflows) =>
      workflows.succeedTask('token', { action: 'CLEAR' }),
    );
    expect(calls).toEqual([
      { operation: 'SendTaskSuccess', input: { taskToken: 'token', output: '{"action":"CLEAR"}' } },
    ]);
  });

  for (const name of ['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken']) {
    test(`${name} is a spent token, and no message repeats it`, async () => {
      const answer = against({ SendTaskSuccess: [awsError(name)] }, (workflows) =>
        workflows.succeedTask('the-secret-token', {}),
      );
      await expect(answer).rejects.toThrow(TaskTokenSpent);
      await expect(answer).rejects.not.toThrow(/the-secret-token/);
    });
  }

  test('another fault keeps its own name', async () => {
    await expect(
      against({ SendTaskSuccess: [awsError('InvalidOutput')] }, (workflows) => workflows.succeedTask('token', {})),
    ).rejects.toMatchObject({ name: 'InvalidOutput' });
  });
});

describe('reading a history', () => {
  test('joins every page, oldest first, with instants as text', async () => {
    const event = (id: number) => ({ id, previousEventId: id - 1, type: 'PassStateEntered', timestamp: 1767614400.5 });
    const pages: StubAnswer[] = [
      { body: { events: [event(1), event(2)], nextToken: 'more' } },
      { body: { events: [event(3)] } },
    ];
    const { calls, result } = await against({ GetExecutionHistory: pages }, (workflows) =>
      workflows.history(EXECUTION),
    );
    expect(result.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(result[0]).toEqual({
      id: 1,
      previousEventId: 0,
      type: 'PassStateEntered',
      timestamp: '2026-01-05T12:00:00.500Z',
    });
    const asked = { executionArn: EXECUTION, maxResults: 1000, includeExecutionData: true };
    expect(calls.map(({ input }) => input)).toEqual([asked, { ...asked, nextToken: 'more' }]);
  });

  test('names an execution that Step Functions does not know', async () => {
    await expect(
      against({ GetExecutionHistory: [awsError('ExecutionDoesNotExist')] }, (workflows) =>
        workflows.history(EXECUTION),
      ),
    ).rejects.toThrow(ExecutionMissing);
  });
});
