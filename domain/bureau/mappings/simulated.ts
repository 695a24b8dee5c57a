import * as z from 'zod';

import { isCalendarDate, monthsBetween, type LocalDate } from '../../calendar.ts';
import { digestOf } from '../../ledger/canonical-json.ts';
import { isSameName } from '../../names/same-name.ts';
import {
  BureauReportUnreadable,
  type Alert,
  type AlertContact,
  type CreditAttributes,
  type CreditReport,
  type ReachableContact,
} from '../report.ts';
import type { BureauAnswer, BureauRequest } from '../request.ts';

/** The format of the simulated bureau's answers, and the name of the mapping that reads them. */
export const SIMULATED_FORMAT = 'underwright-simulated-1';

/**
 * The date of every simulated answer: the last day of the quarter that the sample's rows come from. The age of a simulated
 * report says nothing and is not judged, so an answer of any other date is not the simulator's.
 */
export const SIMULATED_ON = '2016-03-31';

/** No date of an answer is earlier: consumers of 1900 are 116 years old on `SIMULATED_ON`. */
const FIRST_IN_FILE: LocalDate = '1900-01-01';

const date = z.string().transform((text, context): LocalDate => {
  const [, month = '', day = '', year = ''] = /^(\d{2})(\d{2})(\d{4})$/.exec(text) ?? [];
  const read = `${year}-${month}-${day}`;
  if (isCalendarDate(read) && read >= FIRST_IN_FILE) return read;
  context.addIssue({ code: 'custom', message: 'must be a date, MMDDCCYY' });
  return z.NEVER;
});

/** `NR` and an absent field are "not reported": null, never 0. */
function reported(digits: number, fault: string, unit: (whole: number) => number) {
  return z
    .string(fault)
    .regex(new RegExp(`^(\\d{${digits}}|NR)$`), fault)
    .nullish()
    .transform((text) => (text === undefined || text === null || text === 'NR' ? null : unit(Number(text))));
}
const count = reported(3, 'must be a count of three digits, or NR', (whole) => whole);
const amount = reported(8, 'must be whole dollars in eight digits, or NR', (dollars) => dollars * 100);
const percent = reported(5, 'must be tenths of a percent in five digits, or NR', (tenths) => tenths / 10);
const dateOrNotReported = z
  .union([z.literal('NR').transform(() => null), z.null(), date], 'must be a date, MMDDCCYY, or NR')
  .optional()
  .transform((read) => read ?? null);

const person = z.object({ sur: z.string(), given: z.string(), born: dateOrNotReported });
const asked = z.array(z.object({ on: date, by: z.string().min(1), kind: z.string() }));
/** Ways to reach the consumer, which the consumer named with the warning. */
const reach = z.discriminatedUnion('by', [
  z.object({
    by: z.literal('TEL'),
    to: z.string().regex(/^[2-9]\d{2}[2-9]\d{6}$/, 'must be a telephone number of ten digits'),
  }),
  z.object({ by: z.literal('EML'), to: z.email('must be an e-mail address') }),
  z.object({ by: z.literal('OTH'), to: z.string().min(1, 'must be text').max(200, 'must be at most 200 characters') }),
]);
const file = z.object({
  late2y: count,
  lateNow: count,
  pastDue: amount,
  revUse: percent,
  allUse: percent,
  insOpen: count,
  insNew12: count,
  insNew24: count,
  insEver: count,
  insOwed: amount,
  insHigh: amount,
  monthly: amount,
  oldest: dateOrNotReported,
  bankrupt: count,
});
const common = {
  simulated: z.literal(true),
  head: z.object({
    bureau: z.string(),
    clientRef: z.string(),
    fileRef: z.string().nullish(),
    inquiry: z.enum(['H', 'S']),
    purpose: z.literal('EC'),
    asOf: date,
  }),
  /** Always there, if only empty: a warning block left out does not mean that there is no warning. */
  warnings: z.array(z.object({ code: z.string(), reach: z.array(reach).default([]) })),
};
const answerBody = z.discriminatedUnion('result', [
  z.object({ ...common, result: z.literal('01'), person, asked, file }),
  z.object({ ...common, result: z.literal('02'), person, asked, file }),
  z.object({ ...common, result: z.literal('03') }),
  z.object({ ...common, result: z.literal('04') }),
]);
type AnswerBody = z.output<typeof answerBody>;
type FoundBody = Extract<AnswerBody, { result: '01' | '02' }>;

