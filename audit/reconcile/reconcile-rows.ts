import {
  ExecutionMissing,
  type Clock,
  type EvidenceStore,
  type Outbox,
  type ScannedItem,
  type SealLog,
  type Vault,
  type WorkItem,
} from '../../adapters/ports.ts';
import { publishClosed } from '../../app/offers/offers.ts';
import type { RetentionPorts } from '../../app/retention/retention.ts';
import type { ArchivePorts } from '../../app/workflow/archive-history.ts';
import { applicationId as applicationIdSchema } from '../../domain/application/application-id.ts';
import { closedId } from '../../domain/ledger/acts.ts';
import { type LedgerEntry, MAX_CLOCK_SKEW_MS } from '../../domain/ledger/chain.ts';
import { isCache } from '../../domain/projections/caches.ts';
import {
  ledgerOf,
  eventFaults,
  otherEventFaults,
  type EventFault,
  type EventRepair,
  type StoredEvent,
} from '../../domain/projections/outbox.ts';
import {
  compareRows,
  rowKey,
  type Projected,
  type RowFault,
  type Rule,
  type Stored,
} from '../../domain/projections/rule.ts';
import { IN_FLIGHT_MS, type Finding } from '../../domain/reconciliation/reconcile.ts';
import { CONTROLS, controlOfRow, type Control } from '../controls.ts';
import { damageOf } from '../damage.ts';
import { recordOwed } from '../owed.ts';
import { applicationOfRow, derive, rowFaults, type ProjectionPorts } from './projections.ts';

export interface RowPorts extends RetentionPorts, ArchivePorts {
  readonly vault: Pick<Vault, 'indexKey' | 'dataKey'>;
  readonly evidenceStore: Pick<EvidenceStore, 'has'>;
  /** The published events, where the store keeps them. */
  readonly outbox?: Outbox;
  /** Needed beside an outbox: seals are announced. */
  readonly sealLog?: Pick<SealLog, 'seals'>;
}

/** What a repair came to. */
export interface Repaired {
  readonly repaired: readonly Finding[];
  /** What needs a person. */
  readonly open: readonly Finding[];
}

type FindingOf = Finding & { readonly applicationId: string | null };

export interface RepairedOf {
  readonly repaired: readonly FindingOf[];
  readonly open: readonly FindingOf[];
}

const projectionPorts = (ports: RowPorts): ProjectionPorts => ({
  ...ports,
  history: (executionArn) =>
    ports.workflows.history(executionArn).catch((error: unknown) => {
      if (error instanceof ExecutionMissing) return undefined;
      throw error;
    }),
});

/** Whether what follows the newest entry may still be on its way. */
const isUnderWay = (entries: readonly LedgerEntry[], { clock }: { clock: Clock }): boolean =>
  isRecent(entries.at(-1)?.recordedAt ?? '', clock);

/** An instant in the future is not recent, unless clocks explain it. */
function isRecent(instant: string, clock: Clock): boolean {
  const age = clock.now().getTime() - Date.parse(instant);
  return age > -MAX_CLOCK_SKEW_MS && age <= IN_FLIGHT_MS;
}

/** Rebuilds the rows and events of one application that are not what its ledger makes of them. */
export async function repairApplication(
  ports: RowPorts,
  applicationId: string,
  entries: readonly LedgerEntry[],
  stored: StoredEvents | undefined,
): Promise<Repaired> {
  if (isUnderWay(entries, ports)) return { repaired: [], open: [] };
  const { faults, opened } = await rowFaults(projectionPorts(ports), applicationId, entries);
  const own = stored?.take(applicationId);
  const events = await applyEvents(ports, own ? eventFaults(entries, opened.contracts, own) : []);
  const rows = await repairRows(ports, faults, entries);
  return { repaired: [...rows.repaired, ...events.repaired], open: [...rows.open, ...events.open] };
}

async function repairRows(
  ports: RowPorts,
  faults: readonly RowFault[],
  entries: readonly LedgerEntry[],
): Promise<Repaired> {
  const repaired: Finding[] = [];
  const open: Finding[] = [];
  for (const found of faults) {
    const finding: Finding = { kind: found.fault, about: placeOf(found) };
    const done = await repair(ports, found, entries);
    if (done === 'REPAIRED') repaired.push(finding);
    if (done === 'PERSON') open.push(finding);
  }
  return { repaired, open };
}

