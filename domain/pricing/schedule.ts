import { addMonths, type LocalDate } from '../calendar.ts';
import { divideFloor, divideHalfUp, quotientHalfUp, requireInteger } from './arithmetic.ts';

/**
 * Level payments by equal months, as every loan of the products is repaid: the first payment is due one month after the
 * disbursement, and each month bears a twelfth of the yearly interest. See docs/decisions/0036-equal-months.md.
 */

export class NegativeAmortization extends Error {
  override readonly name = 'NegativeAmortization';
}

export class EarlyPayoff extends Error {
  override readonly name = 'EarlyPayoff';
}

/** What the months of a loan do to a balance, exactly: growth of the principal and of payments of 1, over one scale. */
export interface AnnuityFactor {
  readonly accumulation: bigint;
  readonly annuity: bigint;
}

export interface LoanTerms {
  readonly principalCents: number;
  readonly annualRateBasisPoints: number;
  readonly termMonths: number;
}

/** What a loan's payments come to. */
export interface LevelPayments {
  /** Every payment but the last. */
  readonly paymentCents: number;
  readonly finalPaymentCents: number;
  readonly totalOfPaymentsCents: number;
  readonly totalInterestCents: number;
}

/** A yearly rate in basis points over this is the rate of a month: 12 × 10,000. */
const MONTHLY = 120_000;
/** The same for a day: 365 × 10,000. */
const DAILY = 3_650_000;

/** Interest on a balance over a month, to the cent, halves upwards: a twelfth of the yearly interest. */
function monthlyInterestCents(balanceCents: number, annualRateBasisPoints: number): number {
  return interestCents(balanceCents, annualRateBasisPoints, 1, MONTHLY);
}

/**
 * Interest on a balance over some days, to the cent, halves upwards: real days over 365, in leap years too (Actual/365 Fixed,
 * 2006 ISDA Definitions 4.16(d), from memory).
 */
export function dailyInterestCents(balanceCents: number, annualRateBasisPoints: number, days: number): number {
  return interestCents(balanceCents, annualRateBasisPoints, days, DAILY);
}

function interestCents(balanceCents: number, annualRateBasisPoints: number, periods: number, scale: number): number {
  const interest = balanceCents * annualRateBasisPoints * periods;
  // A product that comes out below 2^51 was exact, and so were its factors' products on the way.
  if (interest < 2 ** 51) return quotientHalfUp(interest, scale);
  return Number(divideHalfUp(BigInt(balanceCents) * BigInt(annualRateBasisPoints) * BigInt(periods), BigInt(scale)));
}

/** Due dates of a loan: one a month, on the day of the disbursement or on the last day of a shorter month. */
export function dueDates(disbursementDate: LocalDate, termMonths: number): LocalDate[] {
  requireInteger('termMonths', termMonths, 1);
  return Array.from({ length: termMonths }, (_, index) => addMonths(disbursementDate, index + 1));
}

/** Rates and terms come from the few cells of a policy's table, so a factor is needed again and again. */
const factors = new Map<string, AnnuityFactor>();
const MAX_FACTORS = 1_000;

/** The annuity factor of a rate and a term. @throws InvalidPricingInput for a rate or term that cannot be. */
export function annuityFactor(annualRateBasisPoints: number, termMonths: number): AnnuityFactor {
  requireInteger('annualRateBasisPoints', annualRateBasisPoints);
  requireInteger('termMonths', termMonths, 1);
  const key = `${annualRateBasisPoints} ${termMonths}`;
  const earlier = factors.get(key);
  if (earlier) return earlier;
  const factor = computedFactor(annualRateBasisPoints, termMonths);
  if (factors.size === MAX_FACTORS) factors.clear();
  factors.set(key, factor);
  return factor;
}

