import { figures, heading, paragraph, table, type Document, type PlottedBlock } from '../../documents/document.ts';
import { formatDollars, formatBasisPoints } from '../../domain/money.ts';
import type { LeftOut } from './read.ts';
import type { Cell, Format, Report, ReportEnd, Row, Scope } from './report.ts';

/** Rows that a page has: a browser draws no more in good time, and CSV has them all. */
export const PAGE_ROWS = 5_000;

/** A report once it is made, but for the rows that are too many to keep. */
export interface MadeReport {
  readonly report: Report;
  readonly scope: Scope;
  /** Applications that were read. */
  readonly applications: number;
  readonly leftOut: LeftOut;
  /** Rows there are, and the first of them. */
  readonly rows: number;
  readonly firstRows: readonly Row[];
  readonly end: ReportEnd;
}

export function reportDocument(made: MadeReport): Document<PlottedBlock> {
  const { report, rows, firstRows, end } = made;
  const { columns } = report;
  const notShown = rows - firstRows.length;
  return {
    title: report.title,
    blocks: [
      paragraph({ strong: report.question }),
      ...madeOf(made).map((line) => paragraph(line)),
      ...end.plots,
      heading(2, `Rows: ${count(rows)}`),
      ...(rows === 0
        ? [paragraph('None.')]
        : [
            table(
              columns.map((column) => (isNumeric(column.format) ? figures(column.heading) : column.heading)),
              firstRows.map((row) => columns.map(({ name, format }) => shown(row[name] ?? null, format))),
            ),
          ]),
      ...(notShown > 0
        ? [paragraph(`${count(notShown)} more rows are left out of this page: --csv has them all.`)]
        : []),
      heading(2, 'How it is made'),
      ...[...report.notes, ...(end.notes ?? [])].map((note) => paragraph(note)),
    ],
  };
}

/** Over what it was made, in sentences. */
export function madeOf({ report, scope, applications, leftOut }: MadeReport): string[] {
  const { from, to, now, outcome, reason } = scope;
  const period = [from && `since ${from}`, to && `until ${to}`].filter(Boolean).join(' and ') || 'at any time';
  const { forgotten, unreadable } = leftOut;
  return [
    `What was ${report.dated} ${period}, made ${now} from ${count(applications)} applications.`,
    ...(outcome === undefined ? [] : [`Only applications whose newest decision is ${outcome}.`]),
    ...(reason === undefined ? [] : [`Only applications whose newest decision has the reason ${reason}.`]),
    ...(forgotten === 0
      ? []
      : [`${count(forgotten)} more are forgotten: their key is destroyed, and nothing sealed of them can be read.`]),
    ...(unreadable.length === 0
      ? []
      : [
          `${count(unreadable.length)} more could not be read, such as ${unreadable.slice(0, 5).join(', ')}: run verify.`,
        ]),
  ];
}

const isNumeric = (format: Format = 'TEXT'): boolean => format !== 'TEXT';
const count = (value: number): string => value.toLocaleString('en-US');

export function shown(value: Cell, format: Format = 'TEXT'): string {
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value;
  switch (format) {
    case 'CENTS':
      return formatDollars(value);
    case 'BASIS_POINTS':
      return `${formatBasisPoints(value)} %`;
    case 'SHARE':
      return `${formatBasisPoints(value * 10_000)} %`;
    case 'DECIMAL':
      return value.toLocaleString('en-US', { maximumFractionDigits: 4 });
    case 'COUNT':
      return count(value);
    case 'TEXT':
      return String(value);
  }
}
