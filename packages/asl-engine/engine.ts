import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';

import { listed, withoutData, type ExecutionEnd, type ListedExecution } from './answers.ts';
import { parseJson, tooLarge } from './data.ts';
import { Deliveries } from './deliveries.ts';
import {
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  ExecutionNotRedrivable,
  InvalidExecutionInput,
  InvalidName,
  InvalidOutput,
} from './errors.ts';
import { Executions } from './executions.ts';
import { Expressions } from './expressions.ts';
import { ROLE_ARN } from './history.ts';
import { Interpreter } from './interpreter.ts';
import { Journal } from './journal.ts';
import type { Json } from './json.ts';
import { Machines, type StateMachineSource } from './machines.ts';
import type { Bucket, EngineClock, EngineDatabase, HistoryEvent, Invoke } from './ports.ts';
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
  readonly #database: EngineDatabase;
  readonly #store: EngineStore;
  readonly #work: Work;
  readonly #expressions: Expressions;
  readonly #machines: Machines;
  readonly #executions: Executions;
  readonly #deliveries: Deliveries;
  readonly #journal: Journal;
  readonly #interpreter: Interpreter;
  readonly #now: () => number;

  /** @throws StateMachineRefused */
  constructor(options: EngineOptions) {
    const { database, invoke } = options;
    const clock = options.clock ?? systemClock;
    const random = options.random ?? Math.random;
    const now = () => clock.now().getTime();
    const timers = new Timers(clock);
    const store = new EngineStore(database);
    const work = new Work(database, timers, now);
    const expressions = new Expressions({ now: () => clock.now(), random });
    const executions = new Executions(store, timers, {
      timedOut: (execution) => this.#interpreter.executionTimedOut(execution),
      due: (frame) => this.#interpreter.due(frame),
    });
    const deliveries = new Deliveries({
      store,
      timers,
      now,
      stopped: () => work.halted !== undefined || work.closing,
      later: (then) => work.later(then),
      during: (doing) => work.during(doing),
      write: (writes) => database.writeNow(writes),
    });
    const journal = new Journal({ database, store, timers, expressions, work, executions, deliveries, now });
    this.#database = database;
    this.#store = store;
    this.#work = work;
    this.#expressions = expressions;
    const machines = new Machines(database, store, expressions, now);
    this.#machines = machines;
    this.#executions = executions;
    this.#deliveries = deliveries;
    this.#journal = journal;
    this.#interpreter = new Interpreter({
      database,
      store,
      timers,
      work,
      executions,
      journal,
      machines,
      invoke,
      buckets: options.buckets ?? {},
      now,
      random,
    });
    this.#now = now;
    for (const source of options.stateMachines) this.#machines.load(source);
    this.#resume();
  }

  get statistics(): EngineStatistics {
    const { expressions, nanoseconds } = this.#expressions.statistics;
    return {
      ...this.#journal.statistics,
      ...this.#interpreter.tasks.statistics,
      expressions,
      jsonataNanoseconds: nanoseconds,
    };
  }

  /** Calls of functions and transitions under way. */
  get underWay(): number {
    return this.#work.busy;
  }

  // The calls of the Step Functions API. Instants are ISO 8601 here.

  /** @throws StateMachineDoesNotExist, InvalidArn, InvalidName, InvalidExecutionInput, ExecutionAlreadyExists, EngineHalted */
  async startExecution(request: {
    readonly stateMachineArn: string;
    readonly name?: string | undefined;
    /** JSON. @default {} */
    readonly input?: string | undefined;
  }): Promise<{ executionArn: string; startDate: string }> {
    this.#work.check();
    const machine = this.#machines.machine(request.stateMachineArn);
    const name = request.name ?? randomUUID();
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(name)) {
      throw new InvalidName('Invalid Name: it must be 1 to 80 letters, digits, "-" or "_"');
    }
    const text = request.input ?? '{}';
    if (tooLarge(text)) throw new InvalidExecutionInput(`Invalid State Machine Execution Input: more than 256 KiB`);
    const input = parseJson(text);
    if (input === undefined) throw new InvalidExecutionInput(`Invalid State Machine Execution Input: no JSON`);
    if (machine.contract) {
      await machine.contract.start({ name: request.name, input: text });
      this.#work.check();
    }
    const known = this.#store.executionNamed(machine.name, name);
    if (known) {
      const same = known.status === 'RUNNING' && isDeepStrictEqual(JSON.parse(known.input), input);
      await this.#database.committed();
      if (same)
        return { executionArn: executionArnOf(known.machine, known.name), startDate: instant(known.started_at) };
      throw new ExecutionAlreadyExists(`Execution Already Exists: '${executionArnOf(machine.name, name)}'`);
    }
    const at = this.#now();
    const { timeoutSeconds } = machine.definition;
    const row: ExecutionRow = {
      id: (this.#executions.counters.execution += 1),
      machine: machine.name,
      name,
      definition: machine.definitionId,
      status: 'RUNNING',
      input: text,
      output: null,
      error: null,
      cause: null,
      started_at: at,
      stopped_at: null,
      deadline: timeoutSeconds === undefined ? null : at + timeoutSeconds * 1000,
      redrive_count: 0,
      redriven_at: null,
      delivered: 0,
    };
    const execution = this.#executions.open(row, machine.definition, input);
    const root = this.#executions.rootFrame(execution, text);
    const executionStartedEventDetails = { input: text, inputDetails: { truncated: false }, roleArn: ROLE_ARN };
    this.#journal.note(root, 'ExecutionStarted', { executionStartedEventDetails }, at);
    this.#journal.flush(root, () => this.#store.insertExecution(row));
    this.#interpreter.go(root, { kind: 'enter' });
    await this.#database.committed();
    return { executionArn: execution.arn, startDate: instant(at) };
  }

  /** @throws InvalidArn, ExecutionDoesNotExist, ValidationException, EngineHalted */
  async stopExecution(request: {
    readonly executionArn: string;
    readonly error?: string | undefined;
    readonly cause?: string | undefined;
  }): Promise<{ stopDate: string }> {
    this.#work.check();
    const row = this.#executionRow(request.executionArn);
    this.#machines.contractOf(row.machine)?.failure(request);
    const execution = this.#executions.byId.get(row.id);
    const end = { error: request.error, cause: request.cause };
    const stoppedAt = execution
      ? this.#journal.conclude(execution, 'ABORTED', end, { executionAbortedEventDetails: end })
      : (row.stopped_at ?? 0);
    await this.#database.committed();
    return { stopDate: instant(stoppedAt) };
  }

  /** @throws InvalidArn, ExecutionDoesNotExist, EngineHalted */
  async describeExecution(request: {
    readonly executionArn: string;
  }): Promise<ExecutionDescription & { redriveStatus: 'REDRIVABLE' | 'NOT_REDRIVABLE'; redriveStatusReason?: string }> {
    this.#work.check();
    const row = this.#executionRow(request.executionArn);
    await this.#database.committed();
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
    this.#work.check();
    const machine = this.#machines.machine(request.stateMachineArn);
    const limit = pageSize(request.maxResults, 100);
    const found = listExecutions(this.#database, {
      machine: machine.name,
      limit: limit + 1,
      ...(request.statusFilter !== undefined && { status: request.statusFilter }),
      ...(request.nextToken !== undefined && { before: readPageToken(request.nextToken, 'executions') }),
    });
    await this.#database.committed();
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
    this.#work.check();
    const limit = pageSize(request.maxResults, 100);
    const reverseOrder = request.reverseOrder ?? false;
    const order = reverseOrder ? 'history-reversed' : 'history';
    const found = readHistory(this.#database, request.executionArn, {
      limit: limit + 1,
      reverseOrder,
      ...(request.nextToken !== undefined && { after: readPageToken(request.nextToken, order) }),
    });
    await this.#database.committed();
    const page = found.slice(0, limit);
    return {
      events: (request.includeExecutionData ?? true) ? page : page.map((event) => withoutData(event)),
      ...(found.length > limit && { nextToken: pageToken(order, page.at(-1)!.id) }),
    };
  }

  /** The whole history, oldest first. @throws InvalidArn, ExecutionDoesNotExist, EngineHalted */
  async history(executionArn: string): Promise<HistoryEvent[]> {
    this.#work.check();
    const events = readHistory(this.#database, executionArn);
    await this.#database.committed();
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
    const machine = this.#machines.machine(request.stateMachineArn);
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
      stateMachines: [...this.#machines.byName.values()].map((machine) => ({
        stateMachineArn: stateMachineArnOf(machine.name),
        name: machine.name,
        type: 'STANDARD',
        creationDate: instant(machine.createdAt),
      })),
    };
  }

  /** @throws InvalidToken, TaskDoesNotExist, TaskTimedOut, InvalidOutput, EngineHalted */
  async sendTaskSuccess(request: { readonly taskToken: string; readonly output: string }): Promise<void> {
    this.#work.check();
    const result = tooLarge(request.output) ? undefined : parseJson(request.output);
    if (result === undefined) throw new InvalidOutput('Invalid Output: it must be JSON of at most 256 KiB');
    const { execution, row } = this.#interpreter.tasks.holder(request.taskToken);
    this.#machines.contractOf(execution.machine)?.output(row.function!, request.output);
    const frame = this.#interpreter.tasks.spend(request.taskToken);
    await this.#interpreter.settled(frame, this.#interpreter.tasks.taskSucceeded(frame, result, request.output));
  }

  /** @throws InvalidToken, TaskDoesNotExist, TaskTimedOut, ValidationException, EngineHalted */
  async sendTaskFailure(request: {
    readonly taskToken: string;
    readonly error?: string | undefined;
    readonly cause?: string | undefined;
  }): Promise<void> {
    this.#work.check();
    const { execution } = this.#interpreter.tasks.holder(request.taskToken);
    this.#machines.contractOf(execution.machine)?.failure(request);
    const frame = this.#interpreter.tasks.spend(request.taskToken);
    await this.#interpreter.settled(
      frame,
      this.#interpreter.tasks.taskFailed(frame, { error: request.error ?? '', cause: request.cause ?? '' }),
    );
  }

  /** @throws InvalidToken, TaskDoesNotExist, TaskTimedOut, EngineHalted */
  async sendTaskHeartbeat(request: { readonly taskToken: string }): Promise<void> {
    this.#work.check();
    const frame = this.#interpreter.tasks.holder(request.taskToken);
    if (frame.row.heartbeat_seconds !== null) {
      frame.row.heartbeat_at = this.#now() + frame.row.heartbeat_seconds * 1000;
      this.#journal.flush(frame);
      this.#executions.arm(frame);
    }
    await this.#database.committed();
  }

  /**
   * Runs a failed, timed-out or aborted execution again from the state that did not exit.
   * @throws InvalidArn, ExecutionDoesNotExist, ExecutionNotRedrivable, EngineHalted
   */
  async redriveExecution(request: { readonly executionArn: string }): Promise<{ redriveDate: string }> {
    this.#work.check();
    const row = this.#executionRow(request.executionArn);
    const reason = this.#notRedrivable(row);
    if (reason !== undefined) throw new ExecutionNotRedrivable(`Execution Not Redrivable: ${reason}`);
    const at = this.#now();
    this.#interpreter.redrive(row);
    await this.#database.committed();
    return { redriveDate: instant(at) };
  }

  /**
   * Tells of every execution that ended, durably and at least once: until `listener` has resolved, the end is told again,
   * after a pause and after a restart. One listener an engine.
   */
  onExecutionEnd(listener: (end: ExecutionEnd) => Promise<void>): void {
    this.#deliveries.listen(listener);
  }

  /**
   * Resolves when nothing moves without help from outside: no function runs, no transition is under way, no end is being
   * told, and no timer is due within `horizonMs`. Executions may still wait for task tokens or for later timers.
   */
  drain(horizonMs = 0): Promise<void> {
    return this.#work.drain(horizonMs);
  }

  /**
   * Takes no more calls and starts nothing more; waits up to `limitMs` for functions that run, and keeps their results.
   * What is open goes on when an engine is opened on the same database. The database stays open.
   */
  close(limitMs = 10_000): Promise<void> {
    return this.#work.close(limitMs);
  }

  #resume(): void {
    this.#database.writeNow(() => this.#store.deleteFramesOfEndedBefore(this.#now() - REDRIVE_PERIOD_MS));
    const frames = this.#store.running().flatMap((row) => {
      const definition = this.#machines.definition(row.definition);
      return this.#executions.loadFrames(this.#executions.open(row, definition, JSON.parse(row.input) as Json));
    });
    // All are there before one moves: a map run finds its children.
    for (const frame of frames) this.#interpreter.wake(frame);
  }

  #executionRow(executionArn: string): ExecutionRow {
    const { machine, name } = parseExecutionArn(executionArn);
    const row = this.#store.executionNamed(machine, name);
    if (!row) throw new ExecutionDoesNotExist('Execution Does Not Exist');
    return row;
  }

  #notRedrivable(row: ExecutionRow): string | undefined {
    if (row.status === 'RUNNING') return 'Execution is RUNNING and cannot be redriven';
    if (row.status === 'SUCCEEDED') return 'Execution is SUCCEEDED and cannot be redriven';
    if (this.#now() - row.stopped_at! > REDRIVE_PERIOD_MS)
      return 'Execution has exceeded the redrivable period of 14 days';
    if (this.#store.lastEvent(row.id) >= MAX_EVENTS - 1) return 'Execution event history limit exceeded';
    return undefined;
  }
}

/** Opens an engine on a database and goes on with every execution that is open there. @throws StateMachineRefused */
export function openEngine(options: EngineOptions): Engine {
  return new Engine(options);
}
