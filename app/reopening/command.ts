import * as z from 'zod';

import { applicationId } from '../../domain/application/application-id.ts';
import { pullConsent } from '../../domain/application/consents.ts';
import { evidenceAddress, person } from '../contracts.ts';

const note = z.string('must be text').trim().min(10, 'must say why, in 10 characters or more').max(2_000);

const common = {
  applicationId,
  /** The decision that is to be made again, by its address: a late repeat cannot reopen the one that came of it. */
  decision: evidenceAddress,
  /** The officer, or the front end through which the applicant asked. */
  by: person,
  /** A fresh consent of the applicant to a new report: without one a report that is too old waits for a person. */
  consent: pullConsent.nullable().default(null),
};

/** Why a decision is to be made again, and what must be said for it. */
export const reopenCommand = z.discriminatedUnion('why', [
  z.strictObject({ why: z.literal('OFFER_EXPIRED'), note: note.nullable().default(null), ...common }),
  z.strictObject({ why: z.literal('REPORT_STALE'), note: note.nullable().default(null), ...common }),
  /** The applicant asks for a person: no automatic outcome comes of it. */
  z.strictObject({ why: z.literal('REVIEW_REQUESTED'), note: note.nullable().default(null), ...common }),
  /** `affectedBy`: the digest of the policy or the model package that the decision rests on. */
  z.strictObject({ why: z.literal('POLICY_AFFECTED'), note, affectedBy: evidenceAddress, ...common }),
]);
export type ReopenCommand = z.infer<typeof reopenCommand>;
