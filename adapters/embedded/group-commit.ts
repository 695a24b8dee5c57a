import { DatabaseSync, type StatementSync } from 'node:sqlite';

import { StoreUnavailable } from '../ports.ts';
import { OpenFiles } from './open-files.ts';
import { makePrivate } from './private-files.ts';
import { RowAuthentication } from './row-authentication.ts';

export interface GroupCommitOptions {
  readonly readOnly?: boolean;
  /** The largest size of the database in pages of 4 KiB; writes past it fail as on a full disk. */
  readonly maxPages?: number;
}

type Waiter = { resolve: () => void; reject: (cause: Error) => void };

/**
 * One SQLite database with one writer whose writes share commits: all that is written in one turn of the event loop is
 * one transaction, synced to disk once (synchronous=FULL). A promise from `write` resolves after its commit, so nothing
 * told to the outside can be lost.
 *
 * After a failed commit the database takes no more writes: what the process holds in memory may be ahead of the disk,
 * so it must start again from what is stored.
 */
export class GroupCommitDatabase {
  readonly #database: DatabaseSync;
  readonly #readOnly: boolean;
  readonly #statements = new Map<string, StatementSync>();
  #authentication: RowAuthentication | undefined;
  readonly #files: OpenFiles;
  #waiting: Waiter[] = [];
  #failure: StoreUnavailable | undefined;
  #closed = false;
  readonly #onFailure: ((failure: StoreUnavailable) => void)[] = [];
  /** Commits so far, and the time spent in them: for benchmarks. */
  readonly statistics = { commits: 0, commitNanoseconds: 0n };

