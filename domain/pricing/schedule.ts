import { addMonths, type LocalDate, dateParts, daysBetween, isLastDayOfMonth } from '../calendar.ts';
import { divideFloor, divideHalfUp, InvalidPricingInput, quotientHalfUp, requireInteger } from './arithmetic.ts';

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
  readonly disbursementDate: LocalDate;
  readonly firstPaymentDate: LocalDate;
  /** `30/360` unless given. */
  readonly dayCount?: DayCount;
  /** The day of the month the due dates keep, 31 for the last; `anchorDayOf` says what holds unless given. */
  readonly anchorDay?: number;
}

export interface Instalment {
  readonly dueDate: LocalDate;
  readonly paymentCents: number;
  readonly interestCents: number;
  readonly principalCents: number;
  /** What is still owed after this payment. */
  readonly balanceCents: number;
}

/** What a loan's payments come to. */
export interface LevelPayments {
  readonly termMonths: number;
  readonly firstPaymentDate: LocalDate;
  /** Every payment but the last. */
  readonly paymentCents: number;
  readonly finalPaymentCents: number;
  readonly totalOfPaymentsCents: number;
  readonly totalInterestCents: number;
}

const YEAR_DAYS = { '30/360': 360, 'ACT/365F': 365, 'ACT/360': 360 } as const satisfies Record<DayCount, number>;

