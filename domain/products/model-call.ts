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
import { runsOf, withCandidates, type CandidateScores, type Substitutions } from '../scoring/candidates.ts';
import type { ModelManifest } from '../scoring/manifest.ts';
import { explanationRows, interpretMargins, pdMicrosOf, toMicros, type ScoreResult } from '../scoring/score.ts';
import { productOf } from './index.ts';

/** What the model is called with for one application. */
export interface ModelCall {
  readonly features: FeatureVector;
  readonly faults: readonly FeatureFault[];
  /** Rows that explain the request, and the candidates; null where a fault keeps the features from the model. */
  readonly rows: { readonly explanation: Float32Array; readonly candidates: Substitutions } | null;
}

/** The request, its explanation and every candidate, for one call of the model. */
export function modelCall(manifest: ModelManifest, application: Application, attributes: CreditAttributes): ModelCall {
  const features = buildFeatures(productOf(application).features(application), attributes);
  const faults = featureFaults(features);
  if (faults.length > 0) return { features, faults, rows: null };
  const values = candidatesOf(application).flatMap((candidate) => candidate.values ?? []);
  const explanation = explanationRows(manifest, featureRow(features));
  return { features, faults, rows: { explanation, candidates: { columns: COLUMNS, values } } };
}

/** All rows of a call in one array, in the order in which `interpretCall` reads their margins. */
export function rowsOf({ features }: ModelManifest, { explanation, candidates }: NonNullable<ModelCall['rows']>) {
  return withCandidates(explanation, features.length, candidates);
}

/**
 * The score of the request with its explanation, and the scores of the candidates.
 * @param margins of `rowsOf`.
 * @throws ScoreUnusable as `interpretMargins`, and for another number of margins.
 */
export function interpretCall(manifest: ModelManifest, application: Application, margins: Float32Array): ScoreResult {
  const candidates = candidatesOf(application);
  const explained = margins.length - candidates.filter(({ values }) => values !== null).length;
  const result = interpretMargins(manifest, margins.subarray(0, Math.max(0, explained)));
  let at = explained;
  const scored = candidates.map(({ termMonths, amountCents, values }) => {
    const margin = values === null ? Number.NaN : (margins[at++] ?? Number.NaN);
    return { termMonths, amountCents, pdMicros: Number.isFinite(margin) ? pdMicrosOf(toMicros(margin)) : null };
  });
  const { stepCents } = productOf(application).terms;
  const terms = termsOf(application).map((termMonths) => ({
    termMonths,
    runs: runsOf(scored.filter((each) => each.termMonths === termMonths)),
  }));
  return { ...result, candidates: { stepCents, terms } satisfies CandidateScores };
}

/** Features of one candidate, or null where one is outside the range in which the model believes it. */
interface Candidate {
  readonly termMonths: number;
  readonly amountCents: number;
  readonly values: readonly number[] | null;
}

type LoanFeature = keyof ReturnType<typeof loanFeatures>;
const LOAN_FEATURES: readonly LoanFeature[] = ['loan_amount', 'term_months', 'loan_to_income'];
const COLUMNS = LOAN_FEATURES.map((name) => FEATURES.findIndex((feature) => feature.name === name));

/** Every candidate by term, then by amount: the multiples of the product's step below the request, and the request. */
function candidatesOf(application: Application): Candidate[] {
  const product = productOf(application);
  const requested = product.features(application);
  const { requestCents, stepCents } = product.terms;
  const amounts: number[] = [];
  for (let cents = requestCents[0]; cents < requested.requestedAmountCents; cents += stepCents) amounts.push(cents);
  amounts.push(requested.requestedAmountCents);
  return termsOf(application).flatMap((termMonths) =>
    amounts.map((amountCents) => {
      const features = loanFeatures({ ...requested, termMonths, requestedAmountCents: amountCents });
      const values = LOAN_FEATURES.map((name) => features[name]);
      return { termMonths, amountCents, values: values.every(isBelieved) ? values : null };
    }),
  );
}

function isBelieved(value: number | null, place: number): value is number {
  const feature = FEATURES[COLUMNS[place] ?? 0];
  return value !== null && feature !== undefined && value >= feature.minimum && value <= feature.maximum;
}

/** A line has no terms: it is scored at the one that its product gives the model. */
function termsOf(application: Application): readonly number[] {
  const product = productOf(application);
  const { termsMonths } = product.terms;
  return termsMonths.length > 0 ? termsMonths : [product.features(application).termMonths];
}
