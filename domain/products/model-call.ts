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
import { changedFile, possibleChanges } from '../features/changes.ts';
import {
  cellOf,
  runsOf,
  withCandidates,
  type CandidateScores,
  type Steps,
  type Substitutions,
} from '../scoring/candidates.ts';
import type { ModelManifest } from '../scoring/manifest.ts';
import {
  bestRows,
  explanationRows,
  interpretMargins,
  pdMicrosOf,
  reasonGroups,
  ScoreUnusable,
  toMicros,
  type ScoreResult,
} from '../scoring/score.ts';
import { productOf } from './index.ts';

/** A model, and where its margin may change; null where that is not known: each candidate then has a row of its own. */
interface CalledModel {
  readonly manifest: ModelManifest;
  readonly steps: Steps | null;
}

/** An application with the attributes of its credit file. */
interface ScoredFile {
  readonly application: Application;
  readonly attributes: CreditAttributes;
}

/** What the model is called with for one application. */
export interface ModelCall {
  readonly features: FeatureVector;
  readonly faults: readonly FeatureFault[];
  /**
   * Rows that explain the request: `explanationRows`, `bestRows`, then a row for each change of the credit file. The
   * candidates follow. Null where a fault keeps the features from the model.
   */
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
  const row = featureRow(features);
  const explanation = joined([
    explanationRows(manifest, row),
    bestRows(manifest, row),
    ...changedRows(application, attributes),
  ]);
  return { features, faults, rows: { explanation, candidates: { columns: COLUMNS, values } } };
}

/** All rows of a call in one array, in the order in which `interpretCall` reads their margins. */
export function rowsOf({ manifest }: CalledModel, { explanation, candidates }: NonNullable<ModelCall['rows']>) {
  return withCandidates(explanation, manifest.features.length, candidates);
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A row for each change that the credit file leaves room for. */
function changedRows(application: Application, attributes: CreditAttributes): Float32Array[] {
  const requested = productOf(application).features(application);
  return possibleChanges(attributes).flatMap(({ fact, targets }) =>
    targets.map((to) => featureRow(buildFeatures(requested, changedFile(attributes, fact, to)))),
  );
}

/**
 * The score of the request with its explanation, the changes of the credit file, and the scores of the candidates.
 * @param margins of `rowsOf`.
 * @throws ScoreUnusable as `interpretMargins`, and for another number of margins.
 */
export function interpretCall(
  { manifest, steps }: CalledModel,
  { application, attributes }: ScoredFile,
  margins: Float32Array,
): ScoreResult {
  const { candidates, values } = candidatesOf(application, steps);
  const possible = possibleChanges(attributes);
  const groups = reasonGroups(manifest).length;
  const changes = possible.reduce((count, { targets }) => count + targets.length, 0);
  const [best, changed, scored] = [2 + groups, 2 + 2 * groups, 2 + 2 * groups + changes];
  if (
    margins.length !== scored + values.length / COLUMNS.length ||
    !margins.subarray(0, scored).every(Number.isFinite)
  ) {
    throw new ScoreUnusable('The margins are of another call, or not all are numbers: score the rows of modelCall.');
  }
  const explained = interpretMargins(manifest, margins.subarray(0, best));
  const byMicros = (index: number): number => toMicros((margins[index] ?? Number.NaN) - (margins[0] ?? Number.NaN));
  const contributions = explained.contributions.map((each, index) => ({
    ...each,
    fromBestMicros: 0 - byMicros(best + index),
  }));
  const starts = possible.map((_, index) =>
    possible.slice(0, index).reduce((count, { targets }) => count + targets.length, changed),
  );
  return {
    ...explained,
    contributions,
    changes: possible.map(({ fact, from, targets }, index) => ({
      fact,
      from,
      targets: targets.map((to, place) => ({ to, byMicros: byMicros((starts[index] ?? 0) + place) })),
    })),
    candidates: scoresOf(application, candidates, margins.subarray(scored)),
  };
}

/** The scores of the candidates. @param margins of their rows. */
function scoresOf(
  application: Application,
  candidates: ReadonlyMap<number, readonly Candidate[]>,
  margins: Float32Array,
): CandidateScores {
  const pds = Array.from(margins, (margin) => (Number.isFinite(margin) ? pdMicrosOf(toMicros(margin)) : null));
  const terms = [...candidates].map(([termMonths, scored]) => ({
    termMonths,
    runs: runsOf(
      scored.map(({ amountCents, row }) => ({ amountCents, pdMicros: row === null ? null : (pds[row] ?? null) })),
    ),
  }));
  return { stepCents: productOf(application).terms.stepCents, terms };
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
