import type { Clock, Events, Evidence, WorkStore } from '../../adapters/ports.ts';
import { localDate } from '../../domain/calendar.ts';
import { bookingContract, type CreditContract } from '../../domain/decision/credit-contract.ts';
import { decisionIn, lastDay, settlementOf, type Settlement } from '../../domain/decision/offer-state.ts';
import type { DecisionRecord } from '../../domain/decision/record.ts';
import { closedId, reopenedId, settledId } from '../../domain/ledger/acts.ts';
import type { LedgerEntry, LedgerEvent } from '../../domain/ledger/chain.ts';
import { ledgerEvent, readBody, type EvidenceReference } from '../../domain/ledger/events.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import { announcementOf, contractIn } from '../../domain/projections/announcements.ts';
import { offersItem } from '../../domain/projections/application.ts';
import { keys } from '../../domain/projections/keys.ts';
import { NEXT_RUN } from '../../domain/projections/retention-item.ts';
import { forgettingOf } from '../../domain/retention/retention.ts';
import { appendOnce } from '../append-once.ts';
import { syncNotices } from '../notices/notice-rows.ts';
import { removeItem, syncStatus, updateItem } from '../work-items.ts';
import { readEvidence } from '../workflow/read-evidence.ts';
import { sealed, type StepPorts } from '../workflow/record-step.ts';

export interface OfferPorts extends StepPorts {
  readonly workStore: WorkStore;
  readonly events: Events;
  readonly clock: Clock;
  readonly lending: LendingSettings;
}

export interface Decided {
  readonly record: DecisionRecord;
  readonly reference: EvidenceReference;
}

/** The decisions of an application, newest first. */
export async function decisionsOf({ ledger, evidence }: StepPorts, applicationId: string): Promise<Decided[]> {
  const references = (await ledger.read(applicationId)).flatMap((entry) =>
    entry.type === 'DECISION_RECORDED' ? readBody(entry, 'DECISION_RECORDED').evidence : [],
  );
  return Promise.all(
    references.toReversed().map(async (reference) => ({
      reference,
      record: await readEvidence(evidence, applicationId, 'decision', reference.address),
    })),
  );
}

/** One decision of an application, by its address. */
export async function decisionOf(
  ports: StepPorts,
  applicationId: string,
  address: string,
): Promise<Decided | undefined> {
  return (await decisionsOf(ports, applicationId)).find(({ reference }) => reference.address === address);
}

/** Lists a decision that the applicant can answer for LapseOffers, once. */
export async function openOffers(
  ports: Pick<OfferPorts, 'evidence' | 'workStore'>,
  applicationId: string,
  decision: string,
): Promise<void> {
  const expiresOn = lastDay(await readEvidence(ports.evidence, applicationId, 'decision', decision));
  if (expiresOn === undefined) return;
  await ports.workStore.create(offersItem(applicationId, decision, expiresOn));
}

/** How a decision was closed; undefined while the applicant can answer it. */
export function closedBy({ ledger }: StepPorts, { record, reference }: Decided): Promise<LedgerEntry | undefined> {
  return ledger.find(record.applicationId, closedId(reference.address));
}

/** The reopening of a decision; undefined where it was not reopened. */
export async function reopenedBy(ports: StepPorts, decided: Decided): Promise<LedgerEntry | undefined> {
  const closed = await closedBy(ports, decided);
  if (closed?.type === 'DECISION_REOPENED') return closed;
  return closed && ports.ledger.find(decided.record.applicationId, reopenedId(decided.reference.address));
}

/** Reopens a decision whose offers lapsed. @returns the entry: another's, where that was quicker. */
export async function reopenLapsed(
  ports: StepPorts,
  decided: Decided,
  makeEvent: (id: string) => LedgerEvent,
): Promise<LedgerEntry> {
  return appendOnce(ports.ledger, makeEvent(reopenedId(decided.reference.address)));
}

/** Closes a decision. @returns the entry that closed it: another's, where that was quicker. */
export async function closeDecision(
  ports: OfferPorts,
  decided: Decided,
  makeEvent: (id: string) => LedgerEvent,
): Promise<LedgerEntry> {
  const { applicationId } = decided.record;
  const decision = decided.reference.address;
  // A death between the entry and what follows it is then found by the next run, not only when the offers expire.
  if (lastDay(decided.record) !== undefined) await listFor(ports, applicationId, decision, NEXT_RUN);
  return appendOnce(ports.ledger, makeEvent(closedId(decision)));
}

/** Lists a decision for LapseOffers. @param place the local date after which it is due, or `NEXT_RUN`. */
export async function listFor(
  { workStore }: Pick<OfferPorts, 'workStore'>,
  applicationId: string,
  decision: string,
  place: string,
): Promise<void> {
  const { data, ...item } = offersItem(applicationId, decision, place);
  await updateItem(workStore, item, () => data);
}

/**
 * Does what follows the entry that closed a decision, as far as it is due: an acceptance is settled, a lapse or a reopening is
 * published. Each event is published at least once under one id.
 * @returns the newest of the entries that closed the decision.
 */
export async function publishClosed(ports: OfferPorts, entry: LedgerEntry): Promise<LedgerEntry> {
  if (entry.type === 'OFFER_ACCEPTED') return settle(ports, entry);
  await publishLast(ports, entry);
  return entry;
}

/**
 * Settles an acceptance: books it once every condition is cleared, or lets it lapse.
 * @returns the entry that settled it; the acceptance while a condition is open.
 */
