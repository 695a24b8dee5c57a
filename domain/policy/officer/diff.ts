/** The difference of two policies' texts, entry by entry, as a credit officer reads it. */

/** A policy's text as data: every scalar as it was written. */
type PolicyNode = string | readonly PolicyNode[] | { readonly [key: string]: PolicyNode };
export type PolicyText = { readonly [key: string]: PolicyNode };

interface FieldChange {
  readonly field: string;
  /** Null where it is not there. */
  readonly before: string | null;
  readonly after: string | null;
}

/** A table of which only values changed: every cell before and after, by the names of its rows and columns. */
export interface TableChange {
  readonly columns: readonly string[];
  readonly rows: readonly {
    readonly row: string;
    readonly cells: readonly { readonly before: string; readonly after: string }[];
  }[];
}

export interface PolicyChange {
  /** Such as `rules.full`, `tables`, `derive`. */
  readonly section: string;
  readonly name: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly fields: readonly FieldChange[];
  readonly table: TableChange | null;
}

const SECTIONS = ['policy', 'inputs', 'model', 'derive', 'bands', 'tables', 'limits', 'rules', 'conditions'];
/** Their entries stand one level deeper, by stage. */
const STAGED = new Set(['inputs', 'rules']);

/**
 * What changed from one policy to another, in the order of a policy's sections and then of the texts. Comments, order and
 * the underscores of numbers are no change.
 */
export function diffPolicies(before: PolicyText, after: PolicyText): PolicyChange[] {
  const sections = [...new Set([...SECTIONS, ...Object.keys(sectionsOf(before)), ...Object.keys(sectionsOf(after))])];
  const [left, right] = [sectionsOf(before), sectionsOf(after)];
  const ordered = sections.flatMap((section) => [
    ...new Set([...matching(left, section), ...matching(right, section)]),
  ]);
  return [...new Set(ordered)].flatMap((section) => diffSection(section, left[section] ?? {}, right[section] ?? {}));
}

function matching(sections: Readonly<Record<string, PolicyText>>, section: string): string[] {
  return Object.keys(sections).filter((name) => name === section || name.startsWith(`${section}.`));
}

function sectionsOf(text: PolicyText): Record<string, PolicyText> {
  const sections: Record<string, PolicyText> = {};
  const head: Record<string, PolicyNode> = {};
  for (const [key, node] of Object.entries(text)) {
    if (!isMap(node)) head[key] = node;
    else if (!STAGED.has(key)) sections[key] = node;
    else for (const [stage, entries] of Object.entries(node)) if (isMap(entries)) sections[`${key}.${stage}`] = entries;
  }
  return { policy: head, ...sections };
}

function diffSection(section: string, before: PolicyText, after: PolicyText): PolicyChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name): PolicyChange[] => {
    const [left, right] = [before[name], after[name]];
    const fields = diffFields(fieldsOf(left), fieldsOf(right));
    if (fields.length === 0) return [];
    const change = left === undefined ? 'added' : right === undefined ? 'removed' : 'changed';
    const table = section === 'tables' && left && right ? tableChange(left, right) : null;
    const shown = table ? fields.filter(({ field }) => field !== 'values') : fields;
    return [{ section, name, change, fields: shown, table }];
  });
}

function diffFields(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): FieldChange[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].flatMap((field) => {
    const [left, right] = [before.get(field) ?? null, after.get(field) ?? null];
    return left === right ? [] : [{ field, before: left, after: right }];
  });
}

function fieldsOf(node: PolicyNode | undefined): ReadonlyMap<string, string> {
  if (node === undefined) return new Map();
  if (!isMap(node)) return new Map([['is', written(node)]]);
  return new Map(Object.entries(node).map(([field, value]) => [field, written(value)]));
}

/** One line of text for any value; `20_000` and `20000` are one number. */
function written(node: PolicyNode): string {
  if (typeof node === 'string') return node.trim().replaceAll(/(?<=\d)_(?=\d)/g, '');
  if (isList(node)) return `[${node.map(written).join(', ')}]`;
  const entries = Object.entries(node).map(([key, value]) => `${key}: ${written(value)}`);
  return `{ ${entries.join(', ')} }`;
}

function tableChange(before: PolicyNode, after: PolicyNode): TableChange | null {
  if (!isMap(before) || !isMap(after)) return null;
  const axes = (table: PolicyText): string =>
    [table['rows'], table['columns']].map((axis) => (axis === undefined ? '' : written(axis))).join('|');
  const [left, right] = [cellsOf(before['values']), cellsOf(after['values'])];
  if (axes(before) !== axes(after) || left.length !== right.length) return null;
  if (left.every((row, at) => row.join() === right[at]?.join())) return null;
  const columns = labelsOf(after['columns'], left[0]?.length ?? 0);
  const rows = labelsOf(after['rows'], left.length);
  return {
    columns,
    rows: left.map((cells, at) => ({
      row: rows[at] ?? '',
      cells: cells.map((cell, column) => ({ before: cell, after: right[at]?.[column] ?? '' })),
    })),
  };
}

function cellsOf(values: PolicyNode | undefined): string[][] {
  if (!isList(values)) return [];
  return values.map((row) => (isList(row) ? row.map(written) : [written(row)]));
}

/** The names of an axis' cells: its keys, or `term < 37`, `term >= 37` for a cut point. */
function labelsOf(axis: PolicyNode | undefined, cells: number): string[] {
  const [name, marks] = isMap(axis) ? (Object.entries(axis)[0] ?? []) : [];
  if (name === undefined || !isList(marks)) return Array.from({ length: cells }, () => '');
  const texts = marks.map(written);
  if (texts.length === cells) return texts.map((text) => `${name} ${text}`);
  return Array.from({ length: cells }, (_, at) =>
    at === 0 ? `${name} < ${texts[0] ?? ''}` : `${name} >= ${texts[at - 1] ?? ''}`,
  );
}

function isList(node: PolicyNode | undefined): node is readonly PolicyNode[] {
  return Array.isArray(node);
}

function isMap(node: PolicyNode | undefined): node is PolicyText {
  return node !== undefined && typeof node !== 'string' && !isList(node);
}
