import type { LocalDate } from '../calendar.ts';

/** The days on which a listed person may have been born. */
export interface BirthDate {
  readonly from: LocalDate;
  readonly to: LocalDate;
}

/**
 * How an applicant's date of birth is like the listed ones. IN_RANGE: in a listed year or range. NEAR: two of day, month and
 * year are the same, day and month are swapped, or the years are at most two apart. UNKNOWN: there is none to compare.
 */
export type BirthLikeness = 'SAME_DAY' | 'IN_RANGE' | 'NEAR' | 'DIFFERENT' | 'UNKNOWN';

const SUREST_FIRST = ['SAME_DAY', 'IN_RANGE', 'NEAR', 'DIFFERENT'] as const;
/** People give, and lists copy, ages that are a year or two off. */
const NEAR_YEARS = 2;

/** Compares a date of birth with every listed one. @returns the best likeness. */
export function birthLikeness(born: LocalDate | null, listed: readonly BirthDate[]): BirthLikeness {
  if (born === null) return 'UNKNOWN';
  const found = new Set(listed.map((range) => likenessOf(born, range)));
  return SUREST_FIRST.find((each) => found.has(each)) ?? 'UNKNOWN';
}

function likenessOf(born: LocalDate, { from, to }: BirthDate): Exclude<BirthLikeness, 'UNKNOWN'> {
  if (from === to && born === from) return 'SAME_DAY';
  if (born >= from && born <= to) return 'IN_RANGE';
  const [year, month, day] = born.split('-');
  const first = yearOf(from) - NEAR_YEARS;
  const last = yearOf(to) + NEAR_YEARS;
  if (Number(year) >= first && Number(year) <= last) return 'NEAR';
  if (from !== to) return 'DIFFERENT';
  const [listedYear, listedMonth, listedDay] = from.split('-');
  const alike = [year === listedYear, month === listedMonth, day === listedDay].filter(Boolean).length;
  return alike >= 2 ? 'NEAR' : 'DIFFERENT';
}

const yearOf = (date: LocalDate): number => Number(date.slice(0, 4));
