import type { Screening } from '../screening/screen.ts';
import type { PolicyResult } from './result.ts';

/** Synthetic rules, outside any policy, that turn an automatic outcome into a referral. */
export const KILL_SWITCH = 'KILL_SWITCH';
export const REVIEW_REQUESTED = 'REVIEW_REQUESTED';
/** A person confirms the date of birth before an inquiry is made with it. */
export const BIRTH_DATE_DOUBTED = 'BIRTH_DATE_DOUBTED';
const SYNTHETIC: readonly string[] = [KILL_SWITCH, REVIEW_REQUESTED, BIRTH_DATE_DOUBTED];

const AUTOMATIC: readonly PolicyResult['outcome'][] = ['APPROVE', 'COUNTEROFFER', 'DECLINE'];

/** Those of them that sent a recorded result to a person: they are made again with it. */
export function orderedReferrals({ rules }: PolicyResult): string[] {
  return rules.map(({ id }) => id).filter((id) => SYNTHETIC.includes(id));
}

/** A result that a person decides on, with the offers that the policy would make. */
export function referredBy(rule: string, result: PolicyResult): PolicyResult {
  const proceeds = result.outcome === 'PROCEED' && rule === BIRTH_DATE_DOUBTED;
  if (!proceeds && !AUTOMATIC.includes(result.outcome)) return result;
  return {
    ...result,
    outcome: 'REFER',
    rules: [...result.rules, { id: rule, action: 'REFER', result: 'FIRED', reasons: [] }],
    reasons: [],
    modelReasons: [],
  };
}

/** Refers a result to a person who has not yet confirmed a doubted date of birth. @param cleared rules that a person cleared */
export function referredByBirthDate(
  result: PolicyResult,
  { birthDateDoubted }: Screening,
  cleared: ReadonlySet<string>,
): PolicyResult {
  return birthDateDoubted && !cleared.has(BIRTH_DATE_DOUBTED) ? referredBy(BIRTH_DATE_DOUBTED, result) : result;
}
