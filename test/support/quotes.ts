import type { CreditReport } from '../../domain/bureau/report.ts';
import type { Quoting } from '../../domain/prequalification/compare-quote.ts';
import { decisionInputs } from './decision-inputs.ts';
import { policyInput } from './policy-inputs.ts';
import { applicationOf } from './submissions.ts';

/** A quote of the application, policy result and report that test decisions are made from. */
export function quotingOf(): Quoting {
  const { policy } = decisionInputs();
  const { report } = policyInput();
  if (!policy || !report) throw new Error('The inputs have a policy result and a report.');
  const soft: CreditReport = { ...report, inquiry: 'SOFT' };
  return {
    report,
    continued: {
      schemaVersion: 1,
      quote: {
        schemaVersion: 1,
        prequalificationId: 'prequal-0001',
        quotedOn: '2026-01-30',
        outcome: 'QUOTED',
        because: null,
        offers: policy.offers,
        validUntil: '2026-03-01',
        policy: 'a'.repeat(64),
      },
      stated: applicationOf(),
      report: soft,
      policy: policy.policy,
      model: { id: 'personal-loan-default', version: '1.0.0', packageDigest: 'a'.repeat(64) },
    },
  };
}
