import type { Deliveries } from './deliveries.ts';
import type { Executions } from './executions.ts';
import type { Expressions } from './expressions.ts';
import type { Execution, Frame } from './frame.ts';
import { CLOSING_EVENTS, FOLLOWED_BY_NONE } from './history.ts';
import type { EngineDatabase } from './ports.ts';
import { MAX_EVENTS, type EngineStore, type ExecutionStatus } from './store.ts';
import type { Timers } from './timers.ts';
import type { Work } from './work.ts';

/** What a journal needs of its engine. */
interface Host {
  readonly database: EngineDatabase;
  readonly store: EngineStore;
  readonly timers: Timers;
  readonly expressions: Expressions;
  readonly work: Work;
  readonly executions: Executions;
  readonly deliveries: Deliveries;
  now(): number;
}

/** Writes transitions: a frame, its pending events and what belongs to them, in one transaction. */
export class Journal {
  readonly #database: Host['database'];
  readonly #store: Host['store'];
  readonly #timers: Host['timers'];
  readonly #expressions: Host['expressions'];
  readonly #work: Host['work'];
  readonly #executions: Host['executions'];
  readonly #deliveries: Host['deliveries'];
  readonly #now: () => number;
  readonly statistics = { transitions: 0, events: 0, executionsEnded: 0, storageNanoseconds: 0n };

  constructor(host: Host) {
    this.#database = host.database;
    this.#store = host.store;
    this.#timers = host.timers;
    this.#expressions = host.expressions;
    this.#work = host.work;
    this.#executions = host.executions;
    this.#deliveries = host.deliveries;
    this.#now = () => host.now();
  }

  /** Adds an event that the frame's next write stores. @param at ms since 1970: the instant that a row has too. */
  note(frame: Frame, type: string, details?: object, at = this.#now()): void {
    frame.pending.push({ type, at, details: details ? JSON.stringify(details) : null });
  }

  /** `note` for an event that names a Map and the index of an item. */
  noteIteration(frame: Frame, type: `MapIteration${string}`, parent: Frame, index: number): void {
    this.note(frame, type, { [`m${type.slice(1)}EventDetails`]: { name: parent.state.name, index } });
  }

  /**
   * Writes a frame with its pending events.
   * @param also further writes of the same transaction.
   * @returns false when the execution has reached its largest number of events and was ended instead.
   */
  flush(frame: Frame, also?: () => void): boolean {
    if (this.#work.halted) throw this.#work.halted;
    const { execution, row } = frame;
    // The last event that fits is the execution's end.
    if (execution.events + frame.pending.length >= MAX_EVENTS && execution.root.open) {
      const room = Math.max(0, MAX_EVENTS - 1 - execution.events);
      this.#write(frame, frame.pending.slice(0, room), () => {});
      const end = {
        error: 'States.Runtime',
        cause: `The execution reached the maximum number of history events (${MAX_EVENTS}).`,
      };
      this.conclude(execution, 'FAILED', end, { executionFailedEventDetails: end });
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
          if (!FOLLOWED_BY_NONE.has(event.type)) row.previous = execution.events;
        }
        work();
      });
      this.statistics.storageNanoseconds += process.hrtime.bigint() - start;
    });
    this.statistics.transitions += 1;
    this.statistics.events += events.length;
    frame.pending = [];
  }

  /**
   * Ends an execution. The frames of one that did not succeed stay stored: a redrive goes on from them.
   * @returns when, in ms since 1970.
   */
  conclude(
    execution: Execution,
    status: Exclude<ExecutionStatus, 'RUNNING'>,
    end: { output?: string | undefined; error?: string | undefined; cause?: string | undefined },
    details: object,
  ): number {
    const { root } = execution;
    const interrupted = status === 'ABORTED' || status === 'TIMED_OUT' || execution.events >= MAX_EVENTS - 1;
    // A transition under way has not happened: what is stored is where a redrive starts.
    if (interrupted) root.pending = [];
    if (status === 'ABORTED' || status === 'TIMED_OUT') root.row.previous = 0;
    const at = this.#now();
    this.note(root, CLOSING_EVENTS[status], details, at);
    if (!interrupted && execution.events + root.pending.length > MAX_EVENTS) {
      root.pending = root.pending.slice(0, MAX_EVENTS - 1 - execution.events);
      const full = {
        error: 'States.Runtime',
        cause: `The execution reached the maximum number of history events (${MAX_EVENTS}).`,
      };
      this.note(root, 'ExecutionFailed', { executionFailedEventDetails: full }, at);
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
    this.#executions.byId.delete(execution.id);
    this.#timers.clear(execution.timer);
    this.#executions.closeFrame(root);
    this.statistics.executionsEnded += 1;
    this.#deliveries.add(execution.id);
    execution.ended?.(status);
    return at;
  }
}
