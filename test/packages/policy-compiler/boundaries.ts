import { dateOf } from '../../../packages/policy-compiler/dates.ts';
import type { Inputs, InputValue } from '../../../packages/policy-compiler/module.ts';
import {
  atomsOf,
  formulaTests,
  type Atom,
  type Policy,
  type Test,
  type Value,
} from '../../../packages/policy-compiler/policy.ts';

export interface BoundaryInput {
  /** Whose cut point it is, such as `rules.low_score` or `tables.apr`. */
  readonly of: string;
  readonly input: string;
  readonly cut: InputValue;
  readonly side: 'below' | 'at' | 'above';
  /** A whole, valid set of inputs of the full stage, at the middle of every other range. */
  readonly inputs: Inputs;
}

/**
 * Inputs around every cut point: the value, one below, one above, as far as the input's range reaches. Cut points of
 * derived values are not here: a value on them has no single input.
 * @param base the other inputs; the middle of each range by default.
 */
export function boundaryInputs(policy: Policy, base: Inputs = middleInputs(policy)): BoundaryInput[] {
  const found: BoundaryInput[] = [];
  const add = (of: string, name: string, cuts: readonly number[]): void => {
    const value = policy.values.get(name);
    if (value?.from !== 'input' || value.type.labels.length > 0) return;
    for (const cut of cuts) {
      for (const [side, at] of [['below', cut - 1] as const, ['at', cut] as const, ['above', cut + 1] as const]) {
        if (at < value.type.low || at > value.type.high) continue;
        const inputs = { ...base, [name]: inputOf(value, at) };
        found.push({ of, input: name, cut: inputOf(value, cut), side, inputs });
      }
    }
  };
  const addTest = (of: string, test: Test): void => {
    for (const atom of atomsOf(test)) for (const [name, cuts] of cutsOf(atom, base)) add(of, name, cuts);
  };
  for (const rule of policy.rules) addTest(`rules.${rule.id}`, rule.when);
  for (const condition of policy.conditions) addTest(`conditions.${condition.id}`, condition.when);
  for (const limit of policy.limits)
    for (const test of formulaTests(limit.formula)) addTest(`limits.${limit.name}`, test);
  for (const step of policy.steps) {
    const { name } = step.value;
    if (step.kind === 'band') add(`bands.${name}`, step.of, step.cuts);
    else if (step.kind === 'table') for (const axis of step.axes) add(`tables.${name}`, axis.name, axis.cuts ?? []);
    else for (const test of formulaTests(step.formula)) addTest(`derive.${name}`, test);
  }
  return found;
}

/** A valid set of inputs of the full stage: the middle of every range, the first label, false. */
export function middleInputs(policy: Policy): Inputs {
  const middle = ({ type }: Value): number => (type.labels.length > 0 ? 0 : Math.floor((type.low + type.high) / 2));
  return Object.fromEntries(policy.inputs.map((input) => [input.name, inputOf(input, middle(input))]));
}

function inputOf({ type }: Value, at: number): InputValue {
  if (type.kind === 'boolean') return at === 1;
  if (type.kind === 'date') return dateOf(at);
  return type.labels[at] ?? at;
}

/** A cut-off of the model package is a number among the other inputs. */
function cutsOf(atom: Atom, base: Inputs): [string, readonly number[]][] {
  if (atom.kind === 'member') return [[atom.name, atom.values]];
  if (atom.kind !== 'compare' || atom.left.kind !== 'name') return [];
  if (atom.right.kind === 'number') return [[atom.left.name, [atom.right.value]]];
  const cutoff = atom.right.kind === 'name' && atom.right.name.startsWith('cutoff_') && base[atom.right.name];
  return typeof cutoff === 'number' ? [[atom.left.name, [cutoff]]] : [];
}
