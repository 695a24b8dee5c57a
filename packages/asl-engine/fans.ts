import { limit, TOO_LARGE, tooLarge } from './data.ts';
import { EvaluationFailed } from './errors.ts';
import type { Template } from './expressions.ts';
import { bindingsOf, field, MAX_SECONDS, number } from './fields.ts';
import { newFan, newRow, type Fan, type FanPlan, type Frame, type Move } from './frame.ts';
import type { Interpreter } from './interpreter.ts';
import type { Json, JsonObject } from './json.ts';
import type { Parts } from './parts.ts';

/** AWS runs this many items of an inline Map at once. */
const MAX_INLINE_CONCURRENCY = 40;

/** Parallel and Map states: their branches and items. */
export class Fans {
  readonly #executions: Parts['executions'];
  readonly #journal: Parts['journal'];
  readonly #interpreter: Interpreter;

  constructor(parts: Parts, interpreter: Interpreter) {
    this.#executions = parts.executions;
    this.#journal = parts.journal;
    this.#interpreter = interpreter;
  }

  /** Enters a Parallel or Map: writes its plan, then starts its branches or items. */
  async fanOut(frame: Frame): Promise<Move | undefined> {
    const { state, row } = frame;
    const plan = state.type === 'Parallel' ? await this.#branches(frame) : await this.#items(frame);
    if (!frame.open) return undefined;
    this.#journal.note(frame, `${state.type}StateStarted`, {
      ...(state.type === 'Map' && { mapStateStartedEventDetails: { length: plan.total } }),
    });
    frame.fan = newFan(plan);
    row.work = JSON.stringify(plan);
    if (this.#interpreter.rest(frame, 'CHILDREN')) this.settleChildren(frame);
    return undefined;
  }

  async #branches(frame: Frame): Promise<FanPlan> {
    const input = (await field(frame, 'Arguments')) ?? frame.input;
    limit(JSON.stringify(input), 'Arguments');
    const total = frame.state.inner.length;
    return { total, concurrency: total, tolerated: 0, named: false, inputs: [input], items: [] };
  }

  async #items(frame: Frame): Promise<FanPlan> {
    const { fields } = frame.state;
    const items = (await field(frame, 'Items')) ?? frame.input;
    if (!Array.isArray(items)) throw new EvaluationFailed('Items', `The field 'Items' must be an array.`);
    const concurrency = await number(frame, 'MaxConcurrency', 0, 0, MAX_SECONDS);
    const count = await number(frame, 'ToleratedFailureCount', Infinity, 0, MAX_SECONDS);
    const percentage = await number(frame, 'ToleratedFailurePercentage', Infinity, 0, 100);
    const named = fields.has('ToleratedFailureCount') || fields.has('ToleratedFailurePercentage');
    const selector = fields.get('ItemSelector');
    let inputs = items;
    if (selector) {
      inputs = [];
      for (const [Index, Value] of items.entries()) inputs.push(await this.#select(frame, selector, { Index, Value }));
    }
    return {
      total: items.length,
      concurrency: Math.min(concurrency === 0 ? MAX_INLINE_CONCURRENCY : concurrency, MAX_INLINE_CONCURRENCY),
      // The first of the two thresholds that is passed fails the Map.
      tolerated: named ? Math.min(count, Math.floor((percentage / 100) * items.length), items.length) : 0,
      named,
      inputs,
      items,
    };
  }

  async #select(frame: Frame, selector: Template, item: { Index: number; Value: Json }): Promise<Json> {
    const bindings = bindingsOf(frame, {});
    const context = { ...(bindings.states['context'] as JsonObject), Map: { Item: item } };
    const input = await selector.evaluate({ ...bindings, states: { ...bindings.states, context } });
    limit(JSON.stringify(input), 'ItemSelector');
    return input;
  }

  /** Starts what may start of a Map's items or a Parallel's branches, and ends the state when they have ended. */
  settleChildren(parent: Frame): void {
    const { fan, state, row } = parent;
    if (!fan || !parent.open || row.phase !== 'CHILDREN') return;
    if (fan.failed > fan.tolerated) {
      for (const child of fan.live) {
        this.#executions.closeFrame(child);
        if (state.type === 'Map')
          this.#journal.noteIteration(parent, 'MapIterationAborted', parent, child.row.position);
        if (child.state.type === 'Task') this.#journal.note(parent, 'TaskStateAborted');
      }
      row.phase = 'START';
      const failure = fan.named
        ? {
            error: 'States.ExceedToleratedFailureThreshold',
            cause: 'The specified tolerated failure threshold was exceeded.',
          }
        : fan.failure!;
      this.#interpreter.go(parent, { kind: 'error', failure });
      return;
    }
    if (fan.succeeded + fan.failed === fan.total) {
      row.phase = 'START';
      this.#journal.note(parent, `${state.type}StateSucceeded`);
      const text = `[${fan.outputs.filter((output) => output !== null).join(',')}]`;
      this.#interpreter.go(
        parent,
        tooLarge(text)
          ? { kind: 'error', failure: { error: 'States.DataLimitExceeded', cause: TOO_LARGE } }
          : { kind: 'result', result: JSON.parse(text) as Json, text },
      );
      return;
    }
    while (fan.live.size < fan.concurrency && fan.next < fan.total) {
      const position = fan.next;
      fan.next += 1;
      if (!fan.started.has(position)) this.#startChild(parent, fan, position);
    }
  }

  #startChild(parent: Frame, fan: Fan, position: number): void {
    const input = parent.state.type === 'Parallel' ? fan.inputs[0]! : fan.inputs[position]!;
    const { startAt } = parent.state.inner[parent.state.type === 'Parallel' ? position : 0]!;
    const row = newRow(
      parent.execution.id,
      (this.#executions.counters.frame += 1),
      parent.row.id,
      position,
      startAt,
      JSON.stringify(input),
    );
    row.previous = parent.row.previous;
    const child = this.#executions.frame(parent.execution, parent, row, input, {});
    fan.started.add(position);
    fan.live.add(child);
    if (parent.state.type === 'Map') this.#journal.noteIteration(child, 'MapIterationStarted', parent, position);
    this.#interpreter.go(child, { kind: 'enter' });
  }

  /** A branch or an item ended, well or not. */
  leftParent(frame: Frame, parent: Frame): void {
    frame.open = false;
    parent.fan!.live.delete(frame);
    parent.row.previous = frame.row.previous;
    this.settleChildren(parent);
  }
}
