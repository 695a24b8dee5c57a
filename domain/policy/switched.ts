import type { PolicyResult } from './result.ts';

export const KILL_SWITCH = 'KILL_SWITCH';

/** A result while a switch is on: what the policy would have decided by itself goes to a person, with its offers. */
export function switchedOff(result: PolicyResult): PolicyResult {
  if (result.outcome !== 'APPROVE' && result.outcome !== 'COUNTEROFFER' && result.outcome !== 'DECLINE') return result;
  return {
    ...result,
    outcome: 'REFER',
    rules: [...result.rules, { id: KILL_SWITCH, action: 'REFER', result: 'FIRED', reasons: [] }],
    reasons: [],
    modelReasons: [],
  };
}
