/** Writes transitions: a frame, its pending events and what belongs to them, in one transaction. */
import type { EngineContext } from './context.ts';
import { enqueueEnd } from './deliveries.ts';
import { arm, closeFrame, newRootFrame, openExecution } from './executions.ts';
import type { ChildMachine, Execution, Frame } from './frame.ts';
import { CLOSING_EVENTS, detailsMember, FOLLOWED_BY_NONE, ROLE_ARN, WHOLE } from './history.ts';
import type { Json } from './json.ts';
import { MAX_EVENTS, type ExecutionRow, type ExecutionStatus, type Phase } from './store.ts';

/** How an execution ends: an output when it succeeded, an error and a cause otherwise. */
interface End {
  readonly output?: string | undefined;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

const TOO_MANY_EVENTS: End = {
  error: 'States.Runtime',
  cause: `The execution reached the maximum number of history events (${MAX_EVENTS}).`,
};

/** Adds an event that the frame's next write stores. @param details the event's own, such as `{ output }`. */
export function note(engine: EngineContext, frame: Frame, type: string, details?: object): void {
  noteAt(engine.now(), frame, type, details);
}

/** `note` for an event at an instant that a row has too. @param at ms since 1970. */
export function noteAt(at: number, frame: Frame, type: string, details?: object): void {
  const text = details ? JSON.stringify({ [detailsMember(type)]: details }) : null;
  frame.pending.push({ type, at, details: text });
}

/** Notes an event of a map item in the history of `frame`, which is the item or its Map. */
export function noteIteration(
  engine: EngineContext,
  frame: Frame,
  event: 'Started' | 'Succeeded' | 'Failed' | 'Aborted',
  item: Frame,
): void {
  note(engine, frame, `MapIteration${event}`, { name: item.parent!.state.name, index: item.row.position });
}

/**
 * Writes a frame with its pending events.
 * @param also further writes of the same transaction.
 * @returns false when the execution has reached its largest number of events and was ended instead.
 */
export function flush(engine: EngineContext, frame: Frame, also?: () => void): boolean {
  if (engine.work.halted) throw engine.work.halted;
  const { execution, row } = frame;
  // The last event that fits is the execution's end.
  if (execution.events + frame.pending.length >= MAX_EVENTS && execution.root.open) {
    const room = Math.max(0, MAX_EVENTS - 1 - execution.events);
    write(engine, frame, frame.pending.slice(0, room), () => {});
    conclude(engine, execution, 'FAILED', TOO_MANY_EVENTS);
    return false;
  }
  write(engine, frame, frame.pending, () => {
    if (frame.dropChildren) engine.store.deleteChildren(row.id);
    engine.store.saveFrame(row);
    also?.();
  });
  frame.dropChildren = false;
  return true;
}

function write(engine: EngineContext, frame: Frame, events: Frame['pending'], work: () => void): void {
  const { execution, row } = frame;
  const { statistics } = engine;
  engine.expressions.time.exclude(() => {
    const start = process.hrtime.bigint();
    engine.database.writeNow(() => {
      for (const { type, at, details } of events) {
        const id = (execution.events += 1);
        engine.store.insertEvent({ execution: execution.id, id, previous: row.previous, type, at, details });
        if (!FOLLOWED_BY_NONE.has(type)) row.previous = id;
      }
      work();
    });
    statistics.storageNanoseconds += process.hrtime.bigint() - start;
  });
  statistics.transitions += 1;
  statistics.events += events.length;
  frame.pending = [];
}

/** Writes a frame where it rests now, and sets its timer. @returns whether it rests there. */
export function rest(engine: EngineContext, frame: Frame, phase: Phase): boolean {
  if (!frame.open) return false;
  frame.row.phase = phase;
  frame.row.retries = JSON.stringify(frame.retries);
  if (!flush(engine, frame)) return false;
  arm(engine, frame);
  return true;
}

/**
 * Writes a new execution, which has yet to enter its first state.
 * @param input JSON text. @param value what `input` says.
 */
export function begin(
  engine: EngineContext,
  machine: ChildMachine,
  name: string,
  { input, value }: { readonly input: string; readonly value: Json },
): Execution {
  const at = engine.now();
  const { timeoutSeconds } = machine.definition;
  const row: ExecutionRow = {
    id: (engine.ids.execution += 1),
    machine: machine.name,
    name,
    definition: machine.definitionId,
    status: 'RUNNING',
    input,
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
  const execution = openExecution(engine, row, machine.definition, value);
  const root = newRootFrame(engine, execution, input);
  noteAt(at, root, 'ExecutionStarted', { input, inputDetails: WHOLE, roleArn: ROLE_ARN });
  flush(engine, root, () => engine.store.insertExecution(row));
  return execution;
}

/**
 * Ends an execution. The frames of one that did not succeed stay stored: a redrive goes on from them.
 * @returns when, in ms since 1970.
 */
export function conclude(
  engine: EngineContext,
  execution: Execution,
  status: Exclude<ExecutionStatus, 'RUNNING'>,
  end: End,
): number {
  const { root } = execution;
  const interrupted = status === 'ABORTED' || status === 'TIMED_OUT' || execution.events >= MAX_EVENTS - 1;
  // A transition under way has not happened: what is stored is where a redrive starts.
  if (interrupted) root.pending = [];
  if (status === 'ABORTED' || status === 'TIMED_OUT') root.row.previous = 0;
  const at = status === 'TIMED_OUT' ? execution.timer.at : engine.now();
  noteAt(at, root, CLOSING_EVENTS[status], status === 'SUCCEEDED' ? { ...end, outputDetails: WHOLE } : end);
  if (!interrupted && execution.events + root.pending.length > MAX_EVENTS) {
    root.pending = root.pending.slice(0, MAX_EVENTS - 1 - execution.events);
    noteAt(at, root, 'ExecutionFailed', TOO_MANY_EVENTS);
    status = 'FAILED';
    end = TOO_MANY_EVENTS;
  }
  write(engine, root, root.pending, () => {
    if (status === 'SUCCEEDED') {
      if (root.dropChildren) engine.store.deleteChildren(root.row.id);
      engine.store.deleteFrame(root.row.id);
    } else if (!interrupted) engine.store.saveFrame(root.row);
    // As on AWS, only the history says why an execution timed out.
    engine.store.endExecution(execution.id, status, at, status === 'TIMED_OUT' ? {} : end);
  });
  engine.executions.delete(execution.id);
  engine.timers.clear(execution.timer);
  closeFrame(engine, root);
  engine.statistics.executionsEnded += 1;
  enqueueEnd(engine, execution.id);
  execution.ended?.(status);
  return at;
}
