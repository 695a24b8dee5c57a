import type { Validation } from '../application/completeness.ts';
import type { Application } from '../application/submission.ts';
import type { CreditAttributes, CreditReport } from '../bureau/report.ts';
import { canonicalJson, sha256 } from '../ledger/canonical-json.ts';
import { UNRECORDED_LENDER, type LendingMode } from '../lender.ts';
import type { PolicyResult } from '../policy/result.ts';
import { orderedReferrals } from '../policy/switched.ts';
import type { CreditFile } from '../products/product.ts';
import { marginsOfParts, withCandidates, type Steps, type Substitutions } from '../scoring/candidates.ts';
import { packageOf, type ArchivedManifest } from '../scoring/manifest-1.ts';
import type { ModelPackage } from '../scoring/model-package.ts';
import { explanationCount } from '../scoring/score.ts';
import type { Scoring } from '../scoring/scoring.ts';
import type { Screening } from '../screening/screen.ts';
import { floatsOf, numbersOf, type FeaturesMade, type ForeignCore, type PolicyAsked } from './core-contract.ts';
import type { DecisionInputs, DecisionRecord } from './record.ts';
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
  /** Present where the applicant withdrew before the decision. */
  readonly withdrawn?: true;
  /** Absent in a first decision. */
  readonly supersedes?: DecisionInputs['supersedes'];
  readonly screening: Screening | null;
  /** What the last pull before the decision brought; null where none was made. */
  readonly pulled: { readonly status: CreditFile['status']; readonly report: CreditReport | null } | null;
  readonly scoring: Scoring | null;
  /** When the score was made, UTC. Absent or null without a score. */
  readonly scoredAt?: string | null;
  readonly preBureauPolicy: AppliedPolicy | null;
  readonly policy: AppliedPolicy | null;
  readonly reviews: readonly Review[];
  readonly reports: DecisionInputs['reports'];
  /** Of an application that continues a quote. */
  readonly quoting?: DecisionInputs['quoting'];
  readonly decidedAt: string;
  readonly decision: DecisionRecord;
}

export interface ReplayModel {
  /** As it was archived, because an archived core reads no newer version. */
  readonly manifest: ArchivedManifest;
  /** Name and version of the runtime that computes the margins. */
  readonly runtime: string;
  /** Where its margin may change; null where that is not known. */
  readonly steps: Steps | null;
  /** Margins of rows of features, row-major, each with `shift` added. */
  margins(rows: Float32Array, shift: number): Promise<Float32Array>;
}

/** The core and the models of a replay. */
export interface ReplayWith {
  readonly core: ForeignCore;
  /** Finds a model by its package digest. */
  readonly model: (packageDigest: string) => ReplayModel | undefined;
}

/** A core's answer that has another shape or another number of answers than the contract gives it. */
export class AnswerUnusable extends Error {
  override readonly name = 'AnswerUnusable';
}

const PARTS = ['SCORE', 'PRE_BUREAU_POLICY', 'POLICY', 'DECISION'] as const;
export type ReplayPart = (typeof PARTS)[number];

export interface ReplayDifference {
  readonly part: ReplayPart;
  /**
   * INPUT: the frozen inputs cannot make this part. POLICY, MODEL: the one that was used is not in the archive. RUNTIME:
   * another version of the model's runtime gave another score. CORE: the same of all these gives another value with the
   * core that ran, or no value.
   */
  readonly differs: 'INPUT' | 'CORE' | 'POLICY' | 'MODEL' | 'RUNTIME';
  /** Members that differ, as dotted paths, at most ten; never their values. */
  readonly paths: readonly string[];
  /** SHA-256 of the canonical JSON that was recorded, and of the value that came now; null where none came. */
  readonly recorded: string;
  readonly replayed: string | null;
  /** Why the core gave no value, where more is known than that it failed. */
  readonly because?: string;
}

/**
 * Makes decisions again, part by part, each from the recorded parts before it. The core gives outputs, and this function
 * compares them with the recorded values as canonical JSON, byte by byte. All parts the same means that the whole is. The
 * model is called once for all decisions.
 * @returns every difference of each decision; empty when it is reproduced.
 * @throws AnswerUnusable, and any error of the core.
 */
export async function replay(decisions: readonly FrozenDecision[], using: ReplayWith): Promise<ReplayDifference[][]> {
  const found = decisions.map(() => new Map<ReplayPart, ReplayDifference>());
  const add: Add = (index, difference) => {
    if (difference) found[index]?.set(difference.part, difference);
  };
  // In this order: a core sees no recorded value before it has made its own.
  await replayScores(decisions, using, add);
  replayPolicies(decisions, using.core, add);
  const records = answersOf(using.core.records(decisions.map(decisionInputs)), decisions.length);
  for (const [index, { decision }] of decisions.entries()) {
    add(index, compared({ part: 'DECISION', recorded: decision, otherwise: 'CORE' }, records[index]));
  }
  return found.map((differences) => PARTS.flatMap((part) => differences.get(part) ?? []));
}

type Add = (index: number, difference: ReplayDifference | undefined) => void;

