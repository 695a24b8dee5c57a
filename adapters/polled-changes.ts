import type { Changes } from './ports.ts';

/** The first and the longest pause between two looks, in ms: an instant decision takes about 100 ms. */
const PAUSES = { first: 25, longest: 500 };

/** Changes where no process learns of another's writes: reports a possible change after each of growing pauses. */
export function polledChanges(pause: (ms: number) => Promise<unknown>): Changes {
  return {
    watch() {
      let ms = PAUSES.first;
      return {
        async next(limitMs) {
          const now = Math.min(ms, limitMs);
          ms = Math.min(2 * ms, PAUSES.longest);
          await pause(now);
        },
        close: () => {},
      };
    },
  };
}
