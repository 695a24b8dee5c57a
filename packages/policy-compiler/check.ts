import { analyse } from './analyse.ts';
import { checkAuthority } from './authority.ts';
import { daysOf } from './dates.ts';
import { Expression, readsOf } from './expression.ts';
import type { ModelDeclaration } from './fit.ts';
import { checkInputs } from './inputs.ts';
import { unknownNames } from './missing.ts';
import { checkModel, checkModelUses } from './model.ts';
import {
  ACTIONS,
  CLEARABLE,
  GROUNDS,
  MISSING_ACTIONS,
  NO_REASON,
  PRODUCTS,
  STAGES,
  testNames,
  type Action,
  type Condition,
  type Guarded,
  type Limit,
  type MissingAction,
  type Policy,
  type ReasonSource,
  type Rule,
  type Stage,
  type Step,
  type Test,
  type Value,
} from './policy.ts';
import { nearest } from './problems.ts';
import { Reader } from './reading.ts';
import type { Entry, Node, Scalar } from './source.ts';
import { checkFormula, checkMissing, checkNotProhibited, restsOn, Steps } from './steps.ts';

const ID = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const SECTIONS = ['model', 'derive', 'bands', 'tables', 'limits', 'conditions', 'authority'];

/** What a text is checked against: the closed set of reason codes, and the model packages, if they are compared. */
interface Known {
  readonly reasons: ReadonlySet<string>;
  readonly models: readonly ModelDeclaration[] | undefined;
}

/**
 * Checks a policy's tree whole. All faults go to the reader's problems.
 * @returns undefined when there is any fault.
 */
export function checkPolicy(
  root: Node,
  sourceDigest: string,
  { reasons, models }: Known,
  reader: Reader,
): Policy | undefined {
  const { problems } = reader;
  const required = ['policy', 'version', 'product', 'effective', 'inputs', 'rules'];
  const fields = reader.fields(root, 'The policy', required, [...SECTIONS, 'note']);
  const [inputsNode, rulesNode] = [fields?.get('inputs'), fields?.get('rules')];
  if (!fields || !inputsNode || !rulesNode) return undefined;
  const header = checkHeader(fields, reader);
  const { inputs, broken, section } = checkAllInputs(inputsNode, fields.get('model'), reader);
  const steps = new Steps(inputs, broken, reader);
  for (const part of ['derive', 'bands', 'tables'] as const) steps.declare(part, fields.get(part));
  steps.checkAll();

  const guarded = new GuardedChecker(steps, reasons, reader);
  const limits = guarded.limits(fields.get('limits'));
  const rules = guarded.rules(rulesNode);
  const conditions = guarded.conditions(fields.get('conditions'));
  const authorityNode = fields.get('authority');
  const authority = authorityNode && checkAuthority(authorityNode, steps, reader);
  const read = { steps: steps.steps, guarded: [...rules, ...conditions], limits, values: steps.values };
  const model = checkModelUses({ product: productOf(fields, header), section, ...read }, models, reader);
  if (problems.errors.length === 0) warnOfUnread(inputs, read, reader);
  analyse(rules, conditions, steps.values, problems);
  if (!isWhole(header) || problems.errors.length > 0) return undefined;
  return {
    ...header,
    sourceDigest,
    inputs,
    steps: steps.steps,
    limits,
    rules: rules.toSorted((a, b) => b.severity - a.severity || (a.id < b.id ? -1 : 1)),
    conditions,
    model,
    authority,
    values: steps.values,
  };
}

/** What reads the inputs of a policy. */
interface Reading {
  readonly steps: readonly Step[];
  readonly guarded: readonly Guarded[];
  readonly limits: readonly Limit[];
}

function warnOfUnread(inputs: readonly Value[], { steps, guarded, limits }: Reading, reader: Reader): void {
  const read = new Set([
    ...guarded.flatMap(({ when }) => testNames(when)),
    ...limits.flatMap(({ formula }) => readsOf(formula)),
    ...steps.flatMap((step) => {
      if (step.kind === 'band') return [step.of];
      return step.kind === 'table' ? step.axes.map((axis) => axis.name) : readsOf(step.formula);
    }),
  ]);
  for (const input of inputs.filter(({ name }) => !read.has(name))) {
    const fault = `The input "${input.name}" is read by nothing`;
    const fix = 'Remove it: a decision should not ask for what it ignores.';
    reader.problems.warn(input.at, 'UNREAD_INPUT', `${fault}.`, fix);
  }
}

