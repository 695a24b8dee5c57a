/**
 * Goes every way through a state machine that its functions' contracts allow, and holds what each state sends to the
 * contract of the function that gets it. Not an engine: no time, no retries, nothing is called.
 */
import jsonata from 'jsonata';
import type * as z from 'zod';

import { inner, liveVariables, waitsForToken, type State, type StateMachine } from './workflow-checks.ts';

type Variables = Record<string, unknown>;
interface Contract {
  readonly input: z.ZodType;
  /** What the function, or the answer to its task token, may be. */
  readonly answers: readonly unknown[];
}

export interface Walk {
  /** How many payloads each state sent that its function takes. */
  readonly taken: Record<string, number>;
  /** A state that sent what its function refuses, or whose expression has no value, with the shortest way there. */
  readonly faults: string[];
  /** The states in which executions end, with their outputs. */
  readonly ends: Record<string, unknown[]>;
}

interface Position {
  readonly state: string;
  readonly variables: Variables;
  readonly path: string;
}

export interface WalkOptions {
  /** The execution's input; its name is the input's applicationId. */
  readonly input: { readonly applicationId: string; readonly digest: string };
  readonly contracts: Readonly<Record<string, Contract>>;
  /**
   * What of the variables makes a difference: where it is equal, a state is entered once. Counters and growing lists must
   * be cut, or the ways are endless.
   */
  readonly alike: (state: string, variables: Variables) => Variables;
  /**
   * Goes no further once a fault is like this.
   * @default - every way is gone to its end
   */
  readonly until?: RegExp;
}

class NoValue extends Error {
  override readonly name = 'NoValue';
}

