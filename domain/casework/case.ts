/**
 * The work of people on an application that waits for a person: a fold of its ledger. A case begins with the first task of a
 * queue, continues through the task's escalations, and ends with the answer.
 */
import { MS_PER_DAY } from '../calendar.ts';
import { NOTICE_DAYS } from '../decision/record.ts';
import type { LedgerEntry } from '../ledger/chain.ts';
import { readBody } from '../ledger/events.ts';
import { ofNewestExecution } from '../ledger/reopening.ts';
import { completesTask, opensTask, type Queue } from '../ledger/statements.ts';
import { statusOf } from '../status.ts';
import { declarationsIn, hasDeclared } from './conflict.ts';

/** 3 days: the deadline of AwaitReview in underwriting.asl.json, after which the workflow escalates. */
const REVIEW_DAYS = 3;
/** 5 days of the law's 30 are left for the decision and its notice. */
const HARD_STOP_DAYS = NOTICE_DAYS - 5;

/** Who holds a case. A claim whose instant has passed holds nothing, and shows who worked on the case last. */
interface Claim {
  readonly holder: string;
  /** The person who made the claim: the holder, or who assigned the case. */
  readonly by: string;
  readonly at: string;
  /** UTC instant. */
  readonly until: string;
}

/** A request for a document, which the applicant has not answered yet. */
export interface OpenRequest {
  /** The id of its entry. */
  readonly id: string;
  readonly by: string;
  readonly at: string;
  /** UTC instant, at which the request expires. */
  readonly until: string;
  /** The last local date of the creditor on which an answer counts. */
  readonly answerBy: string;
  /** The address of the sealed text. */
  readonly evidence: string;
}

export interface Case {
  readonly applicationId: string;
  readonly product: string;
  /** The id of the entry that began the case. */
  readonly id: string;
  readonly queue: Queue;
  /** The id of the task that waits now, which a decision names. */
  readonly task: string;
  /** UTC instant at which the case began. */
  readonly since: string;
  /** The newest claim that nothing released or ended; it may have expired. */
  readonly claim: Claim | null;
  /** The declarations of a conflict of interest with the application, of earlier cases too. */
  readonly declarations: readonly LedgerEntry[];
  /** While it is open, the case waits for the applicant, and the clock of the review is stopped. */
  readonly request: OpenRequest | null;
  /**
   * UTC instant by which a person is to decide. It moves by the time for which the case waits for the applicant, and never past
   * `hardStopAt`.
   */
  readonly dueAt: string;
  /** UTC instant of the law's clock from receipt, less 5 days. No request moves it (12 CFR 1002.9(a)(1)(i)). */
  readonly hardStopAt: string;
  /** The case's own entries, oldest first. */
  readonly acts: readonly LedgerEntry[];
}

/** The entries of the work on a case. Each has the case's id in its body. */
export const CASE_EVENTS: readonly string[] = [
  'CASE_CLAIMED',
  'CASE_RELEASED',
  'CASE_COMMENTED',
  'CONFLICT_DECLARED',
  'CASE_DUE_SET',
  'DOCUMENT_REQUESTED',
  'DOCUMENT_ATTACHED',
  'DOCUMENT_REQUEST_CLOSED',
];

/** @param entries all of the application's. @returns undefined where no task waits for a person. */
export function caseOf(entries: readonly LedgerEntry[]): Case | undefined {
  const folded = statusOf(entries);
  if (folded?.waiting?.kind !== 'TASK') return undefined;
  const { entry: opened, queue } = folded.waiting;
  const part = ofNewestExecution(entries);
  const began = beginningOf(part, opened);
  const acts = actsOf(entries, began);
  const declarations = declarationsIn(entries);
  const escalated = escalatedAt(entries, opened);
  const reopened = part.find(({ type }) => type === 'DECISION_REOPENED');
  const hardStopAt = plus(reopened?.occurredAt ?? folded.receivedAt, HARD_STOP_DAYS * MS_PER_DAY);
  return {
    applicationId: opened.applicationId,
    product: folded.product,
    id: began.id,
    queue,
    task: opened.id,
    since: began.occurredAt,
    claim: claimOf(acts, { opened, escalated }, declarations),
    declarations,
    request: requestOf(acts),
    dueAt: earlier(dueOf(began, acts), hardStopAt),
    hardStopAt,
    acts,
  };
}

/** The first of the tasks that followed each other in a queue without an answer. */
function beginningOf(part: readonly LedgerEntry[], opened: LedgerEntry): LedgerEntry {
  let began = opened;
  for (const entry of part.slice(0, part.indexOf(opened)).toReversed()) {
    if (completesTask(entry) || (opensTask(entry) && entry.type !== opened.type)) break;
    if (opensTask(entry)) began = entry;
  }
  return began;
}

const actsOf = (entries: readonly LedgerEntry[], began: LedgerEntry): LedgerEntry[] =>
  entries.filter(({ type, body }) => CASE_EVENTS.includes(type) && body['case'] === began.id);

