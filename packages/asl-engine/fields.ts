import { MAX_SECONDS, percentOf } from './data.ts';
import { EvaluationFailed } from './errors.ts';
import type { Bindings } from './expressions.ts';
import type { Frame } from './frame.ts';
import type { Json, JsonObject } from './json.ts';

/** What the expressions of a frame's state see now. */
export function bindingsOf(frame: Frame, more: JsonObject): Bindings {
  const { execution, state, row } = frame;
  return {
    ...frame.visible,
    states: {
      input: frame.input,
      context: {
        ...execution.context,
        State: { EnteredTime: frame.enteredTime, Name: state.name, RetryCount: row.retry_count },
        ...(row.token !== null && { Task: { Token: row.token } }),
        ...(frame.item && { Map: { Item: frame.item as unknown as JsonObject } }),
      },
      ...more,
    },
  };
}

/** A field of a frame's state, or `absent` when the state has none: null is a value. @throws EvaluationFailed */
export async function field<Absent>(frame: Frame, name: string, absent: Absent): Promise<Json | Absent> {
  const template = frame.state.fields.get(name);
  return template ? template.evaluate(bindingsOf(frame, {})) : absent;
}

/** A field that is a string; empty when the state has none. @throws EvaluationFailed */
export async function text(frame: Frame, name: string): Promise<string> {
  const value = await field(frame, name, '');
  if (typeof value !== 'string') throw new EvaluationFailed(name, `The field '${name}' must be a string.`);
  return value;
}

/** A field that is a number within bounds, or `absent` when the state has none. @throws EvaluationFailed */
export async function number(
  frame: Frame,
  name: string,
  absent: number,
  { min, max }: { readonly min: number; readonly max: number },
): Promise<number> {
  const value = await field(frame, name, absent);
  if (typeof value !== 'number' || (value !== absent && (!(value >= min) || !(value <= max)))) {
    throw new EvaluationFailed(name, `The field '${name}' must be a number from ${min} to ${max}.`);
  }
  return value;
}

/** How many items of a Map run at once; 0 and an absent field mean `max`. @throws EvaluationFailed */
export async function concurrencyOf(frame: Frame, max: number): Promise<number> {
  const given = await number(frame, 'MaxConcurrency', 0, { min: 0, max: MAX_SECONDS });
  return Math.min(given === 0 ? max : given, max);
}

/** How many items of a Map may fail. The first of two thresholds that is passed fails the Map. */
export interface Tolerance {
  /** Whether the state names a threshold. */
  readonly named: boolean;
  of(items: number): number;
}

/** @throws EvaluationFailed */
export async function toleranceOf(frame: Frame): Promise<Tolerance> {
  const count = await number(frame, 'ToleratedFailureCount', Infinity, { min: 0, max: MAX_SECONDS });
  const percentage = await number(frame, 'ToleratedFailurePercentage', 100, { min: 0, max: 100 });
  const { fields } = frame.state;
  const named = fields.has('ToleratedFailureCount') || fields.has('ToleratedFailurePercentage');
  return {
    named,
    of: (items) => (named ? Math.min(count, percentOf(percentage, items), items) : 0),
  };
}
