import { currentOffers } from '../../app/offers/current-offers.ts';
import { contractToBook } from '../../app/offers/offers.ts';
import { readEvidence } from '../../app/workflow/read-evidence.ts';
import { isStale } from '../../app/workflow/report-age.ts';
import { localDate } from '../../domain/calendar.ts';
import { compareVerified } from '../../domain/decision/condition-evidence.ts';
import {
  conclude,
  type Concluded,
  type CreditContract,
  type RevisedOffer,
} from '../../domain/decision/credit-contract.ts';
import { closingsOf, isLapse, settlementOf, type Settlement } from '../../domain/decision/offer-state.ts';
import type { DecisionRecord } from '../../domain/decision/record.ts';
import { closedId, conditionId, revisedId, settledId } from '../../domain/ledger/acts.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { readBody, type EventType } from '../../domain/ledger/events.ts';
import type { Offer } from '../../domain/policy/result.ts';
import { evidenceOf } from '../../domain/retention/retention.ts';
import { openNamed, recentPrefixes, requireRole, requireSome, requireSubmitter, type Act } from './act.ts';
import { NotNamed, same, type Expected } from './rests-on.ts';

/** What follows an acceptance, checked by the sealed decision and by the terms that the day of the acceptance gives. */
export const OFFER_ACTS = {
  OFFER_ACCEPTED: offerAccepted,
  OFFER_REVISED: offerRevised,
  CONDITION_CLEARED: conditionDone,
  CONDITION_CONTRADICTED: conditionDone,
  CREDIT_BOOKED: acceptanceSettled,
  ACCEPTANCE_LAPSED: acceptanceSettled,
} as const satisfies Partial<Record<EventType, (act: Act) => Promise<Expected> | Expected>>;

const timeZoneOf = ({ lending }: Act): string => lending.lender.timeZone;
const dateOf = (act: Act): string => localDate(act.entry.occurredAt, timeZoneOf(act));

/** The entry is about the newest decision before it. */
function requireDecision({ before }: Act, address: string): void {
  const newest = before.findLast(({ type }) => type === 'DECISION_RECORDED');
  if (!newest || !evidenceOf([newest]).some((reference) => reference.address === address)) {
    throw new NotNamed('It names another decision than the newest one before it.');
  }
}

/** The entry closes or reopens the newest decision before it. @returns how that decision was closed before. */
export function requireNewestDecision(act: Act, address: string): LedgerEntry | undefined {
  const { entry, before } = act;
  requireDecision(act, address);
  const [closed, ...more] = closingsOf(before);
  if (more.length > 0 || (closed && (entry.type !== 'DECISION_REOPENED' || !isLapse(closed)))) {
    throw new NotNamed(`Entry ${closed?.sequence} closed its decision before.`);
  }
  return closed;
}

/** The offer that an entry names, as the applicant could accept it then. */
async function requireOffer(act: Act, record: DecisionRecord, address: string): Promise<Offer> {
  const { offerId } = act.entry.body;
  const offers = await currentOffers(act.evidence, act.before, address, record);
  const found = offers.find(({ offer }) => offer.offerId === offerId);
  if (!found) throw new NotNamed('Its decision has no such offer.');
  return found.offer;
}

/** The terms of an offer on the day, in the mode and for the lender that the sealed value states. */
async function concluded(
  { evidence }: Act,
  [record, decision]: readonly [DecisionRecord, string],
  offer: Offer,
  { mode, lender, on }: Pick<CreditContract, 'mode' | 'lender'> & { readonly on: string },
): Promise<Concluded> {
  const { applicationId, conditions } = record;
  const application = await readEvidence(evidence, applicationId, 'application', record.evidence.application);
  return conclude({ decision, application, offer, conditions, lending: { asOf: on, mode, lender } });
}

async function offerAccepted(act: Act): Promise<Expected> {
  const [record, address] = await act.openDecision();
  requireNewestDecision(act, address);
  requireSubmitter(act);
  const offer = await requireOffer(act, record, address);
  const acceptedOn = dateOf(act);
  if (acceptedOn > offer.expiresOn) throw new NotNamed(`Its offer could be accepted until ${offer.expiresOn}.`);
  if (await isStale(act.evidence, record, { today: acceptedOn, timeZone: timeZoneOf(act) }))
    throw new NotNamed('The report behind its decision was too old on that day.');
  const [agreed] = await openNamed(act, 'contract');
  const made = await concluded(act, [record, address], offer, { ...agreed, on: acceptedOn });
  if (made.result !== 'CONTRACT' || !same(made.contract, agreed)) {
    throw new NotNamed('Its contract has other terms than the offer has on the day of the acceptance.');
  }
  const { conditions, clearBy } = agreed;
  return {
    id: closedId(address),
    'body.acceptedOn': acceptedOn,
    'body.conditions': conditions,
    'body.clearBy': clearBy,
  };
}

