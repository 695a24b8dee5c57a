import type { Changes, Ledger } from '../ports.ts';

export interface EmbeddedChanges extends Changes {
  /** Callers that wait now. */
  readonly waiting: number;
  /** Reports what is appended through the returned ledger. */
  reporting(ledger: Ledger): Ledger;
}

/** A caller that watches one application. */
class Watcher {
  changed = false;
  queued = false;
  #wake: (() => void) | undefined;

  /** Waits for a change that the caller has not seen, at most `limitMs`. */
  async next(limitMs: number, count: (change: 1 | -1) => void): Promise<void> {
    if (!this.changed) {
      count(1);
      await new Promise<void>((resolve) => {
        // Without a server that listens, nothing waits for the answer.
        const timer = setTimeout(resolve, limitMs).unref();
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      count(-1);
      this.#wake = undefined;
    }
    this.changed = false;
  }

  wake(): void {
    this.queued = false;
    this.#wake?.();
  }
}

/**
 * Changes within one process. An append wakes the callers that wait for its application, one in each turn of the event
 * loop, so thousands of them delay no other request by more than one answer.
 */
export function embeddedChanges(): EmbeddedChanges {
  const watched = new Map<string, Set<Watcher>>();
  const queue: Watcher[] = [];
  let waiting = 0;

  function wakeOne(): void {
    queue.shift()?.wake();
    if (queue.length > 0) setImmediate(wakeOne);
  }

  function appended(applicationId: string): void {
    for (const watcher of watched.get(applicationId) ?? []) {
      watcher.changed = true;
      if (watcher.queued) continue;
      watcher.queued = true;
      queue.push(watcher);
      if (queue.length === 1) setImmediate(wakeOne);
    }
  }

  return {
    get waiting() {
      return waiting;
    },

    watch(applicationId) {
      const own = new Watcher();
      const all = watched.get(applicationId) ?? new Set();
      watched.set(applicationId, all.add(own));
      return {
        next: (limitMs) => own.next(limitMs, (change) => (waiting += change)),
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
