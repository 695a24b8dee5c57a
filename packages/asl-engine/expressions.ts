import jsonata from 'jsonata';

import { bind, bounded, BoundedRegex, BoundPassed, Bounds, type Implementation } from './bounds.ts';
import { BusyTime } from './busy-time.ts';
import { EvaluationFailed } from './errors.ts';
import type { Json, JsonObject } from './json.ts';
import { functionsOf, type ExpressionEnvironment } from './jsonata-functions.ts';
import { plainPath, survey, type Node, type Reads } from './syntax.ts';

/** What the expressions of a state see: `$states` and its variables. */
export type Bindings = { readonly states: JsonObject } & JsonObject;

/** A field of a state whose strings of the form `{% … %}` are JSONata. */
export interface Template extends Readonly<Reads> {
  /** @throws EvaluationFailed naming the field. */
  evaluate(bindings: Bindings): Json | Promise<Json>;
}

interface Parsed {
  readonly expression: jsonata.Expression;
  readonly text: string;
  /** Whether its evaluation has bounds beside that of its result. */
  readonly isBound: boolean;
}

/** Compiles templates; each expression text is parsed once. */
export class Expressions {
  readonly #parsed = new Map<string, Parsed>();
  readonly #functions: ReturnType<typeof functionsOf>;
  /** With at least one expression under evaluation. */
  readonly time = new BusyTime();
  /** How many were evaluated. */
  evaluated = 0;

  constructor(environment: ExpressionEnvironment) {
    this.#functions = functionsOf(environment);
  }

  /** @throws EvaluationFailed when an expression is no JSONata, or calls `$eval`. */
  compile(value: Json, location: string): Template {
    const found: Reads = { variables: new Set(), reads: new Set(), bare: new Set() };
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
    const parsed = this.#parse(text, location);
    const syntax = parsed.expression.ast() as Node;
    survey(syntax, found);
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
      return this.#evaluate(parsed, location, bindings);
    };
  }

  async #evaluate({ expression, text, isBound }: Parsed, location: string, bindings: Bindings): Promise<Json> {
    this.time.begin();
    const bounds = new Bounds();
    let result: unknown;
    try {
      const evaluate = () => expression.evaluate(undefined, bindings) as Promise<unknown>;
      result = await (isBound ? bounds.run(evaluate) : evaluate());
      bounds.check(result);
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
        `The JSONata expression '${text}' specified for the field '${location}' returned an unsupported result type: a function, a regular expression or no number.`,
      );
    }
    return plain;
  }

  #parse(text: string, location: string): Parsed {
    const known = this.#parsed.get(text);
    if (known) return known;
    let expression: jsonata.Expression;
    try {
      expression = jsonata(text, { RegexEngine: BoundedRegex as unknown as RegExp });
    } catch (error) {
      throw new EvaluationFailed(
        location,
        `The field '${location}' is no JSONata: ${(error as Error).message ?? 'syntax error'}`,
      );
    }
    expression.assign('eval', undefined);
    for (const [name, implementation, signature] of this.#functions) {
      expression.registerFunction(name, bounded(implementation as Implementation), signature);
    }
    const parsed = { expression, text, isBound: bind(expression) };
    this.#parsed.set(text, parsed);
    return parsed;
  }
}

/** JSONata's own messages quote values, which may be an applicant's: keep the code, and words that the author wrote. */
function describe(error: unknown): string {
  const { code, position, message } = error as { code?: string; position?: number; message?: string };
  if (code === 'D3137' || code === 'D3141') return message ?? code;
  if (error instanceof BoundPassed) return `${message}.`;
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
      if (Number.isNaN(value)) return undefined;
      // As AWS writes it.
      return Number.isFinite(value) ? value : String(value);
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
