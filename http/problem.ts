import * as z from 'zod';

import { fieldError, type FieldError } from '../app/contracts.ts';
import { offer as offerSchema, type Offer } from '../domain/policy/result.ts';

/** Every problem that the API answers with (RFC 9457), by the end of its type. */
export const PROBLEMS = {
  'malformed-request': { status: 400, title: 'The request cannot be read' },
  unauthenticated: { status: 401, title: 'There is no valid token' },
  forbidden: { status: 403, title: 'The role may not do this' },
  'not-found': { status: 404, title: 'There is no such thing here' },
  'method-not-allowed': { status: 405, title: 'The path has no such method' },
  conflict: { status: 409, title: 'Conflict with the current state' },
  'new-terms': { status: 409, title: 'The terms of today differ from the offer' },
  gone: { status: 410, title: 'It is over' },
  'too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body is not application/json' },
  'invalid-fields': { status: 422, title: 'Fields are not as they must be' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'The request could not be answered' },
  unavailable: { status: 503, title: 'The service cannot answer now' },
} as const;
export type ProblemName = keyof typeof PROBLEMS;

export const problemBody = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  /** `urn:underwright:request:` and the request's id, as in `X-Request-Id`. */
  instance: z.string(),
  /** Every field at fault, where fields are. */
  errors: z.array(fieldError).optional(),
  /** The offer with the terms of today, where an offer has other terms. */
  offer: offerSchema.optional(),
});
type ProblemBody = z.infer<typeof problemBody>;

/** What ends a request with a problem. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly problem: ProblemName;
  readonly errors: readonly FieldError[] | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly offer: Offer | undefined;

  /** @param detail what is at fault and the way out; never a value of the request, which may be personal. */
  constructor(
    problem: ProblemName,
    detail: string,
    {
      errors,
      headers = {},
      offer,
    }: {
      readonly errors?: readonly FieldError[];
      readonly headers?: Readonly<Record<string, string>>;
      readonly offer?: Offer;
    } = {},
  ) {
    super(detail);
    this.problem = problem;
    this.errors = errors;
    this.headers = headers;
    this.offer = offer;
  }
}

/** On every answer: nothing is kept by anything between, nothing is run by a browser. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'x-content-type-options': 'nosniff',
};

export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** @param body undefined for an answer without one. */
export function httpAnswer(
  requestId: string,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  const type = status >= 400 ? 'application/problem+json' : 'application/json';
  return {
    statusCode: status,
    headers: {
      ...HEADERS,
      'x-request-id': requestId,
      ...(body !== undefined && { 'content-type': type }),
      ...headers,
    },
    body: body === undefined ? '' : JSON.stringify(body),
  };
}

export function problemAnswer(requestId: string, { problem, message, errors, headers, offer }: Problem): HttpAnswer {
  const { status, title } = PROBLEMS[problem];
  const body: ProblemBody = {
    type: `urn:underwright:problem:${problem}`,
    title,
    status,
    detail: message,
    instance: `urn:underwright:request:${requestId}`,
    ...(errors && { errors: [...errors] }),
    ...(offer && { offer }),
  };
  return httpAnswer(requestId, status, body, headers);
}

export const bodyTooLarge = (limit: number): Problem =>
  new Problem('too-large', `The body has more than ${limit} bytes: send a smaller one.`);
