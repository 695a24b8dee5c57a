import { dateOf } from '../../../packages/policy-compiler/dates.ts';
import type { Inputs, InputValue } from '../../../packages/policy-compiler/module.ts';
import {
  atomsOf,
  formulaNames,
  type Atom,
  type Formula,
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
    for (const atom of atomsOf(test)) for (const [name, cuts] of cutsOf(atom)) add(of, name, cuts);
  };
  for (const rule of policy.rules) addTest(`rules.${rule.id}`, rule.when);
  for (const condition of policy.conditions) addTest(`conditions.${condition.id}`, condition.when);
  for (const limit of policy.limits) for (const test of testsOf(limit.formula)) addTest(`limits.${limit.name}`, test);
  for (const step of policy.steps) {
    const { name } = step.value;
    if (step.kind === 'band') add(`bands.${name}`, step.of, step.cuts);
    else if (step.kind === 'table') for (const axis of step.axes) add(`tables.${name}`, axis.name, axis.cuts ?? []);
    else for (const test of testsOf(step.formula)) addTest(`derive.${name}`, test);
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

function cutsOf(atom: Atom): [string, readonly number[]][] {
  if (atom.kind === 'member') return [[atom.name, atom.values]];
  if (atom.kind !== 'compare' || atom.left.kind !== 'name' || atom.right.kind !== 'number') return [];
  return [[atom.left.name, [atom.right.value]]];
}

function testsOf(formula: Formula): Test[] {
  if (formula.kind === 'condition') return [formula.test];
  if (formula.kind !== 'choice' || formulaNames(formula).length === 0) return [];
  return [formula.test, ...testsOf(formula.yes), ...testsOf(formula.no)];
}
