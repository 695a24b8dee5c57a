import { bandInput } from './fit.ts';
import { anyMissing, ExpressionWriter, LONGEST_CHAIN, rangeIndex } from './generate-expression.ts';
import {
  ACTIONS,
  atomsOf,
  STAGES,
  testNames,
  type Action,
  type Axis,
  type Condition,
  type Guarded,
  type Kind,
  type MissingAction,
  type Policy,
  type Rule,
  type Stage,
  type Step,
  type Table,
  type Test,
  type Value,
} from './policy.ts';
import { RUNTIME } from './runtime.ts';

const OUTCOMES = { pass: 'MISSING_PASSED', fire: 'MISSING_FIRED', refer: 'MISSING_REFERRED' } as const;
const ENTRY: Record<Stage, string> = { 'pre-bureau': 'preBureau', full: 'full' };
const CONSTANT: Record<Stage, string> = { 'pre-bureau': 'PRE_BUREAU_INPUTS', full: 'FULL_INPUTS' };

const quote = (value: unknown): string => JSON.stringify(value);

/** Writes the policy's module: see module.ts for what it exports. Straight-line code; equal policies give equal bytes. */
export function generateModule(policy: Policy): string {
  return new ModuleWriter(policy).write();
}

class ModuleWriter {
  readonly #policy: Policy;
  readonly #expressions: ExpressionWriter;
  readonly #constants: string[] = [];
  /** Bits of what rules ask for, strictest first: of a policy without `not_offered` the same as before there was one. */
  readonly #levels: ReadonlyMap<Action, number>;

  constructor(policy: Policy) {
    this.#policy = policy;
    this.#expressions = new ExpressionWriter(policy.values);
    const asked = ACTIONS.filter(
      (action) => action !== 'not_offered' || policy.rules.some((rule) => rule.action === action),
    );
    this.#levels = new Map(asked.map((action, index) => [action, 2 ** (asked.length - 1 - index)]));
  }

