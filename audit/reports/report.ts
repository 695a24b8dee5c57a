import type { Plot } from '../../documents/document.ts';
import type { LocalDate } from '../../domain/calendar.ts';
import type { DecisionRecord } from '../../domain/decision/record.ts';
import type { Json } from '../../domain/json.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';

/** What is recorded of one application, as a report reads it. No report reads who applied. */
export interface Recorded {
  readonly applicationId: string;
  readonly entries: readonly LedgerEntry[];
  /** Of the lender, whose local dates reports count. */
  readonly timeZone: string;
  /** Opened evidence by address: every piece of the kinds that the report reads. */
  readonly values: ReadonlyMap<string, Json>;
}

/** Kinds of sealed evidence that a report may read: none of them names the applicant. A review's note is never shown. */
type ReadableKind = 'application' | 'score' | 'policy' | 'review' | 'decision' | 'contract';

/** Over what a report is made. Dates are the creditor's local dates; null is unbounded. */
export interface Scope {
  readonly from: LocalDate | null;
  readonly to: LocalDate | null;
  /** UTC instant of the report, and the creditor's date then: ages are counted to it. */
  readonly now: string;
  readonly today: LocalDate;
  /** Only applications whose newest decision has this outcome; undefined for all. */
  readonly outcome?: DecisionRecord['outcome'] | undefined;
  /** Only notices that are late or missing. @default false */
  readonly late?: boolean | undefined;
  /** Only applications whose newest decision has this principal reason, a code; undefined for all. */
  readonly reason?: string | undefined;
}

export type Cell = string | number | boolean | null;
export type Row = { readonly [column: string]: Cell };

/** How a page shows a value; CSV and JSON have it as it is. */
export type Format = 'TEXT' | 'COUNT' | 'CENTS' | 'BASIS_POINTS' | 'SHARE' | 'DECIMAL';

interface ReportColumn<Name extends string = string> {
  /** Heading in CSV and member in JSON, with its unit where it has one: `amountCents`. */
  readonly name: Name;
  readonly heading: string;
  /** @default TEXT */
  readonly format?: Format;
  /** Shown on a terminal too, which is narrow. @default false */
  readonly brief?: boolean;
}

/**
 * A question that an examiner asks, as a query over what is recorded. A new kind of record joins by a new definition in
 * `REPORTS`, or by a column of one: reading, periods, pages and CSV are the same for all.
 */
export interface Report {
  /** As the command line takes it. */
  readonly name: string;
  readonly title: string;
  readonly question: string;
  /** Which date of a row the period bounds, such as `received`. */
  readonly dated: string;
  /** Whether the outcome and the reason of the scope select its rows. @default false */
  readonly selectsDecisions?: boolean;
  /** Whether the scope's `late` selects its rows. @default false */
  readonly selectsLate?: boolean;
  readonly reads: readonly ReadableKind[];
  /** What a reader must know of how rows are found and figures are computed. */
  readonly notes: readonly string[];
  readonly columns: readonly ReportColumn[];
  begin(scope: Scope): ReportRun;
}

interface Definition<Columns extends Row> extends Report {
  readonly columns: readonly ReportColumn<keyof Columns & string>[];
  begin(scope: Scope): ReportRun<Columns>;
}

/** A report whose columns are members of its rows. */
export const defineReport = <Columns extends Row>(definition: Definition<Columns>): Report => definition;

interface ReportRun<Columns extends Row = Row> {
  /** Takes one application in. @returns the rows that it makes by itself. */
  add(application: Recorded): Iterable<Columns>;
  end(): ReportEnd<Columns>;
}

export interface ReportEnd<Columns extends Row = Row> {
  /** Rows that could only be made of all applications. */
  readonly rows?: Iterable<Columns>;
  readonly plots: readonly Plot[];
  /** What could only be said at the end, such as the scales that were used. */
  readonly notes?: readonly string[];
}

export function within({ from, to }: Scope, date: LocalDate): boolean {
  return (from === null || date >= from) && (to === null || date <= to);
}

/** Whether the newest decision has the outcome and the reason of the scope. */
export function isSelected({ outcome, reason }: Scope, decision: DecisionRecord | undefined): boolean {
  if (outcome !== undefined && decision?.outcome !== outcome) return false;
  return reason === undefined || (decision?.reasons.some(({ code }) => code === reason) ?? false);
}
