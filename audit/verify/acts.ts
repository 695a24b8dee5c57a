import { APPLICANT_SEARCH } from '../../app/access/search-applicant.ts';
import { amendmentObjection } from '../../app/reopening/amend-application.ts';
import { objectionTo as objectionToReopening } from '../../app/reopening/reopen-application.ts';
import { isSettled } from '../../app/reopening/supersede.ts';
import { isClaimedBy, waitingIdentityHolds } from '../../app/review/read-hold-identity.ts';
import { readEvidence } from '../../app/workflow/read-evidence.ts';
import { HOLD_IDENTITY } from '../../domain/access/hold-identity.ts';
import { isAmendment, type Amending } from '../../domain/application/amendment.ts';
import { localDate } from '../../domain/calendar.ts';
import { isAnswerable, lastDay } from '../../domain/decision/offer-state.ts';
import type { DecisionRecord } from '../../domain/decision/record.ts';
import { APPLICANT_DATA } from '../../domain/duties/occasions.ts';
import {
  applicationLapseStatement,
  closedId,
  decisionId,
  exportIdPrefix,
  extensionStatement,
  forgettingAnswer,
  forgettingRequestId,
  forgettingStatement,
  forgottenStatement,
  holdId,
  lapseStatement,
  reopenedId,
} from '../../domain/ledger/acts.ts';
import { readBody, type EventType } from '../../domain/ledger/events.ts';
import {
  applicationIn,
  byExecution,
  isDecided,
  ofNewestExecution,
  validatedExecution,
} from '../../domain/ledger/reopening.ts';
import { evidenceOf, forgettingOf, holdsOf, refusalToForget, retentionOf } from '../../domain/retention/retention.ts';
import {
  recentPrefixes,
  prefixes,
  requirePerson,
  requireRole,
  requireSome,
  requireSubmitter,
  type Act,
} from './act.ts';
import { CASE_ACTS } from './casework.ts';
import { CONTROL_ACTS } from './control.ts';
import { DELIVERY_ACTS } from './delivery.ts';
import { OFFER_ACTS, requireNewestDecision } from './offers.ts';
import { PREQUALIFICATION_ACTS } from './prequalification.ts';
import { NotNamed, same, type Expected } from './rests-on.ts';

/**
 * Derives each act that no sealed object states in full from the entries before it and from the sealed decision.
 * Each function throws `NotNamed` for an act that the records before it rule out.
 */
export const ACTS = {
  OFFER_LAPSED: offerLapsed,
  APPLICATION_LAPSED: applicationLapsed,
  APPLICATION_WITHDRAWN: applicationWithdrawn,
  DECISION_REOPENED: decisionReopened,
  LEGAL_HOLD_PLACED: legalHold,
  LEGAL_HOLD_LIFTED: legalHold,
  RETENTION_EXTENDED: retentionExtended,
  FORGETTING_REQUESTED: forgettingRequested,
  FORGETTING_DECIDED: forgettingDecided,
  APPLICANT_FORGOTTEN: applicantForgotten,
  EVIDENCE_EXPORTED: evidenceExported,
  PERSONAL_DATA_READ: personalDataRead,
  ...CASE_ACTS,
  ...PREQUALIFICATION_ACTS,
  ...DELIVERY_ACTS,
  ...OFFER_ACTS,
  ...CONTROL_ACTS,
} as const satisfies Partial<Record<EventType, (act: Act) => Promise<Expected> | Expected>>;

const SYSTEM: Expected = { actor: 'system' };

const timeZoneOf = ({ lending }: Act): string => lending.lender.timeZone;
const dateOf = (act: Act): string => localDate(act.entry.occurredAt, timeZoneOf(act));

async function offerLapsed(act: Act): Promise<Expected> {
  const [record, address] = await act.openDecision();
  requireNewestDecision(act, address);
  const expiredOn = lastDay(record);
  if (expiredOn === undefined) throw new NotNamed('Its decision has no offers.');
  if (dateOf(act) <= expiredOn) throw new NotNamed(`An offer could be accepted until ${expiredOn}.`);
  const { id, body } = lapseStatement(record.offers, address, expiredOn);
  return { ...SYSTEM, id, 'body.offerIds': body.offerIds, 'body.expiredOn': body.expiredOn };
}

async function applicationLapsed(act: Act): Promise<Expected> {
  const [record, address] = await act.openDecision();
  requireNewestDecision(act, address);
  const last = lastDay(record);
  if (record.outcome !== 'INCOMPLETE' || last === undefined) throw new NotNamed('Its decision was not incomplete.');
  if (dateOf(act) <= last) throw new NotNamed(`The application could be completed until ${last}.`);
  const { id, body } = applicationLapseStatement(address, last);
  return { ...SYSTEM, id, 'body.completeBy': body.completeBy };
}

