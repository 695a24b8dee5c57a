import type { Verdict } from './template.ts';

export interface Fault {
  readonly kind: string;
  /** What is needed to do it again. */
  readonly place: string;
  readonly verdict: Verdict | 'LOST';
}
