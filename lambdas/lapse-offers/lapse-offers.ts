import { KeyDestroyed, type Clock } from '../../adapters/ports.ts';
import { localDate } from '../../domain/application/local-date.ts';
import { CREDITOR } from '../../domain/application/products.ts';
import type { StepOf } from '../handler.ts';
import { closedOffers, lastDay, decisionsOf, tellClosed, unlistOffers, type OfferPorts } from '../offers.ts';
import { keys } from '../work-items.ts';
import { lapse } from './lapse.ts';

export interface LapsePorts extends OfferPorts {
  readonly clock: Clock;
}

/**
 * Records the offers that nobody accepted in time, and sends the booking events of acceptances whose call died. Run on a
 * schedule, and when a process on one machine starts.
 */
export function lapseOffers(ports: LapsePorts): StepOf<'LapseOffers'> {
  return async () => {
    const now = ports.clock.now().toISOString();
    const today = localDate(now, CREDITOR.timeZone);
    const done = { lapsed: 0, booked: 0 };
    let after: string | undefined;
    do {
      const page = await ports.workStore.listIndex(keys.openOffers, after === undefined ? {} : { after });
      for (const { index, data } of page.items) {
        // In the order of their last days: those that follow can still be accepted.
        if ((index?.sk ?? '') >= today) return done;
        const { applicationId } = data as { applicationId: string };
        try {
          const entry = await closed(ports, applicationId, now, today);
          if (!entry) continue;
          await tellClosed(ports, entry);
          done[entry.type === 'OFFER_LAPSED' ? 'lapsed' : 'booked'] += 1;
        } catch (error) {
          // Who was forgotten has no offers left to open, and holds up nobody else's.
          if (!(error instanceof KeyDestroyed)) throw error;
          await unlistOffers(ports, applicationId);
        }
      }
      after = page.next;
    } while (after !== undefined);
    return done;
  };
}

async function closed(ports: LapsePorts, applicationId: string, now: string, today: string) {
  const entry = await closedOffers(ports, applicationId);
  if (entry) return entry;
  const [newest] = await decisionsOf(ports, applicationId);
  const last = newest && lastDay(newest.record);
  return newest && last !== undefined && today > last ? lapse(ports, newest, now) : undefined;
}
