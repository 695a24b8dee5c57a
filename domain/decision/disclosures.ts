import * as z from 'zod';

import { localDate } from '../calendar.ts';
import type { ReasonGroup } from '../features/catalogue.ts';
import type { ScoreDisclosure } from '../lender.ts';
import { scoreBand, type ScoreBandShares } from '../monitoring/score-bands.ts';
import { wouldHelp } from '../policy/result.ts';
import { REASON_OF_GROUP, REASONS } from '../reasons/catalogue.ts';
import { MAX_SCORE, MIN_SCORE, type GroupContribution } from '../scoring/score.ts';
import type { Scoring } from '../scoring/scoring.ts';

/** Key factors of a score, where none of them is the number of inquiries (12 CFR 1022.73(a)(1)(ix)(D)). */
export const MAX_KEY_FACTORS = 4;

const keyFactor = z.strictObject({
  /** The code of the text in domain/reasons/catalogue.ts. It is no reason of the decision. */
  code: z.string(),
  text: z.string(),
  /** The fact that the score read: a reason group of the model. */
  fact: z.string(),
  /** The score's distance from the score with the best value of the fact, in 1e-6 log-odds. */
  fromBestMicros: z.int().positive(),
});

const distribution = z.strictObject({
  /** The people whose scores are counted. They are no sample of all consumers. */
  population: z.literal('TRAINING_SAMPLE'),
  people: z.int().positive(),
  /** Ranges of scores, both ends included, from the lowest, with the share of the people in parts per million. */
  bars: z.array(z.strictObject({ from: z.int(), to: z.int(), shareMicros: z.int().nonnegative() })).min(6),
  /** Share of the people in lower bars than the applicant's own: at least so many have a lower score. */
  lowerShareMicros: z.int().nonnegative(),
});

/** A credit score that the decision used (15 USC 1681m(a)(2); 12 CFR 1022.73(a)(1)(ix), .74(e)(1)). */
const usedScore = z.strictObject({
  /** `LENDER`, or the id of the bureau that provided it. */
  provider: z.string(),
  /** The lender's own model made it. */
  own: z.boolean(),
  /** Name and version of the model. */
  model: z.string(),
  score: z.int(),
  range: z.strictObject({ lowest: z.int(), highest: z.int() }),
  direction: z.literal('HIGHER_IS_BETTER'),
  /** The lender's local date on which the score was made. */
  createdOn: z.string(),
  /** Most important first. At most four, and a fifth where it is the number of inquiries. */
  keyFactors: z.array(keyFactor).max(MAX_KEY_FACTORS + 1),
  /** Null where the model package has no distribution. */
  distribution: distribution.nullable(),
});
type UsedScore = z.infer<typeof usedScore>;

/**
 * The notice on credit scores of an approval that rests on a report (12 CFR 1022.72, .74). H-4: the notice with a score.
 * H-5: the notice without one. A counteroffer has the notice of 15 USC 1681m(a), which exempts it (12 CFR 1022.74(b)).
 */
const priceNotice = z.strictObject({
  form: z.enum(['H-4', 'H-5']).nullable(),
  exemption: z.literal('ADVERSE_ACTION_NOTICE').nullable(),
});

/** Facts that notices disclose beside the decision. The notices render them and compute nothing. */
export const disclosures = z.strictObject({
  /** The lender's setting in force: which scores are credit scores. */
  scoreDisclosure: z.enum(['OWN', 'BUREAU', 'BOTH']),
  scores: z.array(usedScore),
  /** Null where nothing is offered, or no report was used. */
  priceNotice: priceNotice.nullable(),
  /** Changes with which the policy would have decided otherwise. No promise: empty where none is known. */
  whatWouldHelp: wouldHelp,
});
export type Disclosures = z.infer<typeof disclosures>;

/** Inputs of the disclosures beside the decision itself. */
export interface Disclosing {
  readonly scoring: Scoring | null;
  /** UTC; null without a score. */
  readonly scoredAt: string | null;
  readonly scoreDisclosure: ScoreDisclosure;
}

/** The facts of a decision on which its disclosures depend. */
interface DisclosedDecision {
  readonly outcome: string;
  readonly decidedBy: string;
  readonly timeZone: string;
  readonly reportsUsed: readonly unknown[];
  readonly wouldHelp: Disclosures['whatWouldHelp'];
}

