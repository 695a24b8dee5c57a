import type { Authority } from '@underwright/policy-compiler/module';

import { policyOf, policyRate, readCase, type ReviewedCase } from '../../app/review/case.ts';
import type { TaskCommand } from '../../app/review/command.ts';
import { authorityOf, decidedBy, isDeciding, judgeSecond, supportOf } from '../../app/review/judge-authority.ts';
import { judgeCommand, type Judged } from '../../app/review/judge-command.ts';
import { readEvidence } from '../../app/workflow/read-evidence.ts';
import { localDate } from '../../domain/calendar.ts';
import { isEscalated } from '../../domain/casework/case.ts';
import { authorise, measure } from '../../domain/decision/authority.ts';
import { actsOn, objectionTo } from '../../domain/decision/people.ts';
import type { Review } from '../../domain/decision/review.ts';
import { type LedgerEntry, MAX_CLOCK_SKEW_MS } from '../../domain/ledger/chain.ts';
import { evidenceNamedBy } from '../../domain/ledger/events.ts';
import { draftId, queueOf } from '../../domain/ledger/statements.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import { termsOf } from '../../domain/products/request.ts';
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
  if (!['REJECT', 'APPROVE', 'DECLINE', 'CLEAR'].includes(review.action)) return;
  const before = entries.filter(({ sequence }) => sequence < entry.sequence);
  const reviewed = await readCase(records, before, { opened });
  if (!reviewed) return;
  const compiled = reviewed.policy ? policyOf(reviewed.policy) : undefined;
  // Another release has the limits of a policy that this one does not have.
  if (reviewed.policy && !compiled) return;
  if (review.action === 'REJECT') {
    await requireSecond(records, { review, entry, opened }, { reviewed, before });
    return;
  }
  if (!review.authority || review.role === undefined) {
    if (!compiled?.module.authority) return;
    throw new NotNamed('It decides under a policy that sets limits, and states none.');
  }
  const limits = authorityOf(reviewed);
  requirePeople(before, { review, entry, opened }, limits);
  requireLimits(review, reviewed, limits, entry.type === 'REVIEW_COMPLETED');
  requireRole(review, opened, before, limits);
  requirePermitted(review, reviewed, opened, records.lending);
  if (review.confirmation) await requireSecond(records, { review, entry, opened }, { reviewed, before });
}

/** The reviewer has no other capacity on the application. */
function requirePeople(before: readonly LedgerEntry[], { review, opened }: Reviewed, limits: Authority): void {
  const reviewer = before.filter(({ id }) => id !== draftId(opened.id));
  const objection = objectionTo(review.by, 'REVIEWER', actsOn(reviewer), limits);
  if (objection !== undefined) throw new NotNamed(`A person ${objection}.`);
}

/** The decision is within the limits of its role, or a second person with authority confirmed it. */
function requireLimits(review: Review, reviewed: ReviewedCase, limits: Authority, completed: boolean): void {
  const { role, authority, confirmation, offer } = review;
  const { policy } = reviewed;
  const rate = policyRate(reviewed, offer);
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
}

/** After its deadline another role decides a review. */
function requireRole(
  { role, at }: Review,
  opened: LedgerEntry,
  before: readonly LedgerEntry[],
  { escalation }: Authority,
): void {
  // A review is judged a moment before it states its instant.
  const late = isEscalated(before, opened, new Date(Date.parse(at) - MAX_CLOCK_SKEW_MS).toISOString());
  if (late && role !== escalation) throw new NotNamed(`Its deadline had passed, and no ${escalation} decided it.`);
}

/** The recorded case permits the decision: its action, its reasons with the fact behind each, and the offer that its terms come to. */
function requirePermitted(review: Review, reviewed: ReviewedCase, opened: LedgerEntry, lending: LendingSettings): void {
  const { action, offer, reasons, ownReason, clears, support, at } = review;
  const { policy } = reviewed;
  const lender = policy?.lender ?? lending.lender;
  const terms = offer && !same(offer, policy?.offers[0]) ? termsOf(offer) : undefined;
  const command = { action, terms, reasons, ownReason, clears } as TaskCommand;
  const judged = judgeCommand(command, {
    queue: queueOf(opened),
    reviewed,
    drafted: false,
    decided: false,
    asOf: localDate(at, lender.timeZone),
    mode: policy?.mode ?? lending.mode,
    lender,
  });
  requireOk(judged);
  if (!same(judged.offer, offer)) throw new NotNamed('Its offer is not what its terms come to.');
  if (!same(support, supportOf(reasons, reviewed))) {
    throw new NotNamed('It states other facts behind its reasons than the record has.');
  }
}

/** The draft of a task, which its answer names. */
async function draftAnswered(
  evidence: Records['evidence'],
  opened: LedgerEntry,
  named: string,
  before: readonly LedgerEntry[],
) {
  const drafted = before.find(({ id, type }) => type === 'REVIEW_DRAFTED' && id === draftId(opened.id));
  const address = drafted && evidenceNamedBy(drafted)[0]?.address;
  if (!drafted || address !== named) throw new NotNamed('It answers a draft that was not the one of its task.');
  return {
    drafted,
    draft: { review: await readEvidence(evidence, opened.applicationId, 'review', address), address },
  };
}

/** A second person with authority answered the draft that waited, and a confirmation decides nothing else than that draft. */
async function requireSecond(
  { evidence }: Records,
  { review, opened }: Reviewed,
  { reviewed, before }: { readonly reviewed: ReviewedCase; readonly before: readonly LedgerEntry[] },
): Promise<void> {
  const { confirmation, ...decided } = review;
  const answer = confirmation ?? (review.rejected && { ...review.rejected, by: review.by, role: review.role });
  if (!answer) throw new NotNamed('It answers a draft, and names none.');
  const { drafted, draft } = await draftAnswered(evidence, opened, answer.draft, before);
  if (confirmation && !same(decided, draft.review)) throw new NotNamed('It differs from the draft that it confirms.');
  if (review.rejected && review.rejected.by !== draft.review.by) {
    throw new NotNamed('It names another drafter than its draft has.');
  }
  const { by, role } = answer;
  const command = { action: confirmation ? 'CONFIRM' : 'REJECT', by, role: role ?? '', draft: answer.draft } as const;
  // What came to the case after the draft may be unknown to its answer: requireUnclaimed judges it.
  const known = before.filter(({ sequence }) => sequence <= drafted.sequence);
  const judged = judgeSecond(command, { reviewed, entries: known }, draft);
  requireOk(judged);
  if (confirmation && !same(confirmation.limits, judged.confirmedUnder)) {
    throw new NotNamed('It states other limits of its second person than its policy sets.');
  }
}

function requireOk(judged: Judged): asserts judged is Extract<Judged, { ok: true }> {
  if (judged.ok) return;
  const [fault] = judged.errors;
  throw new NotNamed(`The recorded case does not permit it: ${fault?.path} ${fault?.message}.`);
}
