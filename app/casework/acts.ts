import type { Clock, Ledger, WorkStore } from '../../adapters/ports.ts';
import { PERMITTED } from '../../domain/access/access.ts';
import type { FieldError } from '../../domain/application/submission.ts';
import { addDays, endOfDay, localDate } from '../../domain/calendar.ts';
import {
  conflictId,
  isHeldByOther,
  nextActId,
  objectionTo,
  requestClosedId,
  sealedActId,
  type Case,
  type OpenRequest,
} from '../../domain/casework/case.ts';
import type {
  AttachedDocument,
  CaseComment,
  DocumentContent,
  DocumentRequest,
} from '../../domain/casework/evidence.ts';
import type { LedgerEntry, LedgerEvent } from '../../domain/ledger/chain.ts';
import { ledgerEvent, type EventBody, type EventType } from '../../domain/ledger/events.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import { sealed, type StepPorts } from '../workflow/record-step.ts';
import type { ActName, CaseCommand, CaseRefusal, CommandOf } from './command.ts';

/** What a claim needs: it seals nothing. */
export interface ClaimPorts {
  readonly ledger: Ledger;
  readonly workStore: WorkStore;
  readonly clock: Clock;
  readonly lending: LendingSettings;
}

export type CaseworkPorts = ClaimPorts & StepPorts;

/** A case on which a person works. */
export interface Working<Ports extends ClaimPorts = CaseworkPorts> {
  readonly ports: Ports;
  readonly found: Case;
  /** UTC instant. */
  readonly now: string;
}

interface Refused {
  readonly reason: CaseRefusal;
  readonly message: string;
}

/** What an act comes to: an event to append, the entry of an earlier call, or why not. */
export type Planned =
  | { readonly event: LedgerEvent }
  | { readonly earlier: LedgerEntry }
  | { readonly errors: FieldError[] }
  | Refused;

type Plan<Name extends ActName> = (working: Working, command: CommandOf<Name>) => Planned | Promise<Planned>;

const PLANS: { readonly [Name in ActName]: Plan<Name> } = {
  CLAIM: (working, command) => planClaim(working, command, command.by),
  ASSIGN: (working, command) => planClaim(working, command, command.to),
  RELEASE: planRelease,
  COMMENT: planComment,
  DECLARE_CONFLICT: planConflict,
  SET_DUE: planDue,
  REQUEST_DOCUMENT: planRequest,
  WITHDRAW_REQUEST: planWithdrawal,
  ATTACH: planAttachment,
};

/** Judges an act by the case as it is now. */
export async function planAct(working: Working, command: CaseCommand): Promise<Planned> {
  const plan = PLANS[command.act] as Plan<ActName>;
  return plan(working, command);
}

/** The entry that closes a request whose last day has passed. Its instant is the expiry, whenever it is written. */
export function closingExpired({ applicationId, id }: Case, request: OpenRequest): LedgerEvent {
  return ledgerEvent({
    id: requestClosedId(request.id),
    applicationId,
    type: 'DOCUMENT_REQUEST_CLOSED',
    occurredAt: request.until,
    actor: 'system',
    body: { case: id, closes: request.id, why: 'EXPIRED', role: null },
  });
}

/** An event of the person who acts, now. */
function eventBy<Type extends EventType>(
  { found, now }: Working<ClaimPorts>,
  { by }: Pick<CaseCommand, 'by'>,
  { type, id, body }: { type: Type; id: string; body: EventBody<Type> },
): { readonly event: LedgerEvent } {
  const { applicationId } = found;
  return { event: ledgerEvent({ id, applicationId, type, occurredAt: now, actor: by, body }) };
}

/** A claim that is sent again within this time is one claim. */
const REPEATED_MS = 60_000;
const MS_PER_HOUR = 3_600_000;

export function planClaim(
  working: Working<ClaimPorts>,
  command: CommandOf<'CLAIM' | 'ASSIGN'>,
  holder: string,
): Planned {
  const { found, now } = working;
  const { claim } = found;
  const { by, role, hours } = command;
  const inForce = claim !== null && claim.until > now ? claim : undefined;
  if (inForce && inForce.holder !== by && !PERMITTED[role].includes('OVERRIDE_CLAIM')) {
    // The person who assigned a case may send the same again.
    if (inForce.by === by && inForce.holder === holder) return { earlier: found.acts.findLast(isClaim)! };
    return objectionTo(found, by, now) as Refused;
  }
  const age = inForce ? Date.parse(now) - Date.parse(inForce.at) : Infinity;
  const until = new Date(Date.parse(now) + hours * MS_PER_HOUR).toISOString();
  if (inForce?.holder === holder && inForce.by === by && age < REPEATED_MS) {
    const lasted = Date.parse(inForce.until) - Date.parse(inForce.at);
    if (lasted === hours * MS_PER_HOUR) return { earlier: found.acts.findLast(isClaim)! };
  }
  const id = nextActId(found, 'claim');
  return eventBy(working, command, { type: 'CASE_CLAIMED', id, body: { role, case: found.id, holder, until } });
}

