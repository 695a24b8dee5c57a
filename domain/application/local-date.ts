/** ISO 8601 calendar date, `2026-11-23`. */
export type LocalDate = string;

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

/** Calendar days after a date; a deadline on a weekend stays there. */
export function addDays(date: LocalDate, days: number): LocalDate {
  return isoDate(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000);
}

/** Whether the text is a date that the calendar has. */
export function isCalendarDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const instant = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(instant) && isoDate(instant) === text;
}

/** Completed years between a date of birth and a date. Born on 29 February: a year older on 1 March of common years. */
export function yearsBetween(from: LocalDate, to: LocalDate): number {
  const years = Number(to.slice(0, 4)) - Number(from.slice(0, 4));
  return to.slice(5) < from.slice(5) ? years - 1 : years;
}

function isoDate(instant: number): LocalDate {
  return new Date(instant).toISOString().slice(0, 10);
}
