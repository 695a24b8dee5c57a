/** Goes on with what rests: when a timer fires, after a restart, and after a redrive. */
import type { EngineContext } from './context.ts';
import { arm, holdToken, leaveRest, loadFrames, openExecution } from './executions.ts';
import { settleChildren } from './fans.ts';
import { hasChildren, type Execution, type Frame } from './frame.ts';
import { conclude, flush, noteAt } from './journal.ts';
import type { Json } from './json.ts';
import { redriveMapRun, resumeMapRun } from './map-runs.ts';
import type { ExecutionRow } from './store.ts';
import { call, taskTimedOut } from './tasks.ts';

/** Handles a frame's timer. */
export function due(engine: EngineContext, frame: Frame): void {
  if (!frame.open || engine.work.halted) return;
  const { row } = frame;
  if (row.phase === 'WAIT') {
    leaveRest(engine, frame);
    engine.interpreter.go(frame, { kind: 'result', result: frame.input, text: row.input });
  } else if (row.phase === 'RETRY') {
    leaveRest(engine, frame);
    engine.interpreter.go(frame, { kind: 'start' });
  } else if (row.phase === 'SCHEDULED' || row.phase === 'TOKEN') {
    engine.interpreter.go(frame, taskTimedOut(engine, frame));
  }
}

/** Handles an execution's timer. */
export function timedOut(engine: EngineContext, execution: Execution): void {
  if (engine.work.halted || !engine.executions.has(execution.id)) return;
  const end = { error: 'States.Timeout', cause: 'The execution ran longer than its TimeoutSeconds.' };
  engine.work.guard(() => conclude(engine, execution, 'TIMED_OUT', end));
}

/** Goes on with every execution that was running when the process ended. */
export function resumeAll(engine: EngineContext): void {
  const frames = engine.store.running().flatMap((row) => {
    const definition = engine.machines.definition(row.definition);
    return loadFrames(engine, openExecution(engine, row, definition, JSON.parse(row.input) as Json));
  });
  // All are there before one moves: a map run finds its children.
  for (const frame of frames) wake(engine, frame);
}

/** Goes on from where a stored frame rests. */
function wake(engine: EngineContext, frame: Frame): void {
  if (!frame.open) return;
  const { attempt } = frame;
  switch (frame.row.phase) {
    case 'ENTER':
      engine.interpreter.go(frame, { kind: 'enter' });
      break;
    case 'START':
      engine.interpreter.go(frame, { kind: 'start' });
      break;
    case 'SCHEDULED':
      arm(engine, frame);
      holdToken(engine, frame);
      engine.work.later(() => call(engine, frame, attempt));
      break;
    case 'TOKEN':
      holdToken(engine, frame);
      arm(engine, frame);
      break;
    case 'RETRY':
    case 'WAIT':
      arm(engine, frame);
      break;
    case 'CHILDREN':
      if (frame.state.distributed) resumeMapRun(engine, frame);
      else settleChildren(engine, frame);
      break;
    case 'DONE':
    case 'FAILED':
      break;
  }
}

/** Runs an ended execution again, going on in every frame that did not end well. */
export function redrive(engine: EngineContext, row: ExecutionRow): Execution {
  const at = engine.now();
  const definition = engine.machines.definition(row.definition);
  row.redrive_count += 1;
  row.deadline = definition.timeoutSeconds === undefined ? null : at + definition.timeoutSeconds * 1000;
  const execution = openExecution(engine, row, definition, JSON.parse(row.input) as Json);
  const frames = loadFrames(engine, execution);
  const { root } = execution;
  noteAt(at, root, 'ExecutionRedriven', { redriveCount: row.redrive_count });
  flush(engine, root, () => engine.store.redriveExecution(row.id, at, row.redrive_count, row.deadline));
  for (const frame of frames) reset(engine, frame, root);
  for (const frame of frames) goOn(engine, frame);
  return execution;
}

/** Gives a frame that did not end well its retries back, and puts it where it goes on. */
function reset(engine: EngineContext, frame: Frame, root: Frame): void {
  const { row } = frame;
  if (row.phase === 'DONE' || !frame.open) return;
  row.previous = root.row.previous;
  frame.retries = [];
  row.retry_count = 0;
  if (row.phase === 'FAILED') {
    // A root that failed rests in START or CHILDREN, so this one has a parent.
    row.phase = hasChildren(frame) ? 'CHILDREN' : 'START';
    frame.parent!.fan!.failed -= 1;
    frame.parent!.fan!.live.add(frame);
  }
  if (row.phase !== 'CHILDREN') leaveRest(engine, frame);
}

function goOn(engine: EngineContext, frame: Frame): void {
  const { phase } = frame.row;
  if (phase === 'CHILDREN' && frame.state.distributed) redriveMapRun(engine, frame);
  else if (phase === 'CHILDREN') settleChildren(engine, frame);
  else if (phase !== 'DONE') engine.interpreter.go(frame, { kind: phase === 'ENTER' ? 'enter' : 'start' });
}
