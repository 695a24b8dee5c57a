import { randomUUID } from 'node:crypto';

import type { GroupCommitDatabase } from '../../adapters/embedded/group-commit.ts';
import type { HistoryEvent } from '../../adapters/ports.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { canonicalJson, sha256 } from '../../domain/ledger/canonical-json.ts';
import { listed, withoutData, type ExecutionEnd, type ListedExecution } from './answers.ts';
import { limit, parseJson, TOO_LARGE, tooLarge } from './data.ts';
import { parseDefinition, substitute, type Catcher, type Definition, type State, type Way } from './definition.ts';
import { Deliveries } from './deliveries.ts';
import {
  EngineHalted,
  EvaluationFailed,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  ExecutionNotRedrivable,
  InvalidExecutionInput,
  InvalidName,
  InvalidOutput,
  InvalidToken,
  StateMachineDoesNotExist,
  StateMachineRefused,
  TaskDoesNotExist,
  TaskTimedOut,
  type Failure,
} from './errors.ts';
import { Expressions, type Bindings, type Template } from './expressions.ts';
import { newFan, newRow, timer, type Execution, type Fan, type FanPlan, type Frame, type Move } from './frame.ts';
import { asError, functionNameOf, lambdaFailure, type Invoke, type InvokeContext } from './functions.ts';
import {
  describeRow,
  EngineStore,
  executionArnOf,
  instant,
  listExecutions,
  MAX_EVENTS,
  parseExecutionArn,
  parseStateMachineArn,
  readHistory,
  stateMachineArnOf,
  type ExecutionDescription,
  type ExecutionRow,
  type ExecutionStatus,
  type FrameRow,
  type Phase,
} from './store.ts';
import { systemClock, Timers, type EngineClock } from './timers.ts';
import { executionOfToken, newToken, pageSize, pageToken, readPageToken } from './tokens.ts';

export type { ExecutionEnd, ListedExecution } from './answers.ts';
export type { Invoke, InvokeContext } from './functions.ts';

export interface StateMachineSource {
  /** 1 to 80 letters, digits, `-`, `_`. */
  readonly name: string;
  /** Amazon States Language, JSONata. */
  readonly definition: string;
  /** What replaces each `${Name}` of the definition. */
  readonly substitutions?: Readonly<Record<string, string>>;
}

export interface EngineOptions {
  readonly database: GroupCommitDatabase;
  readonly stateMachines: readonly StateMachineSource[];
  readonly invoke: Invoke;
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

interface Machine {
  readonly name: string;
  readonly text: string;
  readonly definitionId: number;
  readonly definition: Definition;
  readonly createdAt: number;
}

/** AWS runs this many items of an inline Map at once. */
const MAX_INLINE_CONCURRENCY = 40;
const MAX_SECONDS = 99_999_999;
const REDRIVE_PERIOD_MS = 14 * 86_400_000;
/** A frame that moves on without rest is written at least this often. */
const MOST_PENDING_EVENTS = 200;

/**
 * Runs JSONata state machines durably in SQLite and answers as Step Functions does.
 *
 * Every transition is written in one transaction, and nothing leaves (no function call, no answer, no event) before that
 * transaction is on disk. A function may be called again after a crash: at least once, as on AWS under Retry.
 */
export class Engine {
  readonly #database: GroupCommitDatabase;
  readonly #store: EngineStore;
  readonly #invokeFunction: Invoke;
  readonly #clock: EngineClock;
  readonly #random: () => number;
  readonly #timers: Timers;
  readonly #expressions: Expressions;
  readonly #machines = new Map<string, Machine>();
  readonly #definitions = new Map<number, Definition>();
  readonly #executions = new Map<number, Execution>();
  readonly #tokens = new Map<string, Frame>();
  readonly #counters: { execution: number; frame: number };
  #halted: EngineHalted | undefined;
  #closing = false;
  readonly #deliveries: Deliveries;
  /** Moves and calls under way. */
  #busy = 0;
  #running = 0;
  #runningSince = 0n;
  #whenIdle: (() => void)[] = [];
  readonly #statistics = {
    transitions: 0,
    events: 0,
    executionsEnded: 0,
    invocations: 0,
    handlerNanoseconds: 0n,
    storageNanoseconds: 0n,
  };