const isClaim = ({ type }: LedgerEntry): boolean => type === 'CASE_CLAIMED';

function planRelease(working: Working, command: CommandOf<'RELEASE'>): Planned {
  const { found, now } = working;
  const { by, role } = command;
  const { claim } = found;
  if (!claim) {
    const newest = found.acts.findLast(({ type }) => type === 'CASE_RELEASED');
    if (newest?.actor === by) return { earlier: newest };
    return { reason: 'NOT_CLAIMED', message: 'This case is not claimed, so there is nothing to release.' };
  }
  const objection = objectionTo(found, by, now);
  if (objection && !(objection.reason === 'CLAIMED_BY_OTHER' && PERMITTED[role].includes('OVERRIDE_CLAIM'))) {
    return objection as Refused;
  }
  if (claim.until <= now) return { reason: 'NOT_CLAIMED', message: 'The claim on this case has expired already.' };
  const body = { role, case: found.id, holder: claim.holder };
  return eventBy(working, command, { type: 'CASE_RELEASED', id: nextActId(found, 'claim'), body });
}

async function planComment(working: Working, command: CommandOf<'COMMENT'>): Promise<Planned> {
  const { ports, found } = working;
  const { by, role, from, text } = command;
  const objection = objectionToAnswer(working, command);
  if (objection) return objection as Refused;
  const value: CaseComment = { schemaVersion: 1, by, from, text };
  const reference = await sealed(ports, found.applicationId, 'case-comment', value);
  const id = sealedActId(found, 'comment', { address: reference.address, on: today(working) });
  const body = {
    role,
    case: found.id,
    from,
    closes: answeredBy(found, from),
    evidence: [reference],
  };
  return earlierOf(found, id) ?? eventBy(working, command, { type: 'CASE_COMMENTED', id, body });
}

/** A person declares a conflict once. No act takes the declaration back. */
async function planConflict(working: Working, command: CommandOf<'DECLARE_CONFLICT'>): Promise<Planned> {
  const { ports, found } = working;
  const { by, role, note } = command;
  const earlier = found.declarations.find(({ actor }) => actor === by);
  if (earlier) return { earlier };
  const value: CaseComment = { schemaVersion: 1, by, from: 'STAFF', text: note };
  const reference = await sealed(ports, found.applicationId, 'case-comment', value);
  const body = { role, case: found.id, evidence: [reference] };
  return eventBy(working, command, { type: 'CONFLICT_DECLARED', id: conflictId(found, by), body });
}

/** The request that words or a document of the applicant answer. */
const answeredBy = ({ request }: Case, from: CaseComment['from']): string | null =>
  from === 'APPLICANT' ? (request?.id ?? null) : null;

/** An answer ends the request and starts the clock of the review, so the person who holds the case records it. */
function objectionToAnswer(
  { found, now }: Working,
  { by, from }: Pick<CommandOf<'COMMENT'>, 'by' | 'from'>,
): ReturnType<typeof objectionTo> {
  return answeredBy(found, from) !== null && isHeldByOther(found, [by], now) ? objectionTo(found, by, now) : undefined;
}

/** The local date of the creditor. */
const today = ({ ports, now }: Working): string => localDate(now, ports.lending.lender.timeZone);

function earlierOf({ acts }: Case, id: string): { readonly earlier: LedgerEntry } | undefined {
  const earlier = acts.find((entry) => entry.id === id);
  return earlier && { earlier };
}

