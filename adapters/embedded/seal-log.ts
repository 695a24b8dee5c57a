import { sealedHead, signedSeal, type SealedHead, type SignedSeal } from '../../domain/ledger/seal.ts';
import type { SealLog } from '../ports.ts';
import type { GroupCommitDatabase } from './group-commit.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS seals (number INTEGER PRIMARY KEY, signed TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS seal_heads (position INTEGER PRIMARY KEY, head TEXT NOT NULL) STRICT;
`;

/** Seals and sealed heads in a data folder. A folder that was written before there were seals reads as one without any. */
export function embeddedSealLog(database: GroupCommitDatabase): SealLog {
  database.schema(SCHEMA);
  const exists = () =>
    database.statement("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'seal_heads'").get() !== undefined;
  const texts = (sql: string): string[] =>
    (exists() ? database.statement(sql).all() : []).map((row) => String(row['text']));

  return {
    append: ({ seal, signature }: SignedSeal, added: readonly SealedHead[]) =>
      database.write(() => {
        database
          .statement('INSERT INTO seals (number, signed) VALUES (?, ?)')
          .run(seal.number, JSON.stringify({ seal, signature }));
        const first = seal.treeSize - added.length;
        for (const [index, head] of added.entries()) {
          database
            .statement('INSERT INTO seal_heads (position, head) VALUES (?, ?)')
            .run(first + index, JSON.stringify(head));
        }
      }),
    seals: async () =>
      texts('SELECT signed AS text FROM seals ORDER BY number').map((text) => signedSeal.parse(JSON.parse(text))),
    heads: async () =>
      texts('SELECT head AS text FROM seal_heads ORDER BY position').map((text) => sealedHead.parse(JSON.parse(text))),
    ledgerHeads: async () =>
      database
        .statement(
          `SELECT application_id, MAX(sequence) + 1 AS length, entry FROM ledger_entries
           JOIN ledger_applications ON application = ledger_applications.id GROUP BY application`,
        )
        .all()
        .map((row) => ({
          applicationId: String(row['application_id']),
          length: Number(row['length']),
          // SQLite takes the other columns of the row that has the maximum (sqlite.org/lang_select.html#bareagg).
          headHash: (JSON.parse(String(row['entry'])) as { hash: string }).hash,
        })),
  };
}
