import * as fc from 'fast-check';

import type { Json, JsonObject } from '../../domain/json.ts';

/** Values that a JSON Schema takes, and ones near them that it may not take: as a careless or a hostile client sends. */
export function nearSchema(schema: Json, resolve: (reference: string) => Json): fc.Arbitrary<unknown> {
  const valid = ofSchema(schema, resolve);
  return fc.oneof(
    { weight: 6, arbitrary: valid },
    { weight: 2, arbitrary: valid.chain(damaged) },
    { weight: 1, arbitrary: ANYTHING },
  );
}

const HOSTILE = [
  '',
  ' ',
  '\u0000',
  '\u202Eevil',
  '../../etc/passwd',
  "' OR 1=1 --",
  '${jndi:ldap://evil}',
  '{{7*7}}',
  '<script>',
  '%2e%2e%2f',
  '𝒳'.repeat(300),
  '__proto__',
  'constructor',
  '900-01-0000',
  'NaN',
  '1e400',
];
const ANYTHING: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.constantFrom<unknown>(...HOSTILE, null, true, -0, Number.MAX_SAFE_INTEGER, 1e308, 0.1, [], {}),
);

function ofSchema(schema: Json, resolve: (reference: string) => Json): fc.Arbitrary<unknown> {
  const {
    $ref,
    enum: choices,
    const: only,
    anyOf,
    oneOf,
    type,
    items,
    properties,
    required,
    ...more
  } = schema as JsonObject;
  const inner = (each: Json) => ofSchema(each, resolve);
  const union = (anyOf ?? oneOf) as Json[] | undefined;
  if (typeof $ref === 'string') return inner(resolve($ref));
  if (only !== undefined) return fc.constant(only);
  if (Array.isArray(choices)) return fc.constantFrom(...(choices as unknown[]));
  if (union) return fc.oneof(...union.map(inner));
  if (Array.isArray(type)) return fc.oneof(...type.map((each) => inner({ ...(schema as JsonObject), type: each })));
  switch (typeof type === 'string' ? type : '') {
    case 'string':
      return textOf(schema as JsonObject);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'integer':
    case 'number': {
      const { minimum = -1_000, maximum = 1_000_000 } = more as { minimum?: number; maximum?: number };
      return fc.oneof(fc.integer({ min: minimum, max: Math.max(minimum, maximum) }), fc.constantFrom(minimum, maximum));
    }
    case 'array':
      return fc.array(inner(items ?? {}), { maxLength: 4 });
    case 'object': {
      const members = Object.entries((properties ?? {}) as JsonObject).map(
        ([name, each]) => [name, inner(each)] as const,
      );
      return fc.record(Object.fromEntries(members), { requiredKeys: (required ?? []) as string[] });
    }
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

/** Texts of a format or a simple pattern; of a pattern with classes of Unicode any text. */
function textOf({ format, pattern, allOf }: JsonObject): fc.Arbitrary<string> {
  const patterns = [pattern, ...((allOf ?? []) as JsonObject[]).map((each) => each['pattern'])];
  const simple = patterns.find((each): each is string => typeof each === 'string' && !/\\p|\(\?/.test(each));
  const texts: Record<string, fc.Arbitrary<string>> = {
    email: fc.constantFrom('zoe@example.test', 'a@b.co'),
    'date-time': fc.constantFrom('2026-01-02T03:04:05Z', '2026-11-01T00:00:00.000Z'),
  };
  return (
    texts[typeof format === 'string' ? format : ''] ??
    (simple === undefined ? fc.oneof(fc.string(), fc.constantFrom(...HOSTILE)) : fc.stringMatching(new RegExp(simple)))
  );
}

/** The same value with one thing wrong: a member gone, one more, one of another kind. */
export function damaged(value: unknown): fc.Arbitrary<unknown> {
  if (value === null || typeof value !== 'object') return ANYTHING;
  const entries = Object.entries(value);
  if (entries.length === 0) return ANYTHING;
  const rebuild = (changed: [string, unknown][]) =>
    Array.isArray(value) ? changed.map(([, each]) => each) : Object.fromEntries(changed);
  const at = fc.nat(entries.length - 1);
  return fc.oneof(
    at.map((index) => rebuild(entries.filter((_, place) => place !== index))),
    fc.tuple(at, ANYTHING).map(([index, other]) => rebuild(entries.with(index, [entries[index]![0], other]))),
    fc
      .tuple(fc.constantFrom('extra', ...HOSTILE), ANYTHING)
      .map(([name, other]) => rebuild([...entries, [name, other]])),
    at.chain((index) =>
      damaged(entries[index]![1]).map((other) => rebuild(entries.with(index, [entries[index]![0], other]))),
    ),
  );
}
