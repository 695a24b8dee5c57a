import type { JsonObject } from '../../domain/json.ts';
import { canonicalJson, sha256 } from '../../domain/ledger/canonical-json.ts';
import { GENESIS_HASH, type LedgerEntry } from '../../domain/ledger/chain.ts';
import type { Workbench } from '../cli/program.ts';

export type Forged = Omit<LedgerEntry, 'body'> & { body: JsonObject };
export type Forgery = (entries: Forged[]) => Forged[];

/** Rewrites one ledger with new hashes, as an attacker can who writes the database. @param text how an entry is stored. */
export function rechain(
  { sql }: Pick<Workbench, 'sql'>,
  id: string,
  change: Forgery,
  text: (entry: LedgerEntry) => string = canonicalJson,
): void {
  const application = Number(sql('SELECT id FROM ledger_applications WHERE application_id = ?', id)[0]?.['id']);
  const rows = sql('SELECT entry FROM ledger_entries WHERE application = ? ORDER BY sequence', application);
  const entries = rechained(change(rows.map(({ entry }) => JSON.parse(String(entry)) as Forged)));
  sql('DELETE FROM ledger_entries WHERE application = ?', application);
  const stored = entries.map((entry) => ({ sequence: entry.sequence, id: entry.id ?? '', text: text(entry) }));
  sql(
    `INSERT INTO ledger_entries (application, sequence, event_id, entry)
     SELECT ?, value ->> 'sequence', value ->> 'id', value ->> 'text' FROM json_each(?)`,
    application,
    JSON.stringify(stored),
  );
}

/** Gives entries the places and hashes of a chain. */
export function rechained(entries: readonly Forged[]): LedgerEntry[] {
  let previous: LedgerEntry | undefined;
  return entries.map((entry) => (previous = chained(entry, previous)));
}

/** As `chainEvent`, also for an entry that is none. */
function chained(entry: Forged, previous: LedgerEntry | undefined): LedgerEntry {
  const previousHash = previous?.hash ?? GENESIS_HASH;
  const { hash: _, previousHash: __, ...rest } = { ...entry, sequence: previous ? previous.sequence + 1 : 0 };
  return { ...rest, previousHash, hash: sha256(previousHash + canonicalJson(rest)) };
}

/** Appends an entry at the time of the newest one. */
export const appended =
  (forged: Pick<Forged, 'id' | 'type' | 'body'> & Partial<Forged>): Forgery =>
  (entries) => {
    const newest = entries.at(-1)!;
    return [...entries, { ...newest, schemaVersion: 1, occurredAt: newest.recordedAt, actor: 'system', ...forged }];
  };

/** Changes the newest entry of a type. */
export const changed =
  (type: string, change: (entry: Forged) => void): Forgery =>
  (entries) => {
    const found = entries.findLast((entry) => entry.type === type);
    if (!found) throw new TypeError(`The ledger has no ${type}.`);
    change(found);
    return entries;
  };
