import { createHash, randomUUID } from 'node:crypto';

import jsonata from 'jsonata';

import { BusyTime } from './busy-time.ts';
import { EvaluationFailed } from './errors.ts';
import type { Json, JsonObject } from './json.ts';

/** What the expressions of a state see: `$states` and its variables. */
export type Bindings = { readonly states: JsonObject } & JsonObject;

/** A field of a state whose strings of the form `{% … %}` are JSONata. */
export interface Template {
  /** Names of the variables that it reads, without `$`. */
  readonly variables: ReadonlySet<string>;
  /** Paths below `$states` that it reads: `result`, `errorOutput`, … */
  readonly reads: ReadonlySet<string>;
  /** @throws EvaluationFailed naming the field. */
  evaluate(bindings: Bindings): Json | Promise<Json>;
}

export interface ExpressionEnvironment {
  now(): Date;
  /** In [0, 1). */
  random(): number;
}

type Node = { type: string; value?: unknown; [key: string]: unknown };

/** Compiles templates; each expression text is parsed once. */
export class Expressions {
  readonly #parsed = new Map<string, jsonata.Expression>();
  readonly #environment: ExpressionEnvironment;
  readonly #fromMillis = jsonata('$fromMillis($m, $p, $z)');
  /** With at least one expression under evaluation. */
  readonly time = new BusyTime();
  /** How many were evaluated. */
  evaluated = 0;

  constructor(environment: ExpressionEnvironment) {
    this.#environment = environment;
  }

  /** @throws EvaluationFailed when an expression is no JSONata, or calls `$eval`. */
  compile(value: Json, location: string): Template {
    const found: Reads = { variables: new Set(), reads: new Set() };
    const evaluate = this.#compile(value, location, found);
    return { ...found, evaluate };
  }

  #compile(value: Json, location: string, found: Reads): Template['evaluate'] {
    if (typeof value === 'string') {
      if (!value.startsWith('{%') || !value.endsWith('%}') || value.length < 4) return () => value;
      return this.#expression(value.slice(2, -2).trim(), location, found);
    }
    if (Array.isArray(value)) {
      const parts = value.map((part, index) => this.#compile(part, `${location}[${index}]`, found));
      return async (bindings) => {
        const result: Json[] = [];
        for (const part of parts) {
          const item = part(bindings);
          result.push(item instanceof Promise ? await item : item);
        }
        return result;
      };
    }
    if (value !== null && typeof value === 'object') {
      const members = Object.entries(value).map(
        ([key, part]) => [key, this.#compile(part, `${location}/${key}`, found)] as const,
      );
      return async (bindings) => {
        const result: JsonObject = {};
        for (const [key, part] of members) {
          const member = part(bindings);
          setOwn(result, key, member instanceof Promise ? await member : member);
        }
        return result;
      };
    }
    return () => value;
  }

  #expression(text: string, location: string, found: Reads): Template['evaluate'] {
    const expression = this.#parse(text, location);
    const syntax = expression.ast() as Node;
    survey(syntax, new Set(), found);
    if (found.variables.has('eval')) {
      throw new EvaluationFailed(location, `The field '${location}' calls $eval, which Step Functions does not have.`);
    }
    const path = plainPath(syntax);
    return (bindings) => {
      this.evaluated += 1;
      if (path) {
        const value = follow(bindings, path);
        if (value !== undefined) return value;
      }
      return this.#evaluate(expression, text, location, bindings);
    };
  }

