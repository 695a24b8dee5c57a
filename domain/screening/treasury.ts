import { dateOfDay, dayNumber, isCalendarDate, type LocalDate } from '../calendar.ts';
import type { BirthDate } from './birth-date.ts';
import type { ListedPerson } from './list.ts';

/** The texts of the files of the list, as the U.S. Treasury publishes them. */
export interface TreasuryFiles {
  /** SDN.CSV: number, name, type, program, title, six members of vessels, remarks. */
  readonly entries: string;
  /** ALT.CSV: number of the entry, number, type, name, remarks. */
  readonly aliases: string;
  /** ADD.CSV: number of the entry, number, street, city, country, remarks. */
  readonly addresses: string;
  /** SDN_COMMENTS.CSV: number of the entry, the rest of remarks that are too long for SDN.CSV. Empty where there is none. */
  readonly comments: string;
}

export interface TreasuryList {
  readonly people: readonly ListedPerson[];
  /** How many entries are no people: companies, vessels and aircraft. */
  readonly others: number;
  /** What cannot be read, by file, entry and member. */
  readonly faults: readonly string[];
}

const NULL = '-0-';
const COLUMNS = { 'SDN.CSV': 12, 'ALT.CSV': 5, 'ADD.CSV': 6, 'SDN_COMMENTS.CSV': 2 } as const;
/** Treasury ends each file with the end-of-file character of DOS. */
const END_OF_FILE = '\u001A';
type FileName = keyof typeof COLUMNS;

/**
 * Reads the list's files: no header, `-0-` for null, dates of birth and weak aliases in the remarks. Layout: Treasury's
 * "SDN data formats" [from memory].
 */
export function readTreasuryList(files: TreasuryFiles): TreasuryList {
  const faults: string[] = [];
  const rows = (file: FileName, text: string) => rowsOf(file, text, faults);
  const entries = rows('SDN.CSV', files.entries);
  const aliases = Map.groupBy(rows('ALT.CSV', files.aliases), ([number]) => number);
  const addresses = Map.groupBy(rows('ADD.CSV', files.addresses), ([number]) => number);
  const comments = Map.groupBy(rows('SDN_COMMENTS.CSV', files.comments), ([number]) => number);
  const people = entries.flatMap((row): ListedPerson[] => {
    const [id = '', name = '', type] = row;
    if (type !== 'individual') return [];
    const rest = (comments.get(id) ?? []).map(([, comment]) => comment ?? '');
    const remarks = [row[11] ?? '', ...rest].join('');
    return [
      {
        id,
        names: [
          { kind: 'PRIMARY', name },
          ...(aliases.get(id) ?? []).map(([, , , alias]) => ({ kind: 'ALIAS' as const, name: alias ?? '' })),
        ],
        weakAliases: [...remarks.matchAll(/[afn]\.k\.a\. '([^']+)'/g)].map(([, alias]) => alias ?? ''),
        birthDates: birthDatesOf(id, remarks, faults),
        countries: [...new Set((addresses.get(id) ?? []).flatMap((cells) => cells[4] || []))],
      },
    ];
  });
  return { people, others: entries.length - people.length, faults };
}

function rowsOf(file: FileName, text: string, faults: string[]): string[][] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .flatMap((line, at) => {
      if (line.replaceAll(END_OF_FILE, '').trim() === '') return [];
      const cells = cellsOf(line);
      if (cells.length === COLUMNS[file]) return [cells];
      faults.push(`${file}, line ${at + 1}: has ${cells.length} members, and the layout has ${COLUMNS[file]}`);
      return [];
    });
}

/** The members of a line: quoted where they may have a comma, with two quotes for one. */
function cellsOf(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:\s*"((?:[^"]|"")*)"\s*|([^,]*))(?=,|$)/g)].map(([, quoted, bare = '']) => {
    const cell = (quoted?.replaceAll('""', '"') ?? bare).trim();
    return cell === NULL ? '' : cell;
  });
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
/** How far a year that the list calls approximate (`circa`) may be off. */
const CIRCA_YEARS = 2;

/** The dates of birth in remarks: `DOB 12 Jan 1965; alt. DOB circa 1966; alt. DOB 1964 to 1966`. */
function birthDatesOf(id: string, remarks: string, faults: string[]): BirthDate[] {
  return [...remarks.matchAll(/\bDOB ([^;.]+)/g)].flatMap(([, text = '']) => {
    const circa = text.startsWith('circa ');
    const [first, last, ...more] = text
      .replace('circa ', '')
      .split(/ to |-/)
      .map(rangeOf);
    const to = last ?? first;
    if (!first || !to || more.length > 0) {
      faults.push(`SDN.CSV, entry ${id}: a date of birth in the remarks is no date of this layout`);
      return [];
    }
    if (!circa) return [{ from: first.from, to: to.to }];
    return [{ from: shifted(first.from, -CIRCA_YEARS), to: shifted(to.to, CIRCA_YEARS) }];
  });
}

/** The first and last day of `12 Jan 1965`, `Jan 1965` or `1965`; undefined for any other text. */
function rangeOf(text: string): BirthDate | undefined {
  const [, day, monthName, year = ''] = /^(?:(?:(\d{1,2}) )?([A-Z][a-z]{2}) )?(\d{4})$/.exec(text.trim()) ?? [];
  if (monthName === undefined) return year === '' ? undefined : { from: `${year}-01-01`, to: `${year}-12-31` };
  const month = MONTHS.indexOf(monthName.toLowerCase()) + 1;
  if (month === 0) return undefined;
  if (day === undefined) {
    const next = month === 12 ? `${Number(year) + 1}-01-01` : `${year}-${padded(month + 1)}-01`;
    return { from: `${year}-${padded(month)}-01`, to: dateOfDay(dayNumber(next) - 1) };
  }
  const date = `${year}-${padded(month)}-${padded(Number(day))}`;
  return isCalendarDate(date) ? { from: date, to: date } : undefined;
}

const padded = (number: number): string => String(number).padStart(2, '0');

/** The same day of another year; 29 February is the 28th. */
function shifted(date: LocalDate, years: number): LocalDate {
  const moved = `${Number(date.slice(0, 4)) + years}${date.slice(4)}`;
  return isCalendarDate(moved) ? moved : moved.replace(/29$/, '28');
}
