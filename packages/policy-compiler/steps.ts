import { dateOf, daysOf } from './dates.ts';
import { rangeText, type Scope } from './expression-context.ts';
import { Expression, readsOf } from './expression.ts';
import type { CheckedFormula, FormulaDeclaration } from './formulas.ts';
import { checkName } from './inputs.ts';
import { ROUNDINGS, type Axis, type Kind, type Step, type Table, type Type, type Value } from './policy.ts';
import { nearest } from './problems.ts';
import { wholeNumber, type Reader } from './reading.ts';
import type { Entry, Node } from './source.ts';

const DERIVABLE = ['money', 'integer', 'ratio', 'months', 'boolean'] as const;
const TABULAR = ['money', 'integer', 'ratio', 'months'] as const;

interface PresentCell {
  readonly value: number;
  readonly at: number;
}
/** Null: the table gives nothing there. */
type Cell = PresentCell | null;

interface Range {
  readonly low: number;
  readonly high: number;
}

interface ReadAxis {
  readonly axis: Axis;
  readonly value: Value;
}

interface Axes {
  readonly rows: ReadAxis;
  readonly columns: ReadAxis | undefined;
}

/**
 * The values between inputs and rules: derive, bands, tables. Each is checked when first read, so that the text may have
 * them in any order.
 */
export class Steps implements Scope {
  readonly #reader: Reader;
  readonly #values = new Map<string, Value>();
  readonly #broken: Set<string>;
  readonly #pending = new Map<string, { entry: Entry; section: 'derive' | 'bands' | 'tables' }>();
  readonly #inProgress: string[] = [];
  readonly #steps: Step[] = [];

  constructor(inputs: readonly Value[], broken: ReadonlySet<string>, reader: Reader) {
    this.#reader = reader;
    this.#broken = new Set(broken);
    for (const input of inputs) this.#values.set(input.name, input);
  }

  get steps(): readonly Step[] {
    return this.#steps;
  }

  get values(): ReadonlyMap<string, Value> {
    return this.#values;
  }

