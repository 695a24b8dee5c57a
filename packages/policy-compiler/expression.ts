import { Environment, ParseError, type ASTNode } from '@marcbachmann/cel-js';

import { daysOf } from './dates.ts';
import { unknownNames, presentNames } from './missing.ts';
import {
  formulaNames,
  termNames,
  type Comparator,
  type Formula,
  type Kind,
  type Rounding,
  type Term,
  type Test,
  type Type,
  type Value,
} from './policy.ts';
import { nearest, type Problems } from './problems.ts';
import type { Scalar } from './source.ts';

/** What an expression can see. `broken` is declared, but its declaration has faults that were already told. */
export interface Scope {
  lookup(name: string, at: number): Value | 'broken' | undefined;
  names(): Iterable<string>;
}

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

type Operand = { readonly term: Term; readonly kind: Kind | 'literal' };

const MOST = Number.MAX_SAFE_INTEGER;
const NUMERIC: ReadonlySet<Kind | 'literal'> = new Set(['money', 'score', 'integer', 'ratio', 'months', 'literal']);
const PARSER = new Environment({
  limits: { maxAstNodes: 1000, maxDepth: 48, maxListElements: 200, maxMapEntries: 0, maxCallArguments: 16 },
});
const MIRRORED: Record<Comparator, Comparator> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '==': '==', '!=': '!=' };
const ARITHMETIC = new Set(['+', '-', '*', '/', '%', '-_']);

/** Checks one expression of a policy, written in CEL (github.com/google/cel-spec), against the names it can see. */
export class Expression {
  readonly #scalar: Scalar;
  readonly #where: string;
  readonly #scope: Scope;
  readonly #problems: Problems;

  /** @param where what the expression belongs to, at the start of a sentence: `Rule "x"`. */
  constructor(scalar: Scalar, where: string, scope: Scope, problems: Problems) {
    this.#scalar = scalar;
    this.#where = where;
    this.#scope = scope;
    this.#problems = problems;
  }

  /** @returns undefined when it has faults; they were told. */
  condition(): Test | undefined {
    const node = this.#parse();
    return node && this.#test(node);
  }

