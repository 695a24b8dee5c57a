import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { ledgerEvent } from '../../domain/ledger/events.ts';
import { closeDecision, lastDay, type Decided, type OfferPorts } from './offers.ts';

/** Records that a decision's offers have all expired. @returns the entry that closed it: an acceptance, where that was quicker. */
export function lapse(ports: OfferPorts, decided: Decided, now: string): Promise<LedgerEntry> {
  const { record, reference } = decided;
  const { applicationId, offers } = record;
  const { kind, address, versionId } = reference;
  return closeDecision(ports, decided, (id) =>
    ledgerEvent({
      id,
      applicationId,
      type: 'OFFER_LAPSED',
      occurredAt: now,
      actor: 'system',
      body: {
        offerIds: offers.map(({ offerId }) => offerId),
        expiredOn: lastDay(record) ?? '',
        evidence: [{ kind, address, versionId }],
      },
    }),
  );
}
