import type { Scorer } from '../../adapters/ports.ts';
import { newestPolicy } from '../../app/governance/policies.ts';
import type { Application } from '../../domain/application/submission.ts';
import type { CreditAttributes, CreditReport } from '../../domain/bureau/report.ts';
import { UNRECORDED_LENDER } from '../../domain/lender.ts';
import { applyFull } from '../../domain/policy/apply.ts';
import type { Offer, PolicyResult } from '../../domain/policy/result.ts';
import { productOf } from '../../domain/products/index.ts';
import { interpretCall, modelCall, rowsOf } from '../../domain/products/model-call.ts';
import { applicationOf, reportOf, type RescoringItem } from '../../domain/rescoring/item.ts';
import { statedOf, type Scoring } from '../../domain/scoring/scoring.ts';
import { NOBODY_FOUND } from '../../domain/screening/screen.ts';
import type { FullInput } from './policy-inputs.ts';

/** An application with its report and its score by the real model. */
export interface ScoredFile {
  readonly application: Application;
  readonly report: CreditReport;
  readonly scoring: Scoring;
  readonly asOf: string;
}

/** Scores an application of a batch as `ScoreApplication` does. */
export function scoredItem(scorer: Scorer, item: RescoringItem): Promise<ScoredFile> {
  const report = reportOf(item);
  if (!report) throw new TypeError('The item has no report: it cannot be scored.');
  return scored(scorer, { application: applicationOf(item), report, asOf: item.asOf });
}

async function scored(scorer: Scorer, file: Omit<ScoredFile, 'scoring'>): Promise<ScoredFile> {
  const { attributes } = file.report;
  if (!attributes) throw new TypeError('The report has no attributes: it cannot be scored.');
  const { features, faults, rows } = modelCall(scorer, file.application, attributes);
  const result =
    rows &&
    interpretCall(scorer, { application: file.application, attributes }, await scorer.margins(rowsOf(scorer, rows), 0));
  return { ...file, scoring: { schemaVersion: 1, ...statedOf(scorer), features, faults, shiftMicros: 0, result } };
}

/** Decides a file under the newest policy of its product. */
export function decided(file: ScoredFile, policy = newestPolicy(file.application.product)): PolicyResult {
  return applyFull(callOf(file, policy));
}

/** A file under a policy, as `ApplyPolicy` applies it. */
export function callOf(file: ScoredFile, policy = newestPolicy(file.application.product)): FullInput {
  return {
    product: productOf(file.application),
    policy,
    mode: 'sandbox',
    lender: UNRECORDED_LENDER,
    cleared: new Set(),
    screening: NOBODY_FOUND,
    status: file.report.status,
    ...file,
  };
}

/** Scores a file with changes of its attributes or its request by itself. */
export function changedItself(
  scorer: Scorer,
  file: ScoredFile,
  { attributes, request }: { attributes?: Partial<CreditAttributes>; request?: object },
): Promise<ScoredFile> {
  const { application, report } = file;
  return scored(scorer, {
    ...file,
    application: { ...application, request: { ...application.request, ...request } } as Application,
    report: { ...report, attributes: report.attributes && { ...report.attributes, ...attributes } },
  });
}

/** The application for exactly what is offered, scored by itself. */
export function asOwnApplication(scorer: Scorer, file: ScoredFile, offer: Offer): Promise<ScoredFile> {
  const { application } = file;
  const request =
    offer.kind === 'LINE'
      ? { ...application.request, limitCents: offer.limitCents }
      : { ...application.request, amountCents: offer.amountCents, termMonths: offer.termMonths };
  return scored(scorer, { ...file, application: { ...application, request } as Application });
}

/** The score of the request in place of each candidate's own, which is how earlier releases priced. */
export function withRequestsScore(file: ScoredFile): ScoredFile {
  const { scoring } = file;
  const { result } = scoring;
  if (!result?.candidates) return file;
  const terms = result.candidates.terms.map(({ termMonths, runs }) => ({
    termMonths,
    runs: [{ fromCents: runs[0]?.fromCents ?? 0, pdMicros: result.pdMicros }],
  }));
  return { ...file, scoring: { ...scoring, result: { ...result, candidates: { ...result.candidates, terms } } } };
}
