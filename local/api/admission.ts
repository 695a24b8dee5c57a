export interface AdmissionLimits {
  /** Calls under way, of workflows and of requests that begin one, beyond which no application is admitted. */
  readonly work: number;
  /** Requests in hand, without those that wait for a change. */
  readonly requests: number;
  /** Requests that wait for a change. */
  readonly waiting: number;
}

/**
 * Measured by `npm run bench -- load` (bench/README.md): with more than 64 in work, two cores decide no more a second and
 * each answer takes longer. 256 requests = 4 × that, as a read costs a quarter of a decision at the most. A request that
 * waits holds 10 KB: 4,096 hold 40 MB.
 */
export const ADMISSION_LIMITS: AdmissionLimits = { work: 32, requests: 256, waiting: 4_096 };

export interface AdmissionLoad {
  /** Calls of workflows under way. */
  readonly work: () => number;
  /** Requests that wait for a change of an application. */
  readonly waiting: () => number;
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
  #beginning = 0;
  #refused = 0;

  constructor(load: AdmissionLoad, limits: AdmissionLimits = ADMISSION_LIMITS) {
    this.#load = load;
    this.#limits = limits;
  }

  /** Admits a request that ends with `done`, or says after how long to send it again. */
  admit({ begins, waits }: RequestKind): Admitted {
    const { work, requests, waiting } = this.#limits;
    const waitingNow = this.#load.waiting();
    const full =
      this.#open - waitingNow >= requests ||
      (waits && waitingNow >= waiting) ||
      (begins && this.#load.work() + this.#beginning >= work);
    if (full) {
      // Clients that were refused together do not come back together.
      this.#refused += 1;
      return { ok: false, retryAfterSeconds: 1 + (this.#refused % 3) };
    }
    this.#open += 1;
    if (begins) this.#beginning += 1;
    let ended = false;
    return {
      ok: true,
      done: () => {
        if (ended) return;
        ended = true;
        this.#open -= 1;
        if (begins) this.#beginning -= 1;
      },
    };
  }
}
