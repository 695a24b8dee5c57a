import { EvaluationFailed } from './errors.ts';
import type { Bindings } from './expressions.ts';
import type { Frame } from './frame.ts';
import type { Json, JsonObject } from './json.ts';

/** AWS's limit on times given in seconds: about three years. */
export const MAX_SECONDS = 99_999_999;

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

/** A field of a frame's state; undefined when the state has none. @throws EvaluationFailed */
export async function field(frame: Frame, name: string): Promise<Json | undefined> {
  return frame.state.fields.get(name)?.evaluate(bindingsOf(frame, {}));
}

/** A field that is a string; empty when the state has none. @throws EvaluationFailed */
export async function text(frame: Frame, name: string): Promise<string> {
  const value = (await field(frame, name)) ?? '';
  if (typeof value !== 'string') throw new EvaluationFailed(name, `The field '${name}' must be a string.`);
  return value;
}

/** A field that is a number from `least` to `most`, or `absent`. @throws EvaluationFailed */
export async function number(frame: Frame, name: string, absent: number, least: number, most: number): Promise<number> {
  const value = (await field(frame, name)) ?? absent;
  if (typeof value !== 'number' || (value !== absent && (!(value >= least) || !(value <= most)))) {
    throw new EvaluationFailed(name, `The field '${name}' must be a number from ${least} to ${most}.`);
  }
  return value;
}
