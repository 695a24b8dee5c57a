import { annualPercentageRate, aprIsAtMost, type CreditTransaction } from './apr.ts';
import { divideHalfUp, InvalidPricingInput, requireInteger } from './arithmetic.ts';

/** The cap on the Military Annual Percentage Rate, 36 % (10 USC 987(b); 32 CFR 232.4(b)). */
const CAP_MILLIONTHS_OF_PERCENT = 36_000_000;

export interface Mapr {
  /** Nearest millionth of a percent. */
  readonly millionthsOfPercent: number;
  /** Decided on the unrounded rate. */
  readonly withinCap: boolean;
}

/**
 * MAPR of closed-end credit: Regulation Z's APR on the wider charges of 32 CFR 232.4(c)(1), as 232.4(c)(2)(i) says.
 * @param transaction its advance is the principal without every charge that counts, such as voluntary credit insurance.
 */
export function closedEndMapr(transaction: CreditTransaction): Mapr {
  return {
    millionthsOfPercent: annualPercentageRate(transaction),
    withinCap: aprIsAtMost(transaction, CAP_MILLIONTHS_OF_PERCENT),
  };
}

/**
 * MAPR of one billing cycle of open-end credit: charges ÷ balances × cycles in a year (32 CFR 232.4(c)(2)(ii), after 12 CFR
 * 1026.14(c), (d)). Charges for opening, renewing or continuing the account count.
 * @throws InvalidPricingInput without a balance: such a cycle has a limit on its fee instead (232.4(c)(2)(ii)(B)).
 */
export function openEndMapr(chargesCents: number, balanceCents: number, cyclesPerYear: number): Mapr {
  const [numerator, denominator] = openEndRate({ chargesCents, balanceCents, cyclesPerYear });
  return {
    millionthsOfPercent: Number(divideHalfUp(numerator, denominator)),
    withinCap: numerator <= BigInt(CAP_MILLIONTHS_OF_PERCENT) * denominator,
  };
}

/** The rate of a cycle in millionths of a percent, unrounded: numerator and denominator. */
export function openEndRate(cycle: {
  readonly chargesCents: number;
  readonly balanceCents: number;
  readonly cyclesPerYear: number;
}): [bigint, bigint] {
  const { chargesCents, balanceCents, cyclesPerYear } = cycle;
  requireInteger('chargesCents', chargesCents);
  requireInteger('cyclesPerYear', cyclesPerYear, 1);
  if (balanceCents === 0) {
    throw new InvalidPricingInput('balanceCents is 0: a cycle without a balance has no MAPR, only a limit on its fee.');
  }
  requireInteger('balanceCents', balanceCents, 1);
  return [BigInt(chargesCents) * BigInt(cyclesPerYear) * 100_000_000n, BigInt(balanceCents)];
}
