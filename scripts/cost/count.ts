import { AsyncLocalStorage } from 'node:async_hooks';

import type { Json, JsonObject } from '../../domain/json.ts';
import { openAwsWorld } from '../../test/support/aws-world.ts';
import { sampleNow } from '../../test/support/samples.ts';

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
const COUNTED = { approved: 'approve-lowest-rate', declined: 'decline-by-model' } as const;
export type Counted = keyof typeof COUNTED;

interface Stack {
  add(middleware: (next: Next, context: { commandName?: string }) => Next, options: object): void;
}
type Next = (args: { input: object }) => Promise<{ output: object }>;

/** What is counted while the samples are decided. */
class Counter {
  readonly #caller = new AsyncLocalStorage<string>();
  readonly #times = new Map<string, number[]>();
  #counted = new Map<string, FunctionCounts>();

  /** Runs a call of a function, and counts it and all that it causes. */
  onCall = (name: string, call: () => Promise<Json>): Promise<Json> =>
    this.#caller.run(name, async () => {
      this.#of(name).calls += 1;
      const start = performance.now();
      try {
        return await call();
      } finally {
        this.#times.set(name, [...(this.#times.get(name) ?? []), performance.now() - start]);
      }
    });

  /** Counts the requests of a client. */
  watch(
    client: { readonly middlewareStack: unknown },
    seen: (counts: FunctionCounts, command: string, output: object) => void,
  ): void {
    (client.middlewareStack as Stack).add(
      (next, { commandName = '' }) =>
        async (args) => {
          let output: object = {};
          try {
            const result = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } });
            ({ output } = result);
            return result;
          } finally {
            // An answer that an item is missing, or is there already, costs as much.
            const name = this.#caller.getStore();
            if (name !== undefined) seen(this.#of(name), commandName, output);
          }
        },
      { step: 'initialize', name: 'counted' },
    );
  }

  restart(): void {
    this.#counted = new Map();
  }

  functions(): Record<string, FunctionCounts> {
    return Object.fromEntries(this.#counted);
  }

  /** The shortest call of each function, in tenths of a ms. */
  durations(): Durations {
    return Object.fromEntries([...this.#times].map(([name, all]) => [name, Math.round(Math.min(...all) * 10) / 10]));
  }

  #of(name: string): FunctionCounts {
    const found = this.#counted.get(name) ?? { ...NOTHING };
    this.#counted.set(name, found);
    return found;
  }
}

const NOTHING: FunctionCounts = {
  calls: 0,
  dynamoDbWrites: 0,
  dynamoDbReads: 0,
  dynamoDbCalls: 0,
  s3Puts: 0,
  s3Gets: 0,
  kms: 0,
  stepFunctions: 0,
};

type World = Awaited<ReturnType<typeof openAwsWorld>>;

/**
 * Runs the sample applications through the real handlers over the adapters of AWS and counts every call that leaves them.
 * Each function has its own caches, as on AWS, warm from another application.
 */
export async function countDecisions(): Promise<{ counts: Record<Counted, DecisionCounts>; durations: Durations }> {
  const counter = new Counter();
  const world = await openAwsWorld({ onCall: counter.onCall });
  watchClients(counter, world);
  try {
    // Warms every function: models and cores are archived once an instance, not once a decision.
    await decide(world, { ...sampleNow(COUNTED.approved), applicationId: 'cost-warms-0001' });
    await decide(world, { ...sampleNow(COUNTED.declined), applicationId: 'cost-warms-0002' });
    const counts = {
      approved: await countDecision(counter, world, 'approved'),
      declined: await countDecision(counter, world, 'declined'),
    };
    return { counts, durations: counter.durations() };
  } finally {
    await world.close();
  }
}

function watchClients(counter: Counter, world: World): void {
  counter.watch(world.dynamoDb, (counts, command, output) => {
    const { ConsumedCapacity } = output as { ConsumedCapacity?: Capacity | Capacity[] };
    const units = [ConsumedCapacity ?? []].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
    counts.dynamoDbCalls += 1;
    if (/^(Get|Query|BatchGet|Scan)/.test(command)) counts.dynamoDbReads += units;
    else counts.dynamoDbWrites += units;
  });
  counter.watch(world.s3, (counts, command) => {
    if (/^(Put|List|Copy)/.test(command)) counts.s3Puts += 1;
    else counts.s3Gets += 1;
  });
  counter.watch(world.kms, (counts) => {
    counts.kms += 1;
  });
  counter.watch(world.stepFunctions, (counts) => {
    counts.stepFunctions += 1;
  });
}

async function countDecision(counter: Counter, world: World, kind: Counted): Promise<DecisionCounts> {
  counter.restart();
  const before = (await world.events.read({ limit: 10_000 })).length;
  const history = await decide(world, { ...sampleNow(COUNTED[kind]), applicationId: `cost-counted-${kind}` });
  return {
    transitions: history.filter(({ type }) => type.endsWith('StateEntered')).length,
    // Rounded, because an instant or a name more or less is no other cost.
    historyBytes: Math.round(Buffer.byteLength(JSON.stringify(history)) / 1_000) * 1_000,
    events: (await world.events.read({ limit: 10_000 })).length - before,
    functions: counter.functions(),
  };
}

interface Capacity {
  readonly CapacityUnits?: number;
}

async function decide(world: World, sent: JsonObject) {
  const answer = (await world.invoke('IntakeApplication', sent)) as { result: string; executionArn: string };
  if (answer.result !== 'ACCEPTED') throw new TypeError(`The sample was not accepted: ${JSON.stringify(answer)}`);
  await world.settled();
  return world.history(answer.executionArn);
}
