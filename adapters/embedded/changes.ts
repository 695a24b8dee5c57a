import type { Changes, Ledger } from '../ports.ts';

export interface EmbeddedChanges extends Changes {
  /** Callers that wait now. */
  readonly waiting: number;
  /** Reports what is appended through the returned ledger. */
  reporting(ledger: Ledger): Ledger;
}

interface Waiting {
  changed: boolean;
  wake: (() => void) | undefined;
  queued: boolean;
}

/**
 * Changes within one process. An append wakes the callers that wait for its application, one in each turn of the event
 * loop, so thousands of them delay no other request by more than one answer.
 */
export function embeddedChanges(): EmbeddedChanges {
  const watched = new Map<string, Set<Waiting>>();
  const queue: Waiting[] = [];
  let waiting = 0;

  function wakeOne(): void {
    const first = queue.shift();
    if (first) {
      first.queued = false;
      first.wake?.();
    }
    if (queue.length > 0) setImmediate(wakeOne);
  }

  function appended(applicationId: string): void {
    for (const each of watched.get(applicationId) ?? []) {
      each.changed = true;
      if (each.queued) continue;
      each.queued = true;
      queue.push(each);
      if (queue.length === 1) setImmediate(wakeOne);
    }
  }

  return {
    get waiting() {
      return waiting;
    },

    watch(applicationId) {
      const own: Waiting = { changed: false, wake: undefined, queued: false };
      const all = watched.get(applicationId) ?? new Set();
      watched.set(applicationId, all.add(own));
      return {
        async next(limitMs) {
          if (!own.changed) {
            waiting += 1;
            await new Promise<void>((resolve) => {
              // Without a server that listens, nothing waits for the answer.
              const timer = setTimeout(resolve, limitMs).unref();
              own.wake = () => {
                clearTimeout(timer);
                resolve();
              };
            });
            waiting -= 1;
            own.wake = undefined;
          }
          own.changed = false;
        },
        close() {
          all.delete(own);
          if (all.size === 0 && watched.get(applicationId) === all) watched.delete(applicationId);
        },
      };
    },

    reporting: (ledger) => ({
      ...ledger,
      async append(event) {
        const entry = await ledger.append(event);
        appended(event.applicationId);
        return entry;
      },
    }),
  };
}
