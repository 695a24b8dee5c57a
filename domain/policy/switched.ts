import type { PolicyResult } from './result.ts';

/** Rules that no policy has, by which what a policy decided by itself goes to a person: a switch, the applicant's wish. */
export const KILL_SWITCH = 'KILL_SWITCH';
export const REVIEW_REQUESTED = 'REVIEW_REQUESTED';
const ORDERED: readonly string[] = [KILL_SWITCH, REVIEW_REQUESTED];

/** Those of them that sent a recorded result to a person: they are made again with it. */
export function orderedReferrals({ rules }: PolicyResult): string[] {
  return rules.map(({ id }) => id).filter((id) => ORDERED.includes(id));
}

/** A result that a person decides on, with the offers that the policy would make. */
export function referredBy(rule: string, result: PolicyResult): PolicyResult {
  if (result.outcome !== 'APPROVE' && result.outcome !== 'COUNTEROFFER' && result.outcome !== 'DECLINE') return result;
  return {
    ...result,
    outcome: 'REFER',
    rules: [...result.rules, { id: rule, action: 'REFER', result: 'FIRED', reasons: [] }],
    reasons: [],
    modelReasons: [],
  };
}
