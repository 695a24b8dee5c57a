import * as z from 'zod';

import { applicationId } from '../../domain/application/application-id.ts';
import { clearance } from '../../domain/decision/clearance.ts';
import { BUREAU_ANSWERS } from '../../domain/decision/review.ts';
import { REASONS } from '../../domain/reasons/catalogue.ts';
import { person } from '../contracts.ts';

/** What a person orders for an application that waits. */
export const taskCommand = z.strictObject({
  applicationId,
  /** The task's id, as its queue lists it: a late repeat cannot answer the task that came after. */
  task: z.string('must be text').min(1, 'is empty: send the id of the task that is decided').max(400),
  by: person,
  action: z.enum(
    ['APPROVE', 'DECLINE', 'CLEAR', 'REPULL', 'TAKE_POSTED', 'RESUME', 'REFER'],
    'must be APPROVE, DECLINE, CLEAR, REPULL or TAKE_POSTED for a review, RESUME or REFER for what needs attention',
  ),
  /** For REPULL after an ambiguous pull or an unreadable report: what the bureau answered about the first inquiry. */
  confirmSecondInquiry: z
    .enum(BUREAU_ANSWERS, `must be what the bureau answered about the first inquiry: ${BUREAU_ANSWERS.join(' or ')}`)
    .optional(),
  /** Why, in the person's own words; sealed with the applicant's data. */
  note: z.string('must be text').trim().min(10, 'must say why, in 10 characters or more').max(2_000),
  /** Rules whose hold is cleared, for CLEAR. */
  clears: z.array(z.string()).max(20).default([]),
  /** The evidence that clears alerts, a reported death or another identity, for CLEAR: docs/review.md. */
  clearances: z.array(clearance).max(20, 'has more than 20 objects: send one for each hold').default([]),
  /** For DECLINE, and for APPROVE of less than was asked for. */
  reasons: z
    .array(
      z
        .enum(Object.keys(REASONS), 'must be a code of domain/reasons/catalogue.ts')
        .refine((code) => code !== 'AA24', 'AA24 says no reason: use the code of the reason itself'),
    )
    .max(4, 'has more than four reasons: give the principal ones')
    .default([]),
  /** For APPROVE: other terms than the first that the policy would offer. The product says which it takes. */
  terms: z
    .strictObject({
      /** Amount of a loan, limit of a line, which has no term. */
      amountCents: z.int('must be whole cents').positive('must be more than nothing'),
      termMonths: z.int('must be whole months').positive('must be more than none').nullable().default(null),
      annualRateBasisPoints: z
        .int('must be whole basis points')
        .min(0, 'must be 0 to 3500 basis points')
        .max(3_500, 'must be 0 to 3500 basis points'),
    })
    .optional(),
});
export type TaskCommand = z.infer<typeof taskCommand>;
