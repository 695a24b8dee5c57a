import { cursorText, cursorParts } from '../adapters/page-cursor.ts';
import type { Clock, Ledger, WorkPage, WorkKey, WorkStore } from '../adapters/ports.ts';
import { addDays, addMonths, localDate } from '../domain/calendar.ts';
import { digestOf } from '../domain/ledger/canonical-json.ts';
import { FIRST_DAY, type LedgerEntry } from '../domain/ledger/chain.ts';
import { SHARDS } from '../domain/ledger/shards.ts';
import type { Queue } from '../domain/ledger/statements.ts';
import type { LendingSettings } from '../domain/lender.ts';
import { keys } from '../domain/projections/keys.ts';
import {
  decidedPlaces,
  matches,
  monthOf,
  placeOf,
  receivedPlace,
  selectsDecisions,
  type ListedDecision,
  type ListedPlace,
  type ListFilter,
} from '../domain/projections/listed.ts';
import { statusOf, type ApplicationStatus } from '../domain/status.ts';
import { damageOf } from './damage.ts';

/** An application as a list shows it, by its ledger. */
interface ListedApplication {
  readonly applicationId: string;
  readonly entries: readonly LedgerEntry[];
  readonly folded: ApplicationStatus;
  /** The decision that the filter selects; without a filter of decisions the newest, null before the first. */
  readonly decision: ListedDecision | null;
}

/** A cursor that no page of this list had. The message continues a sentence that begins with the field's name. */
export class CursorRefused extends Error {
  override readonly name = 'CursorRefused';
}

const NO_PAGE = 'is not the next of an earlier page: leave it out to start from the first';

interface PageOptions {
  /** Applications of a page, 1 to 1000. */
  readonly limit: number;
  /** `next` of an earlier page of the same list. */
  readonly cursor?: string | undefined;
}

/** A page of a list. It may have fewer applications than the limit, or none, and still have a next page. */
export interface ListedPage {
  readonly applications: readonly ListedApplication[];
  /** Applications whose ledger cannot be read. `verify` names the fault. */
  readonly unreadable: readonly { readonly applicationId: string; readonly detail: string }[];
  /** The cursor of the next page; absent on the last. It does not expire. */
  readonly next?: string;
}

export interface ListPorts {
  readonly ledger: Pick<Ledger, 'read'>;
  readonly workStore: Pick<WorkStore, 'listKeys'>;
  readonly clock: Clock;
  readonly lending: LendingSettings;
}

/**
 * Lists the ids of applications in a queue, longest wait first. It reads keys alone, because a queue's item holds a task
 * token. A row may be older than the entry that takes the application off the queue.
 * @throws CursorRefused
 */
