import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { GroupCommitDatabase, type GroupCommitOptions } from '../../adapters/embedded/group-commit.ts';

export interface TemporaryDataFolder {
  readonly folder: string;
  readonly database: GroupCommitDatabase;
  /** Opens the database once more. */
  open(options?: GroupCommitOptions): GroupCommitDatabase;
  /** Runs SQL on the file behind the adapters' backs; it must change something. */
  edit(sql: string, ...values: (string | number | Uint8Array)[]): Promise<void>;
  remove(): void;
}

/** A data folder with an open database, in the system's temporary folder. */
export function temporaryDataFolder(options?: GroupCommitOptions): TemporaryDataFolder {
  const folder = mkdtempSync(join(tmpdir(), 'underwright-'));
  const file = join(folder, 'underwright.sqlite');
  const open = (options?: GroupCommitOptions) => new GroupCommitDatabase(file, options);
  const database = open(options);
  return {
    folder,
    database,
    open,
    async edit(sql, ...values) {
      await database.committed();
      const direct = new DatabaseSync(file);
      try {
        if (direct.prepare(sql).run(...values).changes === 0) throw new Error('The edit changed nothing.');
      } finally {
        direct.close();
      }
    },
    remove() {
      database.close();
      rmSync(folder, { recursive: true });
    },
  };
}
