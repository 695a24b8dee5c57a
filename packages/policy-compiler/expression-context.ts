import type { ASTNode } from '@marcbachmann/cel-js';

import type { Comparator, Kind, Term, Type, Value } from './policy.ts';
import { nearest, type PolicyErrorCode, type Problems } from './problems.ts';
import type { Scalar } from './source.ts';

/** The names that an expression can read. `broken` is declared, but its declaration has faults that are reported. */
export interface Scope {
  lookup(name: string, at: number): Value | 'broken' | undefined;
  names(): Iterable<string>;
}

/** A unit of a value; a number in the text has no unit. */
export type Unit = Kind | 'literal';

export interface Operand {
  readonly term: Term;
  readonly kind: Unit;
}

/** The largest number that is computed exactly, of either sign. */
export const MAX_EXACT = Number.MAX_SAFE_INTEGER;

export const NUMERIC: ReadonlySet<Unit> = new Set(['money', 'score', 'integer', 'ratio', 'months', 'literal']);
export const MIRRORED: Readonly<Record<Comparator, Comparator>> = {
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
  '==': '==',
  '!=': '!=',
};

/** One expression of a policy: its text and place, the names that it can read, and where its faults are reported. */
export class ExpressionContext {
  readonly scalar: Scalar;
  /** What the expression belongs to, at the start of a sentence: `Rule "x"`. */
  readonly where: string;
  readonly scope: Scope;
  readonly #problems: Problems;

  constructor(scalar: Scalar, where: string, scope: Scope, problems: Problems) {
    this.scalar = scalar;
    this.where = where;
    this.scope = scope;
    this.#problems = problems;
  }

  /** Offset in the policy's text of a part of the expression. */
  at(node: ASTNode): number {
    return this.scalar.position(node.start);
  }

  text(node: ASTNode): string {
    return this.scalar.text.slice(node.start, node.end).replaceAll(/\s+/g, ' ');
  }

  /** Reports a fault at an offset of the policy's text. @param fault follows `where` in the sentence. */
  faultAt(at: number, code: PolicyErrorCode, fault: string, fix: string): undefined {
    this.#problems.error(at, code, `${this.where} ${fault}.`, fix);
    return undefined;
  }

  fault(node: ASTNode, code: PolicyErrorCode, fault: string, fix: string): undefined {
    return this.faultAt(this.at(node), code, fault, fix);
  }

  unsupported(node: ASTNode, what: string, fix: string): undefined {
    return this.fault(node, 'UNSUPPORTED', `uses ${what}`, fix);
  }

  clash(node: ASTNode, fault: string, fix: string): undefined {
    return this.fault(node, 'TYPE_CLASH', fault, fix);
  }

  inexact(node: ASTNode): undefined {
    return this.fault(
      node,
      'INEXACT_ARITHMETIC',
      `can exceed 9007199254740991 in ${this.text(node)}, where whole numbers stop being exact`,
      'Narrow the ranges of the inputs it reads, or the number of places.',
    );
  }

  /** @returns undefined for a name that cannot be read; the fault is reported. */
  lookup(node: ASTNode, name: string): Value | undefined {
    const found = this.scope.lookup(name, this.at(node));
    if (found === 'broken') return undefined;
    if (found) return found;
    const close = nearest(name, this.scope.names());
    return this.fault(
      node,
      'UNKNOWN_NAME',
      `reads "${name}", which is neither an input nor a value of this policy`,
      close ? `Did you mean "${close}"?` : 'Declare it under inputs or derive.',
    );
  }

  /** The index of a label in its enumeration. */
  label(node: ASTNode, value: Value, label: string): number | undefined {
    const index = value.type.labels.indexOf(label);
    if (index >= 0) return index;
    const close = nearest(label, value.type.labels);
    return this.fault(
      node,
      'NOT_IN_ENUMERATION',
      `compares "${value.name}" with "${label}", which it can never be`,
      close ? `Did you mean "${close}"?` : `It is one of: ${value.type.labels.join(', ')}.`,
    );
  }

  /** Whether a name can be missing. @param present names that are known to be there. */
  nullable(present: ReadonlySet<string>): (name: string) => boolean {
    return (name) => {
      const value = this.scope.lookup(name, this.scalar.at);
      return value !== undefined && value !== 'broken' && value.type.nullable && !present.has(name);
    };
  }

  /** Of these names, each once, those that can be missing. */
  guards(names: readonly string[], present: ReadonlySet<string>): string[] {
    return [...new Set(names)].filter(this.nullable(present));
  }
}

export function numberTerm(value: number): Term {
  return { kind: 'number', value, low: value, high: value };
}

export function nameTerm({ name, type }: Value): Term {
  return { kind: 'name', name, low: type.low, high: type.high };
}

/** What to write instead where a value is compared with something of another type. */
export function fixFor(type: Type): string {
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
