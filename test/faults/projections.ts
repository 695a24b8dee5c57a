import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';

import { composeEmbedded } from '../../adapters/compose/embedded.ts';
import { applicationOfRow } from '../../audit/reconcile/projections.ts';
import type { Records } from '../../audit/records.ts';
import { scanRows } from '../../audit/verify/rows.ts';
import { verifyApplication } from '../../audit/verify/verification.ts';
import { folderRecords } from '../../cli/folder-records.ts';
import { openRecords } from '../../cli/open-records.ts';
import { acceptRebuilt } from '../../cli/reconcile.ts';
import { verifyRecords } from '../../cli/verify-records.ts';
import type { JsonObject } from '../../domain/json.ts';
import { canonicalJson } from '../../domain/ledger/canonical-json.ts';
import { chainEvent, type LedgerEntry } from '../../domain/ledger/chain.ts';
import { isCache } from '../../domain/projections/caches.ts';
import type { OutputOf } from '../../lambdas/functions.ts';
import { invokeFunction } from '../../local/functions.ts';
import { APPLICATIONS, recordsFolder } from './records-folder.ts';
import { snapshot, standingFunctions } from './snapshot.ts';

/**
 * `NAMED`: verify names a fault. `NAMED_BY_CODE`: only the codes of the rows show the change, and nothing derives it; such
 * changes are told from the others where a change is judged in depth. `REFUSED`: the folder does not open, and says why. `HARMLESS`: no answer, event or date is
 * another. `EXEMPT`: a cache. `CRASHED`: verify ended with an error that names nothing.
 */
type ChangeVerdict = 'NAMED' | 'NAMED_BY_CODE' | 'REFUSED' | 'HARMLESS' | 'EXEMPT' | 'CRASHED' | 'UNDETECTED';

export interface Change {
  readonly table: string;
  /** `*` for a row that was deleted or inserted. */
  readonly column: string;
  readonly operation: 'UPDATE' | 'DELETE' | 'INSERT';
  /** The key of the row, and what was changed: enough to do it again. */
  readonly place: string;
  readonly verdict: ChangeVerdict;
  /** The names of faults; for `UNDETECTED` the first answer that is another. */
  readonly found: readonly string[];
  /** Faults that are left after a reconciliation and that it did not hand to a person; absent where none was run. */
  readonly left?: readonly string[];
}

const DATABASE = 'underwright.sqlite';
const REFUSALS: ReadonlySet<string> = new Set([
  'VaultKeyDamaged',
  'StoreUnavailable',
  'DataFolderInUse',
  'SchemaChanged',
]);
/** Tables whose rows reconciliation rebuilds. */
const REBUILT: ReadonlySet<string> = new Set(['work_items', 'events_outbox']);

interface Column {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly pk: number;
}
type Row = Record<string, SQLInputValue>;

interface World {
  readonly folder: string;
  readonly files: ReadonlyMap<string, Buffer>;
  readonly tables: ReadonlyMap<string, readonly Column[]>;
  readonly before: ReadonlyMap<string, string>;
  readonly now: string;
  readonly random: () => number;
  readonly every: number;
  /** How many columns there are, of all tables. */
  readonly columns: number;
}

export interface ChangeRuns {
  readonly runs: number;
  /** One change in so many is judged in depth: by the derivation too, and by what reconciliation makes of it. */
  readonly every: number;
  /** Numbers in [0, 1). */
  readonly random: () => number;
}

