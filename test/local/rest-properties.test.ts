import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';

import { ROLES, type Role } from '../../domain/access/access.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { scaled } from '../support/scale.ts';
import { damaged, nearSchema } from '../support/schema-arbitrary.ts';
import { identityOf, submissionNow } from '../support/submissions.ts';
import { openUnderwritingApi, type RawAnswer, type UnderwritingApi } from '../support/underwriting-api.ts';

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: Json;
}
interface Operation {
  readonly operationId: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Json }> };
  readonly responses: Record<
    string,
    { readonly content?: Record<string, { readonly schema: Json }> } | { $ref: string }
  >;
}

const document = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../docs/openapi.json'), 'utf8'),
) as JsonObject & {
  paths: Record<string, Record<string, Operation>>;
};
const resolve = (reference: string): Json =>
  reference
    .slice(2)
    .split('/')
    .reduce<Json>((inner, part) => (inner as JsonObject)[part]!, document);
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);

/** Requests to each operation. */
const RUNS = scaled(1_500);
const FRONT_ENDS: Role[] = Array.from({ length: 10 }, () => 'front-end');
const DECIDED = 'props-decided-1';
const WAITING = 'props-waiting-1';

let api: UnderwritingApi;
const tokens = new Map<Role, string>();
beforeAll(async () => {
  api = await openUnderwritingApi();
  for (const role of ROLES) tokens.set(role, await api.token(role));
  const sent = (applicationId: string, ssn: string) =>
    api.client('front-end').submitAndWait(submissionNow({ applicationId, applicant: identityOf({ ssn }) }) as never);
  await sent(DECIDED, '900-01-0005');
  await sent(WAITING, '900-70-0001');
});
afterAll(() => api.close());

const ajv = addFormats.default(new Ajv2020({ strict: false, unicodeRegExp: true }));
ajv.addSchema({ $id: 'openapi', components: document['components'] });
function fits({ status, text, headers }: RawAnswer, { responses }: Operation): string | undefined {
  const stated = responses[String(status)];
  // No path and no method of the document is a path or a method that it does not have.
  if (!stated) return status === 404 || status === 405 ? undefined : `It answers with ${status}, which is not stated.`;
  const { content } = ('$ref' in stated ? resolve(stated.$ref) : stated) as {
    content?: Record<string, { schema: Json }>;
  };
  const [type = '', described] = Object.entries(content ?? {})[0] ?? [];
  if (!described) return text === '' ? undefined : 'It has a body.';
  if (!String(headers['content-type']).startsWith(type))
    return `It is ${String(headers['content-type'])}, not ${type}.`;
  const schema = JSON.parse(JSON.stringify(described.schema).replaceAll('"#/', '"openapi#/')) as object;
  const validate = ajv.compile(schema);
  return validate(JSON.parse(text)) ? undefined : ajv.errorsText(validate.errors);
}

/** A text that can stand in a path or a header at all: what HTTP itself refuses is not the API's to answer. */
const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
const inPath = (value: unknown) => encodeURIComponent(textOf(value).toWellFormed());
const inHeader = (value: unknown) => textOf(value).replaceAll(/[^\t\x20-\x7E]/g, '?');

/** A schema does not say everything of a submission: who is not invented is refused. So some begin as one that is taken. */
function bodyOf(operationId: string, schema: Json): fc.Arbitrary<unknown> {
  const near = nearSchema(schema, resolve);
  if (operationId !== 'submitApplication') return near;
  const taken = fc.uuid().map((applicationId) => submissionNow({ applicationId }));
  return fc.oneof(near, taken, taken.chain(damaged));
}

function requestTo({ path, operation }: (typeof operations)[number]) {
  const known: Record<string, fc.Arbitrary<unknown>> = { applicationId: fc.constantFrom(DECIDED, WAITING) };
  const values = operation.parameters.map((parameter) => {
    const near = nearSchema(parameter.schema, resolve);
    const value = known[parameter.name] ? fc.oneof(known[parameter.name]!, near) : near;
    // Nobody waits for a test.
    const sent = parameter.name === 'Prefer' ? fc.constantFrom('wait=0', 'wait=x', 'respond-async, wait=0') : value;
    return parameter.in === 'path' ? sent : fc.option(sent, { nil: undefined, freq: 1 });
  });
  const schema = operation.requestBody?.content['application/json']?.schema;
  return fc.record({
    values: fc.tuple(...values),
    body: schema === undefined ? fc.constant(undefined) : bodyOf(operation.operationId, schema),
    // The only one for one role alone.
    role: fc.constantFrom<Role>(...ROLES, ...(operation.operationId === 'submitApplication' ? FRONT_ENDS : [])),
    path: fc.constant(path),
  });
}

const counts = new Map<number, number>();

test.each(operations)(
  '$operation.operationId answers whatever is sent as it says, and never with a fault of its own',
  async (place) => {
    const { method, operation } = place;
    await fc.assert(
      fc.asyncProperty(requestTo(place), async ({ values, body, role, path }) => {
        const sent = operation.parameters.map((parameter, index) => ({ ...parameter, value: values[index] }));
        const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
          inPath(sent.find((each) => each.in === 'path' && each.name === name)?.value),
        );
        const query = new URLSearchParams();
        const headers: Record<string, string> = { authorization: `Bearer ${tokens.get(role)}` };
        for (const { name, in: where, value } of sent) {
          if (value === undefined) continue;
          if (where === 'query') query.append(name, textOf(value).toWellFormed());
          if (where === 'header') headers[name] = inHeader(value);
        }
        if (body !== undefined) headers['content-type'] = 'application/json';
        const url = `/v1${filled}${query.size > 0 ? `?${query.toString()}` : ''}`;
        const answer = await api.raw(method, url, headers, body === undefined ? undefined : JSON.stringify(body));
        counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1);
        expect(answer.status).toBeLessThan(500);
        expect(fits(answer, operation)).toBeUndefined();
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  },
  // A request takes up to 0.1 s.
  Math.max(120_000, RUNS * 100),
);

test('Requests of all kinds were answered', () => {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  console.log(
    `${total} requests: ${[...counts]
      .toSorted(([one], [other]) => one - other)
      .map(([status, count]) => `${count} × ${status}`)
      .join(', ')}; none of 5xx`,
  );
  expect(total).toBeGreaterThanOrEqual(RUNS * operations.length);
  for (const status of [200, 403, 404, 422]) expect([status, counts.get(status)]).toEqual([status, expect.any(Number)]);
});
