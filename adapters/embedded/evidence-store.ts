import { sha256 } from '../../domain/ledger/canonical-json.ts';
import { pageLimit } from '../page-cursor.ts';
import { EvidenceDamaged, EvidenceMissing, type EvidenceStore } from '../ports.ts';
import type { GroupCommitDatabase } from './group-commit.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS evidence_objects (
    id INTEGER PRIMARY KEY,
    address BLOB NOT NULL UNIQUE,
    bytes BLOB NOT NULL
  ) STRICT;
`;

/** Evidence in a data folder. */
export function embeddedEvidenceStore(database: GroupCommitDatabase): EvidenceStore {
  database.schema(SCHEMA);

  const stored = (address: string) =>
    database.statement('SELECT bytes FROM evidence_objects WHERE address = ?').get(Buffer.from(address, 'hex'))?.[
      'bytes'
    ] as Uint8Array | undefined;

  return {
    // Not awaited: whatever is written next, such as the ledger entry that names it, is on disk after it or not at all.
    put: async (bytes) =>
      database.writeNow(() => {
        const address = sha256(bytes);
        const earlier = stored(address);
        if (earlier) verify(address, earlier);
        else {
          database
            .statement('INSERT INTO evidence_objects (address, bytes) VALUES (?, ?)')
            .run(Buffer.from(address, 'hex'), bytes);
        }
        return { address, versionId: '1' };
      }),

    async get(address) {
      const bytes = stored(address);
      if (!bytes) throw new EvidenceMissing(`Evidence ${address} is not in this data folder.`);
      return verify(address, bytes);
    },

    has: async (address) =>
      database.statement('SELECT 1 FROM evidence_objects WHERE address = ?').get(Buffer.from(address, 'hex')) !==
      undefined,

    async list(options = {}) {
      const limit = pageLimit(options);
      const rows = database
        .statement('SELECT address FROM evidence_objects WHERE address > ? ORDER BY address LIMIT ?')
        .all(Buffer.from(options.after ?? '', 'hex'), limit + 1);
      const addresses = rows.slice(0, limit).map((row) => Buffer.from(row['address'] as Uint8Array).toString('hex'));
      const next = rows.length > limit ? addresses.at(-1) : undefined;
      return { addresses, ...(next !== undefined && { next }) };
    },
  };
}

function verify(address: string, bytes: Uint8Array): Uint8Array {
  if (sha256(bytes) === address) return bytes;
  throw new EvidenceDamaged(
    `Evidence ${address} was changed in the data folder: restore it from a backup or an export.`,
  );
}
