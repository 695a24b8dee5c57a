import * as z from 'zod';

import { ROLES, PERMITTED } from '../domain/access/access.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { problemBody, PROBLEMS, type ProblemName } from './problem.ts';
import { applicationStatus, BASE_PATH, HEADERS, operations, type Route } from './routes.ts';

/** What any route may answer with; those with a body or a parameter some more. */
const ALWAYS: readonly ProblemName[] = [
  'malformed-request',
  'unauthenticated',
  'forbidden',
  'too-many-requests',
  'internal',
  'unavailable',
];

/** The OpenAPI 3.1 document of the routes, from the very schemas that requests and answers are held to. */
export function openApiDocument(version: string): JsonObject {
  const schemas: JsonObject = { Problem: schemaOf(problemBody, 'output') };
  const paths: Record<string, JsonObject> = {};
  for (const [operationId, route] of operations) {
    (paths[route.path] ??= {})[route.method.toLowerCase()] = operationOf(operationId, route, schemas);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Underwright',
      version,
      summary: 'Credit underwriting that can be proved',
      description:
        'Applications, what people decide on them, and what an examiner asks for. Errors are problems (RFC 9457). See docs/api.md.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [
      { url: `http://127.0.0.1:8083${BASE_PATH}`, description: 'The embedded process: underwright start' },
      {
        url: `https://{host}${BASE_PATH}`,
        description: 'The stack underwright-STAGE-api',
        variables: { host: { default: 'api.example.com' } },
      },
    ],
    security: [{ token: [] }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas,
      responses: Object.fromEntries(
        // The answer to a method that is not described.
        Object.entries(PROBLEMS)
          .filter(([name]) => name !== 'method-not-allowed')
          .map(([name, { title }]) => [
            name,
            {
              description: title,
              content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
            },
          ]),
      ),
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: `An access token of the trusted issuer with one of the roles ${ROLES.join(', ')}.`,
        },
      },
    },
  };
}

/** The functions that serve the routes, as what they are for. */
const TAGS: Readonly<Record<Route['function'], string>> = {
  FrontEndApi: 'Applications, for the front end that submitted them',
  StaffApi: 'What waits for people, and the switches',
  AuditApi: 'What is kept of an application',
};

function operationOf(operationId: string, route: Route, schemas: JsonObject): JsonObject {
  const name = operationId[0]!.toUpperCase() + operationId.slice(1);
  const named = (suffix: string, schema: z.ZodType, io: 'input' | 'output'): JsonObject => {
    // What several routes answer with has one name.
    const key = schema === applicationStatus ? 'ApplicationStatus' : `${name}${suffix}`;
    schemas[key] ??= schemaOf(schema, io);
    return { $ref: `#/components/schemas/${key}` };
  };
  const problems = new Set<ProblemName>([...ALWAYS, ...route.problems]);
  if (Object.keys(route.params.shape).length > 0) problems.add('not-found');
  if (Object.keys(route.query.shape).length > 0) problems.add('invalid-fields');
  if (route.body)
    for (const each of ['too-large', 'unsupported-media-type', 'invalid-fields'] as const) problems.add(each);
  const roles = ROLES.filter((role) => route.actions.some((action) => PERMITTED[role].includes(action)));
  return {
    operationId,
    summary: route.summary,
    description: `For ${roles.join(', ')}.`,
    tags: [route.function],
    parameters: [
      ...parametersOf('path', route.params),
      ...parametersOf('query', route.query),
      ...(['X-Request-Id', ...route.headers] as const).map((header) => ({
        name: header,
        in: 'header',
        description: HEADERS[header].description,
        required: false,
        schema: schemaOf(HEADERS[header].schema, 'input'),
      })),
    ],
    ...(route.body && {
      requestBody: {
        required: true,
        description: `At most ${route.maxBodyBytes} bytes.`,
        content: { 'application/json': { schema: named('Request', route.body, 'input') } },
      },
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(route.answers).map(([status, { description, schema }]) => [
          status,
          {
            description,
            ...(schema && { content: { 'application/json': { schema: named('Answer', schema, 'output') } } }),
          },
        ]),
      ),
      ...Object.fromEntries(
        [...problems].map((problem) => [
          String(PROBLEMS[problem].status),
          { $ref: `#/components/responses/${problem}` },
        ]),
      ),
    },
  };
}

function parametersOf(place: 'path' | 'query', parameters: z.ZodObject): JsonObject[] {
  const { properties = {}, required = [] } = schemaOf(parameters, 'input') as unknown as {
    properties?: JsonObject;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema,
  }));
}

/** JSON Schema 2020-12, which OpenAPI 3.1 takes as it is. What only code can say, such as the calendar, is left out. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as unknown as JsonObject;
  return rest satisfies Record<string, Json>;
}