async function planAttachment(working: Working, command: CommandOf<'ATTACH'>): Promise<Planned> {
  const { ports, found } = working;
  const { applicationId } = found;
  const { by, role, from, document } = command;
  const objection = objectionToAnswer(working, command);
  if (objection) return objection as Refused;
  const { name, mediaType, content } = document;
  // The same bytes have one text, so a repeated call seals the same object.
  const base64 = Buffer.from(content, 'base64').toString('base64');
  const bytes = Buffer.byteLength(base64, 'base64');
  const inside = await sealed(ports, applicationId, 'document-content', { base64 } satisfies DocumentContent);
  const described: AttachedDocument = { schemaVersion: 1, by, from, name, mediaType, bytes, content: inside.address };
  const outside = await sealed(ports, applicationId, 'document', described);
  const evidence = [outside, inside];
  const id = sealedActId(found, 'document', { address: outside.address, on: today(working) });
  const body = { role, case: found.id, from, closes: answeredBy(found, from), mediaType, bytes, evidence };
  return earlierOf(found, id) ?? eventBy(working, command, { type: 'DOCUMENT_ATTACHED', id, body });
}

function planDue(working: Working, command: CommandOf<'SET_DUE'>): Planned {
  const { found, now } = working;
  const { timeZone } = working.ports.lending.lender;
  const { by, role, dueOn } = command;
  const objection = objectionTo(found, by, now);
  if (objection) return objection as Refused;
  const newest = found.acts.findLast(({ type }) => type === 'CASE_DUE_SET');
  if (newest?.actor === by && newest.body['dueOn'] === dueOn) return { earlier: newest };
  const fault = faultOfDate(working, dueOn, localDate(now, timeZone));
  if (fault) return { errors: [{ path: 'dueOn', message: fault }] };
  const body = { role, case: found.id, dueOn, dueAt: endOfDay(dueOn, timeZone) };
  return eventBy(working, command, { type: 'CASE_DUE_SET', id: nextActId(found, 'due'), body });
}

/** The last local date that ends before the hard stop of the law's clock. */
const lastDate = ({ found, ports }: Working): string =>
  addDays(localDate(found.hardStopAt, ports.lending.lender.timeZone), -1);

function faultOfDate(working: Working, date: string, first: string): string | undefined {
  const last = lastDate(working);
  return date < first || date > last
    ? `must be ${first} to ${last}: the 30 days of 12 CFR 1002.9(a)(1) from receipt do not stop`
    : undefined;
}

async function planRequest(working: Working, command: CommandOf<'REQUEST_DOCUMENT'>): Promise<Planned> {
  const { ports, found, now } = working;
  const { timeZone } = ports.lending.lender;
  const { by, role, text, answerBy } = command;
  const objection = objectionTo(found, by, now);
  if (objection) return objection as Refused;
  if (found.queue !== 'REVIEW') {
    return { reason: 'ROLE_CANNOT_DECIDE', message: 'Only a review can wait for the applicant: refer the case first.' };
  }
  const value: DocumentRequest = { schemaVersion: 1, by, text, answerBy };
  const reference = await sealed(ports, found.applicationId, 'document-request', value);
  const { request } = found;
  if (request) {
    if (request.evidence === reference.address) return earlierOf(found, request.id)!;
    const message = `The applicant has until ${request.answerBy} to answer the request of ${request.by}. Withdraw it before another request.`;
    return { reason: 'REQUEST_OPEN', message };
  }
  const tomorrow = addDays(localDate(now, timeZone), 1);
  if (tomorrow > lastDate(working)) {
    const message = 'Day 25 after receipt is reached: decide now, because the applicant must hear by day 30.';
    return { reason: 'NO_TIME_LEFT', message };
  }
  const fault = faultOfDate(working, answerBy, tomorrow);
  if (fault) return { errors: [{ path: 'answerBy', message: fault }] };
  const until = endOfDay(answerBy, timeZone);
  const body = { role, case: found.id, answerBy, until, evidence: [reference] };
  return eventBy(working, command, { type: 'DOCUMENT_REQUESTED', id: nextActId(found, 'request'), body });
}

function planWithdrawal(working: Working, command: CommandOf<'WITHDRAW_REQUEST'>): Planned {
  const { found, now } = working;
  const { by, role } = command;
  const objection = objectionTo(found, by, now);
  if (objection) return objection as Refused;
  const { request } = found;
  if (!request) {
    const newest = found.acts.findLast(({ type }) => type === 'DOCUMENT_REQUEST_CLOSED');
    if (newest?.actor === by) return { earlier: newest };
    return { reason: 'NO_REQUEST', message: 'No request to the applicant is open, so there is nothing to withdraw.' };
  }
  const body = { case: found.id, closes: request.id, why: 'WITHDRAWN' as const, role };
  return eventBy(working, command, { type: 'DOCUMENT_REQUEST_CLOSED', id: requestClosedId(request.id), body });
}
