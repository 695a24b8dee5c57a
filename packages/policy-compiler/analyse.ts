import { rangeText } from './expression-context.ts';
import {
  ACTIONS,
  atomNames,
  atomsOf,
  testNames,
  type Atom,
  type Comparator,
  type Condition,
  type Guarded,
  type Rule,
  type Test,
  type Value,
} from './policy.ts';
import type { Problems } from './problems.ts';

/** What one name may be: whole numbers in sorted spans, both ends inclusive, or missing. */
interface Region {
  readonly spans: readonly (readonly [number, number])[];
  readonly missing: boolean;
}
/** Region of each name; a name that is not there may be anything. */
type Box = ReadonlyMap<string, Region>;

/** Beyond this a condition is not analysed: it is still checked and right, but may hide a rule that never fires. */
const MAX_BOXES = 400;
const MAX_SEARCH_STEPS = 20_000;
const MAX_COMPARED_BOXES = 1_000_000;
const OPPOSITE: Record<Comparator, Comparator> = { '<': '>=', '<=': '>', '>': '<=', '>=': '<', '==': '!=', '!=': '==' };

/**
 * Finds rules and conditions that can never or always fire, comparisons that are constant, rules that together refuse
 * everyone, and rules that another makes needless, by the ranges of what they read. Derived values are taken to be
 * independent of their inputs, so what is found is certain and what is not found is not proven absent.
 */
export function analyse(
  rules: readonly Rule[],
  conditions: readonly Condition[],
  values: ReadonlyMap<string, Value>,
  problems: Problems,
): void {
  const space = new Space(values);
  const sound: Rule[] = [];
  for (const guarded of [...rules, ...conditions]) {
    const where = `${'action' in guarded ? 'Rule' : 'Condition'} "${guarded.id}"`;
    if (checkReach(guarded, where, space, problems) && 'action' in guarded) sound.push(guarded);
  }
  checkAnyoneApproved(sound, space, problems);
  warnOfSubsumed(sound, space, problems);
}

function checkReach(guarded: Guarded, where: string, space: Space, problems: Problems): boolean {
  const { when, at, missing } = guarded;
  const constant = atomsOf(when).filter((atom) => space.constant(atom) !== undefined);
  const first = constant[0];
  const firesWithout = [...missing.values()].includes('fire');
  if (space.boxes(when, true)?.length === 0 && !firesWithout) {
    if (first) {
      const fault = `${where} can never fire: ${first.text} is never true, as ${ranges(first, space)}`;
      problems.error(first.at, 'UNREACHABLE', `${fault}.`, 'Correct the value, or remove the rule.');
    } else {
      const fault = `${where} contradicts itself: its comparisons are never true together`;
      problems.error(at, 'CONTRADICTION', `${fault}.`, 'Write || for &&, or correct a value.');
    }
    return false;
  }
  const firesAlways = [...missing.values()].every((action) => action === 'fire');
  if (space.boxes(when, false)?.length === 0 && firesAlways) {
    problems.error(at, 'ALWAYS_FIRES', `${where} fires for everyone.`, 'Correct the values, or remove the rule.');
    return false;
  }
  for (const atom of constant) {
    const truth = space.constant(atom) ? 'always' : 'never';
    const fault = `${where} compares in vain: ${atom.text} is ${truth} true, as ${ranges(atom, space)}`;
    problems.error(atom.at, 'CONSTANT_COMPARISON', `${fault}.`, 'Correct the value, or remove the comparison.');
  }
  return constant.length === 0;
}

function ranges(atom: Atom, space: Space): string {
  return atomNames(atom)
    .map((name) => `"${name}" is ${rangeText(space.type(name))}`)
    .join(' and ');
}

