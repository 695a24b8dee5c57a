import type { ReasonGroup } from '../features/catalogue.ts';
import type { FileFact } from '../features/changes.ts';
import type { CandidateScores } from './candidates.ts';
import type { ModelKind, ModelPackage } from './model-package.ts';

/** What explanations need of a manifest: a package in the making has no more. */
export interface ExplanationBasis {
  readonly kind: ModelKind;
  readonly features: readonly { readonly group: string }[];
  readonly reference: { readonly rows: readonly (readonly number[])[] };
}

export type GroupContribution = {
  readonly group: ReasonGroup;
  /**
   * margin(reference row with the applicant's values of the group) - margin(reference row), in 1e-6 log-odds. For an ensemble
   * it equals the deficit.
   */
  readonly contributionMicros: number;
  /** The contribution less its mean over the reference applicants, in 1e-6 log-odds: positive counts against. */
  readonly deficitMicros: number;
  /**
   * margin - margin(the applicant with the best values of the group), in 1e-6 log-odds: positive lowers the score. Absent in
   * scores of earlier releases.
   */
  readonly fromBestMicros?: number;
};

/** How far changes of one fact of the credit file move the margin. */
type MarginChanges = {
  readonly fact: FileFact;
  readonly from: number;
  /** Nearest first. `byMicros`: margin with the change - margin, in 1e-6 log-odds. */
  readonly targets: { readonly to: number; readonly byMicros: number }[];
};

/** Integers alone, and JSON as it stands, so that a record of it has the same bytes on every machine. */
export type ScoreResult = {
  /** Log-odds of default in 1e-6, rounded half away from zero. Everything below derives from it or is rounded like it. */
  readonly marginMicros: number;
  /** Probability of default in parts per million. */
  readonly pdMicros: number;
  /** 300 to 850: 600 at odds of 19 good to 1 bad, 40 points more for twice the odds. */
  readonly score: number;
  /** Sorted by group. */
  readonly contributions: GroupContribution[];
  /** What the contributions fail to explain of the margin less the mean margin of the reference rows, in 1e-6 log-odds. */
  readonly additivityErrorMicros: number;
  /** Changes that the credit file leaves room for. Absent in scores of earlier releases. */
  readonly changes?: MarginChanges[];
  /** Absent in scores of earlier releases, which scored the request alone. */
  readonly candidates?: CandidateScores;
};

/** The ends of the scale of scores. */
export const MIN_SCORE = 300;
export const MAX_SCORE = 850;

/** The model's answer cannot be explained or is no number: nothing may be decided on it. */
export class ScoreUnusable extends Error {
  override readonly name = 'ScoreUnusable';
}

/** 1e-4 log-odds: float32 sums of some hundred trees stay two orders below it. */
const ADDITIVITY_TOLERANCE_MICROS = 100;

/** The reason groups of a model in the order of its explanations. */
export function reasonGroups({ features }: Pick<ExplanationBasis, 'features'>): readonly ReasonGroup[] {
  return [...columnsByGroup(features).keys()];
}

const COLUMNS = new WeakMap<object, ReadonlyMap<ReasonGroup, readonly number[]>>();

/** The columns of each group, by group in the order of explanations. */
function columnsByGroup(features: ExplanationBasis['features']): ReadonlyMap<ReasonGroup, readonly number[]> {
  const known = COLUMNS.get(features);
  if (known) return known;
  const groups = [...new Set(features.map(({ group }) => group as ReasonGroup))].sort();
  const columns = new Map(
    groups.map((group) => [group, [...features.keys()].filter((column) => features[column]?.group === group)]),
  );
  COLUMNS.set(features, columns);
  return columns;
}

/** How many rows `explanationRows` has: the applicant, the reference rows, and the substitutions of each group. */
export function explanationCount(basis: ExplanationBasis): number {
  const references = basis.reference.rows.length;
  const substitutions = basis.kind === 'tree-ensemble' ? 2 * references : 1;
  return 1 + references + substitutions * reasonGroups(basis).length;
}

