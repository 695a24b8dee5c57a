import type { ReasonGroup } from '../features/catalogue.ts';
import type { FileFact } from '../features/changes.ts';
import type { CandidateScores } from './candidates.ts';
import type { ModelManifest } from './manifest.ts';

/** What explanations need of a manifest: a package in the making has no more. */
export interface ExplanationBasis {
  readonly features: readonly { readonly group: string }[];
  readonly reference: { readonly baseline: readonly number[] };
}

export type GroupContribution = {
  readonly group: ReasonGroup;
  /** margin(baseline with the applicant's values of the group) - margin(baseline), in 1e-6 log-odds. */
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
  /** What the contributions fail to explain of margin - margin(baseline), in 1e-6 log-odds. */
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
export function reasonGroups(basis: ExplanationBasis): ReasonGroup[] {
  return [...new Set(basis.features.map((feature) => feature.group as ReasonGroup))].sort();
}

/**
 * The batch whose margins explain one applicant: the applicant, the baseline, then for each of `reasonGroups` the
 * baseline with the applicant's values of that group, all features of a group substituted together.
 * @param row of `featureRow`.
 * @returns (2 + groups) rows of features, row-major.
 * @throws ScoreUnusable when the row has another number of columns than the model.
 */
export function explanationRows(basis: ExplanationBasis, row: Float32Array): Float32Array {
  const { baseline } = basis.reference;
  const columns = basis.features.length;
  if (row.length !== columns || baseline.length !== columns) {
    throw new ScoreUnusable(
      `The model has ${columns} columns, its baseline ${baseline.length}, the row ${row.length}: build the row with featureRow.`,
    );
  }
  const groups = reasonGroups(basis);
  const rows = new Float32Array((2 + groups.length) * columns);
  rows.set(row);
  for (let index = 1; index < 2 + groups.length; index += 1) rows.set(baseline, index * columns);
  for (const [column, { group }] of basis.features.entries()) {
    rows[(2 + groups.indexOf(group as ReasonGroup)) * columns + column] = row[column] ?? Number.NaN;
  }
  return rows;
}

/**
 * The applicant's row once for each of `reasonGroups`, with the values of the group that lower the risk most.
 * @param row of `featureRow`.
 */
export function bestRows({ features }: Pick<ModelManifest, 'features'>, row: Float32Array): Float32Array {
  const groups = reasonGroups({ features, reference: { baseline: [] } });
  const rows = new Float32Array(groups.length * row.length);
  for (const [place, group] of groups.entries()) {
    rows.set(row, place * row.length);
    for (const [column, feature] of features.entries()) {
      const best = feature.monotone === 1 ? feature.minimum : feature.maximum;
      if (feature.group === group) rows[place * row.length + column] = best;
    }
  }
  return rows;
}

/**
 * Score and contributions from the margins of `explanationRows`.
 *
 * The contributions are exact because the model is additive, and are measured against applicants at or slightly better
 * than the cut-off: the first method of comment 9(b)(2)-5 to Regulation B (12 CFR part 1002, Supplement I).
 * @throws ScoreUnusable for margins that are not of this batch, are not finite, or do not add up within 1e-4 log-odds.
 */
export function interpretMargins(manifest: ModelManifest, margins: Float32Array): ScoreResult {
  const groups = reasonGroups(manifest);
  const [margin, baseline, ...substituted] = margins;
  if (margin === undefined || baseline === undefined || substituted.length !== groups.length) {
    throw new ScoreUnusable(
      `${2 + groups.length} margins are expected and ${margins.length} came: score the rows of explanationRows.`,
    );
  }
  if (!margins.every(Number.isFinite)) {
    throw new ScoreUnusable('The model gave a margin that is no number: check the package, let a person decide.');
  }
  const contributions = groups.map((group, index): GroupContribution => {
    const mean = manifest.reference.groupMeans[group];
    if (mean === undefined) {
      throw new ScoreUnusable(`The manifest has no reference mean for ${group}: train the package anew.`);
    }
    const contributionMicros = toMicros((substituted[index] ?? Number.NaN) - baseline);
    return { group, contributionMicros, deficitMicros: contributionMicros - toMicros(mean) };
  });
  const explained = contributions.reduce((sum, { contributionMicros }) => sum + contributionMicros, 0);
  const additivityErrorMicros = toMicros(margin - baseline) - explained;
  if (Math.abs(additivityErrorMicros) > ADDITIVITY_TOLERANCE_MICROS) {
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

/** Log-odds to 1e-6 log-odds, half away from zero; never -0. */
export function toMicros(logOdds: number): number {
  return Math.sign(logOdds) * Math.round(Math.abs(logOdds) * 1e6) || 0;
}

/** Probability of default in parts per million, half up, from a margin in 1e-6 log-odds. */
export function pdMicrosOf(marginMicros: number): number {
  return Math.round(1e6 / (1 + exponential(-marginMicros / 1e6)));
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
