import type { Validation } from '../application/completeness.ts';
import type { Application } from '../application/submission.ts';
import type { CreditReport } from '../bureau/report.ts';
import { buildFeatures, featureFaults, featureRow } from '../features/build.ts';
import { canonicalJson, sha256 } from '../ledger/canonical-json.ts';
import { applyFull, applyPreBureau } from '../policy/apply.ts';
import type { PolicyResult } from '../policy/result.ts';
import { orderedReferrals, referredBy } from '../policy/switched.ts';
import { productOf } from '../products/index.ts';
import type { CreditFile, LendingMode, PolicyInForce } from '../products/product.ts';
import type { ModelManifest } from '../scoring/manifest.ts';
import { explanationRows, interpretMargins } from '../scoring/score.ts';
import type { Scoring } from '../scoring/scoring.ts';
import type { Screening } from '../screening/screen.ts';
import { decide, type DecisionInputs, type DecisionRecord } from './record.ts';
import type { Review } from './review.ts';

/** One application of a policy as it was: when, with which holds cleared, and what came of it. */
export interface AppliedPolicy {
  /** The creditor's local date. */
  readonly asOf: string;
  readonly cleared: readonly string[];
  readonly recorded: PolicyResult;
}

/** All that a decision was made from and what each step made of it, as sealed. No identity. */
export interface FrozenDecision {
  readonly schemaVersion: 1;
  readonly mode: LendingMode;
  readonly application: Application;
  readonly validation: Validation;
  readonly screening: Screening | null;
  /** What the last pull before the decision brought; null where none was made. */
  readonly pulled: { readonly status: CreditFile['status']; readonly report: CreditReport | null } | null;
  readonly scoring: Scoring | null;
  readonly preBureauPolicy: AppliedPolicy | null;
  readonly policy: AppliedPolicy | null;
  readonly reviews: readonly Review[];
  readonly reports: DecisionInputs['reports'];
  readonly decidedAt: string;
  readonly decision: DecisionRecord;
}

export interface ReplayModel {
  readonly manifest: ModelManifest;
  readonly packageDigest: string;
  readonly runtime: string;
  /** Margins of rows of features, row-major, each with `shift` added. */
  margins(rows: Float32Array, shift: number): Promise<Float32Array>;
}

/** What there is to replay with, by digest. */
export interface Archive {
  model(packageDigest: string): ReplayModel | undefined;
  policy(digest: string): PolicyInForce | undefined;
}

export type ReplayPart = 'SCORE' | 'PRE_BUREAU_POLICY' | 'POLICY' | 'DECISION';

export interface ReplayDifference {
  readonly part: ReplayPart;
  /**
   * INPUT: what was frozen cannot make this part. POLICY, MODEL: the one that was used is not in the archive. RUNTIME:
   * another version of the model's runtime gave another score. CORE: the same of all these, so this release computes
   * otherwise.
   */
  readonly differs: 'INPUT' | 'CORE' | 'POLICY' | 'MODEL' | 'RUNTIME';
  /** Members that differ, as dotted paths, at most ten; never their values. */
  readonly paths: readonly string[];
  /** SHA-256 of the canonical JSON that was recorded, and of that which came now; null where nothing came. */
  readonly recorded: string;
  readonly replayed: string | null;
}

/**
 * Makes a decision again, part by part, each from the recorded parts before it, and compares canonical JSON byte by byte.
 * All parts the same means that the whole is.
 * @returns every difference; empty when the decision is reproduced.
 */
export async function replay(frozen: FrozenDecision, archive: Archive): Promise<ReplayDifference[]> {
  const parts = [
    await replayScore(frozen, archive),
    replayPolicy('PRE_BUREAU_POLICY', frozen, frozen.preBureauPolicy, archive),
    replayPolicy('POLICY', frozen, frozen.policy, archive),
    compared('DECISION', frozen.decision, 'CORE', () => decide(decisionInputs(frozen))),
  ];
  return parts.filter((part) => part !== undefined);
}

