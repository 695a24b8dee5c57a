import { lapseStatement } from '../../domain/ledger/acts.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { ledgerEvent } from '../../domain/ledger/events.ts';
import { lastDay } from '../../domain/projections/application.ts';
import { closeDecision, type Decided, type OfferPorts } from './offers.ts';

/** Records that a decision's offers have all expired. @returns the entry that closed it: an acceptance, where that was quicker. */
export function lapse(ports: OfferPorts, decided: Decided, now: string): Promise<LedgerEntry> {
  const { record, reference } = decided;
  const { applicationId, offers } = record;
  const { kind, address, versionId } = reference;
  const lapsed = lapseStatement(offers, address, lastDay(record) ?? '');
  return closeDecision(ports, decided, (id) =>
    ledgerEvent({
      id,
      applicationId,
      type: 'OFFER_LAPSED',
      occurredAt: now,
      actor: 'system',
      body: {
        ...lapsed.body,
        evidence: [{ kind, address, versionId }],
      },
    }),
  );
}
