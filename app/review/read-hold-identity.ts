import * as z from 'zod';

import type { Clock, Evidence, Identities, Ledger } from '../../adapters/ports.ts';
import { contactsNamedBy, HOLD_IDENTITY, holdIdentityOf, identityHolds } from '../../domain/access/hold-identity.ts';
import { applicationId } from '../../domain/application/application-id.ts';
import { fieldErrors, identitySchema } from '../../domain/application/submission.ts';
import { readAlertContacts } from '../../domain/bureau/mappings/index.ts';
import { alertContact, type ReachableContact } from '../../domain/bureau/report.ts';
import type { BureauAnswer } from '../../domain/bureau/request.ts';
import { caseOf, objectionTo } from '../../domain/casework/case.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { ofNewestExecution } from '../../domain/ledger/reopening.ts';
import type { PolicyResult } from '../../domain/policy/result.ts';
import { policyBehind } from '../../domain/projections/task.ts';
import { statusOf } from '../../domain/status.ts';
import { actingRole, fieldError, person, purpose, type Contract, type UseCase } from '../contracts.ts';
import { recordRead } from '../personal-data.ts';
import { readEvidence } from '../workflow/read-evidence.ts';
import { caseReport } from './case-report.ts';
import { fired } from './judge-command.ts';

const command = z.strictObject({
  applicationId,
  by: person,
  role: actingRole('READ_HOLD_IDENTITY'),
  purpose,
  /** A request that is sent again is one read. */
  requestId: z.string('must be text').min(8, 'must have 8 characters or more').max(128),
});

/** The identity that a hold needs. It is personal data. */
export const holdIdentity = z.strictObject({
  applicationId,
  /** The rules that hold the application and need it. */
  holds: z.array(z.string()).min(1),
  name: z.strictObject({ firstName: z.string().nullable(), lastName: z.string() }),
  address: z.strictObject({ street: z.string(), city: z.string(), state: z.string(), zip: z.string() }),
  dateOfBirth: z.string().optional(),
  ssnLastFour: z.string().optional(),
  telephone: z.string().optional(),
  email: z.string().optional(),
  /** The contacts that the consumer put into the alert, by their number in the report. */
  contacts: z.array(alertContact.extend({ reach: z.string() })),
});

/** The identity that a waiting hold needs, for the reviewer who has claimed its case. */
export const contract = {
  input: z.unknown(),
  output: z.discriminatedUnion('result', [
    holdIdentity.extend({ result: z.literal('SHOWN') }),
    z.strictObject({ result: z.literal('REJECTED'), errors: z.array(fieldError).min(1) }),
    z.strictObject({
      result: z.enum(['NOT_HELD', 'NOT_CLAIMED', 'CONFLICT_DECLARED']),
      applicationId,
      message: z.string(),
    }),
  ]),
} as const satisfies Contract;

export interface HoldIdentityPorts {
  readonly ledger: Ledger;
  readonly evidence: Evidence;
  readonly identities: Identities;
  readonly clock: Clock;
}

/**
 * Shows the parts of the identity that a hold needs to the reviewer who has claimed its case. The read is recorded first.
 * @throws RequestIdReused for the id of another read, KeyDestroyed once the applicant is forgotten.
 */
export function readHoldIdentity(ports: HoldIdentityPorts): UseCase<typeof contract> {
  return async (input) => {
    const parsed = command.safeParse(input);
    if (!parsed.success) return { result: 'REJECTED', errors: fieldErrors(parsed.error, input) };
    const { applicationId: id, ...read } = parsed.data;
    const entries = await ports.ledger.read(id);
    const holds = await waitingIdentityHolds(ports.evidence, entries);
    if (holds.length === 0) {
      return { result: 'NOT_HELD', applicationId: id, message: 'No hold that needs an identity waits for a reviewer.' };
    }
    const now = ports.clock.now().toISOString();
    if (!isClaimedBy(entries, read.by, now)) {
      const found = caseOf(entries);
      const objection = found && objectionTo(found, read.by, now);
      const result = objection?.reason === 'CONFLICT_DECLARED' ? objection.reason : 'NOT_CLAIMED';
      return { result, applicationId: id, message: objection?.message ?? UNCLAIMED };
    }
    await recordRead(ports, id, { ...read, kinds: [HOLD_IDENTITY] });
    const identity = identitySchema.parse(await ports.identities.get(id));
    const contacts = await contactsOf(ports.evidence, entries);
    return { result: 'SHOWN', applicationId: id, holds, ...holdIdentityOf(holds, identity), contacts };
  };
}

const UNCLAIMED = 'No person has claimed this case. Claim it, then read the identity.';

/** Whether a person's claim on the case is in force. @param now a UTC instant. */
export function isClaimedBy(entries: readonly LedgerEntry[], by: string, now: string): boolean {
  const claim = caseOf(entries)?.claim;
  return claim?.holder === by && claim.until > now;
}

/** Returns the holds behind the review that waits, as far as they need an identity; none where no such review waits. */
export async function waitingIdentityHolds(
  evidence: Pick<Evidence, 'open'>,
  entries: readonly LedgerEntry[],
): Promise<string[]> {
  const [{ applicationId: id } = { applicationId: '' }] = entries;
  const address = policyBehindReview(entries);
  return address === undefined ? [] : identityHoldsOf(await readEvidence(evidence, id, 'policy', address));
}

/** The address of the policy result behind the review that waits; undefined where no review waits, or none was applied. */
export function policyBehindReview(entries: readonly LedgerEntry[]): string | undefined {
  const { waiting } = statusOf(entries) ?? {};
  if (waiting?.kind !== 'TASK' || waiting.queue !== 'REVIEW') return undefined;
  return policyBehind(ofNewestExecution(entries), waiting.entry);
}

/** The rules of a policy result that refer to a person and need an identity. */
export const identityHoldsOf = (policy: PolicyResult): string[] =>
  identityHolds([...fired(policy, 'HOLD'), ...fired(policy, 'REFER')]);

async function contactsOf(evidence: Evidence, entries: readonly LedgerEntry[]): Promise<ReachableContact[]> {
  const { report, answer } = await caseReport(evidence, entries);
  const [{ applicationId: id } = { applicationId: '' }] = entries;
  if (!report || answer === null) return [];
  const raw = (await evidence.open(id, 'bureau-answer', answer)) as unknown as BureauAnswer;
  return contactsNamedBy(report, readAlertContacts(raw));
}