async function applicationWithdrawn(act: Act): Promise<Expected> {
  const { entry, before } = act;
  requireSubmitter(act);
  const withdrawnOn = dateOf(act);
  if (evidenceOf([entry]).length === 0) {
    const part = ofNewestExecution(before);
    const executionArn = validatedExecution(part);
    if (executionArn === undefined || isDecided(part)) {
      throw new NotNamed('It names no decision, and no execution was deciding.');
    }
    return { id: decisionId(executionArn), 'body.withdrawnOn': withdrawnOn };
  }
  const [record, address] = await act.openDecision();
  requireNewestDecision(act, address);
  if (!isAnswerable(record, withdrawnOn)) throw new NotNamed('The applicant could no longer answer its decision.');
  return { id: closedId(address), 'body.withdrawnOn': withdrawnOn };
}

async function decisionReopened(act: Act): Promise<Expected> {
  const { entry, before } = act;
  const { why, affectedBy } = readBody(entry, 'DECISION_REOPENED');
  const parts = byExecution(before);
  const [record, address] = await act.openDecision();
  const lapsed = requireNewestDecision(act, address);
  if (!isSettled(parts.at(-1) ?? [], record, address)) {
    throw new NotNamed('The execution that made its decision had not ended.');
  }
  if (why === 'COMPLETED' || why === 'CORRECTED') await requireAmendment(act, why, record);
  else {
    // An acceptance that the lender let lapse is reopened without a request.
    const bySystem = entry.actor === 'system' && why === 'REVIEW_REQUESTED' && lapsed?.type === 'ACCEPTANCE_LAPSED';
    if (!bySystem) requirePerson(entry);
    const refusal = await objectionToReopening(act, { why, affectedBy }, record, entry.occurredAt);
    if (refusal) throw new NotNamed(`The records do not bear out its reason ${why}.`);
  }
  return { id: lapsed ? reopenedId(address) : closedId(address), 'body.number': parts.length };
}

/** A front end amends an application that may be amended, in members that may be. */
async function requireAmendment(act: Act, why: Amending, record: DecisionRecord): Promise<void> {
  const { entry, before, evidence } = act;
  requireSubmitter(act);
  if (readBody(entry, 'DECISION_REOPENED').note !== null) throw new NotNamed('It has a note: a front end gives none.');
  const [earlier, amended] = [applicationIn(before), applicationIn([entry])];
  if (!earlier || !amended) throw new NotNamed('It names no amended application.');
  const read = (address: string) => readEvidence(evidence, entry.applicationId, 'application', address);
  const missing = why === 'COMPLETED' ? record.missing.map(({ path }) => path) : null;
  if (!isAmendment(await read(earlier.address), await read(amended.address), missing)) {
    throw new NotNamed('Its amended application changes what may not be changed, or nothing.');
  }
  if (amendmentObjection(why, record, dateOf(act))) {
    throw new NotNamed('Its decision could not be amended on that day.');
  }
}

/** A matter is placed while it holds nothing, and lifted while it holds. */
function legalHold({ entry, before }: Act): Expected {
  const type = entry.type as 'LEGAL_HOLD_PLACED' | 'LEGAL_HOLD_LIFTED';
  const { matter, role } = readBody(entry, type);
  requireRole(entry, role, 'SET_LEGAL_HOLD');
  const holds = holdsOf(before).some((hold) => hold.matter === matter);
  if (type === 'LEGAL_HOLD_PLACED' && holds) throw new NotNamed('It places a hold of a matter that holds already.');
  if (type === 'LEGAL_HOLD_LIFTED' && !holds) throw new NotNamed('It lifts a hold that no earlier entry placed.');
  return { id: holdId(before, type, matter) };
}

function retentionExtended(act: Act): Expected {
  const { entry } = act;
  const stated = readBody(entry, 'RETENTION_EXTENDED');
  function* statements() {
    for (const prefix of prefixes(act)) {
      const kept = retentionOf(prefix, timeZoneOf(act));
      yield extensionStatement(entry.applicationId, kept, evidenceOf(prefix).length);
    }
  }
  const { id } = requireSome(statements(), ({ body }) => same(body, stated));
  return { ...SYSTEM, id };
}

function forgettingRequested(act: Act): Expected {
  const { entry } = act;
  const { answer, reason, doneOn, role } = readBody(entry, 'FORGETTING_REQUESTED');
  requireRole(entry, role, 'REQUEST_FORGETTING');
  const date = dateOf(act);
  requireSome(recentPrefixes(act), (prefix) => {
    const refusal = refusalToForget({ ...retentionOf(prefix, timeZoneOf(act)), requested: true }, date, null);
    if (same({ answer, reason, doneOn }, forgettingAnswer(date, refusal))) return true;
    // A lock of the store can only keep it longer: the ledger does not have its date.
    if (answer === 'GRANTED' || doneOn === null) return false;
    if (!refusal) return reason === 'OBJECT_LOCK' && doneOn > date;
    return reason === refusal.reason && refusal.doneOn !== null && doneOn >= refusal.doneOn;
  });
  return { id: forgettingRequestId(entry.applicationId, date, reason) };
}

