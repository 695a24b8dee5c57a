import { limit, tooLarge } from './data.ts';
import { EvaluationFailed, InvalidToken, TaskDoesNotExist, TaskTimedOut, type Failure } from './errors.ts';
import { field, MAX_SECONDS, number } from './fields.ts';
import type { Frame, Move } from './frame.ts';
import { asError, functionNameOf, lambdaFailure } from './functions.ts';
import { inHistory, REGION, shown, WHOLE } from './history.ts';
import type { Interpreter } from './interpreter.ts';
import type { Json, JsonObject } from './json.ts';
import type { Parts } from './parts.ts';
import type { Invoke, InvokeContext } from './ports.ts';
import { executionOfToken, newToken } from './tokens.ts';

/** Task states: calls of functions, and the tokens that they are answered by. */
export class Tasks {
  readonly #store: Parts['store'];
  readonly #work: Parts['work'];
  readonly #executions: Parts['executions'];
  readonly #journal: Parts['journal'];
  readonly #invoke: Parts['invoke'];
  readonly #now: () => number;
  readonly #interpreter: Interpreter;
  #running = 0;
  #runningSince = 0n;
  readonly statistics = { invocations: 0, handlerNanoseconds: 0n };

  constructor(parts: Parts, interpreter: Interpreter) {
    this.#store = parts.store;
    this.#work = parts.work;
    this.#executions = parts.executions;
    this.#journal = parts.journal;
    this.#invoke = parts.invoke;
    this.#now = () => parts.now();
    this.#interpreter = interpreter;
  }