async function offerRevised(act: Act): Promise<Expected> {
  const { entry } = act;
  const { offerId } = readBody(entry, 'OFFER_REVISED');
  const [record, address] = await act.openDecision();
  requireDecision(act, address);
  const offer = await requireOffer(act, record, address);
  const revisedOn = dateOf(act);
  const [sealed]: [RevisedOffer, string] = await openNamed(act, 'revised-offer');
  const made = await concluded(act, [record, address], offer, { ...sealed, on: revisedOn });
  if (made.result !== 'NEW_TERMS' || !same(made.revised, sealed)) {
    throw new NotNamed('Its new offer has other terms than the offer has on that day.');
  }
  const revisedOfferId = sealed.offer.offerId;
  return {
    actor: 'system',
    id: revisedId(address, offerId),
    'body.revisedOn': revisedOn,
    'body.revisedOfferId': revisedOfferId,
  };
}

/** A person cleared a condition, or what the person verified contradicts the application. */
async function conditionDone(act: Act): Promise<Expected> {
  const { entry, evidence } = act;
  const type = entry.type as 'CONDITION_CLEARED' | 'CONDITION_CONTRADICTED';
  const { role, condition } = readBody(entry, type);
  requireRole(entry, role, 'CLEAR_CONDITION');
  const [record, address] = await act.openDecision();
  requireDecision(act, address);
  if (!record.conditions.includes(condition)) throw new NotNamed('Its decision has no such condition.');
  if (record.requestedBy === entry.actor) throw new NotNamed('Its actor requested the decision.');
  const [sealed] = await openNamed(act, 'condition-evidence');
  if (sealed.decision !== address) throw new NotNamed('Its evidence is for another decision.');
  if (sealed.verified.documentDate > dateOf(act)) throw new NotNamed('Its document is of a later day.');
  const application = await readEvidence(evidence, entry.applicationId, 'application', record.evidence.application);
  const { stated, contradictions } = compareVerified(application, sealed.verified);
  if (!same({ stated, contradictions }, { stated: sealed.stated, contradictions: sealed.contradictions })) {
    throw new NotNamed('Its evidence compares other values than the application states.');
  }
  return {
    id: conditionId(address, sealed.verified.condition),
    type: contradictions.length === 0 ? 'CONDITION_CLEARED' : 'CONDITION_CONTRADICTED',
    actor: sealed.by,
    'body.role': sealed.role,
    'body.condition': sealed.verified.condition,
  };
}

/**
 * An acceptance is booked or lapses by the conditions before it. A condition may be cleared while the lapse of its acceptance is
 * under way.
 */
async function acceptanceSettled(act: Act): Promise<Expected> {
  const { entry, before } = act;
  const acceptance = before.findLast(({ type }) => type === 'OFFER_ACCEPTED');
  if (!acceptance) throw new NotNamed('No entry before it accepts an offer.');
  const { offerId, evidence } = readBody(acceptance, 'OFFER_ACCEPTED');
  const address = evidence[0]?.address ?? '';
  requireDecision(act, address);
  const stated = statedSettlement(entry);
  requireSome(recentPrefixes(act), (prefix) => same(settlementOf(prefix, acceptance, dateOf(act)), stated));
  const expected = { actor: 'system', id: settledId(address), 'body.offerId': offerId };
  if (stated.type === 'ACCEPTANCE_LAPSED') return { ...expected, 'body.evidence': evidence.slice(0, 1) };
  const { contract } = await contractToBook(act.evidence, acceptance, dateOf(act));
  if (entry.type === 'ACCEPTANCE_LAPSED') {
    if (contract) throw new NotNamed('The terms of its acceptance are those of its day.');
    return { ...expected, 'body.evidence': evidence.slice(0, 1) };
  }
  const [booked] = await openNamed(act, 'contract');
  if (!contract || !same(contract, booked)) {
    throw new NotNamed('Its contract has other terms than the accepted offer has on the day of booking.');
  }
  const [, own] = readBody(entry, 'CREDIT_BOOKED').evidence;
  return { ...expected, 'body.evidence': [evidence[0], own].flatMap((each) => (each ? [each] : [])) };
}

/** What an entry states of the conditions: terms that changed end an acceptance whose conditions are cleared. */
function statedSettlement(entry: LedgerEntry): Settlement {
  if (entry.type === 'CREDIT_BOOKED') return { type: entry.type };
  const { why } = readBody(entry, 'ACCEPTANCE_LAPSED');
  return why === 'TERMS_CHANGED' ? { type: 'CREDIT_BOOKED' } : { type: 'ACCEPTANCE_LAPSED', why };
}
