import type { Application } from '../application/submission.ts';
import type { CreditAttributes } from '../bureau/report.ts';
import {
  buildFeatures,
  featureFaults,
  featureRow,
  loanFeatures,
  ownFeatures,
  type FeatureFault,
  type FeatureVector,
  type ModelFeature,
} from '../features/build.ts';
import { definitionOf, namesOf } from '../features/catalogue.ts';
import { changedFile, possibleChanges, type PossibleChange } from '../features/changes.ts';
import {
  cellOf,
  runsOf,
  withCandidates,
  type CandidateScores,
  type Steps,
  type Substitutions,
} from '../scoring/candidates.ts';
import type { ModelPackage } from '../scoring/model-package.ts';
import {
  bestRows,
  explanationCount,
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
  readonly manifest: ModelPackage;
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
  const own = manifest.features;
  const features = ownFeatures(buildFeatures(productOf(application).features(application), attributes), own);
  const faults = featureFaults(features, own);
  if (faults.length > 0) return { features, faults, rows: null };
  const { values, columns } = candidatesOf({ manifest, steps }, application);
  const row = featureRow(features, own);
  const explanation = joined([
    explanationRows(manifest, row),
    bestRows(manifest, row),
    ...changedRows(manifest, { application, attributes }),
  ]);
  return { features, faults, rows: { explanation, candidates: { columns, values } } };
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

/** The changes that the credit file leaves room for, as far as the model believes what they lead to. */
function changesOf({ features }: ModelPackage, { application, attributes }: ScoredFile): PossibleChange[] {
  const possible = possibleChanges(attributes);
  if (features.every(isWhole)) return possible;
  const requested = productOf(application).features(application);
  return possible.flatMap(({ fact, from, targets }) => {
    const believed = targets.filter(
      (to) => featureFaults(buildFeatures(requested, changedFile(attributes, fact, to)), features).length === 0,
    );
    return believed.length === 0 ? [] : [{ fact, from, targets: believed }];
  });
}

/** Whether a model believes every value down to the smallest of the catalog: a change lowers values and none leaves the range. */
function isWhole({ feature, minimum, missingCodes }: ModelFeature): boolean {
  const [name = ''] = feature.split('@');
  return missingCodes.length === 0 && minimum <= (definitionOf(name)?.minimum ?? Number.NEGATIVE_INFINITY);
}

/** A row for each change of `changesOf`. */
function changedRows(manifest: ModelPackage, { application, attributes }: ScoredFile): Float32Array[] {
  const requested = productOf(application).features(application);
  return changesOf(manifest, { application, attributes }).flatMap(({ fact, targets }) =>
    targets.map((to) => featureRow(buildFeatures(requested, changedFile(attributes, fact, to)), manifest.features)),
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
  const { candidates, values, columns } = candidatesOf({ manifest, steps }, application);
  const possible = changesOf(manifest, { application, attributes });
  const groups = reasonGroups(manifest).length;
  const changes = possible.reduce((count, { targets }) => count + targets.length, 0);
  const best = explanationCount(manifest);
  const [changed, scored] = [best + groups, best + groups + changes];
  if (
    margins.length !== scored + (columns.length === 0 ? 0 : values.length / columns.length) ||
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
    // A model without features of the loan gives every candidate the margin of the request.
    candidates: scoresOf(application, candidates, margins.subarray(columns.length === 0 ? 0 : scored)),
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

const LOAN_FEATURES = ['loan_amount', 'term_months', 'loan_to_income'] as const;

/** A feature of the loan that the model has: its column, and the range in which the model believes it. */
interface LoanColumn {
  readonly name: (typeof LOAN_FEATURES)[number];
  readonly column: number;
  readonly feature: ModelFeature;
}

function loanColumns({ features }: ModelPackage): LoanColumn[] {
  const names = namesOf(features);
  return LOAN_FEATURES.flatMap((name) => {
    const column = names.indexOf(name);
    const feature = features[column];
    return feature ? [{ name, column, feature }] : [];
  });
}

interface Candidates {
  /** By term, by rising amount. A row is an index into `values`. */
  readonly candidates: ReadonlyMap<number, readonly Candidate[]>;
  /** The columns in which the candidates differ from the request. */
  readonly columns: readonly number[];
  /** One value per column for each row, row-major. */
  readonly values: readonly number[];
}

/**
 * The candidates by term, by rising amount: the multiples of the product's step below the request, and the request. One row
 * scores all candidates between the same steps of the model.
 */
function candidatesOf({ manifest, steps }: CalledModel, application: Application): Candidates {
  const product = productOf(application);
  const requested = product.features(application);
  const { requestCents, stepCents } = product.terms;
  const loan = loanColumns(manifest);
  const smaller = Math.max(0, Math.ceil((requested.requestedAmountCents - requestCents[0]) / stepCents));
  const amountAt = (index: number): number =>
    index < smaller ? requestCents[0] + index * stepCents : requested.requestedAmountCents;
  const values: number[] = [];
  const rowOf = new Map<number | string, number>();
  const candidates = new Map(
    termsOf(application).map((termMonths) => {
      const valuesAt = (index: number): (number | null)[] => {
        const all = loanFeatures({ ...requested, termMonths, requestedAmountCents: amountAt(index) });
        return loan.map(({ name }) => all[name]);
      };
      const scored = startsOf(smaller + 1, { loan, steps, valuesAt }).map((index): Candidate => {
        const own = valuesAt(index);
        if (!areBelieved(own, loan)) return { amountCents: amountAt(index), row: null };
        const cell = steps ? cellAt(own, loan, steps) : own.join();
        const row = rowOf.get(cell) ?? rowOf.size;
        if (row === rowOf.size) values.push(...own);
        rowOf.set(cell, row);
        return { amountCents: amountAt(index), row };
      });
      return [termMonths, scored];
    }),
  );
  return { candidates, columns: loan.map(({ column }) => column), values };
}

/** The indices of the amounts that begin a stretch with one margin. Without steps, each amount that the model reads does. */
function startsOf(
  count: number,
  {
    loan,
    steps,
    valuesAt,
  }: {
    readonly loan: readonly LoanColumn[];
    readonly steps: Steps | null;
    readonly valuesAt: (index: number) => readonly (number | null)[];
  },
): number[] {
  if (steps) return firstOfEach(count, (index) => cellAt(valuesAt(index), loan, steps));
  if (loan.every(({ name }) => name === 'term_months')) return [0];
  return Array.from({ length: count }, (_, index) => index);
}

function areBelieved(values: readonly (number | null)[], loan: readonly LoanColumn[]): values is number[] {
  return values.every((value, place) => {
    const { minimum = 0, maximum = 0, missingCodes = [] } = loan[place]?.feature ?? {};
    return value !== null && value >= minimum && value <= maximum && !missingCodes.includes(value);
  });
}

/** One number for all features between the same steps. It rises with the amount, and is infinite outside the model's range. */
function cellAt(values: readonly (number | null)[], loan: readonly LoanColumn[], steps: Steps): number {
  let cell = 0;
  for (const [place, { column, feature }] of loan.entries()) {
    const value = values[place] ?? null;
    if (value === null || value > feature.maximum) return Number.POSITIVE_INFINITY;
    if (value < feature.minimum) return Number.NEGATIVE_INFINITY;
    const own = steps[column] ?? [];
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
