import type { StatementSync } from 'node:sqlite';

import type { Json, JsonObject } from './json.ts';

/** What a reader of the engine's tables needs: prepared statements over its SQLite database. */
export interface EngineReader {
  /** A prepared statement, kept. Reads see what this process has written, committed or not. */
  statement(sql: string): StatementSync;
}

/** The SQLite database that an engine runs on. Its writes share commits; one process at a time may write. */
export interface EngineDatabase extends EngineReader {
  /** Creates tables. A read-only database ignores the call. */
  schema(sql: string): void;
  /** Runs `work`, which is synchronous, in the current transaction: wholly or, when it throws, not at all. */
  writeNow<T>(work: () => T): T;
  /** Resolves when everything written so far is on disk; rejects when the disk did not take it. */
  committed(): Promise<void>;
  /** Calls `listener` once, with the reason, when the database stops taking writes. */
  onFailure(listener: (failure: Error) => void): void;
}

/** The files of one bucket, each under a key such as `input/portfolio.jsonl`. */
export interface Bucket {
  /** Undefined where there is none. */
  read(key: string): Promise<Uint8Array | undefined>;
  /** Writes a file, over the one that may be there. */
  write(key: string, bytes: Uint8Array): Promise<void>;
}

/** A clock that can also wake: a test passes one that it moves. */
export interface EngineClock {
  now(): Date;
  /** Calls `wake` once when `at` (ms since 1970) has come. @returns a function that calls it off. */
  wakeAt(at: number, wake: () => void): () => void;
}

export interface InvokeContext {
  readonly executionArn: string;
  readonly state: string;
  /** Until the task times out; its answer is not waited for any longer. */
  readonly timeoutMs?: number;
}

/** Calls a function. What it throws is the task's error, under the error's `name`. */
export type Invoke = (functionName: string, payload: Json, context: InvokeContext) => Promise<Json | void>;

/** What callers may put into executions, whose inputs and histories are kept. No error repeats anything of the request. */
export interface ExecutionContract {
  /** @throws InvalidName, InvalidExecutionInput */
  start(request: { readonly name: string | undefined; readonly input: string }): Promise<void> | void;
  /** @param functionName whose task the output answers. @param output JSON. @throws InvalidOutput */
  output(functionName: string, output: string): void;
  /** What a caller ends an execution or a task with. @throws ValidationException */
  failure(failure: { readonly error?: string | undefined; readonly cause?: string | undefined }): void;
}

/** An event of a step history, in the shape of the Step Functions API. */
export interface HistoryEvent extends JsonObject {
  id: number;
  previousEventId: number;
  type: string;
  /** ISO 8601. */
  timestamp: string;
}