/** The inputs of the text, and after them those of its section `model`. */
function checkAllInputs(node: Node, modelNode: Node | undefined, reader: Reader) {
  checkStages(node, 'The inputs', reader);
  const { values, broken } = checkInputs(node, reader);
  if (!modelNode) return { inputs: values, broken, section: undefined };
  const section = checkModel(modelNode, values, reader);
  return { inputs: [...values, ...section.inputs], broken: new Set([...broken, ...section.broken]), section };
}

type Header = Pick<Policy, 'id' | 'version' | 'product' | 'effective'>;

function isWhole(header: Partial<Header>): header is Header {
  const { id, version, product, effective } = header;
  return [id, version, product, effective].every((part) => part !== undefined);
}

/** The product and its place. @returns undefined where the text names none. */
function productOf(fields: Map<string, Node>, { product }: Partial<Header>): { name: string; at: number } | undefined {
  return product && { name: product, at: fields.get('product')?.at ?? 0 };
}

/** What names a policy; a part with a fault is undefined. */
function checkHeader(fields: Map<string, Node>, reader: Reader): Partial<Header> {
  return {
    id: reader.text(fields.get('policy'), 'The id of the policy', /^[a-z][a-z0-9-]{0,63}$/, 'personal-loan'),
    version: reader.text(fields.get('version'), 'The version', /^\d+\.\d+\.\d+$/, '1.0.0'),
    product: reader.oneOf(fields.get('product'), 'The product', PRODUCTS),
    effective: effectiveDate(fields.get('effective'), reader),
  };
}

function effectiveDate(node: Node | undefined, reader: Reader): string | undefined {
  const text = reader.text(node, 'The date of effect', /^\d{4}-\d{2}-\d{2}$/, 'YYYY-MM-DD');
  if (text === undefined || daysOf(text) !== undefined) return text;
  reader.problems.error(node?.at ?? 0, 'MALFORMED', `The date of effect "${text}" is in no calendar.`, 'Correct it.');
  return undefined;
}

function checkStages(node: Node, where: string, reader: Reader): void {
  reader.fields(node, where, [], STAGES);
}

class GuardedChecker {
  readonly #steps: Steps;
  readonly #reasons: ReadonlySet<string>;
  readonly #reader: Reader;
  readonly #ids = new Map<string, string>();

  constructor(steps: Steps, reasons: ReadonlySet<string>, reader: Reader) {
    this.#steps = steps;
    this.#reasons = reasons;
    this.#reader = reader;
  }

