import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';

import { listed, withoutData, type ExecutionEnd, type ListedExecution } from './answers.ts';
import { BusyTime } from './busy-time.ts';
import type { EngineContext } from './context.ts';
import { parseJson, tooLarge } from './data.ts';
import { listen } from './deliveries.ts';
import {
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  ExecutionNotRedrivable,
  InvalidExecutionInput,
  InvalidName,
  InvalidOutput,
} from './errors.ts';
import { arm } from './executions.ts';
import { Expressions } from './expressions.ts';
import { ROLE_ARN } from './history.ts';
import { go, settled } from './interpreter.ts';
import { begin, conclude, flush } from './journal.ts';
import type { Json } from './json.ts';
import { Machines, type Machine, type StateMachineSource } from './machines.ts';
import type { Bucket, EngineClock, EngineDatabase, HistoryEvent, Invoke } from './ports.ts';
import { due, redrive, resumeAll, timedOut } from './resume.ts';
import {
  describeRow,
  EngineStore,
  executionArnOf,
  instant,
  listExecutions,
  MAX_EVENTS,
  parseExecutionArn,
  readHistory,
  stateMachineArnOf,
  type ExecutionDescription,
  type ExecutionRow,
  type ExecutionStatus,
} from './store.ts';
import { holderOf, taskFailed, taskSucceeded } from './tasks.ts';
import { systemClock, Timers } from './timers.ts';
import { pageSize, pageToken, readPageToken } from './tokens.ts';
import { Work } from './work.ts';

export interface EngineOptions {
  readonly database: EngineDatabase;
  readonly stateMachines: readonly StateMachineSource[];
  readonly invoke: Invoke;
  /** What answers as S3, by the name of the bucket. @default none */
  readonly buckets?: Readonly<Record<string, Bucket>>;
  /** @default the system's clock and timers */
  readonly clock?: EngineClock;
  /** In [0, 1): jitter of retries and `$random`. @default Math.random */
  readonly random?: () => number;
}

export interface EngineStatistics {
  /** Times a frame was written. */
  readonly transitions: number;
  readonly events: number;
  readonly executionsEnded: number;
  readonly invocations: number;
  readonly expressions: number;
  /** Time with at least one JSONata expression under evaluation, less writes to the database meanwhile. */
  readonly jsonataNanoseconds: bigint;
  /** Time with at least one function running. */
  readonly handlerNanoseconds: bigint;
  /** Time in statements of transitions; commits are counted by the database. */
  readonly storageNanoseconds: bigint;
}

const REDRIVE_PERIOD_MS = 14 * 86_400_000;

/**
 * Runs JSONata state machines durably in SQLite and answers as Step Functions does.
 *
 * Every transition is written in one transaction, and nothing leaves (no function call, no answer, no event) before that
 * transaction is on disk. A function may be called again after a crash: at least once, as on AWS under Retry.
 */
export class Engine {
  readonly #engine: EngineContext;

  /** Use `openEngine`. */
  constructor(engine: EngineContext) {
    this.#engine = engine;
  }

  get statistics(): EngineStatistics {
    const { statistics, handlerTime, expressions } = this.#engine;
    return {
      ...statistics,
      handlerNanoseconds: handlerTime.nanoseconds,
      expressions: expressions.evaluated,
      jsonataNanoseconds: expressions.time.nanoseconds,
    };
  }

  /** Calls of functions and transitions under way. */
  get underWay(): number {
    return this.#engine.work.busy;
  }

  // The calls of the Step Functions API. Instants are ISO 8601 here.

  /**
   * Starts an execution. The same name and input as a running one return that one.
   * @throws StateMachineDoesNotExist, InvalidArn, InvalidName, InvalidExecutionInput, ExecutionAlreadyExists, EngineHalted
   */
  async startExecution(request: {
    readonly stateMachineArn: string;
    readonly name?: string | undefined;
    /** JSON. @default {} */
    readonly input?: string | undefined;
  }): Promise<{ executionArn: string; startDate: string }> {
    const engine = this.#engine;
    engine.work.check();
    const machine = engine.machines.machine(request.stateMachineArn);
    const { name, input, value } = readStart(request);
    if (machine.contract) {
      await machine.contract.start({ name: request.name, input });
      engine.work.check();
    }
    const known = engine.store.executionNamed(machine.name, name);
    if (known) return this.#startedAlready(machine, known, value);
    const execution = begin(engine, machine, name, { input, value });
    go(engine, execution.root, { kind: 'enter' });
    await engine.database.committed();
    return { executionArn: execution.arn, startDate: instant(execution.startedAt) };
  }

