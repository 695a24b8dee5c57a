/**
 * One applicant scored and explained: features, explanation rows and one ONNX call, against that call alone. Then the same
 * with every loan that could be offered in place of the requested one, as `ScoreApplication` calls the model.
 */
import { join } from 'node:path';

import { openPackage, readPackage } from '../adapters/onnx/scorer.ts';
import type { Application } from '../domain/application/submission.ts';
import type { CreditAttributes } from '../domain/bureau/report.ts';
import { buildFeatures, featureRow, type FeatureApplication } from '../domain/features/build.ts';
import { interpretCall, modelCall, rowsOf } from '../domain/products/model-call.ts';
import { principalReasons } from '../domain/reasons/principal-reasons.ts';
import { explanationRows, interpretMargins } from '../domain/scoring/score.ts';
import { microseconds, percentile, rounded, type Measurement } from './support.ts';

const RUNS = 20_000;
const WARM_UP = 2_000;

const folder = join(import.meta.dirname, '..', 'models', 'personal-loan-default', '2.0.0');
const scorer = await openPackage(await readPackage(folder));
// Only now: the scorer has forbidden the runtime to report what it runs.
const { InferenceSession, Tensor } = await import('onnxruntime-node');
const raw = await InferenceSession.create(join(folder, 'model.onnx'), {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
});
const columns = scorer.manifest.features.length;

const application: FeatureApplication = {
  requestedAmountCents: 18_000_00,
  termMonths: 60,
  annualIncomeCents: 52_000_00,
};
const attributes: CreditAttributes = {
  delinquencies2y: 1,
  inquiries6m: 2,
  revolvingUtilisationPercent: 71.3,
  accountsNowDelinquent: 0,
  instalmentActive: 3,
  instalmentOpened12m: 2,
  instalmentOpened24m: 3,
  instalmentBalanceCents: 21_400_00,
  allUtilisationPercent: 66,
  financeInquiries: 1,
  inquiries12m: 4,
  delinquentAmountCents: 0,
  instalmentAccounts: 8,
  instalmentLimitCents: 30_500_00,
  monthlyObligationsCents: 640_00,
  oldestAccountMonths: 131,
  bankruptcies: 0,
};

/** The same applicant as an application. */
const requested: Application = {
  schemaVersion: 1,
  applicationId: 'bench',
  product: 'personal-loan',
  request: { amountCents: application.requestedAmountCents, termMonths: 60, purpose: 'OTHER' },
  income: { annualGrossCents: application.annualIncomeCents },
  employment: { status: 'EMPLOYED', yearsInJob: 3 },
  housing: null,
  consents: [],
  residence: { state: 'IL' },
  identityDigest: '0'.repeat(64),
};

function score(): Promise<Float32Array> {
  const row = featureRow(buildFeatures(application, attributes), scorer.manifest.features);
  return scorer.margins(explanationRows(scorer.manifest, row), 0);
}
async function scoreWithCandidates(): Promise<unknown> {
  const { rows } = modelCall(scorer, requested, attributes);
  const margins = rows ? await scorer.margins(rowsOf(scorer, rows), 0) : new Float32Array();
  return interpretCall(scorer, { application: requested, attributes }, margins);
}
async function scoreWithReasons(): Promise<unknown> {
  return principalReasons(interpretMargins(scorer.manifest, await score()).contributions);
}
const batch = explanationRows(
  scorer.manifest,
  featureRow(buildFeatures(application, attributes), scorer.manifest.features),
);
async function rawRun(): Promise<Float32Array> {
  const feeds = {
    features: new Tensor('float32', batch, [batch.length / columns, columns]),
    shift: new Tensor('float32', Float32Array.of(0), [1]),
  };
  return (await raw.run(feeds, ['margin']))['margin']?.data as Float32Array;
}

const [ours, theirs] = [await score(), await rawRun()];
if (ours.length !== theirs.length || !ours.every((margin, index) => margin === theirs[index])) {
  throw new Error('The raw runtime gives other margins: nothing can be compared.');
}

const { rows: call } = modelCall(scorer, requested, attributes);
if (call === null) throw new Error('The applicant has unusable features: nothing can be measured.');
const rowsWithCandidates = rowsOf(scorer, call).length / columns;

export const packages = ['onnxruntime-node'];

export default async function scoring(): Promise<Measurement> {
  // In turns, so that what else the machine does falls on all alike.
  const samples = { score: [] as number[], reasons: [] as number[], candidates: [] as number[], raw: [] as number[] };
  for (let run = -WARM_UP; run < RUNS; run += 1) {
    const measured = [await microseconds(score), await microseconds(scoreWithReasons), await microseconds(rawRun)];
    const candidates = run % 20 === 0 ? await microseconds(scoreWithCandidates) : null;
    if (run < 0) continue;
    samples.score.push(measured[0] ?? 0);
    samples.reasons.push(measured[1] ?? 0);
    samples.raw.push(measured[2] ?? 0);
    if (candidates !== null) samples.candidates.push(candidates);
  }
  const p50 = percentile(samples.score, 0.5);
  const rawP50 = percentile(samples.raw, 0.5);
  return {
    figures: {
      p50_us: rounded(p50),
      p99_us: rounded(percentile(samples.score, 0.99)),
      ratio_to_raw_ort: rounded(p50 / rawP50),
      p50_us_with_reasons: rounded(percentile(samples.reasons, 0.5)),
      rows_per_call: batch.length / columns,
      p50_us_with_candidates: rounded(percentile(samples.candidates, 0.5)),
      p99_us_with_candidates: rounded(percentile(samples.candidates, 0.99)),
      rows_per_call_with_candidates: rowsWithCandidates,
    },
    peers: { raw_ort_p50_us: rounded(rawP50), raw_ort_p99_us: rounded(percentile(samples.raw, 0.99)) },
  };
}
