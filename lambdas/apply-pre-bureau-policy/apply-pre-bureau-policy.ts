import { applyPreBureauPolicy as apply } from '../../domain/policy/personal-loan.ts';
import type { OutputOf } from '../contracts.ts';
import type { StepOf } from '../handler.ts';
import { readApplication, readEvidence } from '../read-evidence.ts';
import { clearedHolds } from '../reviews.ts';
import { recordStep, sealed, type StepPorts } from '../record-step.ts';

/** The rules that need no report: whom they turn away is spared a hard inquiry. */
export function applyPreBureauPolicy(ports: StepPorts): StepOf<'ApplyPreBureauPolicy'> {
  return (called) =>
    recordStep(ports, called, 'PRE_BUREAU_POLICY_APPLIED', async () => {
      const { applicationId } = called.application;
      const application = await readApplication(ports.evidence, called.application);
      const screening = await readEvidence(ports.evidence, applicationId, 'screening', called.screening);
      const result = apply({ application, screening, cleared: await clearedHolds(ports.evidence, called) });
      const reference = await sealed(ports, applicationId, 'policy', result);
      return {
        output: { outcome: result.outcome as OutputOf<'ApplyPreBureauPolicy'>['outcome'], evidence: reference.address },
        evidence: [reference],
        facts: { policy: result.policy.id, policyVersion: result.policy.version, outcome: result.outcome },
      };
    });
}
