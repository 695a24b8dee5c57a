import { formatDollars } from '../money.ts';
import { divideHalfUp, formatPercent, requireInteger } from './arithmetic.ts';
import { dailyInterestCents } from './schedule.ts';

/** One draw on a line of credit, repaid in full after some days, in a billing cycle. */
export interface LineUse {
  readonly drawCents: number;
  readonly days: number;
  readonly annualRateBasisPoints: number;
  /** The subscription of the cycle, paid whether or not anything is drawn. */
  readonly subscriptionCents: number;
}

/** The all-in cost of a draw. A plan may disclose 0 % and still cost money. The MAPR is a cycle's: military-apr.ts. */
export interface LineCost {
  /** All charges over the draw, for its days, as a rate of a 365-day year. Millionths of a percent. */
  readonly allInMillionthsOfPercent: number;
  readonly totalCostCents: number;
  /** The cost in words for the customer. */
  readonly inWords: string;
}

/** All-in cost of one draw. Interest is simple, real days over 365. */
export function lineCost({ drawCents, days, annualRateBasisPoints, subscriptionCents }: LineUse): LineCost {
  requireInteger('drawCents', drawCents, 1);
  requireInteger('days', days, 1);
  requireInteger('annualRateBasisPoints', annualRateBasisPoints);
  requireInteger('subscriptionCents', subscriptionCents);
  const interest = dailyInterestCents(drawCents, annualRateBasisPoints, days);
  const totalCostCents = interest + subscriptionCents;
  const [cost, draw] = [BigInt(totalCostCents), BigInt(drawCents)];
  const allIn = Number(divideHalfUp(cost * 365n * 100_000_000n, draw * BigInt(days)));
  const costPerHundredCents = Number(divideHalfUp(cost * 10_000n, draw));
  return {
    allInMillionthsOfPercent: allIn,
    totalCostCents,
    inWords:
      `If you take ${formatDollars(drawCents)} and pay it back after ${days} ${days === 1 ? 'day' : 'days'}, ` +
      `you pay ${formatDollars(drawCents + totalCostCents)} in all. That includes ${parts(interest, subscriptionCents)}. ` +
      `Each $100 costs you ${formatDollars(costPerHundredCents)}. ` +
      `Kept up for a year, that cost would be a rate of ${formatPercent(allIn)}%.`,
  };
}

function parts(interest: number, subscription: number): string {
  const named = [
    { cents: interest, name: 'interest' },
    { cents: subscription, name: 'subscription' },
  ].filter(({ cents }) => cents > 0);
  if (named.length === 0) return 'no cost';
  return named.map(({ cents, name }) => `${formatDollars(cents)} of ${name}`).join(' and ');
}
