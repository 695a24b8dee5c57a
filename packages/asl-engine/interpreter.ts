/** Moves frames through their states, from one rest to the next. */
import type { EngineContext } from './context.ts';
import { instantOf, limit, MAX_SECONDS } from './data.ts';
import type { State, Way } from './definition.ts';
import { EvaluationFailed, type Failure } from './errors.ts';
import { fanOut, leaveParent } from './fans.ts';
import { bindingsOf, number, text } from './fields.ts';
import { dropChildren, hasChildren, type Frame, type Move } from './frame.ts';
import { inHistory, shown, WHOLE } from './history.ts';
import { conclude, flush, note, noteAt, noteIteration, rest } from './journal.ts';
import type { Json, JsonObject } from './json.ts';
import { startMapRun } from './map-runs.ts';
import { instant } from './store.ts';
import { schedule } from './tasks.ts';

/** A frame that moves on without rest is written at least this often. */
const MAX_PENDING_EVENTS = 200;

/** Begins a move, which voids what was begun for this frame before. */
export function go(engine: EngineContext, frame: Frame, move: Move): void {
  frame.attempt += 1;
  void engine.work.during(async () => {
    // Begins when what called this has ended: a frame never moves within another one's move.
    await Promise.resolve();
    await run(engine, frame, move);
  });
}

/** Moves a frame on and waits until that is on disk. @throws EngineHalted */
export async function settled(engine: EngineContext, frame: Frame, move: Move): Promise<void> {
  const { work } = engine;
  work.busy += 1;
  frame.attempt += 1;
  try {
    await run(engine, frame, move);
    if (work.halted) throw work.halted;
    await engine.database.committed();
  } finally {
    work.done();
  }
}

/** Runs a frame from one rest to the next. */
async function run(engine: EngineContext, frame: Frame, first: Move): Promise<void> {
  let move: Move | undefined = first;
  while (move && frame.open && !engine.work.halted) {
    const { kind }: Move = move;
    try {
      move = await makeMove(engine, frame, move);
    } catch (thrown) {
      const error = thrown instanceof RangeError ? tooDeep(frame) : thrown;
      if (!(error instanceof EvaluationFailed)) throw error;
      const failure = { error: error.error, cause: error.message };
      if (!frame.open) return;
      if (error.error === 'States.QueryEvaluationError') {
        note(engine, frame, 'EvaluationFailed', { ...failure, location: error.location, state: frame.state.name });
      }
      // What a Catch itself gets wrong is not caught by its own state.
      move = { kind: kind === 'error' ? 'fail' : 'error', failure };
    }
  }
}

/** Data nested over some thousands of levels exhausts the stack of its reader. That ends its own execution only. */
function tooDeep(frame: Frame): EvaluationFailed {
  const cause = `The data of state '${frame.state.name}' is nested too deeply.`;
  return new EvaluationFailed('', cause, 'States.Runtime');
}

async function makeMove(engine: EngineContext, frame: Frame, move: Move): Promise<Move | undefined> {
  switch (move.kind) {
    case 'enter':
      return enter(engine, frame);
    case 'start':
      return start(engine, frame);
    case 'result': {
      const { result: value, text } = move;
      return leave(engine, frame, { way: frame.state, value, text, more: { result: value } });
    }
    case 'error':
      return handle(engine, frame, move.failure);
    case 'fail':
      return fail(engine, frame, move.failure);
  }
}

function enter(engine: EngineContext, frame: Frame): Move | undefined {
  const { row, state } = frame;
  if (frame.pending.length >= MAX_PENDING_EVENTS) {
    // Lets others run, so that a state machine that goes round without rest cannot hold the process.
    row.phase = 'ENTER';
    if (flush(engine, frame)) engine.work.later(() => go(engine, frame, { kind: 'enter' }));
    return undefined;
  }
  row.entered_at = engine.now();
  frame.enteredTime = instant(row.entered_at);
  row.retry_count = 0;
  frame.retries = [];
  noteAt(row.entered_at, frame, `${state.type}StateEntered`, {
    name: state.name,
    input: row.input,
    inputDetails: WHOLE,
  });
  return { kind: 'start' };
}

