import type { Table } from './table.ts';

/** A sign that a model knows at training what it will not know at a decision. */
export interface Suspect {
  /** Kind and columns, such as `ranks-alone:loan_amount`. */
  readonly suspect: string;
  /** The figures, in a sentence. */
  readonly finding: string;
}

/** Above this AUC, one column alone or a whole model may know the outcome or the lender's price. */
const MAX_COLUMN_AUC = 0.7;
export const MAX_MODEL_AUC = 0.9;
/** The suspect of a model with a larger AUC. */
export const TOO_WELL = 'ranks-too-well:model';
/** The largest part of what a model ranks better than chance that one of its features may give alone. */
const MAX_SHARE_OF_MODEL = 0.9;
/** From this rank correlation on, a feature stands for another column. */
const MAX_CORRELATION = 0.9;
/** A value or a range of a feature with this share of events nearly determines the target. */
const MAX_EVENT_RATE = 0.9;
/** The share of all events, and the number of applicants, that such a range has to have. */
const MIN_EVENTS_COVERED = 0.05;
const MIN_APPLICANTS = 20;

/** Parts of the names of columns that are known only at or after a decision. */
const LATE_NAMES: Readonly<Record<string, readonly string[]>> = {
  price: ['apr', 'rate', 'price', 'interest', 'int', 'fee', 'grade', 'subgrade', 'tier'],
  outcome: [
    'outcome',
    'default',
    'defaulted',
    'charged',
    'chargeoff',
    'writeoff',
    'dpd',
    'late',
    'bad',
    'paid',
    'payment',
    'pymnt',
    'recovery',
    'recoveries',
    'collection',
    'settlement',
  ],
  decision: ['decision', 'decided', 'approved', 'declined', 'status', 'verification', 'score'],
};

const DATE = /^\d{4}-\d{2}-\d{2}/;

interface Measured {
  readonly table: Table;
  /** Names of the features, in the order of the columns. */
  readonly names: readonly string[];
  readonly margins: Float32Array;
  /** AUC of the model out of fold. */
  readonly auc: number;
}

/** Every suspected leak of a model through the target, the price or time, as its training data show it. */
export function suspectsOf({ table, names, margins, auc }: Measured): Suspect[] {
  const features = names.map((name, column) => ({ name, ranks: ranksOf(table.rows.map((row) => row[column] ?? 0)) }));
  const model = { name: 'the model', ranks: ranksOf([...margins]) };
  return [
    ...ofModel(auc),
    ...features.flatMap(({ name, ranks }, column) => [
      ...ranksAlone(name, aucOf(ranks, table.bad), auc),
      ...determines(
        name,
        table.rows.map((row) => row[column] ?? 0),
        table.bad,
      ),
      ...lateName(name),
    ]),
    ...otherColumns(table).flatMap((other) =>
      other.late === null && !other.ranksLikeTarget
        ? []
        : [...features, model].flatMap((feature) => proxies(feature, other)),
    ),
    ...knownLater(table),
  ];
}

function ofModel(auc: number): Suspect[] {
  if (auc <= MAX_MODEL_AUC) return [];
  const finding = `The model has an AUC of ${figure(auc)} out of fold, above ${figure(MAX_MODEL_AUC)}: no honest model of default ranks so well.`;
  return [{ suspect: TOO_WELL, finding }];
}

function ranksAlone(name: string, auc: number, modelAuc: number): Suspect[] {
  const share = (auc - 0.5) / Math.max(modelAuc - 0.5, Number.EPSILON);
  const limit = auc > MAX_COLUMN_AUC ? `above ${figure(MAX_COLUMN_AUC)}` : undefined;
  const ofModel =
    modelAuc > 0.5 && share > MAX_SHARE_OF_MODEL
      ? `${Math.round(share * 100)} % of what the model ranks better than chance (AUC ${figure(modelAuc)})`
      : undefined;
  if (limit === undefined && ofModel === undefined) return [];
  const why = [limit, ofModel].filter((each) => each !== undefined).join(' and ');
  return [{ suspect: `ranks-alone:${name}`, finding: `${name} alone has an AUC of ${figure(auc)}: ${why}.` }];
}

/** Ranges at either end of a feature, and single values, that hold hardly anything but events. */
function determines(name: string, values: readonly number[], bad: readonly boolean[]): Suspect[] {
  const events = bad.filter(Boolean).length;
  if (events / bad.length > 0.5) return [];
  const byValue = new Map<number, { count: number; events: number }>();
  for (const [at, value] of values.entries()) {
    const found = byValue.get(value) ?? { count: 0, events: 0 };
    found.count += 1;
    if (bad[at] === true) found.events += 1;
    byValue.set(value, found);
  }
  const rising = [...byValue].sort(([a], [b]) => a - b).map(([, counts]) => counts);
  const ranges = [...byValue.values(), ...accumulated(rising), ...accumulated(rising.toReversed())];
  const found = ranges
    .filter((range) => range.count >= MIN_APPLICANTS && range.events / range.count >= MAX_EVENT_RATE)
    .filter((range) => range.events / events >= MIN_EVENTS_COVERED)
    .sort((a, b) => b.events - a.events)[0];
  if (found === undefined) return [];
  const finding =
    `A range of ${name} has ${found.events} events among ${found.count} applicants, ` +
    `${percent(found.events / events)} of all events: the value may be known only after the outcome.`;
  return [{ suspect: `determines-target:${name}`, finding }];
}

