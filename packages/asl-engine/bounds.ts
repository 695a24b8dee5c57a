/**
 * Bounds of one evaluation in depth, memory and time. JSONata calls `enter` and `exit` for each node that it evaluates.
 * The depth and the two memory bounds are those that reporters measured on AWS in us-east-1.
 */
import { createContext, Script } from 'node:vm';

import type jsonata from 'jsonata';

import { isPlain, type Node } from './syntax.ts';

/** Nested evaluations: 100 terms of `1+1+…` pass, and 101 do not. */
const MAX_DEPTH = 100;
/** 873,782 numbers of 12 bytes pass, and one more does not: 10 MiB less what a value needs around them. */
export const MAX_VALUE_BYTES = 10_485_390;
/** Of all values that one evaluation makes, whether they are still in use or not. */
const MAX_TOTAL_BYTES = 512 * 1024 * 1024;
/** Processor time of one evaluation. The longest of the project's own takes 2 ms. */
const MAX_BUSY_MS = 2_000;
/** Timers, calls and other executions wait at most this long for an evaluation. */
const MAX_SLICE_MS = 5;
/** A regular expression runs within one call of the JavaScript engine, which nothing but a watchdog can interrupt. */
const MAX_REGEX_MS = 200;
const MAX_MATCHES = 100_000;

/** A variable that no expression can name. */
const BOUNDS = ' bounds';
/** The nodes whose parts JSONata begins at the same time. */
const PARALLEL = new WeakSet<Node>();
/** The parts of such nodes. */
const PARTS = new WeakSet<Node>();
/** The nodes whose value is one that exists already. */
const REFERENCES = new Set([
  'variable',
  'name',
  'path',
  'wildcard',
  'descendant',
  'parent',
  'string',
  'number',
  'value',
]);

/** An evaluation that passed a bound. */
export class BoundPassed extends Error {
  override readonly name = 'BoundPassed';
}

type Environment = { lookup(name: string): Bounds };

/** Lets an expression be evaluated within the bounds that its bindings hold. One that is plain needs none. */
export function bind(expression: jsonata.Expression): void {
  const syntax = expression.ast() as Node;
  // Each hook costs a turn of the event queue.
  if (isPlain(syntax)) return;
  markParallel(syntax);
  // JSONata looks for its hooks under symbols, which its types leave out.
  const { assign } = expression as unknown as { assign: (this: void, name: symbol, hook: unknown) => void };
  assign(Symbol.for('jsonata.__evaluate_entry'), (node: Node, _: unknown, environment: Environment) =>
    environment.lookup(BOUNDS).enter(node),
  );
  assign(Symbol.for('jsonata.__evaluate_exit'), (node: Node, _: unknown, environment: Environment, value: unknown) =>
    environment.lookup(BOUNDS).exit(node, value),
  );
}

function markParallel(node: unknown): void {
  if (node === null || typeof node !== 'object' || node instanceof RegExp) return;
  const { type, value, expressions, lhs, group } = node as Node & { group?: { lhs: Node[][] } };
  const parts: Node[] = [];
  if (type === 'unary' && value === '[') parts.push(...(expressions as Node[]));
  if (type === 'unary' && value === '{') parts.push(...(lhs as Node[][]).map(([, member]) => member!));
  if (group) parts.push(...group.lhs.map(([, member]) => member!));
  if (parts.length > 0) PARALLEL.add(node as Node);
  for (const part of parts) PARTS.add(part);
  for (const child of Object.values(node)) markParallel(child);
}

/** What is under way of a node with parallel parts: they take turns, so that the depth is that of one part. */
interface Turns {
  last: Promise<void>;
  readonly ends: (() => void)[];
}

/** The bounds of one evaluation. */
export class Bounds {
  #depth = 0;
  #totalBytes = 0;
  #busyMs = 0;
  #since = performance.now();
  readonly #turns: Turns[] = [];
  readonly #sizes = new WeakMap<object, number>();

  /** The bindings of an evaluation, with its bounds. */
  within<T extends object>(bindings: T): T {
    return { ...bindings, [BOUNDS]: this };
  }

