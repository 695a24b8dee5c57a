import { addMonths, type CalendarDate, dateParts, daysBetween, dueDates, isLastDayOfMonth } from './calendar.ts';
import { divideFloor, divideHalfUp, InvalidPricingInput, requireInteger } from './money.ts';

/**
 * How days become a part of the year. `30/360`: every month has 30 days. `ACT/365F`: the real days over 365, leap years
 * too. `ACT/360`: the real days over 360, which costs more than the stated rate.
 */
export type DayCount = '30/360' | 'ACT/365F' | 'ACT/360';

export class NegativeAmortization extends Error {
  override readonly name = 'NegativeAmortization';
}

export class EarlyPayoff extends Error {
  override readonly name = 'EarlyPayoff';
}

/** What the days of a loan do to a balance, exactly: `accumulation` = Πg and `annuity` = Σ of later g's, over one scale. */
export interface AnnuityFactor {
  readonly accumulation: bigint;
  readonly annuity: bigint;
}

export interface LoanTerms {
  readonly principalCents: number;
  readonly annualRateBasisPoints: number;
  readonly termMonths: number;
  readonly disbursementDate: CalendarDate;
  readonly firstPaymentDate: CalendarDate;
  /** `30/360` unless given. */
  readonly dayCount?: DayCount;
  /** The day of the month the due dates keep, 31 for the last; `anchorDayOf` says what holds unless given. */
  readonly anchorDay?: number;
}

export interface Instalment {
  readonly dueDate: CalendarDate;
  readonly paymentCents: number;
  readonly interestCents: number;
  readonly principalCents: number;
  /** What is still owed after this payment. */
  readonly balanceCents: number;
}

export interface Schedule {
  /** Every payment but the last. */
  readonly paymentCents: number;
  readonly finalPaymentCents: number;
  readonly totalOfPaymentsCents: number;
  readonly totalInterestCents: number;
  readonly instalments: readonly Instalment[];
}

const YEAR_DAYS = { '30/360': 360, 'ACT/365F': 365, 'ACT/360': 360 } as const satisfies Record<DayCount, number>;

/** Days of `30/360`: the thirty-first counts as the thirtieth. */
export function days30360(start: CalendarDate, end: CalendarDate): number {
  const [from, to] = [dateParts(start), dateParts(end)];
  return 360 * (to.year - from.year) + 30 * (to.month - from.month) + Math.min(to.day, 30) - Math.min(from.day, 30);
}

/** Interest on a balance over some days, to the cent, halves upwards. */
export function interestCents(
  balanceCents: number,
  annualRateBasisPoints: number,
  days: number,
  dayCount: DayCount,
): number {
  const yearly = BigInt(10_000 * YEAR_DAYS[dayCount]);
  return Number(divideHalfUp(BigInt(balanceCents) * BigInt(annualRateBasisPoints) * BigInt(days), yearly));
}

/**
 * The day of the month that due dates keep: the one stated; else the day of disbursement when the first payment falls whole
 * months after it at the end of a shorter month (31 January to 28 February keeps 31); else the first payment's own day.
 */
export function anchorDayOf({
  anchorDay,
  disbursementDate,
  firstPaymentDate,
}: Pick<LoanTerms, 'anchorDay' | 'disbursementDate' | 'firstPaymentDate'>): number {
  if (anchorDay !== undefined) return anchorDay;
  const [from, to] = [dateParts(disbursementDate), dateParts(firstPaymentDate)];
  return from.day > to.day && isLastDayOfMonth(firstPaymentDate) ? from.day : to.day;
}

