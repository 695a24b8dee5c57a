import { sha256 } from '../../../domain/ledger/canonical-json.ts';
import { CREDIT_FILES } from './credit-file.ts';

/** The applicant's number could belong to a person: the simulator asks nothing and logs nothing. */
export class NotASyntheticApplicant extends Error {
  override readonly name = 'NotASyntheticApplicant';
}

/** What the group digits (fourth and fifth) of a 900 number choose. */
const SCENARIO_OF_GROUP = {
  '01': 'HIT',
  '10': 'NO_HIT',
  '20': 'THIN',
  '30': 'FROZEN',
  '40': 'UNAVAILABLE',
  '41': 'UNAVAILABLE_ONCE',
  '50': 'SLOW',
  '60': 'MISMATCH',
  '70': 'FRAUD_INITIAL',
  '71': 'FRAUD_EXTENDED',
  '72': 'ACTIVE_DUTY',
  '73': 'UNKNOWN_ALERT',
  '74': 'DECEASED',
  '80': 'UNREADABLE',
  '81': 'OTHER_REFERENCE',
} as const;

export type Scenario = (typeof SCENARIO_OF_GROUP)[keyof typeof SCENARIO_OF_GROUP];

/**
 * What the simulator shows of an applicant: decided by the social security number alone.
 *
 * Areas 900-999, 666 and 000 were never issued as social security numbers (20 CFR 422.103 and the Social Security
 * Administration's rules of assignment), and no other is answered.
 * @throws NotASyntheticApplicant naming no digit.
 */
export function scenarioOf(ssn: string): { readonly scenario: Scenario; readonly row: number } {
  if (!/^(9\d\d|666|000)\d{6}$/.test(ssn)) {
    throw new NotASyntheticApplicant(
      'The simulated bureau answers only for social security numbers that were never issued (nine digits that start ' +
        'with 900 to 999, 666 or 000), and consumer.ssn is not one. Use a documented applicant (docs/simulated-bureau.md), ' +
        'or configure a real bureau.',
    );
  }
  const group = ssn.slice(3, 5);
  if (ssn.startsWith('900') && Object.hasOwn(SCENARIO_OF_GROUP, group)) {
    return {
      scenario: SCENARIO_OF_GROUP[group as keyof typeof SCENARIO_OF_GROUP],
      row: Number(ssn.slice(5)) % CREDIT_FILES,
    };
  }
  return { scenario: 'HIT', row: Number.parseInt(sha256(ssn).slice(0, 8), 16) % CREDIT_FILES };
}
