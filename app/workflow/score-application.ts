import * as z from 'zod';

import type { Measure, Scorer } from '../../adapters/ports.ts';
import type { Application } from '../../domain/application/submission.ts';
import type { CreditAttributes } from '../../domain/bureau/report.ts';
import { localDate, type LocalDate } from '../../domain/calendar.ts';
import { scoreStatement } from '../../domain/ledger/statements.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import { metricOfScore } from '../../domain/monitoring/metrics.ts';
import { interpretCall, modelCall, rowsOf } from '../../domain/products/model-call.ts';
import { statedOf, type Scoring } from '../../domain/scoring/scoring.ts';
import { evidenceAddress, pulledReport, stepInput, type Contract, type UseCase } from '../contracts.ts';
import { modelInForce, requireAllowed, type ModelPorts } from '../models/models.ts';
import { readApplication, readEvidence } from './read-evidence.ts';
import { recordStep, sealed, type DecidingPorts } from './record-step.ts';

export const contract = {
  input: z.strictObject({ ...stepInput, reports: z.array(pulledReport).min(1) }),
  output: z.strictObject({ evidence: evidenceAddress }),
} as const satisfies Contract;

export interface ScoringPorts extends DecidingPorts, ModelPorts {
  readonly lending: LendingSettings;
  readonly measure: Measure;
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
      const date = localDate(called.step.enteredAt, ports.lending.lender.timeZone);
      const { scoring, promotion } = await scoringOf(ports, { application, attributes, date });
      const reference = await sealed(ports, applicationId, 'score', scoring);
      ports.measure([metricOfScore(application.product, scoring)]);
      return { evidence: [reference], ...scoreStatement(scoring, reference.address, promotion) };
    });
}

/** What is scored. */
export interface Scored {
  readonly application: Application;
  readonly attributes: CreditAttributes;
  /** The lender's local date of the score: the model in force on it scores. */
  readonly date: LocalDate;
}

/**
 * Scores an application on the attributes of its report.
 * @returns the score, and the ledger entry of the model's promotion; null where it needed none.
 * @throws ModelNotPromoted, ModelMissing, ModelNotAllowed
 */
export async function scoringOf(
  ports: Pick<ScoringPorts, 'workStore' | 'models' | 'lending' | 'decisionCore'>,
  { application, attributes, date }: Scored,
): Promise<{ readonly scoring: Scoring; readonly promotion: string | null }> {
  const { product } = application;
  const { mode } = ports.lending;
  const { digest, promotion } = await modelInForce(ports, { product, purpose: 'default', date, mode });
  const scorer = await ports.models.open(digest);
  requireAllowed(scorer.manifest, { product, mode });
  return {
    promotion,
    scoring: { ...(await scored(scorer, application, attributes)), core: await ports.decisionCore() },
  };
}

async function scored(scorer: Scorer, application: Application, attributes: CreditAttributes): Promise<Scoring> {
  const { scoreBands } = scorer.manifest;
  const { features, faults, rows } = modelCall(scorer, application, attributes);
  const shift = 0;
  const result =
    rows === null
      ? null
      : interpretCall(scorer, { application, attributes }, await scorer.margins(rowsOf(scorer, rows), shift));
  return {
    schemaVersion: 1,
    ...statedOf(scorer),
    features,
    faults,
    shiftMicros: shift,
    result,
    ...(scoreBands && { bandShares: scoreBands }),
  };
}
