/** Task states: calls of functions, and the tokens that they are answered by. */
import type { EngineContext } from './context.ts';
import { limit, MAX_SECONDS, tooLarge } from './data.ts';
import { EvaluationFailed, InvalidToken, TaskDoesNotExist, TaskTimedOut, type Failure } from './errors.ts';
import { holdToken, leaveRest } from './executions.ts';
import { field, number } from './fields.ts';
import type { Frame, Move } from './frame.ts';
import { functionNameOf, lambdaFailure } from './functions.ts';
import { inHistory, REGION, shown, WHOLE } from './history.ts';
import { note, noteAt, rest } from './journal.ts';
import type { Json, JsonObject } from './json.ts';
import { executionOfToken, newToken } from './tokens.ts';

/** Begins a Task: writes that it is scheduled, then calls its function. @throws EvaluationFailed */
export async function schedule(engine: EngineContext, frame: Frame): Promise<undefined> {
  const { state, row, execution } = frame;
  const { kind } = state.task!;
  row.token = kind === 'invoke.waitForTaskToken' ? newToken(execution.id, row.id) : null;
  const timeout = await number(frame, 'TimeoutSeconds', Infinity, { min: 1, max: MAX_SECONDS });
  const heartbeat = await number(frame, 'HeartbeatSeconds', Infinity, { min: 1, max: MAX_SECONDS });
  const given = await field(frame, 'Arguments', kind === 'function' ? frame.input : {});
  const parameters = JSON.stringify(given);
  limit(parameters, 'Arguments');
  if (!frame.open) return;
  const now = engine.now();
  const times = {
    ...(timeout !== Infinity && { timeoutInSeconds: timeout }),
    ...(heartbeat !== Infinity && { heartbeatInSeconds: heartbeat }),
  };
  setCall(frame, given, parameters);
  noteScheduled(engine, frame, now, { parameters, times });
  row.deadline = timeout === Infinity ? null : now + timeout * 1000;
  row.heartbeat_seconds = heartbeat === Infinity ? null : heartbeat;
  row.heartbeat_at = heartbeat === Infinity ? null : now + heartbeat * 1000;
  if (!rest(engine, frame, 'SCHEDULED')) return;
  holdToken(engine, frame);
  const { attempt } = frame;
  engine.work.later(() => call(engine, frame, attempt));
}

/** Puts the function and its payload into the frame's row. @throws EvaluationFailed */
function setCall({ state, row }: Frame, given: Json, parameters: string): void {
  const { kind, resource } = state.task!;
  if (kind === 'function') {
    row.function = functionNameOf(resource);
    row.work = parameters;
    return;
  }
  const { FunctionName, Payload = {} } = given as JsonObject;
  if (typeof FunctionName !== 'string' || FunctionName === '') {
    throw new EvaluationFailed('Arguments/FunctionName', `The field 'Arguments/FunctionName' must be a string.`);
  }
  row.function = functionNameOf(FunctionName);
  row.work = JSON.stringify(Payload);
}

function noteScheduled(
  engine: EngineContext,
  frame: Frame,
  now: number,
  { parameters, times }: { readonly parameters: string; readonly times: object },
): void {
  const { kind, resource } = frame.state.task!;
  if (kind === 'function') {
    const details = { resource, input: parameters, inputDetails: WHOLE, ...times };
    noteAt(now, frame, 'LambdaFunctionScheduled', details);
    note(engine, frame, 'LambdaFunctionStarted');
    return;
  }
  const details = { resourceType: 'lambda', resource: kind, region: REGION, parameters, ...times };
  noteAt(now, frame, 'TaskScheduled', details);
  note(engine, frame, 'TaskStarted', { resourceType: 'lambda', resource: kind });
}

/** Calls the function of a scheduled task, which is on disk by now. */
export function call(engine: EngineContext, frame: Frame, attempt: number): void {
  if (!frame.open || frame.attempt !== attempt || engine.work.closing) return;
  const { deadline } = frame.row;
  const timeoutMs = deadline === null ? undefined : deadline - engine.now();
  // It timed out while no engine ran: its timer handles that.
  if (timeoutMs !== undefined && timeoutMs <= 0) return;
  engine.statistics.invocations += 1;
  void engine.work.during(() => invoke(engine, frame, timeoutMs));
}

