/** The section `model` of a policy, the uses that a text makes of a score, and the packages that must allow them. */
import { bandInput, cutoffInput, misfitsOf, type Misfit, type ModelDeclaration } from './fit.ts';
import { checkName } from './inputs.ts';
import {
  atomNames,
  atomsOf,
  formulaNames,
  formulaTests,
  MODEL_PURPOSES,
  MODEL_USES,
  testNames,
  type Guarded,
  type Limit,
  type ModelPurpose,
  type ModelUse,
  type PolicyModel,
  type ReasonSource,
  type Step,
  type Test,
  type Type,
  type Value,
} from './policy.ts';
import { nearest } from './problems.ts';
import type { Reader } from './reading.ts';
import type { Node } from './source.ts';

/** The section as it is written, with the places of its names. */
interface ModelSection {
  readonly at: number;
  readonly purpose: ModelPurpose;
  readonly cutoffs: readonly Named[];
  readonly bands: readonly NamedBand[];
  /** An input for each cut-off and each band. */
  readonly inputs: readonly Value[];
  /** Names of inputs whose declaration is at fault. */
  readonly broken: readonly string[];
}

interface Named {
  readonly name: string;
  readonly at: number;
}
interface NamedBand extends Named {
  readonly labels: readonly string[];
}

/** What a checked text reads. */
interface Checked {
  /** Undefined where the text names no product of the lender. */
  readonly product: Named | undefined;
  readonly section: ModelSection | undefined;
  readonly steps: readonly Step[];
  readonly guarded: readonly Guarded[];
  readonly limits: readonly Limit[];
  readonly values: ReadonlyMap<string, Value>;
}

/** A name of a model package; an input has "_" for "-". */
const NAME = /^[a-z][a-z0-9-]{0,56}$/;
const LABEL = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
/** A probability in parts per million. */
const PROBABILITY = { kind: 'integer', nullable: true, low: 0, high: 1_000_000, labels: [] } as const;

/** Checks the section `model`. @param declared the inputs of the text. */
export function checkModel(node: Node, declared: readonly Value[], reader: Reader): ModelSection {
  const fields = reader.fields(node, 'The section model', ['purpose'], ['cutoffs', 'bands', 'note']);
  const purpose = reader.oneOf(fields?.get('purpose'), 'The purpose of the model', MODEL_PURPOSES) ?? 'default';
  const cutoffs = cutoffsOf(fields?.get('cutoffs'), reader);
  const { bands, broken } = bandsOf(fields?.get('bands'), reader);
  const made = [
    ...cutoffs.map(({ name, at }) => inputOf(cutoffInput(name), at, PROBABILITY)),
    ...bands.map(({ name, at, labels }) => inputOf(bandInput(name), at, rangesOf(labels))),
  ];
  const inputs = made.filter((input, index) => isNew(input, [...declared, ...made.slice(0, index)], reader));
  return { at: node.at, purpose, cutoffs, bands, inputs, broken };
}

function inputOf(name: string, at: number, type: Type): Value {
  const sources = new Set<ReasonSource>(['model']);
  return { name, from: 'model', at, type, stage: 'full', sources, prohibited: new Set(), saysType: false };
}

function rangesOf(labels: readonly string[]): Type {
  return { kind: 'enumeration', nullable: true, low: 0, high: labels.length - 1, labels };
}

function isNew({ name, at }: Value, others: readonly Value[], reader: Reader): boolean {
  const what = 'The input of the model';
  if (!checkName({ key: name, at }, what, reader)) return false;
  if (!others.some((other) => other.name === name)) return true;
  const fix = 'Remove one: the package gives the value of this one.';
  reader.problems.error(at, 'DUPLICATE_ID', `${what} "${name}" has the name of another input.`, fix);
  return false;
}

function cutoffsOf(node: Node | undefined, reader: Reader): ModelSection['cutoffs'] {
  const items = (node && reader.list(node, 'The cut-offs of the model')) ?? [];
  return items.flatMap((item) => {
    const name = reader.text(item, 'A cut-off of the model', NAME, 'decline or near-decline');
    return name === undefined ? [] : [{ name, at: item.at }];
  });
}

