import { atomNames, type Formula, type Term, type Test, type Value } from './policy.ts';

/** Above this an equality chain is slower than a look-up. */
export const LONGEST_CHAIN = 6;

const quote = (text: string): string => JSON.stringify(text);

/** Writes JavaScript for expressions; every value `x` is in a constant `$x`. */
export class ExpressionWriter {
  readonly #values: ReadonlyMap<string, Value>;
  /** Sets that long lists are looked up in, by their declaration. */
  readonly #sets = new Map<string, string>();

  constructor(values: ReadonlyMap<string, Value>) {
    this.#values = values;
  }

  get declarations(): string[] {
    return [...this.#sets].map(([values, name]) => `const ${name} = new Set(${values});`);
  }

  term(term: Term): string {
    switch (term.kind) {
      case 'number':
        return term.value < 0 ? `(${term.value})` : String(term.value);
      case 'name':
        return `$${term.name}`;
      case 'sum':
        return `(${this.term(term.left)} + ${this.term(term.right)})`;
      case 'difference':
        return `(${this.term(term.left)} - ${this.term(term.right)})`;
      case 'product':
        return `(${this.term(term.left)} * ${this.term(term.right)})`;
      case 'least':
      case 'greatest':
        return `Math.${term.kind === 'least' ? 'min' : 'max'}(${term.of.map((of) => this.term(of)).join(', ')})`;
    }
  }

  /**
   * A boolean, right whenever the condition is not open. JavaScript takes a comparison with null for true or false; in a
   * condition that is not open, either gives the same (Kleene's logic is monotone).
   */
  test(test: Test): string {
    switch (test.kind) {
      case 'not':
        return `!${this.test(test.of)}`;
      case 'and':
        return `(${this.test(test.left)} && ${this.test(test.right)})`;
      case 'or':
        return `(${this.test(test.left)} || ${this.test(test.right)})`;
      case 'flag':
        return `($${test.name} === true)`;
      case 'is-null':
        return `($${test.name} === null)`;
      case 'compare': {
        const operator = { '==': '===', '!=': '!==' }[test.operator as string] ?? test.operator;
        return `(${this.term(test.left)} ${operator} ${this.term(test.right)})`;
      }
      case 'member': {
        const labels = this.#values.get(test.name)?.type.labels ?? [];
        const written = test.values.map((value) => (labels.length > 0 ? quote(labels[value] ?? '') : String(value)));
        return this.oneOf(test.name, written);
      }
    }
  }

  /** @param literals as JavaScript. */
  oneOf(name: string, literals: readonly string[]): string {
    if (literals.length <= LONGEST_CHAIN) return `(${literals.map((value) => `$${name} === ${value}`).join(' || ')})`;
    const list = `[${literals.join(', ')}]`;
    const set = this.#sets.get(list) ?? `SET_${this.#sets.size}`;
    this.#sets.set(list, set);
    return `${set}.has($${name})`;
  }

  /** True, false, or null when open. */
  openTest(test: Test): string {
    switch (test.kind) {
      case 'not':
        return `not(${this.openTest(test.of)})`;
      case 'and':
      case 'or':
        return `${test.kind}(${this.openTest(test.left)}, ${this.openTest(test.right)})`;
      case 'is-null':
        return this.test(test);
      case 'flag':
      case 'member':
      case 'compare': {
        const nullable = [...new Set(atomNames(test))].filter((name) => this.#values.get(name)?.type.nullable);
        if (nullable.length === 0) return this.test(test);
        return `(${anyMissing(nullable)} ? null : ${this.test(test)})`;
      }
    }
  }

  formula(formula: Formula): string {
    switch (formula.kind) {
      case 'missing':
        return 'null';
      case 'condition':
        return this.openTest(formula.test);
      case 'choice':
        return `(${this.test(formula.test)} ? ${this.formula(formula.yes)} : ${this.formula(formula.no)})`;
      case 'exact':
        return guarded(formula.guards, this.term(formula.term));
      case 'quotient': {
        const helper = { down: 'divideDown', 'half-up': 'divideHalfUp', up: 'divideUp' }[formula.rounding];
        const numerator = `${this.term(formula.numerator)}${formula.scale === 1 ? '' : ` * ${formula.scale}`}`;
        return guarded(formula.guards, `${helper}(${numerator}, ${this.term(formula.denominator)}, ${formula.unit})`);
      }
    }
  }
}

export function anyMissing(names: readonly string[]): string {
  return names.map((name) => `$${name} === null`).join(' || ');
}

function guarded(guards: readonly string[], code: string): string {
  return guards.length === 0 ? code : `(${anyMissing(guards)} ? null : ${code})`;
}

/** The index of the range that a value lies in: a balanced tree of comparisons. */
export function rangeIndex(name: string, cuts: readonly number[], from = 0): string {
  if (cuts.length === 0) return String(from);
  const middle = cuts.length >> 1;
  const left = rangeIndex(name, cuts.slice(0, middle), from);
  const right = rangeIndex(name, cuts.slice(middle + 1), from + middle + 1);
  return `($${name} < ${cuts[middle]} ? ${left} : ${right})`;
}
