import * as z from 'zod';

import { offer } from '../policy/result.ts';
import { MAX_REASONS } from '../reasons/catalogue.ts';
import { clearance } from './clearance.ts';

/** What a bureau can answer about an inquiry without a readable report, so that a second one is right: none is posted, or its report is lost. */
export const BUREAU_ANSWERS = ['NOT_POSTED', 'REPORT_LOST'] as const;

/** What a person decided on an application that waited, as sealed evidence. The note may name the applicant: only sealed. */
export const review = z.strictObject({
  schemaVersion: z.literal(1),
  queue: z.enum(['REVIEW', 'ATTENTION']),
  by: z.string(),
  at: z.iso.datetime(),
  action: z.enum(['APPROVE', 'DECLINE', 'CLEAR', 'REPULL', 'TAKE_POSTED', 'RESUME', 'REFER']),
  /** What the bureau answered about the first inquiry, for REPULL after an ambiguous pull or an unreadable report. */
  confirmSecondInquiry: z.enum(BUREAU_ANSWERS).optional(),
  /** Rules whose hold was cleared, for CLEAR. */
  clears: z.array(z.string()),
  /** The evidence that clears holds about identity, for CLEAR. Absent in the reviews of earlier releases. */
  clearances: z.array(clearance).optional(),
  /** Reason codes, for DECLINE: those actually considered (12 CFR 1002.9(b)(2), comment 6). */
  reasons: z.array(z.string()).max(MAX_REASONS),
  /** The terms approved, for APPROVE. */
  offer: offer.nullable(),
  note: z.string(),
});
export type Review = z.infer<typeof review>;
