import * as z from 'zod';

import { localDate } from '../../domain/calendar.ts';
import { policyStatement } from '../../domain/ledger/statements.ts';
import { decidingLender } from '../../domain/lender.ts';
import { applyFull } from '../../domain/policy/apply.ts';
import { referredBy, referredByBirthDate, REVIEW_REQUESTED } from '../../domain/policy/switched.ts';
import { withHelp } from '../../domain/policy/would-help.ts';
import { productOf } from '../../domain/products/index.ts';
import { evidenceAddress, pulledReport, stepInput, type Contract, type Output, type UseCase } from '../contracts.ts';
import { indexAffected } from '../governance/affected.ts';
import { COMPILED_POLICIES, choosePolicy, type ChoicePorts, type Policies } from '../governance/policies.ts';
import { underSwitches } from '../governance/switches.ts';
import { clearedHolds } from '../review/reviews.ts';
import { readApplication, readEvidence } from './read-evidence.ts';
import { recordStep, sealed, type DecidingPorts } from './record-step.ts';

export const contract = {
  input: z.strictObject({
    ...stepInput,
    screening: evidenceAddress,
    reports: z.array(pulledReport).min(1),
    score: evidenceAddress.nullable(),
    reviews: z.array(evidenceAddress),
  }),
  output: z.strictObject({
    outcome: z.enum(['APPROVE', 'COUNTEROFFER', 'DECLINE', 'NOT_OFFERED', 'REFER', 'HOLD']),
    evidence: evidenceAddress,
  }),
} as const satisfies Contract;

export interface PolicyPorts extends DecidingPorts, ChoicePorts {}

/** Every rule of the full policy over what the bureau and the model said; prices and offers. */
export function applyPolicy(ports: PolicyPorts, policies: Policies = COMPILED_POLICIES): UseCase<typeof contract> {
  return (called) =>
    recordStep(ports, called, 'POLICY_APPLIED', async () => {
      const { evidence } = ports;
      const { applicationId } = called.application;
      const read = <Kind extends 'bureau-report' | 'score'>(kind: Kind, address: string | null | undefined) =>
        address ? readEvidence(evidence, applicationId, kind, address) : Promise.resolve(null);
      // Every product needs one bureau: the contract promises at least one report.
      const [pulled] = called.reports;
      const [application, screening, report, scoring, cleared] = await Promise.all([
        readApplication(evidence, called.application),
        readEvidence(evidence, applicationId, 'screening', called.screening),
        read('bureau-report', pulled?.evidence),
        read('score', called.score),
        clearedHolds(evidence, called),
      ]);
      const status = pulled?.status ?? 'UNAVAILABLE';
      const { mode, lender } = ports.lending;
      const asOf = localDate(called.step.enteredAt, lender.timeZone);
      const { policy, approval, reviewRequested } = await choosePolicy(ports, called, application.product, policies);
      const file = {
        product: productOf(application),
        policy,
        mode,
        lender,
        application,
        screening,
        status,
        report,
        scoring,
        cleared,
        asOf,
      };
      const automatic = applyFull(file);
      const model = scoring?.model.packageDigest ?? null;
      if (model !== null) await indexAffected(ports.workStore, applicationId, model);
      const switched = await underSwitches(ports.workStore, application.product, model, automatic);
      const asked = reviewRequested ? referredBy(REVIEW_REQUESTED, switched) : switched;
      const referred = referredByBirthDate(asked, screening, cleared);
      const result = {
        ...withHelp(file, referred),
        mode,
        lender: decidingLender(lender),
        core: await ports.decisionCore(),
      };
      const reference = await sealed(ports, applicationId, 'policy', result);
      const { output, facts } = policyStatement(result, reference.address, approval);
      return { output: output as Output<typeof contract>, evidence: [reference], facts };
    });
}
