import type { ExecutionEnd } from './answers.ts';
import type { BusyTime } from './busy-time.ts';
import type { Expressions } from './expressions.ts';
import type { Execution, Frame, Move } from './frame.ts';
import type { Machines } from './machines.ts';
import type { Bucket, EngineDatabase, Invoke } from './ports.ts';
import type { EngineStore, ExecutionRow } from './store.ts';
import type { Timers } from './timers.ts';
import type { Work } from './work.ts';

/** All that the functions of one engine share. `openEngine` builds it once; each function takes it first. */
export interface EngineContext {
  readonly database: EngineDatabase;
  readonly store: EngineStore;
  readonly expressions: Expressions;
  readonly machines: Machines;
  readonly timers: Timers;
  readonly work: Work;
  readonly invoke: Invoke;
  readonly buckets: Readonly<Record<string, Bucket>>;
  /** ms since 1970. */
  now(): number;
  /** In [0, 1). */
  random(): number;
  /** The open executions by id. */
  readonly executions: Map<number, Execution>;
  /** The frames that wait for a task token, by token. */
  readonly tokens: Map<string, Frame>;
  /** The last ids given. */
  readonly ids: { execution: number; frame: number };
  readonly deliveries: Deliveries;
  readonly statistics: {
    transitions: number;
    events: number;
    executionsEnded: number;
    invocations: number;
    storageNanoseconds: bigint;
  };
  readonly handlerTime: BusyTime;
  readonly interpreter: InterpreterPort;
}

/** The ended executions that the listener has not confirmed. */
interface Deliveries {
  listener: ((end: ExecutionEnd) => Promise<void>) | undefined;
  /** Ids of executions, oldest first. */
  readonly waiting: number[];
  /** Deliveries under way. */
  active: number;
}

/** What timers, tasks and children call of the interpreter, which itself calls them. */
interface InterpreterPort {
  /** Begins a move, which voids what was begun for this frame before. */
  go(frame: Frame, move: Move): void;
  /** Handles a frame's timer. */
  due(frame: Frame): void;
  /** Handles an execution's timer. */
  timedOut(execution: Execution): void;
  /** Runs an ended execution again from the states that did not end well. */
  redrive(row: ExecutionRow): Execution;
}
