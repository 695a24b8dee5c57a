/**
 * `npm run openapi`: writes docs/openapi.json from the table of routes, and the types of the client from that document. A
 * test holds the committed files to it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Json, JsonObject } from '../domain/json.ts';
import { openApiDocument } from '../http/openapi.ts';

const root = join(import.meta.dirname, '..');

/** What is written, by path. Writes nothing itself. */
export function apiFiles(): Map<string, string> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const document = openApiDocument(version);
  return new Map([
    ['docs/openapi.json', `${JSON.stringify(document, null, 2)}\n`],
    ['client/api.ts', clientTypes(document)],
  ]);
}

interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, JsonObject> };
}
interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters: {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly schema: Json;
  }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Json }> };
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema: Json }> }>;
}

/** TypeScript that needs nothing else: a type for each schema, and for each operation how it is called. */
function clientTypes(document: JsonObject): string {
  const { paths, components } = document as unknown as Document;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const members = operations.map(({ operation }) => {
    const { operationId, summary, parameters, requestBody, responses } = operation;
    const fields = (place: string): string => {
      const found = parameters.filter((each) => each.in === place);
      if (found.length === 0) return `${PARTS[place]}?: undefined`;
      const members = found.map(({ name, required, schema }) => `${name}${required ? '' : '?'}: ${typeOf(schema)};`);
      return `${PARTS[place]}${found.some(({ required }) => required) ? '' : '?'}: { ${members.join(' ')} }`;
    };
    const body = requestBody?.content['application/json']?.schema;
    const answers = Object.entries(responses)
      .filter(([status]) => status < '300')
      .map(([, { content }]) => typeOf(content?.['application/json']?.schema ?? {}));
    return `  /** ${summary}. */
  ${operationId}: {
    ${fields('path')};
    ${fields('query')};
    ${body === undefined ? 'body?: undefined' : `body: ${typeOf(body)}`};
    answer: ${[...new Set(answers)].join(' | ')};
  };`;
  });
  const places = operations.map(
    ({ path, method, operation }) => `  ${operation.operationId}: { method: '${method}', path: '${path}' },`,
  );
  return `// Written by npm run openapi from docs/openapi.json: change http/routes.ts instead.

${Object.entries(components.schemas)
  .map(([name, schema]) => `export type ${name} = ${typeOf(schema)};`)
  .join('\n\n')}

export interface Operations {
${members.join('\n')}
}

export const PATHS: Readonly<Record<keyof Operations, { readonly method: string; readonly path: string }>> = {
${places.join('\n')}
};
`;
}

const PARTS: Readonly<Record<string, string>> = { path: 'params', query: 'query' };

/** A JSON Schema as a TypeScript type; what has no type of its own is `unknown`. */
function typeOf(json: Json): string {
  const schema = json as JsonObject;
  const types = [schema['type'] ?? ''].flat() as string[];
  if (types.length > 1) return types.map((type) => typeOf({ ...schema, type })).join(' | ');
  const [type = ''] = types;
  return combinedType(schema, type) ?? plainType(schema, type);
}

/** The type of a reference, a constant, an enumeration or a combination. @returns undefined for any other schema. */
function combinedType({ $ref, enum: choices, const: only, anyOf, oneOf, allOf }: JsonObject, type: string) {
  const union = (anyOf ?? oneOf) as Json[] | undefined;
  if (typeof $ref === 'string') return $ref.split('/').at(-1) ?? '';
  if (only !== undefined) return JSON.stringify(only);
  if (Array.isArray(choices)) return choices.map((each) => JSON.stringify(each)).join(' | ');
  if (union) return [...new Set(union.map(typeOf))].join(' | ');
  return Array.isArray(allOf) && type === '' ? allOf.map(typeOf).join(' & ') : undefined;
}

function plainType(schema: JsonObject, type: string): string {
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array':
      return `(${typeOf(schema['items'] ?? {})})[]`;
    case 'object':
      return objectType(schema);
    default:
      return 'unknown';
  }
}

function objectType({ properties = {}, required = [], additionalProperties }: JsonObject): string {
  const members = Object.entries(properties as JsonObject).map(
    ([name, member]) => `${name}${(required as string[]).includes(name) ? '' : '?'}: ${typeOf(member)};`,
  );
  const open = additionalProperties === false ? [] : ['[name: string]: unknown;'];
  return `{ ${[...members, ...open].join(' ')} }`;
}

if (import.meta.main) for (const [path, text] of apiFiles()) writeFileSync(join(root, path), text);
