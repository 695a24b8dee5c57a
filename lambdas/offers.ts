import { LedgerConflict, type Events, type WorkStore } from '../adapters/ports.ts';
import type { DecisionRecord } from '../domain/decision/record.ts';
import type { LedgerEntry, LedgerEvent } from '../domain/ledger/chain.ts';
import { evidenceNamedBy, readBody, type EvidenceReference } from '../domain/ledger/events.ts';
import { readEvidence } from './read-evidence.ts';
import type { StepPorts } from './record-step.ts';
import { keys, removeItem, updateItem } from './work-items.ts';

export interface OfferPorts extends StepPorts {
  readonly workStore: WorkStore;
  readonly events: Events;
}

export interface Decided {
  readonly record: DecisionRecord;
  readonly reference: EvidenceReference;
}

/** Before every date: what an acceptance under way left behind is looked at by the next LapseOffers. */
const NEXT_RUN = '0000-00-00';

/**
 * The one event that closes a decision, whether an offer is accepted, all lapse or it is reopened: who comes second finds
 * the first, so that no two offers are booked, and none of a decision that lapsed or is made again.
 */
export const closedId = (decision: string) => `decisions/${decision}/closed`;

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

/** The last day on which an offer of the decision can be accepted; undefined where it has none. */
export function lastDay({ offers }: DecisionRecord): string | undefined {
  return offers
    .map(({ expiresOn }) => expiresOn)
    .toSorted()
    .at(-1);
}

/** Lists a decision's offers for LapseOffers, once. */
export async function openOffers(ports: OfferPorts, applicationId: string, decision: string): Promise<void> {
  const expiresOn = lastDay(await readEvidence(ports.evidence, applicationId, 'decision', decision));
  if (expiresOn === undefined) return;
  await ports.workStore.create({
    ...keys.offers(applicationId, decision),
    index: { pk: keys.openOffers, sk: `${expiresOn}#${applicationId}` },
    data: { applicationId, decision },
  });
}

/** How a decision was closed; undefined while its offers are open. */
export function closedBy({ ledger }: StepPorts, { record, reference }: Decided): Promise<LedgerEntry | undefined> {
  return ledger.find(record.applicationId, closedId(reference.address));
}

/** A decision whose offers lapsed is closed already: its reopening has an id of its own. */
export const reopenedId = (decision: string) => `decisions/${decision}/reopened`;

/** The reopening of a decision; undefined where it stands. */
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
  try {
    return await ports.ledger.append(makeEvent(reopenedId(decided.reference.address)));
  } catch (error) {
    const first = error instanceof LedgerConflict ? await reopenedBy(ports, decided) : undefined;
    if (!first) throw error;
    return first;
  }
}

/** Closes a decision. @returns the entry that closed it: another's, where that was quicker. */
export async function closeDecision(
  ports: OfferPorts,
  decided: Decided,
  makeEvent: (id: string) => LedgerEvent,
): Promise<LedgerEntry> {
  const { applicationId, offers } = decided.record;
  const decision = decided.reference.address;
  if (offers.length > 0) {
    const index = { pk: keys.openOffers, sk: `${NEXT_RUN}#${applicationId}` };
    // A death between the entry and its booking event is then found by the next run, not only when the offers expire.
    await updateItem(ports.workStore, { ...keys.offers(applicationId, decision), index }, () => ({
      applicationId,
      decision,
    }));
  }
  try {
    return await ports.ledger.append(makeEvent(closedId(decision)));
  } catch (error) {
    const first = error instanceof LedgerConflict ? await closedBy(ports, decided) : undefined;
    if (!first) throw error;
    return first;
  }
}

export const bookingId = ({ id }: LedgerEntry): string => `${id}/booked`;

/** Tells other systems how a decision was closed, at least once under one id, and takes its offers off the list. */
export async function tellClosed(ports: OfferPorts, entry: LedgerEntry): Promise<void> {
  const { applicationId, occurredAt, id } = entry;
  const decision = evidenceNamedBy(entry)[0]?.address ?? '';
  if (entry.type === 'OFFER_ACCEPTED') {
    const { offerId } = readBody(entry, 'OFFER_ACCEPTED');
    const { product, conditions, offers } = await readEvidence(ports.evidence, applicationId, 'decision', decision);
    const terms = offers.find((offer) => offer.offerId === offerId);
    if (!terms) throw new TypeError(`The decision ${decision} has no offer ${offerId}.`);
    const type = terms.kind === 'LINE' ? 'LineOpened' : 'LoanBooked';
    const detail = { applicationId, product, decision, terms, conditions };
    await ports.events.publish([{ id: bookingId(entry), type, occurredAt, detail }]);
  } else if (entry.type === 'OFFER_LAPSED') {
    const { offerIds, expiredOn } = readBody(entry, 'OFFER_LAPSED');
    const detail = { applicationId, offerIds, expiredOn };
    await ports.events.publish([{ id: `${id}/lapsed`, type: 'OfferLapsed', occurredAt, detail }]);
  } else {
    const { number, why } = readBody(entry, 'DECISION_REOPENED');
    const detail = { applicationId, decision, number, why };
    await ports.events.publish([{ id: `${id}/reopened`, type: 'DecisionReopened', occurredAt, detail }]);
  }
  await unlistOffers(ports, applicationId, decision);
}

/** Takes a decision's offers off the list of LapseOffers. */
export function unlistOffers({ workStore }: OfferPorts, applicationId: string, decision: string): Promise<void> {
  return removeItem(workStore, keys.offers(applicationId, decision));
}