/**
 * The UTC instant from which the escalation role decides a review; undefined while the workflow has not escalated it. The
 * workflow's timeout does not stop while the case waits for the applicant, so that time is added to it.
 * @param opened the entry that opened its task.
 */
function escalatedAt(entries: readonly LedgerEntry[], opened: LedgerEntry): string | undefined {
  const part = ofNewestExecution(entries);
  const began = beginningOf(part, opened);
  const first = part.find(
    (entry) =>
      entry.type === 'REVIEW_AWAITED' &&
      entry.sequence >= began.sequence &&
      entry.sequence <= opened.sequence &&
      readBody(entry, 'REVIEW_AWAITED').facts['escalation'] !== 0,
  );
  return (
    first &&
    pausesOf(actsOf(entries, began)).reduce(
      (at, { from, until }) => (from < at ? plus(at, Date.parse(until) - Date.parse(from)) : at),
      first.occurredAt,
    )
  );
}

/** Whether the escalation role decides a review. @param at a UTC instant. */
export function isEscalated(entries: readonly LedgerEntry[], opened: LedgerEntry, at: string): boolean {
  const from = escalatedAt(entries, opened);
  return from !== undefined && from <= at;
}

/** A claim ends when its review goes to the escalation role, and when its holder declares a conflict. */
function claimOf(
  acts: readonly LedgerEntry[],
  { opened, escalated }: { readonly opened: LedgerEntry; readonly escalated: string | undefined },
  declarations: readonly LedgerEntry[],
): Claim | null {
  const newest = acts.findLast(({ type }) => type === 'CASE_CLAIMED' || type === 'CASE_RELEASED');
  if (newest?.type !== 'CASE_CLAIMED') return null;
  const isBefore = opened.type === 'REVIEW_AWAITED' && newest.sequence < opened.sequence;
  if (isBefore && (escalated === undefined || escalated <= opened.occurredAt)) return null;
  const { holder, until: ends } = readBody(newest, 'CASE_CLAIMED');
  const until = isBefore && escalated !== undefined ? earlier(ends, escalated) : ends;
  if (hasDeclared(declarations, holder)) return null;
  return { holder, by: newest.actor, at: newest.occurredAt, until };
}

/** Why a person cannot work on a case now. */
export interface Objection {
  readonly reason: 'CONFLICT_DECLARED' | 'CLAIMED_BY_OTHER' | 'CLAIM_EXPIRED' | 'WAITS_FOR_APPLICANT';
  readonly message: string;
}

/** Why a person has no part in an application; undefined where the person declared no conflict. */
export function conflictObjection(
  { declarations }: Pick<Case, 'declarations'>,
  person: string,
): (Objection & { readonly reason: 'CONFLICT_DECLARED' }) | undefined {
  if (!hasDeclared(declarations, person)) return undefined;
  const message = `${person} declared a conflict of interest with this application, so another person works on it.`;
  return { reason: 'CONFLICT_DECLARED', message };
}

/**
 * @param now a UTC instant.
 * @returns undefined where the person may go on: they declared no conflict, and hold the case or no claim is made on it.
 */
export function objectionTo(
  found: Pick<Case, 'claim' | 'declarations'>,
  by: string,
  now: string,
): Objection | undefined {
  const conflict = conflictObjection(found, by);
  const { claim } = found;
  if (conflict || !claim) return conflict;
  const { holder, until } = claim;
  const inForce = until > now;
  if (inForce === (holder === by)) return undefined;
  return inForce
    ? {
        reason: 'CLAIMED_BY_OTHER',
        message: `${holder} has claimed this case until ${until}. Wait until then, or request ${holder} to release it.`,
      }
    : {
        reason: 'CLAIM_EXPIRED',
        message: `The claim of ${holder} expired at ${until}. Claim the case again, then go on.`,
      };
}

/** As `objectionTo`, for a decision: while the applicant has time to answer a request, nothing is decided. */
export const objectionToDecision = (found: Case, by: string, now: string): Objection | undefined =>
  objectionTo(found, by, now) ?? waitOf(found, now);

/**
 * As `objectionToDecision`, for the answer to a draft. The claim of the draft's reviewer stops no second person. A draft whose
 * reviewer declared a conflict since can only be rejected.
 */
export function objectionToSecond(
  found: Case,
  { by, action, drafter }: { readonly by: string; readonly action: string; readonly drafter: string | undefined },
  now: string,
): Objection | undefined {
  const conflict =
    conflictObjection(found, by) ??
    (action === 'CONFIRM' && drafter !== undefined ? conflictObjection(found, drafter) : undefined);
  return conflict ?? (isHeldByOther(found, [by, drafter], now) ? objectionTo(found, by, now) : waitOf(found, now));
}

/** Whether a person other than these holds a case. @param now a UTC instant. */
export const isHeldByOther = (
  { claim }: Pick<Case, 'claim'>,
  people: readonly (string | undefined)[],
  now: string,
): boolean => claim !== null && claim.until > now && !people.includes(claim.holder);

