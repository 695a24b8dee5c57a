/**
 * Bounds of one evaluation in depth, memory and time. JSONata calls `enter` and `exit` for each node that it evaluates.
 * The depth and the two memory bounds are those that reporters measured on AWS in us-east-1.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createContext, Script } from 'node:vm';

import jsonata from 'jsonata';

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
/** Processor time of a regular expression: one call of the JavaScript engine, which only a watchdog can interrupt. */
const MAX_REGEX_MS = 200;
const MAX_MATCHES = 100_000;

/** The bounds of the evaluation under way. */
const current = new AsyncLocalStorage<Bounds>();
/** The nodes whose parts JSONata begins at the same time. */
const PARALLEL = new WeakSet<Node>();
/** The parts of such nodes. */
const PARTS = new WeakSet<Node>();
/** The later steps of paths: their values are joined. */
const STEPS = new WeakSet<Node>();
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

export type Implementation = (this: unknown, ...parameters: unknown[]) => unknown;
interface BuiltIn {
  readonly implementation: Implementation;
}

/** Functions of JSONata by their names, as it defines them. */
export async function builtIns<Name extends string>(names: readonly Name[]): Promise<Record<Name, BuiltIn>> {
  const members = names.map((name) => `"${name}": $${name}`);
  return (await jsonata(`{${members.join()}}`).evaluate(undefined)) as Record<Name, BuiltIn>;
}

/** A function whose time and result count. JSONata reads the names of its parameters from its text. */
export function bounded(implementation: Implementation): Implementation {
  async function counted(this: unknown, ...parameters: unknown[]): Promise<unknown> {
    const result = await implementation.apply(this, parameters);
    await current.getStore()?.made(result);
    return result;
  }
  Object.defineProperty(counted, 'length', { value: implementation.length });
  return Object.assign(counted, { toString: () => implementation.toString() });
}

const NAMES = (
  'sum count max min average string substring substringBefore substringAfter lowercase uppercase length trim match ' +
  'contains replace split join formatNumber formatBase formatInteger parseInteger number floor ceil round abs sqrt ' +
  'power boolean not map zip filter single reduce sift keys lookup append exists spread merge reverse each type ' +
  'shuffle base64encode encodeUrlComponent encodeUrl decodeUrlComponent decodeUrl fromMillis clone'
).split(' ');
/** JSONata's own functions, which call each other without its hooks. */
const FUNCTIONS = Object.entries(await builtIns(NAMES)).map(
  ([name, builtIn]) => [name, { ...builtIn, implementation: bounded(builtIn.implementation) }] as const,
);

/** Lets an expression be evaluated within bounds. @returns false for one that is plain and needs none. */
export function bind(expression: jsonata.Expression): boolean {
  const syntax = expression.ast() as Node;
  // Each hook costs a turn of the event queue.
  if (isPlain(syntax)) return false;
  markParallel(syntax);
  // JSONata looks for its hooks under symbols, which its types leave out.
  const { assign } = expression as unknown as { assign: (this: void, name: symbol, hook: unknown) => void };
  assign(Symbol.for('jsonata.__evaluate_entry'), (node: Node) => current.getStore()!.enter(node));
  assign(Symbol.for('jsonata.__evaluate_exit'), (node: Node, _: unknown, __: unknown, value: unknown) =>
    current.getStore()!.exit(node, value),
  );
  for (const [name, builtIn] of FUNCTIONS) expression.assign(name, builtIn);
  return true;
}

function markParallel(node: unknown): void {
  if (node === null || typeof node !== 'object' || node instanceof RegExp) return;
  const { type, value, expressions, lhs, group, steps } = node as Node & { group?: { lhs: Node[][] }; steps?: Node[] };
  for (const step of steps?.slice(1) ?? []) STEPS.add(step);
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
  #since = 0;
  #used: NodeJS.CpuUsage | undefined;
  readonly #turns: Turns[] = [];
  readonly #sizes = new WeakMap<object, number>();

  /** Runs an evaluation within these bounds. */
  run<T>(evaluate: () => Promise<T>): Promise<T> {
    this.#begin();
    return current.run(this, evaluate);
  }

  /** @throws BoundPassed */
  enter(node: Node): Promise<void> | void {
    if (PARTS.has(node)) return this.#turn(node);
    this.#open(node);
    if (this.#isDue()) return this.#pause();
  }

  /** Counts what a function made, and lets others run. @throws BoundPassed */
  made(value: unknown): Promise<void> | void {
    this.#sizeOf(value);
    if (this.#isDue()) return this.#pause();
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

  #isDue(): boolean {
    return performance.now() - this.#since > MAX_SLICE_MS;
  }

  async #pause(): Promise<void> {
    this.#busyMs += millisecondsOf(process.threadCpuUsage(this.#used));
    if (this.#busyMs > MAX_BUSY_MS) throw new BoundPassed(`It takes more than ${MAX_BUSY_MS / 1000} s`);
    await new Promise((resolve) => setImmediate(resolve));
    this.#begin();
  }

  #begin(): void {
    this.#since = performance.now();
    this.#used = process.threadCpuUsage();
  }

  #measure(node: Node, value: unknown): void {
    if (typeof value === 'string' && !REFERENCES.has(node.type)) this.#add(value.length * 2);
    if (Array.isArray(value) && STEPS.has(node)) this.#add(value.length * 12);
    else if (Array.isArray(value) && REFERENCES.has(node.type)) this.#limit(value.length * 12);
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

function millisecondsOf({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1000;
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

function ranInTime(): boolean {
  try {
    regexMatches.runInContext(regexContext, { timeout: MAX_REGEX_MS });
    return true;
  } catch {
    return false;
  }
}

/** The regular expression that JSONata uses: it finds all matches of a text at once, within a time. */
export class BoundedRegex {
  lastIndex = 0;
  readonly #regex: RegExp;
  #text: string | undefined;
  #matches: readonly RegExpExecArray[] = [];
  #next = 0;

  constructor(regex: RegExp) {
    this.#regex = regex;
  }

  /** JSONata asks for one match after the other. @throws BoundPassed */
  exec(text: string): RegExpExecArray | null {
    if (this.#text !== text || this.lastIndex === 0) {
      if (this.#text !== text) this.#find(text);
      this.#next = 0;
    }
    while ((this.#matches[this.#next]?.index ?? Infinity) < this.lastIndex) this.#next += 1;
    const match = this.#matches[this.#next] ?? null;
    if (match) this.lastIndex = match.index + match[0].length;
    return match;
  }

  #find(text: string): void {
    Object.assign(regexContext, { regex: this.#regex, text });
    const before = process.threadCpuUsage();
    while (!ranInTime()) {
      // The watchdog counts elapsed time: where the processor was busy elsewhere, the expression runs again.
      if (millisecondsOf(process.threadCpuUsage(before)) < MAX_REGEX_MS) continue;
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