function bandsOf(node: Node | undefined, reader: Reader): Pick<ModelSection, 'bands' | 'broken'> {
  const bands: NamedBand[] = [];
  const broken: string[] = [];
  for (const { key: name, at, value } of node ? reader.entries(node, 'The bands of the model') : []) {
    const labels = NAME.test(name) ? labelsOf(value, name, reader) : misnamed(name, at, reader);
    if (labels) bands.push({ name, at, labels });
    else broken.push(bandInput(name));
  }
  return { bands, broken };
}

function misnamed(key: string, at: number, reader: Reader): undefined {
  reader.problems.error(at, 'MALFORMED', `A band of the model is named "${key}".`, 'Write it as risk or risk-tier.');
}

function labelsOf(node: Node, band: string, reader: Reader): string[] | undefined {
  const items = reader.list(node, `The names of the band "${band}"`);
  if (!items) return undefined;
  const names = items.map((item) => reader.text(item, `A name of the band "${band}"`, LABEL, 'A or LOW'));
  const known = names.filter((name) => name !== undefined);
  if (known.length < names.length) return undefined;
  if (known.length > 1 && new Set(known).size === known.length) return known;
  const fault = `The band "${band}" has ${known.length < 2 ? 'fewer than two names' : 'a name twice'}`;
  reader.problems.error(node.at, 'MALFORMED', `${fault}.`, 'Write the names of the package, such as [A, B, C].');
  return undefined;
}

/**
 * Checks what a text does with a score: with a section `model`, no number of the text may stand for a cut-off or a band, and
 * one of the packages must allow every use and have every name. Nothing is compared without packages.
 * @returns the model of the policy; undefined without a section.
 */
export function checkModelUses(
  checked: Checked,
  models: readonly ModelDeclaration[] | undefined,
  reader: Reader,
): PolicyModel | undefined {
  const { section, product } = checked;
  if (section) refuseLiterals(checked, section, reader);
  const uses = usesOf(checked);
  if (!product) return undefined;
  const { at, purpose, cutoffs, bands } = section ?? { at: product.at, purpose: 'default', cutoffs: [], bands: [] };
  const model: PolicyModel = {
    purpose,
    uses: MODEL_USES.filter((use) => uses.has(use)),
    cutoffs: cutoffs.map(({ name }) => name),
    bands: Object.fromEntries(bands.map(({ name, labels }) => [name, labels])),
  };
  const placeOf = ({ what, name }: Misfit): number => {
    if (what === 'product') return product.at;
    if (what === 'use') return [...uses].find(([use]) => use === name)?.[1] ?? at;
    const named = what === 'cutoff' ? cutoffs : bands;
    return named.find((each) => each.name === name)?.at ?? at;
  };
  if (models && (section || uses.size > 0)) refuseMisfits({ product: product.name, model }, models, placeOf, reader);
  return section && model;
}

/** The uses that a text makes of a score, each with the first place that makes it. */
function usesOf({ steps, guarded, limits, values }: Checked): Map<ModelUse, number> {
  const uses = new Map<ModelUse, number>();
  const add = (use: ModelUse | undefined, at: number): void => {
    if (use) uses.set(use, Math.min(at, uses.get(use) ?? at));
  };
  const scored = (names: readonly string[]): boolean => names.some((name) => values.get(name)?.sources.has('model'));
  for (const { when, at } of guarded) if (scored(testNames(when))) add('decide', at);
  for (const { formula, at } of limits) if (scored(formulaNames(formula))) add('limit', at);
  for (const { kind, value } of steps) if (value.sources.has('model')) add(useOf(kind, value.type), value.at);
  return uses;
}

/** @returns undefined for a value that only names or counts something: what reads it makes the use. */
function useOf(step: Step['kind'], { kind }: Type): ModelUse | undefined {
  if (step === 'band') return undefined;
  if (kind === 'ratio') return 'price';
  return step === 'table' || kind === 'money' || kind === 'months' ? 'limit' : undefined;
}