/** Derives the disclosures of a decision from the sealed evidence that it rests on. */
export function disclosuresOf(disclosing: Disclosing, decision: DisclosedDecision): Disclosures {
  const { scoreDisclosure } = disclosing;
  const scores = usedScores(disclosing, decision.timeZone);
  const byPolicy = decision.decidedBy === 'POLICY' && ['DECLINE', 'COUNTEROFFER'].includes(decision.outcome);
  return {
    scoreDisclosure,
    scores,
    priceNotice: priceNoticeOf(decision, scores),
    // A person's decision rests on the person's own reasons, for which no change is computed.
    whatWouldHelp: byPolicy ? decision.wouldHelp : [],
  };
}

function priceNoticeOf(
  { outcome, reportsUsed }: DisclosedDecision,
  scores: readonly UsedScore[],
): Disclosures['priceNotice'] {
  if (reportsUsed.length === 0) return null;
  if (outcome === 'COUNTEROFFER') return { form: null, exemption: 'ADVERSE_ACTION_NOTICE' };
  if (outcome !== 'APPROVE') return null;
  return { form: scores.length > 0 ? 'H-4' : 'H-5', exemption: null };
}

/** No canonical report has a bureau's score, so the lender's own is the only one that a decision can use. */
function usedScores({ scoring, scoredAt, scoreDisclosure }: Disclosing, timeZone: string): UsedScore[] {
  const result = scoring?.result;
  if (!result || scoredAt === null || scoreDisclosure === 'BUREAU') return [];
  const { id, version } = scoring.model;
  return [
    {
      provider: 'LENDER',
      own: true,
      model: `${id} ${version}`,
      score: result.score,
      range: { lowest: MIN_SCORE, highest: MAX_SCORE },
      direction: 'HIGHER_IS_BETTER',
      createdOn: localDate(scoredAt, timeZone),
      keyFactors: keyFactorsOf(result.contributions),
      distribution: scoring.bandShares ? distributionOf(scoring.bandShares, result.score) : null,
    },
  ];
}

/** Bands from the lowest possible score to the highest. A score on an edge is in the lower band. */
function distributionOf({ applicants, edges, shares }: ScoreBandShares, score: number): UsedScore['distribution'] {
  const micros = shares.map((share) => Math.round(share * 1e6));
  return {
    population: 'TRAINING_SAMPLE',
    people: applicants,
    bars: micros.map((shareMicros, band) => ({
      from: band === 0 ? MIN_SCORE : (edges[band - 1] ?? MAX_SCORE) + 1,
      to: edges[band] ?? MAX_SCORE,
      shareMicros,
    })),
    lowerShareMicros: micros.slice(0, scoreBand(score)).reduce((sum, share) => sum + share, 0),
  };
}

const INQUIRIES: ReadonlySet<ReasonGroup> = new Set(['RECENT_INQUIRIES', 'FINANCE_INQUIRIES']);

/** 1e-4 log-odds, the tolerance of the contributions themselves. */
const EPSILON_MICROS = 100;

/**
 * The facts that lowered the score, most important first. The measure of a fact is the score's distance from the score with
 * the fact's best value and all other facts as they are (15 USC 1681g(f)(2)(B), from memory). The number of inquiries counts
 * beyond the four.
 */
function keyFactorsOf(contributions: readonly GroupContribution[]): UsedScore['keyFactors'] {
  const adverse = contributions
    .flatMap(({ group, fromBestMicros = 0 }) => (fromBestMicros > EPSILON_MICROS ? [{ group, fromBestMicros }] : []))
    .sort((a, b) => b.fromBestMicros - a.fromBestMicros || (a.group < b.group ? -1 : 1));
  const key = adverse.slice(0, MAX_KEY_FACTORS);
  const isInquiries = ({ group }: { readonly group: ReasonGroup }): boolean => INQUIRIES.has(group);
  const inquiries = key.some(isInquiries) ? undefined : adverse.find(isInquiries);
  return [...key, ...(inquiries ? [inquiries] : [])].map(({ group, fromBestMicros }) => {
    const code = REASON_OF_GROUP[group];
    return { code, text: REASONS[code], fact: group, fromBestMicros };
  });
}
