import type { Answer, Applicant } from './handwritten.ts';

/** Another engine that holds the same policy. */
export interface Peer {
  readonly load_ms: number;
  /** One decision, whatever the engine gives for it. */
  readonly decide: (applicant: Applicant) => Promise<unknown>;
  /** What was given, in the shape of the comparison; outside of what is timed. */
  readonly answerOf: (decided: unknown) => PeerAnswer;
}

/** An answer without order: these engines keep none. */
export interface PeerAnswer extends Pick<Answer, 'outcome' | 'derived' | 'tables' | 'limit'> {
  readonly failed: readonly string[];
}
