import type { PolicyModule, PolicyResult as Evaluated } from '@underwright/policy-compiler/module';

import { rangesAt, type CandidateScores } from '../scoring/candidates.ts';
import { scoreInputs } from './common-inputs.ts';
import { productOf } from './index.ts';
import { valuesOf } from './loan-offers.ts';
import type { CreditFile, ReviewerTerms } from './product.ts';

/**
 * The policy's rate for an amount and a term, in basis points: of its price table at that term, and at the probability of
 * default that the sealed score has for them.
 * @returns null where the score has no such candidate, or where the policy declines its probability of default.
 */
export function policyRateAt(
  file: CreditFile,
  module: PolicyModule,
  { amountCents, termMonths }: Pick<ReviewerTerms, 'amountCents' | 'termMonths'>,
): number | null {
  const product = productOf(file.application);
  const requested = product.features(file.application);
  const scores = file.scoring?.result?.candidates;
  const candidate = { amountCents, termMonths: termMonths ?? requested.termMonths };
  const pd = scores ? pdAt(scores, candidate, requested.requestedAmountCents) : null;
  if (pd === null) return null;
  const inputs = { ...product.fullInputs(file, module.model), ...(termMonths !== null && { term: termMonths }) };
  const scored = scoreInputs(file.scoring, pd, module.model);
  // Without a cut-off or a band of the package, what the policy does at this probability is unknown.
  if (Object.values(scored).includes(null)) return null;
  const evaluated = module.evaluate('full', { ...inputs, ...scored });
  const unscored = declining(module.evaluate('full', { ...inputs, ...scoreInputs(file.scoring, null, module.model) }));
  if (declining(evaluated).some((rule) => !unscored.includes(rule))) return null;
  const rate = valuesOf(evaluated)['annual_rate'];
  return typeof rate === 'number' ? rate : null;
}

/** In parts per million; null for an amount between two candidates, which no row of the model stands for. */
function pdAt(
  scores: CandidateScores,
  { amountCents, termMonths }: { readonly amountCents: number; readonly termMonths: number },
  requestedCents: number,
): number | null {
  if (amountCents !== requestedCents && amountCents % scores.stepCents !== 0) return null;
  const ranges = rangesAt(scores, termMonths, requestedCents);
  return ranges.find(({ fromCents, toCents }) => fromCents <= amountCents && amountCents <= toCents)?.pdMicros ?? null;
}

const declining = ({ failed }: Evaluated): string[] =>
  failed.filter(({ action }) => action === 'decline' || action === 'not_offered').map(({ rule }) => rule);