  /** @returns undefined when it has faults; they were told. */
  formula(declared: FormulaDeclaration): CheckedFormula | undefined {
    const node = this.#parse();
    const checked = node && this.#formula(node, declared, new Set());
    if (!node || !checked) return undefined;
    if ((declared.rounding || declared.places !== undefined) && !divides(checked.formula)) {
      this.#problems.error(
        this.#at(node),
        'NO_ROUNDING',
        `${this.#where} declares a rounding, but nothing in it is divided.`,
        'Remove round and places.',
      );
      return undefined;
    }
    if (checked.low <= checked.high) return checked;
    this.#problems.error(
      this.#at(node),
      'CONSTANT_COMPARISON',
      `${this.#where} is always missing.`,
      'Remove it, or give it a value.',
    );
    return undefined;
  }

  #parse(): ASTNode | undefined {
    try {
      return PARSER.parse(this.#scalar.text).ast;
    } catch (error) {
      const start = error instanceof ParseError ? (error.range?.start ?? 0) : 0;
      const said = error instanceof ParseError ? error.summary : 'it is nested too deeply';
      this.#problems.error(
        this.#scalar.position(start),
        'SYNTAX',
        `${this.#where} has an expression that cannot be read: ${said}.`,
        /\d_\d/.test(this.#scalar.text)
          ? 'Write numbers in an expression without "_": 200000.'
          : 'Write comparisons joined by && and ||, such as: score < 620 && state in ["AL", "AZ"].',
      );
      return undefined;
    }
  }

  #at(node: ASTNode): number {
    return this.#scalar.position(node.start);
  }

  #text(node: ASTNode): string {
    return this.#scalar.text.slice(node.start, node.end).replaceAll(/\s+/g, ' ');
  }

  #lookup(node: ASTNode, name: string): Value | undefined {
    const found = this.#scope.lookup(name, this.#at(node));
    if (found === 'broken') return undefined;
    if (found) return found;
    const close = nearest(name, this.#scope.names());
    this.#problems.error(
      this.#at(node),
      'UNKNOWN_NAME',
      `${this.#where} reads "${name}", which is neither an input nor a value of this policy.`,
      close ? `Did you mean "${close}"?` : 'Declare it under inputs or derive.',
    );
    return undefined;
  }

  #unsupported(node: ASTNode, what: string, fix: string): undefined {
    this.#problems.error(this.#at(node), 'UNSUPPORTED', `${this.#where} uses ${what}.`, fix);
    return undefined;
  }

  #clash(node: ASTNode, fault: string, fix: string): undefined {
    this.#problems.error(this.#at(node), 'TYPE_CLASH', `${this.#where} ${fault}.`, fix);
    return undefined;
  }

  #test(node: ASTNode): Test | undefined {
    switch (node.op) {
      case '&&':
      case '||': {
        const left = this.#test(node.args[0]);
        const right = this.#test(node.args[1]);
        return left && right && { kind: node.op === '&&' ? 'and' : 'or', left, right };
      }
      case '!_': {
        const of = this.#test(node.args);
        return of && { kind: 'not', of };
      }
      case 'id': {
        const value = this.#lookup(node, node.args);
        if (!value) return undefined;
        if (value.type.kind === 'boolean') {
          return { kind: 'flag', name: value.name, at: this.#at(node), text: this.#text(node) };
        }
        return this.#clash(
          node,
          `takes "${value.name}", a ${value.type.kind}, for a condition`,
          `Compare it with a value.`,
        );
      }
      case '==':
      case '!=':
      case '<':
      case '<=':
      case '>':
      case '>=':
        return this.#comparison(node, node.op, node.args[0], node.args[1]);
      case 'in':
        return this.#membership(node, node.args[0], node.args[1]);
      case 'value':
        this.#problems.error(
          this.#at(node),
          typeof node.args === 'boolean' ? 'CONSTANT_COMPARISON' : 'TYPE_CLASH',
          `${this.#where} has the constant ${this.#text(node)} where a condition must be.`,
          'Compare an input or a derived value.',
        );
        return undefined;
      case '?:':
        return this.#unsupported(node, 'a choice inside a condition', 'Give the choice a name under derive.');
      case '+':
      case '-':
      case '*':
      case '/':
      case '%':
      case '-_':
        return this.#clash(node, `takes a calculation for a condition`, 'Compare it with a value.');
      case '.':
      case '.?':
      case '[]':
      case '[?]':
      case 'call':
      case 'rcall':
      case 'list':
      case 'map':
        return this.#unsupported(node, `"${this.#text(node)}", which is no condition`, 'Compare values by name.');
    }
  }

  #comparison(node: ASTNode, operator: Comparator, leftNode: ASTNode, rightNode: ASTNode): Test | undefined {
    if (leftNode.op === 'value' && rightNode.op === 'value') {
      this.#problems.error(
        this.#at(node),
        'CONSTANT_COMPARISON',
        `${this.#where} compares two constants: ${this.#text(node)}.`,
        'Compare an input or a derived value.',
      );
      return undefined;
    }
    if (leftNode.op === 'value' && typeof leftNode.args !== 'bigint') {
      return this.#comparison(node, MIRRORED[operator], rightNode, leftNode);
    }
    const place = { at: this.#at(node), text: this.#text(node) };
    if (rightNode.op === 'value' && typeof rightNode.args !== 'bigint' && typeof rightNode.args !== 'number') {
      if (leftNode.op !== 'id') {
        return this.#clash(
          leftNode,
          `compares "${this.#text(leftNode)}" with ${this.#text(rightNode)}`,
          'Compare a name.',
        );
      }
      const value = this.#lookup(leftNode, leftNode.args);
      if (!value) return undefined;
      const literal = rightNode.args;
      const equality = operator === '==' || operator === '!=';
      const negate = (test: Test): Test => (operator === '!=' ? { kind: 'not', of: test } : test);
      if (literal === null && equality) {
        if (value.type.nullable) return negate({ kind: 'is-null', name: value.name, ...place });
        this.#problems.error(
          place.at,
          'CONSTANT_COMPARISON',
          `${this.#where} asks whether "${value.name}" is missing, but it never is.`,
          `Remove the comparison, or declare "${value.name}" nullable with "?".`,
        );
        return undefined;
      }
      if (typeof literal === 'boolean' && value.type.kind === 'boolean' && equality) {
        const flag: Test = { kind: 'flag', name: value.name, ...place };
        return literal === (operator === '==') ? flag : { kind: 'not', of: flag };
      }
      if (typeof literal === 'string' && value.type.kind === 'enumeration' && equality) {
        const index = this.#label(rightNode, value, literal);
        return index === undefined
          ? undefined
          : negate({ kind: 'member', name: value.name, values: [index], ...place });
      }
      if (typeof literal === 'string' && value.type.kind === 'date') {
        const days = daysOf(literal);
        const left = nameTerm(value);
        if (days !== undefined) return { kind: 'compare', operator, left, right: numberTerm(days), ...place };
        return this.#clash(rightNode, `compares a date with ${this.#text(rightNode)}`, 'Write a date as "YYYY-MM-DD".');
      }
      return this.#clash(
        node,
        `compares "${value.name}", a ${value.type.kind}, by ${operator} with ${this.#text(rightNode)}`,
        fixFor(value.type),
      );
    }
    const left = this.#conditionTerm(leftNode);
    const right = this.#conditionTerm(rightNode);
    if (!left || !right) return undefined;
    if (left.kind !== right.kind && left.kind !== 'literal' && right.kind !== 'literal') {
      return this.#clash(
        node,
        `compares a ${left.kind} with a ${right.kind}: ${place.text}`,
        'Compare values of one unit; convert one under derive.',
      );
    }
    if (left.kind === 'date' || right.kind === 'date') {
      if (left.kind !== right.kind) {
        return this.#clash(node, `compares a date with a number`, 'Write a date as "YYYY-MM-DD".');
      }
    }
    if (left.term.kind === 'number') {
      return { kind: 'compare', operator: MIRRORED[operator], left: right.term, right: left.term, ...place };
    }
    return { kind: 'compare', operator, left: left.term, right: right.term, ...place };
  }

  #conditionTerm(node: ASTNode): Operand | undefined {
    const negativeLiteral = node.op === '-_' && node.args.op === 'value';
    if ((ARITHMETIC.has(node.op) && !negativeLiteral) || node.op === 'call') {
      this.#problems.error(
        this.#at(node),
        'ARITHMETIC_IN_CONDITION',
        `${this.#where} calculates inside a condition: ${this.#text(node)}.`,
        'Give the calculation a name under derive and compare the name.',
      );
      return undefined;
    }
    return this.#term(node);
  }

  #membership(node: ASTNode, leftNode: ASTNode, listNode: ASTNode): Test | undefined {
    if (leftNode.op !== 'id' || listNode.op !== 'list' || listNode.args.length === 0) {
      return this.#unsupported(node, '"in" without a name before it and a list after it', 'Write: name in [1, 2].');
    }
    const value = this.#lookup(leftNode, leftNode.args);
    if (!value) return undefined;
    const values: number[] = [];
    for (const item of listNode.args) {
      let member: number | undefined;
      if (value.type.kind === 'enumeration' && item.op === 'value' && typeof item.args === 'string') {
        member = this.#label(item, value, item.args);
      } else if (value.type.kind === 'date' && item.op === 'value' && typeof item.args === 'string') {
        member = daysOf(item.args);
        if (member === undefined) this.#clash(item, `has no date in its list`, 'Write a date as "YYYY-MM-DD".');
      } else if (NUMERIC.has(value.type.kind) && (item.op === 'value' || item.op === '-_')) {
        const term = this.#term(item)?.term;
        if (term?.kind === 'number') member = this.#withinRange(item, value, term.value);
      } else {
        this.#clash(item, `lists ${this.#text(item)} for "${value.name}", a ${value.type.kind}`, fixFor(value.type));
      }
      if (member === undefined) return undefined;
      values.push(member);
    }
    const sorted = [...new Set(values)].toSorted((a, b) => a - b);
    return { kind: 'member', name: value.name, values: sorted, at: this.#at(node), text: this.#text(node) };
  }

  #withinRange(node: ASTNode, value: Value, member: number): number | undefined {
    if (member >= value.type.low && member <= value.type.high) return member;
    this.#problems.error(
      this.#at(node),
      'CONSTANT_COMPARISON',
      `${this.#where} lists ${member}, but "${value.name}" is only ever ${rangeText(value.type)}.`,
      'Remove it, or widen the range of the input.',
    );
    return undefined;
  }

  #label(node: ASTNode, value: Value, label: string): number | undefined {
    const index = value.type.labels.indexOf(label);
    if (index >= 0) return index;
    const close = nearest(label, value.type.labels);
    this.#problems.error(
      this.#at(node),
      'NOT_IN_ENUMERATION',
      `${this.#where} compares "${value.name}" with "${label}", which it can never be.`,
      close ? `Did you mean "${close}"?` : `It is one of: ${value.type.labels.join(', ')}.`,
    );
    return undefined;
  }

  #term(node: ASTNode): Operand | undefined {
    switch (node.op) {
      case 'value':
        return this.#literal(node, node.args, 1);
      case '-_':
        if (node.args.op === 'value') return this.#literal(node, node.args.args, -1);
        return this.#unsupported(node, 'a leading minus', 'Write 0 - x.');
      case 'id': {
        const value = this.#lookup(node, node.args);
        if (!value) return undefined;
        const { kind } = value.type;
        if (NUMERIC.has(kind) || kind === 'date') return { term: nameTerm(value), kind };
        return this.#clash(node, `takes "${value.name}", a ${kind}, for a number`, fixFor(value.type));
      }
      case '+':
      case '-':
      case '*':
        return this.#arithmetic(node, node.op, node.args[0], node.args[1]);
      case 'call': {
        const [name, argumentNodes] = node.args;
        if ((name !== 'min' && name !== 'max') || argumentNodes.length < 2) {
          const fix = 'There are min and max, of two values or more.';
          return this.#unsupported(node, `the function "${name}"`, fix);
        }
        return this.#extreme(node, name === 'min' ? 'least' : 'greatest', argumentNodes);
      }
      case '/':
        this.#problems.error(
          this.#at(node),
          'NO_ROUNDING',
          `${this.#where} divides inside a larger calculation, so it is not said where it is rounded.`,
          'Give the quotient a name of its own under derive, with its rounding.',
        );
        return undefined;
      case '?:':
        return this.#unsupported(node, 'a choice inside a calculation', 'Give the choice a name under derive.');
      case '%':
      case '!_':
      case '&&':
      case '||':
      case '==':
      case '!=':
      case '<':
      case '<=':
      case '>':
      case '>=':
      case 'in':
      case '.':
      case '.?':
      case '[]':
      case '[?]':
      case 'rcall':
      case 'list':
      case 'map':
        return this.#unsupported(node, `"${this.#text(node)}", which is no number`, 'Use names, numbers, + - * /.');
    }
  }

  #literal(node: ASTNode, literal: unknown, sign: 1 | -1): Operand | undefined {
    if (typeof literal === 'number') {
      const fix = 'Write money in cents and ratios in basis points (1.5 is 15000).';
      return this.#clash(node, `has ${this.#text(node)}, but every number is whole`, fix);
    }
    if (typeof literal !== 'bigint') {
      return this.#clash(node, `takes ${this.#text(node)} for a number`, 'Write a whole number.');
    }
    const value = sign * Number(literal);
    if (Number.isSafeInteger(value)) return { term: numberTerm(value), kind: 'literal' };
    return this.#inexact(node);
  }

  #inexact(node: ASTNode): undefined {
    this.#problems.error(
      this.#at(node),
      'INEXACT_ARITHMETIC',
      `${this.#where} can exceed 9007199254740991 in ${this.#text(node)}, where whole numbers stop being exact.`,
      'Narrow the ranges of the inputs it reads, or the number of places.',
    );
    return undefined;
  }

  #ranged(node: ASTNode, kind: Kind | 'literal', term: Term): Operand | undefined {
    if (term.low < -MOST || term.high > MOST) return this.#inexact(node);
    return { term, kind };
  }

  #arithmetic(node: ASTNode, op: '+' | '-' | '*', leftNode: ASTNode, rightNode: ASTNode): Operand | undefined {
    const left = this.#term(leftNode);
    const right = this.#term(rightNode);
    if (!left || !right) return undefined;
    const [a, b] = [left.term, right.term];
    if (op === '*') {
      if (isShare(left.kind, right.kind)) {
        this.#problems.error(
          this.#at(node),
          'NO_ROUNDING',
          `${this.#where} takes a ratio of a value inside a larger calculation, so it is not said where it is rounded.`,
          'Give the product a name of its own under derive, with its rounding.',
        );
        return undefined;
      }
      const plain = (kind: Kind | 'literal'): boolean => kind === 'literal' || kind === 'integer';
      if ((!plain(left.kind) && !plain(right.kind)) || left.kind === 'date' || right.kind === 'date') {
        return this.#clash(node, `multiplies a ${left.kind} by a ${right.kind}`, 'Multiply by a plain number.');
      }
      const kind = left.kind === 'literal' || (left.kind === 'integer' && !plain(right.kind)) ? right.kind : left.kind;
      const corners = [a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high];
      const term: Term = {
        kind: 'product',
        left: a,
        right: b,
        low: Math.min(...corners),
        high: Math.max(...corners),
      };
      return this.#ranged(node, kind, term);
    }
    const dates = left.kind === 'date' || right.kind === 'date';
    if (dates && !(op === '-' && left.kind === right.kind)) {
      return this.#clash(node, `calculates with a date`, 'The days between two dates are: later - earlier.');
    }
    if (left.kind !== right.kind && left.kind !== 'literal' && right.kind !== 'literal') {
      const verb = op === '+' ? 'adds' : 'subtracts';
      return this.#clash(node, `${verb} a ${left.kind} and a ${right.kind}`, 'Calculate with values of one unit.');
    }
    const kind = dates ? 'integer' : left.kind === 'literal' ? right.kind : left.kind;
    const term: Term =
      op === '+'
        ? { kind: 'sum', left: a, right: b, low: a.low + b.low, high: a.high + b.high }
        : { kind: 'difference', left: a, right: b, low: a.low - b.high, high: a.high - b.low };
    return this.#ranged(node, kind, term);
  }

  #extreme(node: ASTNode, kind: 'least' | 'greatest', argumentNodes: ASTNode[]): Operand | undefined {
    const operands = argumentNodes.map((argument) => this.#term(argument));
    const known = operands.filter((operand) => operand !== undefined);
    if (known.length < operands.length) return undefined;
    const kinds = new Set(known.map((operand) => operand.kind).filter((of) => of !== 'literal'));
    if (kinds.size > 1 || kinds.has('date')) {
      return this.#clash(node, `compares a ${[...kinds].join(' with a ')}`, 'Compare values of one unit.');
    }
    const of = known.map((operand) => operand.term);
    const pick = kind === 'least' ? Math.min : Math.max;
    const [low, high] = [pick(...of.map((term) => term.low)), pick(...of.map((term) => term.high))];
    return { term: { kind, of, low, high }, kind: [...kinds][0] ?? 'literal' };
  }

  #formula(node: ASTNode, declared: FormulaDeclaration, present: ReadonlySet<string>): CheckedFormula | undefined {
    if (declared.kind === 'boolean') {
      const test = this.#test(node);
      if (!test) return undefined;
      const nullable = unknownNames(test, this.#nullable(new Set())).size > 0;
      return { formula: { kind: 'condition', test }, low: 0, high: 1, nullable };
    }
    if (node.op === '?:') return this.#choice(node, node.args, declared, present);
    if (node.op === 'value' && node.args === null) {
      return { formula: { kind: 'missing' }, low: Infinity, high: -Infinity, nullable: true };
    }
    if (node.op === '/') return this.#division(node, node.args[0], node.args[1], declared, present);
    if (node.op === '*') {
      const [leftNode, rightNode] = node.args;
      const left = this.#term(leftNode);
      const right = this.#term(rightNode);
      if (!left || !right) return undefined;
      if (isShare(left.kind, right.kind)) {
        const kind = left.kind === 'ratio' ? right.kind : left.kind;
        const corners = [left, right].map(({ term }) => [term.low, term.high] as const);
        const products = (corners[0] ?? []).flatMap((a) => (corners[1] ?? []).map((b) => a * b));
        const [low, high] = [Math.min(...products), Math.max(...products)];
        const numerator: Term = { kind: 'product', left: left.term, right: right.term, low, high };
        if (!this.#agrees(node, kind, declared)) return undefined;
        return this.#quotient(node, numerator, numberTerm(10_000), 1, 1, declared, present);
      }
    }
    const operand = this.#term(node);
    if (!operand || !this.#agrees(node, operand.kind, declared)) return undefined;
    const guards = this.#guards(termNames(operand.term), present);
    const { term } = operand;
    return { formula: { kind: 'exact', term, guards }, low: term.low, high: term.high, nullable: guards.length > 0 };
  }

  #choice(
    node: ASTNode,
    [testNode, yesNode, noNode]: [ASTNode, ASTNode, ASTNode],
    declared: FormulaDeclaration,
    present: ReadonlySet<string>,
  ): CheckedFormula | undefined {
    const test = this.#test(testNode);
    if (!test) return undefined;
    const open = unknownNames(test, this.#nullable(present));
    if (open.size > 0) {
      const names = [...open].map((name) => `"${name}"`).join(', ');
      this.#problems.error(
        this.#at(testNode),
        'UNHANDLED_NULL',
        `${this.#where} chooses by ${names}, which can be missing.`,
        `Ask first: ${[...open][0] ?? 'x'} == null ? null : ...`,
      );
      return undefined;
    }
    const yes = this.#formula(yesNode, declared, new Set([...present, ...presentNames(test, true)]));
    const no = this.#formula(noNode, declared, new Set([...present, ...presentNames(test, false)]));
    if (!yes || !no) return undefined;
    return {
      formula: { kind: 'choice', test, yes: yes.formula, no: no.formula },
      low: Math.min(yes.low, no.low),
      high: Math.max(yes.high, no.high),
      nullable: yes.nullable || no.nullable,
    };
  }

  #division(
    node: ASTNode,
    leftNode: ASTNode,
    rightNode: ASTNode,
    declared: FormulaDeclaration,
    present: ReadonlySet<string>,
  ): CheckedFormula | undefined {
    const left = this.#term(leftNode);
    const right = this.#term(rightNode);
    if (!left || !right) return undefined;
    if (left.kind === 'date' || right.kind === 'date') {
      return this.#clash(node, 'divides a date', 'The days between two dates are: later - earlier.');
    }
    // Money by months is money: a monthly amount.
    const count = right.kind === 'integer' || right.kind === 'months';
    const keepsUnit = right.kind === 'literal' || (count && left.kind !== right.kind);
    if (keepsUnit && left.kind !== 'literal') {
      if (!this.#agrees(node, left.kind, declared)) return undefined;
      return this.#quotient(node, left.term, right.term, 1, 1, declared, present);
    }
    if (left.kind !== right.kind && left.kind !== 'literal') {
      return this.#clash(
        node,
        `divides a ${left.kind} by a ${right.kind}`,
        'Divide values of one unit, or by a number.',
      );
    }
    if (!this.#agrees(node, 'ratio', declared)) return undefined;
    const { places } = declared;
    if (places === undefined) {
      this.#problems.error(
        this.#at(node),
        'NO_ROUNDING',
        `${this.#where} is a ratio without its number of decimal places.`,
        'Add places: 4 (basis points), or fewer.',
      );
      return undefined;
    }
    return this.#quotient(node, left.term, right.term, 10 ** places, 10 ** (4 - places), declared, present);
  }

  #quotient(
    node: ASTNode,
    numerator: Term,
    denominator: Term,
    scale: number,
    unit: number,
    { rounding }: FormulaDeclaration,
    present: ReadonlySet<string>,
  ): CheckedFormula | undefined {
    if (!rounding) {
      this.#problems.error(
        this.#at(node),
        'NO_ROUNDING',
        `${this.#where} divides without saying how it rounds.`,
        'Add round: half-up, down or up.',
      );
      return undefined;
    }
    const divisors = [denominator.low, denominator.high];
    if (denominator.low < 0) divisors.push(Math.min(-1, denominator.high));
    if (denominator.high > 0) divisors.push(Math.max(1, denominator.low));
    const proper = divisors.filter((divisor) => divisor !== 0);
    if (proper.length === 0) return this.#clash(node, 'divides by zero', 'Divide by a value that can differ from 0.');
    const scaled = [numerator.low * scale, numerator.high * scale];
    const quotients = scaled.flatMap((top) => proper.map((divisor) => top / divisor));
    const low = Math.floor(Math.min(...quotients)) * unit;
    const high = Math.ceil(Math.max(...quotients)) * unit;
    // The generated division multiplies its quotient back, which may pass the numerator by one divisor.
    const reach = Math.max(...scaled.map(Math.abs)) + Math.max(...proper.map(Math.abs));
    if (reach > MOST || low < -MOST || high > MOST) return this.#inexact(node);
    const guards = this.#guards([...termNames(numerator), ...termNames(denominator)], present);
    const nullable = guards.length > 0 || (denominator.low <= 0 && denominator.high >= 0);
    return {
      formula: { kind: 'quotient', numerator, denominator, scale, unit, rounding, guards },
      low,
      high,
      nullable,
    };
  }

  #agrees(node: ASTNode, kind: Kind | 'literal', declared: FormulaDeclaration): boolean {
    if (kind === declared.kind || (kind === 'literal' && NUMERIC.has(declared.kind))) return true;
    this.#clash(node, `is declared ${declared.kind}, but its value is a ${kind}`, `Declare it ${kind}.`);
    return false;
  }

  #nullable(present: ReadonlySet<string>): (name: string) => boolean {
    return (name) => {
      const value = this.#scope.lookup(name, this.#scalar.at);
      return value !== undefined && value !== 'broken' && value.type.nullable && !present.has(name);
    };
  }

  #guards(names: readonly string[], present: ReadonlySet<string>): string[] {
    return [...new Set(names)].filter(this.#nullable(present));
  }
}

