import { lastDay } from '../../domain/decision/offer-state.ts';
import { applicationLapseStatement, lapseStatement } from '../../domain/ledger/acts.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { ledgerEvent } from '../../domain/ledger/events.ts';
import { closeDecision, type Decided, type OfferPorts } from './offers.ts';

/**
 * Records that the applicant can no longer answer a decision: its offers have all expired, or the time to complete the
 * application is over. @returns the entry that closed it: another, such as an acceptance, where that was quicker.
 */
export function lapse(ports: OfferPorts, decided: Decided, now: string): Promise<LedgerEntry> {
  const { record, reference } = decided;
  const { applicationId, offers, outcome } = record;
  const { address } = reference;
  const evidence = [reference];
  const common = { applicationId, occurredAt: now, actor: 'system' };
  const last = lastDay(record) ?? '';
  return closeDecision(ports, decided, (id) =>
    outcome === 'INCOMPLETE'
      ? ledgerEvent({
          ...common,
          id,
          type: 'APPLICATION_LAPSED',
          body: { ...applicationLapseStatement(address, last).body, evidence },
        })
      : ledgerEvent({
          ...common,
          id,
          type: 'OFFER_LAPSED',
          body: { ...lapseStatement(offers, address, last).body, evidence },
        }),
  );
}
