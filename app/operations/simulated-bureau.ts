import * as z from 'zod';

import type { Bureau } from '../../adapters/ports.ts';
import { GATEWAY_STATUS, gatewayLookup, gatewayRequest } from '../../domain/bureau/gateway.ts';
import type { Contract, Output, UseCase } from '../contracts.ts';

/** The simulated bureau behind a function URL. Its request has personal data: it is never logged. */
export const contract = {
  input: z.looseObject({ body: z.string().optional(), isBase64Encoded: z.boolean().optional() }),
  output: z.strictObject({
    statusCode: z.int(),
    headers: z.strictObject({ 'content-type': z.string() }),
    body: z.string(),
  }),
} as const satisfies Contract;

/** Answers, as a bureau's gateway, the requests that come to the function's URL. */
export function simulatedBureau({ simulator }: { readonly simulator: Bureau }): UseCase<typeof contract> {
  return async ({ body = '', isBase64Encoded = false }) => {
    const sent = json(isBase64Encoded ? Buffer.from(body, 'base64').toString() : body);
    const lookup = gatewayLookup.safeParse(sent);
    const request = gatewayRequest.safeParse(sent);
    if (!request.success && !lookup.success) return problem('RequestUnreadable');
    try {
      const answer = lookup.success ? await simulator.posted(lookup.data.request) : await simulator.pull(request.data!);
      return answer ? response(200, 'application/json', answer) : problem('NothingPosted');
    } catch (error) {
      const { name } = error as Error;
      if (name in GATEWAY_STATUS) return problem(name as keyof typeof GATEWAY_STATUS);
      throw error;
    }
  };
}

type Response = Output<typeof contract>;

const problem = (title: keyof typeof GATEWAY_STATUS): Response =>
  response(GATEWAY_STATUS[title], 'application/problem+json', { title, status: GATEWAY_STATUS[title] });

const response = (statusCode: number, type: string, value: object): Response => ({
  statusCode,
  headers: { 'content-type': type },
  body: JSON.stringify(value),
});

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
