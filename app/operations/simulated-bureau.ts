import type { Bureau } from '../../adapters/ports.ts';
import { GATEWAY_STATUS, gatewayRequest } from '../../domain/bureau/gateway.ts';
import type { OutputOf, StepOf } from '../contracts.ts';

/** Answers, as a bureau's gateway, the requests that come to the function's URL. */
export function simulatedBureauGateway({ bureau }: { readonly bureau: Bureau }): StepOf<'SimulatedBureau'> {
  return async ({ body = '', isBase64Encoded = false }) => {
    const request = gatewayRequest.safeParse(json(isBase64Encoded ? Buffer.from(body, 'base64').toString() : body));
    if (!request.success) return problem('RequestUnreadable');
    try {
      return response(200, 'application/json', await bureau.pull(request.data));
    } catch (error) {
      const { name } = error as Error;
      if (name in GATEWAY_STATUS) return problem(name as keyof typeof GATEWAY_STATUS);
      throw error;
    }
  };
}

type Response = OutputOf<'SimulatedBureau'>;

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