  /** @throws StateMachineRefused */
  constructor(options: EngineOptions) {
    this.#database = options.database;
    this.#invokeFunction = options.invoke;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#timers = new Timers(this.#clock);
    this.#expressions = new Expressions({ now: () => this.#clock.now(), random: this.#random });
    this.#store = new EngineStore(options.database);
    this.#counters = this.#store.counters();
    this.#deliveries = new Deliveries({
      store: this.#store,
      timers: this.#timers,
      now: () => this.#now(),
      stopped: () => this.#halted !== undefined || this.#closing,
      later: (work) => this.#later(work),
      during: (work) => this.#during(work),
      write: (work) => options.database.writeNow(work),
    });
    options.database.onFailure((failure) => this.#halt(failure));
    for (const source of options.stateMachines) this.#load(source);
    this.#resume();
  }

  get statistics(): EngineStatistics {
    const { expressions, nanoseconds } = this.#expressions.statistics;
    return { ...this.#statistics, expressions, jsonataNanoseconds: nanoseconds };
  }

  // The calls of the Step Functions API. Instants are ISO 8601 here.

  /** @throws StateMachineDoesNotExist, InvalidArn, InvalidName, InvalidExecutionInput, ExecutionAlreadyExists, EngineHalted */
  async startExecution(request: {
    readonly stateMachineArn: string;
    readonly name?: string | undefined;
    /** JSON. @default {} */
    readonly input?: string | undefined;
  }): Promise<{ executionArn: string; startDate: string }> {
    this.#check();
    const machine = this.#machine(request.stateMachineArn);
    const name = request.name ?? randomUUID();
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(name)) {
      throw new InvalidName(`Invalid Name: '${name}' has not 1 to 80 letters, digits, "-" or "_"`);
    }
    const text = request.input ?? '{}';
    if (tooLarge(text)) throw new InvalidExecutionInput(`Invalid State Machine Execution Input: more than 256 KiB`);
    const input = parseJson(text);
    if (input === undefined) throw new InvalidExecutionInput(`Invalid State Machine Execution Input: no JSON`);
    const known = this.#store.executionNamed(machine.name, name);
    if (known) {
      const same = known.status === 'RUNNING' && canonicalJson(JSON.parse(known.input)) === canonicalJson(input);
      await this.#database.committed();
      if (same)
        return { executionArn: executionArnOf(known.machine, known.name), startDate: instant(known.started_at) };
      throw new ExecutionAlreadyExists(`Execution Already Exists: '${executionArnOf(machine.name, name)}'`);
    }
    const at = this.#now();
    const { timeoutSeconds } = machine.definition;
    const row: ExecutionRow = {
      id: (this.#counters.execution += 1),
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
    const execution = this.#open(row, machine.definition, input);
    const root = this.#rootFrame(execution, text);
    this.#note(root, 'ExecutionStarted', {
      executionStartedEventDetails: { input: text, inputDetails: { truncated: false }, roleArn: ROLE_ARN },
    });
    this.#flush(root, () => this.#store.insertExecution(row));
    this.#go(root, { kind: 'enter' });
    await this.#database.committed();
    return { executionArn: execution.arn, startDate: instant(at) };
  }

  /** @throws InvalidArn, ExecutionDoesNotExist, EngineHalted */
  async stopExecution(request: {
    readonly executionArn: string;
    readonly error?: string | undefined;
    readonly cause?: string | undefined;
  }): Promise<{ stopDate: string }> {
    this.#check();
    const row = this.#executionRow(request.executionArn);
    const execution = this.#executions.get(row.id);
    const end = { error: request.error, cause: request.cause };
    const stoppedAt = execution
      ? this.#conclude(execution, 'ABORTED', end, { executionAbortedEventDetails: end })
      : (row.stopped_at ?? 0);
    await this.#database.committed();
    return { stopDate: instant(stoppedAt) };
  }

  /** @throws InvalidArn, ExecutionDoesNotExist, EngineHalted */
  async describeExecution(request: {
    readonly executionArn: string;
  }): Promise<ExecutionDescription & { redriveStatus: 'REDRIVABLE' | 'NOT_REDRIVABLE'; redriveStatusReason?: string }> {
    this.#check();
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
    this.#check();
    const machine = this.#machine(request.stateMachineArn);
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
    this.#check();
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
    this.#check();
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
    const machine = this.#machine(request.stateMachineArn);
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
      stateMachines: [...this.#machines.values()].map((machine) => ({
        stateMachineArn: stateMachineArnOf(machine.name),
        name: machine.name,
        type: 'STANDARD',
        creationDate: instant(machine.createdAt),
      })),
    };
  }

  /** @throws InvalidToken, TaskDoesNotExist, TaskTimedOut, InvalidOutput, EngineHalted */
  async sendTaskSuccess(request: { readonly taskToken: string; readonly output: string }): Promise<void> {
    this.#check();
    const result = tooLarge(request.output) ? undefined : parseJson(request.output);
    if (result === undefined) throw new InvalidOutput('Invalid Output: it must be JSON of at most 256 KiB');
    const frame = this.#spend(request.taskToken);
    await this.#settled(frame, this.#taskSucceeded(frame, result, request.output));
  }

  /** @throws InvalidToken, TaskDoesNotExist, TaskTimedOut, EngineHalted */
  async sendTaskFailure(request: {
    readonly taskToken: string;
    readonly error?: string | undefined;
    readonly cause?: string | undefined;
  }): Promise<void> {
    this.#check();
    const frame = this.#spend(request.taskToken);
    await this.#settled(frame, this.#taskFailed(frame, { error: request.error ?? '', cause: request.cause ?? '' }));
  }

  /** @throws InvalidToken, TaskDoesNotExist, TaskTimedOut, EngineHalted */
  async sendTaskHeartbeat(request: { readonly taskToken: string }): Promise<void> {
    this.#check();
    const frame = this.#holder(request.taskToken);
    if (frame.row.heartbeat_seconds !== null) {
      frame.row.heartbeat_at = this.#now() + frame.row.heartbeat_seconds * 1000;
      this.#flush(frame);
      this.#arm(frame);
    }
    await this.#database.committed();
  }

  /**
   * Runs a failed, timed-out or aborted execution again from the state that did not exit.
   * @throws InvalidArn, ExecutionDoesNotExist, ExecutionNotRedrivable, EngineHalted
   */
  async redriveExecution(request: { readonly executionArn: string }): Promise<{ redriveDate: string }> {
    this.#check();
    const row = this.#executionRow(request.executionArn);
    const reason = this.#notRedrivable(row);
    if (reason !== undefined) throw new ExecutionNotRedrivable(`Execution Not Redrivable: ${reason}`);
    const at = this.#now();
    const definition = this.#definition(row.definition);
    row.redrive_count += 1;
    row.deadline = definition.timeoutSeconds === undefined ? null : at + definition.timeoutSeconds * 1000;
    const execution = this.#open(row, definition, JSON.parse(row.input) as Json);
    const frames = this.#loadFrames(execution);
    const { root } = execution;
    this.#note(root, 'ExecutionRedriven', { executionRedrivenEventDetails: { redriveCount: row.redrive_count } });
    this.#flush(root, () => this.#store.redriveExecution(row.id, at, row.redrive_count, row.deadline));
    for (const frame of frames) {
      if (frame.row.phase === 'DONE' || !frame.open) continue;
      frame.row.previous = root.row.previous;
      frame.retries = [];
      frame.row.retry_count = 0;
      if (frame.row.phase === 'FAILED') {
        // A root that failed rests in START or CHILDREN, so this one has a parent.
        frame.row.phase = frame.fan ? 'CHILDREN' : 'START';
        frame.parent!.fan!.failed -= 1;
        frame.parent!.fan!.live.add(frame);
      }
      if (frame.row.phase !== 'CHILDREN') this.#leaveRest(frame);
    }
    for (const frame of frames) {
      if (frame.row.phase === 'CHILDREN') this.#settleChildren(frame);
      else if (frame.row.phase === 'ENTER') this.#go(frame, { kind: 'enter' });
      else if (frame.row.phase !== 'DONE') this.#go(frame, { kind: 'start' });
    }
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
  async drain(horizonMs = 0): Promise<void> {
    for (;;) {
      if (this.#halted) throw this.#halted;
      if (this.#busy === 0) {
        const due = !this.#closing && this.#timers.next <= this.#now() + horizonMs;
        if (!due) {
          await this.#database.committed();
          if (this.#busy === 0) return;
          continue;
        }
      }
      await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
    }
  }

  /**
   * Takes no more calls and starts nothing more; waits up to `limitMs` for functions that run, and keeps their results.
   * What is open goes on when an engine is opened on the same database. The database stays open.
   */
  async close(limitMs = 10_000): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      this.#timers.stop();
    }
    if (this.#busy > 0 && !this.#halted) {
      let cancel = () => {};
      await Promise.race([
        this.drain().catch(() => undefined),
        new Promise<void>((resolve) => {
          const timeout = setTimeout(resolve, limitMs);
          cancel = () => clearTimeout(timeout);
        }),
      ]);
      cancel();
    }
    this.#halted ??= new EngineHalted('The engine is closed.');
    if (this.#timers.next !== Infinity) this.#timers.stop();
  }

  #check(): void {
    if (this.#halted) throw this.#halted;
    if (this.#closing) throw new EngineHalted('The engine is closing and takes no more calls.');
  }

  #halt(cause: Error): void {
    if (this.#halted) return;
    this.#halted = new EngineHalted(`The engine has stopped: ${cause.message}`, { cause });
    this.#timers.stop();
    this.#idle();
  }

  #idle(): void {
    const waiting = this.#whenIdle;
    this.#whenIdle = [];
    for (const resolve of waiting) resolve();
  }

  #now(): number {
    return this.#clock.now().getTime();
  }

  // Loading.

  #load(source: StateMachineSource): void {
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(source.name)) {
      throw new StateMachineRefused(
        `The state machine name "${source.name}" has not 1 to 80 letters, digits, "-" or "_".`,
      );
    }
    if (this.#machines.has(source.name)) throw new StateMachineRefused(`Two state machines are named ${source.name}.`);
    const { text, definition } = loadWith(source.definition, source.substitutions ?? {}, this.#expressions);
    const { id, createdAt } = this.#database.writeNow(() =>
      this.#store.definitionId(source.name, sha256(text), text, this.#now()),
    );
    this.#definitions.set(id, definition);
    this.#machines.set(source.name, { name: source.name, text, definition, definitionId: id, createdAt });
  }

  #definition(id: number): Definition {
    let definition = this.#definitions.get(id);
    if (!definition) {
      definition = parseDefinition(this.#store.definition(id), this.#expressions);
      this.#definitions.set(id, definition);
    }
    return definition;
  }

  #resume(): void {
    this.#database.writeNow(() => this.#store.deleteFramesOfEndedBefore(this.#now() - REDRIVE_PERIOD_MS));
    for (const row of this.#store.running()) {
      const execution = this.#open(row, this.#definition(row.definition), JSON.parse(row.input) as Json);
      for (const frame of this.#loadFrames(execution)) this.#wake(frame);
    }
  }

  /** Goes on from where a stored frame rests. */
  #wake(frame: Frame): void {
    if (!frame.open) return;
    const { attempt } = frame;
    switch (frame.row.phase) {
      case 'ENTER':
        this.#go(frame, { kind: 'enter' });
        break;
      case 'START':
        this.#go(frame, { kind: 'start' });
        break;
      case 'SCHEDULED':
        this.#arm(frame);
        this.#hold(frame);
        this.#later(() => this.#call(frame, attempt));
        break;
      case 'TOKEN':
        this.#hold(frame);
        this.#arm(frame);
        break;
      case 'RETRY':
      case 'WAIT':
        this.#arm(frame);
        break;
      case 'CHILDREN':
        this.#settleChildren(frame);
        break;
      case 'DONE':
      case 'FAILED':
        break;
    }
  }

  #open(row: ExecutionRow, definition: Definition, input: Json): Execution {
    const context: JsonObject = {
      Execution: {
        Id: executionArnOf(row.machine, row.name),
        Input: input,
        Name: row.name,
        RoleArn: ROLE_ARN,
        StartTime: instant(row.started_at),
        RedriveCount: row.redrive_count,
      },
      StateMachine: { Id: stateMachineArnOf(row.machine), Name: row.machine },
    };
    const execution = {
      id: row.id,
      machine: row.machine,
      name: row.name,
      arn: executionArnOf(row.machine, row.name),
      definition,
      input,
      context,
      events: this.#store.lastEvent(row.id),
      timer: timer(() => this.#executionTimedOut(execution)),
    } as Execution;
    this.#executions.set(row.id, execution);
    if (row.deadline !== null) this.#timers.set(execution.timer, row.deadline);
    return execution;
  }

  #rootFrame(execution: Execution, input: string): Frame {
    const frame = this.#frame(
      execution,
      undefined,
      newRow(execution.id, (this.#counters.frame += 1), null, 0, execution.definition.startAt, input),
      execution.input,
      {},
    );
    execution.root = frame;
    return frame;
  }

  #frame(execution: Execution, parent: Frame | undefined, row: FrameRow, input: Json, own: JsonObject): Frame {
    const states = parent
      ? parent.state.inner[parent.state.type === 'Parallel' ? row.position : 0]!
      : execution.definition;
    const item =
      parent?.state.type === 'Map' ? { Index: row.position, Value: parent.fan!.items[row.position]! } : parent?.item;
    const frame: Frame = {
      row,
      execution,
      parent,
      states,
      state: states.states.get(row.state)!,
      enteredTime: instant(row.entered_at),
      input,
      own,
      visible: { ...parent?.visible, ...own },
      retries: JSON.parse(row.retries) as number[],
      item,
      fan: undefined,
      attempt: 0,
      open: true,
      dropChildren: false,
      timer: timer(() => this.#due(frame)),
      pending: [],
    };
    return frame;
  }

  /** Builds the frames of an execution from their rows, parents before children, each linked with its parent. */
  #loadFrames(execution: Execution): Frame[] {
    const frames = new Map<number, Frame>();
    for (const row of this.#store.frames(execution.id)) {
      const parent = row.parent === null ? undefined : frames.get(row.parent);
      const frame = this.#frame(
        execution,
        parent,
        row,
        JSON.parse(row.input) as Json,
        JSON.parse(row.variables) as JsonObject,
      );
      frames.set(row.id, frame);
      if (!parent) execution.root = frame;
      if (row.work !== null && (frame.state.type === 'Map' || frame.state.type === 'Parallel')) {
        frame.fan = newFan(JSON.parse(row.work) as FanPlan);
      }
      const fan = parent?.fan;
      if (!fan) continue;
      fan.started.add(row.position);
      // As when they ended: the last one that ended is what the parent's next event follows.
      if (row.phase === 'DONE' || row.phase === 'FAILED') {
        parent.row.previous = Math.max(parent.row.previous, row.previous);
      }
      if (row.phase === 'DONE') {
        fan.outputs[row.position] = row.output;
        fan.succeeded += 1;
        frame.open = false;
      } else if (row.phase === 'FAILED') {
        fan.failed += 1;
        fan.failure = JSON.parse(row.output!) as Failure;
      } else {
        fan.live.add(frame);
      }
    }
    return [...frames.values()];
  }

  // Writing.

  #note(frame: Frame, type: string, details?: object): void {
    frame.pending.push({ type, at: this.#now(), details: details ? JSON.stringify(details) : null });
  }

  #noteIteration(frame: Frame, type: `MapIteration${string}`, parent: Frame, index: number): void {
    this.#note(frame, type, { [`m${type.slice(1)}EventDetails`]: { name: parent.state.name, index } });
  }

  /**
   * Writes a frame with its pending events.
   * @param also further writes of the same transaction.
   * @returns false when the execution has reached its largest number of events and was ended instead.
   */
  #flush(frame: Frame, also?: () => void): boolean {
    if (this.#halted) throw this.#halted;
    const { execution, row } = frame;
    // The last event that fits is the execution's end.
    if (execution.events + frame.pending.length >= MAX_EVENTS && execution.root.open) {
      const room = Math.max(0, MAX_EVENTS - 1 - execution.events);
      this.#write(frame, frame.pending.slice(0, room), () => {});
      const end = {
        error: 'States.Runtime',
        cause: `The execution reached the maximum number of history events (${MAX_EVENTS}).`,
      };
      this.#conclude(execution, 'FAILED', end, { executionFailedEventDetails: end });
      return false;
    }
    this.#write(frame, frame.pending, () => {
      if (frame.dropChildren) this.#store.deleteChildren(row.id);
      this.#store.saveFrame(row);
      also?.();
    });
    frame.dropChildren = false;
    return true;
  }

  #write(frame: Frame, events: Frame['pending'], work: () => void): void {
    const { execution, row } = frame;
    this.#expressions.exclude(() => {
      const start = process.hrtime.bigint();
      this.#database.writeNow(() => {
        for (const event of events) {
          execution.events += 1;
          this.#store.insertEvent(execution.id, execution.events, row.previous, event.type, event.at, event.details);
          row.previous = execution.events;
        }
        work();
      });
      this.#statistics.storageNanoseconds += process.hrtime.bigint() - start;
    });
    this.#statistics.transitions += 1;
    this.#statistics.events += events.length;
    frame.pending = [];
  }

  /**
   * Runs `work` when all that is written so far is on disk. One promise a piece of work: work that a commit wakes may
   * write again, and what follows from that waits for its own commit.
   */
  #later(work: () => void): void {
    const committed = this.#database.committed();
    void this.#during(async () => {
      await committed;
      if (!this.#halted) work();
    });
  }

  /** Keeps the engine from being idle while `work` is under way; what it throws halts the engine. */
  async #during(work: () => Promise<void>): Promise<void> {
    this.#busy += 1;
    try {
      await work();
    } catch (error) {
      this.#halt(asError(error));
    } finally {
      this.#done();
    }
  }

  #done(): void {
    this.#busy -= 1;
    if (this.#busy === 0) this.#idle();
  }

  // Moving.

  #go(frame: Frame, move: Move): void {
    frame.attempt += 1;
    void this.#during(async () => {
      // Begins when what called this has ended: a frame never moves within another one's move.
      await Promise.resolve();
      await this.#run(frame, move);
    });
  }

  /** Runs a frame from one rest to the next. */
  async #run(frame: Frame, first: Move): Promise<void> {
    let move: Move | undefined = first;
    while (move && frame.open && !this.#halted) {
      const { kind }: Move = move;
      try {
        move = await this.#move(frame, move);
      } catch (error) {
        if (!(error instanceof EvaluationFailed)) throw error;
        const failure = { error: error.error, cause: error.message };
        if (!frame.open) return;
        if (error.error === 'States.QueryEvaluationError') {
          this.#note(frame, 'EvaluationFailed', {
            evaluationFailedEventDetails: { ...failure, location: error.location, state: frame.state.name },
          });
        }
        // What a Catch itself gets wrong is not caught by its own state.
        move = { kind: kind === 'error' ? 'fail' : 'error', failure };
      }
    }
  }

  async #move(frame: Frame, move: Move): Promise<Move | undefined> {
    switch (move.kind) {
      case 'enter':
        return this.#enter(frame);
      case 'start':
        return this.#start(frame);
      case 'result':
        return this.#leave(frame, frame.state, move.result, move.text, { result: move.result }, '');
      case 'error':
        return this.#handle(frame, move.failure);
      case 'fail':
        return this.#fail(frame, move.failure);
    }
  }

  #enter(frame: Frame): Move | undefined {
    const { row, state } = frame;
    if (frame.pending.length >= MOST_PENDING_EVENTS) {
      // Lets others run, so that a state machine that goes round without rest cannot hold the process.
      row.phase = 'ENTER';
      if (this.#flush(frame)) this.#later(() => this.#go(frame, { kind: 'enter' }));
      return undefined;
    }
    row.entered_at = this.#now();
    frame.enteredTime = instant(row.entered_at);
    row.retry_count = 0;
    frame.retries = [];
    this.#note(frame, `${state.type}StateEntered`, {
      stateEnteredEventDetails: { name: state.name, input: row.input, inputDetails: WHOLE },
    });
    return { kind: 'start' };
  }

  async #start(frame: Frame): Promise<Move | undefined> {
    const { state, row } = frame;
    row.phase = 'START';
    switch (state.type) {
      case 'Pass':
      case 'Succeed':
        return this.#leave(frame, state, frame.input, row.input, {}, '');
      case 'Fail':
        return {
          kind: 'fail',
          failure: { error: await this.#text(frame, 'Error'), cause: await this.#text(frame, 'Cause') },
        };
      case 'Choice':
        return this.#choose(frame);
      case 'Wait':
        return this.#wait(frame);
      case 'Task':
        return this.#schedule(frame);
      case 'Map':
      case 'Parallel':
        return this.#fanOut(frame);
    }
  }

  #bindings(frame: Frame, more: JsonObject): Bindings {
    const { execution, state, row } = frame;
    return {
      ...frame.visible,
      states: {
        input: frame.input,
        context: {
          ...execution.context,
          State: { EnteredTime: frame.enteredTime, Name: state.name, RetryCount: row.retry_count },
          ...(row.token !== null && { Task: { Token: row.token } }),
          ...(frame.item && { Map: { Item: frame.item as unknown as JsonObject } }),
        },
        ...more,
      },
    };
  }

  async #field(frame: Frame, field: string): Promise<Json | undefined> {
    return frame.state.fields.get(field)?.evaluate(this.#bindings(frame, {}));
  }

  async #text(frame: Frame, field: string): Promise<string> {
    const value = (await this.#field(frame, field)) ?? '';
    if (typeof value !== 'string') throw new EvaluationFailed(field, `The field '${field}' must be a string.`);
    return value;
  }

  async #number(frame: Frame, field: string, absent: number, least: number, most: number): Promise<number> {
    const value = (await this.#field(frame, field)) ?? absent;
    if (typeof value !== 'number' || (value !== absent && (!(value >= least) || !(value <= most)))) {
      throw new EvaluationFailed(field, `The field '${field}' must be a number from ${least} to ${most}.`);
    }
    return value;
  }

  async #choose(frame: Frame): Promise<Move | undefined> {
    const { state, row } = frame;
    const bindings = this.#bindings(frame, {});
    for (const [i, choice] of state.choices.entries()) {
      const met = await choice.condition.evaluate(bindings);
      if (typeof met !== 'boolean') {
        const location = `Choices[${i}]/Condition`;
        throw new EvaluationFailed(location, `The field '${location}' must be a boolean.`);
      }
      if (met) return this.#leave(frame, choice, frame.input, row.input, {}, `Choices[${i}]`);
    }
    if (state.next !== undefined) return this.#leave(frame, state, frame.input, row.input, {}, '');
    return {
      kind: 'fail',
      failure: {
        error: 'States.NoChoiceMatched',
        cause: `No choice of state '${state.name}' matched, and it has no Default.`,
      },
    };
  }

  async #wait(frame: Frame): Promise<undefined> {
    const { row } = frame;
    if (frame.state.fields.has('Seconds')) {
      const seconds = await this.#number(frame, 'Seconds', 0, 0, MAX_SECONDS);
      row.wake_at = this.#now() + Math.trunc(seconds) * 1000;
    } else {
      const timestamp = await this.#text(frame, 'Timestamp');
      // RFC 3339 with a capital T, and an offset or Z.
      const valid = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(timestamp);
      const at = valid ? Date.parse(timestamp) : Number.NaN;
      if (Number.isNaN(at)) {
        throw new EvaluationFailed(
          'Timestamp',
          `The field 'Timestamp' must be an instant such as 2030-01-31T09:00:00Z.`,
        );
      }
      row.wake_at = at;
    }
    this.#rest(frame, 'WAIT');
  }

  /** Writes the frame where it rests now, and sets its timer. */
  #rest(frame: Frame, phase: Phase): boolean {
    if (!frame.open) return false;
    frame.row.phase = phase;
    frame.row.retries = JSON.stringify(frame.retries);
    if (!this.#flush(frame)) return false;
    this.#arm(frame);
    return true;
  }

  #arm(frame: Frame): void {
    const { wake_at, deadline, heartbeat_at } = frame.row;
    const at = Math.min(wake_at ?? Infinity, deadline ?? Infinity, heartbeat_at ?? Infinity);
    if (at === Infinity) this.#timers.clear(frame.timer);
    else this.#timers.set(frame.timer, at);
  }

  /** Leaves a rest: its timer, its token and what was begun for it are void. */
  #leaveRest(frame: Frame): void {
    const { row } = frame;
    this.#timers.clear(frame.timer);
    if (row.token !== null) this.#tokens.delete(row.token);
    row.token = row.function = row.work = row.wake_at = row.deadline = row.heartbeat_seconds = row.heartbeat_at = null;
  }

  #due(frame: Frame): void {
    if (!frame.open || this.#halted) return;
    const { row } = frame;
    if (row.phase === 'WAIT') {
      this.#leaveRest(frame);
      this.#go(frame, { kind: 'result', result: frame.input, text: row.input });
    } else if (row.phase === 'RETRY') {
      this.#leaveRest(frame);
      this.#go(frame, { kind: 'start' });
    } else if (row.phase === 'SCHEDULED' || row.phase === 'TOKEN') {
      const late = row.deadline !== null && row.deadline <= this.#now();
      this.#taskTimedOut(frame, late ? 'States.Timeout' : 'States.HeartbeatTimeout');
    }
  }

  // Leaving a state.

  async #leave(
    frame: Frame,
    way: Way,
    value: Json,
    text: string,
    more: JsonObject,
    location: string,
  ): Promise<Move | undefined> {
    const { state, row } = frame;
    let output = value;
    let outputText = text;
    const assigned: JsonObject = {};
    if (way.output || way.assign.size > 0) {
      const bindings = this.#bindings(frame, more);
      if (way.output) {
        output = await way.output.evaluate(bindings);
        outputText = JSON.stringify(output);
        limit(outputText, location ? `${location}/Output` : 'Output');
      }
      for (const [name, template] of way.assign) assigned[name] = await template.evaluate(bindings);
    }
    if (!frame.open) return undefined;
    const assignedVariables: Record<string, string> = {};
    if (way.assign.size > 0) {
      for (const [name, variable] of Object.entries(assigned)) assignedVariables[name] = JSON.stringify(variable);
      limit(Object.values(assignedVariables).join(''), location ? `${location}/Assign` : 'Assign');
      frame.own = { ...frame.own, ...assigned };
      frame.visible = { ...frame.visible, ...assigned };
      row.variables = JSON.stringify(frame.own);
    }
    if (frame.fan) {
      frame.fan = undefined;
      frame.dropChildren = true;
    }
    row.work = null;
    this.#note(frame, `${state.type}StateExited`, {
      stateExitedEventDetails: {
        name: state.name,
        output: outputText,
        outputDetails: WHOLE,
        ...(way.assign.size > 0 && { assignedVariables, assignedVariablesDetails: WHOLE }),
      },
    });
    if (way.next === undefined) return this.#end(frame, outputText);
    frame.state = frame.states.states.get(way.next)!;
    row.state = way.next;
    frame.input = output;
    row.input = outputText;
    return { kind: 'enter' };
  }

  /** A frame came to the end of its states. */
  #end(frame: Frame, output: string): undefined {
    const { execution, parent, row } = frame;
    if (!parent) {
      this.#conclude(
        execution,
        'SUCCEEDED',
        { output },
        { executionSucceededEventDetails: { output, outputDetails: WHOLE } },
      );
      return;
    }
    if (parent.state.type === 'Map') {
      this.#noteIteration(frame, 'MapIterationSucceeded', parent, row.position);
    }
    row.phase = 'DONE';
    row.output = output;
    if (!this.#flush(frame)) return;
    const fan = parent.fan!;
    fan.outputs[row.position] = output;
    fan.succeeded += 1;
    this.#leftParent(frame, parent);
  }

  /** A branch or an item ended, well or not. */
  #leftParent(frame: Frame, parent: Frame): void {
    frame.open = false;
    parent.fan!.live.delete(frame);
    parent.row.previous = frame.row.previous;
    this.#settleChildren(parent);
  }

  // Errors.

  async #handle(frame: Frame, failure: Failure): Promise<Move | undefined> {
    const { state, row } = frame;
    const index = state.retriers.findIndex((retrier) => matches(failure, retrier.errors, state));
    const retrier = state.retriers[index];
    const used = frame.retries[index] ?? 0;
    if (retrier && used < retrier.maxAttempts) {
      for (let i = 0; i <= index; i += 1) frame.retries[i] ??= 0;
      frame.retries[index] = used + 1;
      row.retry_count += 1;
      const seconds = Math.min(
        retrier.intervalSeconds * retrier.backoffRate ** used,
        retrier.maxDelaySeconds,
        MAX_SECONDS,
      );
      row.wake_at = this.#now() + Math.round(seconds * 1000 * (retrier.fullJitter ? this.#random() : 1));
      row.work = null;
      if (frame.fan) {
        frame.fan = undefined;
        frame.dropChildren = true;
      }
      this.#rest(frame, 'RETRY');
      return undefined;
    }
    const position = state.catchers.findIndex((catcher: Catcher) => matches(failure, catcher.errors, state));
    const catcher = state.catchers[position];
    if (!catcher) return { kind: 'fail', failure };
    const errorOutput = { Error: failure.error, Cause: failure.cause };
    return this.#leave(frame, catcher, errorOutput, JSON.stringify(errorOutput), { errorOutput }, `Catch[${position}]`);
  }

  #fail(frame: Frame, failure: Failure): undefined {
    const { execution, parent, row } = frame;
    row.phase = frame.fan ? 'CHILDREN' : 'START';
    if (!parent) {
      const end = shown(failure);
      this.#conclude(execution, 'FAILED', end, { executionFailedEventDetails: end });
      return;
    }
    if (parent.state.type === 'Map') this.#noteIteration(frame, 'MapIterationFailed', parent, row.position);
    row.phase = 'FAILED';
    row.output = JSON.stringify(failure);
    if (!this.#flush(frame)) return;
    const fan = parent.fan!;
    fan.failed += 1;
    fan.failure = failure;
    this.#leftParent(frame, parent);
  }

  #executionTimedOut(execution: Execution): void {
    if (this.#halted || !this.#executions.has(execution.id)) return;
    const end = { error: 'States.Timeout', cause: 'The execution ran longer than its TimeoutSeconds.' };
    this.#guard(() => this.#conclude(execution, 'TIMED_OUT', end, { executionTimedOutEventDetails: end }));
  }

  /** What a timer begins has no caller to throw to. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#halt(asError(error));
    }
  }

  /**
   * Ends an execution. The frames of one that did not succeed stay stored: a redrive goes on from them.
   * @returns when, in ms since 1970.
   */
  #conclude(
    execution: Execution,
    status: Exclude<ExecutionStatus, 'RUNNING'>,
    end: { output?: string | undefined; error?: string | undefined; cause?: string | undefined },
    details: object,
  ): number {
    const { root } = execution;
    const interrupted = status === 'ABORTED' || status === 'TIMED_OUT' || execution.events >= MAX_EVENTS - 1;
    // A transition under way has not happened: what is stored is where a redrive starts.
    if (interrupted) root.pending = [];
    this.#note(root, CLOSING_EVENTS[status], details);
    const at = this.#now();
    if (!interrupted && execution.events + root.pending.length > MAX_EVENTS) {
      root.pending = root.pending.slice(0, MAX_EVENTS - 1 - execution.events);
      const full = {
        error: 'States.Runtime',
        cause: `The execution reached the maximum number of history events (${MAX_EVENTS}).`,
      };
      this.#note(root, 'ExecutionFailed', { executionFailedEventDetails: full });
      status = 'FAILED';
      end = full;
    }
    this.#write(root, root.pending, () => {
      if (status === 'SUCCEEDED') {
        if (root.dropChildren) this.#store.deleteChildren(root.row.id);
        this.#store.deleteFrame(root.row.id);
      } else if (!interrupted) this.#store.saveFrame(root.row);
      this.#store.endExecution(execution.id, status, at, end);
    });
    this.#executions.delete(execution.id);
    this.#timers.clear(execution.timer);
    this.#closeFrame(root);
    this.#statistics.executionsEnded += 1;
    this.#deliveries.add(execution.id);
    return at;
  }

  #closeFrame(frame: Frame): void {
    frame.open = false;
    this.#timers.clear(frame.timer);
    if (frame.row.token !== null) this.#tokens.delete(frame.row.token);
    for (const child of frame.fan?.live ?? []) this.#closeFrame(child);
  }

  // Tasks.

  async #schedule(frame: Frame): Promise<undefined> {
    const { state, row, execution } = frame;
    const { kind, resource } = state.task!;
    row.token = kind === 'invoke.waitForTaskToken' ? newToken(execution.id, row.id) : null;
    const timeout = await this.#number(frame, 'TimeoutSeconds', Infinity, 1, MAX_SECONDS);
    const heartbeat = await this.#number(frame, 'HeartbeatSeconds', Infinity, 1, MAX_SECONDS);
    const given = (await this.#field(frame, 'Arguments')) ?? (kind === 'function' ? frame.input : {});
    const parameters = JSON.stringify(given);
    limit(parameters, 'Arguments');
    if (!frame.open) return;
    const times = {
      ...(timeout !== Infinity && { timeoutInSeconds: timeout }),
      ...(heartbeat !== Infinity && { heartbeatInSeconds: heartbeat }),
    };
    if (kind === 'function') {
      row.function = functionNameOf(resource);
      row.work = parameters;
      this.#note(frame, 'LambdaFunctionScheduled', {
        lambdaFunctionScheduledEventDetails: { resource, input: parameters, inputDetails: WHOLE, ...times },
      });
      this.#note(frame, 'LambdaFunctionStarted');
    } else {
      const { FunctionName, Payload } = given as JsonObject;
      if (typeof FunctionName !== 'string' || FunctionName === '') {
        throw new EvaluationFailed('Arguments/FunctionName', `The field 'Arguments/FunctionName' must be a string.`);
      }
      row.function = functionNameOf(FunctionName);
      row.work = JSON.stringify(Payload ?? {});
      this.#note(frame, 'TaskScheduled', {
        taskScheduledEventDetails: { resourceType: 'lambda', resource: kind, region: REGION, parameters, ...times },
      });
      this.#note(frame, 'TaskStarted', { taskStartedEventDetails: { resourceType: 'lambda', resource: kind } });
    }
    const now = this.#now();
    row.deadline = timeout === Infinity ? null : now + timeout * 1000;
    row.heartbeat_seconds = heartbeat === Infinity ? null : heartbeat;
    row.heartbeat_at = heartbeat === Infinity ? null : now + heartbeat * 1000;
    if (!this.#rest(frame, 'SCHEDULED')) return;
    this.#hold(frame);
    const { attempt } = frame;
    this.#later(() => this.#call(frame, attempt));
  }

  #hold(frame: Frame): void {
    if (frame.row.token !== null) this.#tokens.set(frame.row.token, frame);
  }

  /** Calls the function of a scheduled task, which is on disk by now. */
  #call(frame: Frame, attempt: number): void {
    if (!frame.open || frame.attempt !== attempt || this.#closing) return;
    const { row, execution, state } = frame;
    const timeoutMs = row.deadline === null ? undefined : row.deadline - this.#now();
    // It timed out while no engine ran: its timer says so.
    if (timeoutMs !== undefined && timeoutMs <= 0) return;
    this.#busy += 1;
    this.#statistics.invocations += 1;
    if (this.#running++ === 0) this.#runningSince = process.hrtime.bigint();
    const context = { executionArn: execution.arn, state: state.name, ...(timeoutMs !== undefined && { timeoutMs }) };
    const ended = () => {
      if (--this.#running === 0) this.#statistics.handlerNanoseconds += process.hrtime.bigint() - this.#runningSince;
      return frame.open && frame.attempt === attempt && frame.row.phase === 'SCHEDULED' && !this.#halted;
    };
    // A copy of its own: what a function does to its payload stays there.
    const payload = JSON.parse(row.work!) as Json;
    void this.#await(frame, this.#invokeFunction, payload, context, ended);
  }

  async #await(
    frame: Frame,
    invoke: Invoke,
    payload: Json,
    context: InvokeContext,
    ended: () => boolean,
  ): Promise<void> {
    try {
      let result: Json | void;
      try {
        result = await invoke(frame.row.function!, payload, context);
      } catch (error) {
        if (ended()) this.#go(frame, this.#taskFailed(frame, lambdaFailure(error)));
        return;
      }
      if (ended()) this.#answered(frame, result);
    } catch (error) {
      this.#halt(asError(error));
    } finally {
      this.#done();
    }
  }

  #answered(frame: Frame, result: Json | void): void {
    const { kind } = frame.state.task!;
    let text: string | undefined;
    try {
      text = JSON.stringify(result ?? null) ?? 'null';
    } catch (error) {
      this.#go(frame, this.#taskFailed(frame, lambdaFailure(error)));
      return;
    }
    const output = kind === 'function' ? text : `{"ExecutedVersion":"$LATEST","Payload":${text},"StatusCode":200}`;
    if (tooLarge(output)) {
      const failure = {
        error: 'States.DataLimitExceeded',
        cause: `The state/task '${frame.row.function}' returned a result with a size exceeding the maximum number of bytes service limit.`,
      };
      this.#go(frame, this.#taskFailed(frame, failure));
    } else if (kind === 'invoke.waitForTaskToken') {
      this.#note(frame, 'TaskSubmitted', {
        taskSubmittedEventDetails: { resourceType: 'lambda', resource: kind, output, outputDetails: WHOLE },
      });
      this.#rest(frame, 'TOKEN');
    } else {
      this.#go(frame, this.#taskSucceeded(frame, JSON.parse(output) as Json, output));
    }
  }

  #taskSucceeded(frame: Frame, result: Json, text: string): Move {
    const { kind } = frame.state.task!;
    this.#leaveRest(frame);
    if (kind === 'function') {
      this.#note(frame, 'LambdaFunctionSucceeded', {
        lambdaFunctionSucceededEventDetails: { output: text, outputDetails: WHOLE },
      });
    } else {
      this.#note(frame, 'TaskSucceeded', {
        taskSucceededEventDetails: { resourceType: 'lambda', resource: kind, output: text, outputDetails: WHOLE },
      });
    }
    return { kind: 'result', result, text };
  }

  #taskFailed(frame: Frame, failure: Failure): Move {
    const { kind } = frame.state.task!;
    this.#leaveRest(frame);
    if (kind === 'function') {
      this.#note(frame, 'LambdaFunctionFailed', { lambdaFunctionFailedEventDetails: shown(failure) });
    } else {
      this.#note(frame, 'TaskFailed', {
        taskFailedEventDetails: { resourceType: 'lambda', resource: kind, ...shown(failure) },
      });
    }
    return { kind: 'error', failure };
  }

  #taskTimedOut(frame: Frame, error: 'States.Timeout' | 'States.HeartbeatTimeout'): void {
    const { kind } = frame.state.task!;
    this.#leaveRest(frame);
    if (kind === 'function') {
      this.#note(frame, 'LambdaFunctionTimedOut', { lambdaFunctionTimedOutEventDetails: { error } });
    } else {
      this.#note(frame, 'TaskTimedOut', {
        taskTimedOutEventDetails: { resourceType: 'lambda', resource: kind, error },
      });
    }
    this.#go(frame, { kind: 'error', failure: { error, cause: '' } });
  }

  /** @throws InvalidToken, TaskDoesNotExist, TaskTimedOut */
  #holder(token: string): Frame {
    const frame = this.#tokens.get(token);
    if (frame) return frame;
    const execution = executionOfToken(token);
    if (execution === undefined) throw new InvalidToken('Invalid Token: this is no task token of Step Functions');
    if (this.#store.execution(execution)) {
      throw new TaskTimedOut('Task Timed Out: the task of this token has ended, and a token is spent once');
    }
    throw new TaskDoesNotExist('Task Does Not Exist: no task here was given this token');
  }

  #spend(token: string): Frame {
    const frame = this.#holder(token);
    this.#tokens.delete(token);
    return frame;
  }

  /** Moves a frame on and waits until that is on disk. */
  async #settled(frame: Frame, move: Move): Promise<void> {
    this.#busy += 1;
    frame.attempt += 1;
    try {
      await this.#run(frame, move);
      if (this.#halted) throw this.#halted;
      await this.#database.committed();
    } finally {
      this.#done();
    }
  }

  // Branches and map items.

  async #fanOut(frame: Frame): Promise<Move | undefined> {
    const { state, row } = frame;
    const plan = state.type === 'Parallel' ? await this.#branches(frame) : await this.#items(frame);
    if (!frame.open) return undefined;
    this.#note(frame, `${state.type}StateStarted`, {
      ...(state.type === 'Map' && { mapStateStartedEventDetails: { length: plan.total } }),
    });
    frame.fan = newFan(plan);
    row.work = JSON.stringify(plan);
    if (this.#rest(frame, 'CHILDREN')) this.#settleChildren(frame);
    return undefined;
  }

  async #branches(frame: Frame): Promise<FanPlan> {
    const input = (await this.#field(frame, 'Arguments')) ?? frame.input;
    limit(JSON.stringify(input), 'Arguments');
    const total = frame.state.inner.length;
    return { total, concurrency: total, tolerated: 0, named: false, inputs: [input], items: [] };
  }

  async #items(frame: Frame): Promise<FanPlan> {
    const { fields } = frame.state;
    const items = (await this.#field(frame, 'Items')) ?? frame.input;
    if (!Array.isArray(items)) throw new EvaluationFailed('Items', `The field 'Items' must be an array.`);
    const concurrency = await this.#number(frame, 'MaxConcurrency', 0, 0, MAX_SECONDS);
    const count = await this.#number(frame, 'ToleratedFailureCount', Infinity, 0, MAX_SECONDS);
    const percentage = await this.#number(frame, 'ToleratedFailurePercentage', Infinity, 0, 100);
    const named = fields.has('ToleratedFailureCount') || fields.has('ToleratedFailurePercentage');
    const selector = fields.get('ItemSelector');
    let inputs = items;
    if (selector) {
      inputs = [];
      for (const [Index, Value] of items.entries()) inputs.push(await this.#select(frame, selector, { Index, Value }));
    }
    return {
      total: items.length,
      concurrency: Math.min(concurrency === 0 ? MAX_INLINE_CONCURRENCY : concurrency, MAX_INLINE_CONCURRENCY),
      // The first of the two thresholds that is passed fails the Map.
      tolerated: named ? Math.min(count, Math.floor((percentage / 100) * items.length), items.length) : 0,
      named,
      inputs,
      items,
    };
  }

  async #select(frame: Frame, selector: Template, item: { Index: number; Value: Json }): Promise<Json> {
    const bindings = this.#bindings(frame, {});
    const context = { ...(bindings.states['context'] as JsonObject), Map: { Item: item } };
    const input = await selector.evaluate({ ...bindings, states: { ...bindings.states, context } });
    limit(JSON.stringify(input), 'ItemSelector');
    return input;
  }

  /** Starts what may start of a Map's items or a Parallel's branches, and ends the state when they have ended. */
  #settleChildren(parent: Frame): void {
    const { fan, state, row } = parent;
    if (!fan || !parent.open || row.phase !== 'CHILDREN') return;
    if (fan.failed > fan.tolerated) {
      for (const child of fan.live) {
        this.#closeFrame(child);
        if (state.type === 'Map') this.#noteIteration(parent, 'MapIterationAborted', parent, child.row.position);
      }
      row.phase = 'START';
      this.#note(parent, `${state.type}StateFailed`);
      const failure = fan.named
        ? {
            error: 'States.ExceedToleratedFailureThreshold',
            cause: 'The specified tolerated failure threshold was exceeded.',
          }
        : fan.failure!;
      this.#go(parent, { kind: 'error', failure });
      return;
    }
    if (fan.succeeded + fan.failed === fan.total) {
      row.phase = 'START';
      this.#note(parent, `${state.type}StateSucceeded`);
      const text = `[${fan.outputs.filter((output) => output !== null).join(',')}]`;
      this.#go(
        parent,
        tooLarge(text)
          ? { kind: 'error', failure: { error: 'States.DataLimitExceeded', cause: TOO_LARGE } }
          : { kind: 'result', result: JSON.parse(text) as Json, text },
      );
      return;
    }
    while (fan.live.size < fan.concurrency && fan.next < fan.total) {
      const position = fan.next;
      fan.next += 1;
      if (!fan.started.has(position)) this.#startChild(parent, fan, position);
    }
  }

  #startChild(parent: Frame, fan: Fan, position: number): void {
    const input = parent.state.type === 'Parallel' ? fan.inputs[0]! : fan.inputs[position]!;
    const { startAt } = parent.state.inner[parent.state.type === 'Parallel' ? position : 0]!;
    const row = newRow(
      parent.execution.id,
      (this.#counters.frame += 1),
      parent.row.id,
      position,
      startAt,
      JSON.stringify(input),
    );
    row.previous = parent.row.previous;
    const child = this.#frame(parent.execution, parent, row, input, {});
    fan.started.add(position);
    fan.live.add(child);
    if (parent.state.type === 'Map') this.#noteIteration(child, 'MapIterationStarted', parent, position);
    this.#go(child, { kind: 'enter' });
  }

  // Looking up.

  #machine(stateMachineArn: string): Machine {
    const machine = this.#machines.get(parseStateMachineArn(stateMachineArn));
    if (!machine) throw new StateMachineDoesNotExist(`State Machine Does Not Exist: '${stateMachineArn}'`);
    return machine;
  }

  #executionRow(executionArn: string): ExecutionRow {
    const { machine, name } = parseExecutionArn(executionArn);
    const row = this.#store.executionNamed(machine, name);
    if (!row) throw new ExecutionDoesNotExist(`Execution Does Not Exist: '${executionArn}'`);
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

