import type { GroupContribution } from '../scoring/score.ts';
import { MAX_REASONS, REASON_OF_GROUP, REASONS, type ReasonCode } from './catalogue.ts';

export type PrincipalReason = {
  readonly code: ReasonCode;
  readonly text: string;
  /** How far the factor stood behind applicants near the cut-off, in 1e-6 log-odds. */
  readonly deficitMicros: number;
};

/** 1e-4 log-odds, the tolerance of the contributions themselves: what is below cannot be told from nothing. */
const EPSILON_MICROS = 100;

/**
 * The factors that count most against the applicant: at most four, worst first, equal ones by code. Factors that do not
 * count against are never added to make up a number.
 */
export function rankDeficits<Factor extends { readonly code: string; readonly deficitMicros: number }>(
  factors: readonly Factor[],
): Factor[] {
  return factors
    .filter((factor) => factor.deficitMicros > EPSILON_MICROS)
    .sort((a, b) => b.deficitMicros - a.deficitMicros || (a.code < b.code ? -1 : 1))
    .slice(0, MAX_REASONS);
}

/**
 * The principal reasons of a score (12 CFR 1002.9(b)(2); comments 9(b)(2)-1, -4 and -5): factors actually scored, none
 * left out because its part seems strange.
 * @returns one to four reasons; none when nothing counts against the applicant, who may then not be declined by the score:
 * a person decides. A shift of all margins is no factor of the applicant and never a reason. None, too, for a score of an
 * earlier release that explains a fact which this release does not know.
 */
export function principalReasons(contributions: readonly GroupContribution[]): PrincipalReason[] {
  if (!contributions.every(({ group }) => Object.hasOwn(REASON_OF_GROUP, group))) return [];
  return rankDeficits(
    contributions.map(({ group, deficitMicros }) => {
      const code = REASON_OF_GROUP[group];
      return { code, text: REASONS[code], deficitMicros };
    }),
  );
}

/**
 * The part of what counts against an applicant that the stated reasons name: their deficits divided by all adverse deficits.
 * @returns 0 to 1; 1 where nothing counts against the applicant.
 */
export function statedShare(contributions: readonly GroupContribution[]): number {
  const sum = (deficits: readonly number[]): number => deficits.reduce((all, deficit) => all + deficit, 0);
  const adverse = contributions.map(({ deficitMicros }) => deficitMicros).filter((deficit) => deficit > EPSILON_MICROS);
  const stated = adverse.toSorted((a, b) => b - a).slice(0, MAX_REASONS);
  return adverse.length === 0 ? 1 : sum(stated) / sum(adverse);
}
