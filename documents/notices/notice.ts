import * as z from 'zod';

import { digest } from '../../domain/ledger/digest.ts';

/** The kinds of notices to applicants. */
export const NOTICE_KINDS = [
  'APPROVAL',
  'COUNTEROFFER',
  'ADVERSE_ACTION',
  'INCOMPLETENESS',
  'NOT_OFFERED',
  'WITHDRAWAL',
  'CREDIT_SCORE_DISCLOSURE',
  'RISK_BASED_PRICING',
  'AUTOMATED_DECISION_EXPLANATION',
] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/**
 * How a notice prints a value of the record. `TERM`: in the words of the language. `BASIS_POINTS` and `MICROS`: a share as a
 * percentage. `COUNT`: an integer with thousands apart. `LESS_ONE`: the integer below it.
 */
export const FORMATS = [
  'TEXT',
  'TERM',
  'DATE',
  'DOLLARS',
  'BASIS_POINTS',
  'MICROS',
  'PERCENT',
  'COUNT',
  'LESS_ONE',
] as const;
export type Format = (typeof FORMATS)[number];

/** The sealed evidence that notices print values of. */
const PRINTED_EVIDENCE = ['decision', 'application', 'policy', 'review'] as const;

const path = z.string();
/** Absent where the sentence rests on the value and does not print it. */
const as = z.enum(FORMATS).optional();

/** Where a sentence comes from: a value of the record, a rule, limit or group of the model, or the law that requires it. */
const source = z.union([
  z.strictObject({ evidence: z.enum(PRINTED_EVIDENCE), path, as }),
  z.strictObject({ applicant: path, as }),
  z.strictObject({ lender: path, as }),
  /** A bureau of the table of agencies. */
  z.strictObject({ bureau: z.string(), path, as }),
  /** The money of an offer, as domain/pricing/proceeds.ts derives it from the offer and the application. */
  z.strictObject({ money: z.int(), path, as }),
  /** The last day for the conditions of an offer: its own last day, and the product's days after it. */
  z.strictObject({ clearing: z.int(), path, as }),
  /** A reason of the catalogue, whose words are printed. */
  z.strictObject({ reason: z.string() }),
  /** The local date of the ledger entry that calls for a notice outside an execution. */
  z.strictObject({ event: z.string(), path, as }),
  z.strictObject({ rule: z.string() }),
  z.strictObject({ limit: z.string() }),
  z.strictObject({ modelGroup: z.string() }),
  /** A citation. */
  z.strictObject({ law: z.string() }),
]);
export type Source = z.infer<typeof source>;

const sentence = z.strictObject({
  /** The id of the message in the language file. */
  message: z.string(),
  text: z.string(),
  from: z.array(source).min(1),
});
export type Sentence = z.infer<typeof sentence>;

const block = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('HEADING'), text: sentence }),
  z.strictObject({ kind: z.literal('ADDRESS'), lines: z.array(sentence) }),
  z.strictObject({ kind: z.literal('PARAGRAPH'), sentences: z.array(sentence) }),
  z.strictObject({ kind: z.literal('LIST'), items: z.array(sentence) }),
  /** Rows of a label and its value. */
  z.strictObject({ kind: z.literal('TABLE'), head: z.array(sentence), rows: z.array(z.array(sentence)) }),
]);
export type NoticeBlock = z.infer<typeof block>;

/** The settings of the lender that notices print, as they were when the notice was rendered. */
const printedLender = z.strictObject({
  name: z.string(),
  address: z.string(),
  telephone: z.string(),
  /** With a final slash: the id of the application is appended. */
  applicantUrl: z.string(),
  agency: z.string(),
});
export type PrintedLender = z.infer<typeof printedLender>;

/** A notice as it was rendered and sealed. HTML, PDF and plain text are drawn from it. */
export const notice = z.strictObject({
  schemaVersion: z.literal(2),
  kind: z.enum(NOTICE_KINDS),
  /** The kind and the edition of the texts: a notice of the same edition can be rendered from the record again. */
  template: z.string(),
  /** BCP 47. */
  language: z.string(),
  /** E-mail only where the applicant consented to electronic records (15 USC 7001(c)); else paper. */
  channel: z.enum(['EMAIL', 'PAPER']),
  /** The creditor's local date by which the notice must be mailed or delivered. */
  dueOn: z.string(),
  /** The decision record from which it was rendered. */
  decision: digest,
  lender: printedLender,
  title: sentence,
  blocks: z.array(block),
});
export type Notice = z.infer<typeof notice>;
