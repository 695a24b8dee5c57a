import { LedgerConflict, type Ledger } from '../adapters/ports.ts';
import type { LedgerEntry, LedgerEvent } from '../domain/ledger/chain.ts';

/**
 * Appends an event whose id another call may have used first, with another instant or another body.
 * @returns the entry with the event's id: the other call's where that came first.
 */
export async function appendOnce(ledger: Pick<Ledger, 'append' | 'find'>, event: LedgerEvent): Promise<LedgerEntry> {
  try {
    return await ledger.append(event);
  } catch (error) {
    const first = error instanceof LedgerConflict ? await ledger.find(event.applicationId, event.id) : undefined;
    if (!first) throw error;
    return first;
  }
}