  declare(section: 'derive' | 'bands' | 'tables', node: Node | undefined): void {
    if (!node) return;
    const what = { derive: 'The derived value', bands: 'The band', tables: 'The table' }[section];
    for (const entry of this.#reader.entries(node, `The section ${section}`)) {
      if (!checkName(entry, what, this.#reader)) this.#broken.add(entry.key);
      else if (this.#values.has(entry.key) || this.#pending.has(entry.key)) {
        const fault = `${what} "${entry.key}" has the name of another value`;
        this.#reader.problems.error(entry.at, 'DUPLICATE_ID', `${fault}.`, 'Give it a name of its own.');
      } else this.#pending.set(entry.key, { entry, section });
    }
  }

  /** Makes a value readable that is no step: the smallest limit. */
  add(value: Value): void {
    this.#values.set(value.name, value);
  }

  checkAll(): void {
    for (const name of this.#pending.keys()) this.#resolve(name);
  }

  lookup(name: string, at: number): Value | 'broken' | undefined {
    if (this.#inProgress.includes(name)) {
      const circle = [...this.#inProgress.slice(this.#inProgress.indexOf(name)), name].join(' reads ');
      this.#reader.problems.error(at, 'CYCLE', `A value rests on itself: ${circle}.`, 'Break the circle.');
      return 'broken';
    }
    this.#resolve(name);
    return this.#broken.has(name) ? 'broken' : this.#values.get(name);
  }

  names(): Iterable<string> {
    return [...this.#values.keys(), ...this.#pending.keys()];
  }

  #resolve(name: string): void {
    const pending = this.#pending.get(name);
    if (!pending || this.#values.has(name) || this.#broken.has(name)) return;
    this.#inProgress.push(name);
    const { entry, section } = pending;
    const step =
      section === 'derive' ? this.#derived(entry) : section === 'bands' ? this.#band(entry) : this.#table(entry);
    this.#inProgress.pop();
    if (step) {
      this.#values.set(name, step.value);
      this.#steps.push(step);
    } else this.#broken.add(name);
  }

  #derived({ key: name, at, value: node }: Entry): Step | undefined {
    const where = `Derived value "${name}"`;
    const fields = this.#reader.fields(node, where, ['type', 'value'], ['places', 'round', 'note']);
    if (!fields) return undefined;
    const kind = this.#reader.oneOf(fields.get('type'), `The type of "${name}"`, DERIVABLE);
    const checked = kind && checkFormula({ fields, where, kind }, this, this.#reader);
    if (!kind || !checked) return undefined;
    const { formula, low, high, nullable } = checked;
    const type: Type = { kind, nullable, low, high, labels: [] };
    return { kind: 'derived', value: this.#value({ name, from: 'derived', at, type }, readsOf(formula)), formula };
  }

  #band({ key: name, at, value: node }: Entry): Step | undefined {
    const where = `Band "${name}"`;
    const fields = this.#reader.fields(node, where, ['of', 'cuts', 'names'], ['note']);
    const cutsNode = fields?.get('cuts');
    const namesNode = fields?.get('names');
    const of = fields && this.#named(fields.get('of'), where);
    if (!of || !cutsNode || !namesNode) return undefined;
    if (of.type.labels.length > 0 || of.type.kind === 'boolean') {
      const fault = `${where} cuts "${of.name}", a ${of.type.kind}, into ranges`;
      this.#reader.problems.error(at, 'TYPE_CLASH', `${fault}.`, 'Cut a number or a date.');
      return undefined;
    }
    const cuts = this.#cuts(cutsNode, where, of);
    const nameNodes = this.#reader.list(namesNode, `The names of ${where}`);
    if (!cuts || !nameNodes) return undefined;
    const labels: string[] = [];
    for (const nameNode of nameNodes) {
      const label = this.#reader.text(nameNode, `A name of ${where}`, /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'A or LOW');
      if (label === undefined) return undefined;
      if (labels.includes(label)) {
        this.#reader.problems.error(nameNode.at, 'DUPLICATE_ID', `${where} has "${label}" twice.`, 'Rename one.');
        return undefined;
      }
      labels.push(label);
    }
    if (labels.length !== cuts.length + 1) {
      const fault = `${where} has ${labels.length} names for the ${cuts.length + 1} ranges of its cut points`;
      this.#reader.problems.error(namesNode.at, 'TABLE_GAP', `${fault}.`, 'Name every range: one more than cuts.');
      return undefined;
    }
    const type: Type = {
      kind: 'enumeration',
      nullable: of.type.nullable,
      low: 0,
      high: labels.length - 1,
      labels,
    };
    return { kind: 'band', value: this.#value({ name, from: 'band', at, type }, [of.name]), of: of.name, cuts };
  }

  #table({ key: name, at, value: node }: Entry): Step | undefined {
    const where = `Table "${name}"`;
    const optional = ['columns', 'rising', 'falling', 'missing', 'note'];
    const fields = this.#reader.fields(node, where, ['gives', 'rows', 'values'], optional);
    const valuesNode = fields?.get('values');
    if (!fields || !valuesNode) return undefined;
    const gives = this.#gives(fields.get('gives'), where);
    const axes = this.#axes(fields, where, valuesNode);
    if (!gives || !axes) return undefined;
    const cells = this.#cells(valuesNode, where, axes, gives);
    if (!cells) return undefined;
    const ordered = axes.columns ? [axes.rows, axes.columns] : [axes.rows];
    const nullable = cells.includes(null) || ordered.some(({ value }) => value.type.nullable);
    const missing = checkMissing(fields.get('missing'), { where, at, nullable }, this.#reader);
    if (!missing) return undefined;
    const present = cells.filter((cell) => cell !== null).map((cell) => cell.value);
    const [low, high] = [Math.min(...present), Math.max(...present)];
    const type: Type = { kind: gives.kind, nullable, low, high, labels: [] };
    const reads = ordered.map((axis) => axis.value.name);
    const table: Table = {
      kind: 'table',
      value: this.#value({ name, from: 'table', at, type }, reads),
      axes: ordered.map(({ axis }) => axis),
      cells: cells.map((cell) => cell && cell.value),
      missing,
    };
    const fair = checkNotProhibited(where, at, table.value.prohibited, this.#reader);
    const monotone = this.#monotone(fields, where, table, cells);
    return fair && monotone ? table : undefined;
  }

  #axes(fields: Map<string, Node>, where: string, valuesNode: Node): Axes | undefined {
    const [rowsNode, columnsNode] = [fields.get('rows'), fields.get('columns')];
    const rows = rowsNode && this.#rowAxis(rowsNode, where, valuesNode);
    const columns = columnsNode && this.#columnAxis(columnsNode, where);
    return rows && (columns || !columnsNode) ? { rows, columns } : undefined;
  }

  #gives(node: Node | undefined, where: string): { kind: Kind; low: number; high: number } | undefined {
    const scalar = node && this.#reader.scalar(node, `What ${where} gives`);
    if (!scalar) return undefined;
    const [, word, first, last] = /^([a-z]+)\s+(-?[\d_]+)\.\.(-?[\d_]+)$/.exec(scalar.text) ?? [];
    const kind = TABULAR.find((candidate) => candidate === word);
    const [low, high] = [wholeNumber(first ?? ''), wholeNumber(last ?? '')];
    if (kind && low !== undefined && high !== undefined && low < high) return { kind, low, high };
    const fix = `Write a type of ${TABULAR.join(', ')} and its range, such as ratio 599..3599.`;
    this.#reader.problems.error(scalar.at, 'MALFORMED', `What ${where} gives is written "${scalar.text}".`, fix);
    return undefined;
  }

  /** Rows by cut points `{name: [cuts]}`, or by the keys under `values` when only a name is written. */
  #rowAxis(node: Node, where: string, valuesNode: Node): ReadAxis | undefined {
    if (node.kind !== 'scalar') return this.#columnAxis(node, where);
    const value = this.#named(node, where);
    if (!value) return undefined;
    if (valuesNode.kind !== 'mapping') {
      const fault = `${where} reads its rows by the key "${value.name}", but its values have no keys`;
      this.#reader.problems.error(valuesNode.at, 'MALFORMED', `${fault}.`, 'Write "KEY: value" lines under values.');
      return undefined;
    }
    const keys = this.#reader.entries(valuesNode, `The values of ${where}`);
    return this.#keyAxis(value, keys, valuesNode.at, where);
  }

  #columnAxis(node: Node, where: string): ReadAxis | undefined {
    const [entry, ...more] = this.#reader.entries(node, `An axis of ${where}`);
    if (!entry || more.length > 0) {
      const fault = `${where} has an axis that is not one name with its cut points or keys`;
      this.#reader.problems.error(node.at, 'MALFORMED', `${fault}.`, 'Write {name: [cut, cut]}.');
      return undefined;
    }
    const value = this.#lookupNamed(entry.key, entry.at, where);
    if (!value) return undefined;
    if (value.type.kind === 'enumeration') {
      const items = this.#reader.list(entry.value, `The keys of ${where}`);
      const keys = items?.map((item) => ({ key: item.kind === 'scalar' ? item.text : '', at: item.at }));
      return keys && this.#keyAxis(value, keys, entry.at, where);
    }
    if (value.type.kind === 'boolean') {
      const fault = `${where} has the boolean "${value.name}" for an axis`;
      this.#reader.problems.error(entry.at, 'TYPE_CLASH', `${fault}.`, 'Declare it as an enum to read a table by it.');
      return undefined;
    }
    const cuts = this.#cuts(entry.value, where, value);
    return cuts && { axis: { name: value.name, cuts, cells: [], size: cuts.length + 1 }, value };
  }

  #keyAxis(
    value: Value,
    keys: readonly { key: string; at: number }[],
    at: number,
    where: string,
  ): ReadAxis | undefined {
    const { labels } = value.type;
    if (labels.length === 0) {
      const fault = `${where} reads "${value.name}", a ${value.type.kind}, by key`;
      this.#reader.problems.error(at, 'TYPE_CLASH', `${fault}.`, `Write cut points: {${value.name}: [cut, cut]}.`);
      return undefined;
    }
    const cells = labels.map((label) => keys.findIndex(({ key }) => key === label));
    let sound = true;
    for (const [index, { key, at: keyAt }] of keys.entries()) {
      if (!labels.includes(key)) {
        const close = nearest(key, labels);
        const fix = close ? `Did you mean "${close}"?` : `The keys are: ${labels.join(', ')}.`;
        const fault = `${where} has the key "${key}", which "${value.name}" can never be`;
        this.#reader.problems.error(keyAt, 'NOT_IN_ENUMERATION', `${fault}.`, fix);
        sound = false;
      } else if (keys.findIndex((other) => other.key === key) < index) {
        this.#reader.problems.error(keyAt, 'DUPLICATE_ID', `${where} has the key "${key}" twice.`, 'Remove one.');
        sound = false;
      }
    }
    const lacking = labels.filter((_, index) => cells[index] === -1);
    if (lacking.length > 0) {
      const fault = `${where} has nothing for ${lacking.join(', ')} of "${value.name}"`;
      this.#reader.problems.error(
        at,
        'TABLE_GAP',
        `${fault}.`,
        'Add it, with the cell "none" where nothing is offered.',
      );
      sound = false;
    }
    return sound ? { axis: { name: value.name, cuts: undefined, cells, size: labels.length }, value } : undefined;
  }

  #cells(node: Node, where: string, { rows, columns }: Axes, gives: Range): Cell[] | undefined {
    const rowNodes =
      node.kind === 'mapping' ? node.entries.map((entry) => entry.value) : this.#reader.list(node, where);
    if (!rowNodes) return undefined;
    if (rowNodes.length !== rows.axis.size) {
      const fault = `${where} has ${rowNodes.length} rows of values for the ${rows.axis.size} ranges of "${rows.axis.name}"`;
      this.#reader.problems.error(node.at, 'TABLE_GAP', `${fault}.`, 'Write one row for each: one more than cuts.');
      return undefined;
    }
    const cells: Cell[] = [];
    for (const rowNode of rowNodes) {
      const row = this.#row(rowNode, where, columns?.axis, gives);
      if (!row) return undefined;
      cells.push(...row);
    }
    if (cells.some((cell) => cell !== null)) return cells;
    this.#reader.problems.error(node.at, 'TABLE_GAP', `${where} gives nothing at all.`, 'Fill at least one cell.');
    return undefined;
  }

