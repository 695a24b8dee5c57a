import { InvalidPricingInput, requireInteger } from './money.ts';

/** A calendar date, `YYYY-MM-DD`, without a time or a zone. Text order is date order. */
export type CalendarDate = string;

const MS_PER_DAY = 86_400_000;

interface Parts {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function format(year: number, month: number, day: number): CalendarDate {
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

/** The number that the characters from `start` to `end` spell; NaN when one is no digit. */
function digits(text: string, start: number, end: number): number {
  let number = 0;
  for (let at = start; at < end; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}

/** @throws InvalidPricingInput when the text is no date of the calendar. */
export function dateParts(date: CalendarDate): Parts {
  const [year, month, day] = [digits(date, 0, 4), digits(date, 5, 7), digits(date, 8, 10)];
  const shaped = date.length === 10 && date[4] === '-' && date[7] === '-';
  // Years below 1000 would be read by Date as 19xx; no loan is that old. Written so that NaN fails.
  if (!(shaped && year >= 1000 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month))) {
    throw new InvalidPricingInput(`date is ${JSON.stringify(date)}: give a day of the calendar as YYYY-MM-DD.`);
  }
  return { year, month, day };
}

function dayNumber(date: CalendarDate): number {
  const { year, month, day } = dateParts(date);
  return Date.UTC(year, month - 1, day) / MS_PER_DAY;
}

/** Days from `start` to `end`; negative when `end` is earlier. */
export function daysBetween(start: CalendarDate, end: CalendarDate): number {
  return dayNumber(end) - dayNumber(start);
}

export function addDays(date: CalendarDate, days: number): CalendarDate {
  return new Date((dayNumber(date) + days) * MS_PER_DAY).toISOString().slice(0, 10);
}

export function isLastDayOfMonth(date: CalendarDate): boolean {
  const { year, month, day } = dateParts(date);
  return day === daysInMonth(year, month);
}

/**
 * The date `months` later (earlier when negative), on `anchorDay` or on the last day of a shorter month.
 *
 * With the schedule's anchor the day never drifts: from 31 January come 28 February and 31 March, not 28 March.
 * @param anchorDay 1 to 31; the date's own day unless given.
 */
export function addMonths(date: CalendarDate, months: number, anchorDay?: number): CalendarDate {
  const { year, month, day } = dateParts(date);
  const index = year * 12 + (month - 1) + months;
  const [toYear, toMonth] = [Math.floor(index / 12), (index % 12) + 1];
  return format(toYear, toMonth, Math.min(anchorDay ?? day, daysInMonth(toYear, toMonth)));
}

/** Whole months counted back from `end` while they do not pass `start`, and the days that remain. */
export function monthsBack(
  start: CalendarDate,
  end: CalendarDate,
  anchorDay: number,
): { readonly months: number; readonly days: number } {
  const [from, to] = [dateParts(start), dateParts(end)];
  let months = Math.max(0, (to.year - from.year) * 12 + to.month - from.month);
  let reached = addMonths(end, -months, anchorDay);
  if (months > 0 && reached < start) {
    months -= 1;
    reached = addMonths(end, -months, anchorDay);
  }
  // An anchor later than the day of `end` would move forward what counts back no month at all.
  if (months === 0) reached = end;
  return { months, days: daysBetween(start, reached) };
}

/** @throws InvalidPricingInput unless a schedule that keeps the anchor day can begin with this date. */
export function requireAnchor(first: CalendarDate, anchorDay: number): void {
  if (addMonths(first, 0, anchorDay) === first) return;
  throw new InvalidPricingInput(
    `anchorDay is ${anchorDay}, but the first due date is ${first}: give the day of the month that it stands for.`,
  );
}

/**
 * Due dates of a monthly schedule.
 * @param anchorDay day of the month the schedule keeps: 31 means the last day of every month.
 */
export function dueDates(first: CalendarDate, count: number, anchorDay = dateParts(first).day): CalendarDate[] {
  requireInteger('count', count, 1);
  requireAnchor(first, anchorDay);
  return Array.from({ length: count }, (_, index) => addMonths(first, index, anchorDay));
}
