import * as z from 'zod';

import { KeyDestroyed } from '../../adapters/ports.ts';
import { localDate } from '../../domain/calendar.ts';
import { lastDay } from '../../domain/decision/offer-state.ts';
import { keys } from '../../domain/projections/keys.ts';
import type { Contract, UseCase } from '../contracts.ts';
import { reopenForPerson } from '../reopening/reopen-for-person.ts';
import type { SupersedePorts } from '../reopening/supersede.ts';
import { lapse } from './lapse.ts';
import { closedBy, decisionOf, publishClosed, unlistOffers, type Decided } from './offers.ts';

/** Called on a schedule: nothing in its input matters. */
export const contract = {
  input: z.unknown(),
  output: z.strictObject({
    /** Decisions and acceptances that lapsed, and applications that were not completed in time. */
    lapsed: z.int().nonnegative(),
    /** Acceptances without an open condition whose caller stopped before the booking event. It is published now. */
    booked: z.int().nonnegative(),
  }),
} as const satisfies Contract;

/**
 * Records the offers, acceptances and incomplete applications that lapsed, reopens what a person must decide, and publishes the
 * missing booking events. Run on a schedule, and when a process on one machine starts.
 */
export function lapseOffers(ports: SupersedePorts): UseCase<typeof contract> {
  return async () => {
    const now = ports.clock.now().toISOString();
    const today = localDate(now, ports.lending.lender.timeZone);
    const done = { lapsed: 0, booked: 0 };
    let after: string | undefined;
    do {
      const page = await ports.workStore.listIndex(keys.openOffers, after === undefined ? {} : { after });
      for (const { index, data } of page.items) {
        // In the order of their last days: those that follow can still be accepted.
        if ((index?.sk ?? '') >= today) return done;
        const { applicationId, decision } = data as { applicationId: string; decision: string };
        try {
          const decided = await decisionOf(ports, applicationId, decision);
          if (!decided) continue;
          // What was verified may contradict the application.
          const reopened = await reopenForPerson(ports, decided);
          const entry = reopened ?? (await closed(ports, decided, now));
          if (!entry) continue;
          const last = await publishClosed(ports, entry);
          if (last.type === 'ACCEPTANCE_LAPSED') await reopenForPerson(ports, decided);
          if (last.type.endsWith('_LAPSED')) done.lapsed += 1;
          if (last.type === 'CREDIT_BOOKED') done.booked += 1;
        } catch (error) {
          // Who was forgotten has no offers left to open, and holds up nobody else's.
          if (!(error instanceof KeyDestroyed)) throw error;
          await unlistOffers(ports, applicationId, decision);
        }
      }
      after = page.next;
    } while (after !== undefined);
    return done;
  };
}

async function closed(ports: SupersedePorts, decided: Decided, now: string) {
  const entry = await closedBy(ports, decided);
  if (entry) return entry;
  const last = lastDay(decided.record);
  const today = localDate(now, ports.lending.lender.timeZone);
  return last !== undefined && today > last ? lapse(ports, decided, now) : undefined;
}