  #row(node: Node, where: string, columns: Axis | undefined, gives: Range): Cell[] | undefined {
    const cellNodes = columns ? this.#reader.list(node, `A row of ${where}`) : [node];
    if (!cellNodes) return undefined;
    if (columns && cellNodes.length !== columns.size) {
      const fault = `${where} has a row of ${cellNodes.length} values for the ${columns.size} ranges of "${columns.name}"`;
      this.#reader.problems.error(node.at, 'TABLE_GAP', `${fault}.`, 'Fill the row, with "none" where nothing is.');
      return undefined;
    }
    const cells: Cell[] = [];
    for (const cellNode of cellNodes) {
      const cell = this.#cell(cellNode, where, gives);
      if (cell === undefined) return undefined;
      cells.push(cell);
    }
    return cells;
  }

  /** @returns undefined when the cell has a fault, null when it gives nothing. */
  #cell(node: Node, where: string, gives: Range): Cell | undefined {
    const scalar = this.#reader.scalar(node, `A cell of ${where}`);
    if (!scalar) return undefined;
    if (scalar.text === 'none') return null;
    const value = wholeNumber(scalar.text);
    if (value !== undefined && value >= gives.low && value <= gives.high) return { value, at: scalar.at };
    const fault = `${where} has the cell "${scalar.text}"; it gives ${gives.low} to ${gives.high}`;
    const fix = 'Write a whole number in the range, or "none".';
    this.#reader.problems.error(scalar.at, 'TABLE_VALUE_OUT_OF_RANGE', `${fault}.`, fix);
    return undefined;
  }

  #cuts(node: Node, where: string, of: Value): number[] | undefined {
    const items = this.#reader.list(node, `The cut points of ${where}`);
    if (!items) return undefined;
    const cuts: number[] = [];
    for (const item of items) {
      const scalar = this.#reader.scalar(item, `A cut point of ${where}`);
      if (!scalar) return undefined;
      const cut = of.type.kind === 'date' ? daysOf(scalar.text) : wholeNumber(scalar.text);
      if (cut === undefined) {
        const fix = of.type.kind === 'date' ? 'Write dates as YYYY-MM-DD.' : 'Write whole numbers.';
        this.#reader.problems.error(scalar.at, 'MALFORMED', `${where} has the cut point "${scalar.text}".`, fix);
        return undefined;
      }
      const before = cuts.at(-1);
      if (before !== undefined && cut <= before) {
        const fault = `${where} has the cut point ${scalar.text} of "${of.name}" after a larger or equal one`;
        this.#reader.problems.error(scalar.at, 'CUT_POINTS_OUT_OF_ORDER', `${fault}.`, 'Write cut points rising.');
        return undefined;
      }
      if (cut <= of.type.low || cut > of.type.high) {
        const range =
          of.type.kind === 'date' ? `${dateOf(of.type.low)} to ${dateOf(of.type.high)}` : rangeText(of.type);
        const fault = `${where} cuts "${of.name}" at ${scalar.text}, but it is only ever ${range}`;
        const fix = 'Remove the cut point, or widen the range of the input.';
        this.#reader.problems.error(scalar.at, 'CUT_POINT_OUT_OF_RANGE', `${fault}.`, fix);
        return undefined;
      }
      cuts.push(cut);
    }
    if (cuts.length > 0) return cuts;
    this.#reader.problems.error(node.at, 'TABLE_GAP', `${where} has no cut points.`, 'Write at least one.');
    return undefined;
  }

  #monotone(fields: Map<string, Node>, where: string, { axes, value }: Table, cells: readonly Cell[]): boolean {
    let sound = true;
    for (const direction of ['rising', 'falling'] as const) {
      const node = fields.get(direction);
      const named = node && this.#reader.list(node, `The ${direction} axes of ${where}`);
      for (const item of named ?? []) {
        const axisIndex = axes.findIndex((axis) => item.kind === 'scalar' && axis.name === item.text);
        if (axisIndex < 0) {
          const fault = `${where} is declared ${direction} along something that is none of its axes`;
          const fix = `Its axes are: ${axes.map((axis) => axis.name).join(', ')}.`;
          this.#reader.problems.error(item.at, 'UNKNOWN_NAME', `${fault}.`, fix);
          sound = false;
          continue;
        }
        const inversion = firstInversion(axes, axisIndex, direction, cells);
        if (inversion === undefined) continue;
        const fault = `${where} must be ${direction} along "${axes[axisIndex]?.name}", but ${inversion.value} breaks it`;
        this.#reader.problems.error(
          inversion.at,
          'PRICE_INVERSION',
          `${fault}: the ${value.type.kind} would go the wrong way as risk changes.`,
          'Correct the cell, or the direction.',
        );
        sound = false;
      }
    }
    return sound;
  }

  #named(node: Node | undefined, where: string): Value | undefined {
    const scalar = node && this.#reader.scalar(node, where);
    return scalar && this.#lookupNamed(scalar.text, scalar.at, where);
  }

  #lookupNamed(name: string, at: number, where: string): Value | undefined {
    const found = this.lookup(name, at);
    if (found === 'broken') return undefined;
    if (found) return found;
    const close = nearest(name, this.names());
    const fix = close ? `Did you mean "${close}"?` : 'Declare it under inputs or derive.';
    const fault = `${where} reads "${name}", which is neither an input nor a value of this policy`;
    this.#reader.problems.error(at, 'UNKNOWN_NAME', `${fault}.`, fix);
    return undefined;
  }

  #value(of: Pick<Value, 'name' | 'from' | 'at' | 'type'>, reads: readonly string[]): Value {
    return { ...of, ...restsOn(reads, this.#values) };
  }
}

