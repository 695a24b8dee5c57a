import { divideFloor, floorToStep, requireInteger, shareFloor } from './arithmetic.ts';
import { type AnnuityFactor, maximumPrincipalCents } from './schedule.ts';

/** What can bound an amount. In this order one limit is named where several are equal. */
const AMOUNT_LIMITS = ['REQUESTED', 'TIER_MAXIMUM', 'LTV', 'PTI', 'DTI'] as const;
export type AmountLimit = (typeof AMOUNT_LIMITS)[number];

/** What the applicant has and owes in a month, in cents. */
export interface Budget {
  /** Gross, of a year; null when there is none or it is not known. */
  readonly annualIncomeCents: number | null;
  readonly housingCents: number;
  /** Without housing and without the proposed loan; null when one is not known. */
  readonly obligationsCents: number | null;
}

/** Limits of the policy; one that is left out does not bind. */
export interface AffordabilityPolicy {
  readonly ptiCapBasisPoints?: number;
  readonly dtiCapBasisPoints?: number;
}

interface PaymentLimit {
  readonly limit: 'PTI' | 'DTI';
  /** The largest payment of a month that keeps the limit, down to the cent; 0 when none does. */
  readonly paymentCents: number;
}

/** The largest monthly payment under each cap; `UNDETERMINED` when a cap needs what is not known. */
function paymentLimits(budget: Budget, policy: AffordabilityPolicy): readonly PaymentLimit[] | 'UNDETERMINED' {
  const { annualIncomeCents, housingCents, obligationsCents } = budget;
  const limits: PaymentLimit[] = [];
  const add = (limit: PaymentLimit['limit'], cents: number): void => {
    limits.push({ limit, paymentCents: Math.max(0, cents) });
  };
  const monthlyShare = (income: number, basisPoints: number): number =>
    Number(divideFloor(BigInt(income) * BigInt(basisPoints), 120_000n));
  if (policy.ptiCapBasisPoints !== undefined) {
    if (!annualIncomeCents) return 'UNDETERMINED';
    add('PTI', monthlyShare(annualIncomeCents, policy.ptiCapBasisPoints));
  }
  if (policy.dtiCapBasisPoints !== undefined) {
    if (!annualIncomeCents || obligationsCents === null) return 'UNDETERMINED';
    add('DTI', monthlyShare(annualIncomeCents, policy.dtiCapBasisPoints) - housingCents - obligationsCents);
  }
  return limits;
}

interface CandidateAmount {
  readonly limit: AmountLimit;
  readonly amountCents: number;
}

export type AffordableAmount =
  | { readonly status: 'UNDETERMINED' }
  | {
      /** `AS_REQUESTED`; `REDUCED`: less, a counteroffer; `BELOW_MINIMUM`: less than the product lends, a decline. */
      readonly status: 'AS_REQUESTED' | 'REDUCED' | 'BELOW_MINIMUM';
      readonly amountCents: number;
      readonly binding: AmountLimit;
      /** Every limit that was computed, in the order of `AMOUNT_LIMITS`, before rounding to the step. */
      readonly candidates: readonly CandidateAmount[];
    };

export interface AmountRequest {
  readonly requestedCents: number;
  readonly minimumCents: number;
  readonly tierMaximumCents: number;
  /** A reduced amount is rounded down to a multiple of it; a request that can be met is met to the cent. */
  readonly stepCents: number;
  readonly factor: AnnuityFactor;
  readonly budget: Budget;
  readonly policy: AffordabilityPolicy;
  readonly collateral?: { readonly valueCents: number; readonly ltvCapBasisPoints: number };
}

/** The largest amount under every limit, which limit bound it, and all the others. */
export function affordableAmount(request: AmountRequest): AffordableAmount {
  const { requestedCents, minimumCents, tierMaximumCents, stepCents, factor, collateral } = request;
  requireInteger('requestedCents', requestedCents, 1);
  requireInteger('minimumCents', minimumCents, 1);
  requireInteger('tierMaximumCents', tierMaximumCents);
  const payments = paymentLimits(request.budget, request.policy);
  if (payments === 'UNDETERMINED') return { status: 'UNDETERMINED' };
  const candidates: CandidateAmount[] = [
    { limit: 'REQUESTED', amountCents: requestedCents },
    { limit: 'TIER_MAXIMUM', amountCents: tierMaximumCents },
  ];
  if (collateral) {
    candidates.push({ limit: 'LTV', amountCents: shareFloor(collateral.valueCents, collateral.ltvCapBasisPoints) });
  }
  for (const { limit, paymentCents } of payments) {
    candidates.push({ limit, amountCents: maximumPrincipalCents(paymentCents, factor) });
  }
  const least = candidates.reduce((a, b) => (b.amountCents < a.amountCents ? b : a));
  const amountCents = least.limit === 'REQUESTED' ? requestedCents : floorToStep(least.amountCents, stepCents);
  const status =
    amountCents < minimumCents ? 'BELOW_MINIMUM' : least.limit === 'REQUESTED' ? 'AS_REQUESTED' : 'REDUCED';
  return { status, amountCents, binding: least.limit, candidates };
}
