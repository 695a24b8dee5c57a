import { canonicalJson } from '../domain/ledger/canonical-json.ts';
import {
  chainedEvent,
  eventDigest,
  isLedgerEntry,
  type LedgerEntry,
  type LedgerEvent,
} from '../domain/ledger/chain.ts';
import { LedgerConflict, type Clock } from './ports.ts';

class LedgerDamaged extends Error {
  override readonly name = 'LedgerDamaged';
}

/**
 * Reads the text of an entry. `verifyChain` finds whether the entry still has its hash.
 * @throws LedgerDamaged for a text that is no entry, and for one that is not canonical: another reader of a text with a
 * member twice may see another value.
 */
export function entryOf(text: unknown, applicationId: string): LedgerEntry {
  const { entry, fault } = examineText(text);
  if (entry && !fault) return entry;
  const what = entry ? 'has another text than the program writes' : 'is not readable';
  throw new LedgerDamaged(
    `An entry in the ledger of ${applicationId} ${what}: restore it from a backup or an export. ` +
      `Run underwright verify ${applicationId} to see which.`,
  );
}

/** The entry in a stored text, where there is one, and what is wrong with the text. */
export function examineText(text: unknown): {
  readonly entry: LedgerEntry | undefined;
  readonly fault?: 'ENTRY_UNREADABLE' | 'ENTRY_TEXT_DIFFERS';
} {
  let entry: unknown;
  try {
    entry = JSON.parse(String(text));
  } catch {
    entry = undefined;
  }
  if (!isLedgerEntry(entry)) return { entry: undefined, fault: 'ENTRY_UNREADABLE' };
  return isCanonical(entry, text) ? { entry } : { entry, fault: 'ENTRY_TEXT_DIFFERS' };
}

function isCanonical(entry: LedgerEntry, text: unknown): boolean {
  try {
    return canonicalJson(entry) === text;
  } catch {
    return false;
  }
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