/** Whether words or a document came to a case after an entry, which its writer did not see. Comments of the staff are none. */
export const hasNewsAfter = ({ acts }: Pick<Case, 'acts'>, { sequence }: Pick<LedgerEntry, 'sequence'>): boolean =>
  acts.some(
    ({ sequence: later, type, body }) =>
      later > sequence && (type === 'DOCUMENT_ATTACHED' || (type === 'CASE_COMMENTED' && body['from'] === 'APPLICANT')),
  );

function waitOf({ request }: Case, now: string): Objection | undefined {
  if (!request || request.until <= now) return undefined;
  return {
    reason: 'WAITS_FOR_APPLICANT',
    message: `The applicant has until ${request.answerBy} to send a document. Wait for it, or withdraw the request.`,
  };
}

function requestOf(acts: readonly LedgerEntry[]): OpenRequest | null {
  const newest = acts.findLast(({ type }) => type === 'DOCUMENT_REQUESTED');
  if (!newest || closingOf(acts, newest)) return null;
  const { until, answerBy, evidence } = readBody(newest, 'DOCUMENT_REQUESTED');
  return {
    id: newest.id,
    by: newest.actor,
    at: newest.occurredAt,
    until,
    answerBy,
    evidence: evidence[0]?.address ?? '',
  };
}

/** The first entry that closed a request: an answer of the applicant, a withdrawal, or the expiry. */
const closingOf = (acts: readonly LedgerEntry[], { id }: LedgerEntry): LedgerEntry | undefined =>
  acts.find(({ body }) => body['closes'] === id);

/** A period in which a case waited for the applicant. */
interface Pause {
  readonly from: string;
  /** Of an open request: the instant at which it expires. */
  readonly until: string;
}

function pausesOf(acts: readonly LedgerEntry[]): Pause[] {
  return acts
    .filter(({ type }) => type === 'DOCUMENT_REQUESTED')
    .map((request) => {
      const { until } = readBody(request, 'DOCUMENT_REQUESTED');
      const closed = closingOf(acts, request)?.occurredAt ?? until;
      // A request never stops the clock longer than it says.
      return { from: request.occurredAt, until: closed < until ? closed : until };
    });
}

/** The time between two instants for which the case waited for the applicant, in ms. */
function pausedBetween(acts: readonly LedgerEntry[], from: string, until: string): number {
  return pausesOf(acts).reduce((sum, pause) => {
    const start = Math.max(Date.parse(pause.from), Date.parse(from));
    return sum + Math.max(0, Math.min(Date.parse(pause.until), Date.parse(until)) - start);
  }, 0);
}

const FOREVER = '9999-12-31T00:00:00.000Z';

/** The due instant that a person set, or the case's own, later by the pauses since. */
function dueOf(began: LedgerEntry, acts: readonly LedgerEntry[]): string {
  const set = acts.findLast(({ type }) => type === 'CASE_DUE_SET');
  const from = set?.occurredAt ?? began.occurredAt;
  const due = set ? readBody(set, 'CASE_DUE_SET').dueAt : plus(began.occurredAt, REVIEW_DAYS * MS_PER_DAY);
  return plus(due, pausedBetween(acts, from, FOREVER));
}

/**
 * The time for which the clock of a review has run, in ms: the case's age less the time for which it waited for the applicant.
 * @param now a UTC instant.
 */
export const reviewTime = ({ since, acts }: Pick<Case, 'since' | 'acts'>, now: string): number =>
  Date.parse(now) - Date.parse(since) - pausedBetween(acts, since, now);

const earlier = (one: string, other: string): string => (one < other ? one : other);
const plus = (instant: string, ms: number): string => new Date(Date.parse(instant) + ms).toISOString();

/** The next id of an act of some types on a case: of two people at once, one gets it. */
export function nextActId({ id, acts }: Pick<Case, 'id' | 'acts'>, subject: 'claim' | 'due' | 'request'): string {
  const types = {
    claim: ['CASE_CLAIMED', 'CASE_RELEASED'],
    due: ['CASE_DUE_SET'],
    request: ['DOCUMENT_REQUESTED'],
  }[subject];
  return `${id}/${subject}/${acts.filter(({ type }) => types.includes(type)).length + 1}`;
}

/**
 * The id of a sealed comment or document of a case, so that a repeated call finds the first. The same words on another day, or
 * after another request to the applicant, are another act.
 * @param on the local date of the creditor.
 */
export function sealedActId(
  { id, acts }: Pick<Case, 'id' | 'acts'>,
  subject: 'comment' | 'document',
  { address, on }: { readonly address: string; readonly on: string },
): string {
  const requests = acts.filter(({ type }) => type === 'DOCUMENT_REQUESTED').length;
  return `${id}/${subject}/${on}/${requests}/${address}`;
}

/** The one id of a person's declaration of a conflict, so that a repeated call finds the first. */
export const conflictId = ({ id }: Pick<Case, 'id'>, person: string): string => `${id}/conflict/${person}`;

/** The one id of the entry that closes a request without an answer. */
export const requestClosedId = (request: string): string => `${request}/closed`;
