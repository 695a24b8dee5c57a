import * as z from 'zod';

import { applicationId } from '../../domain/application/application-id.ts';
import { pullConsent } from '../../domain/application/consents.ts';
import { clearance } from '../../domain/decision/clearance.ts';
import { BUREAU_ANSWERS } from '../../domain/decision/review.ts';
import { REASONS } from '../../domain/reasons/catalogue.ts';
import { evidenceAddress, person, plainText } from '../contracts.ts';

const hasEachOnce = (values: readonly string[]): boolean => new Set(values).size === values.length;

/** Standards, policies and scores are no specific reasons (12 CFR 1002.9(b)(2)). */
const INSUFFICIENT =
  /\b(internal|our) (standards?|polic(y|ies)|criteria)\b|\b(qualifying|credit) scores?\b|\bscoring system\b/i;
const CATALOGUED: ReadonlySet<string> = new Set(Object.values(REASONS).map((text) => text.toLowerCase()));

/** What a person orders for an application that waits. */
export const taskCommand = z.strictObject({
  applicationId,
  /** The task's id, as its queue lists it: a late repeat cannot answer the task that came after. */
  task: z.string('must be text').min(1, 'is empty: send the id of the task that is decided').max(400),
  by: person,
  /** In which the person acts. The API takes it from the token. */
  role: z
    .enum(['reviewer', 'senior-reviewer', 'administrator'], 'must be reviewer, senior-reviewer or administrator')
    .default('reviewer'),
  action: z.enum(
    ['APPROVE', 'DECLINE', 'CLEAR', 'REPULL', 'TAKE_POSTED', 'CONFIRM', 'REJECT', 'RESUME', 'REFER'],
    'must be APPROVE, DECLINE, CLEAR, REPULL, TAKE_POSTED, CONFIRM or REJECT for a review, RESUME or REFER for what needs attention',
  ),
  /** For REPULL after an ambiguous pull or an unreadable report: what the bureau answered about the first inquiry. */
  confirmSecondInquiry: z
    .enum(BUREAU_ANSWERS, `must be what the bureau answered about the first inquiry: ${BUREAU_ANSWERS.join(' or ')}`)
    .optional(),
  /** For REPULL where no consent permits a pull any more: the applicant's new consent to a report. */
  consent: pullConsent.optional(),
  /** Why, in the person's own words; sealed with the applicant's data. */
  note: z.string('must be text').trim().min(10, 'must say why, in 10 characters or more').max(2_000),
  /** Rules whose hold is cleared, for CLEAR. */
  clears: z.array(z.string()).max(20).refine(hasEachOnce, 'names a rule twice: name each once').default([]),
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
    .refine(hasEachOnce, 'has a reason twice: state each once')
    .default([]),
  /** A principal reason in the reviewer's own words, beside those of `reasons`: a second person confirms it. */
  ownReason: plainText('must state the specific reason, in 10 to 200 characters')
    .refine((words) => /\p{L}{3}/u.test(words), 'has no words: state the specific reason')
    .refine(
      (words) => !INSUFFICIENT.test(words),
      'names no fact about the applicant: state the specific reason (12 CFR 1002.9(b)(2))',
    )
    .refine(
      (words) => !CATALOGUED.has(words.trim().toLowerCase()),
      'is a reason of the catalogue: send its code in reasons',
    )
    .optional(),
  /** For CONFIRM and REJECT: the address of the draft that the person saw. */
  draft: evidenceAddress.optional(),
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

/** The actions that take each member; the others are of every action. */
const TAKEN_BY = {
  reasons: ['APPROVE', 'DECLINE'],
  ownReason: ['APPROVE', 'DECLINE'],
  terms: ['APPROVE'],
  clears: ['CLEAR'],
  clearances: ['CLEAR'],
  consent: ['REPULL'],
  confirmSecondInquiry: ['REPULL'],
  draft: ['CONFIRM', 'REJECT'],
} as const satisfies Partial<Record<keyof TaskCommand, readonly TaskCommand['action'][]>>;

/** A command whose members all fit its action. `taskCommand` is without this check, because a route takes parts of it. */
export const fittingCommand = taskCommand.superRefine((command, context) => {
  for (const [member, actions] of Object.entries(TAKEN_BY)) {
    const value = command[member as keyof typeof TAKEN_BY];
    const isGiven = Array.isArray(value) ? value.length > 0 : value !== undefined;
    if (isGiven && !(actions as readonly string[]).includes(command.action)) {
      context.addIssue({ code: 'custom', path: [member], message: `fits only ${actions.join(' or ')}: leave it out` });
    }
  }
});
