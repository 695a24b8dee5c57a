import type { Application, FieldError } from '../../domain/application/submission.ts';
import type { LocalDate } from '../../domain/calendar.ts';
import type { DecidingLender, LendingMode } from '../../domain/lender.ts';
import type { Offer, PolicyResult, RuleAction } from '../../domain/policy/result.ts';
import { productOf } from '../../domain/products/index.ts';
import { OfferUnlawful, type ReviewerTerms } from '../../domain/products/product.ts';
import { meetsRequest, requestedOf } from '../../domain/products/request.ts';
import type { TaskCommand } from './command.ts';

/** Holds on the report itself: only a new pull can bring another. */
const PULL_HOLDS = ['PULL_AMBIGUOUS', 'BUREAU_UNAVAILABLE', 'FILE_FROZEN', 'REPORT_MISMATCH'];
/** Errors of PullBureauReport before it sends an inquiry. */
const UNSENT = ['ConsentMissing', 'ConsentStale', 'PullNotOrdered'];
const WITHOUT_REPORT = ['PULL_AMBIGUOUS', 'BUREAU_UNAVAILABLE', 'FILE_FROZEN'];

export interface Waiting {
  readonly queue: 'REVIEW' | 'ATTENTION';
  readonly application: Application;
  /** The policy result that asked for a person. */
  readonly policy: PolicyResult | null;
  /** What failed before an operator referred the application. */
  readonly failure: { readonly state: string; readonly error: string } | null;
  /** Whether the decision is recorded already: then only the steps after it are resumed. */
  readonly decided: boolean;
  readonly asOf: LocalDate;
  readonly mode: LendingMode;
  readonly lender: DecidingLender;
}

/** The rules of an action that fired. */
export function fired(policy: PolicyResult | null, asked: RuleAction): string[] {
  return (policy?.rules ?? [])
    .filter(({ action, result }) => action === asked && result === 'FIRED')
    .map(({ id }) => id);
}

export type Judged =
  | { readonly ok: true; readonly offer: Offer | null }
  | { readonly ok: false; readonly errors: FieldError[] };

/** What may be ordered for a task, whatever it rests on. */
export function allowedActions({ decided, queue }: Pick<Waiting, 'decided' | 'queue'>): TaskCommand['action'][] {
  if (decided) return ['RESUME'];
  return queue === 'REVIEW' ? ['APPROVE', 'DECLINE', 'CLEAR', 'REPULL', 'TAKE_POSTED'] : ['RESUME', 'REFER'];
}

/** Whether a command fits what it answers: an approval must come to an offer, a decline to reasons, a clearing to a hold. */
export function judgeCommand(command: TaskCommand, waiting: Waiting): Judged {
  const allowed = allowedActions(waiting);
  if (!allowed.includes(command.action)) {
    return fault('action', `does not fit an application in the ${waiting.queue} queue: send ${allowed.join(', ')}`);
  }
  const held = fired(waiting.policy, 'HOLD');
  switch (command.action) {
    case 'APPROVE':
      // An approval has evaluated every hard rule, so what no full policy has seen goes back to the steps first.
      if (waiting.policy?.stage !== 'FULL') {
        return fault('action', 'does not fit before the full policy was applied: CLEAR, or DECLINE with the reasons');
      }
      return held.length > 0
        ? fault('action', `${held.join(', ')} holds every decision: clear it first, or decline with the reasons`)
        : approval(command, waiting);
    case 'DECLINE':
      return command.reasons.length > 0
        ? { ok: true, offer: null }
        : fault('reasons', 'is empty: a decline names its principal reasons (12 CFR 1002.9(b)(2))');
    case 'CLEAR':
      return clearing(command, held, waiting);
    case 'REPULL':
      return newPull(command, held, waiting);
    case 'TAKE_POSTED':
      return mayBePosted(held, waiting)
        ? { ok: true, offer: null }
        : fault(
            'action',
            'fits only a posted inquiry without a report: an ambiguous pull (PULL_AMBIGUOUS), or a failed one',
          );
    case 'RESUME':
    case 'REFER':
      return { ok: true, offer: null };
  }
}

/** Whether an inquiry may be posted whose report never came, or cannot be read. */
function mayBePosted(held: readonly string[], { failure }: Waiting): boolean {
  const failed = failure?.state === 'PullBureauReports' && !UNSENT.includes(failure.error);
  return held.includes('PULL_AMBIGUOUS') || failed;
}

