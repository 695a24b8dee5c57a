import { setTimeout as pause } from 'node:timers/promises';

import type { OutboxRow } from '../../adapters/ports.ts';
import { applicationId as applicationIdSchema } from '../../domain/application/application-id.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { isCache } from '../../domain/projections/caches.ts';
import {
  ledgerOf,
  eventFaults,
  otherEventFaults,
  type EventFault,
  type StoredEvent,
} from '../../domain/projections/outbox.ts';
import { compareRows, type RowFault, type Stored } from '../../domain/projections/rule.ts';
import { controlOfRow, type Control } from '../controls.ts';
import { applicationOfRow, rowFaults } from '../reconcile/projections.ts';
import type { Records } from '../records.ts';
import type { RowFaultOf } from './engine.ts';
import type { Fault } from './fault.ts';

/** Every row of the work store by application, and every stored event by ledger. */
export interface Scan {
  readonly rows: ReadonlyMap<string, readonly Stored[]>;
  /** Of controls, and of no known kind. */
  readonly otherRows: readonly Stored[];
  readonly events: ReadonlyMap<string, readonly StoredEvent[]>;
  readonly otherEvents: readonly StoredEvent[];
}

/** Reads all rows, before the ledger: what they say then is in the ledger already. */
export async function scanRows({ workStore, outbox }: Records): Promise<Scan> {
  const rows = new Map<string, Stored[]>();
  const otherRows: Stored[] = [];
  let after: string | undefined;
  do {
    const page = await workStore.scan({ limit: 1000, ...(after !== undefined && { after }) });
    for (const row of page.items) {
      if (isCache(row)) continue;
      const applicationId = applicationOfRow(row);
      if (applicationId === undefined) otherRows.push(row);
      else grouped(rows, applicationId).push(row);
    }
    after = page.next;
  } while (after !== undefined);
  return { rows, otherRows, ...eventsByApplication((await outbox?.rows()) ?? []) };
}

function eventsByApplication(all: readonly OutboxRow[]): Pick<Scan, 'events' | 'otherEvents'> {
  const events = new Map<string, StoredEvent[]>();
  const otherEvents: StoredEvent[] = [];
  for (const row of all) {
    const applicationId = ledgerOf(row);
    if (applicationId === undefined) otherEvents.push(row);
    else grouped(events, applicationId).push(row);
  }
  return { events, otherEvents };
}

function grouped<T>(groups: Map<string, T[]>, name: string): T[] {
  const group = groups.get(name) ?? [];
  groups.set(name, group);
  return group;
}

/** A process that runs writes a row some ms after its entry: within two seconds on a loaded machine. */
const PAUSES_MS = [20, 100, 400, 1_500];

/**
 * Compares the rows and events of one application with its ledger. While a process runs on the records, a difference is
 * checked again until it persists.
 * @param scan what was read before the ledger. @default the rows are read now, and the events with them
 */
export async function projectionFaults(
  records: Records,
  applicationId: string,
  entries: readonly LedgerEntry[],
  scan?: Scan,
): Promise<Fault[]> {
  let seen: readonly LedgerEntry[] = entries;
  let found = await compared(records, applicationId, seen, scan);
  for (const ms of records.isInUse() ? PAUSES_MS : []) {
    if (found.length === 0) return found;
    await pause(ms);
    seen = await records.ledger.read(applicationId).catch(() => seen);
    found = await compared(records, applicationId, seen);
  }
  return found;
}

async function compared(
  records: Records,
  applicationId: string,
  entries: readonly LedgerEntry[],
  scan?: Scan,
): Promise<Fault[]> {
  const scanned = scan && (scan.rows.get(applicationId) ?? []);
  const ports = { ...records, history: (arn: string) => records.executions.history(arn) };
  try {
    const { faults, opened } = await rowFaults(ports, applicationId, entries, scanned);
    const stored = scan ?? eventsByApplication((await records.outbox?.rows()) ?? []);
    const events = records.outbox ? eventFaults(entries, opened.contracts, stored.events.get(applicationId) ?? []) : [];
    return [...faults.map(rowInWords), ...events.map(eventInWords)];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const detail = `A row of the application cannot be read. ${REBUILD}`;
    return [{ fault: 'ROW_UNKNOWN', sequence: null, detail }];
  }
}

const REBUILD = 'Run underwright reconcile, which rebuilds it from the ledger.';
const RESTORE = 'Nothing derives it: restore it from a backup, or repeat the act.';

