import type { Clock } from '../../adapters/ports.ts';

export interface ManualClock extends Clock {
  set(instant: string): void;
  advance(milliseconds: number): void;
}

/** A clock that stands still until it is told to move. */
export function manualClock(start = '2026-01-05T12:00:00.000Z'): ManualClock {
  let time = Date.parse(start);
  return {
    now: () => new Date(time),
    set: (instant) => {
      time = Date.parse(instant);
    },
    advance: (milliseconds) => {
      time += milliseconds;
    },
  };
}
