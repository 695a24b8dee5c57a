import * as z from 'zod';

import type { ApiRequest, ApiResponse } from '../app/contracts.ts';
import { roleFor, ROLES, type Action, type Principal, type Role } from '../domain/access/access.ts';
import { fieldErrors } from '../domain/application/submission.ts';
import type { FieldError } from '../domain/application/submission.ts';
import { JSON_FAULTS, readJson } from '../domain/json-text.ts';
import { httpAnswer, Problem, problemAnswer, bodyTooLarge } from './problem.ts';
import {
  findRoute,
  HEADERS,
  LONGEST_WAIT_SECONDS,
  requestId as requestIdSchema,
  ROUTES,
  type ApiFunction,
  type Operation,
  type OperationsOf,
  type Route,
} from './routes.ts';

type Spec<Id extends Operation> = (typeof ROUTES)[Id];
type BodyOf<Id extends Operation> = Spec<Id>['bodyAsSent'] extends true
  ? Record<string, unknown>
  : Spec<Id>['body'] extends z.ZodType
    ? z.output<Spec<Id>['body']>
    : null;

/** A request as its function sees it: who asks, and for what, checked. */
export interface Call<Id extends Operation> {
  readonly principal: Principal;
  /** The first of the caller's roles that may do what the route does. */
  readonly role: Role;
  readonly may: (action: Action) => boolean;
  readonly requestId: string;
  readonly params: z.output<Spec<Id>['params']>;
  readonly query: z.output<Spec<Id>['query']>;
  readonly body: BodyOf<Id>;
  readonly idempotencyKey: string | undefined;
  /** 0 without `Prefer: wait=N`. */
  readonly waitSeconds: number;
  readonly ifNoneMatch: string | undefined;
  readonly purpose: string | null;
}

export interface Answer {
  readonly status: number;
  /** Held to the schema of the route's answer: what is not described does not go out. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One function for each operation of an API function. */
export type Handlers<Name extends ApiFunction, Ports> = {
  readonly [Id in OperationsOf<Name>]: (ports: Ports, call: Call<Id>) => Promise<Answer>;
};

/** Headers of which two would mean two things. */
const SINGLE = ['authorization', 'content-type', ...Object.keys(HEADERS).map((name) => name.toLowerCase())];

/**
 * Serves the routes of a function. Who asks and whether they may comes before all that they sent is looked at; every fault
 * is a problem (RFC 9457). What no problem is, fails the call: the caller then learns nothing of it but that.
 */
export function serve<Name extends ApiFunction, Ports>(
  name: Name,
  ports: Ports,
  handlers: Handlers<Name, Ports>,
): (request: ApiRequest) => Promise<ApiResponse> {
  return async (request) => {
    const headers = headersOf(request);
    const sentId = requestIdSchema.safeParse(headers.get('x-request-id')?.[0]);
    const requestId = sentId.success ? sentId.data : request.requestContext.requestId;
    try {
      const found = findRoute(request.httpMethod, request.resource);
      if ('allowed' in found) throw noSuchRoute(found.allowed);
      const { operation, route } = found;
      if (route.function !== name) throw noSuchRoute([]);
      const call = read(request, requestId, route, headers);
      const handler = handlers[operation as OperationsOf<Name>] as (ports: Ports, call: unknown) => Promise<Answer>;
      const { status, body, headers: more } = await handler(ports, call);
      const schema = route.answers[status]?.schema;
      if (schema === undefined)
        throw new TypeError(`${operation} answers with ${status}, which its route does not say.`);
      return httpAnswer(requestId, status, schema?.parse(body), more);
    } catch (error) {
      return problemAnswer(requestId, problemOf(error));
    }
  };
}

/** @param allowed the methods of the path; none where there is no such path. */
export function noSuchRoute(allowed: readonly string[]): Problem {
  if (allowed.length === 0) return new Problem('not-found', 'There is no such path: see docs/openapi.json.');
  const allow = allowed.join(', ');
  return new Problem('method-not-allowed', `The path has ${allow}.`, { headers: { allow } });
}

function headersOf({ multiValueHeaders }: ApiRequest): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (const [name, values] of Object.entries(multiValueHeaders ?? {})) {
    const lower = name.toLowerCase();
    headers.set(lower, [...(headers.get(lower) ?? []), ...values]);
  }
  return headers;
}

