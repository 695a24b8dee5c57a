import { readFileSync } from 'node:fs';

import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  type HistoryEvent,
} from '@aws-sdk/client-sfn';

import type { Json, JsonObject } from '../../../domain/json.ts';
import { fakeFunctions, MACHINE, openClient, openWorld, watch, type Behaviour } from './world.ts';

export interface Expected {
  readonly input: Json;
  readonly functions?: Record<string, Behaviour[]>;
  /** What the token of a function's payload (`token`) is answered with. */
  readonly tokens?: Record<string, { output: Json } | { error: string; cause: string }>;
  readonly status: string;
  readonly output?: Json;
  readonly error?: string;
  /** Event types, each alone or with details that the event must have. */
  readonly history: readonly (string | readonly [string, JsonObject])[];
}

export interface Run {
  readonly status: string | undefined;
  readonly output: Json | undefined;
  readonly error: string | undefined;
  readonly events: HistoryEvent[];
}

/** Runs a state machine to its end through the AWS SDK; time passes whenever nothing else can happen. */
export async function runFixture(definition: string, expected: Expected): Promise<Run> {
  const fakes = fakeFunctions(expected.functions ?? {});
  const tokens: { token: string; answer: { output: Json } | { error: string; cause: string } }[] = [];
  const world = openWorld({
    definition,
    invoke: async (name, payload, context) => {
      const answer = expected.tokens?.[name];
      if (answer) tokens.push({ token: (payload as { token: string }).token, answer });
      return fakes(name, payload, context);
    },
  });
  const { client, close } = await openClient(world.engine);
  try {
    const { executionArn } = await client.send(
      new StartExecutionCommand({ stateMachineArn: MACHINE, name: 'one', input: JSON.stringify(expected.input) }),
    );
    for (;;) {
      // A function that never answers keeps the engine from idling: what it can do is done when the event loop is free.
      const isIdle = watch(world.engine.drain());
      await settle(isIdle);
      const found = await client.send(new DescribeExecutionCommand({ executionArn }));
      if (found.status !== 'RUNNING') {
        const { events } = await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
        return {
          status: found.status,
          output: found.output === undefined ? undefined : (JSON.parse(found.output) as Json),
          error: found.error,
          events: events!,
        };
      }
      const next = tokens.shift();
      if (next) {
        const taskToken = next.token;
        if ('output' in next.answer) {
          const output = JSON.stringify(next.answer.output);
          await client.send(new SendTaskSuccessCommand({ taskToken, output }));
        } else await client.send(new SendTaskFailureCommand({ taskToken, ...next.answer }));
      } else if (!world.clock.skip() && isIdle()) throw new Error('The engine is idle, and no timer is due.');
    }
  } finally {
    await close();
    await world.engine.close(0);
    world.database.close();
  }
}

/** Waits until the engine is idle, or for 50 rounds of the event loop: ample for commits, which take one each. */
async function settle(isIdle: () => boolean): Promise<void> {
  for (let round = 0; round < 50 && !isIdle(); round += 1) await new Promise((resolve) => setImmediate(resolve));
}

export const fixturesFolder = new URL('../fixtures/', import.meta.url);

export function readFixture(name: string): { definition: string; expected: Expected } {
  return {
    definition: readFileSync(new URL(`${name}.asl.json`, fixturesFolder), 'utf8'),
    expected: JSON.parse(readFileSync(new URL(`${name}.expected.json`, fixturesFolder), 'utf8')) as Expected,
  };
}
