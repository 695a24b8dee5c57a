import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';

import { ROLES, type Principal } from '../../domain/access/access.ts';
import { TokenRefused, type Clock, type Tokens } from '../ports.ts';

export interface OidcOptions {
  readonly issuer: string;
  /** One of these must be in `aud`; where a token has none, as Cognito's access tokens, `client_id` must be one. */
  readonly audiences: readonly string[];
  /** The issuer's keys. */
  readonly keys: JWTVerifyGetKey;
  readonly clock: Clock;
  /** The claim that lists a person's roles; machines have them as scopes, such as `underwright/front-end`. @default `cognito:groups` */
  readonly rolesClaim?: string;
  /** The claim with a person's user id. @default `username`, else `sub` */
  readonly personClaim?: string;
}

/** Asymmetric only: a token signed with a secret could be signed with the public key, which is no secret. */
export const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];

/** The resource server whose scopes are roles here. */
export const SCOPES = 'underwright';

const PERSON = /^(?=.*[a-z])[a-z0-9][a-z0-9._-]{1,63}$/;
const CLIENT = /^(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9._-]{1,63}$/;
/** What the ledger calls the machine: nobody may be named so. */
const RESERVED = ['system', 'policy'];

/** Access tokens of one OpenID Connect issuer (RFC 9068, and Cognito's). */
export function oidcTokens(options: OidcOptions): Tokens {
  const { issuer, audiences, keys, clock } = options;
  return {
    async verify(token) {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp', 'sub'],
        currentDate: clock.now(),
      }).catch((cause: unknown) => {
        // The issuer's keys could not be fetched: that says nothing of the token.
        if (cause instanceof errors.JOSEError && !(cause instanceof errors.JWKSTimeout)) throw refused(cause);
        throw cause;
      });
      const { aud, client_id: clientId, azp, token_use: use } = payload;
      const sent = aud === undefined ? [clientId] : [aud].flat();
      if (!sent.some((each) => audiences.includes(String(each)))) throw refused('audience');
      // An id token tells a front end who signed in; it is no key to an API.
      if (use !== undefined && use !== 'access') throw refused('token_use');
      return principalOf(payload, text(clientId) ?? text(azp), options);
    },
  };
}

function principalOf(payload: JWTPayload, clientId: string | undefined, options: OidcOptions): Principal {
  const { rolesClaim = 'cognito:groups', personClaim = 'username' } = options;
  const listed = [payload[rolesClaim] ?? []].flat().map(String);
  const scopes = (text(payload['scope']) ?? '').split(' ');
  const roles = ROLES.filter((role) => listed.includes(role) || scopes.includes(`${SCOPES}/${role}`));
  const person = text(payload[personClaim]) ?? payload.sub ?? '';
  const machine = roles.every((role) => role === 'front-end');
  const id = machine ? (clientId ?? '') : person.toLowerCase();
  if (clientId === undefined || !CLIENT.test(clientId) || RESERVED.includes(clientId)) throw refused('client');
  if (!machine && (!PERSON.test(id) || RESERVED.includes(id))) throw refused('person');
  return { id, roles, clientId };
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function refused(cause: unknown): TokenRefused {
  return new TokenRefused('The token is not one that is taken here.', { cause });
}
