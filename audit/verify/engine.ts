import { type ExecutionRow, type FrameRow, executionArnOf, readHistory } from '@underwright/asl-engine';

import type { Embedded } from '../../adapters/compose/embedded.ts';
import type { HistoryEvent } from '../../adapters/ports.ts';
import { applicationId as applicationIdSchema } from '../../domain/application/application-id.ts';
import type { JsonObject } from '../../domain/json.ts';
import { sha256 } from '../../domain/ledger/canonical-json.ts';
import { parseExecutionName } from '../../domain/ledger/execution-name.ts';
import type { Fault } from './fault.ts';
import { same } from './rests-on.ts';

/** A fault of a row, and the application that it is of; null where it is of none. */
export interface RowFaultOf extends Fault {
  readonly applicationId: string | null;
}

interface Definition {
  readonly id: number;
  readonly machine: string;
  readonly digest: string;
  readonly text: string;
}

/** A name that is no application's may be personal data, so it is withheld. */
const fault = (applicationId: string | null, name: string, detail: string): RowFaultOf => ({
  fault: name,
  sequence: null,
  applicationId: applicationIdSchema.safeParse(applicationId).data ?? null,
  detail,
});

const BACKUP = 'Restore the data folder from a backup.';

/**
 * Compares the engine's rows with each other and with the step histories: executions with their first and last events,
 * waiting frames with the calls that they wait for, definitions with their digests. An engine of one machine forgets none.
 * @param only the executions of one application. @default those of all, and everything that is of none
 */
export function engineFaults(database: Embedded['database'], only?: string): RowFaultOf[] {
  const definitions = new Map(
    (
      database.statement('SELECT id, machine, digest, text FROM workflow_definition').all() as unknown as Definition[]
    ).map((each) => [each.id, each]),
  );
  const faults: RowFaultOf[] = [];
  const executions = database
    .statement('SELECT * FROM workflow_execution ORDER BY id')
    .all() as unknown as ExecutionRow[];
  for (const row of executions) {
    const { applicationId } = parseExecutionName(row.name);
    if (only !== undefined && applicationId !== only) continue;
    const seen: Seen = {
      row,
      applicationId,
      definition: definitions.get(row.definition),
      history: undefined,
      frames: [],
    };
    faults.push(...executionRowFaults(withHistory(database, seen)));
  }
  return only === undefined ? [...faults, ...otherFaults(database, executions, [...definitions.values()])] : faults;
}

interface Seen {
  readonly row: ExecutionRow;
  readonly applicationId: string;
  readonly definition: Definition | undefined;
  /** Undefined where it cannot be read. */
  readonly history: readonly HistoryEvent[] | undefined;
  readonly frames: readonly FrameRow[];
}

function withHistory(database: Embedded['database'], seen: Seen): Seen {
  const { machine, name, id } = seen.row;
  const frames = database
    .statement('SELECT * FROM workflow_frame WHERE execution = ? ORDER BY id')
    .all(id) as unknown as FrameRow[];
  try {
    // An execution of a Map has a machine whose name no ARN takes: its row is read by its id.
    const history = readHistory(database, executionArnOf(machine, name));
    return { ...seen, frames, history };
  } catch (error) {
    return (error as Error).name === 'InvalidArn' ? { ...seen, frames } : { ...seen, frames, history: [] };
  }
}

const ENDED: Readonly<Record<string, string>> = {
  ExecutionSucceeded: 'SUCCEEDED',
  ExecutionFailed: 'FAILED',
  ExecutionTimedOut: 'TIMED_OUT',
  ExecutionAborted: 'ABORTED',
};

