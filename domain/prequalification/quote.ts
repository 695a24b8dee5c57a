import * as z from 'zod';

import type { LedgerEntry } from '../ledger/chain.ts';
import { digest } from '../ledger/digest.ts';
import { offer, type PolicyResult } from '../policy/result.ts';

/**
 * Why no rate is quoted. Only the records have it: a prequalification that communicates a decline is an application (12 CFR
 * 1002.2(f), comments 2(f)-3 and 9-5).
 */
const NO_QUOTE_REASONS = ['INCOMPLETE', 'POLICY', 'NO_REPORT', 'INTERRUPTED'] as const;
export type NoQuoteReason = (typeof NO_QUOTE_REASONS)[number];

/** The result of a prequalification, as it is sealed. */
export const quote = z.strictObject({
  schemaVersion: z.literal(1),
  prequalificationId: z.string(),
  /** The creditor's local date. */
  quotedOn: z.string(),
  outcome: z.enum(['QUOTED', 'NO_QUOTE']),
  /** Null where a rate is quoted. */
  because: z.enum(NO_QUOTE_REASONS).nullable(),
  offers: z.array(offer),
  /** The last local date of every quoted offer; null without one. */
  validUntil: z.string().nullable(),
  /** The address of the sealed policy result behind the outcome; null where no policy was applied to it. */
  policy: digest.nullable(),
});
export type Quote = z.infer<typeof quote>;

/** Returns the part of a quote that follows from a policy result. A referral, a hold or a decline quotes nothing. */
export function quoteOf(
  result: Pick<PolicyResult, 'outcome' | 'offers'> | null,
  missing: NoQuoteReason,
): Pick<Quote, 'outcome' | 'because' | 'offers' | 'validUntil'> {
  const isQuoted = result?.outcome === 'APPROVE' || result?.outcome === 'COUNTEROFFER';
  const offers = isQuoted ? [...(result.offers ?? [])] : [];
  if (offers.length === 0) {
    const because = result === null ? missing : 'POLICY';
    return { outcome: 'NO_QUOTE', because, offers, validUntil: null };
  }
  const validUntil = offers.map(({ expiresOn }) => expiresOn).toSorted()[0] ?? null;
  return { outcome: 'QUOTED', because: null, offers, validUntil };
}

/** What an applicant reads beside the quoted rates, or in their place. Neither sentence declines credit. */
export const QUOTE_MESSAGES: Readonly<Record<Quote['outcome'], string>> = {
  QUOTED:
    'These are estimates from a report without an inquiry. They are not an approval. To continue, submit an application, which needs a full credit report.',
  NO_QUOTE:
    'We did not quote a rate. This is neither an approval nor a denial of credit. If you submit an application, we answer it in writing.',
};

/** The id of the event that claims a prequalification. The call that appended it sends the one soft pull. */
export const claimedId = (prequalificationId: string): string => `${prequalificationId}/received`;

/** What the entry of a quote states, with its id. */
export const quoteStatement = ({ prequalificationId, outcome, validUntil, offers }: Quote) => ({
  id: `${prequalificationId}/quoted`,
  body: { outcome, validUntil, offers: offers.length },
});

/** Whether a ledger is of a prequalification, which has no execution and no decision. */
export const isPrequalification = (entries: readonly LedgerEntry[]): boolean =>
  entries.some(({ type }) => type === 'PREQUALIFICATION_RECEIVED');
