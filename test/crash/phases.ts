/** Where a process can be told to die: the moments between two things that must not come apart. */
export const PHASES = [
  'written, not committed',
  'committed, nobody told',
  'ledger appended',
  'evidence put',
  'pull claimed',
  'pull marked sent',
  'bureau answered',
  'pull received',
  'handler returned',
  'replied',
] as const;
export type Phase = (typeof PHASES)[number];

/** A part of the promise taken away, to show that its loss is found. */
export type Mutation = 'NO_CLAIM' | 'REPLY_BEFORE_COMMIT';

/** What the process is started with, as JSON in its first argument. */
export interface Orders {
  readonly folder: string;
  /** Dies by its own SIGKILL when it comes to this phase for the nth time. */
  readonly kill?: { readonly phase: Phase; readonly nth: number };
  readonly mutation?: Mutation;
}

/** What the process says, a line of JSON each. */
export type Saying = { readonly ready: string } | { readonly killedAt: Phase };
