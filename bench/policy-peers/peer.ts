import type { Answer, Applicant } from './handwritten.ts';

/** Another engine that holds the same policy. */
export interface Peer {
  readonly load_ms: number;
  /** One decision, whatever the engine gives for it; a promise where the engine decides on a thread of its own. */
  readonly decide: (applicant: Applicant) => unknown;
  /** Several in one call, where the engine can. */
  readonly decideMany?: (applicants: readonly Applicant[]) => Promise<readonly unknown[]>;
  /** What was given, in the shape of the comparison; outside of what is timed. */
  readonly answerOf: (decided: unknown) => PeerAnswer;
}

/** An answer without order: these engines keep none. */
export interface PeerAnswer extends Pick<Answer, 'outcome' | 'derived' | 'tables' | 'limit'> {
  readonly failed: readonly string[];
}