/**
 * Reads a state machine as an engine would, running nothing.
 * @returns its text with every placeholder replaced.
 * @throws StateMachineRefused with everything that is wrong or not implemented, by name.
 */
export function loadStateMachine(definition: string, substitutions: Readonly<Record<string, string>> = {}): string {
  return loadWith(definition, substitutions, new Expressions({ now: () => new Date(0), random: () => 0 })).text;
}

function loadWith(
  source: string,
  substitutions: Readonly<Record<string, string>>,
  expressions: Expressions,
): { text: string; definition: Definition } {
  const text = substitute(source, substitutions);
  return { text, definition: parseDefinition(text, expressions) };
}

const REGION = 'local';
const ROLE_ARN = 'arn:aws:iam::000000000000:role/local';
const WHOLE = { truncated: false };
const CLOSING_EVENTS = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  TIMED_OUT: 'ExecutionTimedOut',
  ABORTED: 'ExecutionAborted',
} as const;

function shown({ error, cause }: Failure): { error?: string; cause?: string } {
  return { ...(error && { error }), ...(cause && { cause }) };
}

function matches({ error }: Failure, names: readonly string[], state: State): boolean {
  if (error === 'States.Runtime') return false;
  return names.some((name) => {
    if (name === error) return true;
    const tooMuch = error === 'States.DataLimitExceeded';
    const timeout = error === 'States.Timeout' || error === 'States.HeartbeatTimeout';
    if (name === 'States.ALL') return !tooMuch;
    if (name === 'States.TaskFailed') return state.type === 'Task' && !timeout && !tooMuch;
    if (name === 'States.Timeout') return timeout;
    return name === 'States.BranchFailed' && state.type === 'Parallel';
  });
}
