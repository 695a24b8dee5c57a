/** The time during which at least one of several overlapping activities is under way. */
export class BusyTime {
  nanoseconds = 0n;
  #active = 0;
  #since = 0n;

  begin(): void {
    if (this.#active++ === 0) this.#since = process.hrtime.bigint();
  }

  end(): void {
    if (--this.#active === 0) this.nanoseconds += process.hrtime.bigint() - this.#since;
  }

  /** Runs `work` and leaves its time out of the count. */
  exclude<T>(work: () => T): T {
    if (this.#active === 0) return work();
    const start = process.hrtime.bigint();
    try {
      return work();
    } finally {
      this.#since += process.hrtime.bigint() - start;
    }
  }
}