function read(request: ApiRequest, requestId: string, route: Route, headers: Map<string, string[]>): object {
  const principal = principalOf(request);
  const role = route.actions.map((action) => roleFor(principal, action)).find((each) => each !== undefined);
  if (!role) {
    throw new Problem('forbidden', `${principal.roles.join(', ') || 'No role'} may not do this: see docs/access.md.`);
  }
  for (const name of SINGLE) {
    if ((headers.get(name)?.length ?? 0) > 1)
      throw new Problem('malformed-request', `${name} is sent twice: send it once.`);
  }
  const header = (name: keyof typeof HEADERS): string | undefined => {
    const [value] = headers.get(name.toLowerCase()) ?? [];
    if (value === undefined) return undefined;
    const parsed = HEADERS[name].schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new Problem('malformed-request', `The header ${name} ${parsed.error.issues[0]?.message}.`);
  };
  header('X-Request-Id');
  const params = route.params.safeParse(request.pathParameters ?? {});
  // An id that no application can have is that of none.
  if (!params.success) throw new Problem('not-found', 'There is nothing of this name.');
  const taken = (name: keyof typeof HEADERS) => (route.headers.includes(name) ? header(name) : undefined);
  return {
    principal,
    role,
    may: (action: Action) => roleFor(principal, action) !== undefined,
    requestId,
    params: params.data,
    query: queryOf(request, route),
    body: bodyOf(request, route, headers),
    idempotencyKey: taken('Idempotency-Key')?.replace(/^"(.*)"$/, '$1'),
    waitSeconds: Math.min(LONGEST_WAIT_SECONDS, Number(/wait=(\d+)/.exec(taken('Prefer') ?? '')?.[1] ?? 0)),
    ifNoneMatch: taken('If-None-Match'),
    purpose: taken('Access-Purpose') ?? null,
  };
}

function principalOf({ requestContext: { authorizer } }: ApiRequest): Principal {
  if (!authorizer) {
    throw new Problem('unauthenticated', 'Send a token as Authorization: Bearer TOKEN.', {
      headers: { 'www-authenticate': 'Bearer' },
    });
  }
  const { id, roles, clientId } = authorizer;
  return { id, clientId, roles: ROLES.filter((role) => roles.split(' ').includes(role)) };
}

function queryOf({ multiValueQueryStringParameters }: ApiRequest, route: Route): unknown {
  const sent = Object.entries(multiValueQueryStringParameters ?? {});
  const repeated = sent.filter(([, values]) => values.length > 1);
  if (repeated.length > 0) throw new Problem('malformed-request', 'A query parameter is sent twice: send it once.');
  return parsed(route.query, Object.fromEntries(sent.map(([name, [value]]) => [name, value])));
}

function bodyOf({ body, isBase64Encoded }: ApiRequest, route: Route, headers: Map<string, string[]>): unknown {
  if (route.body === null) {
    if (body) throw new Problem('malformed-request', 'This takes no body: leave it out.');
    return null;
  }
  const [type = ''] = headers.get('content-type') ?? [];
  if (!/^application\/json(;\s*charset="?utf-8"?)?$/i.test(type)) {
    throw new Problem('unsupported-media-type', 'Send JSON, as Content-Type: application/json.');
  }
  const bytes = Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > route.maxBodyBytes) {
    throw bodyTooLarge(route.maxBodyBytes);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Problem('malformed-request', 'The body is not UTF-8 text.');
  }
  const json = readJson(text);
  if (!json.ok) {
    const { kind, line, column } = json.fault;
    throw new Problem('malformed-request', `The body ${JSON_FAULTS[kind]}: see line ${line}, column ${column}.`);
  }
  if (!route.bodyAsSent) return parsed(route.body, json.value);
  if (json.value !== null && typeof json.value === 'object' && !Array.isArray(json.value)) return json.value;
  throw invalidFields([{ path: '', message: 'must be a JSON object' }]);
}

function parsed(schema: z.ZodType, value: unknown): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalidFields(fieldErrors(result.error, value));
}

export function invalidFields(errors: readonly FieldError[]): Problem {
  return new Problem('invalid-fields', 'Correct the fields that errors names, and send it again.', { errors });
}

/** @throws the error itself where it is no problem of the request. */
function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  switch (error instanceof Error ? error.name : '') {
    case 'KeyDestroyed':
      return new Problem('gone', 'Who applied is forgotten, and with them what was sealed.');
    case 'StoreUnavailable':
      return storeUnavailable();
    case 'RequestIdReused':
      return new Problem('conflict', 'This request id was used for another read: make a new one.');
    default:
      throw error;
  }
}

export function storeUnavailable(): Problem {
  return new Problem('unavailable', 'Send the same again: what was stored is found.', {
    headers: { 'retry-after': '1' },
  });
}
