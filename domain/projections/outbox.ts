import type { DecisionRecord } from '../decision/record.ts';
import type { JsonObject } from '../json.ts';
import { digestOf } from '../ledger/canonical-json.ts';
import type { LedgerEntry } from '../ledger/chain.ts';
import { readBody, type EvidenceReference } from '../ledger/events.ts';
import type { SignedSeal } from '../ledger/seal.ts';
import { announcementOf, bookingId, OPERATIONAL_EVENTS, sealAnnouncement, type Announcement } from './announcements.ts';
import { sameJson } from './rule.ts';

/** An event as it is stored; undefined where the row is none. */
export interface StoredEvent {
  readonly position: number;
  readonly event: Announcement | undefined;
}

export interface EventFault {
  readonly why: 'MISSING' | 'DIFFERENT' | 'UNEXPECTED';
  /** The id of the event; empty for a row that is none. */
  readonly id: string;
  /** Of the row; undefined where it is missing. */
  readonly position?: number;
  /** As it must be; undefined for an event that the ledger does not have. */
  readonly announcement?: Announcement;
  /** Whether other systems pay by it. */
  readonly booking: boolean;
}

/** The application that an event is about; undefined for one that is about none. */
export function applicationOf({ event }: StoredEvent): string | undefined {
  const applicationId = event?.detail['applicationId'];
  return typeof applicationId === 'string' ? applicationId : undefined;
}

const isBooking = (type: string): boolean => type === 'LoanBooked' || type === 'LineOpened';

/**
 * Compares the stored events of one application with those that its entries make, in both directions. An event may be
 * stored more than once.
 * @param decisions the decision records that open, by address.
 */
export function eventFaults(
  entries: readonly LedgerEntry[],
  decisions: ReadonlyMap<string, DecisionRecord>,
  stored: readonly StoredEvent[],
): EventFault[] {
  const due = announcementsDue(entries, decisions);
  // An application that no step has reached may still be about to be started.
  const started = entries.some(({ type }) => type === 'APPLICATION_VALIDATED');
  return [...stored.flatMap((each) => storedFault(each, due) ?? []), ...missingFaults(stored, due, started)];
}

/** The events that entries make, by the id of the event. */
interface Due {
  readonly expected: ReadonlyMap<string, Announcement>;
  /** Acceptances whose decision record does not open: the terms of their bookings are unknown. */
  readonly sealedAway: ReadonlyMap<string, LedgerEntry>;
}

function announcementsDue(entries: readonly LedgerEntry[], decisions: ReadonlyMap<string, DecisionRecord>): Due {
  const expected = new Map<string, Announcement>();
  const sealedAway = new Map<string, LedgerEntry>();
  for (const entry of entries) {
    const record = decisions.get(((entry.body['evidence'] ?? []) as EvidenceReference[])[0]?.address ?? '');
    const announcement = announced(entry, record);
    if (announcement) expected.set(announcement.id, announcement);
    else if (entry.type === 'OFFER_ACCEPTED') sealedAway.set(bookingId(entry), entry);
  }
  return { expected, sealedAway };
}

/** The fault of a stored event that no entry makes, or makes otherwise. */
function storedFault({ position, event }: StoredEvent, { expected, sealedAway }: Due): EventFault | undefined {
  if (!event) return undefined;
  const { id, type } = event;
  const announcement = expected.get(id);
  const entry = sealedAway.get(id);
  if (announcement ? sameJson(event, announcement) : entry && bookingAgrees(entry, event)) return undefined;
  const booking = isBooking(type) || isBooking(announcement?.type ?? '');
  return {
    why: announcement ? 'DIFFERENT' : 'UNEXPECTED',
    id,
    position,
    booking,
    ...(announcement && { announcement }),
  };
}

/** The faults of events that entries make and that are not stored. */
function missingFaults(stored: readonly StoredEvent[], { expected }: Due, started: boolean): EventFault[] {
  const ids = new Set(stored.map(({ event }) => event?.id));
  return [...expected.values()]
    .filter(({ id, type }) => !ids.has(id) && (type !== 'ApplicationReceived' || started))
    .map((announcement) => ({
      why: 'MISSING',
      id: announcement.id,
      announcement,
      booking: isBooking(announcement.type),
    }));
}

function announced(entry: LedgerEntry, record: DecisionRecord | undefined): Announcement | undefined {
  try {
    return announcementOf(entry, record);
  } catch {
    // An entry that cannot be read, or that accepts an offer that its decision never had, is a fault of its own.
    return undefined;
  }
}

/** Of a forgotten applicant the terms are sealed for ever: the rest of the event is compared. */
function bookingAgrees(entry: LedgerEntry, { type, occurredAt, detail }: Announcement): boolean {
  const { offerId, evidence } = readBody(entry, 'OFFER_ACCEPTED');
  const { terms, decision } = detail as { terms?: { offerId?: string; kind?: string }; decision?: string };
  return (
    type === (terms?.kind === 'LINE' ? 'LineOpened' : 'LoanBooked') &&
    occurredAt === entry.occurredAt &&
    terms?.offerId === offerId &&
    decision === evidence[0]?.address
  );
}

/** The faults of stored events that are about no application: seals, and what operations announced. */
export function otherEventFaults(stored: readonly StoredEvent[], seals: readonly SignedSeal[]): EventFault[] {
  const expected = new Map(seals.map((signed) => [`seal/${signed.seal.number}`, sealAnnouncement(signed)]));
  return stored.flatMap(({ position, event }): EventFault[] => {
    if (!event) return [{ why: 'UNEXPECTED', id: '', position, booking: false }];
    const { id, type } = event;
    const announcement = expected.get(id);
    if (announcement && sameJson(event, announcement)) return [];
    if (OPERATIONAL_EVENTS.has(type) && agreesWithId(event)) return [];
    const why = announcement ? 'DIFFERENT' : 'UNEXPECTED';
    return [{ why, id, position, booking: isBooking(type), ...(announcement && { announcement }) }];
  });
}

function agreesWithId({ id, type, occurredAt, detail }: Announcement): boolean {
  if (type === 'ForgettingFailed')
    return id === `forgetting-failed/${occurredAt}` && Object.keys(detail).join() === 'failed';
  const { findings, ...more } = detail as { findings?: JsonObject[] };
  return Array.isArray(findings) && Object.keys(more).length === 0 && id.endsWith(`/${digestOf(findings)}`);
}
