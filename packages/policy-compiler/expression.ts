import { Environment, ParseError, type ASTNode } from '@marcbachmann/cel-js';

import { conditionOf } from './conditions.ts';
import { ExpressionContext, type Scope } from './expression-context.ts';
import { divides, formulaOf, type CheckedFormula, type FormulaDeclaration } from './formulas.ts';
import { formulaNames, type Formula, type Test } from './policy.ts';
import type { Problems } from './problems.ts';
import type { Scalar } from './source.ts';

const PARSER = new Environment({
  limits: { maxAstNodes: 1000, maxDepth: 48, maxListElements: 200, maxMapEntries: 0, maxCallArguments: 16 },
});

/** Checks one expression of a policy, written in CEL (github.com/google/cel-spec), against the names it can see. */
export class Expression {
  readonly #context: ExpressionContext;

  /** @param where what the expression belongs to, at the start of a sentence: `Rule "x"`. */
  constructor(scalar: Scalar, where: string, scope: Scope, problems: Problems) {
    this.#context = new ExpressionContext(scalar, where, scope, problems);
  }

  /** @returns undefined when it has faults; they are reported. */
  condition(): Test | undefined {
    const node = this.#parse();
    return node && conditionOf(node, this.#context);
  }

  /** @returns undefined when it has faults; they are reported. */
  formula(declared: FormulaDeclaration): CheckedFormula | undefined {
    const context = this.#context;
    const node = this.#parse();
    const checked = node && formulaOf(node, { context, declared, present: new Set() });
    if (!node || !checked) return undefined;
    if ((declared.rounding || declared.places !== undefined) && !divides(checked.formula)) {
      const fault = 'declares a rounding, but nothing in it is divided';
      return context.fault(node, 'NO_ROUNDING', fault, 'Remove round and places.');
    }
    if (checked.low <= checked.high) return checked;
    return context.fault(node, 'CONSTANT_COMPARISON', 'is always missing', 'Remove it, or give it a value.');
  }

  #parse(): ASTNode | undefined {
    const { scalar } = this.#context;
    try {
      return PARSER.parse(scalar.text).ast;
    } catch (error) {
      const start = error instanceof ParseError ? (error.range?.start ?? 0) : 0;
      const summary = error instanceof ParseError ? error.summary : 'it is nested too deeply';
      return this.#context.faultAt(
        scalar.position(start),
        'SYNTAX',
        `has an expression that cannot be read: ${summary}`,
        /\d_\d/.test(scalar.text)
          ? 'Write numbers in an expression without "_": 200000.'
          : 'Write comparisons joined by && and ||, such as: score < 620 && state in ["AL", "AZ"].',
      );
    }
  }
}

/** The names a formula reads, each once. */
export function readsOf(formula: Formula): string[] {
  return [...new Set(formulaNames(formula))];
}