function divides(formula: Formula): boolean {
  if (formula.kind === 'choice') return divides(formula.yes) || divides(formula.no);
  return formula.kind === 'quotient';
}

function isShare(left: Kind | 'literal', right: Kind | 'literal'): boolean {
  const whole = (kind: Kind | 'literal'): boolean => kind === 'money' || kind === 'months' || kind === 'score';
  return (left === 'ratio' && whole(right)) || (right === 'ratio' && whole(left));
}

function numberTerm(value: number): Term {
  return { kind: 'number', value, low: value, high: value };
}

function nameTerm({ name, type }: Value): Term {
  return { kind: 'name', name, low: type.low, high: type.high };
}

function fixFor(type: Type): string {
  if (type.kind === 'boolean') return 'Write its name alone, or "!" before it.';
  if (type.kind === 'enumeration') return `Compare it by == or in with one of: ${type.labels.join(', ')}.`;
  if (type.kind === 'date') return 'Compare it with a date written "YYYY-MM-DD".';
  return 'Compare it with a whole number.';
}

/** The range of a type in words. */
export function rangeText(type: Type): string {
  if (type.labels.length > 0) return `one of ${type.labels.join(', ')}`;
  return `${type.low} to ${type.high}`;
}

/** The names a formula reads, each once. */
export function readsOf(formula: Formula): string[] {
  return [...new Set(formulaNames(formula))];
}
