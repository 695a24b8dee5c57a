import * as fc from 'fast-check';

import { dateOf } from '../../../packages/policy-compiler/dates.ts';
import type { Inputs, InputValue } from '../../../packages/policy-compiler/module.ts';
import type { Policy, Stage, Value } from '../../../packages/policy-compiler/policy.ts';
import { boundaryInputs } from './boundaries.ts';

/** Valid inputs of a stage: values at cut points, at the ends of ranges, small ones, any ones, and missing ones. */
export function validInputs(policy: Policy, stage: Stage): fc.Arbitrary<Inputs> {
  const cuts = new Map<string, InputValue[]>();
  for (const { input, inputs } of boundaryInputs(policy)) {
    cuts.set(input, [...(cuts.get(input) ?? []), inputs[input] ?? null]);
  }
  const expected = policy.inputs.filter((input) => stage === 'full' || input.stage === 'pre-bureau');
  const entries = expected.map((input) => [input.name, validValue(input, cuts.get(input.name) ?? [])] as const);
  return fc.record(Object.fromEntries(entries));
}

function validValue({ type }: Value, cuts: readonly InputValue[]): fc.Arbitrary<InputValue> {
  const written = (at: number): InputValue =>
    type.kind === 'boolean' ? at === 1 : type.kind === 'date' ? dateOf(at) : (type.labels[at] ?? at);
  const choices: fc.WeightedArbitrary<InputValue>[] = [
    { weight: 2, arbitrary: fc.integer({ min: type.low, max: type.high }).map(written) },
    { weight: 2, arbitrary: fc.integer({ min: type.low, max: Math.min(type.high, type.low + 3) }).map(written) },
    { weight: 1, arbitrary: fc.constantFrom(written(type.low), written(type.high)) },
  ];
  if (cuts.length > 0) choices.push({ weight: 3, arbitrary: fc.constantFrom(...cuts) });
  if (type.nullable) choices.push({ weight: 2, arbitrary: fc.constant(null) });
  return fc.oneof(...choices);
}