  /** Begins a Task: writes that it is scheduled, then calls its function. */
  async schedule(frame: Frame): Promise<undefined> {
    const { state, row, execution } = frame;
    const { kind, resource } = state.task!;
    row.token = kind === 'invoke.waitForTaskToken' ? newToken(execution.id, row.id) : null;
    const timeout = await number(frame, 'TimeoutSeconds', Infinity, 1, MAX_SECONDS);
    const heartbeat = await number(frame, 'HeartbeatSeconds', Infinity, 1, MAX_SECONDS);
    const given = (await field(frame, 'Arguments')) ?? (kind === 'function' ? frame.input : {});
    const parameters = JSON.stringify(given);
    limit(parameters, 'Arguments');
    if (!frame.open) return;
    const times = {
      ...(timeout !== Infinity && { timeoutInSeconds: timeout }),
      ...(heartbeat !== Infinity && { heartbeatInSeconds: heartbeat }),
    };
    const now = this.#now();
    if (kind === 'function') {
      row.function = functionNameOf(resource);
      row.work = parameters;
      const lambdaFunctionScheduledEventDetails = { resource, input: parameters, inputDetails: WHOLE, ...times };
      this.#journal.note(frame, 'LambdaFunctionScheduled', { lambdaFunctionScheduledEventDetails }, now);
      this.#journal.note(frame, 'LambdaFunctionStarted');
    } else {
      const { FunctionName, Payload } = given as JsonObject;
      if (typeof FunctionName !== 'string' || FunctionName === '') {
        throw new EvaluationFailed('Arguments/FunctionName', `The field 'Arguments/FunctionName' must be a string.`);
      }
      row.function = functionNameOf(FunctionName);
      row.work = JSON.stringify(Payload ?? {});
      const scheduled = { resourceType: 'lambda', resource: kind, region: REGION, parameters, ...times };
      this.#journal.note(frame, 'TaskScheduled', { taskScheduledEventDetails: scheduled }, now);
      this.#journal.note(frame, 'TaskStarted', { taskStartedEventDetails: { resourceType: 'lambda', resource: kind } });
    }
    row.deadline = timeout === Infinity ? null : now + timeout * 1000;
    row.heartbeat_seconds = heartbeat === Infinity ? null : heartbeat;
    row.heartbeat_at = heartbeat === Infinity ? null : now + heartbeat * 1000;
    if (!this.#interpreter.rest(frame, 'SCHEDULED')) return;
    this.#executions.hold(frame);
    const { attempt } = frame;
    this.#work.later(() => this.call(frame, attempt));
  }

  /** Calls the function of a scheduled task, which is on disk by now. */
  call(frame: Frame, attempt: number): void {
    if (!frame.open || frame.attempt !== attempt || this.#work.closing) return;
    const { row, execution, state } = frame;
    const timeoutMs = row.deadline === null ? undefined : row.deadline - this.#now();
    // It timed out while no engine ran: its timer says so.
    if (timeoutMs !== undefined && timeoutMs <= 0) return;
    this.#work.busy += 1;
    this.statistics.invocations += 1;
    if (this.#running++ === 0) this.#runningSince = process.hrtime.bigint();
    const context = { executionArn: execution.arn, state: state.name, ...(timeoutMs !== undefined && { timeoutMs }) };
    const ended = () => {
      if (--this.#running === 0) this.statistics.handlerNanoseconds += process.hrtime.bigint() - this.#runningSince;
      return frame.open && frame.attempt === attempt && frame.row.phase === 'SCHEDULED' && !this.#work.halted;
    };
    // A copy of its own: what a function does to its payload stays there.
    const payload = JSON.parse(row.work!) as Json;
    void this.#await(frame, this.#invoke, payload, context, ended);
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
        if (ended()) this.#interpreter.go(frame, this.taskFailed(frame, lambdaFailure(error)));
        return;
      }
      if (ended()) this.#answered(frame, result);
    } catch (error) {
      this.#work.halt(asError(error));
    } finally {
      this.#work.done();
    }
  }

  #answered(frame: Frame, result: Json | void): void {
    const { kind } = frame.state.task!;
    let text: string | undefined;
    try {
      text = JSON.stringify(result ?? null) ?? 'null';
    } catch (error) {
      this.#interpreter.go(frame, this.taskFailed(frame, lambdaFailure(error)));
      return;
    }
    const output = kind === 'function' ? text : `{"ExecutedVersion":"$LATEST","Payload":${text},"StatusCode":200}`;
    if (tooLarge(output)) {
      const failure = {
        error: 'States.DataLimitExceeded',
        cause: `The state/task '${frame.row.function}' returned a result with a size exceeding the maximum number of bytes service limit.`,
      };
      this.#interpreter.go(frame, this.taskFailed(frame, failure));
    } else if (kind === 'invoke.waitForTaskToken') {
      this.#journal.note(frame, 'TaskSubmitted', {
        taskSubmittedEventDetails: { resourceType: 'lambda', resource: kind, output, outputDetails: WHOLE },
      });
      this.#interpreter.rest(frame, 'TOKEN');
    } else {
      this.#interpreter.go(frame, this.taskSucceeded(frame, JSON.parse(output) as Json, output));
    }
  }

  /** Notes what a task gave. @returns how its frame moves on. */
  taskSucceeded(frame: Frame, result: Json, text: string): Move {
    const { kind } = frame.state.task!;
    this.#executions.leaveRest(frame);
    if (kind === 'function') {
      this.#journal.note(frame, 'LambdaFunctionSucceeded', {
        lambdaFunctionSucceededEventDetails: { output: text, outputDetails: WHOLE },
      });
    } else {
      this.#journal.note(frame, 'TaskSucceeded', {
        taskSucceededEventDetails: { resourceType: 'lambda', resource: kind, output: text, outputDetails: WHOLE },
      });
    }
    return { kind: 'result', result, text };
  }

  /** Notes how a task failed. @returns how its frame moves on. */
  taskFailed(frame: Frame, failure: Failure): Move {
    const { kind } = frame.state.task!;
    this.#executions.leaveRest(frame);
    if (kind === 'function') {
      this.#journal.note(frame, 'LambdaFunctionFailed', { lambdaFunctionFailedEventDetails: shown(failure) });
    } else {
      this.#journal.note(frame, 'TaskFailed', {
        taskFailedEventDetails: { resourceType: 'lambda', resource: kind, ...shown(failure) },
      });
    }
    return { kind: 'error', failure };
  }

  /** A task, or its next heartbeat, is late. */
  taskTimedOut(frame: Frame, error: 'States.Timeout' | 'States.HeartbeatTimeout'): void {
    const { kind } = frame.state.task!;
    this.#executions.leaveRest(frame);
    if (kind === 'function') {
      this.#journal.note(frame, 'LambdaFunctionTimedOut', {
        lambdaFunctionTimedOutEventDetails: { error: inHistory(error) },
      });
    } else {
      this.#journal.note(frame, 'TaskTimedOut', {
        taskTimedOutEventDetails: { resourceType: 'lambda', resource: kind, error: inHistory(error) },
      });
    }
    this.#interpreter.go(frame, { kind: 'error', failure: { error, cause: '' } });
  }

  /** The frame that waits for a token. @throws InvalidToken, TaskDoesNotExist, TaskTimedOut */
  holder(token: string): Frame {
    const frame = this.#executions.byToken.get(token);
    if (frame) return frame;
    const execution = executionOfToken(token);
    if (execution === undefined) throw new InvalidToken('Invalid Token: this is no task token of Step Functions');
    if (this.#store.execution(execution)) {
      throw new TaskTimedOut('Task Timed Out: the task of this token has ended, and a token is spent once');
    }
    throw new TaskDoesNotExist('Task Does Not Exist: no task here was given this token');
  }

  /** `holder`, once. @throws InvalidToken, TaskDoesNotExist, TaskTimedOut */
  spend(token: string): Frame {
    const frame = this.holder(token);
    this.#executions.byToken.delete(token);
    return frame;
  }
}
