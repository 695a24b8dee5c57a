import { applyFull, applyPreBureau } from '../policy/apply.ts';
import type { PolicyResult } from '../policy/result.ts';
import { referredBy } from '../policy/switched.ts';
import { withHelp } from '../policy/would-help.ts';
import { productOf } from '../products/index.ts';
import { interpretCall, modelCall } from '../products/model-call.ts';
import type { PolicyInForce } from '../products/product.ts';
import type { Steps } from '../scoring/candidates.ts';
import { packageOf } from '../scoring/manifest-1.ts';
import type { ModelPackage } from '../scoring/model-package.ts';
import {
  floatsOf,
  numbersOf,
  type Answer,
  type DecisionCore,
  type FeaturesMade,
  type PolicyAsked,
  type ScoredFile,
} from './core-contract.ts';
import { recordOf } from './record.ts';

/** The decision core of this release. @param policyOf finds a policy by the SHA-256 of its compiled text. */
export function decisionCore(policyOf: (digest: string) => PolicyInForce | undefined): DecisionCore {
  return {
    features: ({ manifest, steps = null, files }) => {
      const model = { manifest: packageOf(manifest), steps };
      return files.map((file) => answered(() => featuresMade(model, file)));
    },
    scores: ({ manifest, steps = null, files, margins }) => {
      const model = { manifest: packageOf(manifest), steps };
      return margins.map((each, index) => answered(() => interpretCall(model, fileAt(files, index), floatsOf([each]))));
    },
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

function featuresMade(
  model: { readonly manifest: ModelPackage; readonly steps: Steps | null },
  { application, attributes }: ScoredFile,
): FeaturesMade {
  const { features, faults, rows } = modelCall(model, application, attributes);
  if (rows === null) return { features, faults, rows };
  return { features, faults, rows: numbersOf(rows.explanation), candidates: rows.candidates };
}

function fileAt(files: readonly ScoredFile[], index: number): ScoredFile {
  const file = files[index];
  if (file) return file;
  throw new RangeError('Each list of margins needs its file.');
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
  const file = full && { ...call, ...full };
  const result = file ? applyFull(file) : applyPreBureau(call);
  const referred = referrals.reduce((before, rule) => referredBy(rule, before), result);
  return file ? withHelp(file, referred) : referred;
}