/**
 * The batch whose margins explain one applicant: the applicant, the reference rows, then the substitutions of each of
 * `reasonGroups`. All features of a group are substituted together. An additive or linear model has one substitution: the
 * reference row with the applicant's values of the group. A tree ensemble has two for each reference row: the applicant with
 * the row's values of the group, then the row with the applicant's.
 * @param row of `featureRow`.
 * @returns `explanationCount` rows of features, row-major.
 * @throws ScoreUnusable when the row has another number of columns than the model.
 */
export function explanationRows(basis: ExplanationBasis, row: Float32Array): Float32Array {
  const columns = basis.features.length;
  const references = basis.reference.rows.map((each) => Float32Array.from(each));
  if ([row, ...references].some(({ length }) => length !== columns)) {
    throw new ScoreUnusable(
      `The model has ${columns} columns, and a row has another number: build it with featureRow.`,
    );
  }
  const rows = new Float32Array(explanationCount(basis) * columns);
  let at = 0;
  const add = (each: Float32Array): void => {
    rows.set(each, at);
    at += columns;
  };
  for (const each of [row, ...references]) add(each);
  for (const own of columnsByGroup(basis.features).values()) {
    for (const reference of references) {
      if (basis.kind === 'tree-ensemble') add(withColumns(row, reference, own));
      add(withColumns(reference, row, own));
    }
  }
  return rows;
}

/** A row with another row's values in some columns. */
function withColumns(row: Float32Array, other: Float32Array, columns: readonly number[]): Float32Array {
  const substituted = row.slice();
  for (const column of columns) substituted[column] = other[column] ?? Number.NaN;
  return substituted;
}

/**
 * The applicant's row once for each of `reasonGroups`, with the values of the group that lower the risk most.
 * @param row of `featureRow`.
 */
export function bestRows({ features }: Pick<ModelPackage, 'features'>, row: Float32Array): Float32Array {
  const groups = [...columnsByGroup(features).values()];
  const rows = new Float32Array(groups.length * row.length);
  for (const [place, own] of groups.entries()) {
    rows.set(row, place * row.length);
    for (const column of own) {
      const { monotone = 1, minimum = 0, maximum = 0 } = features[column] ?? {};
      rows[place * row.length + column] = monotone === 1 ? minimum : maximum;
    }
  }
  return rows;
}

/**
 * Score and contributions from the margins of `explanationRows`.
 *
 * The contributions compare the applicant with applicants at or slightly better than the cut-off. For an additive or linear
 * model they are exact: the first method of comment 9(b)(2)-5 to Regulation B (12 CFR part 1002, Supplement I). For a tree
 * ensemble they approximate interventional Shapley values over the frozen rows, and the package states how well. The comment
 * accepts other methods that produce substantially similar results. The lender has to show that similarity.
 * @throws ScoreUnusable for margins that are not of this batch or not finite, and for contributions of an additive or linear
 * model that do not add up within 1e-4 log-odds.
 */
export function interpretMargins(manifest: ModelPackage, margins: Float32Array): ScoreResult {
  const expected = explanationCount(manifest);
  if (margins.length !== expected) {
    throw new ScoreUnusable(
      `${expected} margins are expected and ${margins.length} came: score the rows of explanationRows.`,
    );
  }
  if (!margins.every(Number.isFinite)) {
    throw new ScoreUnusable('The model gave a margin that is no number: check the package, let a person decide.');
  }
  const contributions =
    manifest.kind === 'tree-ensemble'
      ? ensembleContributions(manifest, margins)
      : additiveContributions(manifest, margins);
  const [margin = Number.NaN] = margins;
  const references = margins.subarray(1, 1 + manifest.reference.rows.length);
  const explained = contributions.reduce((sum, { contributionMicros }) => sum + contributionMicros, 0);
  const additivityErrorMicros = toMicros(margin - meanOf(references)) - explained;
  if (manifest.kind !== 'tree-ensemble' && Math.abs(additivityErrorMicros) > ADDITIVITY_TOLERANCE_MICROS) {
    throw new ScoreUnusable(
      `The contributions miss the margin by ${additivityErrorMicros}e-6 log-odds, more than ` +
        `${ADDITIVITY_TOLERANCE_MICROS}e-6: this model is not additive over its reason groups.`,
    );
  }
  const marginMicros = toMicros(margin);
  return {
    marginMicros,
    pdMicros: pdMicrosOf(marginMicros),
    score: scaledScore(marginMicros),
    contributions,
    additivityErrorMicros,
  };
}

