/**
 * Declines the applicants of the training data by the decision core, as a release archives it, and compares each stated
 * reason with what moved the score. Only the model and the reference values are shared with the code that gives the reasons:
 * the features of a fact are set to their reference values in the applicant's own row, and that row is scored.
 */
import { join } from 'node:path';

import { loadedCores } from '../adapters/compose/replay.ts';
import type { Scorer } from '../adapters/ports.ts';
import { newestPolicy } from '../app/governance/policies.ts';
import { releasedModel } from '../cli/released-model.ts';
import { buildCore } from '../core/build.ts';
import type { CreditReport } from '../domain/bureau/report.ts';
import {
  floatsOf,
  numbersOf,
  type Answer,
  type DecisionCore,
  type FeaturesMade,
} from '../domain/decision/core-contract.ts';
import { sha256 } from '../domain/ledger/canonical-json.ts';
import { UNRECORDED_LENDER } from '../domain/lender.ts';
import type { PolicyResult } from '../domain/policy/result.ts';
import type { CreditFile } from '../domain/products/product.ts';
import { REASON_OF_GROUP } from '../domain/reasons/catalogue.ts';
import { statedShare } from '../domain/reasons/principal-reasons.ts';
import { withCandidates } from '../domain/scoring/candidates.ts';
import { pdMicrosOf, reasonGroups, toMicros, type ScoreResult } from '../domain/scoring/score.ts';
import { statedOf } from '../domain/scoring/scoring.ts';
import { NOBODY_FOUND } from '../domain/screening/screen.ts';
import { DATASET, readDataset, type TrainingRow } from './dataset.ts';

const ROOT = join(import.meta.dirname, '..');
const AS_OF = '2026-12-01';
const RULE = 'PREDICTED_DEFAULT_TOO_LIKELY';
/** Sums of float32 differ by less than this, log-odds. */
const ROUNDING = 1e-5;

/** One applicant of a decline by the score. */
export interface MeasuredDecline {
  readonly reasons: readonly string[];
  /** The features of each stated reason moved the score, and no unstated fact moved it more than a stated one. */
  readonly moved: boolean;
  /** With the features of all stated reasons at their reference values the rule no longer fires. */
  readonly cleared: boolean;
  /** Share of the way from the applicant's margin to the cut-off that the stated reasons account for; 1 where cleared. */
  readonly shareOfDistance: number;
  /** Share of all that counts against the applicant that the stated reasons name. */
  readonly shareOfDeficit: number;
  /** Time from the file to its reasons, for this applicant alone. */
  readonly microseconds: number;
}

/**
 * @param select which rows of the training data are decided, by their index.
 * @returns the declines by the score among them.
 */
export async function measureStatedReasons(select: (row: number) => boolean): Promise<MeasuredDecline[]> {
  const decider = await openDecider();
  const declines: MeasuredDecline[] = [];
  for (const row of readDataset(DATASET).filter((_, at) => select(at))) {
    const start = process.hrtime.bigint();
    const decided = await decider.decide(row);
    const microseconds = Number(process.hrtime.bigint() - start) / 1000;
    if (decided.policy.outcome !== 'DECLINE' || !firedIn(decided.policy)) continue;
    declines.push({ ...(await decider.compare(row, decided)), microseconds });
  }
  return declines;
}

interface Decided {
  readonly made: FeaturesMade;
  /** The applicant's own features, as the model reads them. */
  readonly row: Float32Array;
  readonly result: ScoreResult;
  readonly policy: PolicyResult;
}

const firedIn = ({ rules }: PolicyResult): boolean => rules.some(({ id, result }) => id === RULE && result === 'FIRED');

/** A fact with its reason, the columns of its features, and the mean part that it has of the reference applicants' margin. */
interface Fact {
  readonly code: string;
  readonly columns: readonly number[];
  readonly mean: number;
}

/** Builds the core and loads it as replay loads an archived one. */
async function openDecider(): Promise<Decider> {
  const scorer = await releasedModel('personal-loan');
  const bytes = await buildCore(ROOT);
  const digest = sha256(bytes);
  const cores = loadedCores();
  await cores.load(digest, bytes, null);
  // A core that was loaded without limits runs in this process, so it has the types of this release.
  return new Decider(scorer, await cores.use(digest, async (core) => core as DecisionCore));
}

class Decider {
  readonly #scorer: Scorer;
  readonly #core: DecisionCore;
  readonly #facts: readonly Fact[];

