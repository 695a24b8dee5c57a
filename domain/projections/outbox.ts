import type { CreditContract } from '../decision/credit-contract.ts';
import type { JsonObject } from '../json.ts';
import { digestOf } from '../ledger/canonical-json.ts';
import type { LedgerEntry } from '../ledger/chain.ts';
import { readBody } from '../ledger/events.ts';
import type { SignedSeal } from '../ledger/seal.ts';
import { MODELS_LEDGER } from '../models/registry.ts';
import {
  announcementOf,
  bookingType,
  contractIn,
  OPERATIONAL_EVENTS,
  sealAnnouncement,
  type Announcement,
} from './announcements.ts';
import { sameJson } from './rule.ts';

/** An event as it is stored; undefined where the row is none. */
export interface StoredEvent {
  readonly position: number;
  readonly event: Announcement | undefined;
  /** Whether the row has the code that this program gave it. */
  readonly authentic: boolean;
}

/** How a fault of an event is repaired; `PERSON`: the ledger does not determine the event, so a person must act. */
export type EventRepair =
  | { readonly kind: 'PUBLISH'; readonly announcement: Announcement }
  | { readonly kind: 'REWRITE'; readonly position: number; readonly announcement: Announcement }
  | { readonly kind: 'REMOVE'; readonly position: number }
  | { readonly kind: 'PERSON' };

export interface EventFault {
  /** `NOT_AUTHENTIC`: the content is right, and another program wrote the row. */
  readonly why: 'MISSING' | 'DIFFERENT' | 'UNEXPECTED' | 'NOT_AUTHENTIC';
  /** The id of the event; empty for a row that is none. */
  readonly id: string;
  /** The type that the event must have; absent for an event that the ledger does not have. */
  readonly type?: string;
  /** Whether other systems may have paid by an event that was wrong or is missing. */
  readonly booking: boolean;
  readonly repair: EventRepair;
}

/** What the records make of one event. */
interface Expectation {
  readonly agrees: (event: Announcement) => boolean;
  /** The event as it must be; absent where the records determine only a part of it. */
  readonly announcement?: Announcement;
}

/** Returns the ledger whose entry an event announces: an application's, or that of the models; undefined for other events. */
export function ledgerOf({ event }: StoredEvent): string | undefined {
  if (event?.type === 'ModelGoverned') return MODELS_LEDGER;
  const applicationId = event?.detail['applicationId'];
  return typeof applicationId === 'string' ? applicationId : undefined;
}

const isBooking = (type: string): boolean => type === 'LoanBooked' || type === 'LineOpened';

/**
 * Compares the stored events of one application with those that its entries make, in both directions. This program may
 * have published an event more than once.
 * @param contracts those that open, by address.
 */
export function eventFaults(
  entries: readonly LedgerEntry[],
  contracts: ReadonlyMap<string, CreditContract>,
  stored: readonly StoredEvent[],
): EventFault[] {
  const due = expectationsOf(entries, contracts);
  // An application that no step has reached may still be about to be started.
  const started = entries.some(({ type }) => type === 'APPLICATION_VALIDATED');
  const wrong = storedFaults(stored, ({ id }) => due.get(id));
  const removed = new Set(wrong.flatMap(({ repair }) => (repair.kind === 'REMOVE' ? [repair.position] : [])));
  const left = stored.filter(({ position }) => !removed.has(position));
  return [...wrong, ...missingFaults(left, due, started)];
}

/** The events that entries make, by the id of the event. */
function expectationsOf(
  entries: readonly LedgerEntry[],
  contracts: ReadonlyMap<string, CreditContract>,
): Map<string, Expectation> {
  const due = new Map<string, Expectation>();
  for (const entry of entries) {
    const announcement = announced(entry, contracts.get(contractIn(entry)));
    if (announcement) due.set(announcement.id, exactly(announcement));
    // The contract does not open, so the terms of the booking are unknown.
    else if (entry.type === 'CREDIT_BOOKED')
      due.set(`${entry.id}/booked`, { agrees: (event) => bookingAgrees(entry, event) });
  }
  return due;
}

const exactly = (announcement: Announcement): Expectation => ({
  announcement,
  agrees: (event) => sameJson(event, announcement),
});

/**
 * The faults of stored events that the records do not make, or make otherwise, or that another program wrote.
 * @param stored oldest first
 */