/** Days of each period of the loan, as its day count counts them. */
function periodDays(terms: Omit<LoanTerms, 'principalCents'>, due: readonly CalendarDate[]): number[] {
  const { disbursementDate, dayCount = '30/360' } = terms;
  const anchorDay = anchorDayOf(terms);
  return due.map((end, index) => {
    const start = due[index - 1] ?? disbursementDate;
    if (dayCount !== '30/360') return daysBetween(start, end);
    // From 31 January to 28 February is one month on a month-end schedule, though its days would say 28.
    if (index > 0 || start === addMonths(end, -1, anchorDay)) return 30;
    return days30360(start, end);
  });
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

/** With g_k = N_k / D the growth of period k: payment = principal × ΠN_k / Σ_k (D^k × Π_{j>k} N_j). */
function factorOf(annualRateBasisPoints: number, days: readonly number[], dayCount: DayCount): AnnuityFactor {
  let denominator = BigInt(10_000 * YEAR_DAYS[dayCount]);
  let interest = days.map((count) => BigInt(annualRateBasisPoints * count));
  const common = interest.reduce(greatestCommonDivisor, denominator);
  denominator /= common;
  interest = interest.map((value) => value / common);
  let [accumulation, annuity, power] = [1n, 0n, 1n];
  for (const value of interest) {
    const growth = denominator + value;
    power *= denominator;
    accumulation *= growth;
    annuity = annuity * growth + power;
  }
  return { accumulation, annuity };
}

/** The factor of equal months, the first one included. */
export function regularFactor(annualRateBasisPoints: number, termMonths: number): AnnuityFactor {
  requireInteger('annualRateBasisPoints', annualRateBasisPoints);
  requireInteger('termMonths', termMonths, 1);
  return factorOf(
    annualRateBasisPoints,
    Array.from({ length: termMonths }, () => 30),
    '30/360',
  );
}

/** The factor of a loan's own dates: a long first period and real days have their price. */
export function datedFactor(terms: Omit<LoanTerms, 'principalCents'>): AnnuityFactor {
  return factorOf(terms.annualRateBasisPoints, planOf(terms).days, terms.dayCount ?? '30/360');
}

function planOf(terms: Omit<LoanTerms, 'principalCents'>): { due: CalendarDate[]; days: number[] } {
  requireInteger('annualRateBasisPoints', terms.annualRateBasisPoints);
  requireInteger('termMonths', terms.termMonths, 1);
  const due = dueDates(terms.firstPaymentDate, terms.termMonths, anchorDayOf(terms));
  if (daysBetween(terms.disbursementDate, terms.firstPaymentDate) <= 0) {
    throw new InvalidPricingInput(
      `firstPaymentDate is ${terms.firstPaymentDate}: give a date after the disbursement on ${terms.disbursementDate}.`,
    );
  }
  return { due, days: periodDays(terms, due) };
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
 *
 * The level payment is computed over the loan's own days, so an odd first period is spread over all payments.
 * @throws NegativeAmortization when a payment does not cover its period's interest and some principal.
 * @throws EarlyPayoff when rounding to cents would pay the loan off before its last payment.
 * @throws InvalidPricingInput for a principal, rate, term or date that cannot be.
 */
export function amortize(terms: LoanTerms): Schedule {
  const { principalCents, annualRateBasisPoints, dayCount = '30/360' } = terms;
  const { due, days } = planOf(terms);
  const paymentCents = levelPaymentCents(principalCents, factorOf(annualRateBasisPoints, days, dayCount));
  const instalments: Instalment[] = [];
  let balanceCents = principalCents;
  let totalInterestCents = 0;
  for (const [index, dueDate] of due.entries()) {
    const interest = interestCents(balanceCents, annualRateBasisPoints, days[index] ?? 0, dayCount);
    const isFinal = index === due.length - 1;
    const payment = isFinal ? balanceCents + interest : paymentCents;
    const principal = payment - interest;
    if (!isFinal && principal <= 0) {
      throw new NegativeAmortization(
        `Payment ${index + 1} of ${paymentCents} cents does not exceed its interest of ${interest} cents: ` +
          'shorten the term, lower the rate or bring the first payment forward.',
      );
    }
    if (!isFinal && principal >= balanceCents) {
      throw new EarlyPayoff(
        `Payment ${index + 1} of ${due.length} would pay off ${principalCents} cents: shorten the term or lend more.`,
      );
    }
    balanceCents -= principal;
    totalInterestCents += interest;
    instalments.push({
      dueDate,
      paymentCents: payment,
      interestCents: interest,
      principalCents: principal,
      balanceCents,
    });
  }
  return {
    paymentCents,
    finalPaymentCents: instalments.at(-1)?.paymentCents ?? paymentCents,
    totalOfPaymentsCents: principalCents + totalInterestCents,
    totalInterestCents,
    instalments,
  };
}
