import { addMonths, dateParts, daysBetween, isLastDayOfMonth, type LocalDate, monthsBack } from '../calendar.ts';
import { InvalidPricingInput } from './arithmetic.ts';

/**
 * Unit periods of closed-end credit: 12 CFR 1026 (Regulation Z), appendix J (b)(3) to (b)(5). The words of (b)(5) were read
 * as github.com/simontreanor/FSharp.Finance.Personal quotes them in src/Apr.fs; (b)(3) and (b)(4) are stated from memory.
 */

/** A whole number of unit periods and a fraction of one, counted from the first advance. */
export interface UnitPeriods {
  readonly whole: number;
  /** Numerator of the fraction, 0 <= numerator <= denominator. */
  readonly numerator: number;
  readonly denominator: number;
}

/** The unit periods of a contract's dates, in the order of the dates. */
export interface Timing {
  /** Unit periods in a year, as a fraction: 12/1 for months, 365/255 for a term of 255 days. */
  readonly unitPeriodsPerYear: { readonly numerator: number; readonly denominator: number };
  readonly advances: readonly UnitPeriods[];
  readonly payments: readonly UnitPeriods[];
}

/** A standard interval of time (appendix J (b)(3)): a day, a number of weeks, a semimonth, or up to twelve months. */
interface Interval {
  readonly unit: 'DAYS' | 'SEMIMONTH' | 'MONTHS';
  readonly count: number;
  /** Length in days, to compare intervals: a month has 30, a year 365. */
  readonly days: number;
  readonly perYear: Timing['unitPeriodsPerYear'];
}

const upTo = (count: number, interval: (of: number) => Interval): Interval[] =>
  Array.from({ length: count }, (_, index) => interval(index + 1));

const YEAR: Interval = { unit: 'MONTHS', count: 12, days: 365, perYear: { numerator: 1, denominator: 1 } };

/** Every standard interval, the shortest first. */
const INTERVALS: readonly Interval[] = [
  { unit: 'DAYS', count: 1, days: 1, perYear: { numerator: 365, denominator: 1 } } as const,
  ...upTo(52, (weeks) => ({
    unit: 'DAYS',
    count: 7 * weeks,
    days: 7 * weeks,
    perYear: { numerator: 52, denominator: weeks },
  })),
  { unit: 'SEMIMONTH', count: 1, days: 15, perYear: { numerator: 24, denominator: 1 } } as const,
  ...upTo(11, (months) => ({
    unit: 'MONTHS',
    count: months,
    days: 30 * months,
    perYear: { numerator: 12, denominator: months },
  })),
  YEAR,
].toSorted((a, b) => a.days - b.days);

/** Dates in order, and the day of the month for which a month's last day counts among them. */
interface Series {
  readonly dates: readonly LocalDate[];
  readonly monthEnd: number;
}

/**
 * Determines the unit period of a contract (appendix J (b)(4)) and counts unit periods from the first advance to each date
 * (b)(5). The unit period is the most frequent interval. Without a frequent one it is the average, to the nearest standard
 * interval. With one advance and one payment it is the term, at most a year.
 * @param advances dates, in any order. @param payments dates after the first advance, in any order.
 * @throws InvalidPricingInput without an advance or a payment, or for a payment on or before the day of the first advance.
 */
export function timingOf(advances: readonly LocalDate[], payments: readonly LocalDate[]): Timing {
  const [start] = advances.toSorted();
  const [first] = payments.toSorted();
  if (start === undefined) throw new InvalidPricingInput('advances is empty: give the date of each advance.');
  if (first === undefined) throw new InvalidPricingInput('payments is empty: give the date of each payment.');
  if (first <= start) {
    throw new InvalidPricingInput(
      `payment date ${first} is not after the first advance on ${start}: give the dates when payments are due.`,
    );
  }
  const [advanced, paid] = [seriesOf(start, advances), seriesOf(start, payments)];
  const isSingle = advances.length === 1 && payments.length === 1;
  const term = isSingle ? termBelowYear(start, first, dayOf(first, paid)) : undefined;
  if (term) return { unitPeriodsPerYear: term, advances: [unitPeriods(0, 1)], payments: [unitPeriods(1, 1)] };
  const unit = isSingle ? YEAR : commonInterval(advanced, paid);
  const count = (dates: readonly LocalDate[], series: Series): UnitPeriods[] =>
    dates.map((date) => unitPeriodsBetween(start, date, unit, dayOf(date, series)));
  return { unitPeriodsPerYear: unit.perYear, advances: count(advances, advanced), payments: count(payments, paid) };
}

