/** Parallel and inline Map states: their branches and items. */
import type { EngineContext } from './context.ts';
import { limit } from './data.ts';
import { EvaluationFailed, type Failure } from './errors.ts';
import { closeFrame, newFrame } from './executions.ts';
import type { Template } from './expressions.ts';
import { bindingsOf, concurrencyOf, field, toleranceOf } from './fields.ts';
import { newFan, newRow, resultMove, type Fan, type FanPlan, type Frame, type Move } from './frame.ts';
import { note, noteIteration, rest } from './journal.ts';
import type { Json, JsonObject } from './json.ts';

/** AWS runs this many items of an inline Map at once. */
const MAX_INLINE_CONCURRENCY = 40;

export const THRESHOLD_EXCEEDED: Failure = {
  error: 'States.ExceedToleratedFailureThreshold',
  cause: 'The specified tolerated failure threshold was exceeded.',
};

/** Enters a Parallel or an inline Map: writes its plan, then starts its branches or items. @throws EvaluationFailed */
export async function fanOut(engine: EngineContext, frame: Frame): Promise<Move | undefined> {
  const { state, row } = frame;
  const plan = state.type === 'Parallel' ? await planBranches(frame) : await planItems(frame);
  if (!frame.open) return undefined;
  note(engine, frame, `${state.type}StateStarted`, state.type === 'Map' ? { length: plan.total } : undefined);
  frame.fan = newFan(plan);
  row.work = JSON.stringify(plan);
  if (rest(engine, frame, 'CHILDREN')) settleChildren(engine, frame);
  return undefined;
}

async function planBranches(frame: Frame): Promise<FanPlan> {
  const input = await field(frame, 'Arguments', frame.input);
  limit(JSON.stringify(input), 'Arguments');
  const total = frame.state.inner.length;
  return { total, concurrency: total, tolerated: 0, named: false, inputs: [input], items: [] };
}

async function planItems(frame: Frame): Promise<FanPlan> {
  const items = await field(frame, 'Items', frame.input);
  if (!Array.isArray(items)) throw new EvaluationFailed('Items', `The field 'Items' must be an array.`);
  const concurrency = await concurrencyOf(frame, MAX_INLINE_CONCURRENCY);
  const tolerance = await toleranceOf(frame);
  const selector = frame.state.fields.get('ItemSelector');
  let inputs = items;
  if (selector) {
    inputs = [];
    for (const [Index, Value] of items.entries()) inputs.push(await select(frame, selector, { Index, Value }));
  }
  const { named } = tolerance;
  return { total: items.length, concurrency, tolerated: tolerance.of(items.length), named, inputs, items };
}

async function select(frame: Frame, selector: Template, item: { Index: number; Value: Json }): Promise<Json> {
  const bindings = bindingsOf(frame, {});
  const context = { ...(bindings.states['context'] as JsonObject), Map: { Item: item } };
  const input = await selector.evaluate({ ...bindings, states: { ...bindings.states, context } });
  limit(JSON.stringify(input), 'ItemSelector');
  return input;
}

/** Starts the next items of a Map or branches of a Parallel, and ends the state when they have ended. */
export function settleChildren(engine: EngineContext, parent: Frame): void {
  const { fan, state, row } = parent;
  if (!fan || !parent.open || row.phase !== 'CHILDREN') return;
  if (fan.failed > fan.tolerated) {
    abortChildren(engine, parent, fan);
    row.phase = 'START';
    engine.interpreter.go(parent, { kind: 'error', failure: fan.named ? THRESHOLD_EXCEEDED : fan.failure! });
    return;
  }
  if (fan.succeeded + fan.failed === fan.total) {
    row.phase = 'START';
    note(engine, parent, `${state.type}StateSucceeded`);
    const outputs = fan.outputs.filter((output) => output !== null);
    engine.interpreter.go(parent, resultMove(`[${outputs.join(',')}]`));
    return;
  }
  while (fan.live.size < fan.concurrency && fan.next < fan.total) {
    const position = fan.next;
    fan.next += 1;
    if (!fan.started.has(position)) startChild(engine, parent, fan, position);
  }
}

function abortChildren(engine: EngineContext, parent: Frame, fan: Fan): void {
  for (const child of fan.live) {
    closeFrame(engine, child);
    if (parent.state.type === 'Map') noteIteration(engine, parent, 'Aborted', child);
    if (child.state.type === 'Task') note(engine, parent, 'TaskStateAborted');
  }
}

function startChild(engine: EngineContext, parent: Frame, fan: Fan, position: number): void {
  const { execution, state } = parent;
  const parallel = state.type === 'Parallel';
  const input = fan.inputs[parallel ? 0 : position]!;
  const row = newRow({
    id: (engine.ids.frame += 1),
    execution: execution.id,
    parent: parent.row.id,
    position,
    state: state.inner[parallel ? position : 0]!.startAt,
    input: JSON.stringify(input),
  });
  row.previous = parent.row.previous;
  const child = newFrame(engine, { execution, parent, row, input, own: {} });
  fan.started.add(position);
  fan.live.add(child);
  if (!parallel) noteIteration(engine, child, 'Started', child);
  engine.interpreter.go(child, { kind: 'enter' });
}

/** Takes a branch or an item, which ended well or not, from its parent. */
export function leaveParent(engine: EngineContext, frame: Frame, parent: Frame): void {
  frame.open = false;
  parent.fan!.live.delete(frame);
  parent.row.previous = frame.row.previous;
  settleChildren(engine, parent);
}