/** What a value or rule inherits from the names it reads. */
export function restsOn(
  reads: readonly string[],
  values: ReadonlyMap<string, Value>,
): Pick<Value, 'stage' | 'sources' | 'prohibited' | 'saysType'> {
  const read = reads.map((name) => values.get(name)).filter((value) => value !== undefined);
  return {
    stage: read.some((value) => value.stage === 'full') ? 'full' : 'pre-bureau',
    sources: new Set(read.flatMap((value) => [...value.sources])),
    prohibited: new Set(read.flatMap((value) => [...value.prohibited])),
    saysType: read.every((value) => value.saysType),
  };
}

/** Only a rule may read a prohibited input. @returns whether nothing else does. */
export function checkNotProhibited(
  where: string,
  at: number,
  prohibited: ReadonlySet<string>,
  reader: Reader,
): boolean {
  for (const name of prohibited) {
    const fault = `${where} rests on "${name}", which is prohibited`;
    const fix = 'Only a rule may read it, with allow.';
    reader.problems.error(at, 'PROHIBITED_READ', `${fault}.`, fix);
  }
  return prohibited.size === 0;
}

/** Reads `value`, `places` and `round`. */
export function checkFormula(
  { fields, where, kind }: { readonly fields: Map<string, Node>; readonly where: string; readonly kind: Kind },
  scope: Scope,
  reader: Reader,
): CheckedFormula | undefined {
  const valueNode = fields.get('value');
  const scalar = valueNode && reader.scalar(valueNode, where);
  const placesNode = fields.get('places');
  const roundNode = fields.get('round');
  const places = placesNode && reader.integer(placesNode, `The places of ${where}`, 0, 4);
  const rounding = roundNode && reader.oneOf(roundNode, `The rounding of ${where}`, ROUNDINGS);
  if (!scalar || (placesNode && places === undefined) || (roundNode && !rounding)) return undefined;
  if (places !== undefined && kind !== 'ratio') {
    const fault = `${where} has decimal places, but a ${kind} is whole`;
    reader.problems.error(placesNode?.at ?? scalar.at, 'MALFORMED', `${fault}.`, 'Remove places.');
    return undefined;
  }
  const declared: FormulaDeclaration = { kind, places, rounding };
  return new Expression(scalar, where, scope, reader.problems).formula(declared);
}

