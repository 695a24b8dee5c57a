import * as z from 'zod';

import { caseOf } from '../../domain/casework/case.ts';
import type { CaseRow } from '../../domain/projections/case.ts';
import { keys } from '../../domain/projections/keys.ts';
import { appendOnce } from '../append-once.ts';
import type { Contract, UseCase } from '../contracts.ts';
import { syncCase, syncStatus } from '../work-items.ts';
import { closingExpired, type ClaimPorts } from './acts.ts';

/** Called on a schedule: nothing in its input matters. */
export const contract = {
  input: z.unknown(),
  output: z.strictObject({ expired: z.int().nonnegative() }),
} as const satisfies Contract;

/**
 * Closes the requests that no applicant answered by their last day, so that their cases wait for a person again. Each entry has
 * the instant of the expiry, whenever it is written. Run on a schedule.
 */
export function expireRequests(ports: Pick<ClaimPorts, 'ledger' | 'workStore' | 'clock'>): UseCase<typeof contract> {
  return async () => {
    const now = ports.clock.now().toISOString();
    let expired = 0;
    for (;;) {
      const { items } = await ports.workStore.listIndex(keys.cases('APPLICANT'));
      const due = items.map(({ data }) => data as CaseRow).filter(({ pendingUntil }) => (pendingUntil ?? now) < now);
      for (const { applicationId } of due) {
        const found = caseOf(await ports.ledger.read(applicationId));
        if (found?.request && found.request.until < now) {
          await appendOnce(ports.ledger, closingExpired(found, found.request));
          expired += 1;
        }
        await syncCase(ports, applicationId);
        await syncStatus(ports, applicationId);
      }
      // A full page of expired requests may have more behind it.
      if (due.length < items.length || items.length < 100) return { expired };
    }
  };
}