const STATUS = { '01': 'HIT', '02': 'THIN', '03': 'NO_HIT', '04': 'FROZEN' } as const;
const ALERTS: ReadonlyMap<string, Alert> = new Map([
  ['FA1', 'FRAUD_INITIAL'],
  ['FA2', 'FRAUD_EXTENDED'],
  ['AD1', 'ACTIVE_DUTY'],
  ['DC1', 'DECEASED'],
]);
const METHODS = { TEL: 'TELEPHONE', EML: 'EMAIL', OTH: 'OTHER' } as const satisfies Record<
  string,
  AlertContact['method']
>;

const alertOf = (code: string): Alert => ALERTS.get(code) ?? 'UNKNOWN';

/** The contacts of all warnings in their order, numbered from 1. */
function contactsOf({ warnings }: AnswerBody): ReachableContact[] {
  return warnings
    .flatMap((warning) => warning.reach.map((each) => ({ ...each, alert: alertOf(warning.code) })))
    .map(({ by, to, alert }, index) => ({ contact: index + 1, alert, method: METHODS[by], reach: to }));
}

/**
 * Reads the contacts of the alerts with their telephone numbers and addresses, which the report does not have.
 * @returns none for an answer that cannot be read: such an answer gave no report.
 */
export function readSimulatedContacts({ body }: BureauAnswer): ReachableContact[] {
  const parsed = answerBody.safeParse(body);
  return parsed.success ? contactsOf(parsed.data) : [];
}

/**
 * Reads an answer of the simulated bureau.
 *
 * Amounts come as whole dollars and leave as cents; months are whole calendar months to the answer's own date. A
 * warning of an unknown code is UNKNOWN. The name and the date of birth of the file are compared with the request's:
 * either otherwise, or not there to be compared, makes the report a MISMATCH.
 * @throws BureauReportUnreadable naming the fields (the first ten) and their faults, never a value.
 */
export function readSimulatedAnswer(answer: BureauAnswer, request: BureauRequest): CreditReport {
  const parsed = answerBody.safeParse(answer.body);
  if (!parsed.success) throw unreadable(request, parsed.error.issues.map(sentence));
  const body = parsed.data;
  const faults = [
    ...(body.head.clientRef === request.reference
      ? []
      : ['head.clientRef is another reference than the one asked for']),
    ...(body.head.bureau === request.bureau ? [] : ['head.bureau is another bureau than the one asked']),
    ...((body.head.inquiry === 'H') === (request.inquiry === 'HARD')
      ? []
      : ['head.inquiry is another kind of inquiry than the one ordered']),
    ...(body.head.asOf === SIMULATED_ON ? [] : ["head.asOf is not the date of the simulator's sample"]),
    ...('file' in body ? [...datesAfterTheAnswer(body), ...impossibleCounts(body)] : []),
  ];
  if (faults.length > 0) throw unreadable(request, faults);

  const mismatches = 'person' in body ? compareIdentity(body.person, request.consumer) : [];
  return {
    schemaVersion: 1,
    bureau: request.bureau,
    mapping: SIMULATED_FORMAT,
    status: mismatches.length > 0 ? 'MISMATCH' : STATUS[body.result],
    inquiry: request.inquiry,
    purpose: request.purpose,
    reference: request.reference,
    vendorReference: body.head.fileRef ?? null,
    // The answer has a date, not an instant.
    reportedAt: null,
    reportedOn: body.head.asOf,
    alerts: [...new Set(body.warnings.map(({ code }) => alertOf(code)))],
    alertContacts: contactsOf(body).map(({ contact, alert, method }) => ({ contact, alert, method })),
    mismatches,
    attributes: 'file' in body ? attributesOf(body) : null,
    simulated: true,
    rawDigest: rawDigest(answer, request),
  };
}