/** Days of `30/360`: the thirty-first counts as the thirtieth. */
export function days30360(start: LocalDate, end: LocalDate): number {
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
  const yearly = 10_000 * YEAR_DAYS[dayCount];
  const interest = balanceCents * annualRateBasisPoints * days;
  // A product that comes out below 2^51 was exact, and so were its factors' products on the way.
  if (interest < 2 ** 51) return quotientHalfUp(interest, yearly);
  return Number(divideHalfUp(BigInt(balanceCents) * BigInt(annualRateBasisPoints) * BigInt(days), BigInt(yearly)));
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

/** @throws InvalidPricingInput unless a schedule that keeps the anchor day can begin with this date. */
function requireAnchor(first: LocalDate, anchorDay: number): void {
  if (addMonths(first, 0, anchorDay) === first) return;
  throw new InvalidPricingInput(
    `anchorDay is ${anchorDay}, but the first due date is ${first}: give the day of the month that it stands for.`,
  );
}

/**
 * Due dates of a monthly schedule.
 * @param anchorDay day of the month the schedule keeps: 31 means the last day of every month.
 */
export function dueDates(first: LocalDate, count: number, anchorDay = dateParts(first).day): LocalDate[] {
  requireInteger('count', count, 1);
  requireAnchor(first, anchorDay);
  return Array.from({ length: count }, (_, index) => addMonths(first, index, anchorDay));
}

/** Days of each period of the loan, as its day count counts them. */
function periodDays(terms: Omit<LoanTerms, 'principalCents'>): Float64Array {
  const { disbursementDate, firstPaymentDate, termMonths, dayCount = '30/360' } = terms;
  const anchorDay = anchorDayOf(terms);
  if (dayCount === '30/360') {
    // From 31 January to 28 February is one month on a month-end schedule, though its days would say 28.
    const month = disbursementDate === addMonths(firstPaymentDate, -1, anchorDay);
    const days = new Float64Array(termMonths).fill(30);
    if (!month) days[0] = days30360(disbursementDate, firstPaymentDate);
    return days;
  }
  const due = dueDates(firstPaymentDate, termMonths, anchorDay);
  return Float64Array.from(due, (end, index) => daysBetween(due[index - 1] ?? disbursementDate, end));
}

function greatestCommonDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

/** Rates and terms come from the few cells of a policy's table, so a factor is asked for again and again. */
const factors = new Map<string, AnnuityFactor>();
const MAX_FACTORS = 1_000;

function factorOf(annualRateBasisPoints: number, days: Float64Array, dayCount: DayCount): AnnuityFactor {
  const key = `${annualRateBasisPoints} ${dayCount} ${dayCount === '30/360' ? `${days[0]} ${days.length}` : days.join()}`;
  const earlier = factors.get(key);
  if (earlier) return earlier;
  const factor = computedFactor(annualRateBasisPoints, days, dayCount);
  if (factors.size === MAX_FACTORS) factors.clear();
  factors.set(key, factor);
  return factor;
}

/** With g_k = N_k / D the growth of period k: payment = principal × ΠN_k / Σ_k (D^k × Π_{j>k} N_j). */
function computedFactor(annualRateBasisPoints: number, days: Float64Array, dayCount: DayCount): AnnuityFactor {
  const interests = Array.from(days, (count) => annualRateBasisPoints * count);
  const yearly = 10_000 * YEAR_DAYS[dayCount];
  const common = interests.reduce(greatestCommonDivisor, yearly);
  const denominator = BigInt(yearly / common);
  const growths = interests.map((interest) => denominator + BigInt(interest / common));
  const [first = 1n, second = first] = growths;
  // The first period grows the principal and no payment.
  if (second !== denominator && growths.every((growth, index) => index === 0 || growth === second)) {
    const periods = BigInt(growths.length);
    return {
      accumulation: first * second ** (periods - 1n),
      // Of equal periods a geometric series, whose division leaves no rest.
      annuity: (denominator * (second ** periods - denominator ** periods)) / (second - denominator),
    };
  }
  let [accumulation, annuity, power] = [1n, 0n, 1n];
  for (const growth of growths) {
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
  return factorOf(annualRateBasisPoints, new Float64Array(termMonths).fill(30), '30/360');
}

/** The factor of a loan's own dates: a long first period and real days have their price. */
export function datedFactor(terms: Omit<LoanTerms, 'principalCents'>): AnnuityFactor {
  return factorOf(terms.annualRateBasisPoints, checkedDays(terms), terms.dayCount ?? '30/360');
}

/** @throws InvalidPricingInput for a rate, term or date that cannot be. */
function checkedDays(terms: Omit<LoanTerms, 'principalCents'>): Float64Array {
  requireInteger('annualRateBasisPoints', terms.annualRateBasisPoints);
  requireInteger('termMonths', terms.termMonths, 1);
  requireAnchor(terms.firstPaymentDate, anchorDayOf(terms));
  if (daysBetween(terms.disbursementDate, terms.firstPaymentDate) <= 0) {
    throw new InvalidPricingInput(
      `firstPaymentDate is ${terms.firstPaymentDate}: give a date after the disbursement on ${terms.disbursementDate}.`,
    );
  }
  return periodDays(terms);
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
 * @param each is told of every payment in turn.
 * @throws NegativeAmortization when a payment does not cover its period's interest and some principal.
 * @throws EarlyPayoff when rounding to cents would pay the loan off before its last payment.
 * @throws InvalidPricingInput for a principal, rate, term or date that cannot be.
 */
export function levelPayments(
  terms: LoanTerms,
  each: (payment: Omit<Instalment, 'dueDate'>) => void = () => {},
): LevelPayments {
  const { principalCents, annualRateBasisPoints, termMonths, firstPaymentDate, dayCount = '30/360' } = terms;
  const days = checkedDays(terms);
  const level = levelPaymentCents(principalCents, factorOf(annualRateBasisPoints, days, dayCount));
  let balanceCents = principalCents;
  let totalInterestCents = 0;
  let paymentCents = level;
  for (let index = 0; index < termMonths; index += 1) {
    const interest = interestCents(balanceCents, annualRateBasisPoints, days[index] ?? 0, dayCount);
    const isFinal = index === termMonths - 1;
    paymentCents = isFinal ? balanceCents + interest : level;
    const principal = paymentCents - interest;
    if (!isFinal && principal <= 0) {
      throw new NegativeAmortization(
        `Payment ${index + 1} of ${paymentCents} cents does not exceed its interest of ${interest} cents: ` +
          'shorten the term, lower the rate or bring the first payment forward.',
      );
    }
    if (!isFinal && principal >= balanceCents) {
      throw new EarlyPayoff(
        `Payment ${index + 1} of ${termMonths} would pay off ${principalCents} cents: shorten the term or lend more.`,
      );
    }
    balanceCents -= principal;
    totalInterestCents += interest;
    each({ paymentCents, interestCents: interest, principalCents: principal, balanceCents });
  }
  return {
    termMonths,
    firstPaymentDate,
    paymentCents: level,
    finalPaymentCents: paymentCents,
    totalOfPaymentsCents: principalCents + totalInterestCents,
    totalInterestCents,
  };
}