/** Refuses numbers of the text where the package has a cut-off or a band. */
function refuseLiterals({ steps, guarded, limits, values }: Checked, section: ModelSection, reader: Reader): void {
  const cutoffs = section.cutoffs.map(({ name }) => cutoffInput(name));
  const isScore = (name: string): boolean => {
    const value = values.get(name);
    const given = value?.from === 'input' || value?.from === 'model';
    return given && value.sources.has('model') && value.type.labels.length === 0;
  };
  const refuse = (at: number, does: string, fix: string): void =>
    reader.problems.error(at, 'LITERAL_CUTOFF', `${does}, but the model package has the number.`, fix);
  const inTest = (test: Test): void => {
    for (const atom of atomsOf(test)) {
      const literal = atom.kind === 'member' || (atom.kind === 'compare' && atom.right.kind === 'number');
      const [name] = atomNames(atom).filter(isScore);
      if (!literal || name === undefined) continue;
      const named = cutoffs.length > 0 ? cutoffs.join(' or ') : 'a name that cutoffs: of the section model lists';
      refuse(atom.at, `${atom.text} compares "${name}" with a number`, `Compare it with ${named}.`);
    }
  };
  for (const { when } of guarded) inTest(when);
  for (const { formula } of limits) formulaTests(formula).forEach(inTest);
  for (const step of steps) {
    const { name, at } = step.value;
    const fix = 'Name a band of the package under bands: of the section model, and read that.';
    if (step.kind === 'derived') formulaTests(step.formula).forEach(inTest);
    else if (step.kind === 'band' && isScore(step.of)) refuse(at, `Band "${name}" cuts "${step.of}" at numbers`, fix);
    else if (step.kind === 'table') {
      const axis = step.axes.find((each) => each.cuts !== undefined && isScore(each.name));
      if (axis) refuse(at, `Table "${name}" cuts "${axis.name}" at numbers`, fix);
    }
  }
}

/** Refuses a policy that none of the packages serves: by what all of them lack, else by what each of them lacks. */
function refuseMisfits(
  policy: { readonly product: string; readonly model: PolicyModel },
  models: readonly ModelDeclaration[],
  placeOf: (misfit: Misfit) => number,
  reader: Reader,
): void {
  const { product } = policy;
  const allowed = models.filter((each) => each.allowed.some((permission) => permission.product === product));
  const compared = allowed.map((each) => ({ each, misfits: misfitsOf(policy, each) }));
  if (compared.some(({ misfits }) => misfits.length === 0)) return;
  const [first, ...others] = compared;
  if (!first) {
    const fault = `No model package of the release is allowed for ${product}`;
    const fix = 'Add a package that allows the product, or remove what reads a score.';
    reader.problems.error(placeOf({ what: 'product', name: product, fault }), 'MODEL_MISFIT', `${fault}.`, fix);
    return;
  }
  const common = first.misfits.filter(({ what, name }) =>
    others.every(({ misfits }) => misfits.some((other) => other.what === what && other.name === name)),
  );
  const named = ({ id, version }: ModelDeclaration): string => `${id} ${version}`;
  for (const misfit of common) {
    const which = others.length > 0 ? 'Each package of the release, such as' : 'The package';
    const fault = `${which} ${named(first.each)} ${misfit.fault}`;
    reader.problems.error(placeOf(misfit), 'MODEL_MISFIT', `${fault}.`, fixFor(misfit, allowed));
  }
  if (common.length > 0) return;
  for (const { each, misfits } of compared) {
    const [misfit] = misfits;
    if (!misfit) continue;
    const fault = `No package serves the whole policy: ${named(each)} ${misfit.fault}`;
    reader.problems.error(placeOf(misfit), 'MODEL_MISFIT', `${fault}.`, fixFor(misfit, [each]));
  }
}

function fixFor({ what, name }: Misfit, models: readonly ModelDeclaration[]): string {
  if (what === 'cutoff' || what === 'band') {
    const names = [...new Set(models.flatMap((each) => Object.keys(what === 'cutoff' ? each.cutoffs : each.bands)))];
    const close = nearest(name, names);
    if (close !== undefined) return `Did you mean "${close}"?`;
    return names.length > 0 ? `There are: ${names.join(', ')}.` : 'Remove it, or use a package that declares it.';
  }
  if (what === 'band-names') return `Write the names of the package: [${models[0]?.bands[name]?.names.join(', ')}].`;
  return 'Remove what reads the score, or use a package whose manifest and card allow it.';
}
