import type { EngineClock } from './ports.ts';

/** setTimeout's longest delay, 2^31 - 1 ms; past it Node fires at once. */
const MAX_DELAY_MS = 2_147_483_647;

export const systemClock: EngineClock = {
  now: () => new Date(),
  wakeAt(at, wake) {
    const timeout = setTimeout(wake, Math.min(Math.max(at - Date.now(), 0), MAX_DELAY_MS));
    return () => clearTimeout(timeout);
  },
};

export interface Timer {
  /** ms since 1970. */
  at: number;
  /** Its place in the heap; -1 when it is not set. */
  slot: number;
  readonly fire: () => void;
}

/** A timer that is not set yet. */
export function timer(fire: () => void): Timer {
  return { at: 0, slot: -1, fire };
}

/** All timers of an engine in one binary heap: setting, moving and clearing cost O(log n), and one alarm is set. */
export class Timers {
  readonly #heap: Timer[] = [];
  readonly #clock: EngineClock;
  #alarm: { at: number; cancel: () => void } | undefined;
  #stopped = false;

  constructor(clock: EngineClock) {
    this.#clock = clock;
  }

  /** When the next timer is due, in ms since 1970; Infinity when none is set. */
  get next(): number {
    return this.#heap[0]?.at ?? Infinity;
  }

  set(timer: Timer, at: number): void {
    if (this.#stopped) return;
    if (timer.slot < 0) {
      timer.at = at;
      timer.slot = this.#heap.length;
      this.#heap.push(timer);
      this.#up(timer);
    } else {
      timer.at = at;
      this.#up(timer);
      this.#down(timer);
    }
    this.#arm();
  }

  clear(timer: Timer): void {
    if (timer.slot < 0) return;
    const last = this.#heap.pop()!;
    if (last !== timer) {
      last.slot = timer.slot;
      this.#heap[last.slot] = last;
      this.#up(last);
      this.#down(last);
    }
    timer.slot = -1;
  }

  /** Fires nothing more. */
  stop(): void {
    this.#stopped = true;
    this.#alarm?.cancel();
    this.#alarm = undefined;
  }

  #arm(): void {
    const at = this.next;
    // An alarm that is too early finds nothing due and sets the next: cheaper than moving it with every timer.
    if (this.#stopped || at === Infinity || (this.#alarm && this.#alarm.at <= at)) return;
    this.#alarm?.cancel();
    this.#alarm = { at, cancel: this.#clock.wakeAt(at, () => this.#wake()) };
  }

  #wake(): void {
    this.#alarm = undefined;
    const now = this.#clock.now().getTime();
    while (!this.#stopped && this.next <= now) {
      const timer = this.#heap[0]!;
      this.clear(timer);
      timer.fire();
    }
    this.#arm();
  }

  #up(timer: Timer): void {
    while (timer.slot > 0) {
      const above = this.#heap[(timer.slot - 1) >> 1]!;
      if (above.at <= timer.at) return;
      this.#swap(above, timer);
    }
  }

  #down(timer: Timer): void {
    for (;;) {
      const left = this.#heap[2 * timer.slot + 1];
      const right = this.#heap[2 * timer.slot + 2];
      const below = right && left && right.at < left.at ? right : left;
      if (!below || below.at >= timer.at) return;
      this.#swap(timer, below);
    }
  }

  #swap(above: Timer, below: Timer): void {
    [above.slot, below.slot] = [below.slot, above.slot];
    this.#heap[above.slot] = above;
    this.#heap[below.slot] = below;
  }
}
