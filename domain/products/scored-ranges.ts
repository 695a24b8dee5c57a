import type { PolicyResult as Evaluated } from '@underwright/policy-compiler/module';

import { rangesAt, type CandidateScores, type ScoredRange } from '../scoring/candidates.ts';
import { parameter, type CreditFile, type Values } from './product.ts';

/** A loan or a limit as the model scored it. */
interface ScoredRequest {
  readonly termMonths: number;
  readonly amountCents: number;
}

/**
 * The ranges of amounts of a term by their score, from the largest amount down. Only the request has a score where an
 * earlier release scored nothing else, or where the policy's amounts are not among the candidates.
 * @param values of the policy for the request.
 */
export function scoredRanges(
  scoring: CreditFile['scoring'],
  termMonths: number,
  { request, values }: { readonly request: ScoredRequest; readonly values: Values },
): readonly ScoredRange[] {
  const { amountCents } = request;
  const scores = scoring?.result?.candidates;
  const ranges = scores && areCandidates(scores, values) ? rangesAt(scores, termMonths, amountCents) : [];
  const smallest = Math.min(parameter(values, 'smallest_amount'), amountCents);
  if (ranges.length > 0) return ranges.filter(({ toCents }) => toCents >= smallest);
  const unscored = { fromCents: 0, toCents: amountCents, pdMicros: null };
  if (termMonths !== request.termMonths) return [unscored];
  const pdMicros = scoring?.result?.pdMicros ?? null;
  return [
    { fromCents: amountCents, toCents: amountCents, pdMicros },
    { ...unscored, toCents: amountCents - 1 },
  ];
}

/** Whether every amount that the policy can offer in place of the request has a score. */
function areCandidates({ stepCents, terms }: CandidateScores, values: Values): boolean {
  const smallest = parameter(values, 'smallest_amount');
  return (
    parameter(values, 'amount_step') % stepCents === 0 &&
    terms.every(({ runs }) => runs[0] !== undefined && runs[0].fromCents <= smallest)
  );
}

/** Why a candidate has no automatic offer, with the reason code of the rule that refuses it. */
export interface Refusal {
  readonly by: 'RULE' | 'UNKNOWN';
  readonly reason: string | null;
}

/** The score of the candidate, or a value of the policy for it, is missing. */
export const UNKNOWN: Refusal = { by: 'UNKNOWN', reason: null };

/**
 * Compares the policy's evaluation of a candidate with the evaluation of the request. A rule refuses a candidate that it
 * declines, and one for which it fires although it does not for the request. A rule that fires for both sends the whole
 * application to a person. A value that is missing for the candidate alone makes it unknown.
 * @returns undefined where nothing keeps the candidate from an offer.
 */
export function refusalOf(candidate: Evaluated, requested: Evaluated): Refusal | undefined {
  const known = new Set(requested.failed.map(({ rule }) => rule));
  const rule = candidate.failed.find(
    (each) => each.action === 'decline' || each.action === 'not_offered' || !known.has(each.rule),
  );
  if (rule) return { by: 'RULE', reason: rule.reason };
  const missing = candidate.unevaluated.some((name) => !requested.unevaluated.includes(name));
  return missing ? UNKNOWN : undefined;
}
