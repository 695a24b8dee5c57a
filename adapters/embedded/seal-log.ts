import { sealedHead, signedSeal, type SealedHead, type SignedSeal } from '../../domain/ledger/seal.ts';
import type { SealLog } from '../ports.ts';
import type { GroupCommitDatabase } from './group-commit.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS seals (number INTEGER PRIMARY KEY, signed TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS seal_heads (
    position INTEGER PRIMARY KEY,
    seal INTEGER NOT NULL,
    application_id TEXT NOT NULL,
    head TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS seal_heads_by_seal ON seal_heads (seal);
  CREATE INDEX IF NOT EXISTS seal_heads_by_application ON seal_heads (application_id);
`;

/** Seals and sealed heads in a data folder. A folder that was not opened to write yet has none. */
export function embeddedSealLog(database: GroupCommitDatabase): SealLog {
  database.schema(SCHEMA);
  const exists = () =>
    database.statement("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'seal_heads'").get() !== undefined;
  const texts = (sql: string, ...values: number[]): string[] =>
    (exists() ? database.statement(sql).all(...values) : []).map((row) => String(row['text']));
  const sealsOf = (sql: string, ...values: number[]): SignedSeal[] =>
    texts(sql, ...values).map((text) => signedSeal.parse(JSON.parse(text)));
  const headsOf = (sql: string, ...values: number[]): SealedHead[] =>
    texts(sql, ...values).map((text) => sealedHead.parse(JSON.parse(text)));

  return {
    append: ({ seal, signature }, added) =>
      database.write(() => {
        if (database.statement('SELECT 1 FROM seals WHERE number = ?').get(seal.number)) return false;
        database
          .statement('INSERT INTO seals (number, signed) VALUES (?, ?)')
          .run(seal.number, JSON.stringify({ seal, signature }));
        const first = Number(database.statement('SELECT max(position) + 1 AS n FROM seal_heads').get()?.['n'] ?? 0);
        for (const [index, head] of added.entries()) {
          database
            .statement('INSERT INTO seal_heads (position, seal, application_id, head) VALUES (?, ?, ?, ?)')
            .run(first + index, seal.number, head.applicationId, JSON.stringify(head));
        }
        return true;
      }),
    seals: async () => sealsOf('SELECT signed AS text FROM seals ORDER BY number'),
    newest: async () => sealsOf('SELECT signed AS text FROM seals ORDER BY number DESC LIMIT 1')[0],
    seal: async (number) => sealsOf('SELECT signed AS text FROM seals WHERE number = ?', number)[0],
    added: async (number) => headsOf('SELECT head AS text FROM seal_heads WHERE seal = ? ORDER BY position', number),
    async sealOf(applicationId) {
      if (!exists()) return undefined;
      const row = database
        .statement('SELECT max(seal) AS seal FROM seal_heads WHERE application_id = ?')
        .get(applicationId);
      return (row?.['seal'] as number | null | undefined) ?? undefined;
    },
  };
}