async function start(engine: EngineContext, frame: Frame): Promise<Move | undefined> {
  const { state, row } = frame;
  row.phase = 'START';
  switch (state.type) {
    case 'Pass':
    case 'Succeed':
      return leave(engine, frame, { way: state, value: frame.input, text: row.input });
    case 'Fail':
      return { kind: 'fail', failure: { error: await text(frame, 'Error'), cause: await text(frame, 'Cause') } };
    case 'Choice':
      return choose(engine, frame);
    case 'Wait':
      return wait(engine, frame);
    case 'Task':
      return schedule(engine, frame);
    case 'Map':
    case 'Parallel':
      return state.distributed ? startMapRun(engine, frame) : fanOut(engine, frame);
  }
}

async function choose(engine: EngineContext, frame: Frame): Promise<Move | undefined> {
  const { state, row } = frame;
  const unchanged = { value: frame.input, text: row.input };
  const bindings = bindingsOf(frame, {});
  for (const [i, choice] of state.choices.entries()) {
    const met = await choice.condition.evaluate(bindings);
    if (typeof met !== 'boolean') {
      const location = `Choices[${i}]/Condition`;
      throw new EvaluationFailed(location, `The field '${location}' must be a boolean.`);
    }
    if (met) return leave(engine, frame, { ...unchanged, way: choice, location: `Choices[${i}]/` });
  }
  if (state.next !== undefined) return leave(engine, frame, { ...unchanged, way: state });
  const cause = `No choice of state '${state.name}' matched, and it has no Default.`;
  return { kind: 'fail', failure: { error: 'States.NoChoiceMatched', cause } };
}

async function wait(engine: EngineContext, frame: Frame): Promise<undefined> {
  if (frame.state.fields.has('Seconds')) {
    const seconds = await number(frame, 'Seconds', 0, { min: 0, max: MAX_SECONDS });
    frame.row.wake_at = engine.now() + Math.trunc(seconds) * 1000;
  } else {
    const at = instantOf(await text(frame, 'Timestamp'));
    if (at === undefined) {
      const cause = `The field 'Timestamp' must be an instant such as 2030-01-31T09:00:00Z.`;
      throw new EvaluationFailed('Timestamp', cause);
    }
    frame.row.wake_at = at;
  }
  rest(engine, frame, 'WAIT');
}

/** How a frame leaves its state. */
interface Exit {
  readonly way: Way;
  /** The output where the way has no Output. */
  readonly value: Json;
  /** The JSON text of `value`. */
  readonly text: string;
  /** What the expressions see below `$states`, beside the input and the context. */
  readonly more?: JsonObject;
  /** What precedes the names of the way's fields, such as `Catch[0]/`. @default the state's own fields */
  readonly location?: string;
}

async function leave(engine: EngineContext, frame: Frame, exit: Exit): Promise<Move | undefined> {
  const { state, row } = frame;
  const { way, location = '' } = exit;
  const { output, outputText, assigned } = await evaluateWay(frame, exit);
  if (!frame.open) return undefined;
  const variables = way.assign.size > 0 && {
    assignedVariables: assign(frame, assigned, `${location}Assign`),
    assignedVariablesDetails: WHOLE,
  };
  dropChildren(frame);
  note(engine, frame, `${state.type}StateExited`, {
    name: state.name,
    output: outputText,
    outputDetails: WHOLE,
    ...variables,
  });
  if (way.next === undefined) return end(engine, frame, outputText);
  frame.state = frame.states.states.get(way.next)!;
  row.state = way.next;
  frame.input = output;
  row.input = outputText;
  return { kind: 'enter' };
}

/** Evaluates Output and Assign over the same snapshot of the variables. @throws EvaluationFailed */
async function evaluateWay(
  frame: Frame,
  { way, value, text, more = {}, location = '' }: Exit,
): Promise<{ output: Json; outputText: string; assigned: JsonObject }> {
  const assigned: JsonObject = {};
  if (!way.output && way.assign.size === 0) return { output: value, outputText: text, assigned };
  const bindings = bindingsOf(frame, more);
  let output = value;
  let outputText = text;
  if (way.output) {
    output = await way.output.evaluate(bindings);
    outputText = JSON.stringify(output);
    limit(outputText, `${location}Output`);
  }
  for (const [name, template] of way.assign) assigned[name] = await template.evaluate(bindings);
  return { output, outputText, assigned };
}

