import type { FeatureVector } from '../../domain/features/build.ts';
import { FEATURES } from '../../domain/features/catalogue.ts';
import { PointTree } from './nearest.ts';
import { newestDecision, scoringOf } from './recorded.ts';
import { within, defineReport, type ReportEnd } from './report.ts';

/** Applicants this near are taken as alike: on the root mean square, a quarter of a scale a feature. */
const ALIKE = 0.25;
/** Rows of the report, the nearest pairs first. */
const MAX_ROWS = 1_000;
/** Members of a tree that one search looks at: with it, n applicants cost at most n times so many comparisons. */
const MAX_COMPARED = 20_000;
const OUTCOMES: readonly string[] = ['APPROVE', 'COUNTEROFFER', 'DECLINE'];
const COLUMNS = FEATURES.length;

type PairRow = {
  distance: number;
  product: string;
  one: string;
  oneOutcome: string;
  oneScore: number | null;
  oneDecidedOn: string;
  oneReasons: string;
  other: string;
  otherOutcome: string;
  otherScore: number | null;
  otherDecidedOn: string;
  otherReasons: string;
  samePolicy: boolean;
  differMost: string;
};

interface Compared {
  readonly applicationId: string;
  readonly product: string;
  readonly outcome: string;
  readonly score: number | null;
  readonly decidedOn: string;
  readonly reasons: string;
  readonly policyDigest: string | null;
  /** How many features the model of the score read. */
  readonly read: number;
}

export const alike = defineReport<PairRow>({
  name: 'alike',
  title: 'Similar applicants, different outcomes',
  question: 'Were similar applicants treated alike: whose nearest neighbours came out otherwise?',
  dated: 'decided',
  reads: ['score', 'decision'],
  notes: [
    `Applicants of one product who were scored and approved, countered or declined. The distance of two is the root mean square of the differences of the features that their models read, each in its scale: amounts in dollars by the natural logarithm of 1 + the amount, everything else as the model reads it, divided by the interquartile range among the product’s applicants of the period (by the standard deviation where that is zero). A missing value stands at the median. Up to ${ALIKE} counts as alike.`,
    `Each applicant is compared with the nearest of every other outcome, found in a k-d tree: no more than ${MAX_COMPARED.toLocaleString('en-US')} comparisons a search. The ${MAX_ROWS.toLocaleString('en-US')} nearest pairs are listed. A pair is a question, not a finding: what the model does not read, such as bankruptcies, debt to income and holds, may tell the two apart, and the reasons say so.`,
  ],
  columns: [
    { name: 'distance', heading: 'Distance', format: 'DECIMAL', brief: true },
    { name: 'product', heading: 'Product' },
    { name: 'one', heading: 'One', brief: true },
    { name: 'oneOutcome', heading: 'Outcome', brief: true },
    { name: 'oneScore', heading: 'Score', format: 'COUNT' },
    { name: 'oneDecidedOn', heading: 'Decided' },
    { name: 'oneReasons', heading: 'Reasons' },
    { name: 'other', heading: 'Other', brief: true },
    { name: 'otherOutcome', heading: 'Outcome', brief: true },
    { name: 'otherScore', heading: 'Score', format: 'COUNT' },
    { name: 'otherDecidedOn', heading: 'Decided' },
    { name: 'otherReasons', heading: 'Reasons', brief: true },
    { name: 'samePolicy', heading: 'Same policy' },
    { name: 'differMost', heading: 'Differ most in' },
  ],
  begin(scope) {
    const compared: Compared[] = [];
    const vectors = new Vectors();
    return {
      add(recorded) {
        const decision = newestDecision(recorded);
        const scoring = decision && scoringOf(recorded, decision);
        if (!decision || !scoring?.result || !OUTCOMES.includes(decision.outcome)) return [];
        if (!within(scope, decision.decidedOn)) return [];
        vectors.add(coordinates(scoring.features));
        compared.push({
          applicationId: recorded.applicationId,
          product: decision.product,
          outcome: decision.outcome,
          score: scoring.result.score,
          decidedOn: decision.decidedOn,
          reasons: decision.reasons.map(({ code }) => code).join(' '),
          policyDigest: decision.policy?.digest ?? null,
          read: Object.keys(scoring.features).length,
        });
        return [];
      },
      end: () => findPairs(compared, vectors),
    };
  },
});

/** Every coordinate of an applicant, unscaled; NaN where the value is missing. */
function coordinates(features: FeatureVector): number[] {
  return FEATURES.map(({ name, unit }) => {
    const value = features[name] ?? null;
    if (value === null) return Number.NaN;
    return unit === 'usd' ? Math.log1p(Math.max(0, value)) : value;
  });
}

/** Rows of coordinates in one block, which grows by halves: some 90 bytes an applicant. */
class Vectors {
  #values = new Float32Array(1_024 * COLUMNS);
  #length = 0;