/** Scores of one model and one shift. */
interface ScoreBatch {
  readonly model: ReplayModel;
  readonly shiftMicros: number;
  readonly asked: { readonly index: number; readonly scoring: Scoring; readonly attributes: CreditAttributes }[];
}

async function replayScores(
  decisions: readonly FrozenDecision[],
  { core, model: modelOf }: ReplayWith,
  add: Add,
): Promise<void> {
  const batches = new Map<string, ScoreBatch>();
  for (const [index, { pulled, scoring }] of decisions.entries()) {
    if (!scoring) continue;
    const { shiftMicros } = scoring;
    const { packageDigest } = scoring.model;
    const attributes = pulled?.report?.attributes;
    const model = modelOf(packageDigest);
    if (!attributes || !model) {
      add(index, different('SCORE', scoring, attributes ? 'MODEL' : 'INPUT'));
      continue;
    }
    const key = `${packageDigest} ${shiftMicros}`;
    const batch = batches.get(key) ?? { model, shiftMicros, asked: [] };
    batch.asked.push({ index, scoring, attributes });
    batches.set(key, batch);
  }
  for (const batch of batches.values()) {
    const made = await scoresOf(batch, decisions, core);
    for (const [place, { index, scoring }] of batch.asked.entries()) {
      const otherwise = batch.model.runtime === scoring.model.runtime ? 'CORE' : 'RUNTIME';
      add(index, compared({ part: 'SCORE', recorded: scoring, otherwise }, made[place]));
    }
  }
}

/** Scores by two calls of the core, for the rows and for the result, with the model between them. */
async function scoresOf(
  { model, shiftMicros, asked }: ScoreBatch,
  decisions: readonly FrozenDecision[],
  core: ForeignCore,
): Promise<unknown[]> {
  const { manifest, steps } = model;
  const read = packageOf(manifest);
  const files = asked.flatMap(({ index, attributes }) => {
    const application = decisions[index]?.application;
    return application ? [{ application, attributes }] : [];
  });
  const features = answersOf(core.features({ manifest, steps, files }), asked.length).map((each) =>
    featuresOf(each, read),
  );
  const scored = files.filter((_, place) => features[place]?.rows);
  const margins = await marginsOf(features, model, shiftMicros / 1e6);
  const results =
    scored.length > 0 ? answersOf(core.scores({ manifest, steps, files: scored, margins }), margins.length) : [];
  let next = 0;
  return features.map((each, place) => {
    if (!each) return null;
    const { scoring } = asked[place] ?? {};
    // The runtime's name is not compared: another version that gives the same bytes reproduces the decision.
    const made = (result: unknown) => ({
      made: {
        ...scoring,
        // A score states the cut-offs and bands of its package; those of earlier releases state none.
        ...(scoring?.cutoffs && { cutoffs: read.cutoffs }),
        ...(scoring?.bands && { bands: read.bands }),
        features: each.features,
        faults: each.faults,
        result,
      },
    });
    if (each.rows === null) return made(null);
    const result = results[next];
    next += 1;
    return isObject(result) && Object.hasOwn(result, 'made') ? made(result['made']) : null;
  });
}

/** The margins of each file that has rows, from one call of the model. */
async function marginsOf(
  features: readonly (FeaturesMade | null)[],
  model: ReplayModel,
  shift: number,
): Promise<(number | null)[][]> {
  const width = packageOf(model.manifest).features.length;
  const rows = features.flatMap((each) =>
    each?.rows ? [withCandidates(floatsOf([each.rows]), width, each.candidates ?? NO_CANDIDATES)] : [],
  );
  if (rows.length === 0) return [];
  const margins = await marginsOfParts(rows, width, (all) => model.margins(all, shift));
  return margins.map(numbersOf);
}

const NO_CANDIDATES: Substitutions = { columns: [], values: [] };

/** Of one file. A product of this release has at most 4,755: 951 amounts at five terms. */
const MAX_CANDIDATES = 10_000;

/** @throws AnswerUnusable for features that the model cannot be called with. */
function featuresOf(answer: unknown, manifest: ModelPackage): FeaturesMade | null {
  if (answer === null) return null;
  const columns = manifest.features.length;
  const made = isObject(answer) ? answer['made'] : undefined;
  if (isObject(made)) {
    const { rows, candidates = NO_CANDIDATES } = made;
    const isRow = (value: unknown) => value === null || typeof value === 'number';
    // Beside the explanation, each reason group has a row with its best values, and each change has one.
    const largest = (explanationCount(manifest) + columns + MAX_CHANGES) * columns;
    const fits = Array.isArray(rows) && rows.length > 0 && rows.length % columns === 0;
    if (rows === null || (fits && rows.length <= largest && rows.every(isRow))) {
      if (areCandidates(candidates, columns)) return made as unknown as FeaturesMade;
    }
  }
  throw new AnswerUnusable('The core gives no rows for the model.');
}

/** Of one file. This release has at most seven facts with ten targets each. */
const MAX_CHANGES = 100;