/** How often a year has the term of a single payment: (b)(5)(vi), (vii). Undefined from a year on. */
function termBelowYear(start: LocalDate, end: LocalDate, day: number): Timing['unitPeriodsPerYear'] | undefined {
  const { months, days } = monthsBack(start, end, day);
  if (months >= 12) return undefined;
  return days === 0 ? { numerator: 12, denominator: months } : { numerator: 365, denominator: daysBetween(start, end) };
}

/** Dates of advances or of payments with the start before them, and what a month's last day counts for among them. */
function seriesOf(start: LocalDate, given: readonly LocalDate[]): Series {
  const dates = [...new Set([start, ...given])].toSorted();
  const keeps = (day: number): boolean => given.every((date) => addMonths(date, 0, day) === date);
  const startDay = dateParts(start).day;
  // Due dates of a loan of 30 January keep the 30th, though 28 February is a last day.
  if (keeps(startDay)) return { dates, monthEnd: startDay };
  const largest = given.reduce((day, date) => Math.max(day, dateParts(date).day), 1);
  return { dates, monthEnd: given.every(isLastDayOfMonth) ? 31 : largest };
}

/** The day of the month that a date counts for: 28 February counts for the 30th in a series on the 30th ((b)(3)). */
function dayOf(date: LocalDate, { monthEnd }: Series): number {
  return isLastDayOfMonth(date) ? monthEnd : dateParts(date).day;
}

/** The interval that occurs most often and at least twice, the shorter of equals; else the one nearest to the average. */
function commonInterval(advances: Series, payments: Series): Interval {
  const counts = new Map<Interval, number>();
  for (const series of [advances, payments]) {
    for (let end = 1; end < series.dates.length; end += 1) {
      for (const interval of intervalsOf(series, end)) counts.set(interval, (counts.get(interval) ?? 0) + 1);
    }
  }
  const countOf = (interval: Interval): number => counts.get(interval) ?? 0;
  const [shortest, ...others] = INTERVALS.filter((interval) => countOf(interval) > 1);
  if (!shortest) return nearestToAverage(advances, payments);
  return others.reduce((best, each) => (countOf(each) > countOf(best) ? each : best), shortest);
}

/** The standard intervals that the period before a date of the series is: 28 days are four weeks and may be a month. */
function intervalsOf(series: Series, end: number): Interval[] {
  const at = (index: number): LocalDate | undefined => series.dates[index];
  const monthsTo = (from: LocalDate | undefined, to: LocalDate | undefined): number => {
    if (from === undefined || to === undefined) return 0;
    const { months, days } = monthsBack(from, to, dayOf(to, series));
    return days === 0 ? months : 0;
  };
  const [from = '', to = ''] = [at(end - 1), at(end)];
  const lengths = { DAYS: daysBetween(from, to), MONTHS: monthsTo(from, to), SEMIMONTH: 0 };
  // Days such as the 1st and the 16th: every second date is a month later.
  const isHalf = lengths.DAYS >= 13 && lengths.DAYS <= 18;
  if (isHalf && (monthsTo(from, at(end + 1)) === 1 || monthsTo(at(end - 2), to) === 1)) lengths.SEMIMONTH = 1;
  return INTERVALS.filter(({ unit, count }) => lengths[unit] === count);
}

function nearestToAverage(...series: readonly Series[]): Interval {
  const lengths = series.flatMap(({ dates }) => dates.slice(1).map((date, index) => daysBetween(dates[index]!, date)));
  const average = lengths.reduce((sum, days) => sum + days, 0) / lengths.length;
  const distance = ({ days }: Interval): number => Math.abs(days - average);
  return INTERVALS.reduce((nearest, each) => (distance(each) < distance(nearest) ? each : nearest));
}

function unitPeriodsBetween(start: LocalDate, end: LocalDate, { unit, count }: Interval, day: number): UnitPeriods {
  if (unit === 'DAYS') return unitPeriods(daysBetween(start, end), count);
  const { months, days } = monthsBack(start, end, day);
  // (b)(5)(ii), (iii): a month that is left has 30 days.
  if (unit === 'SEMIMONTH') return unitPeriods(30 * months + days, 15);
  if (count < 12) return unitPeriods(30 * months + days, 30 * count);
  // (b)(5)(v): what is left of a year is whole months over 12, or else its days over 365.
  if (days === 0) return unitPeriods(months, 12);
  const years = Math.floor(months / 12);
  return { whole: years, numerator: daysBetween(start, addMonths(end, -12 * years, day)), denominator: 365 };
}

function unitPeriods(parts: number, denominator: number): UnitPeriods {
  return { whole: Math.floor(parts / denominator), numerator: parts % denominator, denominator };
}