function executionRowFaults(seen: Seen): RowFaultOf[] {
  const { row, applicationId, definition, history, frames } = seen;
  if (history === undefined) return [];
  const of = (name: string, detail: string) => fault(applicationId, name, detail);
  if (history.length === 0)
    return [of('EXECUTION_DIFFERS', `The engine has an execution without a history. ${BACKUP}`)];
  const expected = expectedRow(history, definition);
  const differing = Object.keys(expected).filter((name) => !same(row[name as keyof ExecutionRow], expected[name]));
  const faults =
    differing.length === 0
      ? []
      : [of('EXECUTION_DIFFERS', `The execution's ${differing.join(', ')} and its step history differ. ${BACKUP}`)];
  if (!isContiguous(history)) faults.push(of('HISTORY_DIFFERS', `The step history lacks events. ${BACKUP}`));
  if (!definition)
    faults.push(of('EXECUTION_DIFFERS', `The execution names a definition that is not there. ${BACKUP}`));
  if (row.status === 'SUCCEEDED' && frames.length > 0) {
    faults.push(of('ROW_UNKNOWN', `The execution has succeeded, and the engine has a frame of it. ${BACKUP}`));
  }
  if (row.status === 'RUNNING') faults.push(...frameFaults(seen, history));
  return faults;
}

/** The engine numbers events without gaps, and each follows an earlier one. */
function isContiguous(history: readonly HistoryEvent[]): boolean {
  return history.every(({ id, previousEventId }, index) => id === index + 1 && previousEventId < id);
}

/** The columns of an execution, as its history has them. */
function expectedRow(history: readonly HistoryEvent[], definition: Definition | undefined): JsonObject {
  const [first] = history;
  const last = history.at(-1)!;
  const { input = null } = (first?.['executionStartedEventDetails'] ?? {}) as JsonObject;
  const status = ENDED[last.type] ?? 'RUNNING';
  // As on AWS, an execution that timed out has neither error nor cause.
  const {
    output = null,
    error = null,
    cause = null,
  } = ['RUNNING', 'TIMED_OUT'].includes(status) ? {} : detailsOf(last);
  const redrives = history.filter(({ type }) => type === 'ExecutionRedriven');
  const started = Date.parse(first?.timestamp ?? '');
  const redriven = redrives.length === 0 ? null : Date.parse(redrives.at(-1)!.timestamp);
  const timeout = timeoutOf(definition);
  return {
    status,
    input,
    output,
    error,
    cause,
    started_at: started,
    stopped_at: status === 'RUNNING' ? null : Date.parse(last.timestamp),
    redrive_count: redrives.length,
    redriven_at: redriven,
    deadline: timeout === null ? null : (redriven ?? started) + timeout * 1000,
  };
}

function detailsOf(event: HistoryEvent): JsonObject {
  const name = `${event.type.charAt(0).toLowerCase()}${event.type.slice(1)}EventDetails`;
  return (event[name] ?? {}) as JsonObject;
}

/** In seconds; null where an execution may run for ever, or its definition cannot be read. */
function timeoutOf(definition: Definition | undefined): number | null {
  try {
    const { TimeoutSeconds: seconds = null } = JSON.parse(definition?.text ?? '{}') as { TimeoutSeconds?: number };
    return seconds;
  } catch {
    return null;
  }
}

/** A running execution has a root frame; one that waits for a person has a frame with the token that was sent. */
function frameFaults({ applicationId, definition, frames }: Seen, history: readonly HistoryEvent[]): RowFaultOf[] {
  if (!frames.some(({ parent }) => parent === null)) {
    const detail = `The execution runs, and the engine has no frame to go on from. ${BACKUP}`;
    return [fault(applicationId, 'FRAME_MISSING', detail)];
  }
  const waiting = waitingCall(history);
  if (!waiting) return [];
  const { entered, scheduled } = waiting;
  const frame = frames.find(({ token, state }) => token !== null && state === nameOf(entered));
  if (!frame) {
    const detail = `The execution waits in ${nameOf(entered)}, and no frame of the engine does. ${BACKUP}`;
    return [fault(applicationId, 'FRAME_MISSING', detail)];
  }
  const expected = expectedFrame(entered, scheduled, history);
  const { variables } = frame;
  const differing = Object.keys(expected).filter((name) => !same(frame[name as keyof FrameRow], expected[name]));
  const assigned = definition && assignedIn(history, definition);
  if (assigned && !same(parsed(variables), assigned)) differing.push('variables');
  if (frames.length > 1) differing.push('children');
  if (differing.length === 0) return [];
  const detail = `The waiting frame's ${differing.join(', ')} and the step history differ. ${BACKUP}`;
  return [fault(applicationId, 'FRAME_DIFFERS', detail)];
}

