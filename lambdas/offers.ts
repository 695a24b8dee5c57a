import { LedgerConflict, type Events, type WorkStore } from '../adapters/ports.ts';
import type { DecisionRecord } from '../domain/decision/record.ts';
import type { LedgerEntry, LedgerEvent } from '../domain/ledger/chain.ts';
import { readBody, type EvidenceReference } from '../domain/ledger/events.ts';
import { readEvidence } from './read-evidence.ts';
import type { StepPorts } from './record-step.ts';
import { keys, updateItem } from './work-items.ts';

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
 * The one event that closes the offers of an application, whether one is accepted or all lapse: who comes second finds the
 * first, so that no two offers are booked and none is booked that has lapsed.
 */
const closedId = (applicationId: string) => `offers/${applicationId}`;

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
    ...keys.offers(applicationId),
    index: { pk: keys.openOffers, sk: `${expiresOn}#${applicationId}` },
    data: { applicationId },
  });
}

/** How the offers of an application were closed; undefined while they are open. */
export function closedOffers({ ledger }: StepPorts, applicationId: string): Promise<LedgerEntry | undefined> {
  return ledger.find(applicationId, closedId(applicationId));
}

/** Closes the offers of an application. @returns the entry that closed them: another's, where that was quicker. */
export async function closeOffers(
  ports: OfferPorts,
  applicationId: string,
  makeEvent: (id: string) => LedgerEvent,
): Promise<LedgerEntry> {
  const index = { pk: keys.openOffers, sk: `${NEXT_RUN}#${applicationId}` };
  // A death between the entry and its booking event is then found by the next run, not only when the offers expire.
  await updateItem(ports.workStore, { ...keys.offers(applicationId), index }, () => ({ applicationId }));
  try {
    return await ports.ledger.append(makeEvent(closedId(applicationId)));
  } catch (error) {
    const first = error instanceof LedgerConflict ? await closedOffers(ports, applicationId) : undefined;
    if (!first) throw error;
    return first;
  }
}

export const bookingId = ({ id }: LedgerEntry): string => `${id}/booked`;

/** Tells other systems how the offers were closed, at least once under one id, and takes them off the list. */
export async function tellClosed(ports: OfferPorts, entry: LedgerEntry): Promise<void> {
  const { applicationId, occurredAt, id } = entry;
  if (entry.type === 'OFFER_ACCEPTED') {
    const { offerId, evidence } = readBody(entry, 'OFFER_ACCEPTED');
    const decision = evidence[0]?.address ?? '';
    const { product, conditions, offers } = await readEvidence(ports.evidence, applicationId, 'decision', decision);
    const terms = offers.find((offer) => offer.offerId === offerId);
    if (!terms) throw new TypeError(`The decision ${decision} has no offer ${offerId}.`);
    const type = terms.kind === 'LINE' ? 'LineOpened' : 'LoanBooked';
    const detail = { applicationId, product, decision, terms, conditions };
    await ports.events.publish([{ id: bookingId(entry), type, occurredAt, detail }]);
  } else {
    const { offerIds, expiredOn } = readBody(entry, 'OFFER_LAPSED');
    const detail = { applicationId, offerIds, expiredOn };
    await ports.events.publish([{ id: `${id}/lapsed`, type: 'OfferLapsed', occurredAt, detail }]);
  }
  await unlistOffers(ports, applicationId);
}

/** Takes an application's offers off the list of LapseOffers. */
export async function unlistOffers({ workStore }: OfferPorts, applicationId: string): Promise<void> {
  const { pk, sk } = keys.offers(applicationId);
  const item = await workStore.get(pk, sk);
  if (item) await workStore.remove(item);
}
