import type { Definition } from './definition.ts';
import type { Failure } from './errors.ts';
import { newFan, newRow, timer, type Execution, type FanPlan, type Frame } from './frame.ts';
import { ROLE_ARN } from './history.ts';
import type { Json, JsonObject } from './json.ts';
import {
  executionArnOf,
  instant,
  stateMachineArnOf,
  type EngineStore,
  type ExecutionRow,
  type FrameRow,
} from './store.ts';
import type { Timers } from './timers.ts';

/** What timers of executions and frames begin. */
interface Wakes {
  timedOut(execution: Execution): void;
  due(frame: Frame): void;
}

/** The open executions in memory: their frames, timers and task tokens, built anew from rows. */
export class Executions {
  readonly #store: EngineStore;
  readonly #timers: Timers;
  readonly #wakes: Wakes;
  readonly byId = new Map<number, Execution>();
  readonly byToken = new Map<string, Frame>();
  /** The last ids given. */
  readonly counters: { execution: number; frame: number };

  constructor(store: EngineStore, timers: Timers, wakes: Wakes) {
    this.#store = store;
    this.#timers = timers;
    this.#wakes = wakes;
    this.counters = store.counters();
  }

  /** Takes an execution into memory, without frames yet, and sets its timer. */
  open(row: ExecutionRow, definition: Definition, input: Json): Execution {
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
      timer: timer(() => this.#wakes.timedOut(execution)),
      ended: undefined,
    } as Execution;
    this.byId.set(row.id, execution);
    if (row.deadline !== null) this.#timers.set(execution.timer, row.deadline);
    return execution;
  }

  /** The frame that a new execution begins with. */
  rootFrame(execution: Execution, input: string): Frame {
    const frame = this.frame(
      execution,
      undefined,
      newRow(execution.id, (this.counters.frame += 1), null, 0, execution.definition.startAt, input),
      execution.input,
      {},
    );
    execution.root = frame;
    return frame;
  }

  /** A frame in memory. @param own the variables that it assigned itself. */
  frame(execution: Execution, parent: Frame | undefined, row: FrameRow, input: Json, own: JsonObject): Frame {
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
      mapRun: undefined,
      attempt: 0,
      open: true,
      dropChildren: false,
      timer: timer(() => this.#wakes.due(frame)),
      pending: [],
    };
    return frame;
  }

  /** Builds the frames of an execution from their rows, parents before children, each linked with its parent. */
  loadFrames(execution: Execution): Frame[] {
    const frames = new Map<number, Frame>();
    for (const row of this.#store.frames(execution.id)) {
      const parent = row.parent === null ? undefined : frames.get(row.parent);
      const frame = this.frame(
        execution,
        parent,
        row,
        JSON.parse(row.input) as Json,
        JSON.parse(row.variables) as JsonObject,
      );
      frames.set(row.id, frame);
      if (!parent) execution.root = frame;
      if (row.work !== null && frame.state.inner.length > 0) {
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

  /** Nothing moves this frame, or one below it, any more. */
  closeFrame(frame: Frame): void {
    frame.open = false;
    this.#timers.clear(frame.timer);
    if (frame.row.token !== null) this.byToken.delete(frame.row.token);
    for (const child of frame.fan?.live ?? []) this.closeFrame(child);
    frame.mapRun?.abort();
  }

  /** Sets a frame's timer to the first of its stored instants. */
  arm(frame: Frame): void {
    const { wake_at, deadline, heartbeat_at } = frame.row;
    const at = Math.min(wake_at ?? Infinity, deadline ?? Infinity, heartbeat_at ?? Infinity);
    if (at === Infinity) this.#timers.clear(frame.timer);
    else this.#timers.set(frame.timer, at);
  }

  /** Lets a frame's task token find it. */
  hold(frame: Frame): void {
    if (frame.row.token !== null) this.byToken.set(frame.row.token, frame);
  }

  /** Leaves a rest: its timer, its token and what was begun for it are void. */
  leaveRest(frame: Frame): void {
    const { row } = frame;
    this.#timers.clear(frame.timer);
    if (row.token !== null) this.byToken.delete(row.token);
    row.token = row.function = row.work = row.wake_at = row.deadline = row.heartbeat_seconds = row.heartbeat_at = null;
  }
}
