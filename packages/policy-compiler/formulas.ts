/** Formulas of derived values and limits: one calculation with at most one rounded division, chosen by conditions. */
import type { ASTNode } from '@marcbachmann/cel-js';

import { conditionOf } from './conditions.ts';
import { NUMERIC, numberTerm, type ExpressionContext, type Unit, MAX_EXACT } from './expression-context.ts';
import { presentNames, unknownNames } from './missing.ts';
import { termNames, type Formula, type Kind, type Rounding, type Term } from './policy.ts';
import { isShare, productOf, termOf } from './terms.ts';

export interface FormulaDeclaration {
  readonly kind: Kind;
  /** Decimal places of a ratio, 0 to 4. */
  readonly places: number | undefined;
  readonly rounding: Rounding | undefined;
}

export interface CheckedFormula {
  readonly formula: Formula;
  readonly low: number;
  readonly high: number;
  readonly nullable: boolean;
}

/** What a formula is checked with: its declaration, and the names that are known to be present where it is. */
interface FormulaContext {
  readonly context: ExpressionContext;
  readonly declared: FormulaDeclaration;
  readonly present: ReadonlySet<string>;
}

/** `numerator` × `scale` / `denominator`, rounded, × `unit`. */
interface Quotient {
  readonly numerator: Term;
  readonly denominator: Term;
  readonly scale: number;
  readonly unit: number;
}

/** @returns undefined when the expression has faults; they are reported. */
export function formulaOf(node: ASTNode, formula: FormulaContext): CheckedFormula | undefined {
  const { context, declared } = formula;
  if (declared.kind === 'boolean') return booleanFormula(node, context);
  if (node.op === '?:') return choice(node.args, formula);
  if (node.op === 'value' && node.args === null) {
    return { formula: { kind: 'missing' }, low: Infinity, high: -Infinity, nullable: true };
  }
  if (node.op === '/') return division(node, node.args, formula);
  if (node.op === '*') return multiplication(node, node.args, formula);
  return exact(node, formula);
}

/** Whether a formula divides, so that its rounding counts. */
export function divides(formula: Formula): boolean {
  if (formula.kind === 'choice') return divides(formula.yes) || divides(formula.no);
  return formula.kind === 'quotient';
}

function booleanFormula(node: ASTNode, context: ExpressionContext): CheckedFormula | undefined {
  const test = conditionOf(node, context);
  if (!test) return undefined;
  const nullable = unknownNames(test, context.nullable(new Set())).size > 0;
  return { formula: { kind: 'condition', test }, low: 0, high: 1, nullable };
}

function exact(node: ASTNode, { context, declared, present }: FormulaContext): CheckedFormula | undefined {
  const operand = termOf(node, context);
  if (!operand || !agrees(node, operand.kind, declared, context)) return undefined;
  const { term } = operand;
  const guards = context.guards(termNames(term), present);
  return { formula: { kind: 'exact', term, guards }, low: term.low, high: term.high, nullable: guards.length > 0 };
}

function choice(
  [testNode, yesNode, noNode]: readonly [ASTNode, ASTNode, ASTNode],
  formula: FormulaContext,
): CheckedFormula | undefined {
  const { context, present } = formula;
  const test = conditionOf(testNode, context);
  if (!test) return undefined;
  const open = [...unknownNames(test, context.nullable(present))];
  if (open.length > 0) {
    const names = open.map((name) => `"${name}"`).join(', ');
    const fault = `chooses by ${names}, which can be missing`;
    return context.fault(testNode, 'UNHANDLED_NULL', fault, `Ask first: ${open[0] ?? 'x'} == null ? null : ...`);
  }
  const where = (truth: boolean): FormulaContext => {
    return { ...formula, present: new Set([...present, ...presentNames(test, truth)]) };
  };
  const yes = formulaOf(yesNode, where(true));
  const no = formulaOf(noNode, where(false));
  if (!yes || !no) return undefined;
  return {
    formula: { kind: 'choice', test, yes: yes.formula, no: no.formula },
    low: Math.min(yes.low, no.low),
    high: Math.max(yes.high, no.high),
    nullable: yes.nullable || no.nullable,
  };
}