  /** @throws BoundPassed */
  enter(node: Node): Promise<void> | void {
    if (PARTS.has(node)) return this.#turn(node);
    this.#open(node);
    const now = performance.now();
    if (now - this.#since > MAX_SLICE_MS) return this.#pause(now);
  }

  /** @throws BoundPassed */
  exit(node: Node, value: unknown): void {
    this.#depth -= 1;
    if (PARALLEL.has(node)) this.#turns.pop();
    this.#measure(node, value);
    if (PARTS.has(node)) this.#turns.at(-1)!.ends.shift()!();
  }

  /** The bytes of a value that leaves the evaluation. @throws BoundPassed */
  check(value: unknown): void {
    this.#sizeOf(value);
  }

  #open(node: Node): void {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new BoundPassed(`It is nested more than ${MAX_DEPTH} levels deep`);
    if (PARALLEL.has(node)) this.#turns.push({ last: Promise.resolve(), ends: [] });
  }

  async #turn(node: Node): Promise<void> {
    const turns = this.#turns.at(-1)!;
    const before = turns.last;
    const { promise, resolve } = Promise.withResolvers<void>();
    turns.last = promise;
    turns.ends.push(resolve);
    await before;
    this.#open(node);
  }

  async #pause(now: number): Promise<void> {
    this.#busyMs += now - this.#since;
    if (this.#busyMs > MAX_BUSY_MS) throw new BoundPassed(`It takes more than ${MAX_BUSY_MS / 1000} s`);
    await new Promise((resolve) => setImmediate(resolve));
    this.#since = performance.now();
  }

  #measure(node: Node, value: unknown): void {
    if (typeof value === 'string' && !REFERENCES.has(node.type)) this.#add(value.length * 2);
    if (Array.isArray(value) && REFERENCES.has(node.type)) this.#limit(value.length * 12);
    else if (!REFERENCES.has(node.type)) this.#sizeOf(value);
  }

  /** Counts a value once, however often it occurs: what it holds counts at each place. */
  #sizeOf(value: unknown): number {
    if (typeof value === 'string') return this.#limit(value.length * 2);
    if (value === null || typeof value !== 'object' || isFunction(value)) return 0;
    const known = this.#sizes.get(value);
    if (known !== undefined) return known;
    const keys = Array.isArray(value) ? [] : Object.keys(value);
    const members: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
    const own = keys.reduce((bytes, key) => bytes + key.length * 2, members.length * 12);
    this.#add(own);
    let size = own;
    for (const member of members) size = this.#limit(size + this.#sizeOf(member));
    this.#sizes.set(value, size);
    return size;
  }

  #add(bytes: number): void {
    this.#limit(bytes);
    this.#totalBytes += bytes;
    if (this.#totalBytes > MAX_TOTAL_BYTES) throw new BoundPassed('Its values need too much memory');
  }

  #limit(bytes: number): number {
    if (bytes > MAX_VALUE_BYTES) throw new BoundPassed('A value of it needs more than 10 MiB');
    return bytes;
  }
}

function isFunction(value: object): boolean {
  return '_jsonata_lambda' in value || '_jsonata_function' in value;
}

const regexContext = createContext({ regex: /(?:)/, text: '', matches: [] }) as {
  regex: RegExp;
  text: string;
  matches: RegExpExecArray[];
};
const regexMatches = new Script(`
  matches = [];
  regex.lastIndex = 0;
  for (let match; matches.length <= ${MAX_MATCHES} && (match = regex.exec(text)); ) {
    matches.push(match);
    if (match[0] === '') break;
  }`);

/** The regular expression that JSONata uses: it finds all matches of a text at once, within a time. */
export class BoundedRegex {
  lastIndex = 0;
  readonly #regex: RegExp;
  #text: string | undefined;
  #matches: readonly RegExpExecArray[] = [];

  constructor(regex: RegExp) {
    this.#regex = regex;
  }

  /** @throws BoundPassed */
  exec(text: string): RegExpExecArray | null {
    if (this.#text !== text) this.#find(text);
    const match = this.#matches.find(({ index }) => index >= this.lastIndex) ?? null;
    if (match) this.lastIndex = match.index + match[0].length;
    return match;
  }

  #find(text: string): void {
    Object.assign(regexContext, { regex: this.#regex, text });
    try {
      regexMatches.runInContext(regexContext, { timeout: MAX_REGEX_MS });
    } catch {
      throw new BoundPassed(`A regular expression takes more than ${MAX_REGEX_MS / 1000} s`);
    }
    const { matches } = regexContext;
    Object.assign(regexContext, { text: '', matches: [] });
    if (matches.length > MAX_MATCHES) {
      throw new BoundPassed(`A regular expression has more than ${MAX_MATCHES.toLocaleString('en-US')} matches`);
    }
    this.#text = text;
    this.#matches = matches;
  }
}