export async function walk(machine: StateMachine, { input, contracts, alike, until }: WalkOptions): Promise<Walk> {
  const live = liveVariables(machine);
  const taken: Record<string, number> = {};
  const faults = new Map<string, string>();
  const ends: Record<string, unknown[]> = {};
  const waiting: Position[] = [];
  const seen = new Set<string>();

  const go = (from: Position, state: string | undefined, assigned: Variables): void => {
    if (state === undefined) return;
    const variables = { ...from.variables, ...assigned };
    const read = Object.entries(alike(state, variables)).filter(([name]) => live.get(state)?.has(name));
    const key = JSON.stringify([state, read.sort(([a], [b]) => (a < b ? -1 : 1))]);
    if (seen.has(key)) return;
    seen.add(key);
    waiting.push({ state, variables, path: from.path === '' ? state : `${from.path} → ${state}` });
  };
  const fault = (at: Position, state: string, problem: string): void => {
    const key = `${state}: ${problem}`;
    if (!faults.has(key)) faults.set(key, `${key} after ${at.path}`);
  };

  const states = (name: string, state: State, more: object = {}, item: object = {}) => ({
    input,
    context: {
      Execution: {
        Id: `arn:aws:states:us-east-1:000000000000:execution:walk:${input.applicationId}`,
        Name: input.applicationId,
      },
      State: { Name: name, EnteredTime: '2026-01-01T00:00:00.000Z', RetryCount: 0 },
      ...(waitsForToken(state) ? { Task: { Token: 'token' } } : {}),
      ...item,
    },
    ...more,
  });

  /** Holds a task's payload to its function's contract. @returns whether the function takes it. */
  const send = async (at: Position, name: string, state: State, reserved: object): Promise<boolean> => {
    const contract = contracts[name];
    if (!contract) throw new Error(`Give the walk a contract of ${name}.`);
    let payload: unknown;
    try {
      payload = ((await fill(state.Arguments, at.variables, reserved)) as { Payload: unknown }).Payload;
    } catch (error) {
      if (!(error instanceof NoValue)) throw error;
      fault(at, name, error.message);
      return false;
    }
    const parsed = contract.input.safeParse(payload);
    if (!parsed.success) {
      for (const issue of parsed.error.issues) fault(at, name, `${issue.path.join('.')} ${issue.message}`);
      return false;
    }
    taken[name] = (taken[name] ?? 0) + 1;
    return true;
  };

  /** The results that a state may have from here; none when it cannot be entered. */
  const results = async (at: Position, name: string, state: State): Promise<unknown[]> => {
    if (state.Type === 'Task') {
      if (!(await send(at, name, state, states(name, state)))) return [];
      const answers = contracts[name]?.answers ?? [];
      return waitsForToken(state) ? [...answers] : answers.map((answer) => ({ StatusCode: 200, Payload: answer }));
    }
    const items = await fill(state.Items, at.variables, states(name, state));
    const [innerName, innerState] = Object.entries(state.ItemProcessor?.States ?? {})[0] ?? [];
    if (!Array.isArray(items) || innerName === undefined || innerState === undefined) {
      fault(at, name, 'Items is no array, or nothing processes them');
      return [];
    }
    for (const [Index, Value] of items.entries()) {
      const selected = await fill(
        state.ItemSelector,
        at.variables,
        states(name, state, {}, { Map: { Item: { Index, Value } } }),
      );
      if (!(await send(at, innerName, innerState, states(innerName, innerState, { input: selected })))) return [];
    }
    const outputs: unknown[] = [];
    for (const answer of contracts[innerName]?.answers ?? [])
      outputs.push(
        await fill(innerState.Output, at.variables, states(innerName, innerState, { result: { Payload: answer } })),
      );
    // Every item alike, and the first unlike the others.
    return outputs.flatMap((output, index) => [
      items.map(() => output),
      ...(items.length > 1
        ? [items.map((_, item) => (item === 0 ? output : outputs[(index + 1) % outputs.length]))]
        : []),
    ]);
  };

  const step = async (at: Position, state: State): Promise<void> => {
    const name = at.state;
    if (state.Type === 'Fail') {
      ends[name] = [];
      return;
    }
    if (state.Type === 'Choice') {
      for (const rule of state.Choices ?? []) {
        const condition = await fill(rule.Condition, at.variables, states(name, state));
        if (typeof condition !== 'boolean') fault(at, name, 'its condition is neither true nor false');
        if (condition === true) return go(at, rule.Next, await filled(rule.Assign, at.variables, states(name, state)));
      }
      return go(at, state.Default, await filled(state.Assign, at.variables, states(name, state)));
    }
    let possible: unknown[] = [];
    try {
      possible = await results(at, name, state);
    } catch (error) {
      if (!(error instanceof NoValue)) throw error;
      fault(at, name, error.message);
    }
    for (const result of possible) {
      const reserved = states(name, state, { result });
      try {
        const assigned = await filled(state.Assign, at.variables, reserved);
        if (state.End) (ends[name] ??= []).push(await fill(state.Output, at.variables, reserved));
        go(at, state.Next, assigned);
      } catch (error) {
        if (!(error instanceof NoValue)) throw error;
        fault(at, name, error.message);
      }
    }
    for (const catcher of state.Catch ?? []) {
      for (const Cause of ['{"errorMessage":"x"}', undefined]) {
        const errorOutput = { Error: catcher.ErrorEquals[0], Cause };
        go(at, catcher.Next, await filled(catcher.Assign, at.variables, states(name, state, { errorOutput })));
      }
    }
  };

  go({ state: '', variables: {}, path: '' }, machine.StartAt, {});
  const found = () => until !== undefined && [...faults.values()].some((one) => until.test(one));
  for (let at = waiting.shift(); at !== undefined && !found(); at = waiting.shift()) {
    const state = machine.States[at.state];
    if (!state) throw new Error(`${at.path}: there is no such state.`);
    await step(at, state);
  }
  return { taken, faults: [...faults.values()].sort(), ends };
}

/** Parsing takes ten times as long as evaluating. */
const trees = new Map<string, jsonata.Expression>();

/** A template with its expressions' values. @throws NoValue for an expression that fails or yields nothing. */
async function fill(template: unknown, variables: Variables, states: object): Promise<unknown> {
  if (typeof template === 'string' && template.startsWith('{%')) {
    const expression = inner(template);
    const tree = trees.get(expression) ?? jsonata(expression);
    trees.set(expression, tree);
    let value: unknown;
    try {
      value = await tree.evaluate(undefined, { ...variables, states });
    } catch (error) {
      throw new NoValue(`${expression} fails (${(error as { message: string }).message})`);
    }
    if (value === undefined) throw new NoValue(`${expression} has no value`);
    return JSON.parse(JSON.stringify(value));
  }
  if (Array.isArray(template)) return Promise.all(template.map((part) => fill(part, variables, states)));
  if (typeof template === 'object' && template !== null) return filled(template as Variables, variables, states);
  return template;
}

async function filled(template: Variables | undefined, variables: Variables, states: object): Promise<Variables> {
  const result: Variables = {};
  for (const [name, part] of Object.entries(template ?? {})) result[name] = await fill(part, variables, states);
  return result;
}
