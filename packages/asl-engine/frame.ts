import type { Definition, State, States } from './definition.ts';
import type { Failure } from './errors.ts';
import type { Json, JsonObject } from './json.ts';
import type { MapRun } from './map-runs.ts';
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
  /** What `$states.context` says of it. */
  readonly context: JsonObject;
  /** The last event's id. */
  events: number;
  root: Frame;
  readonly timer: Timer;
  /** Tells the map run that it is a child of. */
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

export function timer(fire: () => void): Timer {
  return { at: 0, slot: -1, fire };
}

/** A frame that is to enter its first state. */
export function newRow(
  execution: number,
  id: number,
  parent: number | null,
  position: number,
  state: string,
  input: string,
): FrameRow {
  return {
    id,
    execution,
    parent,
    position,
    phase: 'ENTER',
    state,
    entered_at: 0,
    input,
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