  add(row: readonly number[]): void {
    if (this.#length + COLUMNS > this.#values.length) {
      const more = new Float32Array(Math.ceil((this.#values.length / COLUMNS) * 1.5) * COLUMNS);
      more.set(this.#values);
      this.#values = more;
    }
    this.#values.set(row, this.#length);
    this.#length += COLUMNS;
  }

  get points(): Float32Array {
    return this.#values;
  }

  /** Divides the features of these rows by their scales; a missing value goes to the median. @returns the scales. */
  scale(rows: readonly number[]): number[] {
    return FEATURES.map((_, column) => {
      const place = (row: number) => row * COLUMNS + column;
      const present = Float32Array.from(rows, (row) => this.#values[place(row)] ?? Number.NaN)
        .filter((value) => !Number.isNaN(value))
        .sort();
      const scale = scaleOf(present);
      const median = present[present.length >> 1] ?? 0;
      for (const row of rows) {
        const value = this.#values[place(row)] ?? Number.NaN;
        this.#values[place(row)] = (Number.isNaN(value) ? median : value) / scale;
      }
      return scale;
    });
  }
}

/** @param sorted the values that are there. @returns their interquartile range, else standard deviation, else 1. */
export function scaleOf(sorted: Float32Array): number {
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  const range = at(0.75) - at(0.25);
  if (range > 0) return range;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / (sorted.length || 1);
  const variance = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (sorted.length || 1);
  return Math.sqrt(variance) || 1;
}

interface Pair {
  readonly one: number;
  readonly other: number;
  readonly squared: number;
}

/** Each pair once, the nearest first. @param count how many applicants are compared. */
const distinctPairs = (found: readonly Pair[], count: number): Pair[] =>
  [...new Map(found.map((pair) => [pair.one * count + pair.other, pair])).values()].sort(
    (a, b) => a.squared - b.squared || a.one - b.one || a.other - b.other,
  );

function scalesInWords(product: string, scales: readonly number[]): string {
  const words = FEATURES.map(
    ({ name, unit }, at) => `${unit === 'usd' ? `ln ${name}` : name} ${scales[at]?.toPrecision(3)}`,
  );
  return `Scales of ${product}: ${words.join(', ')}.`;
}

function findPairs(compared: readonly Compared[], vectors: Vectors): ReportEnd<PairRow> {
  const numbers = compared.map((_, row) => row);
  const found: Pair[] = [];
  const notes: string[] = [];
  const points: { label: string; values: number[] }[] = [];
  for (const product of [...new Set(compared.map((each) => each.product))].sort()) {
    const rows = numbers.filter((row) => compared[row]?.product === product);
    const scales = vectors.scale(rows);
    const trees = OUTCOMES.map((outcome) => ({
      outcome,
      tree: new PointTree(
        vectors.points,
        COLUMNS,
        rows.filter((row) => compared[row]?.outcome === outcome),
      ),
    }));
    const counted = { alike: 0, same: 0, ended: 0 };
    for (const row of rows) {
      const nearest = trees.map(({ outcome, tree }) => ({
        outcome,
        ...tree.nearest(row, ALIKE ** 2 * (compared[row]?.read ?? COLUMNS), MAX_COMPARED),
      }));
      if (nearest.some(({ whole }) => !whole)) counted.ended += 1;
      const own = nearest.find(({ outcome }) => outcome === compared[row]?.outcome)?.found;
      const others = nearest.flatMap(({ outcome, found }) =>
        found && outcome !== compared[row]?.outcome ? [found] : [],
      );
      for (const { row: other, squared } of others) {
        found.push({ one: Math.min(row, other), other: Math.max(row, other), squared });
      }
      if (!own && others.length === 0) continue;
      counted.alike += 1;
      if (own && others.every(({ squared }) => own.squared <= squared)) counted.same += 1;
    }
    points.push({ label: product, values: [rows.length, counted.alike, counted.same] });
    notes.push(scalesInWords(product, scales));
    if (counted.ended > 0) {
      notes.push(`${counted.ended} searches of ${product} ended at the bound: a nearer neighbour may exist.`);
    }
  }
  const distinct = distinctPairs(found, compared.length);
  if (distinct.length > MAX_ROWS) notes.push(`${distinct.length} pairs were found; the nearest are listed.`);
  return {
    rows: distinct.slice(0, MAX_ROWS).map((pair) => pairRow(pair, compared, vectors.points)),
    plots: [
      {
        kind: 'PLOT',
        shape: 'BARS',
        title: 'Treated alike',
        unit: 'applicants',
        series: ['compared', 'with an alike neighbour', 'whose nearest came out the same'],
        points,
      },
    ],
    notes,
  };
}

function pairRow({ one, other, squared }: Pair, compared: readonly Compared[], points: Float32Array): PairRow {
  const [first, second] = [compared[one], compared[other]] as [Compared, Compared];
  const differences = FEATURES.map(({ name }, column) => ({
    name,
    by: Math.abs((points[one * COLUMNS + column] ?? 0) - (points[other * COLUMNS + column] ?? 0)),
  }));
  return {
    distance: Math.round(Math.sqrt(squared / Math.max(first.read, second.read)) * 1e4) / 1e4,
    product: first.product,
    one: first.applicationId,
    oneOutcome: first.outcome,
    oneScore: first.score,
    oneDecidedOn: first.decidedOn,
    oneReasons: first.reasons,
    other: second.applicationId,
    otherOutcome: second.outcome,
    otherScore: second.score,
    otherDecidedOn: second.decidedOn,
    otherReasons: second.reasons,
    samePolicy: first.policyDigest === second.policyDigest,
    differMost: differences
      .filter(({ by }) => by > 0)
      .sort((a, b) => b.by - a.by)
      .slice(0, 3)
      .map(({ name, by }) => `${name} ${by.toFixed(2)}`)
      .join(', '),
  };
}