/** A ratio of a value is divided by 10,000 and rounded; any other product is exact. */
function multiplication(
  node: ASTNode,
  [leftNode, rightNode]: readonly [ASTNode, ASTNode],
  formula: FormulaContext,
): CheckedFormula | undefined {
  const { context, declared } = formula;
  const left = termOf(leftNode, context);
  const right = termOf(rightNode, context);
  if (!left || !right) return undefined;
  if (!isShare(left.kind, right.kind)) return exact(node, formula);
  const kind = left.kind === 'ratio' ? right.kind : left.kind;
  if (!agrees(node, kind, declared, context)) return undefined;
  const numerator = productOf(left.term, right.term);
  return quotient(node, { numerator, denominator: numberTerm(10_000), scale: 1, unit: 1 }, formula);
}

function division(
  node: ASTNode,
  [leftNode, rightNode]: readonly [ASTNode, ASTNode],
  formula: FormulaContext,
): CheckedFormula | undefined {
  const { context, declared } = formula;
  const left = termOf(leftNode, context);
  const right = termOf(rightNode, context);
  if (!left || !right) return undefined;
  if (left.kind === 'date' || right.kind === 'date') {
    return context.clash(node, 'divides a date', 'The days between two dates are: later - earlier.');
  }
  const terms = { numerator: left.term, denominator: right.term };
  if (keepsUnit(left.kind, right.kind)) {
    if (!agrees(node, left.kind, declared, context)) return undefined;
    return quotient(node, { ...terms, scale: 1, unit: 1 }, formula);
  }
  if (left.kind !== right.kind && left.kind !== 'literal') {
    const fault = `divides a ${left.kind} by a ${right.kind}`;
    return context.clash(node, fault, 'Divide values of one unit, or by a number.');
  }
  if (!agrees(node, 'ratio', declared, context)) return undefined;
  const { places } = declared;
  if (places === undefined) {
    const fault = 'is a ratio without its number of decimal places';
    return context.fault(node, 'NO_ROUNDING', fault, 'Add places: 4 (basis points), or fewer.');
  }
  return quotient(node, { ...terms, scale: 10 ** places, unit: 10 ** (4 - places) }, formula);
}

/** Whether a quotient has the unit of its numerator. Money by months is money: a monthly amount. */
function keepsUnit(left: Unit, right: Unit): boolean {
  const count = right === 'integer' || right === 'months';
  return left !== 'literal' && (right === 'literal' || (count && left !== right));
}

function quotient(
  node: ASTNode,
  { numerator, denominator, scale, unit }: Quotient,
  { context, declared: { rounding }, present }: FormulaContext,
): CheckedFormula | undefined {
  if (!rounding) {
    const fault = 'divides without saying how it rounds';
    return context.fault(node, 'NO_ROUNDING', fault, 'Add round: half-up, down or up.');
  }
  const divisors = extremeDivisors(denominator);
  if (divisors.length === 0) return context.clash(node, 'divides by zero', 'Divide by a value that can differ from 0.');
  const scaled = [numerator.low * scale, numerator.high * scale];
  const quotients = scaled.flatMap((top) => divisors.map((divisor) => top / divisor));
  const low = Math.floor(Math.min(...quotients)) * unit;
  const high = Math.ceil(Math.max(...quotients)) * unit;
  // The generated division multiplies its quotient back, which may pass the numerator by one divisor.
  const reach = Math.max(...scaled.map(Math.abs)) + Math.max(...divisors.map(Math.abs));
  if (reach > MAX_EXACT || low < -MAX_EXACT || high > MAX_EXACT) return context.inexact(node);
  const guards = context.guards([...termNames(numerator), ...termNames(denominator)], present);
  const nullable = guards.length > 0 || (denominator.low <= 0 && denominator.high >= 0);
  return {
    formula: { kind: 'quotient', numerator, denominator, scale, unit, rounding, guards },
    low,
    high,
    nullable,
  };
}

/** The divisors other than 0 at which a quotient can be smallest or largest. */
function extremeDivisors({ low, high }: Term): number[] {
  const divisors = [low, high];
  if (low < 0) divisors.push(Math.min(-1, high));
  if (high > 0) divisors.push(Math.max(1, low));
  return divisors.filter((divisor) => divisor !== 0);
}

function agrees(node: ASTNode, kind: Unit, declared: FormulaDeclaration, context: ExpressionContext): boolean {
  if (kind === declared.kind || (kind === 'literal' && NUMERIC.has(declared.kind))) return true;
  context.clash(node, `is declared ${declared.kind}, but its value is a ${kind}`, `Declare it ${kind}.`);
  return false;
}
