import * as z from 'zod';

import { ROLES } from '../access/access.ts';
import { digest } from '../ledger/digest.ts';
import { offer } from '../policy/result.ts';
import { MAX_REASONS } from '../reasons/catalogue.ts';
import { clearance } from './clearance.ts';

/** What a bureau can answer about an inquiry without a readable report, so that a second one is right: none is posted, or its report is lost. */
export const BUREAU_ANSWERS = ['NOT_POSTED', 'REPORT_LOST'] as const;

/** The limits of a role, as its policy sets them. */
const limits = z.strictObject({ amount: z.int().nonnegative(), corridor: z.int().nonnegative() });

/** What a person decided on an application that waited, as sealed evidence. The note may name the applicant: only sealed. */
export const review = z.strictObject({
  schemaVersion: z.literal(1),
  queue: z.enum(['REVIEW', 'ATTENTION']),
  by: z.string(),
  at: z.iso.datetime(),
  action: z.enum(['APPROVE', 'DECLINE', 'CLEAR', 'REPULL', 'TAKE_POSTED', 'RESUME', 'REFER', 'REJECT']),
  /** What the bureau answered about the first inquiry, for REPULL after an ambiguous pull or an unreadable report. */
  confirmSecondInquiry: z.enum(BUREAU_ANSWERS).optional(),
  /** The applicant's new consent to a report, for REPULL where no earlier one permits a pull. */
  consent: z.strictObject({ textVersion: z.string(), givenAt: z.string() }).optional(),
  /** Rules whose hold was cleared, for CLEAR. */
  clears: z.array(z.string()),
  /** The evidence that clears holds about identity, for CLEAR. Absent in the reviews of earlier releases. */
  clearances: z.array(clearance).optional(),
  /** Reason codes, for DECLINE: those actually considered (12 CFR 1002.9(b)(2), comment 6). */
  reasons: z.array(z.string()).max(MAX_REASONS),
  /** The terms approved, for APPROVE. */
  offer: offer.nullable(),
  note: z.string(),
  /** The role in which the person acted. Absent in records of a release without authority limits, as are the next members. */
  role: z.enum(ROLES).optional(),
  /** A principal reason in the reviewer's own words, which the second person confirmed. */
  ownReason: z.string().optional(),
  /** The recorded fact behind each of the reasons. */
  support: z
    .array(z.strictObject({ code: z.string(), from: z.enum(['RULE', 'LIMIT', 'SCORE']), name: z.string() }))
    .optional(),
  /** The limits under which the person decided, and the decision as they measure it. */
  authority: z
    .strictObject({
      /** SHA-256 of the policy that sets the limits; null where no policy was applied. */
      policy: digest.nullable(),
      kinds: z.array(z.string()),
      amountCents: z.int().nullable(),
      rateDistance: z.int().nullable(),
      limits,
      /** What is beyond the person's own limits: kinds, `AMOUNT`, `RATE`, `RATE_UNKNOWN`. Any of them needs a second person. */
      second: z.array(z.string()),
    })
    .optional(),
  /** The second person, who confirmed the draft. */
  confirmation: z
    .strictObject({
      by: z.string(),
      role: z.enum(ROLES),
      at: z.iso.datetime(),
      /** The address of the draft that the person saw. */
      draft: digest,
      limits,
      note: z.string(),
    })
    .optional(),
  /** The draft that a REJECT returns to the queue, and the reviewer who made it. */
  rejected: z.strictObject({ draft: digest, by: z.string() }).optional(),
});
export type Review = z.infer<typeof review>;
