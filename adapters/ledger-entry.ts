import { chainedEvent, eventDigest, type LedgerEntry, type LedgerEvent } from '../domain/ledger/chain.ts';
import { LedgerConflict, type Clock } from './ports.ts';

export class LedgerDamaged extends Error {
  override readonly name = 'LedgerDamaged';
}

/**
 * Reads the text of an entry. Whether it still says what it said is for `verifyChain` to find.
 * @throws LedgerDamaged when it is no entry at all.
 */
export function entryOf(text: unknown, applicationId: string): LedgerEntry {
  let entry: unknown;
  try {
    entry = JSON.parse(String(text));
  } catch {
    entry = undefined;
  }
  if (!isEntry(entry)) {
    throw new LedgerDamaged(
      `An entry in the ledger of ${applicationId} is not readable: restore it from a backup or an export.`,
    );
  }
  return entry;
}

function isEntry(value: unknown): value is LedgerEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { id, applicationId, type, schemaVersion, occurredAt, actor, body, sequence, recordedAt, previousHash, hash } =
    value as Record<string, unknown>;
  const texts = [id, applicationId, type, occurredAt, actor, recordedAt, previousHash, hash];
  return (
    texts.every((text) => typeof text === 'string') &&
    [schemaVersion, sequence].every((number) => typeof number === 'number') &&
    typeof body === 'object' &&
    body !== null
  );
}

/** @throws LedgerConflict when `found` says something else than `event` under the same id. */
export function sameEvent(event: LedgerEvent, found: LedgerEntry): LedgerEntry {
  if (eventDigest(found) === eventDigest(event)) return found;
  throw new LedgerConflict(
    `The ledger of ${event.applicationId} has another event with the id ${event.id}: an event is written once, so a ` +
      `different fact needs an id of its own.`,
  );
}

/** The entry behind `head`, with its canonical text. Clocks of two machines differ, so its time is never before the head's. */
export function nextEntry(
  event: LedgerEvent,
  head: LedgerEntry | undefined,
  clock: Clock,
): { readonly entry: LedgerEntry; readonly text: string } {
  const now = clock.now().toISOString();
  return chainedEvent(event, head, head && head.recordedAt > now ? head.recordedAt : now);
}
