import { limit } from './data.ts';
import type { Catcher, State, Way } from './definition.ts';
import { EvaluationFailed, type Failure } from './errors.ts';
import { Fans } from './fans.ts';
import { bindingsOf, MAX_SECONDS, number, text } from './fields.ts';
import type { Execution, Frame, Move } from './frame.ts';
import { inHistory, shown, WHOLE } from './history.ts';
import type { Json, JsonObject } from './json.ts';
import { MapRuns } from './map-runs.ts';
import type { Parts } from './parts.ts';
import { instant, type ExecutionRow, type Phase } from './store.ts';
import { Tasks } from './tasks.ts';

/** A frame that moves on without rest is written at least this often. */
const MOST_PENDING_EVENTS = 200;

/** Moves frames through their states, from one rest to the next. */
export class Interpreter {
  readonly #database: Parts['database'];
  readonly #work: Parts['work'];
  readonly #store: Parts['store'];
  readonly #machines: Parts['machines'];
  readonly #executions: Parts['executions'];
  readonly #journal: Parts['journal'];
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #fans: Fans;
  readonly #mapRuns: MapRuns;
  readonly tasks: Tasks;

  constructor(parts: Parts) {
    this.#database = parts.database;
    this.#work = parts.work;
    this.#store = parts.store;
    this.#machines = parts.machines;
    this.#executions = parts.executions;
    this.#journal = parts.journal;
    this.#now = () => parts.now();
    this.#random = () => parts.random();
    this.#fans = new Fans(parts, this);
    this.#mapRuns = new MapRuns(parts, this);
    this.tasks = new Tasks(parts, this);
  }

