/** Tolerances of the disclosures of closed-end credit that is not secured by a home. */

/** 1/8 of a percentage point, for a regular transaction (12 CFR 1026.22(a)(2)). Every loan of the products is regular. */
const APR_TOLERANCE_MILLIONTHS = 125_000;

/** Whether a disclosed APR is accurate: within 1/8 of a percentage point of the actual one. Percents as text: `21.97`. */
export function isAprAccurate(disclosed: string, actual: string): boolean {
  return Math.abs(millionthsOf(disclosed) - millionthsOf(actual)) <= APR_TOLERANCE_MILLIONTHS;
}

/** A percentage with two decimals as whole millionths of a percent. */
const millionthsOf = (percent: string): number => Math.round(Number(percent) * 100) * 10_000;

/** Up to $1,000 financed the finance charge may differ by $5, and above it by $10 (12 CFR 1026.18(d)(2) [from memory]). */
const SMALL_LOAN = { upToCents: 100_000, toleranceCents: 500 } as const;
const LARGE_LOAN_TOLERANCE_CENTS = 1_000;

/** Whether a disclosed finance charge is accurate. */
export function isFinanceChargeAccurate(
  disclosedCents: number,
  actualCents: number,
  amountFinancedCents: number,
): boolean {
  const small = amountFinancedCents <= SMALL_LOAN.upToCents;
  const tolerance = small ? SMALL_LOAN.toleranceCents : LARGE_LOAN_TOLERANCE_CENTS;
  return Math.abs(disclosedCents - actualCents) <= tolerance;
}