/** Assigns variables of a frame. @returns their JSON texts. @throws EvaluationFailed when they are too large. */
function assign(frame: Frame, assigned: JsonObject, location: string): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, variable] of Object.entries(assigned)) texts[name] = JSON.stringify(variable);
  limit(Object.values(texts).join(''), location);
  frame.own = { ...frame.own, ...assigned };
  frame.visible = { ...frame.visible, ...assigned };
  frame.row.variables = JSON.stringify(frame.own);
  return texts;
}

/** Ends a frame that came to the end of its states. */
function end(engine: EngineContext, frame: Frame, output: string): undefined {
  const { execution, parent, row } = frame;
  if (!parent) {
    conclude(engine, execution, 'SUCCEEDED', { output });
    return;
  }
  if (parent.state.type === 'Map') noteIteration(engine, frame, 'Succeeded', frame);
  row.phase = 'DONE';
  row.output = output;
  if (!flush(engine, frame)) return;
  const fan = parent.fan!;
  fan.outputs[row.position] = output;
  fan.succeeded += 1;
  leaveParent(engine, frame, parent);
}

/** Retries a state that failed, or takes the first Catch that matches, or fails. */
async function handle(engine: EngineContext, frame: Frame, failure: Failure): Promise<Move | undefined> {
  if (retry(engine, frame, failure)) return undefined;
  const { state } = frame;
  const position = state.catchers.findIndex((catcher) => matches(failure, catcher.errors, state));
  const catcher = state.catchers[position];
  if (state.type === 'Map' || state.type === 'Parallel') note(engine, frame, `${state.type}StateFailed`);
  if (!catcher) return { kind: 'fail', failure };
  const errorOutput = { Error: failure.error, Cause: failure.cause };
  return leave(engine, frame, {
    way: catcher,
    value: errorOutput,
    text: JSON.stringify(errorOutput),
    more: { errorOutput },
    location: `Catch[${position}]/`,
  });
}

/** Rests until the next attempt. @returns false when no retrier matches, or its attempts are used up. */
function retry(engine: EngineContext, frame: Frame, failure: Failure): boolean {
  const { state, row } = frame;
  const index = state.retriers.findIndex((retrier) => matches(failure, retrier.ErrorEquals, state));
  const retrier = state.retriers[index];
  const used = frame.retries[index] ?? 0;
  if (!retrier || used >= retrier.MaxAttempts) return false;
  for (let i = 0; i <= index; i += 1) frame.retries[i] ??= 0;
  frame.retries[index] = used + 1;
  row.retry_count += 1;
  const pause = retrier.IntervalSeconds * retrier.BackoffRate ** used;
  const seconds = Math.min(pause, retrier.MaxDelaySeconds ?? MAX_SECONDS, MAX_SECONDS);
  const share = retrier.JitterStrategy === 'FULL' ? engine.random() : 1;
  row.wake_at = engine.now() + Math.round(seconds * 1000 * share);
  dropChildren(frame);
  rest(engine, frame, 'RETRY');
  return true;
}

function fail(engine: EngineContext, frame: Frame, failure: Failure): undefined {
  const { execution, parent, row } = frame;
  row.phase = hasChildren(frame) ? 'CHILDREN' : 'START';
  if (!parent) {
    conclude(engine, execution, 'FAILED', shown({ ...failure, error: inHistory(failure.error) }));
    return;
  }
  if (parent.state.type === 'Map') noteIteration(engine, frame, 'Failed', frame);
  const fan = parent.fan!;
  if (frame.state.type === 'Task' && fan.failed + 1 > fan.tolerated) note(engine, frame, 'TaskStateAborted');
  row.phase = 'FAILED';
  row.output = JSON.stringify(failure);
  if (!flush(engine, frame)) return;
  fan.failed += 1;
  fan.failure = failure;
  leaveParent(engine, frame, parent);
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
