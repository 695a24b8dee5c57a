import {
  addMonths,
  type LocalDate,
  dateParts,
  daysBetween,
  isLastDayOfMonth,
  monthsBack,
} from '../../../domain/calendar.ts';
import { type CreditTransaction, monthsBetween } from '../../../domain/pricing/apr.ts';

/** Transactions as the examples of 12 CFR 1026, appendix J write them, to solve those examples. */

type CashFlow = CreditTransaction['payments'][number];
type UnitPeriods = Omit<CashFlow, 'amountCents'>;

/** The interval of payments that the contract states. `SINGLE_PAYMENT`: the term itself, at most a year. */
export type UnitPeriod =
  | { readonly kind: 'MONTHS'; readonly count: number }
  | { readonly kind: 'SEMI_MONTH' }
  | { readonly kind: 'WEEKS'; readonly count: number }
  | { readonly kind: 'DAY' }
  | { readonly kind: 'SINGLE_PAYMENT' };

export interface DatedAmount {
  readonly date: LocalDate;
  readonly amountCents: number;
}

/** Unit periods from one date to another, counted back from the later one (appendix J (b)(5), from memory). */
function unitPeriodsBetween(
  start: LocalDate,
  end: LocalDate,
  unit: Exclude<UnitPeriod, { kind: 'SINGLE_PAYMENT' }>,
  anchorDay: number,
): UnitPeriods {
  const per = (count: number, length: number): UnitPeriods => ({
    whole: Math.floor(count / length),
    numerator: count % length,
    denominator: length,
  });
  const thirtieths = (anchor: number): number => {
    const { whole, numerator } = monthsBetween(start, end, anchor);
    return whole * 30 + numerator;
  };
  switch (unit.kind) {
    case 'DAY':
      return per(daysBetween(start, end), 1);
    case 'WEEKS':
      return per(daysBetween(start, end), 7 * unit.count);
    case 'SEMI_MONTH':
      return per(thirtieths(isLastDayOfMonth(end) ? 31 : dateParts(end).day), 15);
    case 'MONTHS':
      return per(thirtieths(anchorDay), 30 * unit.count);
  }
}

const PER_YEAR = {
  MONTHS: (count: number) => ({ numerator: 12, denominator: count }),
  SEMI_MONTH: () => ({ numerator: 24, denominator: 1 }),
  WEEKS: (count: number) => ({ numerator: 52, denominator: count }),
  DAY: () => ({ numerator: 365, denominator: 1 }),
} as const;

/**
 * A transaction from the dates of its contract; time runs from the earliest advance.
 * @param anchorDay for months, unless the payments themselves tell: their largest day, or 31 when all are month ends.
 */
export function datedTransaction(
  advances: readonly DatedAmount[],
  payments: readonly DatedAmount[],
  unit: UnitPeriod,
  anchorDay?: number,
): CreditTransaction {
  const start = advances.map(({ date }) => date).sort()[0];
  if (start === undefined) throw new Error('advances is empty: give the date and amount of the credit.');
  if (unit.kind === 'SINGLE_PAYMENT') return singlePayment(start, advances, payments);
  const anchor =
    anchorDay ??
    (payments.every(({ date }) => isLastDayOfMonth(date))
      ? 31
      : Math.max(...payments.map(({ date }) => dateParts(date).day)));
  const ordered = (amounts: readonly DatedAmount[]): CashFlow[] =>
    amounts
      .toSorted((a, b) => a.date.localeCompare(b.date))
      .map(({ date, amountCents }) => ({
        amountCents,
        ...unitPeriodsBetween(start, date, unit, anchor),
      }));
  return {
    unitPeriodsPerYear: PER_YEAR[unit.kind]('count' in unit ? unit.count : 1),
    advances: ordered(advances),
    payments: ordered(payments),
  };
}

/** One advance, one payment: the unit period is the term, but at most a year (appendix J (b)(4), (b)(5)). */
function singlePayment(
  start: LocalDate,
  advances: readonly DatedAmount[],
  payments: readonly DatedAmount[],
): CreditTransaction {
  const [payment] = payments;
  if (!payment || payments.length > 1 || advances.length > 1) {
    throw new Error('unit is SINGLE_PAYMENT: give one advance and one payment.');
  }
  const advance = { amountCents: advances[0]?.amountCents ?? 0, whole: 0, numerator: 0, denominator: 1 };
  const anchorDay = isLastDayOfMonth(payment.date) ? 31 : dateParts(payment.date).day;
  const { months, days } = monthsBack(start, payment.date, anchorDay);
  const term = (perYear: { numerator: number; denominator: number }, periods: UnitPeriods): CreditTransaction => ({
    unitPeriodsPerYear: perYear,
    advances: [advance],
    payments: [{ amountCents: payment.amountCents, ...periods }],
  });
  const once: UnitPeriods = { whole: 1, numerator: 0, denominator: 1 };
  const yearOnly = { numerator: 1, denominator: 1 };
  if (months < 12) {
    return days === 0
      ? term({ numerator: 12, denominator: months }, once)
      : term({ numerator: 365, denominator: daysBetween(start, payment.date) }, once);
  }
  const whole = Math.floor(months / 12);
  if (days === 0) return term(yearOnly, { whole, numerator: months % 12, denominator: 12 });
  const rest = daysBetween(start, addMonths(payment.date, -12 * whole, anchorDay));
  return term(yearOnly, { whole, numerator: rest, denominator: 365 });
}
