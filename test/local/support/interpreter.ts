import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { functionNameOf, lambdaFailure } from '@underwright/asl-engine';

import type { Json } from '../../../domain/json.ts';
import type { Expected, Run } from './fixture.ts';
import { fakeFunctions } from './world.ts';

/** Where scripts/moto-server.py executes state machines. */
const REGION = 'us-west-1';
const POLL_MS = 50;

export interface Interpreter {
  /** Runs a state machine to its end, in real time. */
  run(name: string, definition: string, expected: Expected): Promise<Run>;
  close(): Promise<void>;
}

/**
 * LocalStack's interpreter of Amazon States Language, as moto has it: another program, by other people.
 * @param endpoint of moto_server, started by scripts/with-moto.mjs.
 * @param lambda where that server calls functions; they are served there.
 */
export async function openInterpreter(endpoint: string, lambda: string): Promise<Interpreter> {
  let called: (name: string, payload: Json) => Promise<Json | void> = () => Promise.resolve();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const name = functionNameOf(decodeURIComponent(request.url!.split('/')[3]!));
      void answer(called(name, JSON.parse(Buffer.concat(chunks).toString()) as Json), response);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(Number(new URL(lambda).port), '127.0.0.1', resolve);
  });
  const client = new SFNClient({
    endpoint,
    region: REGION,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });

  async function run(name: string, definition: string, expected: Expected): Promise<Run> {
    const fakes = fakeFunctions(expected.functions ?? {});
    const asked: { token: string; answer: NonNullable<Expected['tokens']>[string] }[] = [];
    called = (functionName, payload) => {
      const answer = expected.tokens?.[functionName];
      if (answer) asked.push({ token: (payload as { token: string }).token, answer });
      return fakes(functionName, payload, { executionArn: '', state: '' });
    };
    const { stateMachineArn } = await client.send(
      new CreateStateMachineCommand({ name, definition, roleArn: 'arn:aws:iam::000000000000:role/local' }),
    );
    const { executionArn } = await client.send(
      new StartExecutionCommand({ stateMachineArn, name: 'one', input: JSON.stringify(expected.input) }),
    );
    // Its status may be there before the last of its events.
    let seen = 0;
    for (;;) {
      const found = await client.send(new DescribeExecutionCommand({ executionArn }));
      const { events } = await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
      const settled = events!.length === seen;
      seen = events!.length;
      if (found.status !== 'RUNNING' && settled) {
        // DescribeExecution there gives strings without quotes.
        const output = events!.find(({ type }) => type === 'ExecutionSucceeded')?.executionSucceededEventDetails
          ?.output;
        return {
          status: found.status,
          output: output === undefined ? undefined : (JSON.parse(output) as Json),
          error: found.error,
          events: events!,
        };
      }
      if (asked.length > 0 && events!.at(-1)?.type === 'TaskSubmitted') {
        const { token: taskToken, answer } = asked.shift()!;
        if ('output' in answer) {
          await client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(answer.output) }));
        } else await client.send(new SendTaskFailureCommand({ taskToken, ...answer }));
      }
      await delay(POLL_MS);
    }
  }

  return {
    run,
    async close() {
      client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(result: Promise<Json | void>, response: ServerResponse): Promise<void> {
  try {
    const body = JSON.stringify((await result) ?? null);
    response.setHeader('x-amz-executed-version', '$LATEST');
    response.end(body);
  } catch (error) {
    response.setHeader('x-amz-function-error', 'Unhandled');
    response.end(lambdaFailure(error).cause);
  }
}
