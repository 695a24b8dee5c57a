import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { type ApiResponse, MAX_BODY_BYTES } from '../../app/contracts.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { Problem, problemAnswer, bodyTooLarge } from '../../http/problem.ts';
import { BASE_PATH, operations, type Route } from '../../http/routes.ts';
import { noSuchRoute, storeUnavailable } from '../../http/serve.ts';
import type { FunctionName, OutputOf } from '../../lambdas/functions.ts';
import type { RequestKind } from './admission.ts';

/** What a request asks of the process, as far as its line and headers show. */
export function restKind({ method, url = '', headers }: IncomingMessage): RequestKind {
  const path = url.split('?')[0]!;
  const begins = method === 'POST' && BEGINS.test(path);
  return { begins, waits: headers['prefer'] !== undefined };
}

/** Routes that begin a workflow. */
const BEGINS = new RegExp(`^${BASE_PATH}/applications(/[^/]+/decisions/[^/]+/reopening)?$`);

/** Refuses a request that is not looked at. */
export function overloaded(request: IncomingMessage, response: ServerResponse, retryAfterSeconds: number): void {
  // The body must be out of the way of the next request on the connection.
  request.resume();
  const detail = 'The process is overloaded. Send the same request after the seconds in Retry-After.';
  const headers = { 'retry-after': String(retryAfterSeconds) };
  sendAnswer(response, problemAnswer(randomUUID(), new Problem('unavailable', detail, { headers })));
}

export type Invoke = (name: FunctionName, payload: Json) => Promise<Json>;

/** A request to the API, as it came in. */
export interface RestRequest {
  readonly method: string;
  /** With its query, undecoded. */
  readonly url: string;
  /** By lower-case name, each value for itself. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: Uint8Array;
}

/**
 * Answers a request as API Gateway and the functions behind it do: the path is matched with the routes, the authoriser turns
 * the token into a principal, and the function of the route is called with the event that API Gateway would make.
 */
export async function answerRest(invoke: Invoke, request: RestRequest): Promise<ApiResponse> {
  const requestId = randomUUID();
  try {
    const [path = '', query = ''] = request.url.split(/\?(.*)/s, 2);
    const matched = match(request.method, path);
    const authorizer = await principalOf(invoke, request.headers['authorization'] ?? []);
    const event = {
      httpMethod: request.method,
      resource: matched.route.path,
      pathParameters: matched.params,
      multiValueQueryStringParameters: queryOf(query),
      multiValueHeaders: Object.fromEntries(
        Object.entries(request.headers).map(([name, values]) => [name, [...values]]),
      ),
      body: request.body.length === 0 ? null : Buffer.from(request.body).toString('base64'),
      isBase64Encoded: request.body.length > 0,
      requestContext: { requestId, authorizer },
    };
    return (await invoke(matched.route.function, event)) as unknown as ApiResponse;
  } catch (error) {
    if (error instanceof Problem) return problemAnswer(requestId, error);
    if (error instanceof Error && error.name === 'StoreUnavailable')
      return problemAnswer(requestId, storeUnavailable());
    return problemAnswer(requestId, new Problem('internal', 'It is in the log under the id of this request.'));
  }
}

/** Serves a request of the embedded server. @param refused why it is not even looked at, such as a page of another site. */
export async function serveRest(
  invoke: Invoke,
  request: IncomingMessage,
  response: ServerResponse,
  refused?: string,
): Promise<void> {
  let answer: ApiResponse;
  try {
    if (refused !== undefined) throw new Problem('forbidden', refused);
    const headers = Object.fromEntries(
      Object.entries(request.headersDistinct).map(([name, values]) => [name, values ?? []]),
    );
    const { method = '', url = '' } = request;
    answer = await answerRest(invoke, { method, url, headers, body: await readBody(request, bodyLimit(method, url)) });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    // What is still coming in is not read.
    response.setHeader('connection', 'close');
    answer = problemAnswer(randomUUID(), error);
  }
  sendAnswer(response, answer);
}

function sendAnswer(response: ServerResponse, { statusCode, headers, body }: ApiResponse): void {
  const length = statusCode === 304 ? {} : { 'content-length': Buffer.byteLength(body) };
  response.writeHead(statusCode, { ...headers, ...length }).end(body);
}

/** The largest body of the route that a request is for. */
function bodyLimit(method: string, url: string): number {
  try {
    return match(method, url.split('?')[0] ?? '').route.maxBodyBytes;
  } catch {
    return MAX_BODY_BYTES;
  }
}

/** @throws Problem as soon as it is too large: the rest is not read. */
async function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limit) {
      throw bodyTooLarge(limit);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * Matches a path as it was sent. No part of a route needs an escape, so none is decoded: `..`, `//` and `%2e` match nothing.
 */
function match(method: string, path: string): { route: Route; params: Record<string, string> } {
  const found = operations.flatMap(([, route]) => {
    const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
    const pattern = new RegExp(`^${BASE_PATH}${route.path.replaceAll(/\{\w+\}/g, '([A-Za-z0-9_-]+)')}$`);
    const values = pattern.exec(path)?.slice(1);
    return values ? [{ route, params: Object.fromEntries(names.map((name, index) => [name, values[index]!])) }] : [];
  });
  const one = found.find(({ route }) => route.method === method);
  if (one) return one;
  throw noSuchRoute(found.map(({ route }) => route.method));
}

function queryOf(query: string): Record<string, string[]> {
  const sent = new URLSearchParams(query);
  return Object.fromEntries([...new Set(sent.keys())].map((name) => [name, sent.getAll(name)]));
}

type Principal = OutputOf<'AuthoriseRequest'>['context'];

async function principalOf(invoke: Invoke, authorization: readonly string[]): Promise<Principal & JsonObject> {
  const [authorizationToken] = authorization;
  if (authorizationToken === undefined || authorization.length > 1) throw unauthenticated('Bearer');
  const methodArn = 'arn:aws:execute-api:local:000000000000:local/v1/GET/';
  try {
    const answer = await invoke('AuthoriseRequest', { type: 'TOKEN', authorizationToken, methodArn });
    return (answer as unknown as OutputOf<'AuthoriseRequest'>).context;
  } catch (error) {
    if (error instanceof Error && error.name === 'Unauthorized') throw unauthenticated('Bearer error="invalid_token"');
    throw error;
  }
}

function unauthenticated(challenge: string): Problem {
  const detail =
    'Send a valid token as Authorization: Bearer TOKEN. On one machine: underwright token --role ROLE --by NAME';
  return new Problem('unauthenticated', detail, { headers: { 'www-authenticate': challenge } });
}
