import { GATEWAY_STATUS, gatewayAnswer, gatewayProblem } from '../../../domain/bureau/gateway.ts';
import type { BureauRequest } from '../../../domain/bureau/request.ts';
import { BureauAmbiguous, BureauUnavailable, type Bureau } from '../../ports.ts';
import { NotASyntheticApplicant } from '../simulator/scenarios.ts';

export interface BureauGatewayOptions {
  readonly url: string;
  /** @returns the headers that prove who asks. */
  readonly sign: (url: string, headers: Record<string, string>, body: string) => Promise<Record<string, string>>;
  /** How long the gateway has to answer, in milliseconds. */
  readonly timeoutMs: number;
}

/** Errors of the connection that come before a byte of the request has left. */
const NEVER_SENT = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Statuses with which a front door refuses what then never came to the bureau. */
const REFUSED = new Set<number>([
  401,
  403,
  404,
  413,
  429,
  GATEWAY_STATUS.RequestUnreadable,
  GATEWAY_STATUS.BureauUnavailable,
]);

/** How long a bureau may take, in ms: less than the 60 s of the state, so that the handler ends first. */
export const BUREAU_TIMEOUT_MS = 20_000;

/**
 * A bureau behind HTTPS: domain/bureau/gateway.ts is what it speaks. A request is sent once. What is not proven to have
 * stopped before the bureau is ambiguous: a time-out, a broken connection, any answer that the protocol does not know.
 */
export function bureauGateway({ url, sign, timeoutMs }: BureauGatewayOptions): Bureau {
  async function call(request: BureauRequest, body: string): Promise<{ status: number; text: string }> {
    const plain = { 'content-type': 'application/json' };
    const headers = await sign(url, plain, body).catch((cause: unknown) => {
      throw unavailable(request, 'the request could not be signed', cause);
    });
    return send(request, url, { headers, body, timeoutMs });
  }

  return {
    async pull(request) {
      const { status, text } = await call(request, JSON.stringify(request));
      if (status === 200) {
        const answer = gatewayAnswer.safeParse(json(text));
        if (answer.success) return answer.data;
        throw ambiguous(request, 'its answer cannot be read');
      }
      const title = titleOf(text);
      if (status === GATEWAY_STATUS.NotASyntheticApplicant && title === 'NotASyntheticApplicant')
        throw new NotASyntheticApplicant('The simulated bureau answers only for numbers that were never issued.');
      // A service that is down also says 503: then only its own word proves that nothing was pulled.
      const refused = status === GATEWAY_STATUS.BureauUnavailable ? title === 'BureauUnavailable' : REFUSED.has(status);
      throw refused ? unavailable(request, `it answered ${status}`) : ambiguous(request, `it answered ${status}`);
    },

    async posted(request) {
      const body = JSON.stringify({ operation: 'POSTED', request });
      const { status, text } = await call(request, body).catch((cause: unknown) => {
        throw lookupFailed(request, 'no answer came', cause);
      });
      const answer = status === 200 ? gatewayAnswer.safeParse(json(text)).data : undefined;
      if (answer) return answer;
      // Any other 404 is of a front door, and proves nothing.
      if (status === GATEWAY_STATUS.NothingPosted && titleOf(text) === 'NothingPosted') return undefined;
      throw lookupFailed(request, `it answered ${status}`);
    },
  };
}

const titleOf = (text: string): string | undefined => gatewayProblem.safeParse(json(text)).data?.title;

async function send(
  request: BureauRequest,
  url: string,
  { headers, body, timeoutMs }: { headers: Record<string, string>; body: string; timeoutMs: number },
): Promise<{ status: number; text: string }> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    // A redirect would send the request a second time.
    const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error' });
    return { status: response.status, text: await response.text() };
  } catch (cause) {
    const code = ((cause as Error).cause as NodeJS.ErrnoException | undefined)?.code ?? '';
    if (NEVER_SENT.has(code)) throw unavailable(request, `it could not be reached (${code})`, cause);
    throw ambiguous(request, `it did not answer within ${timeoutMs} ms or broke off`, cause);
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unavailable({ bureau, reference }: BureauRequest, why: string, cause?: unknown): BureauUnavailable {
  return new BureauUnavailable(
    `The bureau ${bureau} has not taken the inquiry ${reference}: ${why}. It may be sent again.`,
    { cause },
  );
}

function lookupFailed({ bureau, reference }: BureauRequest, why: string, cause?: unknown): BureauUnavailable {
  return new BureauUnavailable(
    `The bureau ${bureau} did not report whether the inquiry ${reference} is posted: ${why}. Nothing new is posted: repeat the lookup.`,
    { cause },
  );
}

function ambiguous({ bureau, reference }: BureauRequest, why: string, cause?: unknown): BureauAmbiguous {
  return new BureauAmbiguous(
    `Of the inquiry ${reference} at the bureau ${bureau} nobody can tell whether it is posted: ${why}. ` +
      'Ask the bureau by the reference; do not pull again.',
    { cause },
  );
}
