export interface AdmissionLimits {
  /** Calls of workflows under way, and requests that begin one, beyond which no application is admitted. */
  readonly work: number;
  /** Requests that begin a workflow, at once. */
  readonly beginning: number;
  /** ms that a request which begins a workflow may be in hand before others are refused: a slower machine takes fewer. */
  readonly patienceMs: number;
  /** Requests in hand, without those that wait for a change. */
  readonly requests: number;
  /** Requests that wait for a change. */
  readonly waiting: number;
}

/**
 * Measured by `npm run bench -- load` (bench/README.md). 32 calls of workflows share commits well, and each answer waits for
 * all of them. 8 = 32 / 4, as an intake costs a quarter of a decision. 500 ms = 2 s, the aim for 99 of 100 answers, / 4.
 * 256 requests = 8 × 32, as a read costs an eighth of a decision. A request that waits holds 10 KB: 4,096 hold 40 MB.
 */
const ADMISSION_LIMITS: AdmissionLimits = {
  work: 32,
  beginning: 8,
  patienceMs: 500,
  requests: 256,
  waiting: 4_096,
};

export interface AdmissionLoad {
  /** Calls of workflows under way. */
  readonly work: () => number;
  /** Requests that wait for a change of an application. */
  readonly waiting: () => number;
  /** ms on a clock that never goes back. */
  readonly now: () => number;
}

export interface RequestKind {
  /** Whether the request begins a workflow. */
  readonly begins: boolean;
  /** Whether the request may wait for a change. */
  readonly waits: boolean;
}

export type Admitted =
  | { readonly ok: true; readonly done: () => void }
  | { readonly ok: false; readonly retryAfterSeconds: number };

/**
 * Refuses requests while as much is in hand as the process can do in good time. What it refuses has cost nothing yet. What
 * it admits is served, and workflows never ask.
 */
export class Admission {
  readonly #load: AdmissionLoad;
  readonly #limits: AdmissionLimits;
  #open = 0;
  /** When each request that begins a workflow was admitted, the oldest first. */
  readonly #beginning = new Set<{ readonly since: number }>();
  #refused = 0;

  constructor(load: AdmissionLoad, limits: AdmissionLimits = ADMISSION_LIMITS) {
    this.#load = load;
    this.#limits = limits;
  }

  /** Admits a request that ends with `done`, or says after how long to send it again. */
  admit({ begins, waits }: RequestKind): Admitted {
    const { requests, waiting } = this.#limits;
    const waitingNow = this.#load.waiting();
    if (this.#open - waitingNow >= requests || (waits && waitingNow >= waiting) || (begins && this.#isBusy())) {
      // Clients that were refused together do not come back together.
      this.#refused += 1;
      return { ok: false, retryAfterSeconds: 1 + (this.#refused % 3) };
    }
    this.#open += 1;
    const own = { since: this.#load.now() };
    if (begins) this.#beginning.add(own);
    let ended = false;
    return {
      ok: true,
      done: () => {
        if (ended) return;
        ended = true;
        this.#open -= 1;
        this.#beginning.delete(own);
      },
    };
  }

  #isBusy(): boolean {
    const { work, beginning, patienceMs } = this.#limits;
    const { size } = this.#beginning;
    const [oldest] = this.#beginning;
    const late = oldest !== undefined && this.#load.now() - oldest.since >= patienceMs;
    return late || size >= beginning || this.#load.work() + size >= work;
  }
}