async function replayScore({ application, pulled, scoring }: FrozenDecision, archive: Archive) {
  if (!scoring) return undefined;
  const attributes = pulled?.report?.attributes;
  if (!attributes) return different('SCORE', scoring, 'INPUT');
  const model = archive.model(scoring.model.packageDigest);
  if (!model) return different('SCORE', scoring, 'MODEL');
  const features = buildFeatures(productOf(application).features(application), attributes);
  const faults = featureFaults(features);
  const shift = scoring.shiftMicros / 1e6;
  const scored = async () =>
    interpretMargins(model.manifest, await model.margins(explanationRows(model.manifest, featureRow(features)), shift));
  const result = faults.length > 0 ? null : await scored();
  // The runtime's name is not compared: another version that gives the same bytes reproduces the decision.
  const again: Scoring = { ...scoring, features, faults, result };
  return compared('SCORE', scoring, model.runtime === scoring.model.runtime ? 'CORE' : 'RUNTIME', () => again);
}

function replayPolicy(
  part: 'PRE_BUREAU_POLICY' | 'POLICY',
  { application, screening, pulled, scoring, mode }: FrozenDecision,
  applied: AppliedPolicy | null,
  archive: Archive,
) {
  if (!applied) return undefined;
  const { recorded, asOf } = applied;
  if (!screening) return different(part, recorded, 'INPUT');
  const policy = archive.policy(recorded.policy.digest);
  if (!policy) return different(part, recorded, 'POLICY');
  const call = {
    product: productOf(application),
    policy,
    mode,
    cleared: new Set(applied.cleared),
    application,
    screening,
    asOf,
  };
  // That a switch was on is recorded in the result alone.
  const ordered = (result: PolicyResult): PolicyResult =>
    orderedReferrals(recorded).reduce((referred, rule) => referredBy(rule, referred), result);
  if (part === 'PRE_BUREAU_POLICY') return compared(part, recorded, 'CORE', () => ordered(applyPreBureau(call)));
  if (!pulled) return different(part, recorded, 'INPUT');
  const { status, report } = pulled;
  return compared(part, recorded, 'CORE', () => ordered(applyFull({ ...call, status, report, scoring })));
}

function decisionInputs(frozen: FrozenDecision): DecisionInputs {
  const { application, validation, preBureauPolicy, policy, reviews, reports, decidedAt, scoring, decision } = frozen;
  const { executionArn, timeZone, evidence } = decision;
  return {
    executionArn,
    decidedAt,
    timeZone,
    application,
    validation,
    preBureauPolicy: preBureauPolicy?.recorded ?? null,
    policy: policy?.recorded ?? null,
    reviews,
    reports,
    model: scoring?.model ?? null,
    evidence,
  };
}

function compared(
  part: ReplayPart,
  recorded: object,
  otherwise: ReplayDifference['differs'],
  make: () => object,
): ReplayDifference | undefined {
  let before: string;
  let now: string;
  try {
    const made = make();
    // Values that are the same have the same canonical JSON; only others are worth the time of writing it.
    if (sameValue(recorded, made)) return undefined;
    [before, now] = [canonicalJson(recorded), canonicalJson(made)];
  } catch {
    return different(part, recorded, otherwise);
  }
  if (before === now) return undefined;
  const paths = differingPaths(recorded, JSON.parse(now)).slice(0, 10);
  return { part, differs: otherwise, paths, recorded: sha256(before), replayed: sha256(now) };
}

function different(part: ReplayPart, recorded: object, differs: ReplayDifference['differs']): ReplayDifference {
  return { part, differs, paths: [], recorded: sha256(canonicalJson(recorded)), replayed: null };
}

function sameValue(one: unknown, other: unknown): boolean {
  if (one === other) return typeof one !== 'number' || Number.isFinite(one);
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [names, others] = [Object.keys(one), Object.keys(other)];
  return (
    names.length === others.length &&
    names.every(
      (name) =>
        Object.hasOwn(other, name) &&
        sameValue((one as Record<string, unknown>)[name], (other as Record<string, unknown>)[name]),
    )
  );
}

function differingPaths(one: unknown, other: unknown, path = ''): string[] {
  if (Object.is(one, other)) return [];
  const objects = [one, other].every((each) => typeof each === 'object' && each !== null);
  if (!objects || Array.isArray(one) !== Array.isArray(other)) return [path];
  const [left, right] = [one as Record<string, unknown>, other as Record<string, unknown>];
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].flatMap((name) =>
    differingPaths(left[name], right[name], path === '' ? name : `${path}.${name}`),
  );
}