function storedFaults(
  stored: readonly StoredEvent[],
  expectationOf: (event: Announcement) => Expectation | undefined,
): EventFault[] {
  const isRight = ({ event, authentic }: StoredEvent) =>
    authentic && event !== undefined && expectationOf(event)?.agrees(event) === true;
  // One row of each id is enough: this program wrote it, or the reconciliation rewrites it.
  const kept = new Set(stored.filter(isRight).map(({ event }) => event?.id));
  return stored.flatMap((row): EventFault[] => {
    if (isRight(row)) return [];
    const { position, event } = row;
    if (!event) return [{ why: 'UNEXPECTED', id: '', booking: false, repair: { kind: 'REMOVE', position } }];
    const expectation = expectationOf(event);
    const found = storedFault(position, event, expectation, kept.has(event.id));
    if (expectation?.announcement) kept.add(event.id);
    return [found];
  });
}

/** @param isKept whether another row of the same id remains. */
function storedFault(
  position: number,
  event: Announcement,
  expectation: Expectation | undefined,
  isKept: boolean,
): EventFault {
  const { id } = event;
  const announcement = expectation?.announcement;
  const agrees = expectation?.agrees(event) ?? false;
  const why = agrees ? 'NOT_AUTHENTIC' : announcement ? 'DIFFERENT' : 'UNEXPECTED';
  const type = announcement?.type ?? (agrees ? event.type : undefined);
  // Systems ignore a repeated id. Where nothing determines the terms, they may be wrong.
  const isRepeated = agrees && announcement !== undefined;
  const booking = !isRepeated && (isBooking(event.type) || isBooking(type ?? ''));
  return { why, id, ...(type !== undefined && { type }), booking, repair: repairOf() };

  function repairOf(): EventRepair {
    if (isKept) return { kind: 'REMOVE', position };
    if (announcement) return { kind: 'REWRITE', position, announcement };
    return agrees ? { kind: 'PERSON' } : { kind: 'REMOVE', position };
  }
}

/** The faults of events that entries make and that are not stored. */
function missingFaults(
  stored: readonly StoredEvent[],
  due: ReadonlyMap<string, Expectation>,
  started: boolean,
): EventFault[] {
  const ids = new Set(stored.map(({ event }) => event?.id));
  return [...due].flatMap(([id, { announcement }]): EventFault[] => {
    if (ids.has(id)) return [];
    if (!announcement) return [{ why: 'MISSING', id, booking: true, repair: { kind: 'PERSON' } }];
    const { type } = announcement;
    if (type === 'ApplicationReceived' && !started) return [];
    return [{ why: 'MISSING', id, type, booking: isBooking(type), repair: { kind: 'PUBLISH', announcement } }];
  });
}

function announced(entry: LedgerEntry, contract: CreditContract | undefined): Announcement | undefined {
  try {
    return announcementOf(entry, contract);
  } catch {
    // An entry that cannot be read is a fault of its own.
    return undefined;
  }
}

/** Of a forgotten applicant the terms are sealed for ever: the rest of the event is compared. */
function bookingAgrees(entry: LedgerEntry, { type, occurredAt, detail }: Announcement): boolean {
  const { offerId, evidence } = readBody(entry, 'CREDIT_BOOKED');
  const { terms, decision, contract } = detail as {
    terms?: { offerId?: string; kind?: string };
    decision?: string;
    contract?: string;
  };
  return (
    type === bookingType(terms ?? {}) &&
    occurredAt === entry.occurredAt &&
    terms?.offerId === offerId &&
    decision === evidence[0]?.address &&
    contract === contractIn(entry)
  );
}

/** The faults of stored events that are about no application: seals, and events of operations. */
export function otherEventFaults(stored: readonly StoredEvent[], seals: readonly SignedSeal[]): EventFault[] {
  const sealed = new Map(seals.map((signed) => [`seal/${signed.seal.number}`, exactly(sealAnnouncement(signed))]));
  const operational: Expectation = { agrees: agreesWithId };
  return storedFaults(
    stored,
    ({ id, type }) => sealed.get(id) ?? (OPERATIONAL_EVENTS.has(type) ? operational : undefined),
  );
}

function agreesWithId({ id, type, occurredAt, detail }: Announcement): boolean {
  if (type === 'ForgettingFailed')
    return id === `forgetting-failed/${occurredAt}` && Object.keys(detail).join() === 'failed';
  const { findings, ...more } = detail as { findings?: JsonObject[] };
  return Array.isArray(findings) && Object.keys(more).length === 0 && id.endsWith(`/${digestOf(findings)}`);
}
