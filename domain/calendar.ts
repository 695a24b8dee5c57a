/**
 * The one calendar: Gregorian dates from 1600-01-01 to 9999-12-31, written `YYYY-MM-DD`. Text order is date order.
 * Functions throw InvalidDate for any other text, and for a result outside the range. Compiled policies carry the same
 * calendar as text (packages/policy-compiler/runtime.ts), and test/domain/calendar.test.ts compares the two.
 */

/** A calendar date such as `2026-11-23`, without a time or a zone. */
export type LocalDate = string;

export const FIRST_DATE: LocalDate = '1600-01-01';
export const LAST_DATE: LocalDate = '9999-12-31';

const RANGE = `${FIRST_DATE} to ${LAST_DATE}`;

/** A text that is not a date of the calendar, or a date outside its range. */
export class InvalidDate extends Error {
  override readonly name = 'InvalidDate';

  constructor(date: string) {
    super(`${JSON.stringify(date)} is not a date: give a day of the calendar as YYYY-MM-DD, ${RANGE}.`);
  }
}

interface DateParts {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
}

export const MS_PER_DAY = 86_400_000;
const FIRST_YEAR = 1600;
const LAST_YEAR = 9999;

/** Whether the text is a date of the calendar. */
export function isCalendarDate(text: string): boolean {
  return readParts(text) !== undefined;
}

/** @throws InvalidDate */
export function dateParts(date: LocalDate): DateParts {
  const parts = readParts(date);
  if (!parts) throw new InvalidDate(date);
  return parts;
}

/** Days from 1970-01-01 to a date; negative before it. @throws InvalidDate */
export function dayNumber(date: LocalDate): number {
  const { year, month, day } = dateParts(date);
  return Date.UTC(year, month - 1, day) / MS_PER_DAY;
}

/** The inverse of `dayNumber`. @throws InvalidDate */
export function dateOfDay(number: number): LocalDate {
  const instant = new Date(number * MS_PER_DAY);
  return dateOf(instant.getUTCFullYear(), instant.getUTCMonth() + 1, instant.getUTCDate());
}

/** Days from `start` to `end`; negative when `end` is earlier. @throws InvalidDate */
export function daysBetween(start: LocalDate, end: LocalDate): number {
  return dayNumber(end) - dayNumber(start);
}

/** Calendar days after a date; a deadline on a weekend stays there. @throws InvalidDate */
export function addDays(date: LocalDate, days: number): LocalDate {
  return dateOfDay(dayNumber(date) + days);
}

/** @throws InvalidDate */
export function isLastDayOfMonth(date: LocalDate): boolean {
  const { year, month, day } = dateParts(date);
  return day === daysInMonth(year, month);
}

/**
 * The date `months` later (earlier when negative), on `anchorDay` or on the last day of a shorter month.
 *
 * With the schedule's anchor the day never drifts: from 31 January come 28 February and 31 March, not 28 March.
 * @param anchorDay 1 to 31; the date's own day unless given.
 * @throws InvalidDate
 */
export function addMonths(date: LocalDate, months: number, anchorDay?: number): LocalDate {
  const { year, month, day } = dateParts(date);
  const index = year * 12 + (month - 1) + months;
  const [toYear, toMonth] = [Math.floor(index / 12), (index % 12) + 1];
  return dateOf(toYear, toMonth, Math.min(anchorDay ?? day, daysInMonth(toYear, toMonth)));
}

/** Whole months counted back from `end` while they do not pass `start`, and the days that remain. @throws InvalidDate */
export function monthsBack(
  start: LocalDate,
  end: LocalDate,
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

/** Whole months from one date to a later one; negative when `to` is earlier. @throws InvalidDate */
export function monthsBetween(from: LocalDate, to: LocalDate): number {
  const [start, end] = [dateParts(from), dateParts(to)];
  return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day ? 1 : 0);
}

/**
 * Completed years from a date of birth to a date. A person born on 29 February is a year older on 1 March of common
 * years. Both texts must be dates: this function does not check them, so that no error repeats a date of birth.
 */
export function yearsBetween(birth: LocalDate, on: LocalDate): number {
  const years = Number(on.slice(0, 4)) - Number(birth.slice(0, 4));
  return on.slice(5) < birth.slice(5) ? years - 1 : years;
}

/** Every month from `first` to `last`, both included and both written `YYYY-MM`. @throws InvalidDate */
export function* monthsThrough(first: string, last: string): Generator<string> {
  for (let month = first; month <= last; month = addMonths(`${month}-01`, 1).slice(0, 7)) {
    yield month;
    if (month === last) return;
  }
}

const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * The calendar date of an instant where the creditor is: legal periods run on local dates (12 CFR 1002.9 counts days).
 * @param instant UTC, ISO 8601. @param timeZone IANA name such as `America/New_York`.
 */
export function localDate(instant: string, timeZone: string): LocalDate {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
    formats.set(timeZone, format);
  }
  const [month = '', day = '', year = ''] = format.format(Date.parse(instant)).split('/');
  return `${year}-${month}-${day}`;
}

/**
 * The last instant of a calendar date where the creditor is, to the millisecond.
 * @param timeZone IANA name. @returns a UTC instant.
 */
export function endOfDay(date: LocalDate, timeZone: string): string {
  // No time zone is a day from UTC, so the date ends within these bounds.
  let last = Date.parse(`${date}T00:00:00.000Z`) - MS_PER_DAY;
  let after = last + 3 * MS_PER_DAY;
  while (after - last > 1) {
    const middle = Math.floor((last + after) / 2);
    if (localDate(new Date(middle).toISOString(), timeZone) > date) after = middle;
    else last = middle;
  }
  return new Date(last).toISOString();
}

function readParts(text: string): DateParts | undefined {
  const [year, month, day] = [digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10)];
  if (text.length !== 10 || text[4] !== '-' || text[7] !== '-') return undefined;
  // Written so that NaN fails.
  const exists = year >= FIRST_YEAR && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
  return exists ? { year, month, day } : undefined;
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

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function dateOf(year: number, month: number, day: number): LocalDate {
  const date = `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
  if (!(year >= FIRST_YEAR && year <= LAST_YEAR)) throw new InvalidDate(date);
  return date;
}
