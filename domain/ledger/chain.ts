import type { JsonObject } from '../json.ts';
import { canonicalJson, digestOf, NotCanonicalizable, sha256 } from './canonical-json.ts';

/** What happened to an application, as its author states it. Two events with one id must be equal. */
export interface LedgerEvent {
  /** Deterministic: the same step of the same execution makes the same id, however often it runs. */
  readonly id: string;
  readonly applicationId: string;
  /** The step's name in the past, such as `APPLICATION_SCORED`. */
  readonly type: string;
  readonly schemaVersion: number;
  /** UTC instant of the step's entry or of the outside act, ISO 8601 with milliseconds. */
  readonly occurredAt: string;
  /** `system`, or the id of the person who acted. */
  readonly actor: string;
  readonly body: JsonObject;
}

/** An event in its place in the application's chain. */
export interface LedgerEntry extends LedgerEvent {
  /** 0 for the first event of an application, then without gaps. */
  readonly sequence: number;
  /** UTC instant of the write. */
  readonly recordedAt: string;
  /** `hash` of the entry before, 64 hexadecimal digits; 64 zeros at the start. */
  readonly previousHash: string;
  readonly hash: string;
}

export const GENESIS_HASH = '0'.repeat(64);

/** Takes the author's part of an entry; what the chain adds is left out. */
export function eventOf(entry: LedgerEvent): LedgerEvent {
  const { id, applicationId, type, schemaVersion, occurredAt, actor, body } = entry;
  return { id, applicationId, type, schemaVersion, occurredAt, actor, body };
}

/** Digest of the author's part: it does not depend on where and when the event was written. */
export function eventDigest(event: LedgerEvent): string {
  return digestOf(eventOf(event));
}

/** Places an event after `previous` (undefined at the start of an application): h_n = SHA-256(h_{n-1} || canonical_n). */
export function chainEvent(event: LedgerEvent, previous: LedgerEntry | undefined, recordedAt: string): LedgerEntry {
  const placed = {
    ...eventOf(event),
    sequence: previous ? previous.sequence + 1 : 0,
    recordedAt,
    previousHash: previous?.hash ?? GENESIS_HASH,
  };
  return { ...placed, hash: entryHash(placed) };
}

function entryHash(entry: Omit<LedgerEntry, 'hash'>): string {
  const { previousHash } = entry;
  const stated = { ...eventOf(entry), sequence: entry.sequence, recordedAt: entry.recordedAt };
  return sha256(previousHash + canonicalJson(stated));
}

/** Whether an entry has its hash and no member beside those the hash covers. */
function isAsWritten(entry: LedgerEntry): boolean {
  const { sequence, recordedAt, previousHash, hash } = entry;
  try {
    const covered = { ...eventOf(entry), sequence, recordedAt, previousHash, hash };
    return hash === entryHash(entry) && canonicalJson(entry) === canonicalJson(covered);
  } catch (error) {
    if (error instanceof NotCanonicalizable) return false;
    throw error;
  }
}

export type ChainFault =
  | { readonly fault: 'SEQUENCE_GAP'; readonly sequence: number; readonly expected: number }
  | { readonly fault: 'WRONG_APPLICATION'; readonly sequence: number }
  | { readonly fault: 'BROKEN_LINK'; readonly sequence: number }
  | { readonly fault: 'CHANGED_ENTRY'; readonly sequence: number }
  | { readonly fault: 'DUPLICATE_EVENT'; readonly sequence: number; readonly eventId: string }
  | { readonly fault: 'CLOCK_WENT_BACK'; readonly sequence: number };

/**
 * Checks one application's entries, in sequence order, against each other.
 *
 * A chain cannot show that its newest entries were cut off; seals do that.
 * @returns every fault found, in order; empty when the chain holds.
 */
export function verifyChain(applicationId: string, entries: readonly LedgerEntry[]): ChainFault[] {
  const faults: ChainFault[] = [];
  const seen = new Set<string>();
  let previous: LedgerEntry | undefined;
  for (const [expected, entry] of entries.entries()) {
    const { sequence } = entry;
    if (sequence !== expected) faults.push({ fault: 'SEQUENCE_GAP', sequence, expected });
    if (entry.applicationId !== applicationId) faults.push({ fault: 'WRONG_APPLICATION', sequence });
    if (entry.previousHash !== (previous?.hash ?? GENESIS_HASH)) faults.push({ fault: 'BROKEN_LINK', sequence });
    if (!isAsWritten(entry)) faults.push({ fault: 'CHANGED_ENTRY', sequence });
    if (seen.has(entry.id)) faults.push({ fault: 'DUPLICATE_EVENT', sequence, eventId: entry.id });
    if (previous && entry.recordedAt < previous.recordedAt) faults.push({ fault: 'CLOCK_WENT_BACK', sequence });
    seen.add(entry.id);
    previous = entry;
  }
  return faults;
}