  /** Begins a move, which voids what was begun for this frame before. */
  go(frame: Frame, move: Move): void {
    frame.attempt += 1;
    void this.#work.during(async () => {
      // Begins when what called this has ended: a frame never moves within another one's move.
      await Promise.resolve();
      await this.#run(frame, move);
    });
  }

  /** Runs a frame from one rest to the next. */
  async #run(frame: Frame, first: Move): Promise<void> {
    let move: Move | undefined = first;
    while (move && frame.open && !this.#work.halted) {
      const { kind }: Move = move;
      try {
        move = await this.#move(frame, move);
      } catch (thrown) {
        const error = thrown instanceof RangeError ? tooDeep(frame) : thrown;
        if (!(error instanceof EvaluationFailed)) throw error;
        const failure = { error: error.error, cause: error.message };
        if (!frame.open) return;
        if (error.error === 'States.QueryEvaluationError') {
          this.#journal.note(frame, 'EvaluationFailed', {
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
      if (this.#journal.flush(frame)) this.#work.later(() => this.go(frame, { kind: 'enter' }));
      return undefined;
    }
    row.entered_at = this.#now();
    frame.enteredTime = instant(row.entered_at);
    row.retry_count = 0;
    frame.retries = [];
    this.#journal.note(frame, `${state.type}StateEntered`, {
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
          failure: { error: await text(frame, 'Error'), cause: await text(frame, 'Cause') },
        };
      case 'Choice':
        return this.#choose(frame);
      case 'Wait':
        return this.#wait(frame);
      case 'Task':
        return this.tasks.schedule(frame);
      case 'Map':
      case 'Parallel':
        return state.distributed ? this.#mapRuns.start(frame) : this.#fans.fanOut(frame);
    }
  }

  async #choose(frame: Frame): Promise<Move | undefined> {
    const { state, row } = frame;
    const bindings = bindingsOf(frame, {});
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
      const seconds = await number(frame, 'Seconds', 0, 0, MAX_SECONDS);
      row.wake_at = this.#now() + Math.trunc(seconds) * 1000;
    } else {
      const timestamp = await text(frame, 'Timestamp');
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
    this.rest(frame, 'WAIT');
  }

  /** Writes the frame where it rests now, and sets its timer. */
  rest(frame: Frame, phase: Phase): boolean {
    if (!frame.open) return false;
    frame.row.phase = phase;
    frame.row.retries = JSON.stringify(frame.retries);
    if (!this.#journal.flush(frame)) return false;
    this.#executions.arm(frame);
    return true;
  }

  /** A frame's timer fired. */
  due(frame: Frame): void {
    if (!frame.open || this.#work.halted) return;
    const { row } = frame;
    if (row.phase === 'WAIT') {
      this.#executions.leaveRest(frame);
      this.go(frame, { kind: 'result', result: frame.input, text: row.input });
    } else if (row.phase === 'RETRY') {
      this.#executions.leaveRest(frame);
      this.go(frame, { kind: 'start' });
    } else if (row.phase === 'SCHEDULED' || row.phase === 'TOKEN') {
      const late = row.deadline !== null && row.deadline <= this.#now();
      this.tasks.taskTimedOut(frame, late ? 'States.Timeout' : 'States.HeartbeatTimeout');
    }
  }

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
      const bindings = bindingsOf(frame, more);
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
    frame.mapRun = undefined;
    row.work = null;
    this.#journal.note(frame, `${state.type}StateExited`, {
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
      this.#journal.conclude(
        execution,
        'SUCCEEDED',
        { output },
        { executionSucceededEventDetails: { output, outputDetails: WHOLE } },
      );
      return;
    }
    if (parent.state.type === 'Map') {
      this.#journal.noteIteration(frame, 'MapIterationSucceeded', parent, row.position);
    }
    row.phase = 'DONE';
    row.output = output;
    if (!this.#journal.flush(frame)) return;
    const fan = parent.fan!;
    fan.outputs[row.position] = output;
    fan.succeeded += 1;
    this.#fans.leftParent(frame, parent);
  }

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
      frame.mapRun = undefined;
      this.rest(frame, 'RETRY');
      return undefined;
    }
    const position = state.catchers.findIndex((catcher: Catcher) => matches(failure, catcher.errors, state));
    const catcher = state.catchers[position];
    if (state.type === 'Map' || state.type === 'Parallel') this.#journal.note(frame, `${state.type}StateFailed`);
    if (!catcher) return { kind: 'fail', failure };
    const errorOutput = { Error: failure.error, Cause: failure.cause };
    return this.#leave(frame, catcher, errorOutput, JSON.stringify(errorOutput), { errorOutput }, `Catch[${position}]`);
  }

  #fail(frame: Frame, failure: Failure): undefined {
    const { execution, parent, row } = frame;
    row.phase = hasChildren(frame) ? 'CHILDREN' : 'START';
    if (!parent) {
      const end = shown({ ...failure, error: inHistory(failure.error) });
      this.#journal.conclude(execution, 'FAILED', end, { executionFailedEventDetails: end });
      return;
    }
    if (parent.state.type === 'Map') this.#journal.noteIteration(frame, 'MapIterationFailed', parent, row.position);
    const fan = parent.fan!;
    if (frame.state.type === 'Task' && fan.failed + 1 > fan.tolerated) this.#journal.note(frame, 'TaskStateAborted');
    row.phase = 'FAILED';
    row.output = JSON.stringify(failure);
    if (!this.#journal.flush(frame)) return;
    fan.failed += 1;
    fan.failure = failure;
    this.#fans.leftParent(frame, parent);
  }

  /** An execution's timer fired. */
  executionTimedOut(execution: Execution): void {
    if (this.#work.halted || !this.#executions.byId.has(execution.id)) return;
    const end = { error: 'States.Timeout', cause: 'The execution ran longer than its TimeoutSeconds.' };
    this.#work.guard(() => this.#journal.conclude(execution, 'TIMED_OUT', end, { executionTimedOutEventDetails: end }));
  }

  /** Goes on from where a stored frame rests. */
  wake(frame: Frame): void {
    if (!frame.open) return;
    const { attempt } = frame;
    switch (frame.row.phase) {
      case 'ENTER':
        this.go(frame, { kind: 'enter' });
        break;
      case 'START':
        this.go(frame, { kind: 'start' });
        break;
      case 'SCHEDULED':
        this.#executions.arm(frame);
        this.#executions.hold(frame);
        this.#work.later(() => this.tasks.call(frame, attempt));
        break;
      case 'TOKEN':
        this.#executions.hold(frame);
        this.#executions.arm(frame);
        break;
      case 'RETRY':
      case 'WAIT':
        this.#executions.arm(frame);
        break;
      case 'CHILDREN':
        if (frame.state.distributed) this.#mapRuns.resume(frame);
        else this.#fans.settleChildren(frame);
        break;
      case 'DONE':
      case 'FAILED':
        break;
    }
  }

  /** Moves a frame on and waits until that is on disk. */
  async settled(frame: Frame, move: Move): Promise<void> {
    this.#work.busy += 1;
    frame.attempt += 1;
    try {
      await this.#run(frame, move);
      if (this.#work.halted) throw this.#work.halted;
      await this.#database.committed();
    } finally {
      this.#work.done();
    }
  }

  /** Runs an ended execution again, going on in every frame that did not end well. */
  redrive(row: ExecutionRow): Execution {
    const at = this.#now();
    const definition = this.#machines.definition(row.definition);
    row.redrive_count += 1;
    row.deadline = definition.timeoutSeconds === undefined ? null : at + definition.timeoutSeconds * 1000;
    const execution = this.#executions.open(row, definition, JSON.parse(row.input) as Json);
    const frames = this.#executions.loadFrames(execution);
    const { root } = execution;
    const executionRedrivenEventDetails = { redriveCount: row.redrive_count };
    this.#journal.note(root, 'ExecutionRedriven', { executionRedrivenEventDetails }, at);
    this.#journal.flush(root, () => this.#store.redriveExecution(row.id, at, row.redrive_count, row.deadline));
    this.#goOn(execution, frames);
    return execution;
  }

  #goOn({ root }: Execution, frames: readonly Frame[]): void {
    for (const frame of frames) {
      if (frame.row.phase === 'DONE' || !frame.open) continue;
      frame.row.previous = root.row.previous;
      frame.retries = [];
      frame.row.retry_count = 0;
      if (frame.row.phase === 'FAILED') {
        // A root that failed rests in START or CHILDREN, so this one has a parent.
        frame.row.phase = hasChildren(frame) ? 'CHILDREN' : 'START';
        frame.parent!.fan!.failed -= 1;
        frame.parent!.fan!.live.add(frame);
      }
      if (frame.row.phase !== 'CHILDREN') this.#executions.leaveRest(frame);
    }
    for (const frame of frames) {
      if (frame.row.phase === 'CHILDREN' && frame.state.distributed) this.#mapRuns.redrive(frame);
      else if (frame.row.phase === 'CHILDREN') this.#fans.settleChildren(frame);
      else if (frame.row.phase === 'ENTER') this.go(frame, { kind: 'enter' });
      else if (frame.row.phase !== 'DONE') this.go(frame, { kind: 'start' });
    }
  }
}

/** Whether a redrive goes on with branches, items or child executions that there are. */
function hasChildren(frame: Frame): boolean {
  return frame.fan !== undefined || frame.mapRun !== undefined;
}

/** Data nested over some thousands of levels exhausts the stack of whatever walks it: that ends its own execution only. */
function tooDeep(frame: Frame): EvaluationFailed {
  const cause = `The data of state '${frame.state.name}' is nested too deeply.`;
  return new EvaluationFailed('', cause, 'States.Runtime');
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
