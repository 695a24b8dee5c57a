import type { DecisionInputs } from '../../domain/decision/record.ts';
import { applyFull } from '../../domain/policy/apply.ts';
import { policyInput } from './policy-inputs.ts';
import { applicationOf } from './submissions.ts';

const address = 'a'.repeat(64);

/** What a decision is made from where the policy approves as asked for. */
export function decisionInputs(changes: Partial<DecisionInputs> = {}): DecisionInputs {
  return {
    executionArn: 'arn:aws:states:us-east-1:000000000000:execution:underwriting:application-0001',
    decidedAt: '2026-01-31T12:00:05.000Z',
    timeZone: 'America/Chicago',
    application: applicationOf(),
    validation: {
      schemaVersion: 1,
      status: 'COMPLETE',
      missing: [],
      receivedAt: '2026-01-31T12:00:00.000Z',
      receivedOn: '2026-01-31',
      completeBy: null,
    },
    preBureauPolicy: null,
    policy: applyFull(policyInput()),
    reviews: [],
    reports: [{ bureau: 'simulated-bureau', status: 'HIT', simulated: true, receivedAt: '2026-01-31T12:00:03.000Z' }],
    model: { id: 'personal-loan-default', version: '1.0.0', packageDigest: address, runtime: 'none' },
    evidence: {
      application: address,
      validation: address,
      screening: address,
      preBureauPolicy: address,
      reports: [address],
      score: address,
      policy: address,
      reviews: [],
    },
    ...changes,
  };
}
