/**
 * The client of Underwright's API: fetch and nothing else. Every call may be repeated, so what fails on the way is sent
 * again.
 */
import { PATHS, type ApplicationStatus, type Operations, type Problem, type SubmitApplicationRequest } from './api.ts';

export type * from './api.ts';

export interface ClientOptions {
  /** With the base path, such as `http://127.0.0.1:8083/v1`. */
  readonly url: string;
  /** An access token, or what gives one: asked before each request, so that it can be renewed. */
  readonly token: string | (() => string | Promise<string>);
  /** How often a call is sent again that had no answer, or 429, 502, 503 or 504. @default 4 */
  readonly retries?: number;
  /** @default the platform's */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Waits between tries. @default setTimeout */
  readonly pause?: (ms: number) => Promise<unknown>;
}

export interface CallOptions {
  /** Sent again with every try: a read of personal data is then one. @default a new UUID */
  readonly requestId?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

type Input<Id extends keyof Operations> = Omit<Operations[Id], 'answer'>;

/** What the API said no with (RFC 9457). */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }

  get status(): number {
    return this.problem.status;
  }

  /** The end of its type, such as `conflict`. */
  get kind(): string {
    return this.problem.type.split(':').at(-1) ?? '';
  }
}

/** No answer came, however often it was sent. */
export class ApiUnreachable extends Error {
  override readonly name = 'ApiUnreachable';
}

const AGAIN = [429, 502, 503, 504];
/** How long the API may hold an answer back, in seconds. */
const LONGEST_WAIT = 20;

export interface Client {
  /** Calls an operation of the OpenAPI document by its id. @throws ApiProblem, ApiUnreachable */
  call<Id extends keyof Operations>(
    operation: Id,
    input: Input<Id>,
    options?: CallOptions,
  ): Promise<Operations[Id]['answer']>;
  /** Submits, and waits until it is decided or a person must look. Gives the status as it is when the time is over. */
  submitAndWait(
    submission: SubmitApplicationRequest,
    options?: { readonly seconds?: number },
  ): Promise<ApplicationStatus>;
  /** The status now, then each time that it changes, until `signal` ends it. */
  changes(applicationId: string, signal: AbortSignal): AsyncGenerator<ApplicationStatus>;
}

export function underwrightClient(options: ClientOptions): Client {
  const send = async <Id extends keyof Operations>(operation: Id, input: Input<Id>, call: CallOptions = {}) => {
    const { method, path } = PATHS[operation];
    const { params = {}, query = {}, body } = input as { params?: object; query?: object; body?: unknown };
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(String((params as Record<string, unknown>)[name])),
    );
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
    const url = `${options.url.replace(/\/$/, '')}${filled}${search.size > 0 ? `?${search.toString()}` : ''}`;
    const requestId = call.requestId ?? crypto.randomUUID();
    const token = typeof options.token === 'string' ? options.token : await options.token();
    return sent(options, url, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'x-request-id': requestId,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...call.headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(call.signal && { signal: call.signal }),
    });
  };

  const client: Client = {
    async call(operation, input, call) {
      const response = await send(operation, input, call);
      return (await response.json()) as Operations[typeof operation]['answer'];
    },

    async submitAndWait(submission, { seconds = 60 } = {}) {
      const until = Date.now() + seconds * 1_000;
      const left = () => Math.max(0, Math.min(LONGEST_WAIT, Math.ceil((until - Date.now()) / 1_000)));
      const wait = (most: number) => ({ headers: { prefer: `wait=${most}` } });
      let status = await client.call('submitApplication', { body: submission }, wait(left()));
      const { applicationId } = status;
      while (status.status === 'IN_PROGRESS' && left() > 0) {
        status = await client.call('getApplication', { params: { applicationId } }, wait(left()));
      }
      return status;
    },

    async *changes(applicationId, signal) {
      let etag: string | undefined;
      while (!signal.aborted) {
        const headers: Record<string, string> =
          etag === undefined ? {} : { 'if-none-match': etag, prefer: `wait=${LONGEST_WAIT}` };
        const response = await send('getApplication', { params: { applicationId } }, { headers, signal }).catch(
          (error: unknown) => {
            if (signal.aborted) return undefined;
            throw error;
          },
        );
        if (!response) return;
        etag = response.headers.get('etag') ?? undefined;
        if (response.status !== 304) yield (await response.json()) as ApplicationStatus;
      }
    },
  };
  return client;
}

/** Sends a request until it is answered. @throws ApiProblem, ApiUnreachable */
async function sent(options: ClientOptions, url: string, init: RequestInit): Promise<Response> {
  const { retries = 4, fetch = globalThis.fetch, pause = pausing } = options;
  for (let tries = 0; ; tries += 1) {
    const response = await fetch(url, init).catch((error: unknown) => error as Error);
    if (init.signal?.aborted) throw init.signal.reason;
    const last = tries === retries;
    if (response instanceof Response && (last || !AGAIN.includes(response.status))) {
      if (response.status < 400) return response;
      throw new ApiProblem(await problemIn(response));
    }
    if (last) throw new ApiUnreachable(`${url} gave no answer in ${tries + 1} tries.`, { cause: response });
    const asked = response instanceof Response ? Number(response.headers.get('retry-after')) * 1_000 : 0;
    // 100 ms, doubled each time, so that a service that is down for a second is waited out.
    await pause(Math.max(asked || 0, 100 * 2 ** tries));
  }
}

const pausing = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What stands between may answer with something else than a problem. */
async function problemIn(response: Response): Promise<Problem> {
  const { status, statusText: title } = response;
  const other = { type: 'about:blank', title, status, detail: `The answer is ${status} ${title}.`, instance: '' };
  if (!response.headers.get('content-type')?.startsWith('application/problem+json')) return other;
  return (await response.json().catch(() => other)) as Problem;
}
