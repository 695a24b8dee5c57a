import * as z from 'zod';

import type { Scorer } from '../../adapters/ports.ts';
import type { Application } from '../../domain/application/submission.ts';
import type { CreditAttributes } from '../../domain/bureau/report.ts';
import { scoreStatement } from '../../domain/ledger/statements.ts';
import { interpretCall, modelCall, rowsOf } from '../../domain/products/model-call.ts';
import type { Scoring } from '../../domain/scoring/scoring.ts';
import { evidenceAddress, pulledReport, stepInput, type Contract, type UseCase } from '../contracts.ts';
import { readApplication, readEvidence } from './read-evidence.ts';
import { recordStep, sealed, type DecidingPorts } from './record-step.ts';

export const contract = {
  input: z.strictObject({ ...stepInput, reports: z.array(pulledReport).min(1) }),
  output: z.strictObject({ evidence: evidenceAddress }),
} as const satisfies Contract;

export interface ScoringPorts extends DecidingPorts {
  /** Loaded at the first application, and kept. */
  readonly scorer: () => Promise<Scorer>;
}

export class NothingToScore extends Error {
  override readonly name = 'NothingToScore';
}

/**
 * Features from the application and its report, and one call of the model. The call scores the request, each reason
 * group's part in its margin, and every smaller loan or limit that could be offered.
 */
export function scoreApplication(ports: ScoringPorts): UseCase<typeof contract> {
  return (called) =>
    recordStep(ports, called, 'APPLICATION_SCORED', async () => {
      const { applicationId } = called.application;
      const application = await readApplication(ports.evidence, called.application);
      // Every product needs one report; a product with several says here which of them its model reads.
      const address = called.reports.find(({ scorable }) => scorable)?.evidence;
      if (!address) throw new NothingToScore('None of the reports has attributes: a person looks at the application.');
      const { attributes } = await readEvidence(ports.evidence, applicationId, 'bureau-report', address);
      if (!attributes) throw new NothingToScore('The report has no attributes: a person looks at the application.');
      const scoring = await scoringOf(ports, application, attributes);
      const reference = await sealed(ports, applicationId, 'score', scoring);
      return { evidence: [reference], ...scoreStatement(scoring, reference.address) };
    });
}

/** Scores an application on the attributes of its report. */
export async function scoringOf(
  ports: Pick<ScoringPorts, 'scorer' | 'decisionCore'>,
  application: Application,
  attributes: CreditAttributes,
): Promise<Scoring> {
  const scorer = await ports.scorer();
  const { manifest, packageDigest, runtime } = scorer;
  const { features, faults, rows } = modelCall(scorer, application, attributes);
  const shift = 0;
  const result =
    rows === null
      ? null
      : interpretCall(scorer, { application, attributes }, await scorer.margins(rowsOf(scorer, rows), shift));
  return {
    schemaVersion: 1,
    model: { id: manifest.id, version: manifest.version, packageDigest, runtime },
    features,
    faults,
    shiftMicros: shift,
    result,
    ...(scorer.bandShares && { bandShares: scorer.bandShares }),
    core: await ports.decisionCore(),
  };
}
