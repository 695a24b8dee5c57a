import * as z from 'zod';

import { application, type Application } from '../application/submission.ts';
import { alert, creditAttributes, creditReport, reportStatus, type CreditReport } from '../bureau/report.ts';
import { isCalendarDate } from '../calendar.ts';
import type { Json, JsonObject } from '../json.ts';

const [personalLoan, autoLoan, creditLine] = application.options;
/** What tells an application from another and says nothing of the applicant's credit. */
const UNREAD = {
  schemaVersion: true,
  applicationId: true,
  consents: true,
  prequalification: true,
  identityDigest: true,
} as const;

/** One line of a batch: an application without identity, what the bureau said, and on which local date it is decided. */
export const rescoringItem = z.strictObject({
  /** Of the lender's own: a reference, never a name or a number of the person. */
  id: z.string('must be text').regex(/^[A-Za-z0-9._-]{1,100}$/, 'must have 1 to 100 letters, digits, ".", "_" or "-"'),
  asOf: z.string('must be text').refine(isCalendarDate, 'must be a date of the calendar as YYYY-MM-DD'),
  application: z.discriminatedUnion('product', [
    personalLoan.omit(UNREAD),
    autoLoan.omit(UNREAD),
    creditLine.omit(UNREAD),
  ]),
  report: z.strictObject({
    status: reportStatus,
    /** Of the bureau; a report without it counts as of `asOf`. */
    reportedOn: z.iso.date().optional(),
    alerts: z.array(alert).default([]),
    mismatches: creditReport.shape.mismatches.default([]),
    /** What is left out was not reported. */
    attributes: z.preprocess(withEveryAttribute, creditAttributes.nullable()).default(null),
  }),
});
export type RescoringItem = z.infer<typeof rescoringItem>;

function withEveryAttribute(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return { ...Object.fromEntries(Object.keys(creditAttributes.shape).map((name) => [name, null])), ...value };
}

export function applicationOf({ id, application: content }: RescoringItem): Application {
  return {
    ...content,
    schemaVersion: 1,
    applicationId: id,
    consents: [],
    identityDigest: '0'.repeat(64),
  };
}

/** The report as it would have come; null where none did. */
export function reportOf({ id, asOf, report }: RescoringItem): CreditReport | null {
  if (report.status === 'UNAVAILABLE') return null;
  return {
    schemaVersion: 1,
    bureau: 'batch',
    mapping: 'none',
    inquiry: 'SOFT',
    purpose: 'EXTENSION_OF_CREDIT',
    reference: id,
    vendorReference: null,
    reportedAt: null,
    reportedOn: asOf,
    simulated: false,
    rawDigest: '0'.repeat(64),
    ...report,
  };
}

/**
 * A row of a CSV file as an item: its columns are dotted paths (`application.income.annualGrossCents`), an empty value is
 * left out, and numbers, `true`, `false` and `null` are what they say, but for `id` and `asOf`.
 */
export function itemOfRow(row: JsonObject): JsonObject {
  const item: JsonObject = {};
  for (const [path, text] of Object.entries(row)) {
    if (typeof text !== 'string' || text === '') continue;
    const steps = path.split('.');
    const last = steps.pop() ?? '';
    let target = item;
    for (const step of steps) {
      const inner = Object.hasOwn(target, step) ? target[step] : undefined;
      if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) target = inner;
      else Object.defineProperty(target, step, own((target = {})));
    }
    Object.defineProperty(target, last, own(isText(path, text) ? text : valueOf(text)));
  }
  return item;
}

/** Whether a column's text stays a text. Cents with decimals would otherwise be read as dollars that are a hundred times less. */
function isText(path: string, text: string): boolean {
  return ['id', 'asOf'].includes(path) || (path.endsWith('Cents') && !/^-?\d+$/.test(text) && text !== 'null');
}

/** As an own member whatever its name: `__proto__` is a column like any other, and refused as one. */
const own = (value: Json) => ({ value, enumerable: true, configurable: true, writable: true });

function valueOf(text: string): Json {
  if (/^-?(0|[1-9]\d*)(\.\d+)?$/.test(text)) return Number(text);
  if (/^(true|false|null|\[.*\])$/.test(text)) {
    try {
      return JSON.parse(text) as Json;
    } catch {
      return text;
    }
  }
  return text;
}