/** Makes random changes of every table and column of a data folder, one after the other, and judges each. */
export async function* changes({ runs, every, random }: ChangeRuns): AsyncIterable<Change> {
  const files = await recordsFolder();
  const folder = mkdtempSync(join(tmpdir(), 'underwright-changes-'));
  // Every read of personal data is recorded under an id of its request: two snapshots must be of one instant.
  const now = new Date(Date.now() + 3_600_000).toISOString();
  try {
    const first = join(folder, 'before');
    restore(first, files);
    const clean = await judged(first, { deep: true });
    if (clean.length > 0) throw new Error(`The folder has faults before any change: ${clean.join(', ')}`);
    const before = await snapshot(first, now);
    const tables = tablesOf(join(first, DATABASE));
    const columns = [...tables.values()].flat().length;
    const world: World = { folder, files, tables, before, now, random, every, columns };
    for (let run = 0; run < runs; run += 1) yield await one(world, run);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function restore(folder: string, files: ReadonlyMap<string, Buffer>): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes, { mode: 0o600 });
}

/** Every table and column, also those that are added one day. */
function tablesOf(path: string): Map<string, Column[]> {
  const database = new DatabaseSync(path);
  try {
    const names = database.prepare(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`);
    return new Map(
      (names.all() as { name: string }[])
        .filter(({ name }) => database.prepare(`SELECT 1 FROM "${name}" LIMIT 1`).get())
        .map(({ name }) => [name, database.prepare(`PRAGMA table_info("${name}")`).all() as unknown as Column[]]),
    );
  } finally {
    database.close();
  }
}

async function one(world: World, run: number): Promise<Change> {
  try {
    return await judgedChange(world, run);
  } finally {
    rmSync(join(world.folder, String(run)), { recursive: true, force: true });
  }
}

async function judgedChange(world: World, run: number): Promise<Change> {
  const { files, before, now } = world;
  // A folder of its own: SQLite may still hold the files of one that did not open.
  const folder = join(world.folder, String(run));
  restore(folder, files);
  const made = make({ ...world, folder }, run);
  const { row, ...change } = made;
  // Columns are changed in turn, so a whole round is judged in depth.
  const deep = Math.floor(run / world.columns) % world.every === 0;
  let found: string[];
  try {
    found = await judged(folder, { applicationId: made.applicationId, deep });
  } catch (error) {
    const { name, message } = error as Error;
    return {
      ...change,
      verdict: REFUSALS.has(name) ? 'REFUSED' : 'CRASHED',
      found: [`${name}: ${message.slice(0, 120)}`],
    };
  }
  if (found.length > 0) {
    const left = deep && REBUILT.has(change.table) ? await reconciled(folder) : undefined;
    const verdict = deep && found.every((fault) => fault === 'ROWS_CHANGED') ? 'NAMED_BY_CODE' : 'NAMED';
    return { ...change, verdict, found, ...(left && { left }) };
  }
  if (change.table === 'work_items' && row && isCache(row as unknown as { pk: string; sk: string })) {
    return { ...change, verdict: 'EXEMPT', found: [] };
  }
  const after = await snapshot(folder, now);
  const differing = [...new Set([...before.keys(), ...after.keys()])].filter(
    (key) => before.get(key) !== after.get(key),
  );
  return { ...change, verdict: differing.length === 0 ? 'HARMLESS' : 'UNDETECTED', found: differing.slice(0, 1) };
}

/** The names of what verify finds: by the codes of rows alone, or of the application alone, where that is enough. */
async function judged(
  folder: string,
  { applicationId, deep }: { readonly applicationId?: string | undefined; readonly deep: boolean },
): Promise<string[]> {
  const records = await openRecords({ data: folder });
  try {
    const changed = deep ? [] : (records.databaseFaults?.() ?? []);
    if (changed.length > 0) return [...new Set(changed.map(({ fault }) => fault))];
    if (applicationId !== undefined) {
      const near = await faultsOf(records, applicationId);
      if (near.length > 0) return near;
    }
    return [...new Set((await verifiedFaults(records)).map(({ fault }) => fault))];
  } finally {
    records.close();
  }
}

interface FaultOf {
  readonly fault: string;
  readonly applicationId: string | null;
}

async function verifiedFaults(records: Records): Promise<FaultOf[]> {
  const { verifications, sealing, rows } = await verifyRecords(records);
  const own = verifications.flatMap(({ applicationId, faults }) =>
    faults.map(({ fault }) => ({ fault, applicationId })),
  );
  return [...own, ...sealing.faults, ...rows];
}

async function faultsOf(records: Records, applicationId: string): Promise<string[]> {
  const scan = await scanRows(records);
  const faults = (await verifyApplication(records, applicationId, scan).catch(() => undefined))?.faults ?? [];
  const rows = (await records.engineFaults?.(applicationId).catch(() => [])) ?? [];
  return [...new Set([...faults, ...rows].map(({ fault }) => fault))];
}

type Reconciled = Pick<OutputOf<'ReconcileRecords'>, 'repaired' | 'findings'>;

/** Reconciles a folder some hours later, rows and applications, with an engine that stands still. */
export async function reconciledFolder(folder: string, hours = 1): Promise<Reconciled> {
  const embedded = composeEmbedded(folder, { clock: { now: () => new Date(Date.now() + hours * 3_600_000) } });
  const all = { repaired: [] as Reconciled['repaired'], findings: [] as Reconciled['findings'] };
  try {
    const functions = standingFunctions(embedded);
    for (const only of ['ROWS', 'APPLICATIONS']) {
      for (let ended = false; !ended;) {
        const called = await invokeFunction(functions, 'ReconcileRecords', { limit: 10_000, only });
        const answer = called as unknown as OutputOf<'ReconcileRecords'>;
        all.repaired.push(...answer.repaired);
        all.findings.push(...answer.findings);
        ended = only === 'ROWS' ? answer.rowsEnded : answer.applicationsEnded;
      }
    }
    await acceptRebuilt(folderRecords(embedded, folder));
    return all;
  } finally {
    embedded.close();
  }
}

/**
 * @returns the faults that are left after a reconciliation, without those of kinds that it handed to a person, and without
 * those of applications that only an unexplained row names: verification then misses their whole ledger.
 */
async function reconciled(folder: string): Promise<string[]> {
  try {
    const { findings } = await reconciledFolder(folder);
    const handed = new Set<string>(findings.map(({ kind }) => kind));
    const unexplained = new Set(
      findings.filter(({ kind }) => kind === 'ROW_UNKNOWN').map(({ applicationId }) => applicationId),
    );
    unexplained.delete(null);
    // What a reconciliation of an hour later records is recorded after now.
    // No table is accepted while something in it needs a person.
    if (handed.size > 0) handed.add('ROWS_CHANGED');
    handed.add('RECORDED_AFTER_NOW');
    const records = await openRecords({ data: folder });
    try {
      const left = (await verifiedFaults(records)).filter(
        ({ fault, applicationId }) => !handed.has(fault) && !unexplained.has(applicationId),
      );
      return [...new Set(left.map(({ fault }) => fault))];
    } finally {
      records.close();
    }
  } catch (error) {
    return [`${(error as Error).name} ${(error as Error).message.slice(0, 100)}`];
  }
}

interface Made {
  readonly table: string;
  readonly column: string;
  readonly operation: Change['operation'];
  readonly place: string;
  readonly applicationId: string | undefined;
  readonly row: Row | undefined;
}

/** Makes one change, table by table and column by column in turn. */
function make(world: World, run: number): Made {
  const { tables, random, folder } = world;
  const columns = [...tables].flatMap(([table, each]) => each.map((column) => ({ table, column })));
  const { table, column } = columns[run % columns.length]!;
  const database = new DatabaseSync(join(folder, DATABASE));
  try {
    const chance = random();
    for (let tries = 0; ; tries += 1) {
      const operation = chance < 0.7 ? 'UPDATE' : chance < 0.85 ? 'DELETE' : 'INSERT';
      const made = attempt(database, world, { table, column, operation });
      if (made) return made;
      if (tries > 50) {
        const other = attempt(database, world, { table, column, operation: 'DELETE' });
        if (other) return other;
        throw new Error(`No change of ${table}.${column.name} was possible.`);
      }
    }
  } finally {
    database.close();
  }
}

function attempt(
  database: DatabaseSync,
  { tables, random }: World,
  { table, column, operation }: { table: string; column: Column; operation: Change['operation'] },
): Made | undefined {
  const rows = database.prepare(`SELECT rowid AS "#", * FROM "${table}"`).all() as Row[];
  const row = pick(rows, random);
  const other = pick(rows, random);
  if (!row || !other) return undefined;
  const { '#': rowid, ...content } = row;
  const value = changedValue(row[column.name] ?? null, other[column.name] ?? null, column, random);
  const applicationId = applicationIn(database, table, row);
  const names = tables.get(table)!.map(({ name }) => name);
  try {
    if (operation === 'DELETE') database.prepare(`DELETE FROM "${table}" WHERE rowid = ?`).run(rowid!);
    else if (operation === 'UPDATE') {
      if (same(value, row[column.name] ?? null)) return undefined;
      database.prepare(`UPDATE "${table}" SET "${column.name}" = ? WHERE rowid = ?`).run(value, rowid!);
    } else {
      const added: Row = { ...content, [column.name]: value };
      // A key of its own, where the row has one that is only a number.
      for (const { name, pk, type } of tables.get(table)!) {
        if (pk > 0 && type === 'INTEGER') added[name] = Math.floor(random() * 2 ** 31);
      }
      const marks = names.map(() => '?').join(', ');
      database
        .prepare(`INSERT INTO "${table}" (${names.map((name) => `"${name}"`).join(', ')}) VALUES (${marks})`)
        .run(...names.map((name) => added[name] ?? null));
    }
  } catch {
    return undefined;
  }
  if (table === 'ledger_entries') rechain(database, Number(row['application']));
  const place = `rowid ${Number(rowid)} ${JSON.stringify(printable(content)).slice(0, 160)} -> ${JSON.stringify(printable({ value })).slice(0, 200)}`;
  const name = operation === 'UPDATE' ? column.name : '*';
  return { table, column: name, operation, place, applicationId, row: content };
}

const printable = (row: Row): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value instanceof Uint8Array ? `${value.length} bytes` : value]),
  );

const pick = <T>(all: readonly T[], random: () => number): T | undefined => all[Math.floor(random() * all.length)];

function same(a: SQLInputValue, b: SQLInputValue): boolean {
  return a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) === 0 : a === b;
}

function changedValue(value: SQLInputValue, other: SQLInputValue, column: Column, random: () => number): SQLInputValue {
  const chance = random();
  if (chance < 0.1 && column.notnull === 0 && column.pk === 0) return null;
  if (chance < 0.3) return other;
  if (column.type === 'INTEGER') {
    return Number(value ?? 0) + Math.floor((random() - 0.5) * 2 * (pick([2, 100, 1e6, 1e10], random) ?? 2));
  }
  if (column.type === 'BLOB') {
    const bytes = Buffer.from((value as Uint8Array | null) ?? Buffer.alloc(8));
    if (bytes.length === 0) return Buffer.from([1]);
    const at = Math.floor(random() * bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
    return bytes;
  }
  return changedText((value ?? '') as string, random);
}

function changedText(text: string, random: () => number): string {
  if (!/^[[{]/.test(text)) return changedLetter(text, random);
  const chance = random();
  if (chance < 0.05) return `${text.slice(0, 1)} ${text.slice(1)}`;
  if (chance < 0.1) return text.slice(0, Math.floor(random() * text.length));
  try {
    const json = JSON.parse(text) as JsonObject;
    mutate(json, random);
    return JSON.stringify(json);
  } catch {
    return changedLetter(text, random);
  }
}

function changedLetter(text: string, random: () => number): string {
  if (text === '') return 'x';
  const at = Math.floor(random() * text.length);
  return `${text.slice(0, at)}${pick(['0', '7', 'a', 'Z', '#', ''], random) ?? ''}${text.slice(at + 1)}`;
}

/** Changes one value somewhere inside, takes one away, or adds one. */
function mutate(json: JsonObject, random: () => number): void {
  const places: [JsonObject, string][] = [];
  const walk = (value: unknown) => {
    if (value === null || typeof value !== 'object') return;
    for (const name of Object.keys(value)) {
      places.push([value as JsonObject, name]);
      walk((value as JsonObject)[name]);
    }
  };
  walk(json);
  const place = pick(places, random);
  if (!place) {
    json['added'] = true;
    return;
  }
  const [within, name] = place;
  const value = within[name];
  const chance = random();
  if (chance < 0.1) delete within[name];
  else if (chance < 0.2) within[`${name}x`] = value ?? null;
  else if (typeof value === 'number') within[name] = value + 1 + Math.floor(random() * 1e6);
  else if (typeof value === 'boolean') within[name] = !value;
  else if (typeof value === 'string') within[name] = changedText(value, random);
  else within[name] = pick([null, 'x', 7, true], random) ?? null;
}

/** The application that a row is of, where that is easily told: it is verified first. */
function applicationIn(database: DatabaseSync, table: string, row: Row): string | undefined {
  const named = (id: string | undefined) => (id !== undefined && APPLICATIONS.includes(id) ? id : undefined);
  if (table === 'work_items') return named(applicationOfRow(row as unknown as { pk: string; sk: string }));
  if (table === 'ledger_entries') {
    const found = database
      .prepare('SELECT application_id AS id FROM ledger_applications WHERE id = ?')
      .get(row['application']!);
    return named(found && String(found['id']));
  }
  const execution =
    table === 'workflow_event' ? Number(row['id']) >> 15 : table === 'workflow_frame' ? row['execution'] : undefined;
  if (execution !== undefined && execution !== null) {
    const found = database.prepare('SELECT name FROM workflow_execution WHERE id = ?').get(execution);
    return named(found && String(found['name']).replace(/--.*$/, ''));
  }
  return named((row['application_id'] ?? row['name'] ?? '') as string);
}

/** Whoever can write the database can make the hashes of a chain anew. What is no entry any more stays as it is. */
function rechain(database: DatabaseSync, application: number): void {
  const rows = database
    .prepare('SELECT id, entry FROM ledger_entries WHERE application = ? ORDER BY sequence, id')
    .all(application);
  let previous: LedgerEntry | undefined;
  const chained: [number, LedgerEntry][] = [];
  for (const { id, entry } of rows) {
    try {
      const read = JSON.parse(String(entry)) as LedgerEntry;
      previous = chainEvent(read, previous, read.recordedAt);
      chained.push([Number(id), previous]);
    } catch {
      return;
    }
  }
  const update = database.prepare('UPDATE ledger_entries SET entry = ? WHERE id = ?');
  for (const [id, entry] of chained) update.run(canonicalJson(entry), id);
}

/** How many changes of each table and column came to what, as lines. */
export function tallyChanges(all: readonly Change[]): string[] {
  const counts = new Map<string, Map<string, number>>();
  for (const { table, column, operation, verdict } of all) {
    const name = `${table} ${operation === 'UPDATE' ? column : operation.toLowerCase()}`;
    const of = counts.get(name) ?? new Map<string, number>();
    counts.set(name, of.set(verdict, (of.get(verdict) ?? 0) + 1));
  }
  return [...counts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, of]) => {
      const parts = [...of].map(([verdict, count]) => `${count} ${verdict.toLowerCase()}`).join(', ');
      return `  ${name.padEnd(40)} ${parts}`;
    });
}

export const isUnnoticed = ({ verdict, left = [] }: Change): boolean =>
  verdict === 'UNDETECTED' || verdict === 'CRASHED' || left.length > 0;