  /** @throws ExecutionAlreadyExists */
  async #startedAlready(machine: Machine, known: ExecutionRow, input: Json) {
    const same = known.status === 'RUNNING' && isDeepStrictEqual(JSON.parse(known.input), input);
    await this.#engine.database.committed();
    const executionArn = executionArnOf(machine.name, known.name);
    if (same) return { executionArn, startDate: instant(known.started_at) };
    throw new ExecutionAlreadyExists(`Execution Already Exists: '${executionArn}'`);
  }

  /** @throws InvalidArn, ExecutionDoesNotExist, ValidationException, EngineHalted */
  async stopExecution(request: {
    readonly executionArn: string;
    readonly error?: string | undefined;
    readonly cause?: string | undefined;
  }): Promise<{ stopDate: string }> {
    const engine = this.#engine;
    engine.work.check();
    const row = this.#executionRow(request.executionArn);
    engine.machines.contractOf(row.machine)?.failure(request);
    const execution = engine.executions.get(row.id);
    const end = { error: request.error, cause: request.cause };
    const stoppedAt = execution ? conclude(engine, execution, 'ABORTED', end) : (row.stopped_at ?? 0);
    await engine.database.committed();
    return { stopDate: instant(stoppedAt) };
  }

  /** @throws InvalidArn, ExecutionDoesNotExist, EngineHalted */
  async describeExecution(request: {
    readonly executionArn: string;
  }): Promise<ExecutionDescription & { redriveStatus: 'REDRIVABLE' | 'NOT_REDRIVABLE'; redriveStatusReason?: string }> {
    this.#engine.work.check();
    const row = this.#executionRow(request.executionArn);
    await this.#engine.database.committed();
    const reason = this.#notRedrivable(row);
    return {
      ...describeRow(row),
      redriveStatus: reason === undefined ? 'REDRIVABLE' : 'NOT_REDRIVABLE',
      ...(reason !== undefined && { redriveStatusReason: reason }),
    };
  }

  /** Newest first. @throws InvalidArn, StateMachineDoesNotExist, ValidationException, EngineHalted */
  async listExecutions(request: {
    readonly stateMachineArn: string;
    readonly statusFilter?: ExecutionStatus | undefined;
    /** 1 to 1000. @default 100 */
    readonly maxResults?: number | undefined;
    readonly nextToken?: string | undefined;
  }): Promise<{
    executions: ListedExecution[];
    nextToken?: string;
  }> {
    this.#engine.work.check();
    const machine = this.#engine.machines.machine(request.stateMachineArn);
    const limit = pageSize(request.maxResults, 100);
    const found = listExecutions(this.#engine.database, {
      machine: machine.name,
      limit: limit + 1,
      ...(request.statusFilter !== undefined && { status: request.statusFilter }),
      ...(request.nextToken !== undefined && { before: readPageToken(request.nextToken, 'executions') }),
    });
    await this.#engine.database.committed();
    const page = found.slice(0, limit);
    return {
      executions: page.map((found) => listed(found)),
      ...(found.length > limit && { nextToken: pageToken('executions', page.at(-1)!.id) }),
    };
  }

  /** @throws InvalidArn, ExecutionDoesNotExist, ValidationException, EngineHalted */
  async getExecutionHistory(request: {
    readonly executionArn: string;
    /** 1 to 1000. @default 100 */
    readonly maxResults?: number | undefined;
    readonly nextToken?: string | undefined;
    /** @default false */
    readonly reverseOrder?: boolean | undefined;
    /** Whether inputs and outputs are given. @default true */
    readonly includeExecutionData?: boolean | undefined;
  }): Promise<{ events: HistoryEvent[]; nextToken?: string }> {
    this.#engine.work.check();
    const limit = pageSize(request.maxResults, 100);
    const reverseOrder = request.reverseOrder ?? false;
    const order = reverseOrder ? 'history-reversed' : 'history';
    const found = readHistory(this.#engine.database, request.executionArn, {
      limit: limit + 1,
      reverseOrder,
      ...(request.nextToken !== undefined && { after: readPageToken(request.nextToken, order) }),
    });
    await this.#engine.database.committed();
    const page = found.slice(0, limit);
    return {
      events: (request.includeExecutionData ?? true) ? page : page.map((event) => withoutData(event)),
      ...(found.length > limit && { nextToken: pageToken(order, page.at(-1)!.id) }),
    };
  }

  /** The whole history, oldest first. @throws InvalidArn, ExecutionDoesNotExist, EngineHalted */
  async history(executionArn: string): Promise<HistoryEvent[]> {
    this.#engine.work.check();
    const events = readHistory(this.#engine.database, executionArn);
    await this.#engine.database.committed();
    return events;
  }

  /** @throws InvalidArn, StateMachineDoesNotExist */
  describeStateMachine(request: { readonly stateMachineArn: string }): {
    stateMachineArn: string;
    name: string;
    status: 'ACTIVE';
    type: 'STANDARD';
    definition: string;
    roleArn: string;
    creationDate: string;
  } {
    const machine = this.#engine.machines.machine(request.stateMachineArn);
    return {
      stateMachineArn: stateMachineArnOf(machine.name),
      name: machine.name,
      status: 'ACTIVE',
      type: 'STANDARD',
      definition: machine.text,
      roleArn: ROLE_ARN,
      creationDate: instant(machine.createdAt),
    };
  }

  listStateMachines(): {
    stateMachines: { stateMachineArn: string; name: string; type: 'STANDARD'; creationDate: string }[];
  } {
    return {
      stateMachines: [...this.#engine.machines.byName.values()].map((machine) => ({
        stateMachineArn: stateMachineArnOf(machine.name),
        name: machine.name,
        type: 'STANDARD',
        creationDate: instant(machine.createdAt),
      })),
    };
  }

  /** @throws InvalidToken, TaskDoesNotExist, TaskTimedOut, InvalidOutput, EngineHalted */
  async sendTaskSuccess(request: { readonly taskToken: string; readonly output: string }): Promise<void> {
    const engine = this.#engine;
    engine.work.check();
    const result = tooLarge(request.output) ? undefined : parseJson(request.output);
    if (result === undefined) throw new InvalidOutput('Invalid Output: it must be JSON of at most 256 KiB');
    const frame = holderOf(engine, request.taskToken);
    engine.machines.contractOf(frame.execution.machine)?.output(frame.row.function!, request.output);
    engine.tokens.delete(request.taskToken);
    await settled(engine, frame, taskSucceeded(engine, frame, result, request.output));
  }

  /** @throws InvalidToken, TaskDoesNotExist, TaskTimedOut, ValidationException, EngineHalted */
  async sendTaskFailure(request: {
    readonly taskToken: string;
    readonly error?: string | undefined;
    readonly cause?: string | undefined;
  }): Promise<void> {
    const engine = this.#engine;
    engine.work.check();
    const frame = holderOf(engine, request.taskToken);
    engine.machines.contractOf(frame.execution.machine)?.failure(request);
    engine.tokens.delete(request.taskToken);
    const failure = { error: request.error ?? '', cause: request.cause ?? '' };
    await settled(engine, frame, taskFailed(engine, frame, failure));
  }

  /** @throws InvalidToken, TaskDoesNotExist, TaskTimedOut, EngineHalted */
  async sendTaskHeartbeat(request: { readonly taskToken: string }): Promise<void> {
    const engine = this.#engine;
    engine.work.check();
    const frame = holderOf(engine, request.taskToken);
    if (frame.row.heartbeat_seconds !== null) {
      frame.row.heartbeat_at = engine.now() + frame.row.heartbeat_seconds * 1000;
      flush(engine, frame);
      arm(engine, frame);
    }
    await engine.database.committed();
  }

  /**
   * Runs a failed, timed-out or aborted execution again from the state that did not exit.
   * @throws InvalidArn, ExecutionDoesNotExist, ExecutionNotRedrivable, EngineHalted
   */
  async redriveExecution(request: { readonly executionArn: string }): Promise<{ redriveDate: string }> {
    const engine = this.#engine;
    engine.work.check();
    const row = this.#executionRow(request.executionArn);
    const reason = this.#notRedrivable(row);
    if (reason !== undefined) throw new ExecutionNotRedrivable(`Execution Not Redrivable: ${reason}`);
    const at = engine.now();
    redrive(engine, row);
    await engine.database.committed();
    return { redriveDate: instant(at) };
  }

  /**
   * Delivers the end of every execution to `listener`, durably and at least once. Until the listener has resolved, the
   * engine delivers the end again, after a pause and after a restart. An engine takes one listener.
   */
  onExecutionEnd(listener: (end: ExecutionEnd) => Promise<void>): void {
    listen(this.#engine, listener);
  }

  /**
   * Resolves when nothing moves without help from outside: no function runs, no transition is under way, no end is being
   * delivered, and no timer is due within `horizonMs`. Executions may still wait for task tokens or for later timers.
   */
  drain(horizonMs = 0): Promise<void> {
    return this.#engine.work.drain(horizonMs);
  }

  /**
   * Takes no more calls and starts nothing more; waits up to `limitMs` for functions that run, and keeps their results.
   * What is open goes on when an engine is opened on the same database. The database stays open.
   */
  close(limitMs = 10_000): Promise<void> {
    return this.#engine.work.close(limitMs);
  }

  #executionRow(executionArn: string): ExecutionRow {
    const { machine, name } = parseExecutionArn(executionArn);
    const row = this.#engine.store.executionNamed(machine, name);
    if (!row) throw new ExecutionDoesNotExist('Execution Does Not Exist');
    return row;
  }

  #notRedrivable(row: ExecutionRow): string | undefined {
    if (row.status === 'RUNNING') return 'Execution is RUNNING and cannot be redriven';
    if (row.status === 'SUCCEEDED') return 'Execution is SUCCEEDED and cannot be redriven';
    if (this.#engine.now() - row.stopped_at! > REDRIVE_PERIOD_MS)
      return 'Execution has exceeded the redrivable period of 14 days';
    if (this.#engine.store.lastEvent(row.id) >= MAX_EVENTS - 1) return 'Execution event history limit exceeded';
    return undefined;
  }
}

