import { tooLarge } from './data.ts';
import type { Definition, State, States } from './definition.ts';
import type { Failure } from './errors.ts';
import type { Json, JsonObject } from './json.ts';
import type { ExecutionStatus, FrameRow } from './store.ts';
import type { Timer } from './timers.ts';

/** An open execution. */
export interface Execution {
  readonly id: number;
  readonly machine: string;
  readonly name: string;
  readonly arn: string;
  readonly definition: Definition;
  readonly input: Json;
  /** ms since 1970. */
  readonly startedAt: number;
  /** What `$states.context` says of it. */
  readonly context: JsonObject;
  /** The last event's id. */
  events: number;
  root: Frame;
  readonly timer: Timer;
  /** Informs the map run that it is a child of. */
  ended: ((status: ExecutionStatus) => void) | undefined;
}

/** What starts the branches or map items of a state, as stored with its frame. */
export interface FanPlan {
  readonly total: number;
  /** How many run at once. */
  readonly concurrency: number;
  /** How many may fail. */
  readonly tolerated: number;
  /** Whether the state says what is tolerated: its failure then has a name of its own. */
  readonly named: boolean;
  /** What each starts with: one for all branches, or one per map item. */
  readonly inputs: Json[];
  /** The items before ItemSelector. */
  readonly items: Json[];
}

export interface Fan extends FanPlan {
  readonly started: Set<number>;
  /** No position below this one is to be started. */
  next: number;
  readonly live: Set<Frame>;
  /** JSON texts by position; null where an item failed. */
  readonly outputs: (string | null)[];
  succeeded: number;
  failed: number;
  failure: Failure | undefined;
}

/** What a map run was begun with, as stored with its frame: with the same file, the same children come of it. */
export interface MapRunPlan {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  /** SHA-256 of the file that was read. */
  readonly digest: string;
  readonly maxItems: number;
  readonly batchInput: Json | null;
  readonly itemsPerBatch: number;
  readonly bytesPerBatch: number;
  readonly concurrency: number;
  /** How many items may fail: those of a child that fails all count. */
  readonly tolerated: number;
  readonly results: { readonly bucket: string; readonly prefix: string } | null;
}

/** The processor of a distributed Map as a machine of its own, whose executions are the children. */
export interface ChildMachine {
  readonly name: string;
  readonly definitionId: number;
  readonly definition: Definition;
}

/** The items that one child of a map run processes. */
export interface Batch {
  /** The child's input, JSON. */
  readonly input: string;
  readonly items: number;
}

/** The children of a distributed Map: executions of their own, found again by their names. */
export interface MapRun {
  readonly plan: MapRunPlan;
  readonly arn: string;
  readonly children: ChildMachine;
  readonly batches: readonly Batch[];
  /** No child below this one is to be started. */
  next: number;
  readonly live: Map<number, Execution>;
  ended: number;
  failedItems: number;
  ending: boolean;
  /** Ends the children with their parent. */
  abort(): void;
}

/** An open execution, branch or map item. */
export interface Frame {
  /** As it is or will be stored. */
  readonly row: FrameRow;
  readonly execution: Execution;
  readonly parent: Frame | undefined;
  readonly states: States;
  state: State;
  /** ISO 8601. */
  enteredTime: string;
  input: Json;
  own: JsonObject;
  /** The variables that its expressions see. */
  visible: JsonObject;
  retries: number[];
  /** The map item that it is or lies in. */
  readonly item: { readonly Index: number; readonly Value: Json } | undefined;
  fan: Fan | undefined;
  /** Of a distributed Map. */
  mapRun: MapRun | undefined;
  /** One more with every rest it leaves: what was begun for an earlier one comes too late. */
  attempt: number;
  open: boolean;
  /** Whether the rows of ended branches or items are to be deleted. */
  dropChildren: boolean;
  readonly timer: Timer;
  /** Events not yet written. */
  pending: { readonly type: string; readonly at: number; readonly details: string | null }[];
}

/** What a frame does next. */
export type Move =
  | { readonly kind: 'enter' }
  | { readonly kind: 'start' }
  /** The state's work gave a result; `text` is its JSON. */
  | { readonly kind: 'result'; readonly result: Json; readonly text: string }
  | { readonly kind: 'error'; readonly failure: Failure }
  /** The state failed, and nothing here handles it. */
  | { readonly kind: 'fail'; readonly failure: Failure };

/** The move on from a result that children gave. @param text the result's JSON. */
export function resultMove(text: string): Move {
  if (!tooLarge(text)) return { kind: 'result', result: JSON.parse(text) as Json, text };
  const failure = { error: 'States.DataLimitExceeded', cause: 'The data is larger than 256 KiB.' };
  return { kind: 'error', failure };
}

/** A frame that is to enter its first state. */
export function newRow(
  start: Pick<FrameRow, 'id' | 'execution' | 'parent' | 'position' | 'state' | 'input'>,
): FrameRow {
  return {
    ...start,
    phase: 'ENTER',
    entered_at: 0,
    variables: '{}',
    retries: '[]',
    retry_count: 0,
    previous: 0,
    token: null,
    function: null,
    work: null,
    wake_at: null,
    deadline: null,
    heartbeat_seconds: null,
    heartbeat_at: null,
    output: null,
  };
}

export function newFan(plan: FanPlan): Fan {
  return {
    ...plan,
    started: new Set(),
    next: 0,
    live: new Set(),
    outputs: Array.from({ length: plan.total }, () => null),
    succeeded: 0,
    failed: 0,
    failure: undefined,
  };
}

/** Whether a redrive goes on with branches, items or child executions that there are. */
export function hasChildren(frame: Frame): boolean {
  return frame.fan !== undefined || frame.mapRun !== undefined;
}

/** Voids the branches, items or children of a state that its frame leaves. The next write deletes their rows. */
export function dropChildren(frame: Frame): void {
  if (frame.fan) frame.dropChildren = true;
  frame.fan = undefined;
  frame.mapRun = undefined;
  frame.row.work = null;
}