/** The part of each group: its substitution in the one reference row. */
function additiveContributions(manifest: ModelPackage, margins: Float32Array): GroupContribution[] {
  const reference = margins[1] ?? Number.NaN;
  return reasonGroups(manifest).map((group, index) => {
    const mean = manifest.reference.groupMeans[group];
    if (mean === undefined) {
      throw new ScoreUnusable(`The manifest has no reference mean for ${group}: build the package again.`);
    }
    const contributionMicros = toMicros((margins[2 + index] ?? Number.NaN) - reference);
    return { group, contributionMicros, deficitMicros: contributionMicros - toMicros(mean) };
  });
}

/**
 * Half the mean, over the reference rows, of what the applicant loses by the row's values of the group and of what the row
 * gains by the applicant's. The two are the first and the last step of every order in which groups can be substituted, so
 * their mean is near the Shapley value.
 */
function ensembleContributions(manifest: ModelPackage, margins: Float32Array): GroupContribution[] {
  const count = manifest.reference.rows.length;
  const at = (index: number): number => margins[index] ?? Number.NaN;
  return reasonGroups(manifest).map((group, place) => {
    const start = 1 + count + 2 * count * place;
    let sum = 0;
    for (let row = 0; row < count; row += 1) {
      sum += at(0) - at(start + 2 * row) + (at(start + 2 * row + 1) - at(1 + row));
    }
    const contributionMicros = toMicros(sum / (2 * count));
    return { group, contributionMicros, deficitMicros: contributionMicros };
  });
}

const meanOf = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Log-odds to 1e-6 log-odds, half away from zero; never -0. */
export function toMicros(logOdds: number): number {
  return Math.sign(logOdds) * Math.round(Math.abs(logOdds) * 1e6) || 0;
}

/** Probability of default in parts per million, half up, from a margin in 1e-6 log-odds. */
export function pdMicrosOf(marginMicros: number): number {
  return Math.round(1e6 / (1 + exponential(-marginMicros / 1e6)));
}

/** The place of a probability among bands: one equal to a cut is in the higher band. @param cuts rising. */
export function bandAt(cuts: readonly number[], pdMicros: number): number {
  return cuts.filter((cut) => cut <= pdMicros).length;
}

/** A probability of default after a shift of its log-odds, in parts per million, rounded up. */
export function shiftedPdMicros(pdMicros: number, byMicros: number): number {
  const bad = pdMicros * exponential(byMicros / 1e6);
  return Math.min(1e6, Math.ceil((1e6 * bad) / (1e6 - pdMicros + bad)));
}

/**
 * 300 to 850, half up: 600 - (40 / ln 2) * (margin + ln 19). A margin is minus the logarithm of the odds of good to bad,
 * so 40 points double the odds, and 600 stands at 19 to 1, a probability of default of 5 %.
 */
export function scaledScore(marginMicros: number): number {
  const pointsPerLogOdds = 57.70780163555854;
  const logOf19 = 2.9444389791664403;
  return Math.min(MAX_SCORE, Math.max(MIN_SCORE, Math.round(600 - pointsPerLogOdds * (marginMicros / 1e6 + logOf19))));
}

/**
 * e^x within 1e-12 of its size for |x| <= 40, held there beyond. Made of additions and multiplications alone, whose every
 * bit IEEE 754 and ECMAScript fix: Math.exp may differ in the last bit from one processor to another.
 */
function exponential(x: number): number {
  const small = Math.min(40, Math.max(-40, x)) / 1024;
  let result = 1;
  for (let term = 10; term > 0; term -= 1) result = 1 + (result * small) / term;
  for (let doubling = 0; doubling < 10; doubling += 1) result *= result;
  return result;
}
