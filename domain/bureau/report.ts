import * as z from 'zod';

/**
 * HIT: a file with enough in it. THIN: a file with too little for the model. The rest are different things and none of
 * them says anything against the applicant.
 */
export const reportStatus = z.enum(['HIT', 'THIN', 'NO_HIT', 'FROZEN', 'UNAVAILABLE', 'MISMATCH']);

/** An alert of a kind we do not know is UNKNOWN and holds the decision: fail closed. */
export const alert = z.enum(['FRAUD_INITIAL', 'FRAUD_EXTENDED', 'ACTIVE_DUTY', 'DECEASED', 'UNKNOWN']);
export type Alert = z.infer<typeof alert>;

/** How a consumer wants to be reached. OTHER: a way that our terms do not have. */
const contactMethod = z.enum(['TELEPHONE', 'EMAIL', 'OTHER']);

/**
 * A contact that the consumer put into an alert (15 USC 1681c-1(h)). The report has the contact's number among all its
 * contacts, from 1, and never the telephone number or address itself: only the raw answer has it.
 */
export const alertContact = z.strictObject({ contact: z.int().positive(), alert, method: contactMethod });
export type AlertContact = z.infer<typeof alertContact>;

/** A contact with its telephone number or address: personal data of the consumer. */
export interface ReachableContact extends AlertContact {
  /** The telephone number of ten digits, the e-mail address or the other way. */
  readonly reach: string;
}

const count = z.int().min(0);
const cents = z.int().min(0);

/** Attributes of a credit file. Null is "not reported", which is never zero. */
export const creditAttributes = z.strictObject({
  delinquencies2y: count.nullable(),
  inquiries6m: count.nullable(),
  /** Percent, may exceed 100. */
  revolvingUtilisationPercent: z.number().min(0).nullable(),
  accountsNowDelinquent: count.nullable(),
  instalmentActive: count.nullable(),
  instalmentOpened12m: count.nullable(),
  instalmentOpened24m: count.nullable(),
  instalmentBalanceCents: cents.nullable(),
  allUtilisationPercent: z.number().min(0).nullable(),
  financeInquiries: count.nullable(),
  inquiries12m: count.nullable(),
  delinquentAmountCents: cents.nullable(),
  instalmentAccounts: count.nullable(),
  instalmentLimitCents: cents.nullable(),
  /** Sum of the monthly payments on all open accounts but housing. */
  monthlyObligationsCents: cents.nullable(),
  /** Months since the oldest account was opened. */
  oldestAccountMonths: count.nullable(),
  bankruptcies: count.nullable(),
});
export type CreditAttributes = z.infer<typeof creditAttributes>;

/** A bureau's answer in our terms: what every later step reads, whichever bureau it came from. */
export const creditReport = z.strictObject({
  schemaVersion: z.literal(1),
  bureau: z.string(),
  /** Which mapping read the raw answer. */
  mapping: z.string(),
  status: reportStatus,
  inquiry: z.enum(['HARD', 'SOFT']),
  purpose: z.literal('EXTENSION_OF_CREDIT'),
  /** Ours, as sent. */
  reference: z.string(),
  /** The bureau's, where it gave one. */
  vendorReference: z.string().nullable(),
  /** The bureau's own instant, UTC. */
  reportedAt: z.iso.datetime().nullable(),
  /** The bureau's own date, where it gives no instant. A real report with neither is of unknown age. */
  reportedOn: z.iso.date().nullable(),
  alerts: z.array(alert),
  /** Absent in the reports of earlier releases, which read no contacts. */
  alertContacts: z.array(alertContact).optional(),
  /** Parts of the identity that the bureau's file has otherwise than the application, or does not have. */
  mismatches: z.array(z.enum(['NAME', 'DATE_OF_BIRTH', 'SSN', 'ADDRESS'])),
  /** Present for HIT and THIN, and for MISMATCH where the bureau gave them. */
  attributes: creditAttributes.nullable(),
  /** Said of every report that no real bureau gave. */
  simulated: z.boolean(),
  /** SHA-256 of the canonical JSON of the raw answer. */
  rawDigest: z.string(),
});
export type CreditReport = z.infer<typeof creditReport>;

/** The answer cannot be read: it is kept raw and a person looks at it. */
export class BureauReportUnreadable extends Error {
  override readonly name = 'BureauReportUnreadable';
}
