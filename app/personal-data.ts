import type { Clock, Ledger } from '../adapters/ports.ts';
import type { Role } from '../domain/access/access.ts';
import { digestOf } from '../domain/ledger/canonical-json.ts';
import type { LedgerEntry, LedgerEvent } from '../domain/ledger/chain.ts';
import { ledgerEvent } from '../domain/ledger/events.ts';
import { appendOnce } from './append-once.ts';

/** Who looks at what of an application's personal data, and why. */
export interface PersonalDataRead {
  readonly by: string;
  readonly role: Role;
  readonly purpose: string | null;
  /** Kinds of evidence, and `identity` for who applied. */
  readonly kinds: readonly string[];
  /** A request that is sent again is one read. */
  readonly requestId: string;
}

class RequestIdReused extends Error {
  override readonly name = 'RequestIdReused';
}

/** A request that is repeated after a lost answer is; later, its id is a way to read unrecorded. */
const REPEATABLE_MS = 300_000;

/**
 * Writes down that personal data is read, before it is shown.
 * @throws RequestIdReused for the id of another read, or of one long past: what is asked for must not be shown then.
 */
export async function recordRead(
  { ledger, clock }: { readonly ledger: Ledger; readonly clock: Clock },
  applicationId: string,
  { by, role, purpose, kinds, requestId }: PersonalDataRead,
): Promise<void> {
  // A digest: the id is the sender's text, and the ledger is never forgotten.
  const id = `read/${digestOf([by, requestId]).slice(0, 32)}`;
  const now = clock.now();
  const body = { role, purpose, kinds: [...new Set(kinds)].toSorted() };
  const event = ledgerEvent({
    id,
    applicationId,
    type: 'PERSONAL_DATA_READ',
    occurredAt: now.toISOString(),
    actor: by,
    body,
  });
  await appendForRequest({ ledger, clock }, event);
}

/**
 * Appends the event of a request whose id is in the event's id. A copy of the request within five minutes finds the entry.
 * @returns the entry. @throws RequestIdReused for an id of another request, or of one long past.
 */
export async function appendForRequest(
  { ledger, clock }: { readonly ledger: Pick<Ledger, 'append' | 'find'>; readonly clock: Clock },
  event: LedgerEvent,
): Promise<LedgerEntry> {
  const entry = await appendOnce(ledger, event);
  const same = entry.type === event.type && digestOf(entry.body) === digestOf(event.body);
  if (!same || clock.now().getTime() - Date.parse(entry.occurredAt) > REPEATABLE_MS) {
    throw new RequestIdReused('This request id was used for another request: make a new one.');
  }
  return entry;
}