async function settle(ports: OfferPorts, acceptance: LedgerEntry): Promise<LedgerEntry> {
  const { applicationId } = acceptance;
  const decision = decisionIn(acceptance);
  const earlier = await ports.ledger.find(applicationId, settledId(decision));
  const entry = earlier ?? (await settlementEntry(ports, acceptance)) ?? (await wait(ports, acceptance));
  if (!entry) return acceptance;
  await publishLast(ports, entry);
  return entry;
}

/** Lists an acceptance until its last day. @returns the entry with which another call settled it meanwhile. */
async function wait(ports: OfferPorts, acceptance: LedgerEntry): Promise<LedgerEntry | undefined> {
  const { applicationId } = acceptance;
  const decision = decisionIn(acceptance);
  const { clearBy } = readBody(acceptance, 'OFFER_ACCEPTED');
  await listFor(ports, applicationId, decision, clearBy ?? NEXT_RUN);
  return ports.ledger.find(applicationId, settledId(decision));
}

/** @returns undefined where nothing settles the acceptance today. */
async function settlementEntry(ports: OfferPorts, acceptance: LedgerEntry): Promise<LedgerEntry | undefined> {
  const { applicationId } = acceptance;
  const now = ports.clock.now().toISOString();
  const entries = await ports.ledger.read(applicationId);
  if (forgettingOf(entries).decided) return undefined;
  const today = localDate(now, ports.lending.lender.timeZone);
  const settlement = settlementOf(entries, acceptance, today);
  if (!settlement) return undefined;
  const settling = settlement.type === 'CREDIT_BOOKED' ? await booking(ports, acceptance, today) : settlement;
  return appendOnce(ports.ledger, settledEvent(acceptance, settling, now));
}

/** What a settlement comes to with the terms of its day. */
type Settling =
  | Extract<Settlement, { type: 'ACCEPTANCE_LAPSED' }>
  | { readonly type: 'CREDIT_BOOKED'; readonly evidence: EvidenceReference[] };

/** Seals the contract of the day of booking; the acceptance lapses where its terms are not those of that day. */
async function booking(ports: OfferPorts, acceptance: LedgerEntry, today: string): Promise<Settling> {
  const { applicationId } = acceptance;
  const { evidence } = readBody(acceptance, 'OFFER_ACCEPTED');
  const { accepted, contract } = await contractToBook(ports.evidence, acceptance, today);
  if (!contract) return { type: 'ACCEPTANCE_LAPSED', why: 'TERMS_CHANGED' };
  if (contract === accepted) return { type: 'CREDIT_BOOKED', evidence };
  const booked = await sealed(ports, applicationId, 'contract', contract);
  return { type: 'CREDIT_BOOKED', evidence: [...evidence.slice(0, 1), booked] };
}

/** The contract of an acceptance, and the one that a booking on a day has; undefined where the terms of that day are others. */
export async function contractToBook(
  evidence: Pick<Evidence, 'open'>,
  acceptance: LedgerEntry,
  today: string,
): Promise<{ readonly accepted: CreditContract; readonly contract: CreditContract | undefined }> {
  const { applicationId } = acceptance;
  const accepted = await readEvidence(evidence, applicationId, 'contract', contractIn(acceptance));
  const decision = await readEvidence(evidence, applicationId, 'decision', accepted.decision);
  const application = await readEvidence(evidence, applicationId, 'application', decision.evidence.application);
  return { accepted, contract: bookingContract(accepted, application, today) };
}

function settledEvent(acceptance: LedgerEntry, settlement: Settling, occurredAt: string): LedgerEvent {
  const { offerId, evidence } = readBody(acceptance, 'OFFER_ACCEPTED');
  const { applicationId } = acceptance;
  const common = { id: settledId(decisionIn(acceptance)), applicationId, occurredAt, actor: 'system' };
  if (settlement.type === 'CREDIT_BOOKED')
    return ledgerEvent({ ...common, type: settlement.type, body: { offerId, evidence: settlement.evidence } });
  const { type, why } = settlement;
  return ledgerEvent({ ...common, type, body: { offerId, why, evidence: evidence.slice(0, 1) } });
}

/** Publishes the last entry of a decision, and removes its offers from the list unless a person must decide again. */
async function publishLast(ports: OfferPorts, entry: LedgerEntry): Promise<void> {
  const { applicationId } = entry;
  const contract =
    entry.type === 'CREDIT_BOOKED'
      ? await readEvidence(ports.evidence, applicationId, 'contract', contractIn(entry))
      : undefined;
  const announcement = announcementOf(entry, contract);
  if (announcement) await ports.events.publish([announcement]);
  if (entry.type === 'APPLICATION_LAPSED' || entry.type === 'APPLICATION_WITHDRAWN') {
    await syncStatus(ports, applicationId);
    await syncNotices(ports, applicationId);
  }
  // LapseOffers reopens its decision, so that a person decides.
  if (entry.type === 'ACCEPTANCE_LAPSED') await listFor(ports, applicationId, decisionIn(entry), NEXT_RUN);
  else await unlistOffers(ports, applicationId, decisionIn(entry));
}

/** Takes a decision's offers off the list of LapseOffers. */
export function unlistOffers(
  { workStore }: Pick<OfferPorts, 'workStore'>,
  applicationId: string,
  decision: string,
): Promise<void> {
  return removeItem(workStore, keys.offers(applicationId, decision));
}
