/** The open executions in memory: their frames, timers and task tokens, rebuilt from rows. */
import type { EngineContext } from './context.ts';
import type { Definition } from './definition.ts';
import type { Failure } from './errors.ts';
import { newFan, newRow, type Execution, type FanPlan, type Frame } from './frame.ts';
import { ROLE_ARN } from './history.ts';
import type { Json, JsonObject } from './json.ts';
import { executionArnOf, instant, stateMachineArnOf, type ExecutionRow, type FrameRow } from './store.ts';
import { timer } from './timers.ts';

/** Takes an execution into memory, without frames yet, and sets its timer. */
export function openExecution(
  engine: EngineContext,
  row: ExecutionRow,
  definition: Definition,
  input: Json,
): Execution {
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
    startedAt: row.started_at,
    context,
    events: engine.store.lastEvent(row.id),
    timer: timer(() => engine.interpreter.timedOut(execution)),
    ended: undefined,
  } as Execution;
  engine.executions.set(row.id, execution);
  if (row.deadline !== null) engine.timers.set(execution.timer, row.deadline);
  return execution;
}

/** The frame that a new execution begins with. @param input the execution's input, as JSON text. */
export function newRootFrame(engine: EngineContext, execution: Execution, input: string): Frame {
  const row = newRow({
    id: (engine.ids.frame += 1),
    execution: execution.id,
    parent: null,
    position: 0,
    state: execution.definition.startAt,
    input,
  });
  const frame = newFrame(engine, { execution, parent: undefined, row, input: execution.input, own: {} });
  execution.root = frame;
  return frame;
}

/** A frame in memory. `own` are the variables that it assigned itself. */
export function newFrame(
  engine: EngineContext,
  { execution, parent, row, input, own }: Pick<Frame, 'execution' | 'parent' | 'row' | 'input' | 'own'>,
): Frame {
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
    timer: timer(() => engine.interpreter.due(frame)),
    pending: [],
  };
  return frame;
}

/** Rebuilds the frames of an execution from their rows, parents before children, each linked with its parent. */
export function loadFrames(engine: EngineContext, execution: Execution): Frame[] {
  const frames = new Map<number, Frame>();
  for (const row of engine.store.frames(execution.id)) {
    const parent = row.parent === null ? undefined : frames.get(row.parent);
    const input = JSON.parse(row.input) as Json;
    const own = JSON.parse(row.variables) as JsonObject;
    const frame = newFrame(engine, { execution, parent, row, input, own });
    frames.set(row.id, frame);
    if (!parent) execution.root = frame;
    if (row.work !== null && frame.state.inner.length > 0) frame.fan = newFan(JSON.parse(row.work) as FanPlan);
    if (parent?.fan) countChild(parent, frame);
  }
  return [...frames.values()];
}

/** Counts a stored branch or item among those of its parent. */
function countChild(parent: Frame, child: Frame): void {
  const fan = parent.fan!;
  const { row } = child;
  fan.started.add(row.position);
  // As when they ended: the last one that ended is what the parent's next event follows.
  if (row.phase === 'DONE' || row.phase === 'FAILED') {
    parent.row.previous = Math.max(parent.row.previous, row.previous);
  }
  if (row.phase === 'DONE') {
    fan.outputs[row.position] = row.output;
    fan.succeeded += 1;
    child.open = false;
  } else if (row.phase === 'FAILED') {
    fan.failed += 1;
    fan.failure = JSON.parse(row.output!) as Failure;
  } else {
    fan.live.add(child);
  }
}

/** Nothing moves this frame, or one below it, any more. */
export function closeFrame(engine: EngineContext, frame: Frame): void {
  frame.open = false;
  engine.timers.clear(frame.timer);
  if (frame.row.token !== null) engine.tokens.delete(frame.row.token);
  for (const child of frame.fan?.live ?? []) closeFrame(engine, child);
  frame.mapRun?.abort();
}

/** Sets a frame's timer to the first of its stored instants. */
export function arm(engine: EngineContext, frame: Frame): void {
  const at = firstInstant(frame.row);
  if (at === Infinity) engine.timers.clear(frame.timer);
  else engine.timers.set(frame.timer, at);
}

function firstInstant({ wake_at, deadline, heartbeat_at }: FrameRow): number {
  return Math.min(wake_at ?? Infinity, deadline ?? Infinity, heartbeat_at ?? Infinity);
}

/** Lets a frame's task token find it. */
export function holdToken(engine: EngineContext, frame: Frame): void {
  if (frame.row.token !== null) engine.tokens.set(frame.row.token, frame);
}

/** Leaves a rest: its timer, its token and what was begun for it are void. */
export function leaveRest(engine: EngineContext, frame: Frame): void {
  const { row } = frame;
  engine.timers.clear(frame.timer);
  if (row.token !== null) engine.tokens.delete(row.token);
  row.token = row.function = row.work = row.wake_at = row.deadline = row.heartbeat_seconds = row.heartbeat_at = null;
}