function attributesOf({ file, asked, head }: FoundBody): CreditAttributes {
  // Bureaus may list one inquiry twice: one subscriber asks once a day.
  const inquiries = [
    ...new Map(asked.map((one) => [JSON.stringify([one.on, one.by, one.kind]), one] as const)).values(),
  ];
  const within = (months: number) => inquiries.filter(({ on }) => monthsBetween(on, head.asOf) < months).length;
  return {
    delinquencies2y: file.late2y,
    inquiries6m: within(6),
    revolvingUtilisationPercent: file.revUse,
    accountsNowDelinquent: file.lateNow,
    instalmentActive: file.insOpen,
    instalmentOpened12m: file.insNew12,
    instalmentOpened24m: file.insNew24,
    instalmentBalanceCents: file.insOwed,
    allUtilisationPercent: file.allUse,
    financeInquiries: inquiries.filter(({ kind }) => kind === 'PF').length,
    inquiries12m: within(12),
    delinquentAmountCents: file.pastDue,
    instalmentAccounts: file.insEver,
    instalmentLimitCents: file.insHigh,
    monthlyObligationsCents: file.monthly,
    oldestAccountMonths: file.oldest === null ? null : monthsBetween(file.oldest, head.asOf),
    bankruptcies: file.bankrupt,
  };
}

function datesAfterTheAnswer({ head, asked, file }: FoundBody): string[] {
  const isAfter = (date: LocalDate) => date > head.asOf;
  return [
    ...(file.oldest && isAfter(file.oldest) ? ['file.oldest is after head.asOf'] : []),
    ...asked.flatMap(({ on }, index) => (isAfter(on) ? [`asked.${index}.on is after head.asOf`] : [])),
  ];
}

/** Counts that no file can have together. Paid off accounts may still owe and be past due: that is not among them. */
function impossibleCounts({ file }: FoundBody): string[] {
  const exceeds = (part: number | null, whole: number | null) => part !== null && whole !== null && part > whole;
  const ordered = [
    ['insNew12', 'insNew24'],
    ['insNew12', 'insEver'],
    ['insNew24', 'insEver'],
    ['insOpen', 'insEver'],
  ] as const;
  return [
    ...ordered.flatMap(([part, whole]) =>
      exceeds(file[part], file[whole]) ? [`file.${part} is more than file.${whole}`] : [],
    ),
    ...(['insOwed', 'insHigh'] as const).flatMap((amount) =>
      file.insEver === 0 && exceeds(file[amount], 0) ? [`file.${amount} is of accounts that file.insEver has not`] : [],
    ),
  ];
}

function compareIdentity(person: FoundBody['person'], consumer: BureauRequest['consumer']): CreditReport['mismatches'] {
  const sameName = isSameName({ firstName: person.given, lastName: person.sur }, consumer);
  const sameBirth = person.born === consumer.dateOfBirth;
  return [...(sameName ? [] : (['NAME'] as const)), ...(sameBirth ? [] : (['DATE_OF_BIRTH'] as const))];
}

function sentence({ path, code, message }: z.core.$ZodIssue): string {
  const field = path.length > 0 ? path.join('.') : 'the answer';
  // Messages of zod's own name types and known codes, never the value; ours begin with "must".
  return `${field}: ${code === 'custom' || message.startsWith('must') ? message : message.toLowerCase()}`;
}

function rawDigest(answer: BureauAnswer, request: BureauRequest): string {
  try {
    return digestOf(answer);
  } catch (cause) {
    throw unreadable(request, ['the answer has no canonical JSON form, so it cannot be digested'], cause);
  }
}

function unreadable(request: BureauRequest, faults: readonly string[], cause?: unknown): BureauReportUnreadable {
  const named = faults.slice(0, 10).join('; ') + (faults.length > 10 ? `; and ${faults.length - 10} more` : '');
  return new BureauReportUnreadable(
    `The answer of ${request.bureau} to ${request.reference} cannot be read: ${named}. ` +
      'Keep the raw answer and have a person look at it.',
    { cause },
  );
}