/** Calls the function, and moves the frame on by its answer unless the frame has left the call. */
async function invoke(engine: EngineContext, frame: Frame, timeoutMs: number | undefined): Promise<void> {
  const { row, execution, state, attempt } = frame;
  const waits = () => frame.open && frame.attempt === attempt && frame.row.phase === 'SCHEDULED' && !engine.work.halted;
  const context = { executionArn: execution.arn, state: state.name, ...(timeoutMs !== undefined && { timeoutMs }) };
  // A copy of its own: what a function does to its payload stays there.
  const payload = JSON.parse(row.work!) as Json;
  let result: Json | void;
  engine.handlerTime.begin();
  try {
    result = await engine.invoke(row.function!, payload, context);
  } catch (error) {
    if (waits()) engine.interpreter.go(frame, taskFailed(engine, frame, lambdaFailure(error)));
    return;
  } finally {
    engine.handlerTime.end();
  }
  if (waits()) answered(engine, frame, result);
}

function answered(engine: EngineContext, frame: Frame, result: Json | void): void {
  const { kind } = frame.state.task!;
  let text: string;
  try {
    text = JSON.stringify(result ?? null) ?? 'null';
  } catch (error) {
    engine.interpreter.go(frame, taskFailed(engine, frame, lambdaFailure(error)));
    return;
  }
  const output = kind === 'function' ? text : `{"ExecutedVersion":"$LATEST","Payload":${text},"StatusCode":200}`;
  if (tooLarge(output)) {
    const failure = {
      error: 'States.DataLimitExceeded',
      cause: `The state/task '${frame.row.function}' returned a result with a size exceeding the maximum number of bytes service limit.`,
    };
    engine.interpreter.go(frame, taskFailed(engine, frame, failure));
  } else if (kind === 'invoke.waitForTaskToken') {
    note(engine, frame, 'TaskSubmitted', { resourceType: 'lambda', resource: kind, output, outputDetails: WHOLE });
    rest(engine, frame, 'TOKEN');
  } else {
    engine.interpreter.go(frame, taskSucceeded(engine, frame, JSON.parse(output) as Json, output));
  }
}

/** Notes the result of a task. @param text the result's JSON. @returns how its frame moves on. */
export function taskSucceeded(engine: EngineContext, frame: Frame, result: Json, text: string): Move {
  leaveRest(engine, frame);
  noteEnd(engine, frame, 'Succeeded', { output: text, outputDetails: WHOLE });
  return { kind: 'result', result, text };
}

/** Notes how a task failed. @returns how its frame moves on. */
export function taskFailed(engine: EngineContext, frame: Frame, failure: Failure): Move {
  leaveRest(engine, frame);
  noteEnd(engine, frame, 'Failed', shown(failure));
  return { kind: 'error', failure };
}

/** Notes that a task, or its next heartbeat, is late. @returns how its frame moves on. */
export function taskTimedOut(engine: EngineContext, frame: Frame): Move {
  const { deadline } = frame.row;
  const late = deadline !== null && deadline <= engine.now();
  const error = late ? 'States.Timeout' : 'States.HeartbeatTimeout';
  leaveRest(engine, frame);
  noteEnd(engine, frame, 'TimedOut', { error: inHistory(error) });
  return { kind: 'error', failure: { error, cause: '' } };
}

/** Notes the end of a task. A function's own ARN has a family of events of its own. */
function noteEnd(engine: EngineContext, frame: Frame, end: 'Succeeded' | 'Failed' | 'TimedOut', details: object): void {
  const { kind } = frame.state.task!;
  if (kind === 'function') note(engine, frame, `LambdaFunction${end}`, details);
  else note(engine, frame, `Task${end}`, { resourceType: 'lambda', resource: kind, ...details });
}

/** The frame that waits for a token. @throws InvalidToken, TaskDoesNotExist, TaskTimedOut */
export function holderOf(engine: EngineContext, token: string): Frame {
  const frame = engine.tokens.get(token);
  if (frame) return frame;
  const execution = executionOfToken(token);
  if (execution === undefined) throw new InvalidToken('Invalid Token: this is no task token of Step Functions');
  if (engine.store.execution(execution)) {
    throw new TaskTimedOut('Task Timed Out: the task of this token has ended, and a token is spent once');
  }
  throw new TaskDoesNotExist('Task Does Not Exist: no task here was given this token');
}
