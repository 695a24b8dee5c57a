import { MAX_CLAIM_HOURS } from '../../app/casework/command.ts';
import { PERMITTED, type Role } from '../../domain/access/access.ts';
import { endOfDay, localDate } from '../../domain/calendar.ts';
import {
  caseOf,
  conflictId,
  hasNewsAfter,
  isHeldByOther,
  nextActId,
  objectionTo,
  requestClosedId,
  sealedActId,
  type Case,
} from '../../domain/casework/case.ts';
import type { Review } from '../../domain/decision/review.ts';
import { readBody, type EventType } from '../../domain/ledger/events.ts';
import { openDraft } from '../../domain/projections/task.ts';
import { openNamed, recentPrefixes, requireRole, requireSome, type Act } from './act.ts';
import { NotNamed, type Expected } from './rests-on.ts';

/** The work on a case, checked by the case as the entries before it leave it. */
export const CASE_ACTS = {
  CASE_CLAIMED: caseClaimed,
  CASE_RELEASED: caseReleased,
  CASE_COMMENTED: caseCommented,
  CONFLICT_DECLARED: conflictDeclared,
  CASE_DUE_SET: caseDueSet,
  DOCUMENT_REQUESTED: documentRequested,
  DOCUMENT_ATTACHED: documentAttached,
  DOCUMENT_REQUEST_CLOSED: requestClosed,
} as const satisfies Partial<Record<EventType, (act: Act) => Promise<Expected> | Expected>>;

const timeZoneOf = ({ lending }: Act): string => lending.lender.timeZone;

/** An entry may come while a decision is on its way, so the entries of a minute before it may be unknown to its writer. */
function requireCase(act: Act, allows: (found: Case) => boolean): Case {
  function* cases() {
    for (const prefix of recentPrefixes(act)) {
      const found = caseOf(prefix);
      if (found && found.id === act.entry.body['case']) yield found;
    }
  }
  return requireSome(cases(), allows);
}

const mayOverride = (role: Role): boolean => PERMITTED[role].includes('OVERRIDE_CLAIM');
const isFree = ({ entry }: Act, found: Case): boolean => !objectionTo(found, entry.actor, entry.occurredAt);

const MS_PER_HOUR = 3_600_000;

function caseClaimed(act: Act): Expected {
  const { entry } = act;
  const { role, until } = readBody(entry, 'CASE_CLAIMED');
  requireRole(entry, role, 'WORK_CASE');
  const hours = (Date.parse(until) - Date.parse(entry.occurredAt)) / MS_PER_HOUR;
  if (!(hours > 0 && hours <= MAX_CLAIM_HOURS)) throw new NotNamed(`A claim lasts 1 to ${MAX_CLAIM_HOURS} hours.`);
  const found = requireCase(
    act,
    (each) =>
      nextActId(each, 'claim') === entry.id &&
      (mayOverride(role) || !isHeldByOther(each, [entry.actor], entry.occurredAt)),
  );
  return { id: nextActId(found, 'claim') };
}

function caseReleased(act: Act): Expected {
  const { entry } = act;
  const { role, holder } = readBody(entry, 'CASE_RELEASED');
  requireRole(entry, role, 'WORK_CASE');
  requireCase(
    act,
    (each) =>
      nextActId(each, 'claim') === entry.id &&
      each.claim?.holder === holder &&
      each.claim.until > entry.occurredAt &&
      (mayOverride(role) || holder === entry.actor),
  );
  return {};
}

/**
 * An answer of the applicant closes the request that is open, and words of the staff close none. No person closes a request
 * while another one holds the case.
 */
function requireAnswer(
  act: Act,
  subject: 'comment' | 'document',
  { address, closes, from }: { address: string; closes: string | null; from: 'STAFF' | 'APPLICANT' },
): Expected {
  const { id, actor, occurredAt } = act.entry;
  const on = localDate(occurredAt, timeZoneOf(act));
  requireCase(
    act,
    (each) =>
      (from === 'APPLICANT' ? (each.request?.id ?? null) : null) === closes &&
      (closes === null || !isHeldByOther(each, [actor], occurredAt)) &&
      sealedActId(each, subject, { address, on }) === id,
  );
  return { id };
}