/** The kind of a row, by its key: keyed digests and tokens are left out. */
function placeOf({ pk, sk }: { readonly pk: string; readonly sk: string }): string {
  const [kind = ''] = pk.split('#');
  if (kind === 'APPLICATION') return sk.split('#')[0] ?? '';
  if (kind === 'PULL') return `PULL ${pk.split('#').slice(2).join(' ')}`;
  return /^(PERSON|AFFECTED|SWITCH|POLICY|MODELS)$/.test(kind) ? kind : 'unknown';
}

export function rowInWords(found: RowFault): Fault {
  const { fault, why, differing, repair } = found;
  const what = {
    MISSING: `Its ${placeOf(found)} row is missing.`,
    DIFFERENT: `The ${differing.join(', ') || 'version'} of its ${placeOf(found)} row and the ledger differ.`,
    UNEXPECTED: `No entry explains its ${placeOf(found)} row.`,
  }[why];
  const way = repair.kind === 'PERSON' ? RESTORE : REBUILD;
  return { fault, sequence: null, detail: `${what} ${way}` };
}

function eventInWords({ why, id, type, booking, repair }: EventFault): Fault {
  const name = type !== undefined ? `${type} ${id}` : id === '' ? 'a row' : id;
  const what = {
    MISSING: `The outbox has no ${name}.`,
    DIFFERENT: `The outbox and the ledger differ over ${name}.`,
    UNEXPECTED: `No entry explains ${name} in the outbox.`,
    NOT_AUTHENTIC: `Another program wrote ${name} in the outbox: its code is not one that this program made.`,
  }[why];
  const paid = booking ? ' Other systems may have read it: compare their bookings.' : '';
  return {
    fault: 'EVENT_DIFFERS',
    sequence: null,
    detail: `${what} ${repair.kind === 'PERSON' ? RESTORE : REBUILD}${paid}`,
  };
}

/** Compares the rows of one control ledger with it. @param scan as for `projectionFaults`; without it no unknown row is found. */
export async function controlRowFaults(
  { workStore }: Records,
  control: Control,
  entries: readonly LedgerEntry[],
  scan?: Scan,
): Promise<RowFault[]> {
  const rules = control.rulesOf(entries);
  const rows: Stored[] = scan ? scan.otherRows.filter((row) => controlOfRow(row) === control) : [];
  if (!scan) {
    for (const { pk, sk } of rules) {
      const item = await workStore.get(pk, sk);
      if (item) rows.push(item);
    }
  }
  return compareRows(rows, rules, () => ({ fault: 'CONTROL_DIFFERS', repair: { kind: 'REMOVE' } }));
}

/** Compares the events of one control ledger with it. */
export async function controlEventFaults(
  { outbox }: Records,
  { ledgerId }: Control,
  entries: readonly LedgerEntry[],
  scan?: Scan,
): Promise<Fault[]> {
  if (!outbox) return [];
  const { events } = scan ?? eventsByApplication(await outbox.rows());
  return eventFaults(entries, new Map(), events.get(ledgerId) ?? []).map(eventInWords);
}

/** What a scan found that is of no application that was verified, and of no control ledger. */
export async function strayFaults(records: Records, scan: Scan, verified: ReadonlySet<string>): Promise<RowFaultOf[]> {
  const faults: RowFaultOf[] = [];
  // What a row names may be any text, and a name that is no application's may be personal data.
  const of = (applicationId: string | null, found: Fault) =>
    faults.push({ ...found, applicationId: applicationIdSchema.safeParse(applicationId).data ?? null });
  const ids = new Set([...scan.rows.keys(), ...scan.events.keys()]);
  for (const applicationId of ids) {
    if (verified.has(applicationId)) continue;
    // An intake may have begun since: then a ledger has it by now.
    const entries = await records.ledger.read(applicationId).catch(() => []);
    const found = await projectionFaults(records, applicationId, entries, entries.length > 0 ? undefined : scan);
    for (const each of found) of(applicationId, each);
  }
  for (const row of scan.otherRows) {
    const ledgerId = controlOfRow(row)?.ledgerId;
    if (ledgerId === undefined) {
      of(
        null,
        rowInWords({ ...row, fault: 'ROW_UNKNOWN', why: 'UNEXPECTED', differing: [], repair: { kind: 'PERSON' } }),
      );
    } else if (!verified.has(ledgerId)) {
      const [found] = compareRows([row], [], () => ({ fault: 'CONTROL_DIFFERS', repair: { kind: 'REMOVE' } }));
      if (found) of(ledgerId, rowInWords(found));
    }
  }
  const seals = await records.sealLog.seals().catch(() => []);
  for (const found of otherEventFaults(scan.otherEvents, seals)) of(null, eventInWords(found));
  return faults;
}