/** With monthly growth g = (M + rate) / M: gⁿ and (gⁿ − 1) / (g − 1), both times Mⁿ. */
function computedFactor(annualRateBasisPoints: number, termMonths: number): AnnuityFactor {
  const [scale, interest, n] = [BigInt(MONTHLY), BigInt(annualRateBasisPoints), BigInt(termMonths)];
  if (interest === 0n) return { accumulation: 1n, annuity: n };
  const grown = (scale + interest) ** n;
  // The geometric series of equal months, whose division leaves no rest.
  return { accumulation: grown, annuity: (scale * (grown - scale ** n)) / interest };
}

/** The level payment, from the exact rational, to the cent, halves upwards. For equal months it is P·r/(1 − (1+r)^−n). */
export function levelPaymentCents(principalCents: number, { accumulation, annuity }: AnnuityFactor): number {
  requireInteger('principalCents', principalCents, 1);
  return Number(divideHalfUp(BigInt(principalCents) * accumulation, annuity));
}

/** The largest principal whose exact level payment does not pass `paymentCents`, down to the cent. */
export function maximumPrincipalCents(paymentCents: number, { accumulation, annuity }: AnnuityFactor): number {
  requireInteger('paymentCents', paymentCents);
  return Number(divideFloor(BigInt(paymentCents) * annuity, accumulation));
}

/**
 * The payments of an instalment loan: level, with a last one that settles the balance to the cent.
 * @throws NegativeAmortization when a payment does not cover its month's interest and some principal.
 * @throws EarlyPayoff when rounding to cents would pay the loan off before its last payment.
 * @throws InvalidPricingInput for a principal, rate or term that cannot be.
 */
export function levelPayments({ principalCents, annualRateBasisPoints, termMonths }: LoanTerms): LevelPayments {
  const paymentCents = levelPaymentCents(principalCents, annuityFactor(annualRateBasisPoints, termMonths));
  let balanceCents = principalCents;
  let totalInterestCents = 0;
  for (let month = 1; month < termMonths; month += 1) {
    const interest = monthlyInterestCents(balanceCents, annualRateBasisPoints);
    const principal = paymentCents - interest;
    if (principal <= 0) {
      throw new NegativeAmortization(
        `Payment ${month} of ${paymentCents} cents does not exceed its interest of ${interest} cents: ` +
          'lend more, shorten the term or lower the rate.',
      );
    }
    if (principal >= balanceCents) {
      throw new EarlyPayoff(
        `Payment ${month} of ${termMonths} would pay off ${principalCents} cents: shorten the term or lend more.`,
      );
    }
    balanceCents -= principal;
    totalInterestCents += interest;
  }
  const interest = monthlyInterestCents(balanceCents, annualRateBasisPoints);
  totalInterestCents += interest;
  return {
    paymentCents,
    finalPaymentCents: balanceCents + interest,
    totalOfPaymentsCents: principalCents + totalInterestCents,
    totalInterestCents,
  };
}

/** Every payment of a loan in cents, in order. */
export function paymentsOf({ paymentCents, finalPaymentCents }: LevelPayments, termMonths: number): number[] {
  return Array.from({ length: termMonths }, (_, index) => (index < termMonths - 1 ? paymentCents : finalPaymentCents));
}

/** One payment of a loan on its due date, and what it does to the balance. */
export interface ScheduledPayment {
  readonly dueOn: LocalDate;
  readonly paymentCents: number;
  readonly interestCents: number;
  readonly principalCents: number;
  /** Owed after the payment. */
  readonly balanceCents: number;
}

/** Every payment of a loan that is disbursed on a day. @throws as `levelPayments` */
export function paymentSchedule(terms: LoanTerms, disbursementDate: LocalDate): ScheduledPayment[] {
  const payments = paymentsOf(levelPayments(terms), terms.termMonths);
  let balanceCents = terms.principalCents;
  return dueDates(disbursementDate, terms.termMonths).map((dueOn, index) => {
    const paymentCents = payments[index] ?? 0;
    const interestCents = monthlyInterestCents(balanceCents, terms.annualRateBasisPoints);
    const principalCents = paymentCents - interestCents;
    balanceCents -= principalCents;
    return { dueOn, paymentCents, interestCents, principalCents, balanceCents };
  });
}