function forgettingDecided(act: Act): Expected {
  const { entry } = act;
  const body = readBody(entry, 'FORGETTING_DECIDED');
  requireSome(recentPrefixes(act), (prefix) =>
    same(
      { id: entry.id, body },
      forgettingStatement(entry.applicationId, prefix, retentionOf(prefix, timeZoneOf(act))),
    ),
  );
  return SYSTEM;
}

function applicantForgotten(act: Act): Expected {
  const { decided } = forgettingOf(act.before);
  if (!decided) throw new NotNamed('No entry before it decides to forget the applicant.');
  const { objects } = readBody(act.entry, 'APPLICANT_FORGOTTEN');
  requireSome(recentPrefixes(act), (prefix) => objects === evidenceOf(prefix).length);
  return { ...SYSTEM, id: forgottenStatement(decided, objects).id };
}

function evidenceExported({ entry }: Act): Expected {
  const { role, withIdentity } = readBody(entry, 'EVIDENCE_EXPORTED');
  requireRole(entry, role, 'EXPORT_DECISION');
  if (withIdentity) requireRole(entry, role, 'READ_IDENTITY');
  if (!entry.id.startsWith(exportIdPrefix(entry.actor)))
    throw new NotNamed('Its id has another person than its actor.');
  return {};
}

async function personalDataRead(act: Act): Promise<Expected> {
  const { entry, before } = act;
  const { role, kinds } = readBody(entry, 'PERSONAL_DATA_READ');
  if (kinds.includes(HOLD_IDENTITY)) return holdIdentityRead(act);
  if (kinds.includes(APPLICANT_SEARCH)) return applicantSearch(act);
  if (kinds.includes(APPLICANT_DATA)) return applicantDataRead(act);
  const noticesOnly = kinds.every((kind) => kind === 'notice' || kind === 'document-request');
  requireRole(entry, role, ...(noticesOnly ? (['READ_NOTICE'] as const) : []), 'READ_EVIDENCE', 'READ_REVIEW');
  if (kinds.includes('identity')) requireRole(entry, role, 'READ_IDENTITY');
  const named = new Set(evidenceOf(before).map(({ kind }) => kind));
  const unknown = kinds.filter((kind) => kind !== 'identity' && !named.has(kind));
  if (unknown.length > 0) throw new NotNamed(`No entry before it names evidence of the kind ${unknown[0]}.`);
  return {};
}

/** The reviewer who has claimed a case reads the identity that its hold needs: alone, for a purpose, and while it waits. */
async function holdIdentityRead(act: Act): Promise<Expected> {
  const { role, kinds, purpose } = readBody(act.entry, 'PERSONAL_DATA_READ');
  requireRole(act.entry, role, 'READ_HOLD_IDENTITY');
  if (kinds.length > 1) throw new NotNamed('It reads the identity of a hold together with other evidence.');
  if (purpose === null) throw new NotNamed('It reads the identity of a hold for no purpose.');
  for (const prefix of recentPrefixes(act)) {
    const isOwn = isClaimedBy(prefix, act.entry.actor, act.entry.occurredAt);
    if (isOwn && (await waitingIdentityHolds(act.evidence, prefix)).length > 0) return {};
  }
  throw new NotNamed('It reads the identity of a hold, and none waited for a reviewer who had claimed the case.');
}

/** A person searched for an applicant: for a purpose, in a role that may, and read nothing else. */
function applicantSearch({ entry }: Act): Expected {
  const { role, kinds, purpose } = readBody(entry, 'PERSONAL_DATA_READ');
  requireRole(entry, role, 'SEARCH_APPLICANT');
  if (kinds.length > 1) throw new NotNamed('It searches for an applicant and reads evidence in one entry.');
  if (purpose === null) throw new NotNamed('It searches for an applicant for no purpose.');
  return {};
}

/** The data behind the decisions was given to the front end that submitted the application, or read by an auditor. */
function applicantDataRead({ entry, before }: Act): Expected {
  const { role, kinds } = readBody(entry, 'PERSONAL_DATA_READ');
  requireRole(entry, role, 'READ_APPLICANT_DATA');
  if (kinds.length > 1) throw new NotNamed('It reads the data of the applicant together with other evidence.');
  const received = before.find(({ type }) => type === 'APPLICATION_RECEIVED');
  if (role === 'front-end' && received?.actor !== entry.actor) {
    throw new NotNamed('It gives the data of the applicant to a front end that did not submit the application.');
  }
  return {};
}