  /** Also makes `limit`, the smallest, readable by rules and conditions. */
  limits(node: Node | undefined): Limit[] {
    if (!node) return [];
    const limits: Limit[] = [];
    let [low, high, nullable] = [Infinity, Infinity, false];
    for (const entry of this.#reader.entries(node, 'The section limits')) {
      const where = `Limit "${entry.key}"`;
      const optional = ['round', 'missing', 'note'];
      const fields = this.#reader.fields(entry.value, where, ['value', 'reason'], optional);
      const checked = fields && checkFormula({ fields, where, kind: 'money' }, this.#steps, this.#reader);
      if (!fields || !checked || !this.#claim(entry, where)) continue;
      const { sources, prohibited } = restsOn(readsOf(checked.formula), this.#steps.values);
      const fair = checkNotProhibited(where, entry.at, prohibited, this.#reader);
      const reason = this.#reason(fields.get('reason'), where, { sources });
      const result = { where, at: entry.at, nullable: checked.nullable };
      const missing = checkMissing(fields.get('missing'), result, this.#reader);
      if (!fair || reason === undefined || !missing) continue;
      limits.push({
        name: entry.key,
        at: entry.at,
        formula: checked.formula,
        nullable: checked.nullable,
        reason,
        missing,
      });
      low = Math.min(low, checked.low);
      if (!checked.nullable) high = Math.min(high, checked.high);
      nullable ||= checked.nullable;
    }
    const highest = Number.MAX_SAFE_INTEGER;
    const type = { kind: 'money', nullable, low, high: Math.min(high, highest), labels: [] } as const;
    if (limits.length > 0) {
      const sources = new Set<ReasonSource>(['limit']);
      this.#steps.add({
        name: 'limit',
        from: 'limit',
        at: node.at,
        type,
        stage: 'full',
        sources,
        prohibited: new Set(),
        saysType: false,
      });
    }
    return limits;
  }

  rules(node: Node): Rule[] {
    checkStages(node, 'The rules', this.#reader);
    const groups = this.#reader.entries(node, 'The rules');
    return STAGES.flatMap((stage) => {
      const group = groups.find((entry) => entry.key === stage);
      const entries = group ? this.#reader.entries(group.value, `The ${stage} rules`) : [];
      return entries.map((entry) => this.#rule(entry, stage)).filter((rule) => rule !== undefined);
    });
  }

  conditions(node: Node | undefined): Condition[] {
    if (!node) return [];
    const conditions: Condition[] = [];
    for (const entry of this.#reader.entries(node, 'The section conditions')) {
      const where = `Condition "${entry.key}"`;
      const fields = this.#reader.fields(entry.value, where, ['clear', 'when'], ['missing', 'note']);
      const clear = fields && this.#reader.oneOf(fields.get('clear'), `What ${where} clears`, CLEARABLE);
      const guarded = fields && this.#guarded(entry, where, fields);
      if (!clear || !guarded) continue;
      const { prohibited } = restsOn(testNames(guarded.when), this.#steps.values);
      if (checkNotProhibited(where, entry.at, prohibited, this.#reader)) conditions.push({ ...guarded, clear });
    }
    return conditions;
  }

  #rule(entry: Entry, stage: Stage): Rule | undefined {
    const where = `Rule "${entry.key}"`;
    const required = ['action', 'when', 'reason', 'severity'];
    const fields = this.#reader.fields(entry.value, where, required, ['missing', 'allow', 'note']);
    if (!fields) return undefined;
    const action = this.#reader.oneOf(fields.get('action'), `The action of ${where}`, ACTIONS);
    const severity = this.#reader.integer(fields.get('severity'), `The severity of ${where}`, 1, 100);
    const guarded = this.#guarded(entry, where, fields);
    if (!guarded) return undefined;
    const rests = restsOn(testNames(guarded.when), this.#steps.values);
    const reason =
      action === 'not_offered'
        ? this.#ground(fields.get('reason'), where, guarded, stage)
        : this.#reason(fields.get('reason'), where, { sources: rests.sources, action });
    const allowed = this.#allowed(fields.get('allow'), where, entry.at, rests.prohibited);
    if (stage === 'pre-bureau' && rests.stage === 'full') {
      const late = testNames(guarded.when).filter((name) => this.#steps.values.get(name)?.stage === 'full');
      const fault = `${where} runs before a report is pulled, but reads "${late[0]}", which is known only after`;
      this.#reader.problems.error(guarded.at, 'WRONG_STAGE', `${fault}.`, 'Move the rule to the full rules.');
      return undefined;
    }
    if (!action || severity === undefined || reason === undefined || !allowed) return undefined;
    return { ...guarded, stage, action, reason, severity };
  }

  /** Ids name entries of one result: rules, limits and conditions share them, so none is ambiguous. */
  #claim(entry: Entry, where: string): boolean {
    const { problems } = this.#reader;
    if (!ID.test(entry.key)) {
      const fix = 'Use letters, digits, "-" and "_", beginning with a letter.';
      problems.error(entry.at, 'MALFORMED', `${where} has an id that is no word.`, fix);
      return false;
    }
    const other = this.#ids.get(entry.key);
    if (other !== undefined) {
      const fault = `${where} has the id of another: ${other}`;
      problems.error(entry.at, 'DUPLICATE_ID', `${fault}.`, 'Give it an id of its own; ids are never used again.');
      return false;
    }
    this.#ids.set(entry.key, where);
    return true;
  }

  #guarded(entry: Entry, where: string, fields: Map<string, Node>): Guarded | undefined {
    const whenNode = fields.get('when');
    const scalar = whenNode && this.#reader.scalar(whenNode, where);
    if (!this.#claim(entry, where) || !scalar) return undefined;
    if (scalar.text === 'true' || scalar.text === 'false') {
      const code = scalar.text === 'true' ? 'ALWAYS_FIRES' : 'UNREACHABLE';
      const fault = `${where} ${scalar.text === 'true' ? 'always fires' : 'never fires'}: its condition is a constant`;
      this.#reader.problems.error(scalar.at, code, `${fault}.`, 'Write a condition, or remove it.');
      return undefined;
    }
    const when = new Expression(scalar, where, this.#steps, this.#reader.problems).condition();
    const missing = when && this.#missing(fields.get('missing'), where, when, scalar.at);
    return when && missing && { id: entry.key, at: scalar.at, when, missing };
  }

  #missing(
    node: Node | undefined,
    where: string,
    when: Test,
    at: number,
  ): ReadonlyMap<string, MissingAction> | undefined {
    const { problems } = this.#reader;
    const open = unknownNames(when, (name) => this.#steps.values.get(name)?.type.nullable ?? false);
    const missing = new Map<string, MissingAction>();
    let sound = true;
    for (const entry of node ? this.#reader.entries(node, `The missing of ${where}`) : []) {
      if (open.has(entry.key)) {
        const action = this.#missingAction(entry, where);
        if (action) missing.set(entry.key, action);
        else sound = false;
        open.delete(entry.key);
        continue;
      }
      const known = this.#steps.values.has(entry.key);
      const fault = known ? 'can never be met missing here' : 'is no value of this policy';
      const close = nearest(entry.key, open);
      const fix = close && !known ? `Did you mean "${close}"?` : 'Remove it.';
      const code = known ? 'NEEDLESS_MISSING' : 'UNKNOWN_NAME';
      problems.error(entry.at, code, `${where} says what it does without "${entry.key}", which ${fault}.`, fix);
      sound = false;
    }
    for (const name of open) {
      const fault = `${where} reads "${name}", which can be missing, and does not say what then`;
      const fix = `Add missing: {${name}: pass}, fire or refer.`;
      problems.error(at, 'UNHANDLED_NULL', `${fault}.`, fix);
      sound = false;
    }
    return sound ? missing : undefined;
  }

  /** A package without a named cut-off or band is no fact about the applicant, so a person decides without it. */
  #missingAction({ key, at, value }: Entry, where: string): MissingAction | undefined {
    const action = this.#reader.oneOf(value, `What ${where} does without "${key}"`, MISSING_ACTIONS);
    if (action === undefined || action === 'refer' || this.#steps.values.get(key)?.from !== 'model') return action;
    const fault = `${where} answers "${action}" without "${key}", which only the model package can lack`;
    this.#reader.problems.error(at, 'MODEL_MISFIT', `${fault}.`, `Write missing: {${key}: refer}.`);
    return undefined;
  }

  #reason(
    node: Node | undefined,
    where: string,
    { sources, action }: { readonly sources: ReadonlySet<ReasonSource>; readonly action?: Action | undefined },
  ): string | undefined {
    const { problems } = this.#reader;
    if (node && node.kind !== 'scalar') {
      const fix = 'Write one code; split the rule when there are two reasons.';
      problems.error(node.at, 'NO_REASON', `${where} must have exactly one reason.`, fix);
      return undefined;
    }
    if (!node || node.text === '') {
      const fix = 'Write a code, or from(model), from(bureau) for a score.';
      problems.error(node?.at ?? 0, 'NO_REASON', `${where} has an empty reason.`, fix);
      return undefined;
    }
    const [source, another] = sources;
    if (node.text === NO_REASON && !source && (action === 'hold' || action === 'refer')) return NO_REASON;
    if (another) {
      const fault = `${where} reads ${[...sources].map(inWords).join(' and ')}`;
      const fix = 'Split it: each part has its own reasons.';
      problems.error(node.at, 'GENERIC_REASON', `${fault}, so no one reason can be true of it.`, fix);
      return undefined;
    }
    return source ? this.#sourceReason(node, where, source) : this.#codeReason(node, where);
  }

  /** The reason of what reads a score or the limit: the factors of that score, or the reason of that limit. */
  #sourceReason(node: Scalar, where: string, source: ReasonSource): string | undefined {
    if (node.text === `from(${source})`) return node.text;
    const fault = `${where} reads ${inWords(source)}, so "${node.text}" does not say the principal reason`;
    const fix = `Write reason: from(${source}).`;
    this.#reader.problems.error(node.at, 'GENERIC_REASON', `${fault} (12 CFR 1002.9(b)(2)).`, fix);
    return undefined;
  }

  #codeReason(node: Scalar, where: string): string | undefined {
    const { problems } = this.#reader;
    const from = /^from\((\w+)\)$/.exec(node.text)?.[1];
    if (from !== undefined) {
      const fault = `${where} takes its reason from "${from}", which it does not read`;
      problems.error(node.at, 'FALSE_REASON_SOURCE', `${fault}.`, 'Write the code of the reason.');
      return undefined;
    }
    if (this.#reasons.has(node.text)) return node.text;
    const close = nearest(node.text, this.#reasons);
    const fix = close ? `Did you mean "${close}"?` : 'Use a code of the reason catalogue.';
    problems.error(node.at, 'UNKNOWN_REASON', `${where} has the reason "${node.text}", which is no known code.`, fix);
    return undefined;
  }

  /**
   * Why a credit is not offered. It is no adverse action only where the law prohibits the credit or the lender has no credit
   * of that type (12 CFR 1002.2(c)(2)(iv), (v)); not to offer the terms that are asked for is one (comment 2(c)(2)(v)-1).
   */
  #ground(node: Node | undefined, where: string, { when, at, missing }: Guarded, stage: Stage): string | undefined {
    const { problems } = this.#reader;
    const text = node?.kind === 'scalar' ? node.text : '';
    const ground = GROUNDS.find((each) => each === text);
    if (!ground) {
      const fault = `${where} says that the credit is not offered, which is no adverse action, so "${text}" is no reason of it`;
      const fix =
        'Write reason: law, where the law prohibits it; type-of-credit, where you have no such credit; or decline.';
      problems.error(node?.at ?? at, 'ADVERSE_ACTION', `${fault}.`, fix);
      return undefined;
    }
    if (stage === 'full') {
      const fault = `${where} says that the credit is not offered only when a report has been pulled for it`;
      problems.error(
        at,
        'WRONG_STAGE',
        `${fault}.`,
        'Move the rule to the pre-bureau rules, or write action: decline.',
      );
      return undefined;
    }
    const unknown = [...missing].find(([, action]) => action === 'fire');
    if (unknown) {
      const fault = `${where} says that the credit is not offered where "${unknown[0]}" is not known`;
      problems.error(at, 'ADVERSE_ACTION', `${fault}.`, `Write missing: {${unknown[0]}: refer}, or pass; or decline.`);
      return undefined;
    }
    const other = testNames(when).find((name) => !this.#steps.values.get(name)?.saysType);
    if (ground === 'law' || other === undefined) return ground;
    const fault = `${where} reads "${other}", which does not say what type of credit is asked for: not to offer the terms that are asked for is adverse action (comment 2(c)(2)(v)-1 to 12 CFR 1002.2)`;
    const fix = `Write action: decline and its reason, or mark the type of credit: ${other}: enum A|B @type-of-credit.`;
    problems.error(at, 'ADVERSE_ACTION', `${fault}.`, fix);
    return undefined;
  }

  #allowed(node: Node | undefined, where: string, at: number, prohibited: ReadonlySet<string>): boolean {
    const { problems } = this.#reader;
    const allowed = new Set<string>();
    let sound = true;
    for (const item of (node && this.#reader.list(node, `What ${where} is allowed to read`)) ?? []) {
      const name = item.kind === 'scalar' ? item.text : '';
      allowed.add(name);
      if (prohibited.has(name)) continue;
      const fault = `${where} is allowed to read "${name}", but it reads no prohibited input of that name`;
      problems.error(item.at, 'NEEDLESS_ALLOW', `${fault}.`, 'Remove it from allow.');
      sound = false;
    }
    for (const name of prohibited) {
      if (allowed.has(name)) continue;
      const fault = `${where} reads "${name}", which is prohibited`;
      const fix = `Remove it; where the law permits it, add allow: [${name}] and note why.`;
      problems.error(at, 'PROHIBITED_READ', `${fault}.`, fix);
      sound = false;
    }
    return sound && (!node || node.kind === 'sequence');
  }
}

function inWords(source: ReasonSource): string {
  return source === 'limit' ? 'the limit' : `a ${source} score`;
}