const nameOf = (entered: HistoryEvent): string =>
  ((entered['stateEnteredEventDetails'] ?? {}) as { name?: string }).name ?? '';

/** The call whose token an execution waits for: its history ends behind it. */
function waitingCall(history: readonly HistoryEvent[]): { entered: HistoryEvent; scheduled: HistoryEvent } | undefined {
  if (history.at(-1)?.type !== 'TaskSubmitted') return undefined;
  const scheduled = history.findLast(({ type }) => type === 'TaskScheduled');
  const entered = history.findLast(({ type }) => type === 'TaskStateEntered');
  return scheduled && entered && { entered, scheduled };
}

type Call = { parameters: string; timeoutInSeconds?: number; heartbeatInSeconds?: number };
const callOf = (scheduled: HistoryEvent): Call => scheduled['taskScheduledEventDetails'] as Call;

function expectedFrame(entered: HistoryEvent, scheduled: HistoryEvent, history: readonly HistoryEvent[]): JsonObject {
  const { Payload, FunctionName } = (parsed(callOf(scheduled).parameters) ?? {}) as {
    Payload?: JsonObject;
    FunctionName?: string;
  };
  const { input = null } = (entered['stateEnteredEventDetails'] ?? {}) as JsonObject;
  return {
    parent: null,
    position: 0,
    phase: 'TOKEN',
    state: nameOf(entered),
    entered_at: Date.parse(entered.timestamp),
    input,
    previous: history.at(-1)?.id ?? 0,
    token: Payload?.['taskToken'] ?? null,
    function: FunctionName?.split(':').at(-1) ?? null,
    work: Payload === undefined ? null : JSON.stringify(Payload),
    wake_at: null,
    deadline: dueAt(scheduled, callOf(scheduled).timeoutInSeconds),
    heartbeat_seconds: callOf(scheduled).heartbeatInSeconds ?? null,
    heartbeat_at: dueAt(scheduled, callOf(scheduled).heartbeatInSeconds),
    output: null,
  };
}

/** In ms since 1970; null where nothing falls due. */
function dueAt(scheduled: HistoryEvent, seconds: number | undefined): number | null {
  return seconds === undefined ? null : Date.parse(scheduled.timestamp) + seconds * 1_000;
}

/** The variables that the states of a machine, and not those inside of a Map, have assigned. */
function assignedIn(history: readonly HistoryEvent[], definition: Definition): JsonObject {
  const { States: states = {} } = (parsed(definition.text) ?? {}) as { States?: JsonObject };
  const variables: JsonObject = {};
  for (const event of history) {
    const exited = event['stateExitedEventDetails'] as
      | { name: string; assignedVariables?: Record<string, string> }
      | undefined;
    if (!exited?.assignedVariables || !Object.hasOwn(states, exited.name)) continue;
    for (const [name, text] of Object.entries(exited.assignedVariables)) variables[name] = parsed(text) ?? null;
  }
  return variables;
}

function parsed(text: string): JsonObject | null {
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    return null;
  }
}

function otherFaults(
  database: Embedded['database'],
  executions: readonly ExecutionRow[],
  definitions: readonly Definition[],
): RowFaultOf[] {
  const ids = new Set(executions.map(({ id }) => id));
  const frames = database.statement('SELECT DISTINCT execution FROM workflow_frame').all() as { execution: number }[];
  const strays = frames.filter(({ execution }) => !ids.has(execution));
  const changed = definitions.filter(({ digest, text }) => sha256(text) !== digest);
  const histories = database.statement('SELECT DISTINCT id >> 15 AS execution FROM workflow_event').all() as {
    execution: number;
  }[];
  const lost = histories.filter(({ execution }) => !ids.has(execution));
  return [
    ...strays.map(() => fault(null, 'ROW_UNKNOWN', `The engine has a frame of no execution. ${BACKUP}`)),
    ...lost.map(() => fault(null, 'EXECUTION_MISSING', `The engine has a step history of no execution. ${BACKUP}`)),
    ...changed.map(({ machine }) =>
      fault(null, 'DEFINITION_DIFFERS', `The text of a definition of ${machine} does not have its digest. ${BACKUP}`),
    ),
  ];
}
