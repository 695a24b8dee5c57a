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
import { recordOf, type DecisionInputs, type DecisionRecord } from './record.ts';
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
  /** Of policy results that do not say theirs. */
  readonly mode: LendingMode;
  readonly application: Application;
  readonly validation: Validation;
  /** Absent in a first decision. */
  readonly supersedes?: DecisionInputs['supersedes'];
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
  /** Name and version of the runtime that computes the margins. */
  readonly runtime: string;
  /** Margins of rows of features, row-major, each with `shift` added. */
  margins(rows: Float32Array, shift: number): Promise<Float32Array>;
}

/** What there is to replay with, by digest. */
export interface Archive {
  model(packageDigest: string): ReplayModel | undefined;
  policy(digest: string): PolicyInForce | undefined;
}

/**
 * What every archived decision core exports. A later release runs it as it was archived, so neither this nor what it takes
 * (`FrozenDecision`, `ReplayModel`) and gives may change in a way that an older core cannot read: that is a new contract.
 */
export interface DecisionCore {
  readonly contract: 1;
  /** `replay`, with the policies that the core has in it. */
  replay(decisions: readonly FrozenDecision[], model: Archive['model']): Promise<ReplayDifference[][]>;
}

export type ReplayPart = 'SCORE' | 'PRE_BUREAU_POLICY' | 'POLICY' | 'DECISION';

export interface ReplayDifference {
  readonly part: ReplayPart;
  /**
   * INPUT: what was frozen cannot make this part. POLICY, MODEL: the one that was used is not in the archive. RUNTIME:
   * another version of the model's runtime gave another score. CORE: the same of all these gives something else with the
   * core that ran.
   */
  readonly differs: 'INPUT' | 'CORE' | 'POLICY' | 'MODEL' | 'RUNTIME';
  /** Members that differ, as dotted paths, at most ten; never their values. */
  readonly paths: readonly string[];
  /** SHA-256 of the canonical JSON that was recorded, and of that which came now; null where nothing came. */
  readonly recorded: string;
  readonly replayed: string | null;
}

/**
 * Makes decisions again, part by part, each from the recorded parts before it, and compares canonical JSON byte by byte.
 * All parts the same means that the whole is. The model is called once for all of them.
 * @returns every difference of each decision; empty when it is reproduced.
 */
export async function replay(decisions: readonly FrozenDecision[], archive: Archive): Promise<ReplayDifference[][]> {
  const scores = await replayScores(decisions, archive);
  return decisions.map((frozen, index) =>
    [
      scores[index],
      replayPolicy('PRE_BUREAU_POLICY', frozen, frozen.preBureauPolicy, archive),
      replayPolicy('POLICY', frozen, frozen.policy, archive),
      compared('DECISION', frozen.decision, 'CORE', () => recordOf(decisionInputs(frozen))),
    ].filter((part) => part !== undefined),
  );
}

/** A score that waits for its margins, with the rows that explain it. */
interface Asked {
  readonly index: number;
  readonly scoring: Scoring;
  readonly again: Omit<Scoring, 'result'>;
  readonly rows: Float32Array;
}

async function replayScores(
  decisions: readonly FrozenDecision[],
  archive: Archive,
): Promise<(ReplayDifference | undefined)[]> {
  const differences = decisions.map((): ReplayDifference | undefined => undefined);
  const batches = new Map<string, { model: ReplayModel; shift: number; asked: Asked[] }>();
  for (const [index, { application, pulled, scoring }] of decisions.entries()) {
    if (!scoring) continue;
    const { packageDigest } = scoring.model;
    const attributes = pulled?.report?.attributes;
    const model = archive.model(packageDigest);
    if (!attributes || !model) {
      differences[index] = different('SCORE', scoring, attributes ? 'MODEL' : 'INPUT');
      continue;
    }
    try {
      const features = buildFeatures(productOf(application).features(application), attributes);
      const faults = featureFaults(features);
      // The runtime's name is not compared: another version that gives the same bytes reproduces the decision.
      const again = { ...scoring, features, faults };
      if (faults.length > 0) {
        differences[index] = compared('SCORE', scoring, 'CORE', () => ({ ...again, result: null }));
        continue;
      }
      const rows = explanationRows(model.manifest, featureRow(features));
      const key = `${packageDigest} ${scoring.shiftMicros}`;
      const batch = batches.get(key) ?? { model, shift: scoring.shiftMicros / 1e6, asked: [] };
      batch.asked.push({ index, scoring, again, rows });
      batches.set(key, batch);
    } catch {
      differences[index] = different('SCORE', scoring, 'CORE');
    }
  }
  for (const { model, shift, asked } of batches.values()) {
    const margins = await model.margins(joined(asked.map(({ rows }) => rows)), shift);
    // Every explanation of one model has as many rows.
    const each = margins.length / asked.length;
    for (const [place, { index, scoring, again }] of asked.entries()) {
      const own = margins.subarray(place * each, (place + 1) * each);
      const otherwise = model.runtime === scoring.model.runtime ? 'CORE' : 'RUNTIME';
      differences[index] = compared('SCORE', scoring, otherwise, () => ({
        ...again,
        result: interpretMargins(model.manifest, own),
      }));
    }
  }
  return differences;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
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
  const call = () => ({
    product: productOf(application),
    policy,
    mode: recorded.mode ?? mode,
    cleared: new Set(applied.cleared),
    application,
    screening,
    asOf,
  });
  // What sent it to a person, the mode it was applied in and the core are recorded in the result alone.
  const ordered = (result: PolicyResult): PolicyResult => ({
    ...orderedReferrals(recorded).reduce((referred, rule) => referredBy(rule, referred), result),
    ...(recorded.mode !== undefined && { mode: recorded.mode }),
    ...(recorded.core !== undefined && { core: recorded.core }),
  });
  if (part === 'PRE_BUREAU_POLICY') return compared(part, recorded, 'CORE', () => ordered(applyPreBureau(call())));
  if (!pulled) return different(part, recorded, 'INPUT');
  const { status, report } = pulled;
  return compared(part, recorded, 'CORE', () => ordered(applyFull({ ...call(), status, report, scoring })));
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
    supersedes: frozen.supersedes,
    preBureauPolicy: preBureauPolicy?.recorded ?? null,
    policy: policy?.recorded ?? null,
    reviews,
    reports,
    model: scoring?.model ?? null,
    core: decision.core,
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

/** A part that could not be made again. */
export function different(part: ReplayPart, recorded: object, differs: ReplayDifference['differs']): ReplayDifference {
  return { part, differs, paths: [], recorded: sha256(canonicalJson(recorded)), replayed: null };
}

function sameValue(one: unknown, other: unknown): boolean {
  if (one === other) return typeof one !== 'number' || Number.isFinite(one);
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one)) {
    if (!Array.isArray(other) || one.length !== other.length) return false;
    for (let index = 0; index < one.length; index += 1) if (!sameValue(one[index], other[index])) return false;
    return true;
  }
  const [left, right] = [one as Record<string, unknown>, other as Record<string, unknown>];
  const names = Object.keys(left);
  if (Array.isArray(other) || names.length !== Object.keys(right).length) return false;
  for (const name of names) if (!Object.hasOwn(right, name) || !sameValue(left[name], right[name])) return false;
  return true;
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
