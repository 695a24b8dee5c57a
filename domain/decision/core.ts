import type { Application } from '../application/submission.ts';
import type { CreditAttributes } from '../bureau/report.ts';
import { buildFeatures, featureFaults, featureRow } from '../features/build.ts';
import { applyFull, applyPreBureau } from '../policy/apply.ts';
import type { PolicyResult } from '../policy/result.ts';
import { referredBy } from '../policy/switched.ts';
import { productOf } from '../products/index.ts';
import type { PolicyInForce } from '../products/product.ts';
import type { ModelManifest } from '../scoring/manifest.ts';
import { explanationRows, interpretMargins } from '../scoring/score.ts';
import {
  floatsOf,
  numbersOf,
  type Answer,
  type DecisionCore,
  type FeaturesMade,
  type PolicyAsked,
} from './core-contract.ts';
import { recordOf } from './record.ts';

/** The decision core of this release. @param policyOf finds a policy by the SHA-256 of its compiled text. */
export function decisionCore(policyOf: (digest: string) => PolicyInForce | undefined): DecisionCore {
  return {
    features: ({ manifest, files }) =>
      files.map((file) => answered(() => featuresMade(manifest, file.application, file.attributes))),
    scores: ({ manifest, margins }) =>
      margins.map((each) => answered(() => interpretMargins(manifest, floatsOf([each])))),
    policies: (asked) =>
      asked.map((each) => {
        const policy = policyOf(each.digest);
        return policy ? answered(() => policyMade(each, policy)) : { unknown: 'POLICY' };
      }),
    records: (asked) => asked.map((inputs) => answered(() => recordOf(inputs))),
  };
}

function answered<Made>(make: () => Made): Answer<Made> {
  try {
    return { made: make() };
  } catch {
    return null;
  }
}

function featuresMade(manifest: ModelManifest, application: Application, attributes: CreditAttributes): FeaturesMade {
  const features = buildFeatures(productOf(application).features(application), attributes);
  const faults = featureFaults(features);
  if (faults.length > 0) return { features, faults, rows: null };
  const rows = explanationRows(manifest, featureRow(features));
  return { features, faults, rows: numbersOf(rows) };
}

function policyMade(asked: PolicyAsked, policy: PolicyInForce): PolicyResult {
  const { mode, lender, asOf, cleared, referrals, application, screening, full } = asked;
  const call = {
    product: productOf(application),
    policy,
    mode,
    lender,
    cleared: new Set(cleared),
    application,
    screening,
    asOf,
  };
  const result = full ? applyFull({ ...call, ...full }) : applyPreBureau(call);
  return referrals.reduce((referred, rule) => referredBy(rule, referred), result);
}
