/** Numbers of an expression: what +, -, *, min and max make of names and whole numbers, with the range of the result. */
import type { ASTNode } from '@marcbachmann/cel-js';

import {
  fixFor,
  nameTerm,
  NUMERIC,
  numberTerm,
  type ExpressionContext,
  type Operand,
  type Unit,
  MAX_EXACT,
} from './expression-context.ts';
import type { Term } from './policy.ts';

type BinaryOperator = '+' | '-' | '*';

/** @returns undefined when the expression is no number; its faults are reported. */
export function termOf(node: ASTNode, context: ExpressionContext): Operand | undefined {
  if (node.op === 'value') return literal(node, node.args, 1, context);
  if (node.op === 'id') return named(node, node.args, context);
  if (node.op === 'call') return call(node, node.args, context);
  if (node.op === '+' || node.op === '-' || node.op === '*') return arithmetic(node, node.op, node.args, context);
  if (node.op === '-_') {
    if (node.args.op === 'value') return literal(node, node.args.args, -1, context);
    return context.unsupported(node, 'a leading minus', 'Write 0 - x.');
  }
  if (node.op === '/') {
    return context.fault(
      node,
      'NO_ROUNDING',
      'divides inside a larger calculation, so it is not said where it is rounded',
      'Give the quotient a name of its own under derive, with its rounding.',
    );
  }
  if (node.op === '?:') {
    return context.unsupported(node, 'a choice inside a calculation', 'Give the choice a name under derive.');
  }
  return context.unsupported(node, `"${context.text(node)}", which is no number`, 'Use names, numbers, + - * /.');
}

/** Whether a product is a ratio of a value, which is rounded: ratio × money, months or score. */
export function isShare(left: Unit, right: Unit): boolean {
  return (left === 'ratio' && isWhole(right)) || (right === 'ratio' && isWhole(left));
}

/** The product of two terms, with the range of its corners. */
export function productOf(left: Term, right: Term): Term {
  const corners = [left.low * right.low, left.low * right.high, left.high * right.low, left.high * right.high];
  return { kind: 'product', left, right, low: Math.min(...corners), high: Math.max(...corners) };
}

function literal(node: ASTNode, value: unknown, sign: 1 | -1, context: ExpressionContext): Operand | undefined {
  if (typeof value === 'number') {
    const fix = 'Write money in cents and ratios in basis points (1.5 is 15000).';
    return context.clash(node, `has ${context.text(node)}, but every number is whole`, fix);
  }
  if (typeof value !== 'bigint') {
    return context.clash(node, `takes ${context.text(node)} for a number`, 'Write a whole number.');
  }
  const number = sign * Number(value);
  if (Number.isSafeInteger(number)) return { term: numberTerm(number), kind: 'literal' };
  return context.inexact(node);
}

function named(node: ASTNode, name: string, context: ExpressionContext): Operand | undefined {
  const value = context.lookup(node, name);
  if (!value) return undefined;
  const { kind } = value.type;
  if (NUMERIC.has(kind) || kind === 'date') return { term: nameTerm(value), kind };
  return context.clash(node, `takes "${value.name}", a ${kind}, for a number`, fixFor(value.type));
}

function arithmetic(
  node: ASTNode,
  operator: BinaryOperator,
  [leftNode, rightNode]: readonly [ASTNode, ASTNode],
  context: ExpressionContext,
): Operand | undefined {
  const left = termOf(leftNode, context);
  const right = termOf(rightNode, context);
  if (!left || !right) return undefined;
  const found =
    operator === '*' ? product(node, left, right, context) : sumOrDifference(node, operator, [left, right], context);
  if (!found) return undefined;
  return found.term.low < -MAX_EXACT || found.term.high > MAX_EXACT ? context.inexact(node) : found;
}

function product(node: ASTNode, left: Operand, right: Operand, context: ExpressionContext): Operand | undefined {
  if (isShare(left.kind, right.kind)) {
    return context.fault(
      node,
      'NO_ROUNDING',
      'takes a ratio of a value inside a larger calculation, so it is not said where it is rounded',
      'Give the product a name of its own under derive, with its rounding.',
    );
  }
  if ((!isPlain(left.kind) && !isPlain(right.kind)) || left.kind === 'date' || right.kind === 'date') {
    return context.clash(node, `multiplies a ${left.kind} by a ${right.kind}`, 'Multiply by a plain number.');
  }
  const takesRight = left.kind === 'literal' || (left.kind === 'integer' && !isPlain(right.kind));
  return { term: productOf(left.term, right.term), kind: takesRight ? right.kind : left.kind };
}

function sumOrDifference(
  node: ASTNode,
  operator: '+' | '-',
  [left, right]: readonly [Operand, Operand],
  context: ExpressionContext,
): Operand | undefined {
  const dates = left.kind === 'date' || right.kind === 'date';
  if (dates && !(operator === '-' && left.kind === right.kind)) {
    return context.clash(node, 'calculates with a date', 'The days between two dates are: later - earlier.');
  }
  if (!sameUnit(left.kind, right.kind)) {
    const verb = operator === '+' ? 'adds' : 'subtracts';
    return context.clash(node, `${verb} a ${left.kind} and a ${right.kind}`, 'Calculate with values of one unit.');
  }
  const unit = left.kind === 'literal' ? right.kind : left.kind;
  const [a, b] = [left.term, right.term];
  const term: Term =
    operator === '+'
      ? { kind: 'sum', left: a, right: b, low: a.low + b.low, high: a.high + b.high }
      : { kind: 'difference', left: a, right: b, low: a.low - b.high, high: a.high - b.low };
  return { term, kind: dates ? 'integer' : unit };
}

/** `min` and `max`, of two values or more. */
function call(
  node: ASTNode,
  [name, argumentNodes]: readonly [string, readonly ASTNode[]],
  context: ExpressionContext,
): Operand | undefined {
  if ((name !== 'min' && name !== 'max') || argumentNodes.length < 2) {
    return context.unsupported(node, `the function "${name}"`, 'There are min and max, of two values or more.');
  }
  const operands = argumentNodes.map((argument) => termOf(argument, context));
  const known = operands.filter((operand) => operand !== undefined);
  if (known.length < operands.length) return undefined;
  const kinds = new Set(known.map((operand) => operand.kind).filter((of) => of !== 'literal'));
  if (kinds.size > 1 || kinds.has('date')) {
    return context.clash(node, `compares a ${[...kinds].join(' with a ')}`, 'Compare values of one unit.');
  }
  const of = known.map((operand) => operand.term);
  const pick = name === 'min' ? Math.min : Math.max;
  const [low, high] = [pick(...of.map((term) => term.low)), pick(...of.map((term) => term.high))];
  return { term: { kind: name === 'min' ? 'least' : 'greatest', of, low, high }, kind: [...kinds][0] ?? 'literal' };
}

/** Whether two values can be added or compared: a number in the text takes the unit of the other. */
export function sameUnit(left: Unit, right: Unit): boolean {
  return left === right || left === 'literal' || right === 'literal';
}

const isPlain = (kind: Unit): boolean => kind === 'literal' || kind === 'integer';
const isWhole = (kind: Unit): boolean => kind === 'money' || kind === 'months' || kind === 'score';
