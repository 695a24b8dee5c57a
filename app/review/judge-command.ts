import type { Application, FieldError } from '../../domain/application/submission.ts';
import type { LocalDate } from '../../domain/calendar.ts';
import type { Review } from '../../domain/decision/review.ts';
import type { DecidingLender, LendingMode } from '../../domain/lender.ts';
import type { Offer, PolicyResult, RuleAction } from '../../domain/policy/result.ts';
import { productOf } from '../../domain/products/index.ts';
import { OfferUnlawful, type ReviewerTerms } from '../../domain/products/product.ts';
import { meetsRequest, requestedOf } from '../../domain/products/request.ts';
import { MAX_REASONS } from '../../domain/reasons/catalogue.ts';
import { namedReasons } from '../../domain/reasons/supported-reasons.ts';
import type { ReviewedCase } from './case.ts';
import type { TaskCommand } from './command.ts';

/** Holds on the report itself: only a new pull can bring another. */
const PULL_HOLDS = ['PULL_AMBIGUOUS', 'BUREAU_UNAVAILABLE', 'FILE_FROZEN', 'REPORT_MISMATCH'];
/** Errors of PullBureauReport before it sends an inquiry. */
const UNSENT = ['ConsentMissing', 'ConsentStale', 'PullNotOrdered'];
const WITHOUT_REPORT = ['PULL_AMBIGUOUS', 'BUREAU_UNAVAILABLE', 'FILE_FROZEN'];