function accumulated(counts: readonly { readonly count: number; readonly events: number }[]) {
  let [count, events] = [0, 0];
  return counts.map((each) => {
    count += each.count;
    events += each.events;
    return { count, events };
  });
}

function lateName(name: string): Suspect[] {
  const late = lateKind(name);
  if (late === null) return [];
  return [
    { suspect: `named-late:${name}`, finding: `${name} has the name of a ${late}, known only at or after a decision.` },
  ];
}

function lateKind(name: string): string | null {
  const parts = name.toLowerCase().split(/[^a-z0-9]+/);
  return Object.keys(LATE_NAMES).find((kind) => LATE_NAMES[kind]?.some((part) => parts.includes(part))) ?? null;
}

interface OtherColumn {
  readonly name: string;
  readonly ranks: readonly number[];
  /** `price`, `outcome`, `decision` or `date`; null for any other name. */
  readonly late: string | null;
  readonly ranksLikeTarget: boolean;
}

/** The columns that are no feature, as numbers: numbers, dates, or texts in the order of their alphabet. */
function otherColumns({ others, bad }: Table): OtherColumn[] {
  return [...others].map(([name, cells]) => {
    const isDate = cells.every((cell) => cell === '' || DATE.test(cell)) && cells.some((cell) => cell !== '');
    const numbers = cells.map((cell) => Number(cell.replace(/%$/, '')));
    const numeric = numbers.every((value, at) => cells[at] === '' || Number.isFinite(value));
    const ranks = ranksOf(numeric ? numbers : textRanks(cells));
    const late = isDate ? 'date' : lateKind(name);
    return { name, ranks, late, ranksLikeTarget: !isDate && aucOf(ranks, bad) > MAX_COLUMN_AUC };
  });
}

function textRanks(cells: readonly string[]): number[] {
  const order = new Map([...new Set(cells)].sort().map((cell, at) => [cell, at]));
  return cells.map((cell) => order.get(cell) ?? 0);
}

function proxies(
  feature: { readonly name: string; readonly ranks: readonly number[] },
  { name, ranks, late }: OtherColumn,
): Suspect[] {
  const correlation = correlationOf(feature.ranks, ranks);
  if (Math.abs(correlation) < MAX_CORRELATION) return [];
  const what = late === null ? 'a column that ranks the outcome' : `a ${late}`;
  return [
    {
      suspect: `stands-for:${feature.name === 'the model' ? 'model' : feature.name}:${name}`,
      finding: `${feature.name} follows ${name}, ${what}: the rank correlation is ${figure(correlation)}.`,
    },
  ];
}

/** Values whose `FEATURE_known_at` is later than `decided_at` of the same row. */
function knownLater({ others }: Table): Suspect[] {
  const decided = others.get('decided_at');
  if (decided === undefined) return [];
  return [...others].flatMap(([name, cells]) => {
    if (!name.endsWith('_known_at')) return [];
    const later = cells.filter((cell, at) => cell !== '' && Date.parse(cell) > Date.parse(decided[at] ?? '')).length;
    if (later === 0) return [];
    const feature = name.slice(0, -'_known_at'.length);
    const finding = `${feature} was known after the decision in ${later} of ${cells.length} rows.`;
    return [{ suspect: `known-later:${feature}`, finding }];
  });
}

/** Ranks from 1; ties share their mean. */
function ranksOf(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = Array.from(values, () => 0);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && values[order[end] ?? 0] === values[order[start] ?? 0]) end += 1;
    for (let at = start; at < end; at += 1) ranks[order[at] ?? 0] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

/** Area under the ROC curve of ranks in either direction, 0.5 to 1. */
function aucOf(ranks: readonly number[], bad: readonly boolean[]): number {
  const auc = areaOf(ranks, bad);
  return Math.max(auc, 1 - auc);
}

/** Area under the ROC curve of margins, where larger ones have to be those of events (Mann and Whitney). */
export function aucOfMargins(margins: Float32Array, bad: readonly boolean[]): number {
  return areaOf(ranksOf([...margins]), bad);
}

function areaOf(ranks: readonly number[], bad: readonly boolean[]): number {
  const events = bad.filter(Boolean).length;
  const sum = ranks.reduce((total, rank, at) => total + (bad[at] === true ? rank : 0), 0);
  return (sum - (events * (events + 1)) / 2) / (events * (bad.length - events));
}

/** Correlation of ranks (Spearman); 0 for a constant column. */
function correlationOf(a: readonly number[], b: readonly number[]): number {
  const mean = (a.length + 1) / 2;
  let [ab, aa, bb] = [0, 0, 0];
  for (const [at, rank] of a.entries()) {
    const [da, db] = [rank - mean, (b[at] ?? mean) - mean];
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb);
}

const figure = (value: number): string => value.toFixed(3);
const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