  async #evaluate(expression: jsonata.Expression, text: string, location: string, bindings: Bindings): Promise<Json> {
    this.time.begin();
    let result: unknown;
    try {
      result = await expression.evaluate(undefined, bindings);
    } catch (error) {
      throw new EvaluationFailed(
        location,
        `The JSONata expression '${text}' specified for the field '${location}' threw an error during evaluation. ${describe(error)}`,
      );
    } finally {
      this.time.end();
    }
    if (result === undefined) {
      throw new EvaluationFailed(
        location,
        `The JSONata expression '${text}' specified for the field '${location}' returned nothing (undefined).`,
      );
    }
    const plain = toPlain(result);
    if (plain === undefined) {
      throw new EvaluationFailed(
        location,
        `The JSONata expression '${text}' specified for the field '${location}' returned an unsupported result type: a function, a regular expression or a number that is not finite.`,
      );
    }
    return plain;
  }

  #parse(text: string, location: string): jsonata.Expression {
    const known = this.#parsed.get(text);
    if (known) return known;
    let expression: jsonata.Expression;
    try {
      expression = jsonata(text);
    } catch (error) {
      throw new EvaluationFailed(
        location,
        `The field '${location}' is no JSONata: ${(error as Error).message ?? 'syntax error'}`,
      );
    }
    const environment = this.#environment;
    expression.assign('eval', undefined);
    expression.registerFunction('millis', () => environment.now().getTime(), '<:n>');
    expression.registerFunction(
      'now',
      (picture?: string, timezone?: string) =>
        picture === undefined && timezone === undefined
          ? environment.now().toISOString()
          : this.#fromMillis.evaluate(undefined, { m: environment.now().getTime(), p: picture, z: timezone }),
      '<s?s?:s>',
    );
    // The functions that Step Functions adds: docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
    expression.registerFunction('partition', partition, '<an:a>');
    expression.registerFunction('range', range, '<nnn:a>');
    expression.registerFunction('hash', hash, '<ss:s>');
    expression.registerFunction(
      'random',
      (seed?: number) => (seed === undefined ? environment.random() : seeded(seed)),
      '<n?:n>',
    );
    expression.registerFunction('uuid', () => randomUUID(), '<:s>');
    expression.registerFunction('parse', (json: string) => JSON.parse(json) as unknown, '<s:x>');
    this.#parsed.set(text, expression);
    return expression;
  }
}

function partition(array: unknown[], size: number): unknown[][] {
  if (!Number.isInteger(size) || size < 1) throw new RangeError('$partition needs a size of 1 or more');
  return Array.from({ length: Math.ceil(array.length / size) }, (_, i) => array.slice(i * size, (i + 1) * size));
}

/** One number alone, when it is the only one: a sequence, as in AWS's recorded answers. */
function range(first: number, last: number, step: number): number | number[] {
  if (!(Math.abs(step) > 0)) throw new RangeError('$range needs a step other than 0');
  const length = Math.max(0, Math.floor((last - first) / step) + 1);
  if (length > 1_000_000) throw new RangeError('$range gives more than 1,000,000 numbers');
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

/** One number in [0, 1) per seed (mulberry32's first output). */
function seeded(seed: number): number {
  let t = (Math.trunc(seed) + 0x6d2b79f5) | 0;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
}

/** JSONata's own messages quote values, which may be an applicant's: keep the code, and words that the author wrote. */
function describe(error: unknown): string {
  const { code, position, message } = error as { code?: string; position?: number; message?: string };
  if (code === 'D3137' || code === 'D3141') return message ?? code;
  if (code) return `JSONata ${code}${position === undefined ? '' : ` at position ${position}`}.`;
  return error instanceof RangeError && message?.startsWith('$') ? `${message}.` : 'The function refused its argument.';
}

/** A plain JSON copy: JSONata's sequences carry more properties. Undefined for what JSON has no form for. */
function toPlain(value: unknown): Json | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : undefined;
    case 'object':
      if (value === null) return null;
      return Array.isArray(value) ? toPlainArray(value) : toPlainObject(value);
    case 'bigint':
    case 'function':
    case 'symbol':
    case 'undefined':
      return undefined;
  }
}

function toPlainArray(values: readonly unknown[]): Json[] | undefined {
  const result: Json[] = [];
  for (const value of values) {
    const plain = toPlain(value);
    if (plain === undefined) return undefined;
    result.push(plain);
  }
  return result;
}

