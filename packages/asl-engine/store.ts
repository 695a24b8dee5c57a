import type { StatementSync } from 'node:sqlite';

import { ExecutionDoesNotExist, InvalidArn } from './errors.ts';
import type { JsonObject } from './json.ts';
import type { EngineDatabase, EngineReader, HistoryEvent } from './ports.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** Where a frame rests between two transitions. */
export type Phase =
  /** Is to enter its state. */
  | 'ENTER'
  /** Has entered its state and is to do its work. */
  | 'START'
  /** Its function is to be called, or was called and has not answered. */
  | 'SCHEDULED'
  /** Its function has answered; its task token has not come back. */
  | 'TOKEN'
  | 'RETRY'
  | 'WAIT'
  /** Its branches or map items run. */
  | 'CHILDREN'
  /** A branch or map item that ended. */
  | 'DONE'
  | 'FAILED';

/** An execution, a branch or a map item, as stored. Times are ms since 1970; JSON is text. */
export interface FrameRow {
  id: number;
  execution: number;
  parent: number | null;
  /** Which branch or map item of the parent. */
  position: number;
  phase: Phase;
  state: string;
  entered_at: number;
  input: string;
  variables: string;
  /** Attempts used, per retrier. */
  retries: string;
  retry_count: number;
  /** The last event of this frame. */
  previous: number;
  token: string | null;
  function: string | null;
  /** The payload of the call; of CHILDREN, what they start from. */
  work: string | null;
  /** The end of a wait or of a pause before a retry. */
  wake_at: number | null;
  deadline: number | null;
  heartbeat_seconds: number | null;
  heartbeat_at: number | null;
  output: string | null;
}

export interface ExecutionRow {
  id: number;
  machine: string;
  name: string;
  definition: number;
  status: ExecutionStatus;
  input: string;
  output: string | null;
  error: string | null;
  cause: string | null;
  started_at: number;
  stopped_at: number | null;
  deadline: number | null;
  redrive_count: number;
  redriven_at: number | null;
  delivered: 0 | 1;
}

/** An event as stored. */
export interface EventRow {
  readonly execution: number;
  /** From 1 in each execution. */
  readonly id: number;
  readonly previous: number;
  readonly type: string;
  /** ms since 1970. */
  readonly at: number;
  /** A JSON object with one member, or null. */
  readonly details: string | null;
}

export interface ExecutionDescription {
  executionArn: string;
  stateMachineArn: string;
  name: string;
  status: ExecutionStatus;
  startDate: string;
  stopDate?: string;
  input: string;
  output?: string;
  error?: string;
  cause?: string;
  redriveCount: number;
  redriveDate?: string;
}