/** `missing: pass` or `missing: refer`: mandatory where the result can be missing, refused where it cannot. */
export function checkMissing(
  node: Node | undefined,
  { where, at, nullable }: { readonly where: string; readonly at: number; readonly nullable: boolean },
  reader: Reader,
): 'pass' | 'refer' | undefined {
  if (node && !nullable) {
    const fault = `${where} says what a missing result does, but its result is never missing`;
    reader.problems.error(node.at, 'NEEDLESS_MISSING', `${fault}.`, 'Remove missing.');
    return undefined;
  }
  if (node) return reader.oneOf(node, `What ${where} does when its result is missing`, ['pass', 'refer']);
  if (!nullable) return 'refer';
  const fix = 'Add missing: refer (a person looks), or missing: pass.';
  reader.problems.error(at, 'UNHANDLED_NULL', `${where} can have no result and does not say what then.`, fix);
  return undefined;
}

/** The first cell that breaks the direction along an axis, of the lines in their order. */
function firstInversion(
  axes: readonly Axis[],
  along: number,
  direction: 'rising' | 'falling',
  cells: readonly Cell[],
): PresentCell | undefined {
  const lines = axes[1 - along]?.size ?? 1;
  for (let line = 0; line < lines; line += 1) {
    const present = lineOf(axes, along, line, cells);
    const broken = present.find((cell, index) => {
      const last = present[index - 1];
      return last && (direction === 'rising' ? cell.value < last.value : cell.value > last.value);
    });
    if (broken) return broken;
  }
  return undefined;
}

/** The cells of one row or column that give something, in the order of the axis. */
function lineOf(axes: readonly Axis[], along: number, line: number, cells: readonly Cell[]): PresentCell[] {
  const columns = axes[1]?.size ?? 1;
  const axis = axes[along];
  return Array.from({ length: axis?.size ?? 1 }, (_, step) => {
    const place = axis?.cuts ? step : (axis?.cells[step] ?? step);
    return cells[along === 0 ? place * columns + line : line * columns + place];
  }).filter((cell) => cell !== undefined && cell !== null);
}
