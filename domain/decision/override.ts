import * as z from 'zod';

import type { Json } from '../json.ts';
import type { LedgerEntry } from '../ledger/chain.ts';
import { evidenceNamedBy, readBody } from '../ledger/events.ts';
import { policyResult, type Offer, type PolicyResult } from '../policy/result.ts';
import { clearance } from './clearance.ts';
import { review, type Review } from './review.ts';

/**
 * Held against what the policy would have come to had it not asked for a person. FOR_APPLICANT: approved what a rule
 * declines, or on better terms. AGAINST_APPLICANT: declined what could be offered, or offered worse terms. AS_POLICY: the
 * same. OTHER_TERMS: better in one, worse in another. HOLD_CLEARED: no outcome yet, a hold was lifted. NOT_COMPARABLE: the
 * policy could come to nothing, or none was applied.
 */
export const overrideDirection = z.enum([
  'FOR_APPLICANT',
  'AGAINST_APPLICANT',
  'AS_POLICY',
  'OTHER_TERMS',
  'HOLD_CLEARED',
  'NOT_COMPARABLE',
]);
type OverrideDirection = z.infer<typeof overrideDirection>;

/** A person's judgment in the place of the policy's. The note, which may name the applicant, stays in the review. */
export const override = z.strictObject({
  /** Of the ledger entry that has it. */
  sequence: z.int(),
  by: z.string(),
  at: z.iso.datetime(),
  /** Since the case was put before a person, in ms. */
  waitedMs: z.int(),
  /** What the policy said; null when an operator referred the case without one. */
  from: policyResult.shape.outcome.nullable(),
  to: z.enum(['APPROVE', 'DECLINE', 'CLEAR']),
  direction: overrideDirection,
  /** Rules that asked for a person, and rules that could not be evaluated. */
  rules: z.array(z.string()),
  clears: z.array(z.string()),
  /** The evidence that cleared holds about identity. Absent where none was needed, and in the reviews of earlier releases. */
  clearances: z.array(clearance).min(1).optional(),
  reasons: z.array(z.string()),
  /** The role of `by`. Absent, as are the next members, in a review of a release without authority limits. */
  role: z.string().optional(),
  /** What is beyond that role's limits. */
  second: z.array(z.string()).optional(),
  /** The second person; null where one person decided within the limits. */
  confirmedBy: z.string().nullable().optional(),
});
export type Override = z.infer<typeof override>;

/** @param valueAt opened evidence by address: at least every `policy` and `review`. */
export function overridesOf(
  entries: readonly LedgerEntry[],
  valueAt: (address: string) => Json | undefined,
): Override[] {
  let policy: PolicyResult | null = null;
  let awaitedSince: string | undefined;
  const found: Override[] = [];
  const openedOf = (entry: LedgerEntry, kind: string): Json | undefined => {
    const address = evidenceNamedBy(entry).find((each) => each.kind === kind)?.address;
    return address === undefined ? undefined : valueAt(address);
  };
  for (const entry of entries) {
    const { type, occurredAt } = entry;
    if (type === 'PRE_BUREAU_POLICY_APPLIED' || type === 'POLICY_APPLIED') {
      const value = openedOf(entry, 'policy');
      policy = value === undefined ? null : policyResult.parse(value);
    } else if (type === 'DECISION_REOPENED') {
      policy = null;
    } else if (type === 'REVIEW_AWAITED') {
      // An escalation opens the same case again: it waits since the first.
      if (readBody(entry, type).facts['escalation'] === 0) awaitedSince = occurredAt;
    } else if (type === 'REVIEW_COMPLETED') {
      const value = openedOf(entry, 'review');
      const judged = value === undefined ? undefined : overrideBy(review.parse(value), policy, awaitedSince);
      if (judged) found.push({ sequence: entry.sequence, ...judged });
    }
  }
  return found;
}

/** @returns undefined for a review that neither decides nor clears. */
function overrideBy(
  { action, ...judged }: Review,
  policy: PolicyResult | null,
  awaitedSince: string | undefined,
): Omit<Override, 'sequence'> | undefined {
  if (action !== 'APPROVE' && action !== 'DECLINE' && action !== 'CLEAR') return undefined;
  return {
    by: judged.by,
    at: judged.at,
    waitedMs: Date.parse(judged.at) - Date.parse(awaitedSince ?? judged.at),
    from: policy?.outcome ?? null,
    to: action,
    direction: directionOf(action, judged.offer, policy),
    rules: policy ? askingRules(policy) : [],
    clears: judged.clears,
    ...(judged.clearances?.length && { clearances: judged.clearances }),
    reasons: judged.reasons,
    ...(judged.role !== undefined && { role: judged.role }),
    ...(judged.authority && { second: judged.authority.second, confirmedBy: judged.confirmation?.by ?? null }),
  };
}

function askingRules({ rules }: PolicyResult): string[] {
  return rules
    .filter(
      ({ action, result }) => result === 'MISSING' || (result === 'FIRED' && (action === 'HOLD' || action === 'REFER')),
    )
    .map(({ id }) => id);
}

/** Compares a person's decision with what the policy would have come to. */
export function directionOf(
  action: Override['to'],
  offer: Review['offer'],
  policy: PolicyResult | null,
): OverrideDirection {
  if (action === 'CLEAR') return 'HOLD_CLEARED';
  if (!policy) return 'NOT_COMPARABLE';
  if (isRefused(policy)) return action === 'APPROVE' ? 'FOR_APPLICANT' : 'AS_POLICY';
  if (policy.offers.length === 0) return 'NOT_COMPARABLE';
  if (action === 'DECLINE') return 'AGAINST_APPLICANT';
  return offer ? termsDirection(offer, policy.offers) : 'NOT_COMPARABLE';
}

/** Whether a rule refuses the application: a hard decline, or credit that is not offered. */
export const isRefused = ({ rules }: Pick<PolicyResult, 'rules'>): boolean =>
  rules.some(
    ({ action, result }) =>
      (action === 'DECLINE' || action === 'NOT_OFFERED') && (result === 'FIRED' || result === 'MISSING_FIRED'),
  );

/** Against the policy's offer of the same length, else its first: more money and a lower rate are for the applicant. */
function termsDirection(approved: Offer, offers: readonly Offer[]): OverrideDirection {
  const lengthOf = (offer: Offer) => (offer.kind === 'LOAN' ? offer.termMonths : null);
  const amountOf = (offer: Offer) => (offer.kind === 'LOAN' ? offer.amountCents : offer.limitCents);
  const policys = offers.find((each) => lengthOf(each) === lengthOf(approved)) ?? offers[0];
  if (!policys) return 'NOT_COMPARABLE';
  const better = [
    Math.sign(amountOf(approved) - amountOf(policys)),
    Math.sign(policys.annualRateBasisPoints - approved.annualRateBasisPoints),
  ];
  const [forThem, against] = [better.includes(1), better.includes(-1)];
  if (forThem && against) return 'OTHER_TERMS';
  if (forThem) return 'FOR_APPLICANT';
  if (against) return 'AGAINST_APPLICANT';
  return lengthOf(approved) === lengthOf(policys) ? 'AS_POLICY' : 'OTHER_TERMS';
}
