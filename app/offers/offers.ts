import type { Events, WorkStore } from '../../adapters/ports.ts';
import { lastDay } from '../../domain/decision/offer-state.ts';
import type { DecisionRecord } from '../../domain/decision/record.ts';
import { closedId, reopenedId } from '../../domain/ledger/acts.ts';
import type { LedgerEntry, LedgerEvent } from '../../domain/ledger/chain.ts';
import { evidenceNamedBy, readBody, type EvidenceReference } from '../../domain/ledger/events.ts';
import { announcementOf } from '../../domain/projections/announcements.ts';
import { offersItem } from '../../domain/projections/application.ts';
import { keys } from '../../domain/projections/keys.ts';
import { NEXT_RUN } from '../../domain/projections/retention-item.ts';
import { appendOnce } from '../append-once.ts';
import { removeItem, syncStatus, updateItem } from '../work-items.ts';
import { readEvidence } from '../workflow/read-evidence.ts';
import type { StepPorts } from '../workflow/record-step.ts';

export interface OfferPorts extends StepPorts {
  readonly workStore: WorkStore;
  readonly events: Events;
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
export async function openOffers(ports: OfferPorts, applicationId: string, decision: string): Promise<void> {
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
  if (lastDay(decided.record) !== undefined) {
    // A death between the entry and its booking event is then found by the next run, not only when the offers expire.
    const { data, ...place } = offersItem(applicationId, decision, NEXT_RUN);
    await updateItem(ports.workStore, place, () => data);
  }
  return appendOnce(ports.ledger, makeEvent(closedId(decision)));
}

/** Publishes how a decision was closed, at least once under one id, and removes its offers from the list. */
export async function publishClosed(ports: OfferPorts, entry: LedgerEntry): Promise<void> {
  const { applicationId } = entry;
  const decision = evidenceNamedBy(entry)[0]?.address ?? '';
  const accepted = entry.type === 'OFFER_ACCEPTED';
  const record = accepted ? await readEvidence(ports.evidence, applicationId, 'decision', decision) : undefined;
  const announcement = announcementOf(entry, record);
  if (announcement) await ports.events.publish([announcement]);
  if (entry.type === 'APPLICATION_LAPSED' || entry.type === 'APPLICATION_WITHDRAWN') {
    await syncStatus(ports, applicationId);
  }
  await unlistOffers(ports, applicationId, decision);
}

/** Takes a decision's offers off the list of LapseOffers. */
export function unlistOffers({ workStore }: OfferPorts, applicationId: string, decision: string): Promise<void> {
  return removeItem(workStore, keys.offers(applicationId, decision));
}
