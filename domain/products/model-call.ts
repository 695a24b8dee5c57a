import type { Application } from '../application/submission.ts';
import type { CreditAttributes } from '../bureau/report.ts';
import {
  buildFeatures,
  featureFaults,
  featureRow,
  loanFeatures,
  type FeatureFault,
  type FeatureVector,
} from '../features/build.ts';
import { FEATURES } from '../features/catalogue.ts';
import {
  cellOf,
  runsOf,
  withCandidates,
  type CandidateScores,
  type Steps,
  type Substitutions,
} from '../scoring/candidates.ts';
import type { ModelManifest } from '../scoring/manifest.ts';
import { explanationRows, interpretMargins, pdMicrosOf, toMicros, type ScoreResult } from '../scoring/score.ts';
import { productOf } from './index.ts';

/** A model, and where its margin may change; null where that is not known: each candidate then has a row of its own. */
interface CalledModel {
  readonly manifest: ModelManifest;
  readonly steps: Steps | null;
}

/** What the model is called with for one application. */
export interface ModelCall {
  readonly features: FeatureVector;
  readonly faults: readonly FeatureFault[];
  /** Rows that explain the request, and the candidates; null where a fault keeps the features from the model. */
  readonly rows: { readonly explanation: Float32Array; readonly candidates: Substitutions } | null;
}

/** The request, its explanation and every candidate, for one call of the model. */
export function modelCall(
  { manifest, steps }: CalledModel,
  application: Application,
  attributes: CreditAttributes,
): ModelCall {
  const features = buildFeatures(productOf(application).features(application), attributes);
  const faults = featureFaults(features);
  if (faults.length > 0) return { features, faults, rows: null };
  const { values } = candidatesOf(application, steps);
  const explanation = explanationRows(manifest, featureRow(features));
  return { features, faults, rows: { explanation, candidates: { columns: COLUMNS, values } } };
}

/** All rows of a call in one array, in the order in which `interpretCall` reads their margins. */
export function rowsOf({ manifest }: CalledModel, { explanation, candidates }: NonNullable<ModelCall['rows']>) {
  return withCandidates(explanation, manifest.features.length, candidates);
}

/**
 * The score of the request with its explanation, and the scores of the candidates.
 * @param margins of `rowsOf`.
 * @throws ScoreUnusable as `interpretMargins`, and for another number of margins.
 */
export function interpretCall(
  { manifest, steps }: CalledModel,
  application: Application,
  margins: Float32Array,
): ScoreResult {
  const { candidates, values } = candidatesOf(application, steps);
  const explained = Math.max(0, margins.length - values.length / COLUMNS.length);
  const result = interpretMargins(manifest, margins.subarray(0, explained));
  const pds = Array.from(margins.subarray(explained), (margin) =>
    Number.isFinite(margin) ? pdMicrosOf(toMicros(margin)) : null,
  );
  const { stepCents } = productOf(application).terms;
  const terms = [...candidates].map(([termMonths, scored]) => ({
    termMonths,
    runs: runsOf(
      scored.map(({ amountCents, row }) => ({ amountCents, pdMicros: row === null ? null : (pds[row] ?? null) })),
    ),
  }));
  return { ...result, candidates: { stepCents, terms } satisfies CandidateScores };
}

/** The amount from which on a row scores the candidates; null where a feature is outside the model's range. */
interface Candidate {
  readonly amountCents: number;
  readonly row: number | null;
}

type LoanFeature = keyof ReturnType<typeof loanFeatures>;
const LOAN_FEATURES: readonly LoanFeature[] = ['loan_amount', 'term_months', 'loan_to_income'];
const COLUMNS = LOAN_FEATURES.map((name) => FEATURES.findIndex((feature) => feature.name === name));

/**
 * The candidates by term, by rising amount: the multiples of the product's step below the request, and the request. One row
 * scores all candidates between the same steps of the model. `values` has the columns of each row.
 */
function candidatesOf(
  application: Application,
  steps: Steps | null,
): { readonly candidates: ReadonlyMap<number, readonly Candidate[]>; readonly values: readonly number[] } {
  const product = productOf(application);
  const requested = product.features(application);
  const { requestCents, stepCents } = product.terms;
  const smaller = Math.max(0, Math.ceil((requested.requestedAmountCents - requestCents[0]) / stepCents));
  const amountAt = (index: number): number =>
    index < smaller ? requestCents[0] + index * stepCents : requested.requestedAmountCents;
  const values: number[] = [];
  const rowOf = new Map<number, number>();
  const candidates = new Map(
    termsOf(application).map((termMonths) => {
      const featuresAt = (index: number) =>
        loanFeatures({ ...requested, termMonths, requestedAmountCents: amountAt(index) });
      const starts = steps
        ? firstOfEach(smaller + 1, (index) => cellAt(featuresAt(index), steps))
        : Array.from({ length: smaller + 1 }, (_, index) => index);
      const scored = starts.map((index): Candidate => {
        const features = featuresAt(index);
        const own = LOAN_FEATURES.map((name) => features[name]);
        if (!own.every(isBelieved)) return { amountCents: amountAt(index), row: null };
        const cell = steps ? cellAt(features, steps) : rowOf.size;
        const row = rowOf.get(cell) ?? rowOf.size;
        if (row === rowOf.size) values.push(...own);
        rowOf.set(cell, row);
        return { amountCents: amountAt(index), row };
      });
      return [termMonths, scored];
    }),
  );
  return { candidates, values };
}

function isBelieved(value: number | null, place: number): value is number {
  const feature = FEATURES[COLUMNS[place] ?? 0];
  return value !== null && feature !== undefined && value >= feature.minimum && value <= feature.maximum;
}

/** One number for all features between the same steps. It rises with the amount, and is infinite outside the model's range. */
function cellAt(features: Record<LoanFeature, number | null>, steps: Steps): number {
  let cell = 0;
  for (let place = 0; place < COLUMNS.length; place += 1) {
    const value = features[LOAN_FEATURES[place] ?? 'loan_amount'];
    const feature = FEATURES[COLUMNS[place] ?? 0];
    if (value === null || feature === undefined || value > feature.maximum) return Number.POSITIVE_INFINITY;
    if (value < feature.minimum) return Number.NEGATIVE_INFINITY;
    const own = steps[COLUMNS[place] ?? 0] ?? [];
    cell = cell * (own.length + 1) + cellOf(value, own);
  }
  return cell;
}

/** The first index of each stretch with the same key, where no key comes back after another. */
function firstOfEach(count: number, keyAt: (index: number) => number): number[] {
  const starts = [0];
  for (let start = 0; start < count;) {
    const key = keyAt(start);
    let [low, high] = [start + 1, count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (keyAt(middle) === key) low = middle + 1;
      else high = middle;
    }
    if (low < count) starts.push(low);
    start = low;
  }
  return starts;
}

/** A line has no terms: it is scored at the one that its product gives the model. */
function termsOf(application: Application): readonly number[] {
  const product = productOf(application);
  const { termsMonths } = product.terms;
  return termsMonths.length > 0 ? termsMonths : [product.features(application).termMonths];
}
