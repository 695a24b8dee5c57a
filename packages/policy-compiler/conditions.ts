/** Conditions of an expression: comparisons, lists and names, joined by &&, || and !. */
import type { ASTNode } from '@marcbachmann/cel-js';

import { daysOf } from './dates.ts';
import {
  fixFor,
  MIRRORED,
  nameTerm,
  NUMERIC,
  numberTerm,
  rangeText,
  type ExpressionContext,
  type Operand,
} from './expression-context.ts';
import type { Comparator, Test, Value } from './policy.ts';
import { sameUnit, termOf } from './terms.ts';

type ValueNode = Extract<ASTNode, { op: 'value' }>;

/** Two sides of a comparison, with the place and the text of the whole. */
interface Compared {
  readonly node: ASTNode;
  readonly operator: Comparator;
  readonly left: ASTNode;
  readonly right: ASTNode;
  readonly place: { readonly at: number; readonly text: string };
}

/** A name that is compared with a text, a boolean or null. */
interface ComparedName extends Compared {
  readonly value: Value;
  readonly right: ValueNode;
}

const ARITHMETIC: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '-_']);

/** @returns undefined when the expression is no condition; its faults are reported. */
export function conditionOf(node: ASTNode, context: ExpressionContext): Test | undefined {
  if (node.op === '&&' || node.op === '||') {
    const left = conditionOf(node.args[0], context);
    const right = conditionOf(node.args[1], context);
    return left && right && { kind: node.op === '&&' ? 'and' : 'or', left, right };
  }
  if (node.op === '!_') {
    const of = conditionOf(node.args, context);
    return of && { kind: 'not', of };
  }
  if (node.op === 'id') return flag(node, node.args, context);
  if (node.op === 'in') return membership(node, node.args, context);
  if (isComparison(node)) {
    const [left, right] = node.args;
    const place = { at: context.at(node), text: context.text(node) };
    return comparison({ node, operator: node.op, left, right, place }, context);
  }
  return noCondition(node, context);
}

function isComparison(node: ASTNode): node is Extract<ASTNode, { op: Comparator }> {
  return Object.hasOwn(MIRRORED, node.op);
}

function flag(node: ASTNode, name: string, context: ExpressionContext): Test | undefined {
  const value = context.lookup(node, name);
  if (!value) return undefined;
  if (value.type.kind === 'boolean') {
    return { kind: 'flag', name: value.name, at: context.at(node), text: context.text(node) };
  }
  const fault = `takes "${value.name}", a ${value.type.kind}, for a condition`;
  return context.clash(node, fault, 'Compare it with a value.');
}

function noCondition(node: ASTNode, context: ExpressionContext): undefined {
  if (node.op === 'value') {
    const code = typeof node.args === 'boolean' ? 'CONSTANT_COMPARISON' : 'TYPE_CLASH';
    const fault = `has the constant ${context.text(node)} where a condition must be`;
    return context.fault(node, code, fault, 'Compare an input or a derived value.');
  }
  if (node.op === '?:') {
    return context.unsupported(node, 'a choice inside a condition', 'Give the choice a name under derive.');
  }
  if (ARITHMETIC.has(node.op)) {
    return context.clash(node, 'takes a calculation for a condition', 'Compare it with a value.');
  }
  return context.unsupported(node, `"${context.text(node)}", which is no condition`, 'Compare values by name.');
}

/** A constant on the left changes sides, so that a name is compared with a constant. */
function comparison(compared: Compared, context: ExpressionContext): Test | undefined {
  const { node, operator, left, right, place } = compared;
  if (left.op === 'value' && right.op === 'value') {
    const fault = `compares two constants: ${place.text}`;
    return context.fault(node, 'CONSTANT_COMPARISON', fault, 'Compare an input or a derived value.');
  }
  if (left.op === 'value' && typeof left.args !== 'bigint') {
    return comparison({ ...compared, operator: MIRRORED[operator], left: right, right: left }, context);
  }
  if (right.op !== 'value' || typeof right.args === 'bigint' || typeof right.args === 'number') {
    return numberComparison(compared, context);
  }
  if (left.op !== 'id') {
    const fault = `compares "${context.text(left)}" with ${context.text(right)}`;
    return context.clash(left, fault, 'Compare a name.');
  }
  const value = context.lookup(left, left.args);
  return value && literalComparison({ ...compared, value, right }, context);
}

function literalComparison(compared: ComparedName, context: ExpressionContext): Test | undefined {
  const { node, operator, value, right, place } = compared;
  const literal = right.args;
  const { kind } = value.type;
  if (operator === '==' || operator === '!=') {
    if (literal === null) return nullComparison(compared, context);
    if (typeof literal === 'boolean' && kind === 'boolean') {
      const test: Test = { kind: 'flag', name: value.name, ...place };
      return literal === (operator === '==') ? test : { kind: 'not', of: test };
    }
    if (typeof literal === 'string' && kind === 'enumeration') {
      const index = context.label(right, value, literal);
      if (index === undefined) return undefined;
      return negatedBy(operator, { kind: 'member', name: value.name, values: [index], ...place });
    }
  }
  if (typeof literal === 'string' && kind === 'date') return dateComparison(compared, literal, context);
  const fault = `compares "${value.name}", a ${kind}, by ${operator} with ${context.text(right)}`;
  return context.clash(node, fault, fixFor(value.type));
}

