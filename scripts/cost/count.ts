import { AsyncLocalStorage } from 'node:async_hooks';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Json, JsonObject } from '../../domain/json.ts';
import { openAwsWorld } from '../../test/support/aws-world.ts';

/** What one function did for one decision. */
export interface FunctionCounts {
  calls: number;
  /** Units: 1 KB written, 4 KB read consistently. */
  dynamoDbWrites: number;
  dynamoDbReads: number;
  dynamoDbCalls: number;
  s3Puts: number;
  s3Gets: number;
  kms: number;
  stepFunctions: number;
}

export interface DecisionCounts {
  readonly transitions: number;
  readonly historyBytes: number;
  readonly events: number;
  /** By function, in the order of their first calls. */
  readonly functions: Readonly<Record<string, FunctionCounts>>;
}

/** Time inside the handlers by function, in ms, the stores on loopback. Never compared by a test. */
export type Durations = Readonly<Record<string, number>>;

/** The applications that are counted: decided at once, one way and the other. */
export const COUNTED = { approved: 'approve-lowest-rate', declined: 'decline-by-model' } as const;
export type Counted = keyof typeof COUNTED;

const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples', 'applications');

interface Stack {
  add(middleware: (next: Next, context: { commandName?: string }) => Next, options: object): void;
}
type Next = (args: { input: object }) => Promise<{ output: object }>;

/**
 * Runs the sample applications through the real handlers over the adapters of AWS and counts every call that leaves them.
 * Each function has its own caches, as on AWS, warm from another application.
 */
export async function countDecisions(): Promise<{ counts: Record<Counted, DecisionCounts>; durations: Durations }> {
  const caller = new AsyncLocalStorage<string>();
  const times = new Map<string, number[]>();
  let counted = new Map<string, FunctionCounts>();
  const of = (name: string): FunctionCounts => {
    const found = counted.get(name) ?? {
      calls: 0,
      dynamoDbWrites: 0,
      dynamoDbReads: 0,
      dynamoDbCalls: 0,
      s3Puts: 0,
      s3Gets: 0,
      kms: 0,
      stepFunctions: 0,
    };
    counted.set(name, found);
    return found;
  };
  const world = await openAwsWorld({
    onCall: (name, call) =>
      caller.run(name, async (): Promise<Json> => {
        of(name).calls += 1;
        const start = performance.now();
        try {
          return await call();
        } finally {
          times.set(name, [...(times.get(name) ?? []), performance.now() - start]);
        }
      }),
  });
  const watch = (
    client: { readonly middlewareStack: unknown },
    seen: (counts: FunctionCounts, command: string, output: object) => void,
  ) =>
    (client.middlewareStack as Stack).add(
      (next, { commandName = '' }) =>
        async (args) => {
          let output: object = {};
          try {
            const result = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } });
            ({ output } = result);
            return result;
          } finally {
            // An answer that something is not there, or is there already, costs as much.
            const name = caller.getStore();
            if (name !== undefined) seen(of(name), commandName, output);
          }
        },
      { step: 'initialize', name: 'counted' },
    );
  watch(world.dynamoDb, (counts, command, output) => {
    const { ConsumedCapacity } = output as { ConsumedCapacity?: Capacity | Capacity[] };
    const units = [ConsumedCapacity ?? []].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
    counts.dynamoDbCalls += 1;
    if (/^(Get|Query|BatchGet|Scan)/.test(command)) counts.dynamoDbReads += units;
    else counts.dynamoDbWrites += units;
  });
  watch(world.s3, (counts, command) => {
    if (/^(Put|List|Copy)/.test(command)) counts.s3Puts += 1;
    else counts.s3Gets += 1;
  });
  watch(world.kms, (counts) => {
    counts.kms += 1;
  });
  watch(world.stepFunctions, (counts) => {
    counts.stepFunctions += 1;
  });
  try {
    // Warms every function: models and cores are archived once an instance, not once a decision.
    await decide(world, { ...submission(COUNTED.approved), applicationId: 'cost-warms-0001' });
    await decide(world, { ...submission(COUNTED.declined), applicationId: 'cost-warms-0002' });
    const result: Partial<Record<Counted, DecisionCounts>> = {};
    for (const [kind, name] of Object.entries(COUNTED) as [Counted, string][]) {
      counted = new Map();
      const before = (await world.events.read({ limit: 10_000 })).length;
      const history = await decide(world, { ...submission(name), applicationId: `cost-counted-${kind}` });
      result[kind] = {
        transitions: history.filter(({ type }) => type.endsWith('StateEntered')).length,
        // Rounded, because an instant or a name more or less is no other cost.
        historyBytes: Math.round(Buffer.byteLength(JSON.stringify(history)) / 1_000) * 1_000,
        events: (await world.events.read({ limit: 10_000 })).length - before,
        functions: Object.fromEntries(counted),
      };
    }
    const durations = Object.fromEntries(
      [...times].map(([name, all]) => [name, Math.round(Math.min(...all) * 10) / 10]),
    );
    return { counts: result as Record<Counted, DecisionCounts>, durations };
  } finally {
    await world.close();
  }
}

interface Capacity {
  readonly CapacityUnits?: number;
}

function submission(name: string): JsonObject {
  return JSON.parse(readFileSync(join(EXAMPLES, `${name}.json`), 'utf8')) as JsonObject;
}

async function decide(world: Awaited<ReturnType<typeof openAwsWorld>>, sent: JsonObject) {
  const answer = (await world.invoke('IntakeApplication', sent)) as { result: string; executionArn: string };
  if (answer.result !== 'ACCEPTED') throw new TypeError(`The sample was not accepted: ${JSON.stringify(answer)}`);
  await world.settled();
  return world.history(answer.executionArn);
}
