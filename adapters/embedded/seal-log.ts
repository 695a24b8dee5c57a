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

  const seals = async (): Promise<SignedSeal[]> =>
    texts('SELECT signed AS text FROM seals ORDER BY number').map((text) => signedSeal.parse(JSON.parse(text)));
  const heads = async (): Promise<SealedHead[]> =>
    texts('SELECT head AS text FROM seal_heads ORDER BY position').map((text) => sealedHead.parse(JSON.parse(text)));

  /** How many heads the seals before one added, and it itself. */
  const spanOf = (all: readonly SignedSeal[], number: number): [number, number] => {
    const sum = (each: readonly SignedSeal[]) => each.reduce((total, { seal }) => total + seal.addedLeaves, 0);
    return [sum(all.filter(({ seal }) => seal.number < number)), sum(all.filter(({ seal }) => seal.number <= number))];
  };

  return {
    append: ({ seal, signature }, added) =>
      database.write(() => {
        if (database.statement('SELECT 1 FROM seals WHERE number = ?').get(seal.number)) return false;
        database
          .statement('INSERT INTO seals (number, signed) VALUES (?, ?)')
          .run(seal.number, JSON.stringify({ seal, signature }));
        const first = Number(database.statement('SELECT count(*) AS n FROM seal_heads').get()?.['n']);
        for (const [index, head] of added.entries()) {
          database
            .statement('INSERT INTO seal_heads (position, head) VALUES (?, ?)')
            .run(first + index, JSON.stringify(head));
        }
        return true;
      }),
    seals,
    newest: async () => (await seals()).at(-1),
    heads,
    added: async (number) => (await heads()).slice(...spanOf(await seals(), number)),
    async sealOf(applicationId) {
      const index = (await heads()).findLastIndex((head) => head.applicationId === applicationId);
      const all = await seals();
      return index < 0 ? undefined : all.find(({ seal }) => spanOf(all, seal.number)[1] > index)?.seal.number;
    },
  };
}
