import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';

import { isCache } from '../../domain/projections/caches.ts';

/** Another program changed the definitions of the database, which run inside this one: triggers, views, columns, indexes. */
class SchemaChanged extends Error {
  override readonly name = 'SchemaChanged';
}

const FOREIGN_CODE =
  'Another program changed the tables, indexes, triggers or views of the database: restore the data folder from a backup.';

const STATE = 'row_authentication';
const SCHEMA = `CREATE TABLE IF NOT EXISTS ${STATE} (id INTEGER PRIMARY KEY CHECK (id = 1), sums BLOB NOT NULL) STRICT`;
/** The definitions of tables and indexes are rows too. */
const DEFINITIONS = 'sqlite_master';

/** Tables without codes: the state itself, and the fingerprint without which the vault does not open. */
const EXEMPT = [STATE, 'vault_master'];
/** Rows without a code: notes that no answer reads and that nothing can derive. */
const EXEMPT_ROWS: Readonly<Record<string, (row: Readonly<Record<string, unknown>>) => boolean>> = {
  work_items: ({ pk, sk, index_pk: index }) => index === null && isCache({ pk: String(pk), sk: String(sk) }),
};
/** Columns without a code: an address is the digest of the bytes, and every reader checks it. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = { evidence_objects: ['bytes'] };

/** A code of 256 bits, or a sum of codes, as four numbers modulo 2^64. */
type Sum = BigUint64Array;

function add(sum: Sum, code: Sum, sign: 1 | -1): void {
  for (const [lane, number] of code.entries()) sum[lane]! += sign === 1 ? number : -number;
}

/**
 * Authenticates every row of a database under a secret key, so that a row that another program inserted, changed or deleted
 * is found. Each row has a code, HMAC-SHA-256 of its table and values; the state has the sum of each table's codes. The state
 * is encrypted with AES-256-GCM and commits with the rows. Putting back a whole earlier database is not found: only a seal
 * that was kept elsewhere shows that.
 *
 * The sum is the multiset hash MSet-Add-Hash of Clarke, Devadas, van Dijk, Gassend and Suh, "Incremental multiset hash
 * functions and their application to memory integrity checking" (Asiacrypt 2003). Encryption hides the sums, which a
 * writer without the key could otherwise combine.
 */
export class RowAuthentication {
  readonly #database: DatabaseSync;
  readonly #rowKey: KeyObject;
  readonly #stateKey: KeyObject;
  readonly #sums = new Map<string, Sum>();
  readonly #covered: string[] = [];
  readonly #columnsOf = new Map<string, readonly string[]>();
  /** SQLite's count of changes of the definitions, as this program left it. */
  #schemaVersion = -1;
  // Every transaction runs both.
  #versionStatement: StatementSync | undefined;
  #saveStatement: StatementSync | undefined;
  /** The changes of this transaction, in their order. */
  #changes: { readonly sum: Sum; readonly code: Sum; readonly sign: 1 | -1 }[] = [];

  /** @param key 32 bytes, for this purpose alone. */
  constructor(database: DatabaseSync, key: Uint8Array) {
    this.#database = database;
    const derived = (purpose: string) => createSecretKey(createHmac('sha256', key).update(purpose).digest());
    this.#rowKey = derived('rows');
    this.#stateKey = derived('state');
  }