  write(): string {
    const { id, version, product, effective, sourceDigest, rules, model, authority } = this.#policy;
    const dates = [...this.#policy.values.values()].some((value) => value.type.kind === 'date');
    for (const stage of STAGES) {
      const rows = this.#inputs(stage).map(({ name, type }) =>
        quote([name, type.kind, type.nullable, type.low, type.high, type.labels]),
      );
      this.#constants.push(`const ${CONSTANT[stage]} = [\n  ${rows.join(',\n  ')},\n];`);
    }
    for (const step of this.#policy.steps) this.#stepConstants(step);
    for (const [index, { id: rule, action, reason, missing }] of rules.entries()) {
      const entry = (name: string, does: string, outcome: string): string =>
        `const ${name}_${index} = Object.freeze(${quote({ rule, action: does, outcome, reason })});`;
      this.#constants.push(entry('FIRED', action, 'FIRED'));
      const actions = new Set(missing.values());
      if (actions.has('fire')) this.#constants.push(entry('MISSING_FIRED', action, 'MISSING_FIRED'));
      if (actions.has('refer')) this.#constants.push(entry('MISSING_REFERRED', 'refer', 'MISSING_REFERRED'));
    }
    for (const [index, { id: condition, clear, missing }] of this.#policy.conditions.entries()) {
      const fires = [...missing.values()].includes('fire');
      for (const outcome of fires ? ['FIRED', 'MISSING_FIRED'] : ['FIRED']) {
        const frozen = quote({ condition, clear, outcome });
        this.#constants.push(`const CONDITION_${outcome}_${index} = Object.freeze(${frozen});`);
      }
    }
    const described = rules.map((rule) =>
      quote([rule.id, rule.action, [...new Set(testNames(rule.when))], comparisonsOf(rule.when, this.#policy.values)]),
    );
    this.#constants.push(`const RULES = [\n  ${described.join(',\n  ')},\n];`);
    this.#constants.push(
      dates
        ? `const numberOf = (value) => (typeof value === 'string' ? daysOf(value) : value);`
        : `const numberOf = (value) => value;`,
    );
    const stages = STAGES.map((stage) => this.#stage(stage));
    const body = [...this.#expressions.declarations, ...this.#constants, ...stages].join('\n');
    const exported = `export function evaluate(stage, inputs) {
  if (stage === 'full') return full(inputs);
  if (stage === 'pre-bureau') return preBureau(inputs);
  throw new RangeError('A policy is evaluated at "pre-bureau" or "full".');
}`;
    const helpers = helpersFor(`${body}\n${dates ? 'daysOf(' : ''}`);
    return [
      `// Policy ${id} ${version}, compiled from the text with SHA-256 ${sourceDigest}. Not to be edited.`,
      `export const policy = Object.freeze(${quote({ id, version, product, effective, sourceDigest })});`,
      ...(model ? [`export const model = ${quote(model)};`] : []),
      ...(authority ? [`export const authority = ${quote(authority)};`] : []),
      ...helpers.filter((helper) => helper !== RUNTIME['explain']),
      body,
      exported,
      RUNTIME['explain'] ?? '',
      '',
    ].join('\n');
  }

  #inputs(stage: Stage): Value[] {
    return this.#policy.inputs.filter((input) => stage === 'full' || input.stage === 'pre-bureau');
  }

  #stage(stage: Stage): string {
    const full = stage === 'full';
    const known = (thing: { readonly stage: Stage }): boolean => full || thing.stage === 'pre-bureau';
    const steps = this.#policy.steps.filter((step) => known(step.value));
    const rules = this.#policy.rules.map((rule, index) => ({ rule, index })).filter(({ rule }) => known(rule));
    const lines = [
      ...this.#readInputs(stage),
      `let level = 0;`,
      `const failed = [];`,
      `const unevaluated = [];`,
      `const conditions = [];`,
      ...steps.flatMap((step) => this.#step(step, full)),
      ...(full ? this.#limits() : []),
      ...rules.flatMap(({ rule, index }) => this.#rule(rule, index)),
      ...(full ? this.#policy.conditions.flatMap((condition, index) => this.#condition(condition, index)) : []),
      ...this.#result(stage, steps, rules),
    ];
    return `function ${ENTRY[stage]}(i) {\n  ${lines.filter((line) => line !== '').join('\n  ')}\n}`;
  }

  /** Reads the inputs into constants, and refuses any that is not as declared. */
  #readInputs(stage: Stage): string[] {
    const inputs = this.#inputs(stage);
    return [
      `if (typeof i !== 'object' || i === null) return refused(${quote(stage)}, faultsOf(${CONSTANT[stage]}, i));`,
      ...inputs.map(({ name, type }) => {
        const date = `i.${name} === null ? null : daysOf(i.${name})`;
        return `const $${name} = ${type.kind === 'date' ? date : `i.${name}`};`;
      }),
      `const prototype = Object.getPrototypeOf(i);`,
      `if (!((prototype === Object.prototype || prototype === null) && Object.keys(i).length === ${inputs.length}`,
      ...inputs.map((input) => `  && ${this.#inputCheck(input)}`),
      `)) {`,
      `  const faults = faultsOf(${CONSTANT[stage]}, i);`,
      `  if (faults.length > 0) return refused(${quote(stage)}, faults);`,
      `}`,
    ];
  }

  #rule(rule: Rule, index: number): string[] {
    const level = this.#levels.get(rule.action);
    const does = {
      fired: `r${index} = 'FIRED'; level |= ${level}; failed.push(FIRED_${index});`,
      pass: `r${index} = '${OUTCOMES.pass}';`,
      fire: `r${index} = '${OUTCOMES.fire}'; level |= ${level}; failed.push(MISSING_FIRED_${index});`,
      refer: `r${index} = '${OUTCOMES.refer}'; level |= 1; failed.push(MISSING_REFERRED_${index});`,
    };
    return [`let r${index} = 'PASSED';`, ...this.#guarded(rule, does)];
  }

  #condition(condition: Condition, index: number): string[] {
    return this.#guarded(condition, {
      fired: `conditions.push(CONDITION_FIRED_${index});`,
      pass: '',
      fire: `conditions.push(CONDITION_MISSING_FIRED_${index});`,
      refer: `level |= 1; unevaluated.push(${quote(`conditions.${condition.id}`)});`,
    });
  }

  #result(stage: Stage, steps: readonly Step[], rules: readonly { rule: Rule; index: number }[]): string[] {
    const full = stage === 'full';
    const limits = full ? this.#policy.limits : [];
    const fields = (kind: Step['kind'], others: readonly string[] = []): string =>
      [...steps.filter((step) => step.kind === kind).map(({ value }) => value.name), ...others]
        .map((name) => `${name}: $${name}`)
        .join(', ');
    const modelBands = full ? Object.keys(this.#policy.model?.bands ?? {}).map(bandInput) : [];
    const outcomes = [...this.#levels].map(([action, level]) => {
      return `level ${level > 1 ? '>=' : '==='} ${level} ? '${action.toUpperCase()}' : `;
    });
    return [
      `return {`,
      `  policy,`,
      `  stage: ${quote(stage)},`,
      `  outcome: ${outcomes.join('')}'${full ? 'APPROVE' : 'PROCEED'}',`,
      `  rules: { ${rules.map(({ rule, index }) => `${quote(rule.id)}: r${index}`).join(', ')} },`,
      `  failed,`,
      `  derived: { ${fields('derived')} },`,
      `  bands: { ${fields('band', modelBands)} },`,
      `  tables: { ${fields('table')} },`,
      `  limits: {`,
      `    amounts: { ${limits.map(({ name }, index) => `${quote(name)}: limit${index}`).join(', ')} },`,
      limits.length > 0 ? `    binding, amount: $limit, reason,` : `    binding: null, amount: null, reason: null,`,
      `  },`,
      `  conditions,`,
      `  unevaluated,`,
      `  invalidInputs: [],`,
      `};`,
    ];
  }

  #stepConstants(step: Step): void {
    const { name, type } = step.value;
    if (step.kind === 'band') this.#constants.push(`const LABELS_${name} = ${quote(type.labels)};`);
    if (step.kind !== 'table') return;
    this.#constants.push(`const CELLS_${name} = ${quote(step.cells)};`);
    for (const [index, axis] of step.axes.entries()) {
      const labels = this.#policy.values.get(axis.name)?.type.labels ?? [];
      if (axis.cuts || labels.length <= LONGEST_CHAIN) continue;
      const pairs = labels.map((label, label_) => [label, axis.cells[label_]]);
      this.#constants.push(`const PLACES_${name}_${index} = new Map(${quote(pairs)});`);
    }
  }

  #step(step: Step, full: boolean): string[] {
    const { name } = step.value;
    if (step.kind === 'derived') return [`const $${name} = ${this.#expressions.formula(step.formula)};`];
    if (step.kind === 'band') {
      const missing = step.value.type.nullable ? `$${step.of} === null ? null : ` : '';
      return [`const $${name} = ${missing}LABELS_${name}[${rangeIndex(step.of, step.cuts)}];`];
    }
    const nullable = step.axes.map((axis) => axis.name).filter((axis) => this.#policy.values.get(axis)?.type.nullable);
    const columns = step.axes[1]?.size ?? 1;
    const [row, column] = step.axes.map((axis, index) => this.#place(step, axis, index));
    const index = column === undefined ? row : `${row} * ${columns} + ${column}`;
    const missing = nullable.length > 0 ? `${anyMissing(nullable)} ? null : ` : '';
    const lines = [`const $${name} = ${missing}CELLS_${name}[${index}];`];
    if (full && step.missing === 'refer' && step.value.type.nullable) {
      lines.push(`if ($${name} === null) { level |= 1; unevaluated.push(${quote(`tables.${name}`)}); }`);
    }
    return lines;
  }

  #place(table: Table, axis: Axis, index: number): string {
    if (axis.cuts) return rangeIndex(axis.name, axis.cuts);
    const labels = this.#policy.values.get(axis.name)?.type.labels ?? [];
    if (labels.length > LONGEST_CHAIN) return `PLACES_${table.value.name}_${index}.get($${axis.name})`;
    const last = String(axis.cells.at(-1));
    const chain = labels.slice(0, -1).reduceRight((rest, label, label_) => {
      return `$${axis.name} === ${quote(label)} ? ${axis.cells[label_]} : ${rest}`;
    }, last);
    return `(${chain})`;
  }

  #limits(): string[] {
    const { limits } = this.#policy;
    if (limits.length === 0) return [];
    const lines = [`let binding = null, $limit = null, reason = null;`];
    const asks: string[] = [];
    for (const [index, { name, formula, nullable, reason, missing }] of limits.entries()) {
      const amount = `limit${index}`;
      const known = nullable ? `${amount} !== null && ` : '';
      lines.push(
        `const ${amount} = ${this.#expressions.formula(formula)};`,
        `if (${known}($limit === null || ${amount} < $limit)) ` +
          `{ $limit = ${amount}; binding = ${quote(name)}; reason = ${quote(reason)}; }`,
      );
      if (!nullable || missing === 'pass') continue;
      asks.push(
        `if (${amount} === null) { level |= 1; unevaluated.push(${quote(`limits.${name}`)}); ` +
          `binding = null; $limit = null; reason = null; }`,
      );
    }
    return [...lines, ...asks];
  }

