import type { EngineClock } from '@underwright/asl-engine';

/** A clock that moves only when told. */
export class ManualClock implements EngineClock {
  #now: number;
  #alarms: { at: number; wake: () => void }[] = [];

  constructor(start = Date.UTC(2026, 0, 5, 12)) {
    this.#now = start;
  }

  now(): Date {
    return new Date(this.#now);
  }

  wakeAt(at: number, wake: () => void): () => void {
    const alarm = { at, wake };
    this.#alarms.push(alarm);
    return () => {
      this.#alarms = this.#alarms.filter((other) => other !== alarm);
    };
  }

  /** Moves to `at` (ms since 1970) and fires what is due. */
  moveTo(at: number): void {
    this.#now = Math.max(this.#now, at);
    const due = this.#alarms.filter((alarm) => alarm.at <= this.#now);
    this.#alarms = this.#alarms.filter((alarm) => alarm.at > this.#now);
    for (const alarm of due) alarm.wake();
  }

  advance(seconds: number): void {
    this.moveTo(this.#now + seconds * 1000);
  }

  /** Moves to the next alarm. @returns false when none is set. */
  skip(): boolean {
    const next = Math.min(...this.#alarms.map((alarm) => alarm.at));
    if (next === Infinity) return false;
    this.moveTo(next);
    return true;
  }
}
