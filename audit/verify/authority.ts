import { AUTHORITY_ROLES, type AuthorityRole } from '@underwright/policy-compiler/module';

import { policyOf, policyRate, readCase } from '../../app/review/case.ts';
import { decidedBy } from '../../app/review/judge-authority.ts';
import { readEvidence } from '../../app/workflow/read-evidence.ts';
import { isEscalated } from '../../domain/casework/case.ts';
import { authorise, confirms, DEFAULT_AUTHORITY, measure } from '../../domain/decision/authority.ts';
import { actsOn, objectionTo } from '../../domain/decision/people.ts';
import type { Review } from '../../domain/decision/review.ts';
import { type LedgerEntry, MAX_CLOCK_SKEW_MS } from '../../domain/ledger/chain.ts';
import { ofNewestExecution } from '../../domain/ledger/reopening.ts';
import { draftId } from '../../domain/ledger/statements.ts';
import type { PolicyResult } from '../../domain/policy/result.ts';
import { policyBehind } from '../../domain/projections/task.ts';
import type { Records } from '../records.ts';
import { NotNamed, same } from './rests-on.ts';

/** A review, the entry that names it, and the entry that opened its task. */
interface Reviewed {
  readonly review: Review;
  readonly entry: LedgerEntry;
  readonly opened: LedgerEntry;
}

/**
 * Compares a review with the limits of its policy, the people of the application and the recorded facts, as they were when it
 * was made. A review of a release without limits is taken as it is where its policy sets none.
 * @throws NotNamed
 */
export async function requireAuthority(
  records: Records,
  entries: readonly LedgerEntry[],
  { review, entry, opened }: Reviewed,
): Promise<void> {
  const { evidence } = records;
  if (review.action !== 'APPROVE' && review.action !== 'DECLINE' && review.action !== 'CLEAR') return;
  const before = entries.filter(({ sequence }) => sequence < entry.sequence);
  const address = policyBehind(ofNewestExecution(before), opened);
  const policy = address === undefined ? null : await readEvidence(evidence, entry.applicationId, 'policy', address);
  const compiled = policy ? policyOf(policy) : undefined;
  // Another release has the limits of a policy that this one does not have.
  if (policy && !compiled) return;
  const limits = compiled?.module.authority ?? DEFAULT_AUTHORITY;
  if (!review.authority || review.role === undefined) {
    if (!compiled?.module.authority) return;
    throw new NotNamed('It decides under a policy that sets limits, and states none.');
  }
  requirePeople(before, { review, entry, opened }, limits);
  const reviewed = await readCase(records, entries, { opened, failure: null });
  const rate = reviewed ? policyRate(reviewed, review.offer) : null;
  requireLimits(review, { policy, rate }, limits, entry.type === 'REVIEW_COMPLETED');
  requireRole(review, opened, before, limits);
  requireSupport(review, policy, before);
}

type Limits = typeof DEFAULT_AUTHORITY;

const isDeciding = (role: string | undefined): role is AuthorityRole =>
  (AUTHORITY_ROLES as readonly (string | undefined)[]).includes(role);

/** No person has two capacities on the application. */
function requirePeople(before: readonly LedgerEntry[], { review, opened }: Reviewed, limits: Limits): void {
  const reviewer = before.filter(({ id }) => id !== draftId(opened.id));
  const objection =
    objectionTo(review.by, 'REVIEWER', actsOn(reviewer), limits) ??
    (review.confirmation && objectionTo(review.confirmation.by, 'APPROVER', actsOn(before), limits));
  if (objection !== undefined) throw new NotNamed(`A person ${objection}.`);
}

/** What a decision is measured by. */
interface Measure {
  readonly policy: PolicyResult | null;
  /** The policy's rate for the approved terms. */
  readonly rate: number | null;
}

/** The decision is within the limits of its role, or a second person with authority confirmed it. */
function requireLimits(review: Review, { policy, rate }: Measure, limits: Limits, completed: boolean): void {
  const { role, authority, confirmation, offer } = review;
  const measured = measure(decidedBy(review), policy, rate);
  const own = isDeciding(role) ? limits.roles[role] : undefined;
  if (!isDeciding(role) || !own) throw new NotNamed('Its role decides no review under its policy.');
  const authorised = authorise(limits, role, measured, { offer, rate });
  if (authorised.result === 'REFUSED') throw new NotNamed(`It is outside the limits: ${authorised.message}.`);
  const second = authorised.result === 'SECOND' ? authorised.because : [];
  const { amount, corridor } = own;
  const expected = { ...measured, policy: policy?.policy.digest ?? null, limits: { amount, corridor }, second };
  if (!same(authority, expected)) throw new NotNamed('It states other limits than its policy sets.');
  if (!completed || second.length === 0) return;
  if (!confirmation) throw new NotNamed('It is beyond the limits of one person, and no second person confirmed it.');
  const seconds = isDeciding(confirmation.role) ? limits.roles[confirmation.role] : undefined;
  if (!confirms(seconds, measured)) throw new NotNamed('The role of its second person has no authority over it.');
}

/** After its deadline another role decides a review. */
function requireRole(
  { role, at }: Review,
  opened: LedgerEntry,
  before: readonly LedgerEntry[],
  { escalation }: Limits,
): void {
  // A review is judged a moment before it states its instant.
  const late = isEscalated(before, opened, new Date(Date.parse(at) - MAX_CLOCK_SKEW_MS).toISOString());
  if (late && role !== escalation) throw new NotNamed(`Its deadline had passed, and no ${escalation} decided it.`);
}

/** A recorded fact supports each reason. */
function requireSupport(
  { reasons, support = [] }: Review,
  policy: PolicyResult | null,
  before: readonly LedgerEntry[],
) {
  const scored = before.some(({ type }) => type === 'APPLICATION_SCORED');
  const isSupported = (code: string): boolean =>
    support.some(({ code: supported, from, name }) => {
      if (supported !== code || !policy) return false;
      if (from === 'SCORE') return scored;
      if (from === 'LIMIT') return policy.constraints.some(({ boundBy }) => boundBy === name);
      return policy.rules.some(
        (rule) =>
          rule.id === name &&
          rule.reasons.includes(code) &&
          (rule.result === 'FIRED' || rule.result === 'MISSING_FIRED'),
      );
    });
  if (!reasons.every(isSupported)) throw new NotNamed('It states a reason that no recorded fact supports.');
}
