import type { Events, Ledger, Workflows, WorkStore } from '../../adapters/ports.ts';
import type { StepOf } from '../handler.ts';
import { receivedEventId, startAccepted as startOne } from '../intake-application/intake-application.ts';
import { keys, type Summary } from '../work-items.ts';

export interface StartPorts {
  readonly ledger: Ledger;
  readonly workStore: WorkStore;
  readonly workflows: Workflows;
  readonly events: Events;
}

/**
 * Starts what was accepted and not started, because its intake died and its front end never came back. Run on a schedule,
 * and when a process on one machine starts. One that cannot be started keeps no other from it.
 */
export function startAccepted(ports: StartPorts): StepOf<'StartAccepted'> {
  return async () => {
    let started = 0;
    let failed = 0;
    let after: string | undefined;
    do {
      const page = await ports.workStore.listIndex(keys.starting, after === undefined ? {} : { after });
      for (const { data } of page.items) {
        const { applicationId } = data as Summary;
        const entry = await ports.ledger.find(applicationId, receivedEventId(applicationId));
        // Without an entry it was never accepted: nobody was told that it was.
        if (!entry) continue;
        try {
          await startOne(ports, entry);
          started += 1;
        } catch {
          failed += 1;
        }
      }
      after = page.next;
    } while (after !== undefined);
    return { started, failed };
  };
}
