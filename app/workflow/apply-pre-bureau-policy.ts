import * as z from 'zod';

import { localDate } from '../../domain/calendar.ts';
import { preBureauPolicyStatement } from '../../domain/ledger/statements.ts';
import { decidingLender } from '../../domain/lender.ts';
import { applyPreBureau } from '../../domain/policy/apply.ts';
import { referredBy, referredByBirthDate, REVIEW_REQUESTED } from '../../domain/policy/switched.ts';
import { productOf } from '../../domain/products/index.ts';
import { evidenceAddress, stepInput, type Contract, type Output, type UseCase } from '../contracts.ts';
import { COMPILED_POLICIES, choosePolicy, type Policies } from '../governance/policies.ts';
import { underSwitches } from '../governance/switches.ts';
import { clearedHolds } from '../review/reviews.ts';
import type { PolicyPorts } from './apply-policy.ts';
import { readApplication, readEvidence } from './read-evidence.ts';
import { recordStep, sealed } from './record-step.ts';

export const contract = {
  /** `reviews` so far: a hold that a person cleared does not hold again. */
  input: z.strictObject({ ...stepInput, screening: evidenceAddress, reviews: z.array(evidenceAddress) }),
  output: z.strictObject({
    outcome: z.enum(['PROCEED', 'DECLINE', 'NOT_OFFERED', 'REFER', 'HOLD']),
    evidence: evidenceAddress,
  }),
} as const satisfies Contract;

/** The rules that need no report: whom they turn away is spared a hard inquiry. */
export function applyPreBureauPolicy(
  ports: PolicyPorts,
  policies: Policies = COMPILED_POLICIES,
): UseCase<typeof contract> {
  return (called) =>
    recordStep(ports, called, 'PRE_BUREAU_POLICY_APPLIED', async () => {
      const { applicationId } = called.application;
      const application = await readApplication(ports.evidence, called.application);
      const screening = await readEvidence(ports.evidence, applicationId, 'screening', called.screening);
      const { mode, lender } = ports.lending;
      const { policy, approval, reviewRequested } = await choosePolicy(ports, called, application.product, policies);
      const cleared = await clearedHolds(ports.evidence, called);
      const automatic = applyPreBureau({
        product: productOf(application),
        policy,
        mode,
        lender,
        application,
        screening,
        cleared,
        asOf: localDate(called.step.enteredAt, lender.timeZone),
      });
      const switched = await underSwitches(ports.workStore, application.product, null, automatic);
      // A person who has looked may let the policy go on.
      const asked = reviewRequested && !cleared.has(REVIEW_REQUESTED);
      const requested = asked ? referredBy(REVIEW_REQUESTED, switched) : switched;
      const referred = referredByBirthDate(requested, screening, cleared);
      const result = { ...referred, mode, lender: decidingLender(lender), core: await ports.decisionCore() };
      const reference = await sealed(ports, applicationId, 'policy', result);
      const { output, facts } = preBureauPolicyStatement(result, reference.address, approval);
      return { output: output as Output<typeof contract>, evidence: [reference], facts };
    });
}
