import * as z from 'zod';

import type { JsonObject } from '../json.ts';
import { canonicalJson, digestOf, NotCanonicalizable, sha256 } from './canonical-json.ts';

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** A UTC instant, ISO 8601 with milliseconds. */
const instant = z.string().refine((text) => INSTANT.test(text) && !Number.isNaN(Date.parse(text)));

/** The shape of a ledger entry: an event in its place in the application's chain. Stores, files and routes share it. */
export const ledgerEntry = z.strictObject({
  /** Deterministic: the same step of the same execution makes the same id, however often it runs. */
  id: z.string(),
  applicationId: z.string(),
  /** The step's name in the past, such as `APPLICATION_SCORED`. */
  type: z.string(),
  schemaVersion: z.int(),
  /** UTC instant of the step's entry or of the outside act. */
  occurredAt: instant,
  /** `system`, or the id of the person who acted. */
  actor: z.string(),
  body: z.record(z.string(), z.unknown()),
  /** 0 for the first event of an application, then without gaps. */
  sequence: z.int(),
  /** UTC instant of the write. */
  recordedAt: instant,
  /** `hash` of the previous entry, 64 hexadecimal digits; 64 zeros at the start. */
  previousHash: z.string(),
  hash: z.string(),
});

/** An event in its place in the application's chain. */
export interface LedgerEntry extends Readonly<Omit<z.infer<typeof ledgerEntry>, 'body'>> {
  readonly body: JsonObject;
}

/** What happened to an application, as its author states it. Two events with one id must be equal. */
export type LedgerEvent = Omit<LedgerEntry, 'sequence' | 'recordedAt' | 'previousHash' | 'hash'>;

/** Ignores an added member: this check must not hide it behind another fault. */
const readableEntry = z.object(ledgerEntry.shape);

/** Whether a value has every member of an entry. `verifyChain` finds an added member, because the hash does not cover it. */
export const isLedgerEntry = (value: unknown): value is LedgerEntry => readableEntry.safeParse(value).success;

/** The ledger's first day: no release is older, so no entry is. */
export const FIRST_DAY = '2026-01-01';

/** By how much the clocks of two machines may differ, or a time service may set one back, in ms. */
export const MAX_CLOCK_SKEW_MS = 60_000;

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

/**
 * Places an event after `previous` (undefined at the start of an application): h_n = SHA-256(h_{n-1} || canonical_n).
 */
export function chainEvent(event: LedgerEvent, previous: LedgerEntry | undefined, recordedAt: string): LedgerEntry {
  return chainedEvent(event, previous, recordedAt).entry;
}

/** As `chainEvent`, with the canonical text of the entry, which costs no more to make than its hash. */
export function chainedEvent(
  event: LedgerEvent,
  previous: LedgerEntry | undefined,
  recordedAt: string,
): { readonly entry: LedgerEntry; readonly text: string } {
  const placed = {
    ...eventOf(event),
    sequence: previous ? previous.sequence + 1 : 0,
    recordedAt,
    previousHash: previous?.hash ?? GENESIS_HASH,
  };
  const texts = textsOf(placed);
  return { entry: { ...placed, hash: texts.hash }, text: texts.entry };
}

/** The hash that an entry must have, and the canonical text of the entry with it: the body is written out but once. */
function textsOf(entry: Omit<LedgerEntry, 'hash'>): { readonly hash: string; readonly entry: string } {
  const { actor, applicationId, body, id, occurredAt, recordedAt, schemaVersion, sequence, type, previousHash } = entry;
  // In the order of their names, with room for the two hashes, which are not hashed themselves.
  const first = `{"actor":${canonicalJson(actor)},"applicationId":${canonicalJson(applicationId)},"body":${canonicalJson(body)}`;
  const middle = `,"id":${canonicalJson(id)},"occurredAt":${canonicalJson(occurredAt)}`;
  const last =
    `,"recordedAt":${canonicalJson(recordedAt)},"schemaVersion":${canonicalJson(schemaVersion)}` +
    `,"sequence":${canonicalJson(sequence)},"type":${canonicalJson(type)}}`;
  const hash = sha256(previousHash + first + middle + last);
  return { hash, entry: `${first},"hash":"${hash}"${middle},"previousHash":${canonicalJson(previousHash)}${last}` };
}

/** Whether an entry has its hash and no member beside those the hash covers. */
function isAsWritten(entry: LedgerEntry): boolean {
  try {
    return textsOf(entry).entry === canonicalJson(entry);
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