  constructor(path: string, options: GroupCommitOptions = {}) {
    this.#readOnly = options.readOnly ?? false;
    if (!this.#readOnly) makePrivate(path);
    this.#files = new OpenFiles([path, `${path}-wal`, `${path}-shm`]);
    this.#database = new DatabaseSync(path, { readOnly: this.#readOnly });
    try {
      this.#prepare(options.maxPages);
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  #prepare(maxPages: number | undefined): void {
    if (this.#readOnly) {
      this.#database.exec('PRAGMA busy_timeout = 5000');
      return;
    }
    this.#database.exec(`
      PRAGMA page_size = 4096;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA busy_timeout = 5000;
      PRAGMA wal_autocheckpoint = 4000;
      PRAGMA trusted_schema = OFF;
    `);
    if (maxPages !== undefined) this.#database.exec(`PRAGMA max_page_count = ${Math.trunc(maxPages)}`);
  }

  /** Creates tables: call once for each part before its first use. A reader finds them made. */
  schema(sql: string): void {
    if (this.#readOnly) return;
    const run = () => this.#database.exec(sql);
    if (!this.#authentication) return run();
    this.writeNow(() => this.#authentication?.define(run));
  }

  /**
   * Authenticates every row under a key from now on: call it before the first write. A reader can check with it.
   * @param key 32 bytes. @throws SchemaChanged when another program added code to the database.
   */
  authenticate(key: Uint8Array): void {
    if (this.#authentication) return;
    const authentication = new RowAuthentication(this.#database, key);
    this.#authentication = authentication;
    if (this.#readOnly) return;
    this.#authentication = undefined;
    this.writeNow(() => authentication.begin());
    this.#authentication = authentication;
  }

  /** The code of some values under the key of `authenticate`. @returns undefined when no key was given. */
  codeOf(name: string, values: readonly unknown[]): Uint8Array | undefined {
    return this.#authentication?.codeOf(name, values);
  }

  /**
   * The tables in which another program inserted, changed or deleted rows, as `authenticate` knows them. Reads every row.
   * @returns undefined when no key was given.
   */
  changedTables(): string[] | undefined {
    if (!this.#authentication) return undefined;
    if (this.#database.isTransaction) return this.#authentication.changed();
    // The state and the rows are of one moment, also while another process writes.
    this.#database.exec('BEGIN');
    try {
      return this.#authentication.changed();
    } finally {
      this.#database.exec('COMMIT');
    }
  }

  /** Whether SQLite finds its own file whole: its pages, and every index beside its table. Reads the whole file. */
  isWhole(): boolean {
    return this.#database.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check'] === 'ok';
  }

  /** Takes a table as it is: only for rows that were compared with what they are derived from. */
  acceptRows(table: string): Promise<void> {
    return this.write(() => this.#authentication?.accept(table));
  }

  /** A prepared statement, kept. Reads see what this process has written, committed or not. */
  statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /**
   * Runs `work`, which must be synchronous, inside the current transaction: wholly or, when it throws, not at all.
   * @returns what `work` returned, once it is on disk.
   * @throws StoreUnavailable when the disk did not take it, and whatever `work` throws.
   */
  write<T>(work: () => T): Promise<T> {
    let result: T;
    try {
      result = this.writeNow(work);
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
    return this.committed().then(() => result);
  }

  /** As `write`, returning at once: await `committed()` before anything outside learns of it. */
  writeNow<T>(work: () => T): T {
    if (this.#failure) throw this.#failure;
    if (this.#closed) throw new StoreUnavailable('The data folder is closed.');
    if (!this.#database.isTransaction) {
      this.#database.exec('BEGIN IMMEDIATE');
      try {
        this.#authentication?.guard();
      } catch (error) {
        throw this.#fail(error);
      }
      setImmediate(() => this.#commit());
    }
    this.#database.exec('SAVEPOINT one_write');
    const mark = this.#authentication?.mark() ?? 0;
    try {
      const result = work();
      this.#database.exec('RELEASE one_write');
      return result;
    } catch (error) {
      if (!this.#database.isTransaction) throw this.#fail(error);
      this.#database.exec('ROLLBACK TO one_write; RELEASE one_write');
      this.#authentication?.rollBackTo(mark);
      if (isStorageError(error)) throw this.#fail(error);
      throw error;
    }
  }

  /** Resolves when everything written so far is on disk. */
  committed(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (!this.#database.isTransaction) {
      // What is read of a file that was deleted or replaced is not the folder's any more.
      const replaced = this.#readOnly || this.#closed ? undefined : this.#files.replaced();
      return replaced === undefined ? Promise.resolve() : Promise.reject(this.#fail(filesReplaced(replaced)));
    }
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /**
   * Empties the write-ahead log, which keeps the pages that were there before a deletion.
   * @throws StoreUnavailable while another process still reads such pages.
   */
  emptyLog(): void {
    this.#commit();
    if (this.#failure) throw this.#failure;
    if (this.statement('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy'] === 0) return;
    throw new StoreUnavailable(
      'What was deleted is still in the write-ahead log, because another process reads it: end that process, then run this again.',
    );
  }

  /** Called once, with the reason, when the database stops taking writes. */
  onFailure(listener: (failure: StoreUnavailable) => void): void {
    this.#onFailure.push(listener);
  }

  close(): void {
    if (this.#closed) return;
    this.#commit();
    this.#closed = true;
    this.#statements.clear();
    this.#database.close();
  }

  #commit(): void {
    if (this.#closed || !this.#database.isTransaction) return;
    const start = process.hrtime.bigint();
    try {
      this.#authentication?.save();
      this.#database.exec('COMMIT');
      const replaced = this.#files.replaced();
      if (replaced !== undefined) throw filesReplaced(replaced);
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.statistics.commits += 1;
    this.statistics.commitNanoseconds += process.hrtime.bigint() - start;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const waiter of waiting) waiter.resolve();
  }

  #fail(cause: unknown): StoreUnavailable {
    if (this.#failure) return this.#failure;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const failure =
      cause instanceof StoreUnavailable
        ? cause
        : new StoreUnavailable(
            `The data folder took no more writes (${reason}). What was stored before is intact: free space, then start again.`,
            { cause },
          );
    this.#failure = failure;
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const waiter of waiting) waiter.reject(failure);
    for (const listener of this.#onFailure) listener(failure);
    return failure;
  }
}

function filesReplaced(path: string): StoreUnavailable {
  return new StoreUnavailable(
    `${path} was deleted or replaced while this process ran. What was written since may be lost: restore the folder from a backup, then start again.`,
  );
}

/** SQLITE_NOMEM, READONLY, IOERR, CORRUPT, FULL, NOTADB: the file, not the statement, is at fault (sqlite.org/rescode.html). */
function isStorageError(error: unknown): boolean {
  const code = (error as { errcode?: number }).errcode;
  return code !== undefined && [7, 8, 10, 11, 13, 26].includes(code & 0xff);
}