  /**
   * Reads the state, or begins one for a new database, and keeps it from now on.
   * @throws SchemaChanged before anything is written.
   */
  begin(): void {
    const stored = this.#stored();
    if (stored instanceof Map) this.#requireDefinitions(stored.get(DEFINITIONS));
    else if (this.#database.prepare(`SELECT 1 FROM ${DEFINITIONS} WHERE type NOT IN ('table', 'index')`).get()) {
      throw new SchemaChanged(FOREIGN_CODE);
    }
    this.#database.exec(SCHEMA);
    if (stored === undefined) this.#change(DEFINITIONS, this.#sumOf(DEFINITIONS), 1);
    else if (stored === 'UNREADABLE') this.#change(STATE, this.#code(STATE, ['lost']), 1);
    else for (const [table, sum] of stored) this.#sums.set(table, sum);
    this.#database.function('authenticate_row', { varargs: true }, (covered, sign, ...values) => {
      const table = this.#covered[Number(covered)] ?? '';
      // An update has the old values before the new ones.
      const old = sign === 0 ? values.splice(0, values.length / 2) : [];
      if (sign === 0) this.#change(table, this.#code(table, old), -1);
      this.#change(table, this.#code(table, values), sign === -1 ? -1 : 1);
      return null;
    });
    this.#cover();
    this.#schemaVersion = this.#readSchemaVersion();
  }

  /**
   * Requires, inside a write transaction, that no other program changed the definitions since this one looked: a foreign trigger
   * would change rows as if this program did. @throws SchemaChanged
   */
  guard(): void {
    const version = this.#readSchemaVersion();
    if (version === this.#schemaVersion) return;
    this.#requireDefinitions(this.#sums.get(DEFINITIONS));
    this.#schemaVersion = version;
  }

  /** Runs statements that define tables and indexes, and authenticates the rows of new tables from then on. */
  define(run: () => void): void {
    this.#change(DEFINITIONS, this.#sumOf(DEFINITIONS), -1);
    run();
    this.#change(DEFINITIONS, this.#sumOf(DEFINITIONS), 1);
    this.#cover();
    this.#schemaVersion = this.#readSchemaVersion();
  }

  /** Writes the state: the last write of every transaction. */
  save(): void {
    if (this.#changes.length === 0) return;
    const text = JSON.stringify([...this.#sums].map(([table, sum]) => [table, ...[...sum].map(String)]));
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#stateKey, nonce);
    const sealed = Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
    this.#saveStatement ??= this.#database.prepare(
      `INSERT INTO ${STATE} (id, sums) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET sums = excluded.sums`,
    );
    this.#saveStatement.run(sealed);
    this.#changes = [];
  }

  /** A place in the transaction to which `rollBackTo` returns. */
  mark(): number {
    return this.#changes.length;
  }

  rollBackTo(mark: number): void {
    for (const { sum, code, sign } of this.#changes.splice(mark)) add(sum, code, sign === 1 ? -1 : 1);
  }

  /** The tables that are not as this program left them, in the order of their names. Reads every row. */
  changed(): string[] {
    const stored = this.#covered.length > 0 ? this.#sums : this.#stored();
    if (stored === undefined || stored === 'UNREADABLE') return [STATE];
    const tables = new Set([...stored.keys(), DEFINITIONS, ...this.#tables()]);
    const nothing = new BigUint64Array(4);
    return [...tables].filter((table) => !isSame(this.#sumOrNone(table), stored.get(table) ?? nothing)).toSorted();
  }

  /** Takes a table as it is: only for rows that were compared with what they are derived from. */
  accept(table: string): void {
    this.#change(table, this.#sums.get(table) ?? new BigUint64Array(4), -1);
    this.#change(table, this.#sumOf(table), 1);
  }

  /** The code of some values, 32 bytes. @param name of a table, or of a purpose that no table has. */
  codeOf(name: string, values: readonly unknown[]): Buffer {
    const plain = values.map((value) =>
      value instanceof Uint8Array ? [Buffer.from(value).toString('base64')] : value,
    );
    return createHmac('sha256', this.#rowKey)
      .update(JSON.stringify([name, ...plain]))
      .digest();
  }

  #code(table: string, values: readonly unknown[]): Sum {
    const isExempt = EXEMPT_ROWS[table];
    if (isExempt?.(Object.fromEntries(this.#columns(table).map((name, index) => [name, values[index]])))) {
      return new BigUint64Array(4);
    }
    const digest = this.codeOf(table, values);
    return BigUint64Array.of(
      digest.readBigUInt64LE(0),
      digest.readBigUInt64LE(8),
      digest.readBigUInt64LE(16),
      digest.readBigUInt64LE(24),
    );
  }

  #change(table: string, code: Sum, sign: 1 | -1): void {
    let sum = this.#sums.get(table);
    if (!sum) this.#sums.set(table, (sum = new BigUint64Array(4)));
    add(sum, code, sign);
    this.#changes.push({ sum, code, sign });
  }

  #tables(): string[] {
    return this.#database
      .prepare(`SELECT name FROM ${DEFINITIONS} WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'`)
      .all()
      .map(({ name }) => String(name))
      .filter((name) => !EXEMPT.includes(name));
  }

  #columns(table: string): readonly string[] {
    if (table === DEFINITIONS) return ['type', 'name', 'tbl_name', 'sql'];
    const known = this.#columnsOf.get(table);
    if (known) return known;
    const columns = this.#database
      .prepare('SELECT name FROM pragma_table_info(?)')
      .all(table)
      .map(({ name }) => String(name))
      .filter((name) => !LEFT_OUT[table]?.includes(name));
    this.#columnsOf.set(table, columns);
    return columns;
  }

  /** Temporary triggers are this connection's alone: another program that opens the database has none of them. */
  #cover(): void {
    for (const table of this.#tables()) {
      if (this.#covered.includes(table)) continue;
      const number = this.#covered.push(table) - 1;
      const columns = this.#columns(table);
      const values = (row: 'OLD' | 'NEW') => columns.map((column) => `${row}.${quoted(column)}`).join(', ');
      for (const [when, sign, rows] of [
        ['INSERT', 1, values('NEW')],
        ['UPDATE', 0, `${values('OLD')}, ${values('NEW')}`],
        ['DELETE', -1, values('OLD')],
      ] as const) {
        this.#database.exec(
          `CREATE TEMP TRIGGER ${quoted(`${table}_${when}`)} AFTER ${when} ON main.${quoted(table)}
           BEGIN SELECT authenticate_row(${number}, ${sign}, ${rows}); END`,
        );
      }
    }
  }

  #readSchemaVersion(): number {
    this.#versionStatement ??= this.#database.prepare('PRAGMA main.schema_version');
    return Number(this.#versionStatement.get()?.['schema_version']);
  }

  #requireDefinitions(sum: Sum | undefined): void {
    if (!isSame(this.#sumOf(DEFINITIONS), sum ?? new BigUint64Array(4))) throw new SchemaChanged(FOREIGN_CODE);
  }

  #sumOf(table: string): Sum {
    const sum = new BigUint64Array(4);
    const columns = this.#columns(table);
    const statement = this.#database.prepare(`SELECT ${columns.map(quoted).join(', ')} FROM main.${quoted(table)}`);
    for (const row of statement.iterate()) {
      add(sum, this.#code(table, Object.values(row)), 1);
    }
    return sum;
  }

  /** @returns undefined for a table whose rows no longer have the shape in which they were written. */
  #sumOrNone(table: string): Sum | undefined {
    if (table === STATE) return new BigUint64Array(4);
    try {
      return this.#sumOf(table);
    } catch {
      return undefined;
    }
  }

  #stored(): Map<string, Sum> | 'UNREADABLE' | undefined {
    const exists = this.#database.prepare(`SELECT 1 FROM ${DEFINITIONS} WHERE name = ?`).get(STATE);
    const sealed = exists && this.#database.prepare(`SELECT sums FROM ${STATE}`).get()?.['sums'];
    if (!(sealed instanceof Uint8Array)) return undefined;
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#stateKey, sealed.subarray(0, 12), { authTagLength: 16 });
      decipher.setAuthTag(sealed.subarray(-16));
      const text = Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]).toString();
      const rows = JSON.parse(text) as [string, ...string[]][];
      return new Map(rows.map(([table, ...lanes]) => [table, BigUint64Array.from(lanes, BigInt)]));
    } catch {
      return 'UNREADABLE';
    }
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const isSame = (a: Sum | undefined, b: Sum): boolean => a !== undefined && a.every((lane, index) => lane === b[index]);