/** Opens an engine on a database and goes on with every execution that is open there. @throws StateMachineRefused */
export function openEngine(options: EngineOptions): Engine {
  const engine = newContext(options);
  for (const source of options.stateMachines) engine.machines.load(source);
  engine.database.writeNow(() => engine.store.deleteFramesOfEndedBefore(engine.now() - REDRIVE_PERIOD_MS));
  resumeAll(engine);
  return new Engine(engine);
}

function newContext(options: EngineOptions): EngineContext {
  const { database, invoke, buckets = {}, clock = systemClock, random = Math.random } = options;
  const now = () => clock.now().getTime();
  const timers = new Timers(clock);
  const store = new EngineStore(database);
  const expressions = new Expressions({ now: () => clock.now(), random });
  const engine: EngineContext = {
    database,
    store,
    expressions,
    machines: new Machines(database, store, expressions, now),
    timers,
    work: new Work(database, timers, now),
    invoke,
    buckets,
    now,
    random,
    executions: new Map(),
    tokens: new Map(),
    ids: store.counters(),
    deliveries: { listener: undefined, waiting: [], active: 0 },
    statistics: { transitions: 0, events: 0, executionsEnded: 0, invocations: 0, storageNanoseconds: 0n },
    handlerTime: new BusyTime(),
    interpreter: {
      go: (frame, move) => go(engine, frame, move),
      due: (frame) => due(engine, frame),
      timedOut: (execution) => timedOut(engine, execution),
      redrive: (row) => redrive(engine, row),
    },
  };
  return engine;
}

/** What a start asks for. @throws InvalidName, InvalidExecutionInput */
function readStart(request: { readonly name?: string | undefined; readonly input?: string | undefined }) {
  const name = request.name ?? randomUUID();
  if (!/^[A-Za-z0-9_-]{1,80}$/.test(name)) {
    throw new InvalidName('Invalid Name: it must be 1 to 80 letters, digits, "-" or "_"');
  }
  const input = request.input ?? '{}';
  if (tooLarge(input)) throw new InvalidExecutionInput(`Invalid State Machine Execution Input: more than 256 KiB`);
  const value = parseJson(input);
  if (value === undefined) throw new InvalidExecutionInput(`Invalid State Machine Execution Input: no JSON`);
  return { name, input, value };
}