async function caseCommented(act: Act): Promise<Expected> {
  const { entry } = act;
  const { role, closes } = readBody(entry, 'CASE_COMMENTED');
  requireRole(entry, role, 'WORK_CASE');
  const [{ by, from }, address] = await openNamed(act, 'case-comment');
  return { ...requireAnswer(act, 'comment', { address, closes, from }), actor: by, 'body.from': from };
}

async function conflictDeclared(act: Act): Promise<Expected> {
  const { entry } = act;
  requireRole(entry, readBody(entry, 'CONFLICT_DECLARED').role, 'WORK_CASE');
  const [{ by }] = await openNamed(act, 'case-comment');
  const found = requireCase(act, () => true);
  return { id: conflictId(found, entry.actor), actor: by };
}

async function documentAttached(act: Act): Promise<Expected> {
  const { entry } = act;
  const { role, closes } = readBody(entry, 'DOCUMENT_ATTACHED');
  requireRole(entry, role, 'WORK_CASE');
  const [{ by, from, mediaType, content }, address] = await openNamed(act, 'document');
  const [{ base64 }, inside] = await openNamed(act, 'document-content');
  if (content !== inside) throw new NotNamed('Its description is of other bytes than it names.');
  return {
    ...requireAnswer(act, 'document', { address, closes, from }),
    actor: by,
    'body.from': from,
    'body.mediaType': mediaType,
    'body.bytes': Buffer.byteLength(base64, 'base64'),
  };
}

function caseDueSet(act: Act): Expected {
  const { entry } = act;
  const { role, dueOn } = readBody(entry, 'CASE_DUE_SET');
  requireRole(entry, role, 'WORK_CASE');
  const dueAt = endOfDay(dueOn, timeZoneOf(act));
  requireCase(act, (each) => nextActId(each, 'due') === entry.id && isFree(act, each) && dueAt < each.hardStopAt);
  return { 'body.dueAt': dueAt };
}

async function documentRequested(act: Act): Promise<Expected> {
  const { entry } = act;
  const { role } = readBody(entry, 'DOCUMENT_REQUESTED');
  requireRole(entry, role, 'WORK_CASE');
  const [{ by, answerBy }] = await openNamed(act, 'document-request');
  const until = endOfDay(answerBy, timeZoneOf(act));
  requireCase(
    act,
    (each) => nextActId(each, 'request') === entry.id && !each.request && isFree(act, each) && until < each.hardStopAt,
  );
  return { actor: by, 'body.answerBy': answerBy, 'body.until': until };
}

function requestClosed(act: Act): Expected {
  const { entry } = act;
  const { closes, why, role } = readBody(entry, 'DOCUMENT_REQUEST_CLOSED');
  const { request } = requireCase(
    act,
    (each) => each.request?.id === closes && (why === 'EXPIRED' || isFree(act, each)),
  );
  const id = requestClosedId(closes);
  if (why === 'EXPIRED') return { id, actor: 'system', occurredAt: request!.until, 'body.role': null };
  if (role === null) throw new NotNamed('It states no role: only a person withdraws a request.');
  requireRole(entry, role, 'WORK_CASE');
  return { id };
}

/**
 * A decision is made while no other person holds the case, and while the applicant has no time left to answer a request. A
 * claim or a request of the last minute may be unknown to the decision. A second person needs no claim, and confirms no draft
 * that was made without what came to the case since.
 * @param review the second person's answer to a draft; undefined for another decision.
 */
export function requireUnclaimed(
  act: Pick<Act, 'entry' | 'before'>,
  review?: Pick<Review, 'by' | 'confirmation' | 'rejected'>,
): void {
  const { actor, occurredAt } = act.entry;
  const drafter = review?.confirmation ? review.by : review?.rejected?.by;
  requireSome(recentPrefixes(act), (prefix) => {
    const found = caseOf(prefix);
    if (!found) return true;
    const { request } = found;
    const draft = review?.confirmation && openDraft(prefix);
    if (draft && hasNewsAfter(found, draft)) return false;
    return !isHeldByOther(found, [actor, drafter], occurredAt) && !(request && request.until > occurredAt);
  });
}