/** Depth first: one box of every rule's passing region, all compatible, is an application that no rule stops. */
function checkAnyoneApproved(rules: readonly Rule[], space: Space, problems: Problems): void {
  const passing = rules
    .map((rule) => ({ rule, boxes: space.passing(rule) }))
    .filter((region): region is { rule: Rule; boxes: Box[] } => region.boxes !== undefined)
    .toSorted((a, b) => a.boxes.length - b.boxes.length);
  let steps = 0;
  let deepest = 0;
  const search = (index: number, box: Box): boolean => {
    const region = passing[index];
    if (!region || steps > MAX_SEARCH_STEPS) return true;
    deepest = Math.max(deepest, index);
    return region.boxes.some((candidate) => {
      steps += 1;
      const joined = intersect(box, candidate);
      return joined !== undefined && search(index + 1, joined);
    });
  };
  if (search(0, new Map())) return;
  const rule = passing[deepest]?.rule;
  if (!rule) return;
  const fault = `No application could be approved: whoever passes the other rules is stopped by rule "${rule.id}"`;
  problems.error(rule.at, 'NEVER_APPROVES', `${fault}.`, 'Two rules leave no room between them: correct one.');
}

function warnOfSubsumed(rules: readonly Rule[], space: Space, problems: Problems): void {
  const regions = rules.map((rule) => ({
    rule,
    names: new Set(testNames(rule.when)),
    firing: space.firing(rule),
    notFiring: space.notFiring(rule),
  }));
  let compared = 0;
  const disjoint = (a: readonly Box[], b: readonly Box[]): boolean => {
    compared += a.length * b.length;
    return a.every((left) => b.every((right) => intersect(left, right) === undefined));
  };
  for (const [index, { rule, names, firing }] of regions.entries()) {
    if (!firing || compared > MAX_COMPARED_BOXES) continue;
    const master = regions.find((other, otherIndex) => {
      if (otherIndex === index || !other.notFiring || ![...other.names].every((name) => names.has(name))) return false;
      if (ACTIONS.indexOf(other.rule.action) > ACTIONS.indexOf(rule.action)) return false;
      if (other.rule.stage === 'full' && rule.stage === 'pre-bureau') return false;
      if (!disjoint(firing, other.notFiring)) return false;
      // Of two equal rules the later is the needless one.
      const mutual = space.notFiring(rule) && disjoint(other.firing ?? [], space.notFiring(rule) ?? []);
      return !mutual || otherIndex < index;
    });
    if (!master) continue;
    const fault = `Rule "${rule.id}" fires only where rule "${master.rule.id}" does`;
    problems.warn(rule.at, 'SUBSUMED', `${fault}, so it only adds a reason.`, 'Keep it for its reason, or remove it.');
  }
}

/** Regions of conditions over the ranges of the policy's values. */
class Space {
  readonly #values: ReadonlyMap<string, Value>;

  constructor(values: ReadonlyMap<string, Value>) {
    this.#values = values;
  }

  type(name: string): Value['type'] {
    const value = this.#values.get(name);
    if (!value) throw new RangeError(`"${name}" is no value of this policy; checks come before analysis.`);
    return value.type;
  }

  /** Whether a comparison of present values always, or never, holds. */
  constant(atom: Atom): boolean | undefined {
    if (this.boxes(atom, true)?.length === 0) return false;
    return this.boxes(atom, false)?.length === 0 ? true : undefined;
  }

  /** Where a rule fires; undefined when that is too large to say. */
  firing(rule: Rule): Box[] | undefined {
    return this.#with(rule, true, ['fire']);
  }

  notFiring(rule: Rule): Box[] | undefined {
    return this.#with(rule, false, ['pass', 'refer']);
  }

  passing(rule: Rule): Box[] | undefined {
    return this.#with(rule, false, ['pass']);
  }

