import {
  AUTHORITY_ROLES,
  DECISION_KINDS,
  type Authority,
  type AuthorityRole,
  type DecisionKind,
  type RoleLimits,
} from '@underwright/policy-compiler/module';

import type { Offer, PolicyResult } from '../policy/result.ts';
import { directionOf, isRefused } from './override.ts';
import type { Review } from './review.ts';

/**
 * The limits under a policy whose text sets none: a person approves only the policy's own offers, and a second person
 * confirms each other decision.
 */
export const DEFAULT_AUTHORITY: Authority = {
  rates: { low: 0, high: 3_599 },
  escalation: 'senior-reviewer',
  separate: ['requester', 'earlier-reviewer'],
  roles: {
    reviewer: {
      amount: Number.MAX_SAFE_INTEGER,
      corridor: 0,
      alone: ['as-policy', 'against-applicant', 'declined-without-offer', 'hold-cleared'],
      confirms: [],
    },
    'senior-reviewer': {
      amount: Number.MAX_SAFE_INTEGER,
      corridor: 0,
      alone: ['as-policy', 'against-applicant', 'declined-without-offer', 'hold-cleared'],
      confirms: DECISION_KINDS,
    },
  },
};

/** The decision of a person that limits apply to. */
export interface Decided {
  readonly action: 'APPROVE' | 'DECLINE' | 'CLEAR';
  /** The terms of an approval. */
  readonly offer: Review['offer'];
  readonly ownReason?: string | undefined;
}

/** A decision as the limits measure it. */
export interface Measured {
  /** What it is beside the policy's outcome. */
  readonly kinds: readonly DecisionKind[];
  /** Of an approval, in cents; null of another decision. */
  readonly amountCents: number | null;
  /** Of an approval: the distance from the policy's rate in basis points; null where the policy has no rate for its terms. */
  readonly rateDistance: number | null;
}

/**
 * Measures a decision against the policy's result.
 * @param policy null where no policy put the case before a person.
 * @param rate the policy's rate for the terms of the approval, in basis points; null where it has none.
 */
export function measure(
  { action, offer, ownReason }: Decided,
  policy: PolicyResult | null,
  rate: number | null,
): Measured {
  const own: DecisionKind[] = ownReason === undefined ? [] : ['own-words'];
  const kinds = [kindOf(action, offer, policy), ...own];
  if (action !== 'APPROVE' || !offer) return { kinds, amountCents: null, rateDistance: null };
  return {
    kinds,
    amountCents: amountOf(offer),
    rateDistance: rate === null ? null : Math.abs(offer.annualRateBasisPoints - rate),
  };
}

function kindOf(action: Decided['action'], offer: Review['offer'], policy: PolicyResult | null): DecisionKind {
  const direction = directionOf(action, offer, policy);
  switch (direction) {
    case 'FOR_APPLICANT':
      return policy && isRefused(policy) ? 'hard-decline-reversed' : 'for-applicant';
    case 'AGAINST_APPLICANT':
      return 'against-applicant';
    case 'AS_POLICY':
      return 'as-policy';
    case 'OTHER_TERMS':
      return 'other-terms';
    case 'HOLD_CLEARED':
      return 'hold-cleared';
    case 'NOT_COMPARABLE':
      return action === 'APPROVE' ? 'approved-without-offer' : 'declined-without-offer';
  }
}

const amountOf = (offer: Offer): number => (offer.kind === 'LOAN' ? offer.amountCents : offer.limitCents);

/** What the limits of a role say of a decision. */
export type Authorised =
  | { readonly result: 'ALONE' }
  /** `because`: the kinds beyond the role, `AMOUNT`, `RATE` or `RATE_UNKNOWN`. `roles`: those that may confirm. */
  | { readonly result: 'SECOND'; readonly because: readonly string[]; readonly roles: readonly AuthorityRole[] }
  | { readonly result: 'REFUSED'; readonly path: string; readonly message: string };

/**
 * Compares a decision with the limits of the role of the person who decides. An approval that has no rate of the policy to
 * compare with needs a second person.
 * @param terms the approved terms, and the policy's rate for them as it was measured.
 */
export function authorise(
  authority: Authority,
  role: AuthorityRole,
  measured: Measured,
  terms: { readonly offer: Review['offer']; readonly rate: number | null },
): Authorised {
  const own = authority.roles[role];
  if (!own) return { result: 'REFUSED', path: 'role', message: `${role} decides nothing under this policy` };
  const outside = outsideRates(authority, measured, terms);
  if (outside) return { result: 'REFUSED', ...outside };
  const unmeasured = measured.amountCents !== null && measured.rateDistance === null;
  const because = [...beyond(own, measured, own.alone), ...(unmeasured ? ['RATE_UNKNOWN'] : [])];
  if (because.length === 0) return { result: 'ALONE' };
  const roles = AUTHORITY_ROLES.filter((each) => confirms(authority.roles[each], measured));
  if (roles.length > 0) return { result: 'SECOND', because, roles };
  return { result: 'REFUSED', ...beyondEvery(authority, measured) };
}

/** Whether a role may confirm a decision as the second person. */
export function confirms(limits: RoleLimits | undefined, measured: Measured): boolean {
  return limits !== undefined && beyond(limits, measured, limits.confirms).length === 0;
}

function beyond(
  { amount, corridor }: RoleLimits,
  { kinds, amountCents, rateDistance }: Measured,
  allowed: readonly DecisionKind[],
): string[] {
  return [
    ...kinds.filter((kind) => !allowed.includes(kind)),
    ...(amountCents !== null && amountCents > amount ? ['AMOUNT'] : []),
    ...(rateDistance !== null && rateDistance > corridor ? ['RATE'] : []),
  ];
}

function outsideRates(
  { rates, roles }: Authority,
  { rateDistance }: Measured,
  { offer, rate }: Parameters<typeof authorise>[3],
) {
  if (!offer) return undefined;
  const path = 'terms.annualRateBasisPoints';
  if (offer.annualRateBasisPoints < rates.low || offer.annualRateBasisPoints > rates.high) {
    return { path, message: `is outside the policy's rates: send ${rates.low} to ${rates.high} basis points` };
  }
  const widest = Math.max(...Object.values(roles).map(({ corridor }) => corridor));
  if (rateDistance === null || rateDistance <= widest) return undefined;
  const from = `${rateDistance} basis points from ${rate}, the policy's rate for this amount and term`;
  return { path, message: `is ${from}: no role goes beyond ${widest}` };
}

function beyondEvery({ roles }: Authority, { kinds, amountCents }: Measured) {
  const largest = Math.max(...Object.values(roles).map(({ amount }) => amount));
  if (amountCents !== null && amountCents > largest) {
    return { path: 'terms.amountCents', message: `is beyond every role: no role approves more than ${largest} cents` };
  }
  return { path: 'action', message: `no role confirms this decision (${kinds.join(', ')}) under the policy` };
}