function areCandidates(answer: unknown, width: number): answer is Substitutions {
  if (!isObject(answer)) return false;
  const { columns, values } = answer;
  if (!Array.isArray(columns) || !Array.isArray(values)) return false;
  const isColumn = (value: unknown) => Number.isInteger(value) && (value as number) >= 0 && (value as number) < width;
  if (columns.length > width || !columns.every(isColumn)) return false;
  if (columns.length === 0) return values.length === 0;
  return (
    values.length % columns.length === 0 &&
    values.length <= MAX_CANDIDATES * columns.length &&
    values.every((value) => Number.isFinite(value))
  );
}

/** @throws AnswerUnusable */
function answersOf(answers: unknown, expected: number): readonly unknown[] {
  if (!Array.isArray(answers)) throw new AnswerUnusable('The core gives no list of answers.');
  if (answers.length === expected) return answers;
  throw new AnswerUnusable(`The core gives ${answers.length} answers for ${expected} inputs.`);
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function replayPolicies(decisions: readonly FrozenDecision[], core: ForeignCore, add: Add): void {
  const asked: { index: number; part: 'PRE_BUREAU_POLICY' | 'POLICY'; recorded: PolicyResult; inputs: PolicyAsked }[] =
    [];
  for (const [index, frozen] of decisions.entries()) {
    for (const part of ['PRE_BUREAU_POLICY', 'POLICY'] as const) {
      const applied = part === 'POLICY' ? frozen.policy : frozen.preBureauPolicy;
      if (!applied) continue;
      const inputs = policyAsked(part, frozen, applied);
      if (inputs) asked.push({ index, part, recorded: applied.recorded, inputs });
      else add(index, different(part, applied.recorded, 'INPUT'));
    }
  }
  const answers = answersOf(core.policies(asked.map(({ inputs }) => inputs)), asked.length);
  for (const [place, { index, part, recorded }] of asked.entries()) {
    const answer = answers[place];
    // The mode, the lender and the core of a result are recorded in it alone.
    const { mode, lender, core } = recorded;
    add(
      index,
      compared({ part, recorded, otherwise: 'CORE' }, answer, {
        ...(mode !== undefined && { mode }),
        ...(lender !== undefined && { lender }),
        ...(core !== undefined && { core }),
      }),
    );
  }
}

/** @returns undefined where the frozen inputs cannot make the part. */
function policyAsked(
  part: 'PRE_BUREAU_POLICY' | 'POLICY',
  { application, screening, pulled, scoring, mode }: FrozenDecision,
  { recorded, asOf, cleared }: AppliedPolicy,
): PolicyAsked | undefined {
  if (!screening || (part === 'POLICY' && !pulled)) return undefined;
  return {
    digest: recorded.policy.digest,
    mode: recorded.mode ?? mode,
    lender: recorded.lender ?? UNRECORDED_LENDER,
    asOf,
    cleared,
    referrals: orderedReferrals(recorded),
    application,
    screening,
    full: part === 'POLICY' && pulled ? { ...pulled, scoring } : null,
  };
}

function decisionInputs(frozen: FrozenDecision): DecisionInputs {
  const { application, validation, preBureauPolicy, policy, reviews, reports, decidedAt, scoring, decision } = frozen;
  const { executionArn, timeZone, evidence, disclosures } = decision;
  return {
    executionArn,
    decidedAt,
    timeZone,
    application,
    validation,
    withdrawn: frozen.withdrawn,
    requestedBy: decision.requestedBy,
    supersedes: frozen.supersedes,
    preBureauPolicy: preBureauPolicy?.recorded ?? null,
    policy: policy?.recorded ?? null,
    reviews,
    reports,
    model: scoring?.model ?? null,
    core: decision.core,
    // The setting of the lender is recorded in the disclosures alone.
    ...(disclosures && {
      disclosing: { scoring, scoredAt: frozen.scoredAt ?? null, scoreDisclosure: disclosures.scoreDisclosure },
    }),
    quoting: frozen.quoting,
    evidence,
  };
}

interface Comparison {
  readonly part: ReplayPart;
  readonly recorded: object;
  /** What differs when the answer does. */
  readonly otherwise: ReplayDifference['differs'];
}

/** Compares an answer of the core. @param fixed members that the recorded value alone has. */
function compared(
  { part, recorded, otherwise }: Comparison,
  answer: unknown,
  fixed: object = {},
): ReplayDifference | undefined {
  if (!isObject(answer) || !isObject(answer['made'])) {
    const noPolicy = isObject(answer) && answer['unknown'] === 'POLICY' && part !== 'SCORE' && part !== 'DECISION';
    return different(part, recorded, noPolicy ? 'POLICY' : otherwise);
  }
  const made = { ...answer['made'], ...fixed };
  // Values that are the same have the same canonical JSON. Only others are worth the time of writing it.
  if (sameValue(recorded, made)) return undefined;
  const before = canonicalJson(recorded);
  let now: string;
  try {
    now = canonicalJson(made);
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
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((each, index) => sameValue(each, other[index]));
  }
  if (!isObject(one) || !isObject(other) || Array.isArray(one) || Array.isArray(other)) return false;
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && sameValue(one[name], other[name]))
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
