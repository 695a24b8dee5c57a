import { endEvent, type ExecutionEnd } from './answers.ts';
import { timer } from './frame.ts';
import type { EngineStore } from './store.ts';
import type { Timers } from './timers.ts';

const CONCURRENT_DELIVERIES = 16;
/** The first pause before a failed delivery is tried again; doubles up to five minutes. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;
const PAGE = 1_000;

type Listener = (end: ExecutionEnd) => Promise<void>;

/** What deliveries need of their engine. */
interface Host {
  readonly store: EngineStore;
  readonly timers: Timers;
  now(): number;
  /** Whether nothing new may begin. */
  stopped(): boolean;
  /** Runs `work` when all that is written so far is on disk. */
  later(work: () => void): void;
  /** Keeps the engine from being idle while `work` is under way. */
  during(work: () => Promise<void>): Promise<void>;
  write(work: () => void): void;
}

/** Tells a listener of ended executions, at least once each, across restarts. */
export class Deliveries {
  readonly #host: Host;
  #listener: Listener | undefined;
  #waiting: number[] = [];
  #under = 0;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Begins with every end that is stored and was not told. */
  listen(listener: Listener): void {
    if (this.#listener) throw new Error('This engine already has a listener for ends of executions: combine the two.');
    this.#listener = listener;
    let page: number[];
    let after = 0;
    do {
      page = this.#host.store.undelivered(after, PAGE);
      this.#waiting.push(...page);
      after = page.at(-1) ?? 0;
    } while (page.length === PAGE);
    this.#host.later(() => this.#next());
  }

  /** An execution has ended; it is stored as not told. */
  add(execution: number): void {
    if (!this.#listener) return;
    this.#host.later(() => {
      this.#waiting.push(execution);
      this.#next();
    });
  }

  #next(): void {
    while (this.#listener && this.#under < CONCURRENT_DELIVERIES && !this.#host.stopped()) {
      const execution = this.#waiting.shift();
      if (execution === undefined) return;
      this.#under += 1;
      void this.#begin(this.#listener, execution);
    }
  }

  async #begin(listener: Listener, execution: number): Promise<void> {
    await this.#host.during(() => this.#tell(listener, execution, FIRST_PAUSE_MS));
    this.#under -= 1;
    this.#next();
  }

  async #tell(listener: Listener, execution: number, pauseMs: number): Promise<void> {
    const { store, timers } = this.#host;
    const row = store.execution(execution);
    // Told already, or redriven meanwhile: its next end is another delivery.
    if (!row || row.status === 'RUNNING' || row.delivered === 1) return;
    try {
      await listener(endEvent(row));
    } catch {
      // A listener's failure changes nothing but that it is told again.
      const again = timer(() => {
        void this.#host.during(() => this.#tell(listener, execution, Math.min(pauseMs * 2, LONGEST_PAUSE_MS)));
      });
      timers.set(again, this.#host.now() + pauseMs);
      return;
    }
    if (store.execution(execution)?.stopped_at !== row.stopped_at) return;
    this.#host.write(() => store.markDelivered(execution));
  }
}