  #with(rule: Rule, truth: boolean, actions: readonly string[]): Box[] | undefined {
    const boxes = this.boxes(rule.when, truth);
    const names = [...rule.missing].filter(([, action]) => actions.includes(action)).map(([name]) => name);
    return boxes && [...boxes, ...names.map((name) => new Map([[name, { spans: [], missing: true }]]))];
  }

  /** Where a condition comes to `truth`; undefined when that is too large to say. */
  boxes(test: Test, truth: boolean): Box[] | undefined {
    switch (test.kind) {
      case 'not':
        return this.boxes(test.of, !truth);
      case 'and':
      case 'or':
        return this.#joined(test, truth);
      case 'is-null': {
        const { low, high } = this.type(test.name);
        return [
          new Map([[test.name, truth ? { spans: [], missing: true } : { spans: [[low, high]], missing: false }]]),
        ];
      }
      case 'flag':
        return this.#present(test.name, truth ? [[1, 1]] : [[0, 0]]);
      case 'member': {
        const inside = test.values.map((value) => [value, value] as const);
        return this.#present(test.name, truth ? inside : this.#outside(test.name, test.values));
      }
      case 'compare':
        return this.#comparison(test, truth);
    }
  }

  #joined(test: Extract<Test, { kind: 'and' | 'or' }>, truth: boolean): Box[] | undefined {
    const left = this.boxes(test.left, truth);
    const right = this.boxes(test.right, truth);
    if (!left || !right) return undefined;
    if ((test.kind === 'or') === truth) {
      return left.length + right.length > MAX_BOXES ? undefined : [...left, ...right];
    }
    if (left.length * right.length > MAX_BOXES) return undefined;
    const joined = left.flatMap((a) => right.map((b) => intersect(a, b)));
    return joined.filter((box) => box !== undefined);
  }

  #comparison(test: Extract<Test, { kind: 'compare' }>, truth: boolean): Box[] {
    const operator = truth ? test.operator : OPPOSITE[test.operator];
    const { left, right, text } = test;
    if (left.kind === 'name' && right.kind === 'number') {
      const { low, high } = this.type(left.name);
      return this.#present(left.name, spansOf(operator, right.value, low, high));
    }
    if (!canHold(operator, left, right)) return [];
    // Two names, or more: whether it holds is a coin of its own, the same wherever the same words stand.
    const side = new Map([[`(${text})`, { spans: [truth ? [1, 1] : [0, 0]] as [number, number][], missing: false }]]);
    const present = atomNames(test).flatMap((name) => {
      const { low, high } = this.type(name);
      return [[name, { spans: [[low, high]] as [number, number][], missing: false }] as const];
    });
    return [new Map([...side, ...present])];
  }

  #outside(name: string, values: readonly number[]): (readonly [number, number])[] {
    const { low, high } = this.type(name);
    const spans: (readonly [number, number])[] = [];
    let from = low;
    for (const value of values) {
      if (value > from) spans.push([from, value - 1]);
      from = value + 1;
    }
    if (from <= high) spans.push([from, high]);
    return spans;
  }

  #present(name: string, spans: readonly (readonly [number, number])[]): Box[] {
    return spans.length === 0 ? [] : [new Map([[name, { spans, missing: false }]])];
  }
}

type Bounds = { readonly low: number; readonly high: number };

function canHold(operator: Comparator, a: Bounds, b: Bounds): boolean {
  switch (operator) {
    case '<':
      return a.low < b.high;
    case '<=':
      return a.low <= b.high;
    case '>':
      return a.high > b.low;
    case '>=':
      return a.high >= b.low;
    case '==':
      return a.low <= b.high && b.low <= a.high;
    case '!=':
      return !(a.low === a.high && b.low === b.high && a.low === b.low);
  }
}

function spansOf(operator: Comparator, value: number, low: number, high: number): (readonly [number, number])[] {
  const spans: Record<Comparator, (readonly [number, number])[]> = {
    '<': [[low, value - 1]],
    '<=': [[low, value]],
    '>': [[value + 1, high]],
    '>=': [[value, high]],
    '==': [[value, value]],
    '!=': [
      [low, value - 1],
      [value + 1, high],
    ],
  };
  const clipped = spans[operator].map(([from, to]) => [Math.max(from, low), Math.min(to, high)] as const);
  return clipped.filter(([from, to]) => from <= to);
}

/** @returns undefined when nothing lies in both. */
function intersect(a: Box, b: Box): Box | undefined {
  const joined = new Map(a);
  for (const [name, region] of b) {
    const other = joined.get(name);
    if (!other) {
      joined.set(name, region);
      continue;
    }
    const spans = other.spans.flatMap(([low, high]) =>
      region.spans
        .map(([from, to]) => [Math.max(low, from), Math.min(high, to)] as const)
        .filter(([from, to]) => from <= to),
    );
    const missing = other.missing && region.missing;
    if (spans.length === 0 && !missing) return undefined;
    joined.set(name, { spans, missing });
  }
  return joined;
}
