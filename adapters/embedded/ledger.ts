import { canonicalJson } from '../../domain/ledger/canonical-json.ts';
import { entryOf, nextEntry, sameEvent } from '../ledger-entry.ts';
import type { Clock, Ledger, RecordedPeriod } from '../ports.ts';
import type { GroupCommitDatabase } from './group-commit.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS ledger_applications (
    id INTEGER PRIMARY KEY,
    application_id TEXT NOT NULL UNIQUE
  ) STRICT;
  CREATE TABLE IF NOT EXISTS ledger_entries (
    id INTEGER PRIMARY KEY,
    application INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    entry TEXT NOT NULL,
    UNIQUE (application, sequence)
  ) STRICT;
`;

// An application has some dozens of entries: reading along the key is cheaper than one more index.
const PLACE = `
  SELECT id AS application,
    (SELECT entry FROM ledger_entries WHERE application = ledger_applications.id AND event_id = ?) AS found,
    (SELECT entry FROM ledger_entries WHERE application = ledger_applications.id ORDER BY sequence DESC LIMIT 1) AS head
  FROM ledger_applications WHERE application_id = ?`;

/** The ledger in a data folder. An append is one synchronous write, so no other can come between its look and its put. */
export function embeddedLedger(database: GroupCommitDatabase, clock: Clock): Ledger {
  database.schema(SCHEMA);

  return {
    append: (event) =>
      database.write(() => {
        const { applicationId } = event;
        const row = database.statement(PLACE).get(event.id, applicationId);
        if (typeof row?.['found'] === 'string') return sameEvent(event, entryOf(row['found'], applicationId));
        const application =
          row?.['application'] ??
          database.statement('INSERT INTO ledger_applications (application_id) VALUES (?)').run(applicationId)
            .lastInsertRowid;
        const head = typeof row?.['head'] === 'string' ? entryOf(row['head'], applicationId) : undefined;
        const { entry, text } = nextEntry(event, head, clock);
        database
          .statement('INSERT INTO ledger_entries (application, sequence, event_id, entry) VALUES (?, ?, ?, ?)')
          .run(application as number, entry.sequence, entry.id, text);
        return entry;
      }),

    async find(applicationId, eventId) {
      const found = database.statement(PLACE).get(eventId, applicationId)?.['found'];
      await database.committed();
      return typeof found === 'string' ? entryOf(found, applicationId) : undefined;
    },

    async read(applicationId) {
      const rows = database
        .statement(
          `SELECT entry FROM ledger_applications JOIN ledger_entries ON application = ledger_applications.id
           WHERE application_id = ? ORDER BY sequence`,
        )
        .all(applicationId);
      await database.committed();
      return rows.map((row) => entryOf(row['entry'], applicationId));
    },

    async *applications({ after = '', until }: RecordedPeriod = {}) {
      const recorded = `SELECT 1 FROM ledger_entries WHERE application = ledger_applications.id
        AND CASE WHEN json_valid(entry) THEN json_extract(entry, '$.recordedAt') > ?
          AND json_extract(entry, '$.recordedAt') <= ? END`;
      const whole = after === '' && until === undefined;
      const rows = database
        .statement(
          `SELECT application_id FROM ledger_applications ${whole ? '' : `WHERE EXISTS (${recorded})`}
           ORDER BY ledger_applications.id`,
        )
        .all(...(whole ? [] : [after, until ?? '9']));
      for (const row of rows) yield String(row['application_id']);
    },

    async misplaced(applicationId) {
      const rows = database
        .statement(
          `SELECT sequence, event_id, entry FROM ledger_applications
           JOIN ledger_entries ON application = ledger_applications.id WHERE application_id = ? ORDER BY sequence`,
        )
        .all(applicationId);
      return rows
        .filter((row) => {
          const entry = entryOf(row['entry'], applicationId);
          const placed = entry.id === row['event_id'] && entry.sequence === row['sequence'];
          return !placed || canonicalJson(entry) !== row['entry'];
        })
        .map(({ sequence }) => Number(sequence));
    },
  };
}