function toPlainObject(value: object): JsonObject | undefined {
  if ('_jsonata_lambda' in value || '_jsonata_function' in value || value instanceof RegExp) return undefined;
  const result: JsonObject = {};
  for (const key of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[key];
    if (member === undefined) continue;
    const plain = toPlain(member);
    if (plain === undefined) return undefined;
    setOwn(result, key, plain);
  }
  return result;
}

function setOwn(target: JsonObject, key: string, value: Json): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[key] = value;
  }
}

/** The names of `$variable.a.b`, or undefined when the expression is more than that. */
function plainPath(syntax: Node): string[] | undefined {
  const simple = (node: Node, type: string) =>
    node.type === type && Object.keys(node).every((key) => ['type', 'value', 'position'].includes(key));
  if (simple(syntax, 'variable')) return [String(syntax.value)];
  if (syntax.type !== 'path' || !Object.keys(syntax).every((key) => ['type', 'steps', 'position'].includes(key))) {
    return undefined;
  }
  const [head, ...rest] = syntax['steps'] as Node[];
  if (!head || !simple(head, 'variable') || !rest.every((step) => simple(step, 'name'))) return undefined;
  return [head, ...rest].map((step) => String(step.value));
}

/** What a plain path finds among objects; undefined, so that JSONata decides, as soon as an array is in its way. */
function follow(bindings: JsonObject, path: readonly string[]): Json | undefined {
  let value: Json = bindings;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name)) {
      return undefined;
    }
    value = value[name]!;
  }
  return Array.isArray(value) ? undefined : value;
}

/** What an expression reads: its free variables, and the members of `$states`. */
interface Reads {
  readonly variables: Set<string>;
  readonly reads: Set<string>;
}

/** Collects what an expression reads. @param bound the variables that the expression itself binds around this node. */
function survey(node: unknown, bound: ReadonlySet<string>, found: Reads): void {
  if (Array.isArray(node)) surveyBlock(node as readonly unknown[], bound, found);
  else if (node !== null && typeof node === 'object' && !(node instanceof RegExp))
    surveyNode(node as Node, bound, found);
}

/** In a block, each expression sees the variables that the ones before it bind. */
function surveyBlock(parts: readonly unknown[], bound: ReadonlySet<string>, found: Reads): void {
  let scope = bound;
  for (const part of parts) {
    survey(part, scope, found);
    const bind = part as Node | null;
    if (bind?.type === 'bind') scope = new Set([...scope, boundName(bind)]);
  }
}

function surveyNode({ type, value, ...rest }: Node, bound: ReadonlySet<string>, found: Reads): void {
  switch (type) {
    case 'variable': {
      const name = String(value);
      if (name !== '' && name !== '$' && !bound.has(name)) found.variables.add(name);
      survey(Object.values(rest), bound, found);
      break;
    }
    case 'path':
      surveyPath(rest['steps'] as Node[], rest, bound, found);
      break;
    case 'lambda': {
      const parameters = (rest['arguments'] as Node[]).map((parameter) => String(parameter.value));
      survey(rest['body'], new Set([...bound, ...parameters]), found);
      break;
    }
    case 'bind':
      // A function may call itself by the name that it is bound to.
      survey(rest['rhs'], new Set([...bound, boundName(rest)]), found);
      break;
    default:
      survey(Object.values(rest), bound, found);
  }
}

/** A path's steps can bind their item and its index: `xs@$x#$i`. */
function surveyPath(steps: readonly Node[], parts: object, bound: ReadonlySet<string>, found: Reads): void {
  const [head, second] = steps;
  if (head?.type === 'variable' && head.value === 'states' && second?.type === 'name') {
    found.reads.add(String(second.value));
  }
  const named = steps.flatMap((step) => [step['focus'], step['index']].filter((name) => typeof name === 'string'));
  survey(Object.values(parts), new Set([...bound, ...named]), found);
}

function boundName(bind: { readonly [key: string]: unknown }): string {
  return String((bind['lhs'] as Node).value);
}