/** The kind of a row: a keyed digest of a person stays out of findings. */
function placeOf({ pk, sk }: { readonly pk: string; readonly sk: string }): string {
  if (pk.startsWith('APPLICATION#')) return sk;
  if (controlOfRow({ pk }) || /^(PULL|AFFECTED)#/.test(pk)) return pk;
  return pk.startsWith('PERSON#') ? 'PERSON' : 'ROW';
}

/** `LATER`: another call changed the row meanwhile, so the next pass judges it. */
async function repair(
  ports: RowPorts,
  { pk, sk, version, repair: by }: RowFault,
  entries: readonly LedgerEntry[],
): Promise<'REPAIRED' | 'PERSON' | 'LATER'> {
  const { workStore } = ports;
  const control = controlOfRow({ pk });
  if (control && (await recordOwed(ports, control, { pk, sk }))) return 'REPAIRED';
  const stored: WorkItem | undefined = version === undefined ? undefined : { pk, sk, version, data: {} };
  switch (by.kind) {
    case 'PERSON':
      return 'PERSON';
    case 'ANNOUNCE': {
      const closed = entries.find(({ id }) => id === closedId(sk.slice('OFFERS#'.length)));
      if (!closed) return 'PERSON';
      await publishClosed(ports, closed);
      return 'REPAIRED';
    }
    case 'REMOVE':
      return !stored || (await workStore.remove(stored)) ? 'REPAIRED' : 'LATER';
    case 'WRITE':
      // The row follows the locks of the evidence and the entry that says so: `keepRecords` makes all three.
      if (sk === 'RETENTION') return !stored || (await workStore.remove(stored)) ? 'REPAIRED' : 'LATER';
      return (await write(ports, by.item, stored, by.version)) ? 'REPAIRED' : 'LATER';
  }
}

/** @param exact the version that the row must have: of a control, how many entries it has. @returns whether it was written. */
async function write(
  { workStore }: RowPorts,
  item: Projected,
  stored: WorkItem | undefined,
  exact?: number,
): Promise<boolean> {
  if (stored && (exact === undefined || stored.version === exact - 1)) {
    return (await workStore.replace({ ...item, version: stored.version })) !== undefined;
  }
  if (stored && !(await workStore.remove(stored))) return false;
  let written = await workStore.create(item);
  for (let version = 1; written && version < (exact ?? 1); version += 1) written = await workStore.replace(written);
  return written !== undefined;
}

/**
 * Repairs the newest of every row that a control ledger makes, and the events of that ledger. A row that is not in a ledger
 * is for `repairScanned`.
 */
export async function repairControls(ports: RowPorts, stored: StoredEvents | undefined): Promise<Repaired> {
  const faults: RowFault[] = [];
  const repaired: Finding[] = [];
  const open: Finding[] = [];
  for (const { ledgerId, read } of await controlRules(ports)) {
    if (!read) {
      open.push({ kind: 'RECORDS_UNREADABLE', about: ledgerId });
      continue;
    }
    const { entries, rules } = read;
    const own = stored && !isUnderWay(entries, ports) ? (stored.take(ledgerId) ?? []) : undefined;
    const events = await applyEvents(ports, own ? eventFaults(entries, new Map(), own) : []);
    repaired.push(...events.repaired);
    open.push(...events.open);
    const rows: Stored[] = [];
    for (const { pk, sk } of rules) {
      const item = await ports.workStore.get(pk, sk);
      if (item) rows.push(item);
    }
    const found = compareRows(rows, rules, () => undefined);
    faults.push(
      ...found.filter(
        ({ pk, sk }) =>
          !isOwed(
            ports,
            rows.find((row) => row.pk === pk && row.sk === sk),
          ),
      ),
    );
  }
  const rows = await repairRows(ports, faults, []);
  return { repaired: [...repaired, ...rows.repaired], open: [...open, ...rows.open] };
}

interface ControlRules extends Control {
  /** Undefined for a ledger that cannot be read: nothing is known of its rows. */
  readonly read: { readonly entries: readonly LedgerEntry[]; readonly rules: readonly Rule[] } | undefined;
}

async function controlRules({ ledger }: Pick<RowPorts, 'ledger'>): Promise<ControlRules[]> {
  const controls: ControlRules[] = [];
  for (const control of CONTROLS) {
    try {
      const entries = await ledger.read(control.ledgerId);
      controls.push({ ...control, read: { entries, rules: control.rulesOf(entries) } });
    } catch (error) {
      if (damageOf(error) === undefined) throw error;
      controls.push({ ...control, read: undefined });
    }
  }
  return controls;
}

/** A control takes effect before its entry is written: for some minutes, that is on its way. */
function isOwed({ clock }: RowPorts, row: Stored | undefined): boolean {
  const { at, change } = (row?.data ?? {}) as { at?: unknown; change?: { at?: unknown } };
  const instant = at ?? change?.at;
  return typeof instant === 'string' && isRecent(instant, clock);
}

/** A ledger that cannot be read determines no row, so its rows are left alone and a person is notified. */
async function unlessUnreadable(repairing: () => Promise<Repaired>): Promise<Repaired> {
  try {
    return await repairing();
  } catch (error) {
    if (damageOf(error) === undefined) throw error;
    return { repaired: [], open: [{ kind: 'RECORDS_UNREADABLE', about: null }] };
  }
}

/**
 * Judges a page of rows: those that nothing explains, and those whose text is not what the store writes. The others are
 * judged with their application.
 */
export async function repairScanned(ports: RowPorts, page: readonly ScannedItem[]): Promise<RepairedOf> {
  const repaired: FindingOf[] = [];
  const open: FindingOf[] = [];
  const groups = Map.groupBy(
    page.filter((row) => !isCache(row)),
    applicationOfRow,
  );
  for (const [applicationId = null, all] of groups) {
    // What a row names may be any text.
    const of = applicationIdSchema.safeParse(applicationId).data ?? null;
    const done = await unlessUnreadable(() => repairGroup(ports, applicationId, all));
    repaired.push(...done.repaired.map((each) => ({ applicationId: of, ...each })));
    open.push(...done.open.map((each) => ({ applicationId: of, ...each })));
  }
  return { repaired, open };
}

async function repairGroup(
  ports: RowPorts,
  applicationId: string | null,
  all: readonly ScannedItem[],
): Promise<Repaired> {
  const entries = applicationId === null ? [] : await ports.ledger.read(applicationId);
  const rows = all.filter((row) => entries.length === 0 || !row.sound || !ALWAYS_RULED.has(row.sk));
  if (rows.length === 0 || isUnderWay(entries, ports)) return { repaired: [], open: [] };
  const faults =
    applicationId === null
      ? await controlFaults(ports, rows)
      : await scannedFaults(ports, applicationId, entries, rows);
  return repairRows(ports, faults, entries);
}

/** Rows of these kinds have a rule in every application: its own pass judges them. */
const ALWAYS_RULED: ReadonlySet<string> = new Set([
  'SUMMARY',
  'TASK',
  'ENDED',
  'RETENTION',
  'DELIVERY',
  'NOTICE_CLOCK',
]);

async function scannedFaults(
  ports: RowPorts,
  applicationId: string,
  entries: readonly LedgerEntry[],
  rows: readonly ScannedItem[],
): Promise<RowFault[]> {
  const { rules, unknown } = await derive(projectionPorts(ports), applicationId, entries, rows);
  const ruled = new Map(rules.map((rule) => [rowKey(rule), rule]));
  const judged = rows.filter((row) => entries.length === 0 || !row.sound || !ruled.has(rowKey(row)));
  const here = rules.filter((rule) => judged.some((row) => rowKey(row) === rowKey(rule)));
  return compareRows(judged, here, unknown).map((found) => asItWas(found, judged, here));
}

/** A row whose text alone is odd is written as it was. */
function asItWas(found: RowFault, rows: readonly ScannedItem[], rules: readonly Rule[]): RowFault {
  const row = rows.find((each) => rowKey(each) === rowKey(found));
  const rule = rules.find((each) => rowKey(each) === rowKey(found));
  if (!row || row.sound || !rule || rule.need === 'MUST_NOT' || !rule.accepts(row)) return found;
  const { pk, sk, index, data } = row;
  return { ...found, repair: { kind: 'WRITE', item: { pk, sk, ...(index && { index }), data } } };
}

async function controlFaults(ports: RowPorts, all: readonly ScannedItem[]): Promise<RowFault[]> {
  const controls = await controlRules(ports);
  const rules = controls.flatMap(({ read }) => read?.rules ?? []);
  const unreadable = new Set(controls.flatMap(({ read, ledgerId }) => (read ? [] : [ledgerId])));
  const rows = all.filter((row) => !unreadable.has(controlOfRow(row)?.ledgerId ?? ''));
  const here = rules.filter((rule) => rows.some((row) => rowKey(row) === rowKey(rule)));
  return compareRows(rows, here, (row) =>
    controlOfRow(row)
      ? { fault: 'CONTROL_DIFFERS', repair: { kind: 'REMOVE' } }
      : { fault: 'ROW_UNKNOWN', repair: { kind: 'PERSON' } },
  ).filter(
    (found) =>
      !isOwed(
        ports,
        rows.find((row) => rowKey(row) === rowKey(found)),
      ),
  );
}

/** Sets right the stored events of no application, and those of applications that no ledger has. */
export async function repairOtherEvents(ports: RowPorts, stored: StoredEvents | undefined): Promise<Repaired> {
  const faults: EventFault[] = [];
  const others = stored?.take(undefined) ?? [];
  if (others.length > 0) faults.push(...otherEventFaults(others, (await ports.sealLog?.seals()) ?? []));
  for (const applicationId of stored?.applications ?? []) {
    if ((await ports.ledger.examine(applicationId)).length > 0) continue;
    faults.push(...eventFaults([], new Map(), stored?.take(applicationId) ?? []));
  }
  return applyEvents(ports, faults);
}

/** The stored events of one call, by the application that they are about. */
export interface StoredEvents {
  readonly applications: readonly string[];
  /**
   * Returns the events of one application, or of none, the first time only. A repair changes them, and a new event may get
   * the position of one that was removed.
   */
  take(applicationId: string | undefined): readonly StoredEvent[] | undefined;
}

/** @returns undefined where the store keeps no events. */
export async function storedEvents({ outbox }: RowPorts): Promise<StoredEvents | undefined> {
  if (!outbox) return undefined;
  const groups = Map.groupBy(await outbox.rows(), ledgerOf);
  const taken = new Set<string | undefined>();
  return {
    applications: [...groups.keys()].filter((applicationId) => applicationId !== undefined),
    take(applicationId) {
      if (taken.has(applicationId)) return undefined;
      taken.add(applicationId);
      return groups.get(applicationId) ?? [];
    },
  };
}

async function applyEvents(
  ports: Pick<RowPorts, 'outbox' | 'events'>,
  faults: readonly EventFault[],
): Promise<Repaired> {
  const repaired: Finding[] = [];
  const open: Finding[] = [];
  for (const { why, id, booking, repair: by } of faults) {
    const finding: Finding = { kind: 'EVENT_DIFFERS', about: id };
    if (!(await applyEvent(ports, by))) {
      open.push(finding);
      continue;
    }
    repaired.push(finding);
    if (booking && why !== 'MISSING') open.push({ kind: 'BOOKING_DIFFERED', about: id });
  }
  return { repaired, open };
}

/** @returns false for an event that needs a person. */
async function applyEvent({ outbox, events }: Pick<RowPorts, 'outbox' | 'events'>, by: EventRepair): Promise<boolean> {
  switch (by.kind) {
    case 'PERSON':
      return false;
    case 'PUBLISH':
      await events.publish([by.announcement]);
      return true;
    case 'REWRITE':
      await outbox?.rewrite(by.position, by.announcement);
      return true;
    case 'REMOVE':
      await outbox?.remove(by.position);
      return true;
  }
}
