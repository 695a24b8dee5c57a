import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import * as z from 'zod';

import { ROLES, type Principal } from '../../domain/access/access.ts';
import { StoreUnavailable, TokenRefused, type Clock, type Tokens } from '../ports.ts';

export interface OidcOptions {
  readonly issuer: string;
  /** One of these must be in `aud`; where a token has none, as Cognito's access tokens, `client_id` must be one. */
  readonly audiences: readonly string[];
  /** The issuer's keys. */
  readonly keys: JWTVerifyGetKey;
  readonly clock: Clock;
  /** The signature algorithms that the issuer uses. @default ALGORITHMS */
  readonly algorithms?: readonly string[];
  /** The claim that lists a person's roles; machines have them as scopes, such as `underwright/front-end`. @default `cognito:groups` */
  readonly rolesClaim?: string;
  /** The claim with a person's user id. @default `username`, else `sub` */
  readonly personClaim?: string;
}

/** Asymmetric only: a token signed with a secret could be signed with the public key, which is no secret. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];

/** The resource server whose scopes are roles here. */
const SCOPES = 'underwright';

const PERSON = /^(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9._-]{1,63}$/;
const CLIENT = PERSON;
/** The ledger's names for the machine: no caller may have one. */
const RESERVED = ['system', 'policy'];

/** The claims that are read here. A claim of another shape refuses the token: none is converted. */
const claims = z.looseObject({
  sub: z.string().min(1),
  aud: z.union([z.string(), z.array(z.string())]).optional(),
  client_id: z.string().optional(),
  azp: z.string().optional(),
  token_use: z.literal('access').optional(),
  scope: z.string().optional(),
});
const rolesListed = z.union([z.string(), z.array(z.string())]).optional();
const personNamed = z.string().optional();

/**
 * Access tokens of one OpenID Connect issuer (RFC 9068, and Cognito's). `verify` throws TokenRefused for every fault of a
 * token, and StoreUnavailable when the issuer's keys cannot be read.
 */
export function oidcTokens(options: OidcOptions): Tokens {
  const { issuer, audiences, clock, algorithms = ALGORITHMS } = options;
  return {
    async verify(token) {
      const { payload } = await jwtVerify(token, keysOf(options), {
        issuer,
        algorithms: [...algorithms],
        requiredClaims: ['exp', 'sub'],
        currentDate: clock.now(),
      }).catch((cause: unknown) => {
        // The library throws a TypeError for a key of another type than the header's algorithm.
        throw cause instanceof StoreUnavailable ? cause : refused(cause);
      });
      return principalOf(payload, audiences, options);
    },
  };
}

/** The issuer's keys. That they cannot be fetched says nothing about the token. */
function keysOf({ keys }: OidcOptions): JWTVerifyGetKey {
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (cause) {
      if (NO_SUCH_KEY.some((type) => cause instanceof type)) throw cause;
      throw new StoreUnavailable("The keys of the tokens' issuer cannot be read: send the same again.", { cause });
    }
  };
}

/** What a set of keys that was read throws for a header that names none of its keys, or a key of another type. */
const NO_SUCH_KEY = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported];

function principalOf(payload: JWTPayload, audiences: readonly string[], options: OidcOptions): Principal {
  const { rolesClaim = 'cognito:groups', personClaim = 'username' } = options;
  // An id token identifies a person to a front end; it gives no access to an API.
  const { sub, aud, client_id: named, azp, scope = '' } = read(claims, payload);
  const listed = [read(rolesListed, payload[rolesClaim]) ?? []].flat();
  const person = read(personNamed, payload[personClaim]) ?? sub;
  const sent = aud === undefined ? [named] : [aud].flat();
  if (!sent.some((each) => each !== undefined && audiences.includes(each))) throw refused('audience');
  const scopes = scope.split(' ');
  const roles = ROLES.filter((role) => listed.includes(role) || scopes.includes(`${SCOPES}/${role}`));
  const clientId = named ?? azp;
  const machine = roles.every((role) => role === 'front-end');
  if (clientId === undefined || !CLIENT.test(clientId) || RESERVED.includes(clientId)) throw refused('client');
  if (machine) return { id: clientId, roles, clientId };
  const id = person.toLowerCase();
  if (!PERSON.test(person) || RESERVED.includes(id)) throw refused('person');
  return { id, roles, clientId };
}

function read<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw refused(parsed.error.issues[0]?.path.join('.'));
}

function refused(cause: unknown): TokenRefused {
  return new TokenRefused('The token is not one that is taken here.', { cause });
}