function nullComparison({ operator, value, place }: ComparedName, context: ExpressionContext): Test | undefined {
  if (value.type.nullable) return negatedBy(operator, { kind: 'is-null', name: value.name, ...place });
  return context.faultAt(
    place.at,
    'CONSTANT_COMPARISON',
    `asks whether "${value.name}" is missing, but it never is`,
    `Remove the comparison, or declare "${value.name}" nullable with "?".`,
  );
}

function dateComparison(
  { operator, value, right, place }: ComparedName,
  literal: string,
  context: ExpressionContext,
): Test | undefined {
  const days = daysOf(literal);
  if (days !== undefined) {
    return { kind: 'compare', operator, left: nameTerm(value), right: numberTerm(days), ...place };
  }
  const fault = `compares a date with ${context.text(right)}`;
  return context.clash(right, fault, 'Write a date as "YYYY-MM-DD".');
}

function negatedBy(operator: Comparator, test: Test): Test {
  return operator === '!=' ? { kind: 'not', of: test } : test;
}

function numberComparison(
  { node, operator, left: leftNode, right: rightNode, place }: Compared,
  context: ExpressionContext,
): Test | undefined {
  const left = comparedTerm(leftNode, context);
  const right = comparedTerm(rightNode, context);
  if (!left || !right) return undefined;
  if (!sameUnit(left.kind, right.kind)) {
    return context.clash(
      node,
      `compares a ${left.kind} with a ${right.kind}: ${place.text}`,
      'Compare values of one unit; convert one under derive.',
    );
  }
  if ((left.kind === 'date' || right.kind === 'date') && left.kind !== right.kind) {
    return context.clash(node, 'compares a date with a number', 'Write a date as "YYYY-MM-DD".');
  }
  if (left.term.kind === 'number') {
    return { kind: 'compare', operator: MIRRORED[operator], left: right.term, right: left.term, ...place };
  }
  return { kind: 'compare', operator, left: left.term, right: right.term, ...place };
}

/** A name or a number: a condition does not calculate. */
function comparedTerm(node: ASTNode, context: ExpressionContext): Operand | undefined {
  const negativeLiteral = node.op === '-_' && node.args.op === 'value';
  if ((ARITHMETIC.has(node.op) && !negativeLiteral) || node.op === 'call') {
    const fault = `calculates inside a condition: ${context.text(node)}`;
    const fix = 'Give the calculation a name under derive and compare the name.';
    return context.fault(node, 'ARITHMETIC_IN_CONDITION', fault, fix);
  }
  return termOf(node, context);
}

function membership(
  node: ASTNode,
  [left, list]: readonly [ASTNode, ASTNode],
  context: ExpressionContext,
): Test | undefined {
  if (left.op !== 'id' || list.op !== 'list' || list.args.length === 0) {
    return context.unsupported(node, '"in" without a name before it and a list after it', 'Write: name in [1, 2].');
  }
  const value = context.lookup(left, left.args);
  if (!value) return undefined;
  const values: number[] = [];
  for (const item of list.args) {
    const member = memberOf(item, value, context);
    if (member === undefined) return undefined;
    values.push(member);
  }
  const sorted = [...new Set(values)].toSorted((a, b) => a - b);
  return { kind: 'member', name: value.name, values: sorted, at: context.at(node), text: context.text(node) };
}

/** An item of a list as the number that stands for it: an index, days, or itself. */
function memberOf(item: ASTNode, value: Value, context: ExpressionContext): number | undefined {
  const { kind } = value.type;
  if (kind === 'enumeration' && item.op === 'value' && typeof item.args === 'string') {
    return context.label(item, value, item.args);
  }
  if (kind === 'date' && item.op === 'value' && typeof item.args === 'string') {
    return daysOf(item.args) ?? context.clash(item, 'has no date in its list', 'Write a date as "YYYY-MM-DD".');
  }
  if (NUMERIC.has(kind) && (item.op === 'value' || item.op === '-_')) {
    const term = termOf(item, context)?.term;
    return term?.kind === 'number' ? withinRange(item, value, term.value, context) : undefined;
  }
  const fault = `lists ${context.text(item)} for "${value.name}", a ${kind}`;
  return context.clash(item, fault, fixFor(value.type));
}

function withinRange(
  node: ASTNode,
  { name, type }: Value,
  member: number,
  context: ExpressionContext,
): number | undefined {
  if (member >= type.low && member <= type.high) return member;
  const fault = `lists ${member}, but "${name}" is only ever ${rangeText(type)}`;
  return context.fault(node, 'CONSTANT_COMPARISON', fault, 'Remove it, or widen the range of the input.');
}