/** AWS ends an execution at this many events. */
export const MAX_EVENTS = 25_000;
/** An event's row id is execution * 2^15 + event: rows of one execution lie together, and ids stay below 2^53. */
const EVENTS_SPAN = 32_768;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS workflow_definition (
    id INTEGER PRIMARY KEY, machine TEXT NOT NULL, digest TEXT NOT NULL, text TEXT NOT NULL, created_at INTEGER NOT NULL,
    UNIQUE (machine, digest)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS workflow_execution (
    id INTEGER PRIMARY KEY, machine TEXT NOT NULL, name TEXT NOT NULL, definition INTEGER NOT NULL, status TEXT NOT NULL,
    input TEXT NOT NULL, output TEXT, error TEXT, cause TEXT, started_at INTEGER NOT NULL, stopped_at INTEGER,
    deadline INTEGER, redrive_count INTEGER NOT NULL DEFAULT 0, redriven_at INTEGER, delivered INTEGER NOT NULL DEFAULT 0,
    UNIQUE (machine, name)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS workflow_execution_running ON workflow_execution (id) WHERE status = 'RUNNING';
  CREATE INDEX IF NOT EXISTS workflow_execution_undelivered ON workflow_execution (id)
    WHERE status <> 'RUNNING' AND delivered = 0;
  CREATE TABLE IF NOT EXISTS workflow_frame (
    id INTEGER PRIMARY KEY, execution INTEGER NOT NULL, parent INTEGER, position INTEGER NOT NULL, phase TEXT NOT NULL,
    state TEXT NOT NULL, entered_at INTEGER NOT NULL, input TEXT NOT NULL, variables TEXT NOT NULL, retries TEXT NOT NULL,
    retry_count INTEGER NOT NULL, previous INTEGER NOT NULL, token TEXT, function TEXT, work TEXT, wake_at INTEGER,
    deadline INTEGER, heartbeat_seconds INTEGER, heartbeat_at INTEGER, output TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS workflow_frame_execution ON workflow_frame (execution);
  CREATE INDEX IF NOT EXISTS workflow_frame_parent ON workflow_frame (parent) WHERE parent IS NOT NULL;
  CREATE TABLE IF NOT EXISTS workflow_event (
    id INTEGER PRIMARY KEY, previous INTEGER NOT NULL, type TEXT NOT NULL, at INTEGER NOT NULL, details TEXT
  ) STRICT;
`;

const FRAME_COLUMNS = [
  'id',
  'execution',
  'parent',
  'position',
  'phase',
  'state',
  'entered_at',
  'input',
  'variables',
  'retries',
  'retry_count',
  'previous',
  'token',
  'function',
  'work',
  'wake_at',
  'deadline',
  'heartbeat_seconds',
  'heartbeat_at',
  'output',
] as const;

/** The engine's tables, and its statements over them. */
export class EngineStore {
  readonly #database: EngineDatabase;
  readonly #insertEvent: StatementSync;
  readonly #saveFrame: StatementSync;
  readonly #deleteFrame: StatementSync;

  constructor(database: EngineDatabase) {
    database.schema(SCHEMA);
    this.#database = database;
    this.#insertEvent = database.statement(
      'INSERT INTO workflow_event (id, previous, type, at, details) VALUES (?, ?, ?, ?, ?)',
    );
    this.#saveFrame = database.statement(
      `INSERT INTO workflow_frame (${FRAME_COLUMNS.join(', ')}) VALUES (${FRAME_COLUMNS.map(() => '?').join(', ')})
       ON CONFLICT (id) DO UPDATE SET ${FRAME_COLUMNS.slice(4)
         .map((column) => `${column} = excluded.${column}`)
         .join(', ')}`,
    );
    this.#deleteFrame = database.statement('DELETE FROM workflow_frame WHERE id = ?');
  }

  insertEvent({ execution, id, previous, type, at, details }: EventRow): void {
    this.#insertEvent.run(execution * EVENTS_SPAN + id, previous, type, at, details);
  }

  lastEvent(execution: number): number {
    const row = this.#database
      .statement('SELECT max(id) AS id FROM workflow_event WHERE id BETWEEN ? AND ?')
      .get(execution * EVENTS_SPAN, (execution + 1) * EVENTS_SPAN - 1) as { id: number | null };
    return row.id === null ? 0 : row.id - execution * EVENTS_SPAN;
  }

  saveFrame(row: FrameRow): void {
    this.#saveFrame.run(
      row.id,
      row.execution,
      row.parent,
      row.position,
      row.phase,
      row.state,
      row.entered_at,
      row.input,
      row.variables,
      row.retries,
      row.retry_count,
      row.previous,
      row.token,
      row.function,
      row.work,
      row.wake_at,
      row.deadline,
      row.heartbeat_seconds,
      row.heartbeat_at,
      row.output,
    );
  }

  deleteFrame(id: number): void {
    this.#deleteFrame.run(id);
  }

  /** Deletes all frames below one. */
  deleteChildren(id: number): void {
    this.#database
      .statement(
        `WITH RECURSIVE below (id) AS (
           SELECT id FROM workflow_frame WHERE parent = ?
           UNION ALL SELECT frame.id FROM workflow_frame AS frame JOIN below ON frame.parent = below.id
         ) DELETE FROM workflow_frame WHERE id IN (SELECT id FROM below)`,
      )
      .run(id);
  }

  /** The frames of an execution, parents before children. */
  frames(execution: number): FrameRow[] {
    return this.#database
      .statement('SELECT * FROM workflow_frame WHERE execution = ? ORDER BY id')
      .all(execution) as unknown as FrameRow[];
  }

  /** Frames of ended executions that can no longer be redriven. */
  deleteFramesOfEndedBefore(at: number): void {
    this.#database
      .statement(
        `DELETE FROM workflow_frame WHERE execution IN (
           SELECT id FROM workflow_execution WHERE status <> 'RUNNING' AND stopped_at < ? AND id IN (SELECT execution FROM workflow_frame))`,
      )
      .run(at);
  }

  insertExecution(row: ExecutionRow): void {
    this.#database
      .statement(
        `INSERT INTO workflow_execution (id, machine, name, definition, status, input, started_at, deadline)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(row.id, row.machine, row.name, row.definition, row.status, row.input, row.started_at, row.deadline);
  }

  endExecution(
    id: number,
    status: ExecutionStatus,
    at: number,
    end: { output?: string | undefined; error?: string | undefined; cause?: string | undefined },
  ): void {
    this.#database
      .statement(
        'UPDATE workflow_execution SET status = ?, stopped_at = ?, output = ?, error = ?, cause = ?, delivered = 0 WHERE id = ?',
      )
      .run(status, at, end.output ?? null, end.error ?? null, end.cause ?? null, id);
  }

  redriveExecution(id: number, at: number, count: number, deadline: number | null): void {
    this.#database
      .statement(
        `UPDATE workflow_execution SET status = 'RUNNING', stopped_at = NULL, output = NULL, error = NULL, cause = NULL,
           redrive_count = ?, redriven_at = ?, deadline = ? WHERE id = ?`,
      )
      .run(count, at, deadline, id);
  }

  markDelivered(id: number): void {
    this.#database.statement('UPDATE workflow_execution SET delivered = 1 WHERE id = ?').run(id);
  }

  execution(id: number): ExecutionRow | undefined {
    return this.#database.statement('SELECT * FROM workflow_execution WHERE id = ?').get(id) as
      | ExecutionRow
      | undefined;
  }

  executionNamed(machine: string, name: string): ExecutionRow | undefined {
    return findExecution(this.#database, machine, name);
  }

  running(): ExecutionRow[] {
    return this.#database
      .statement(`SELECT * FROM workflow_execution WHERE status = 'RUNNING' ORDER BY id`)
      .all() as unknown as ExecutionRow[];
  }

  undelivered(after: number, limit: number): number[] {
    const rows = this.#database
      .statement(
        `SELECT id FROM workflow_execution WHERE status <> 'RUNNING' AND delivered = 0 AND id > ? ORDER BY id LIMIT ?`,
      )
      .all(after, limit) as { id: number }[];
    return rows.map((row) => row.id);
  }

  /** The largest ids in use. */
  counters(): { execution: number; frame: number } {
    const row = this.#database
      .statement(
        `SELECT (SELECT coalesce(max(id), 0) FROM workflow_execution) AS execution,
                (SELECT coalesce(max(id), 0) FROM workflow_frame) AS frame`,
      )
      .get() as { execution: number; frame: number };
    return { execution: row.execution, frame: row.frame };
  }

  definition(id: number): string {
    const row = this.#database.statement('SELECT text FROM workflow_definition WHERE id = ?').get(id) as {
      text: string;
    };
    return row.text;
  }

  /** Stores a definition once. */
  definitionId(machine: string, digest: string, text: string, at: number): { id: number; createdAt: number } {
    this.#database
      .statement(
        'INSERT INTO workflow_definition (machine, digest, text, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
      )
      .run(machine, digest, text, at);
    const row = this.#database
      .statement('SELECT id, created_at FROM workflow_definition WHERE machine = ? AND digest = ?')
      .get(machine, digest) as { id: number; created_at: number };
    return { id: row.id, createdAt: row.created_at };
  }
}

const ARN = 'arn:aws:states:local:000000000000';

export const stateMachineArnOf = (machine: string) => `${ARN}:stateMachine:${machine}`;
export const mapRunArnOf = (machine: string, id: string) => `${ARN}:mapRun:${machine}:${id}`;
export const executionArnOf = (machine: string, name: string) => `${ARN}:execution:${machine}:${name}`;

/** @throws InvalidArn */
export function parseExecutionArn(arn: string): { machine: string; name: string } {
  const match = /^arn:aws:states:local:000000000000:execution:([^:]+):([^:]+)$/.exec(arn);
  if (!match) throw new InvalidArn(`Invalid Arn: it is no execution ARN of this engine (${ARN}:execution:…).`);
  return { machine: match[1]!, name: match[2]! };
}

/** @throws InvalidArn */
export function parseStateMachineArn(arn: string): string {
  const match = /^arn:aws:states:local:000000000000:stateMachine:([^:]+)$/.exec(arn);
  if (!match) throw new InvalidArn(`Invalid Arn: it is no state machine ARN of this engine (${ARN}:stateMachine:…).`);
  return match[1]!;
}

export const instant = (ms: number) => new Date(ms).toISOString();

export function describeRow(row: ExecutionRow): ExecutionDescription {
  return {
    executionArn: executionArnOf(row.machine, row.name),
    stateMachineArn: stateMachineArnOf(row.machine),
    name: row.name,
    status: row.status,
    startDate: instant(row.started_at),
    ...(row.stopped_at !== null && { stopDate: instant(row.stopped_at) }),
    input: row.input,
    ...(row.output !== null && { output: row.output }),
    ...(row.error !== null && { error: row.error }),
    ...(row.cause !== null && { cause: row.cause }),
    redriveCount: row.redrive_count,
    ...(row.redriven_at !== null && { redriveDate: instant(row.redriven_at) }),
  };
}

function findExecution(database: EngineReader, machine: string, name: string): ExecutionRow | undefined {
  return database.statement('SELECT * FROM workflow_execution WHERE machine = ? AND name = ?').get(machine, name) as
    | ExecutionRow
    | undefined;
}

export interface HistoryOptions {
  /** Events with a greater id (or a smaller one when reversed) than this. */
  readonly after?: number;
  readonly limit?: number;
  /** @default false */
  readonly reverseOrder?: boolean;
}

/**
 * The step history of an execution, in the shape of the Step Functions API with instants in ISO 8601. Needs no engine:
 * a read-only database will do.
 * @throws InvalidArn, ExecutionDoesNotExist
 */
export function readHistory(
  database: EngineReader,
  executionArn: string,
  options: HistoryOptions = {},
): HistoryEvent[] {
  const { machine, name } = parseExecutionArn(executionArn);
  const execution = findExecution(database, machine, name);
  if (!execution) throw new ExecutionDoesNotExist('Execution Does Not Exist');
  const base = execution.id * EVENTS_SPAN;
  const limit = options.limit ?? -1;
  const rows = options.reverseOrder
    ? database
        .statement('SELECT * FROM workflow_event WHERE id > ? AND id < ? ORDER BY id DESC LIMIT ?')
        .all(base, base + (options.after ?? EVENTS_SPAN), limit)
    : database
        .statement('SELECT * FROM workflow_event WHERE id > ? AND id < ? ORDER BY id LIMIT ?')
        .all(base + (options.after ?? 0), base + EVENTS_SPAN, limit);
  return (rows as { id: number; previous: number; type: string; at: number; details: string | null }[]).map((row) => ({
    id: row.id - base,
    previousEventId: row.previous,
    type: row.type,
    timestamp: instant(row.at),
    ...(row.details !== null && (JSON.parse(row.details) as JsonObject)),
  }));
}

export interface ExecutionFilter {
  readonly machine?: string;
  readonly status?: ExecutionStatus;
  /** Executions that started before the one with this id. */
  readonly before?: number;
  readonly limit?: number;
}

/** Executions, newest first. Needs no engine: a read-only database will do. */
export function listExecutions(
  database: EngineReader,
  filter: ExecutionFilter = {},
): (ExecutionDescription & { id: number })[] {
  const rows = database
    .statement(
      `SELECT * FROM workflow_execution WHERE (?1 IS NULL OR machine = ?1) AND (?2 IS NULL OR status = ?2) AND id < ?3
       ORDER BY id DESC LIMIT ?4`,
    )
    .all(
      filter.machine ?? null,
      filter.status ?? null,
      filter.before ?? Number.MAX_SAFE_INTEGER,
      filter.limit ?? -1,
    ) as unknown as ExecutionRow[];
  return rows.map((row) => ({ id: row.id, ...describeRow(row) }));
}