  /** Also false for NaN: every comparison with it is. */
  #inputCheck({ name, type }: Value): string {
    const { kind, low, high } = type;
    const within = `$${name} >= ${low} && $${name} <= ${high}`;
    const number = `typeof $${name} === 'number' && ${within} && Number.isInteger($${name})`;
    const checks: Partial<Record<Kind, string>> = {
      boolean: `typeof $${name} === 'boolean'`,
      date: within,
      enumeration: kind === 'enumeration' ? this.#expressions.oneOf(name, type.labels.map(quote)) : number,
    };
    const check = checks[kind] ?? number;
    return type.nullable ? `($${name} === null || (${check}))` : check;
  }

  #guarded(guarded: Guarded, does: Record<'fired' | MissingAction, string>): string[] {
    const { when, missing } = guarded;
    const plain = `if (${this.#expressions.test(when)}) { ${does.fired} }`;
    if (missing.size === 0) return [plain];
    // What asks for a person goes first: a refusal on what nobody knows is worse than a delay.
    const arms = (['refer', 'fire', 'pass'] as const).flatMap((action) => {
      const names = [...missing].filter(([, does_]) => does_ === action).map(([name]) => name);
      return names.length > 0 ? [{ names, code: does[action] }] : [];
    });
    const chosen = arms
      .map(({ names, code }, index) =>
        index === arms.length - 1 ? `{ ${code} }` : `if (${anyMissing(names)}) { ${code} } else `,
      )
      .join('');
    const names = anyMissing([...missing.keys()]);
    if (isAtom(when)) return [`if (${names}) ${chosen}`, `else ${plain}`];
    return [
      `if (${names}) {`,
      `  const open = ${this.#expressions.openTest(when)};`,
      `  if (open === true) { ${does.fired} }`,
      `  else if (open === null) ${chosen}`,
      `}`,
      `else ${plain}`,
    ];
  }
}

function isAtom(test: Test): boolean {
  return test.kind === 'not' ? isAtom(test.of) : test.kind !== 'and' && test.kind !== 'or';
}

type Described = [text: string, name: string, operator: string, against: number | string];

function comparisonsOf(when: Test, values: ReadonlyMap<string, Value>): Described[] {
  return atomsOf(when).flatMap((atom): Described[] => {
    if (atom.kind !== 'compare' || atom.left.kind !== 'name' || !values.has(atom.left.name)) return [];
    if (atom.right.kind === 'number') return [[atom.text, atom.left.name, atom.operator, atom.right.value]];
    return atom.right.kind === 'name' ? [[atom.text, atom.left.name, atom.operator, atom.right.name]] : [];
  });
}

/** The helpers that a text calls, and those that these call, in a fixed order. */
function helpersFor(text: string): string[] {
  const called = new Set(['faultOf', 'faultsOf', 'refused', 'changeOf', 'holdsOf']);
  for (const name of Object.keys(RUNTIME)) if (new RegExp(`\\b${name}\\(`).test(text)) called.add(name);
  return Object.entries(RUNTIME)
    .filter(([name]) => called.has(name))
    .map(([, code]) => code);
}