export async function listQueue(
  { workStore }: Pick<ListPorts, 'workStore'>,
  queue: Queue,
  { limit, cursor }: PageOptions,
): Promise<{ readonly ids: readonly string[]; readonly next?: string }> {
  const options = { limit, ...(cursor !== undefined && { after: cursor }) };
  try {
    const { items, next } = await workStore.listKeys(keys.queue(queue), options);
    return { ids: items.map(({ pk }) => pk.replace(/^APPLICATION#/, '')), ...(next !== undefined && { next }) };
  } catch (error) {
    if (error instanceof RangeError) throw new CursorRefused(NO_PAGE);
    throw error;
  }
}

/** Ledgers read at once: more would only wait for the store. */
const AT_ONCE = 32;
/** Keys that one query of a shard reads. */
const KEYS = 100;
/** Rounds of a page: 12 rounds × 8 shards = 96 queries, which read at most 9,600 keys. */
const ROUNDS = 12;

/**
 * Lists applications, newest first: by date of receipt, or by date of decision where the filter selects decisions. An
 * application is listed once, under the earliest of its decisions that match. Rows find it and its ledger confirms it.
 *
 * A row never moves once it is listed, and the cursor is a place between rows. So pages show every application that the
 * list had before the first page, and show none twice, while others are received and decided.
 * @throws CursorRefused also for a cursor of other filters.
 */
export async function listApplications(
  ports: ListPorts,
  filter: ListFilter,
  { limit, cursor }: PageOptions,
): Promise<ListedPage> {
  const decisions = selectsDecisions(filter);
  const { since, end } = boundsOf(filter, decisions, ports);
  const list = digestOf(Object.entries(filter).filter(([, value]) => value !== undefined)).slice(0, 16);
  const found: Found[] = [];
  let before = cursor === undefined ? end : earlierOf(end, placeBehind(cursor, list));
  // One application more than the limit shows that there is a next page.
  for (let round = 0; round < ROUNDS && before >= since && found.length <= limit; round += 1) {
    const { places, rest } = await nextPlaces(ports, decisions, before);
    const wanted = places.filter((place) => matches(filter, place));
    for (let from = 0; from < wanted.length && found.length <= limit;) {
      const some = wanted.slice(from, from + Math.min(AT_ONCE, limit + 1 - found.length));
      const read = await Promise.all(some.map((place) => readListed(ports, filter, place)));
      found.push(...read.filter((each) => each !== undefined));
      from += some.length;
    }
    before = rest;
  }
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1)?.place : before;
  const applications = page.flatMap(({ application }) => application ?? []);
  const unreadable = page.flatMap(({ applicationId, detail }) =>
    detail === undefined ? [] : [{ applicationId, detail }],
  );
  return { applications, unreadable, ...(last !== undefined && last >= since && { next: cursorText([list, last]) }) };
}

/** The first date of the list's rows, and the place behind the last. */
function boundsOf(
  filter: ListFilter,
  decisions: boolean,
  { clock, lending }: ListPorts,
): { since: string; end: string } {
  const { receivedSince = '', receivedUntil, decidedSince = '', decidedUntil } = filter;
  // No application is decided before it is received, or received before the ledger's first day, a UTC date.
  const since = [addDays(FIRST_DAY, -1), receivedSince, decidedSince].toSorted().at(-1)!;
  // No clock is a day ahead.
  const tomorrow = addDays(localDate(clock.now().toISOString(), lending.lender.timeZone), 1);
  const until = decisions ? decidedUntil : receivedUntil;
  return { since, end: `${earlierOf(until ?? tomorrow, tomorrow)}~` };
}

const earlierOf = (a: string, b: string): string => (a < b ? a : b);

function placeBehind(cursor: string, list: string): string {
  const [of, place] = cursorParts(cursor, 2) ?? [];
  if (place === undefined || !/^\d{4}-(0[1-9]|1[0-2])(~|-\d\d[~#])/.test(place)) {
    throw new CursorRefused(NO_PAGE);
  }
  if (of === list) return place;
  throw new CursorRefused('is of a list with other filters: repeat those filters, or leave the cursor out');
}

/** Places of the list before a place, newest first, and the place that the next round continues from. */
async function nextPlaces(
  { workStore }: ListPorts,
  decisions: boolean,
  before: string,
): Promise<{ places: ListedPlace[]; rest: string }> {
  const month = monthOf(before);
  const list = decisions ? keys.decidedIn : keys.receivedIn;
  const pages = await Promise.all(
    Array.from({ length: SHARDS }, (_, shard) =>
      workStore.listKeys(list(month, shard), { limit: KEYS, descending: true, beyond: before }),
    ),
  );
  // Where a shard has more, nothing before its last key is known yet.
  const known = pages.flatMap((page) => (page.next === undefined ? [] : [placesIn(page).at(-1) ?? '']));
  const rest = known.toSorted().at(-1) ?? `${monthOf(addMonths(`${month}-01`, -1))}~`;
  const places = pages.flatMap(placesIn).filter((place) => place >= rest);
  return {
    places: places
      .toSorted()
      .toReversed()
      .map((place) => placeOf(place, decisions)),
    rest,
  };
}

const placesIn = ({ items }: WorkPage<WorkKey>): string[] => items.map(({ index }) => index?.sk ?? '');

interface Found {
  readonly place: string;
  readonly applicationId: string;
  readonly application?: ListedApplication;
  /** What is wrong with its records. */
  readonly detail?: string;
}

/** @returns undefined where the ledger does not have the application in this place, or has it in an earlier one that matches. */
async function readListed(
  { ledger, lending }: ListPorts,
  filter: ListFilter,
  { place, applicationId }: ListedPlace,
): Promise<Found | undefined> {
  try {
    const entries = await ledger.read(applicationId);
    const folded = statusOf(entries);
    const received = entries.find(({ type }) => type === 'APPLICATION_RECEIVED');
    if (!folded || !received) return undefined;
    const decided = decidedPlaces(entries, lending.lender.timeZone);
    const places = selectsDecisions(filter) ? decided : [receivedPlace(received)];
    if (places.find((each) => matches(filter, each))?.place !== place) return undefined;
    const decision = (selectsDecisions(filter) ? decided.find((each) => each.place === place) : decided.at(-1))
      ?.decision;
    return { place, applicationId, application: { applicationId, entries, folded, decision: decision ?? null } };
  } catch (error) {
    const detail = damageOf(error);
    if (detail === undefined) throw error;
    return { place, applicationId, detail };
  }
}
