import type { Executions } from './executions.ts';
import type { Journal } from './journal.ts';
import type { Machines } from './machines.ts';
import type { Bucket, EngineDatabase, Invoke } from './ports.ts';
import type { EngineStore } from './store.ts';
import type { Timers } from './timers.ts';
import type { Work } from './work.ts';

/** What the parts of one engine share. */
export interface Parts {
  readonly database: EngineDatabase;
  readonly store: EngineStore;
  readonly timers: Timers;
  readonly work: Work;
  readonly executions: Executions;
  readonly journal: Journal;
  readonly machines: Machines;
  readonly invoke: Invoke;
  readonly buckets: Readonly<Record<string, Bucket>>;
  /** ms since 1970. */
  now(): number;
  /** In [0, 1). */
  random(): number;
}
