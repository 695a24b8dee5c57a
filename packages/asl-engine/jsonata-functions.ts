/**
 * The functions of JSONata that Step Functions adds or that differ there, and those of JSONata that take too long here.
 * Sources: docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html, and results that reporters measured in
 * us-east-1.
 */
import { createHash, randomUUID } from 'node:crypto';

import type jsonata from 'jsonata';

import { BoundPassed, builtIns, MAX_VALUE_BYTES } from './bounds.ts';
import { isDay } from './data.ts';

/** What the functions take from outside. */
export interface ExpressionEnvironment {
  now(): Date;
  /** In [0, 1). */
  random(): number;
}

type Implementation = Parameters<jsonata.Expression['registerFunction']>[1];
const { fromMillis, toMillis, pad, sort, base64decode } = await builtIns([
  'fromMillis',
  'toMillis',
  'pad',
  'sort',
  'base64decode',
]);

/** Each function with its signature, in JSONata's notation. */
export function functionsOf(environment: ExpressionEnvironment): readonly [string, Implementation, string][] {
  const now: Implementation = function (picture?: string, timezone?: string) {
    return fromMillis.implementation.call(this, environment.now().getTime(), picture, timezone);
  };
  return [
    ['millis', () => environment.now().getTime(), '<:n>'],
    ['now', now, '<s?s?:s>'],
    ['partition', partition, '<an:a>'],
    ['range', range, '<nnn:a>'],
    ['hash', hash, '<ss:s>'],
    ['random', (seed?: number) => (seed === undefined ? environment.random() : firstOfJava(seed)), '<n?:n>'],
    ['uuid', () => randomUUID(), '<:s>'],
    ['parse', (json: string) => JSON.parse(json) as unknown, '<s:x>'],
    ['base64decode', decodeBase64, '<s-:s>'],
    ['toMillis', instant, '<s-s?:n>'],
    ['pad', padded, '<s-ns?:s>'],
    ['sort', sorted, '<af?:a>'],
    ['distinct', distinct, '<x:x>'],
  ];
}

/** Sizes are rounded towards zero, as on AWS. */
function partition(array: unknown[], given: number): unknown[][] {
  const size = Math.trunc(given);
  if (!(size >= 1)) throw new RangeError('$partition needs a size of 1 or more');
  return Array.from({ length: Math.ceil(array.length / size) }, (_, i) => array.slice(i * size, (i + 1) * size));
}

/** Arguments are rounded towards zero. One number is itself, not an array: a sequence, as in AWS's recorded answers. */
function range(...given: number[]): number | number[] {
  const [first, last, step] = given.map((number) => Math.trunc(number) + 0) as [number, number, number];
  if (!(Math.abs(step) > 0)) throw new RangeError('$range needs a step other than 0');
  const length = Math.max(0, Math.floor((last - first) / step) + 1);
  if (length * 12 > MAX_VALUE_BYTES) throw new BoundPassed('A value of it needs more than 10 MiB');
  return length === 1 ? first : Array.from({ length }, (_, i) => first + i * step);
}

const ALGORITHMS: Record<string, string> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

function hash(data: string, algorithm: string): string {
  const name = ALGORITHMS[algorithm];
  if (!name) throw new RangeError(`$hash knows ${Object.keys(ALGORITHMS).join(', ')}`);
  return createHash(name).update(data).digest('hex');
}

/** The first number in [0, 1) of `java.util.Random` with this seed, as its documentation defines `nextDouble`. */
function firstOfJava(seed: number): number {
  const mask = (1n << 48n) - 1n;
  let state = (BigInt(Math.trunc(seed)) ^ 0x5_deec_e66dn) & mask;
  const next = (bits: bigint): number => {
    state = (state * 0x5_deec_e66dn + 0xbn) & mask;
    return Number(state >> (48n - bits));
  };
  return (next(26n) * 2 ** 27 + next(27n)) / 2 ** 53;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

const decodeBase64: Implementation = function (text?: string) {
  if (text !== undefined && !BASE64.test(text)) throw new RangeError('$base64decode needs text in Base64');
  return base64decode.implementation.call(this, text);
};

/** JSONata takes the 30th of February for the 2nd of March. */
const instant: Implementation = function (timestamp?: string, picture?: string) {
  // JSONata makes a regular expression of the picture, and numbers side by side can be divided in very many ways.
  if (/(?:\[[^\]]*\]){4}/.test(picture ?? '') && (timestamp?.length ?? 0) > 24) {
    throw new RangeError('$toMillis needs separators in a long timestamp');
  }
  const millis = toMillis.implementation.call(this, timestamp, picture) as number | undefined;
  if (timestamp !== undefined && millis !== undefined && !isSameDay(timestamp, millis, picture)) {
    throw new RangeError('$toMillis needs a day that exists');
  }
  return millis;
};

/** Whether an instant, written as it was read, has the same numbers. Offsets and fractions may be written in two ways. */
function isSameDay(timestamp: string, millis: number, picture?: string): boolean {
  if (picture === undefined) return !/^\d{4}-\d{2}-\d{2}/.test(timestamp) || isDay(timestamp);
  if (/\[[zZf]/.test(picture)) return true;
  const numbers = (text: unknown) => (String(text).match(/\d+/g) ?? []).map(Number).join();
  return numbers(fromMillis.implementation(millis, picture)) === numbers(timestamp);
}

const padded: Implementation = function (text: string, width: number, character?: string) {
  if (Math.abs(width) * 2 > MAX_VALUE_BYTES) throw new BoundPassed('A value of it needs more than 10 MiB');
  return pad.implementation.call(this, text, width, character);
};

/** Numbers or strings in order. JSONata's own sort waits once for each comparison. */
const sorted: Implementation = function (values?: unknown[], comparator?: unknown) {
  const type = typeof values?.[0];
  const isPlain = (type === 'number' || type === 'string') && values!.every((value) => typeof value === type);
  if (comparator !== undefined || !isPlain) return sort.implementation.call(this, values, comparator);
  return values!.toSorted((a, b) => (a === b ? 0 : (a as number) < (b as number) ? -1 : 1));
};

/** Each value once, in the order of their first places. JSONata's own compares each with each. */
function distinct(values: unknown): unknown {
  if (!Array.isArray(values) || values.length <= 1) return values;
  const first = new Map<string, unknown>();
  for (const value of values) {
    const key = JSON.stringify(value, inOrder) ?? typeof value;
    if (!first.has(key)) first.set(key, value);
  }
  const result = [...first.values()];
  return Object.assign(result, 'sequence' in values && { sequence: true });
}

/** Members by name, so that equal objects have equal texts. */
function inOrder(_: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