  constructor(scorer: Scorer, core: DecisionCore) {
    this.#scorer = scorer;
    this.#core = core;
    const { features, reference } = scorer.manifest;
    this.#facts = reasonGroups({ features }).map((group) => ({
      code: REASON_OF_GROUP[group],
      columns: [...features.keys()].filter((column) => features[column]?.group === group),
      mean: reference.groupMeans[group] ?? Number.NaN,
    }));
  }

  /** Features, score and policy of one applicant, each made by the core. */
  async decide(row: TrainingRow): Promise<Decided> {
    const { manifest } = this.#scorer;
    const files = [{ application: applicationOf(row), attributes: row.attributes }];
    const made = madeIn(this.#core.features({ manifest, files })[0]);
    const width = manifest.features.length;
    const rows = withCandidates(floatsOf([made.rows ?? []]), width, made.candidates ?? { columns: [], values: [] });
    const margins = numbersOf(await this.#scorer.margins(rows, 0));
    const result = madeIn(this.#core.scores({ manifest, files, margins: [margins] })[0]);
    return { made, row: rows.slice(0, width), result, policy: this.#policyOn(row, made, result) };
  }

  /** Compares the reasons of a decline with what the applicant's own row says when it is changed. */
  async compare(
    applicant: TrainingRow,
    { row, result, policy, made }: Decided,
  ): Promise<Omit<MeasuredDecline, 'microseconds'>> {
    const { cutoffPd } = this.#scorer.manifest.reference;
    const named = this.#facts.filter(({ code }) => policy.modelReasons.includes(code));
    const [margin = Number.NaN, cleared = Number.NaN, ...each] = await this.#marginsAtReference(row, [
      [],
      named.flatMap(({ columns }) => columns),
      ...this.#facts.map(({ columns }) => columns),
    ]);
    const moves = this.#facts.map((fact, index) => ({ fact, by: margin - (each[index] ?? Number.NaN) }));
    const marginMicros = toMicros(cleared);
    const after = this.#policyOn(applicant, made, { ...result, marginMicros, pdMicros: pdMicrosOf(marginMicros) });
    const cutoff = Math.log(cutoffPd / (1 - cutoffPd));
    return {
      reasons: policy.modelReasons,
      moved: areWhatMoved(moves, policy),
      cleared: !firedIn(after),
      shareOfDistance: Math.min(1, (margin - cleared) / (margin - cutoff)),
      shareOfDeficit: statedShare(result.contributions),
    };
  }

  #policyOn(row: TrainingRow, { features, faults }: FeaturesMade, result: ScoreResult): PolicyResult {
    const scoring = { schemaVersion: 1, ...statedOf(this.#scorer), features, faults, shiftMicros: 0, result } as const;
    const [answer] = this.#core.policies([
      {
        digest: newestPolicy('personal-loan').digest,
        mode: 'sandbox',
        lender: UNRECORDED_LENDER,
        asOf: AS_OF,
        cleared: [],
        referrals: [],
        application: applicationOf(row),
        screening: NOBODY_FOUND,
        full: { status: 'HIT', report: reportOf(row), scoring },
      },
    ]);
    return madeIn(answer);
  }

  /** The margins of the applicant's own row, each time with other columns at their reference values. */
  async #marginsAtReference(row: Float32Array, changed: readonly (readonly number[])[]): Promise<Float32Array> {
    const [baseline = []] = this.#scorer.manifest.reference.rows;
    const batch = new Float32Array(row.length * changed.length);
    for (const [index, columns] of changed.entries()) {
      batch.set(row, index * row.length);
      for (const column of columns) batch[index * row.length + column] = baseline[column] ?? Number.NaN;
    }
    return this.#scorer.margins(batch, 0);
  }
}

/** Whether each stated fact moved the score, and no unstated one moved it further beyond the mean of its reference. */
function areWhatMoved(moves: readonly { fact: Fact; by: number }[], { reasons, modelReasons }: PolicyResult): boolean {
  const isStated = ({ fact }: { fact: Fact }): boolean => modelReasons.includes(fact.code);
  const [stated, unstated] = [moves.filter(isStated), moves.filter((move) => !isStated(move))];
  const beyond = ({ fact, by }: { fact: Fact; by: number }): number => by - fact.mean;
  const weakestStated = Math.min(...stated.map(beyond));
  const strongestUnstated = Math.max(...unstated.map(beyond));
  // Where the policy's own reasons come first, fewer than four are left for the score.
  const ranked = reasons.length > modelReasons.length || weakestStated >= strongestUnstated - ROUNDING;
  return ranked && stated.every(({ by }) => by > ROUNDING);
}

function madeIn<Made>(answer: Answer<Made> | undefined): Made {
  if (answer && 'made' in answer) return answer.made;
  throw new TypeError('The decision core gave no value for a row of the training data: run npm test -- test/core.');
}

/** The application of a row. What the data set does not have is such that no rule reads it against the applicant. */
function applicationOf({ application }: TrainingRow): CreditFile['application'] {
  return {
    schemaVersion: 1,
    applicationId: 'training',
    product: 'personal-loan',
    request: {
      amountCents: application.requestedAmountCents,
      termMonths: application.termMonths === 60 ? 60 : 36,
      purpose: 'OTHER',
    },
    income: { annualGrossCents: application.annualIncomeCents },
    employment: { status: 'EMPLOYED', yearsInJob: null },
    housing: { status: 'OWN', monthlyPaymentCents: 0 },
    consents: [],
    residence: { state: 'IL' },
    identityDigest: '0'.repeat(64),
  };
}

function reportOf({ attributes }: TrainingRow): CreditReport {
  return {
    schemaVersion: 1,
    bureau: 'training',
    mapping: 'none',
    status: 'HIT',
    inquiry: 'SOFT',
    purpose: 'EXTENSION_OF_CREDIT',
    reference: 'training',
    vendorReference: null,
    reportedAt: null,
    reportedOn: null,
    alerts: [],
    mismatches: [],
    attributes: { ...attributes, monthlyObligationsCents: 0, oldestAccountMonths: 120, bankruptcies: 0 },
    simulated: true,
    rawDigest: '0'.repeat(64),
  };
}