/** A second inquiry after one without a report may cost the applicant twice, so the bureau is asked first. */
function newPull({ confirmSecondInquiry }: TaskCommand, held: readonly string[], waiting: Waiting): Judged {
  if (waiting.failure?.state !== 'PullBureauReports' && !held.some((id) => PULL_HOLDS.includes(id))) {
    return fault(
      'action',
      `a new hard inquiry is only for a report that is missing, unreadable or another person's (${PULL_HOLDS.join(', ')})`,
    );
  }
  // A consent is stale where an earlier execution sent an inquiry.
  const isSecond = mayBePosted(held, waiting) || waiting.failure?.error === 'ConsentStale';
  return isSecond && confirmSecondInquiry === undefined
    ? fault(
        'confirmSecondInquiry',
        'is missing: the first inquiry may be posted. TAKE_POSTED fetches its report without a new inquiry. For a second ' +
          'inquiry send what the bureau answered about the first: NOT_POSTED or REPORT_LOST',
      )
    : { ok: true, offer: null };
}

function approval({ terms, reasons }: TaskCommand, waiting: Waiting): Judged {
  const { application, policy, asOf, lender, mode } = waiting;
  if (!policy || policy.invalidInputs.length > 0) {
    const names = policy?.invalidInputs.map(({ name }) => name).join(', ') ?? '';
    return fault('action', `no rule could be evaluated (${names}): nothing is approved on such a file`);
  }
  const faulty = terms && termsFault(terms, application);
  if (faulty) return faulty;
  let [offer] = policy.offers;
  try {
    const values = { ...policy.derived, ...policy.tables };
    if (terms) offer = productOf(application).priceTerms({ application, asOf, lender }, terms, values, mode);
  } catch (error) {
    if (error instanceof OfferUnlawful) return fault('terms.annualRateBasisPoints', error.message);
    throw error;
  }
  if (!offer)
    return fault('terms', 'is missing: the policy made no offer for this file, so the approval must name its terms');
  if (!meetsRequest(offer, application) && reasons.length === 0) {
    return fault(
      'reasons',
      'is empty: less than was asked for is a counteroffer, which names its reasons (12 CFR 1002.2(c)(1))',
    );
  }
  return { ok: true, offer };
}

function termsFault({ amountCents, termMonths }: ReviewerTerms, application: Application): Judged | undefined {
  const { requestCents, termsMonths } = productOf(application).terms;
  const [least, most] = requestCents;
  const asked = requestedOf(application).amountCents ?? most;
  if (amountCents > asked) return fault('terms.amountCents', 'is more than the applicant asked for');
  if (amountCents < least) return fault('terms.amountCents', `is less than the product lends: ${least} cents or more`);
  if (termsMonths.length === 0) {
    return termMonths === null ? undefined : fault('terms.termMonths', 'must be null: a line has no term');
  }
  return termMonths !== null && termsMonths.includes(termMonths)
    ? undefined
    : fault('terms.termMonths', `must be one of ${termsMonths.join(', ')}`);
}

function clearing({ clears }: TaskCommand, held: readonly string[], { policy }: Waiting): Judged {
  // An operator referred it and there is nothing to clear: it goes back to the steps.
  if (!policy) {
    return clears.length === 0
      ? { ok: true, offer: null }
      : fault('clears', 'names rules, but no policy has held this application: leave it out');
  }
  // Before the bureau a referral is a question too, whose answer lets the application go on.
  const clearable = policy.stage === 'PRE_BUREAU' ? [...held, ...fired(policy, 'REFER')] : held;
  if (clearable.length === 0) return fault('action', 'nothing holds this application: approve or decline it');
  const unknown = clears.filter((id) => !clearable.includes(id));
  if (unknown.length > 0 || clears.length === 0)
    return fault('clears', `must name what holds this application: ${clearable.join(', ')}`);
  const without = clears.filter((id) => WITHOUT_REPORT.includes(id));
  if (without.length > 0)
    return fault(
      'clears',
      `${without.join(', ')} leaves no report to decide on: REPULL, TAKE_POSTED, or DECLINE with reasons`,
    );
  return { ok: true, offer: null };
}

function fault(path: string, message: string): Judged {
  return { ok: false, errors: [{ path, message }] };
}