export interface Waiting {
  readonly queue: 'REVIEW' | 'ATTENTION';
  /** What a reviewer decides on; null for a task of the operators. */
  readonly reviewed: ReviewedCase | null;
  /** Whether a draft waits for a second person. */
  readonly drafted: boolean;
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
  | {
      readonly ok: true;
      readonly offer: Offer | null;
      /** The limits of a decision, and the roles that may confirm it where it needs a second person. */
      readonly authority?: NonNullable<Review['authority']>;
      readonly roles?: readonly string[];
      readonly support?: NonNullable<Review['support']>;
      /** The limits of the second person, of a confirmation. */
      readonly confirmedUnder?: NonNullable<Review['confirmation']>['limits'];
    }
  | { readonly ok: false; readonly errors: FieldError[] };

/** What may be ordered for a task, whatever it rests on. */
export function allowedActions({
  decided,
  queue,
  drafted,
}: Pick<Waiting, 'decided' | 'queue' | 'drafted'>): TaskCommand['action'][] {
  if (decided) return ['RESUME'];
  if (queue === 'ATTENTION') return ['RESUME', 'REFER'];
  return drafted ? ['CONFIRM', 'REJECT'] : ['APPROVE', 'DECLINE', 'CLEAR', 'REPULL', 'TAKE_POSTED'];
}

/** Whether a command fits what it answers: an approval must come to an offer, a decline to reasons, a clearing to a hold. */
export function judgeCommand(command: TaskCommand, waiting: Waiting): Judged {
  const allowed = allowedActions(waiting);
  if (!allowed.includes(command.action)) {
    const where = waiting.drafted ? 'with a draft that waits for a second person' : `in the ${waiting.queue} queue`;
    return fault('action', `does not fit an application ${where}: send ${allowed.join(', ')}`);
  }
  const { reviewed } = waiting;
  // Sending a technical fault on rests on no case.
  if (!reviewed) return { ok: true, offer: null };
  const held = fired(reviewed.policy, 'HOLD');
  switch (command.action) {
    case 'APPROVE':
      return approvable(held, reviewed) ?? approval(command, reviewed, waiting);
    case 'DECLINE':
      return decline(command, reviewed);
    case 'CLEAR':
      return clearing(command, held, reviewed);
    case 'REPULL':
      return newPull(command, held, reviewed);
    case 'TAKE_POSTED':
      return mayBePosted(held, reviewed)
        ? { ok: true, offer: null }
        : fault(
            'action',
            'fits only a posted inquiry without a report: an ambiguous pull (PULL_AMBIGUOUS), or a failed one',
          );
    case 'RESUME':
    case 'REFER':
    case 'CONFIRM':
    case 'REJECT':
      return { ok: true, offer: null };
  }
}

/** An approval has evaluated every hard rule and rests on no hold. What no full policy has seen goes back to the steps first. */
function approvable(held: readonly string[], { policy }: ReviewedCase): Judged | undefined {
  if (policy?.stage !== 'FULL') {
    return fault('action', 'does not fit before the full policy was applied: CLEAR, or DECLINE with the reasons');
  }
  return held.length > 0
    ? fault('action', `${held.join(', ')} holds every decision: clear it first, or decline with the reasons`)
    : undefined;
}

function decline(command: TaskCommand, reviewed: ReviewedCase): Judged {
  return reasonCount(command) > 0
    ? (unsupported(command, reviewed) ?? { ok: true, offer: null })
    : fault('reasons', `is empty: a decline names its principal reasons (12 CFR 1002.9(b)(2)). ${choice(reviewed)}`);
}

const reasonCount = ({ reasons, ownReason }: TaskCommand): number => reasons.length + (ownReason === undefined ? 0 : 1);

/**
 * Refuses a reason that the recorded facts do not support (12 CFR 1002.9(b)(2): the reasons are those actually
 * considered). The lender's own failure supports none.
 */
function unsupported(command: TaskCommand, reviewed: ReviewedCase): Judged | undefined {
  const { reasons, ownReason } = command;
  if (reasonCount(command) > MAX_REASONS) {
    return fault('ownReason', `is a fifth reason: give the ${MAX_REASONS} principal ones`);
  }
  if (ownReason !== undefined && reviewed.lenderFailures.length > 0) {
    return fault('ownReason', `does not fit. ${choice(reviewed)}`);
  }
  const codes = new Set<string>(reviewed.supported.map(({ code }) => code));
  const index = reasons.findIndex((code) => !codes.has(code));
  return index === -1
    ? undefined
    : fault(`reasons.${index}`, `${reasons[index]} is supported by no recorded fact. ${choice(reviewed)}`);
}

/** What a reviewer can state instead, as the end of a message. */
function choice({ supported, lenderFailures }: ReviewedCase): string {
  const own =
    lenderFailures.length > 0 && `The lender’s own failure never causes a decline (${lenderFailures.join(', ')}). `;
  if (supported.length > 0) return `${own || ''}The record supports ${namedReasons(supported)}`;
  return `${own || ''}The record supports no reason: ${own ? 'REPULL, TAKE_POSTED or CLEAR' : 'APPROVE or CLEAR'} as the case allows`;
}

/** Whether an inquiry may be posted whose report never came, or cannot be read. */
function mayBePosted(held: readonly string[], { failure }: ReviewedCase): boolean {
  const failed = failure?.state === 'PullBureauReports' && !UNSENT.includes(failure.error);
  return held.includes('PULL_AMBIGUOUS') || failed;
}

/** A second inquiry after one without a report may cost the applicant twice, so the bureau is asked first. */
function newPull({ confirmSecondInquiry }: TaskCommand, held: readonly string[], reviewed: ReviewedCase): Judged {
  if (reviewed.failure?.state !== 'PullBureauReports' && !held.some((id) => PULL_HOLDS.includes(id))) {
    return fault(
      'action',
      `a new hard inquiry is only for a report that is missing, unreadable or another person's (${PULL_HOLDS.join(', ')})`,
    );
  }
  // A consent is stale where an earlier execution sent an inquiry.
  const isSecond = mayBePosted(held, reviewed) || reviewed.failure?.error === 'ConsentStale';
  return isSecond && confirmSecondInquiry === undefined
    ? fault(
        'confirmSecondInquiry',
        'is missing: the first inquiry may be posted. TAKE_POSTED fetches its report without a new inquiry. For a second ' +
          'inquiry send what the bureau answered about the first: NOT_POSTED or REPORT_LOST',
      )
    : { ok: true, offer: null };
}

function approval(command: TaskCommand, reviewed: ReviewedCase, { asOf, lender, mode }: Waiting): Judged {
  const { terms } = command;
  const { application, policy } = reviewed;
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
  if (!meetsRequest(offer, application) && reasonCount(command) === 0) {
    return fault(
      'reasons',
      `is empty: less than was asked for is a counteroffer, which names its reasons (12 CFR 1002.2(c)(1)). ${choice(reviewed)}`,
    );
  }
  return unsupported(command, reviewed) ?? { ok: true, offer };
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

function clearing({ clears }: TaskCommand, held: readonly string[], { policy }: ReviewedCase): Judged {
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

/** A command that is refused for one field. */
export function fault(path: string, message: string): Judged {
  return { ok: false, errors: [{ path, message }] };
}
