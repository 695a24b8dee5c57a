import { EngineHalted } from './errors.ts';
import { asError } from './functions.ts';
import type { EngineDatabase } from './ports.ts';
import type { Timers } from './timers.ts';

/** What is under way in an engine, and whether anything may still begin. */
export class Work {
  readonly #database: EngineDatabase;
  readonly #timers: Timers;
  readonly #now: () => number;
  halted: EngineHalted | undefined;
  closing = false;
  /** Moves and calls under way. */
  busy = 0;
  #whenIdle: (() => void)[] = [];

  constructor(database: EngineDatabase, timers: Timers, now: () => number) {
    this.#database = database;
    this.#timers = timers;
    this.#now = now;
    database.onFailure((failure) => this.halt(failure));
  }

  /** @throws EngineHalted when no call is taken any more. */
  check(): void {
    if (this.halted) throw this.halted;
    if (this.closing) throw new EngineHalted('The engine is closing and takes no more calls.');
  }

  /** Stops for good: nothing more is written, called or answered. */
  halt(cause: Error): void {
    if (this.halted) return;
    this.halted = new EngineHalted(`The engine has stopped: ${cause.message}`, { cause });
    this.#timers.stop();
    this.#idle();
  }

  #idle(): void {
    const waiting = this.#whenIdle;
    this.#whenIdle = [];
    for (const resolve of waiting) resolve();
  }

  /**
   * Runs `work` when all that is written so far is on disk. One promise a piece of work: work that a commit wakes may
   * write again, and what follows from that waits for its own commit.
   */
  later(work: () => void): void {
    const committed = this.#database.committed();
    void this.during(async () => {
      await committed;
      if (!this.halted) work();
    });
  }

  /** Keeps the engine from being idle while `work` is under way; what it throws halts the engine. */
  async during(work: () => Promise<void>): Promise<void> {
    this.busy += 1;
    try {
      await work();
    } catch (error) {
      this.halt(asError(error));
    } finally {
      this.done();
    }
  }

  /** Ends what `busy` counted. */
  done(): void {
    this.busy -= 1;
    if (this.busy === 0) this.#idle();
  }

  /** What a timer begins has no caller to throw to. */
  guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.halt(asError(error));
    }
  }

  /**
   * Resolves when nothing moves without help from outside: no function runs, no transition is under way, no end is being
   * delivered, and no timer is due within `horizonMs`. Executions may still wait for task tokens or for later timers.
   */
  async drain(horizonMs = 0): Promise<void> {
    for (;;) {
      if (this.halted) throw this.halted;
      if (this.busy === 0) {
        const due = !this.closing && this.#timers.next <= this.#now() + horizonMs;
        if (!due) {
          await this.#database.committed();
          if (this.busy === 0) return;
          continue;
        }
      }
      await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
    }
  }

  /**
   * Takes no more calls and starts nothing more; waits up to `limitMs` for functions that run, and keeps their results.
   * What is open goes on when an engine is opened on the same database. The database stays open.
   */
  async close(limitMs = 10_000): Promise<void> {
    if (!this.closing) {
      this.closing = true;
      this.#timers.stop();
    }
    if (this.busy > 0 && !this.halted) {
      let cancel = () => {};
      await Promise.race([
        this.drain().catch(() => undefined),
        new Promise<void>((resolve) => {
          const timeout = setTimeout(resolve, limitMs);
          cancel = () => clearTimeout(timeout);
        }),
      ]);
      cancel();
    }
    this.halted ??= new EngineHalted('The engine is closed.');
    if (this.#timers.next !== Infinity) this.#timers.stop();
  }
}
