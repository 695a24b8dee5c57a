import * as z from 'zod';

import { TokenRefused, type Tokens } from '../adapters/ports.ts';
import { apiPrincipal, type Contract, type UseCase } from '../app/contracts.ts';

/** API Gateway's Lambda authoriser: a token that is good becomes a principal, any other is `Unauthorized`. */
export const contract = {
  input: z.looseObject({ type: z.literal('TOKEN'), authorizationToken: z.string(), methodArn: z.string() }),
  output: z.strictObject({
    principalId: z.string(),
    policyDocument: z.strictObject({
      Version: z.literal('2012-10-17'),
      Statement: z.array(
        z.strictObject({
          Action: z.literal('execute-api:Invoke'),
          Effect: z.literal('Allow'),
          Resource: z.string(),
        }),
      ),
    }),
    context: apiPrincipal,
  }),
} as const satisfies Contract;

/** API Gateway answers 401 to an authoriser that fails with this very message, and 500 to any other. */
export class Unauthorized extends Error {
  override readonly name = 'Unauthorized';

  constructor(cause: unknown) {
    super('Unauthorized', { cause });
  }
}

/**
 * Lets in whoever has a token of the trusted issuer, to every route: which of them their role may call is for the function
 * that serves it to say, from the same table for all. @throws Unauthorized
 */
export function authoriseRequest({ tokens }: { readonly tokens: Tokens }): UseCase<typeof contract> {
  return async ({ authorizationToken, methodArn }) => {
    const token = /^Bearer ([\w.-]+)$/i.exec(authorizationToken)?.[1];
    try {
      if (token === undefined) throw new TokenRefused('It is no bearer token.');
      const { id, roles, clientId } = await tokens.verify(token);
      // API Gateway keeps the answer for other routes, so it must hold for every one of this API's stage.
      const resource = `${methodArn.split('/').slice(0, 2).join('/')}/*`;
      return {
        principalId: id,
        policyDocument: {
          Version: '2012-10-17',
          Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: resource }],
        },
        context: { id, clientId, roles: roles.join(' ') },
      };
    } catch (error) {
      if (error instanceof TokenRefused) throw new Unauthorized(error);
      throw error;
    }
  };
}
