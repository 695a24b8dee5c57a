import type { Application } from '../application/submission.ts';
import type { CreditAttributes } from '../bureau/report.ts';
import type { FeatureFault, FeatureVector } from '../features/build.ts';
import type { DecidingLender, LendingMode } from '../lender.ts';
import type { PolicyResult } from '../policy/result.ts';
import type { CreditFile } from '../products/product.ts';
import type { Steps, Substitutions } from '../scoring/candidates.ts';
import type { ArchivedManifest } from '../scoring/manifest-1.ts';
import type { ScoreResult } from '../scoring/score.ts';
import type { Screening } from '../screening/screen.ts';
import type { DecisionInputs, DecisionRecord } from './record.ts';

/** The contract between an archived decision core and the program that runs it: `DecisionCore`. */
const CORE_CONTRACT = 3;

/** Contract 2 scored no candidates. Its cores give none and leave out of account what is passed for them. */
export const RUNNABLE_CONTRACTS: readonly (number | undefined)[] = [2, CORE_CONTRACT];

const HEADER = '// underwright decision core, contract ';

/** The first line of every decision core, and so part of its digest. */
export function coreHeader(contract: number = CORE_CONTRACT): string {
  return `${HEADER}${contract}`;
}

/**
 * Reads the contract of a core from its first line, without running it.
 * @returns undefined for bytes that are no decision core.
 */
export function contractOf(core: Uint8Array): number | undefined {
  const [line = ''] = new TextDecoder('latin1').decode(core.subarray(0, HEADER.length + 12)).split('\n');
  const number = line.startsWith(HEADER) ? line.slice(HEADER.length) : '';
  return /^[1-9]\d{0,8}$/.test(number) ? Number(number) : undefined;
}

/** What the host gives every core in place of the platform. Both functions take and give strings alone. */
export interface CoreHost {
  /** SHA-256 of a text, 64 lower-case hexadecimal digits. */
  readonly sha256: (text: string) => string;
  /** The calendar date of an instant in a time zone. @param instant UTC, ISO 8601. @param timeZone IANA name. */
  readonly localDate: (instant: string, timeZone: string) => string;
}

/**
 * One output of a core: the value that it makes, the reason that it cannot know how, or null where it fails over the
 * inputs.
 */
export type Answer<Made> = { readonly made: Made } | { readonly unknown: 'POLICY' } | null;

export interface ScoredFile {
  readonly application: Application;
  readonly attributes: CreditAttributes;
}

interface FeaturesAsked {
  /** As it was archived: a core reads the versions of its own release and earlier ones. */
  readonly manifest: ArchivedManifest;
  /** Where the model's margin may change. Absent or null: each candidate has a row of its own. */
  readonly steps?: Steps | null;
  readonly files: readonly ScoredFile[];
}

export interface FeaturesMade {
  readonly features: FeatureVector;
  readonly faults: readonly FeatureFault[];
  /** Rows for the model, row-major, a missing value as null; null where a fault keeps the features from the model. */
  readonly rows: readonly (number | null)[] | null;
  /** Rows that follow, each the first row with other values. */
  readonly candidates?: Substitutions;
}

interface ScoresAsked {
  readonly manifest: ArchivedManifest;
  /** As for the rows. */
  readonly steps?: Steps | null;
  /** The files of the margins, in the same order. */
  readonly files: readonly ScoredFile[];
  /** The model's answer to the rows of each file; a margin that is not finite is null. */
  readonly margins: readonly (readonly (number | null)[])[];
}

export interface PolicyAsked {
  /** SHA-256 of the compiled policy's text. */
  readonly digest: string;
  readonly mode: LendingMode;
  /** A core of an earlier release ignores it and decides for `UNRECORDED_LENDER`. */
  readonly lender: DecidingLender;
  /** The lender's local date. */
  readonly asOf: string;
  /** Rules that a person cleared. */
  readonly cleared: readonly string[];
  /** Rules outside any policy that referred the application, in their order. */
  readonly referrals: readonly string[];
  readonly application: Application;
  readonly screening: Screening;
  /** The credit file of a full policy; null before the bureau. */
  readonly full: Pick<CreditFile, 'status' | 'report' | 'scoring'> | null;
}

/**
 * The functions of a decision core, contract 3. Each takes one JSON value and gives one answer for each input, in order.
 * A core gets the inputs of a part and never the recorded value of it. An archived core outlives its release, so a change
 * that an older core cannot read is a new contract.
 */
export interface DecisionCore {
  features(asked: FeaturesAsked): Answer<FeaturesMade>[];
  scores(asked: ScoresAsked): Answer<ScoreResult>[];
  policies(asked: readonly PolicyAsked[]): Answer<PolicyResult>[];
  records(asked: readonly DecisionInputs[]): Answer<DecisionRecord>[];
}

/** What a host holds of any core: nothing is known of its answers. */
export type ForeignCore = {
  readonly [Name in keyof DecisionCore]: (asked: Parameters<DecisionCore[Name]>[0]) => unknown;
};

/** JSON has no NaN and no infinity: null stands for both. */
export function numbersOf(values: Float32Array): (number | null)[] {
  const numbers: (number | null)[] = [];
  for (const value of values) numbers.push(Number.isFinite(value) ? value : null);
  return numbers;
}

/** All values in a row, with NaN for null. */
export function floatsOf(parts: readonly (readonly (number | null)[])[]): Float32Array {
  const floats = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    for (const value of part) {
      floats[at] = value ?? Number.NaN;
      at += 1;
    }
  }
  return floats;
}
