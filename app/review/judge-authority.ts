import type { Authority, AuthorityRole } from '@underwright/policy-compiler/module';
import { AUTHORITY_ROLES } from '@underwright/policy-compiler/module';

import { caseOf, hasNewsAfter, isEscalated } from '../../domain/casework/case.ts';
import { authorise, confirms, DEFAULT_AUTHORITY, measure } from '../../domain/decision/authority.ts';
import { actsOn, objectionTo } from '../../domain/decision/people.ts';
import type { Review } from '../../domain/decision/review.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { openDraft } from '../../domain/projections/task.ts';
import { policyOf, policyRate, type ReviewedCase } from './case.ts';
import type { TaskCommand } from './command.ts';
import { fault, type Judged } from './judge-command.ts';

/** The case, its ledger, and the entry that opened the task. */
export interface AuthorityCase {
  readonly reviewed: ReviewedCase;
  readonly entries: readonly LedgerEntry[];
  readonly opened: LedgerEntry;
  /** UTC instant. */
  readonly now: string;
}

/** The limits of the policy that put the case before a person. */
export function authorityOf({ policy }: Pick<ReviewedCase, 'policy'>): Authority {
  return (policy && policyOf(policy)?.module.authority) ?? DEFAULT_AUTHORITY;
}

/**
 * Applies the policy's limits to a decision that the case permits: the person's other acts on the application, the role after
 * an escalation, the price and the amount.
 * @returns the decision with what the record states of its limits, or the fault.
 */
export function judgeAuthority(
  command: TaskCommand & { readonly action: 'APPROVE' | 'DECLINE' | 'CLEAR' },
  { reviewed, entries, opened, now }: AuthorityCase,
  offer: Review['offer'],
): Judged {
  const authority = authorityOf(reviewed);
  const { role } = command;
  const person = personFault(command.by, 'REVIEWER', entries, authority);
  if (person) return person;
  if (isEscalated(entries, opened, now) && role !== authority.escalation) {
    return fault('role', `does not fit: the review's deadline passed, so a ${authority.escalation} decides it`);
  }
  const limits = isDeciding(role) ? authority.roles[role] : undefined;
  if (!isDeciding(role) || !limits) return fault('role', `${role} decides no review under this policy`);
  const { action, ownReason } = command;
  const rate = policyRate(reviewed, offer);
  const measured = measure({ action, offer, ownReason }, reviewed.policy, rate);
  const authorised = authorise(authority, role, measured, { offer, rate });
  if (authorised.result === 'REFUSED') return fault(authorised.path, authorised.message);
  const second = authorised.result === 'SECOND' ? authorised : undefined;
  const support = supportOf(command.reasons, reviewed);
  return {
    ok: true,
    offer,
    support,
    authority: {
      policy: reviewed.policy?.policy.digest ?? null,
      kinds: [...measured.kinds],
      amountCents: measured.amountCents,
      rateDistance: measured.rateDistance,
      limits: limitsOf(limits),
      second: [...(second?.because ?? [])],
    },
    roles: second?.roles ?? [],
  };
}

/** The recorded fact behind each of the stated reasons. */
export function supportOf(
  reasons: readonly string[],
  { supported }: Pick<ReviewedCase, 'supported'>,
): NonNullable<Review['support']> {
  return supported.filter(({ code }) => reasons.includes(code)).map(({ code, from, name }) => ({ code, from, name }));
}

/** Judges the second person's answer to a draft. @param draft the sealed draft, and its address. */
export function judgeSecond(
  command: Pick<TaskCommand, 'by' | 'draft'> & { readonly action: 'CONFIRM' | 'REJECT'; readonly role: string },
  { reviewed, entries }: Pick<AuthorityCase, 'reviewed' | 'entries'>,
  draft: { readonly review: Review; readonly address: string } | undefined,
): Judged {
  if (!draft) return fault('draft', 'no draft waits for a second person: see the status of the application');
  if (command.draft === undefined) return fault('draft', `is missing: send the draft that you saw, ${draft.address}`);
  if (command.draft !== draft.address) return fault('draft', `is stale: another draft waits, ${draft.address}`);
  if (command.action === 'CONFIRM' && isOvertaken(entries)) {
    return fault(
      'draft',
      'is stale: a document or words of the applicant came after it, so reject it with what to look at',
    );
  }
  const authority = authorityOf(reviewed);
  const person = personFault(command.by, 'APPROVER', entries, authority);
  if (person) return person;
  const { role } = command;
  const limits = isDeciding(role) ? authority.roles[role] : undefined;
  const rate = policyRate(reviewed, draft.review.offer);
  const measured = measure(decidedBy(draft.review), reviewed.policy, rate);
  if (!limits || !confirms(limits, measured)) {
    const able = AUTHORITY_ROLES.filter((each) => confirms(authority.roles[each], measured));
    return fault('role', `${role} has no authority over this draft: a ${able.join(' or a ')} answers it`);
  }
  return { ok: true, offer: draft.review.offer, confirmedUnder: limitsOf(limits) };
}

/** Whether the draft that waits was made without what came to the case since. */
function isOvertaken(entries: readonly LedgerEntry[]): boolean {
  const found = caseOf(entries);
  const draft = openDraft(entries);
  return found !== undefined && draft !== undefined && hasNewsAfter(found, draft);
}

/** The members of a review that limits apply to. @throws TypeError for a review that decides nothing. */
export function decidedBy({ action, offer, ownReason }: Review) {
  if (action !== 'APPROVE' && action !== 'DECLINE' && action !== 'CLEAR') {
    throw new TypeError(`A review with the action ${action} decides nothing.`);
  }
  return { action, offer, ownReason } as const;
}

function personFault(
  by: string,
  capacity: 'REVIEWER' | 'APPROVER',
  entries: readonly LedgerEntry[],
  authority: Authority,
): Judged | undefined {
  const objection = objectionTo(by, capacity, actsOn(entries), authority);
  return objection === undefined ? undefined : fault('by', objection);
}

export const isDeciding = (role: string | undefined): role is AuthorityRole =>
  (AUTHORITY_ROLES as readonly (string | undefined)[]).includes(role);

const limitsOf = ({ amount, corridor }: { readonly amount: number; readonly corridor: number }) => ({
  amount,
  corridor,
});
