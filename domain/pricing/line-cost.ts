import { formatDollars } from '../money.ts';
import { divideHalfUp, formatPercent, MILLIONTHS_PER_BASIS_POINT, requireInteger } from './arithmetic.ts';
import { interestCents } from './schedule.ts';

/** One draw on a line of credit, repaid in full after some days, in a billing cycle. */
export interface LineUse {
  readonly drawCents: number;
  readonly days: number;
  readonly annualRateBasisPoints: number;
  /** The subscription of the cycle, paid whether or not anything is drawn. */
  readonly subscriptionCents: number;
  /** Whether the subscription is a participation fee: participation-fee.ts says so. */
  readonly subscriptionIsParticipationFee: boolean;
  /** Charges of the draw, such as for an instant transfer. */
  readonly drawChargesCents: number;
}

/**
 * The disclosed and the all-in rate of a draw, kept apart because a plan may disclose 0 % and still cost money. Both in
 * millionths of a percent. The MAPR is a cycle's, not a draw's: mapr.ts.
 */
export interface LineCost {
  /** Periodic rate × periods in a year, without fees (12 CFR 1026.14(b)). */
  readonly disclosedAprMillionthsOfPercent: number;
  /** All charges over the draw, for its days, as a rate of a 365-day year. */
  readonly allInMillionthsOfPercent: number;
  readonly interestCents: number;
  /** Finance charge of the cycle: interest and fees, without a participation fee. */
  readonly financeChargeCents: number;
  readonly totalCostCents: number;
  readonly repaidCents: number;
  /** Cost of every $100 drawn, to the cent. */
  readonly costPerHundredCents: number;
  /** The cost in words for the customer. */
  readonly inWords: string;
}

/** All-in cost of one draw. Interest is simple, real days over 365. */
export function lineCost(use: LineUse): LineCost {
  const { drawCents, days, annualRateBasisPoints, subscriptionCents, drawChargesCents } = use;
  requireInteger('drawCents', drawCents, 1);
  requireInteger('days', days, 1);
  requireInteger('annualRateBasisPoints', annualRateBasisPoints);
  requireInteger('subscriptionCents', subscriptionCents);
  requireInteger('drawChargesCents', drawChargesCents);
  const interest = interestCents(drawCents, annualRateBasisPoints, days, 'ACT/365F');
  const totalCostCents = interest + subscriptionCents + drawChargesCents;
  const [cost, draw] = [BigInt(totalCostCents), BigInt(drawCents)];
  const allIn = Number(divideHalfUp(cost * 365n * 100_000_000n, draw * BigInt(days)));
  const costPerHundredCents = Number(divideHalfUp(cost * 10_000n, draw));
  const repaidCents = drawCents + totalCostCents;
  return {
    disclosedAprMillionthsOfPercent: annualRateBasisPoints * MILLIONTHS_PER_BASIS_POINT,
    allInMillionthsOfPercent: allIn,
    interestCents: interest,
    financeChargeCents: totalCostCents - (use.subscriptionIsParticipationFee ? subscriptionCents : 0),
    totalCostCents,
    repaidCents,
    costPerHundredCents,
    inWords:
      `If you take ${formatDollars(drawCents)} and pay it back after ${days} ${days === 1 ? 'day' : 'days'}, ` +
      `you pay ${formatDollars(repaidCents)} in all. That includes ${parts(interest, subscriptionCents, drawChargesCents)}. ` +
      `Each $100 costs you ${formatDollars(costPerHundredCents)}. ` +
      `Kept up for a year, that cost would be a rate of ${formatPercent(allIn)}%.`,
  };
}

function parts(interest: number, subscription: number, drawCharges: number): string {
  const named = [
    { cents: interest, name: 'interest' },
    { cents: subscription, name: 'subscription' },
    { cents: drawCharges, name: 'charges for the draw' },
  ].filter(({ cents }) => cents > 0);
  if (named.length === 0) return 'no cost';
  const texts = named.map(({ cents, name }) => `${formatDollars(cents)} of ${name}`);
  return texts.length === 1 ? `${texts[0]}` : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`;
}
