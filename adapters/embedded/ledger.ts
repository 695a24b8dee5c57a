import { MAX_CLOCK_SKEW_MS, type LedgerEntry, type LedgerEvent } from '../../domain/ledger/chain.ts';
import { entryOf, examineText, nextEntry, sameEvent } from '../ledger-entry.ts';
import type { Clock, ExaminedEntry, Ledger, RecordedPeriod } from '../ports.ts';
import type { GroupCommitDatabase } from './group-commit.ts';

/** When an entry says that it was recorded; null for a text that is no JSON. */
const RECORDED_AT = "CASE WHEN json_valid(entry) THEN json_extract(entry, '$.recordedAt') END";

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
    code BLOB,
    UNIQUE (application, sequence)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS ledger_entries_by_time ON ledger_entries (${RECORDED_AT});
`;

// An application has some dozens of entries: reading along the key is cheaper than one more index.
const PLACE = `
  SELECT id AS application,
    (SELECT entry FROM ledger_entries WHERE application = ledger_applications.id AND event_id = ?) AS found,
    (SELECT entry FROM ledger_entries WHERE application = ledger_applications.id ORDER BY sequence DESC LIMIT 1) AS head
  FROM ledger_applications WHERE application_id = ?`;

const ENTRIES_OF = `
  ledger_applications JOIN ledger_entries ON application = ledger_applications.id
  WHERE application_id = ? ORDER BY sequence`;

/** The ledger in a data folder. An append is one synchronous write, so no other can come between its look and its put. */
export function embeddedLedger(database: GroupCommitDatabase, clock: Clock): Ledger {
  database.schema(SCHEMA);
  const steady = steadyClock(database, clock);
  return {
    append: (event) => database.write(() => append(database, steady, event)),

    async find(applicationId, eventId) {
      const found = database.statement(PLACE).get(eventId, applicationId)?.['found'];
      await database.committed();
      return typeof found === 'string' ? entryOf(found, applicationId) : undefined;
    },

    async read(applicationId) {
      const rows = database.statement(`SELECT entry FROM ${ENTRIES_OF}`).all(applicationId);
      await database.committed();
      return rows.map((row) => entryOf(row['entry'], applicationId));
    },

    async *applications({ after = '', until }: RecordedPeriod = {}) {
      const recorded = `SELECT application FROM ledger_entries WHERE ${RECORDED_AT} > ? AND ${RECORDED_AT} <= ?`;
      const whole = after === '' && until === undefined;
      const rows = database
        .statement(
          `SELECT application_id FROM ledger_applications ${whole ? '' : `WHERE id IN (${recorded})`} ORDER BY id`,
        )
        .all(...(whole ? [] : [after, until ?? '9']));
      for (const row of rows) yield String(row['application_id']);
    },

    async examine(applicationId) {
      const rows = database.statement(`SELECT sequence, event_id, entry, code FROM ${ENTRIES_OF}`).all(applicationId);
      return rows.map((row) => examined(database, applicationId, row));
    },
  };
}

/**
 * A clock that was set back by a little records what it appends at the time of the newest entry: a seal that was made in
 * between would miss an earlier one. A clock that was set back by more was wrong before, or is now.
 */
function steadyClock(database: GroupCommitDatabase, clock: Clock): Clock {
  return {
    now() {
      const now = clock.now();
      const newest = database.statement(`SELECT max(${RECORDED_AT}) AS at FROM ledger_entries`).get()?.['at'];
      const ahead = typeof newest === 'string' ? Date.parse(newest) - now.getTime() : 0;
      return ahead > 0 && ahead <= MAX_CLOCK_SKEW_MS ? new Date(String(newest)) : now;
    },
  };
}

/** The code of an entry. The text names its place in the chain, so the code is valid for no other place. */
const codeOf = (database: GroupCommitDatabase, applicationId: string, text: unknown) =>
  database.codeOf('ledger entry', [applicationId, text]);

function append(database: GroupCommitDatabase, clock: Clock, event: LedgerEvent): LedgerEntry {
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
    .statement('INSERT INTO ledger_entries (application, sequence, event_id, entry, code) VALUES (?, ?, ?, ?, ?)')
    .run(application as number, entry.sequence, entry.id, text, codeOf(database, applicationId, text) ?? null);
  return entry;
}

function examined(database: GroupCommitDatabase, applicationId: string, row: Record<string, unknown>): ExaminedEntry {
  const { entry, fault } = examineText(row['entry']);
  const misplaced = entry && (entry.id !== row['event_id'] || entry.sequence !== row['sequence']);
  const code = codeOf(database, applicationId, row['entry']);
  const forged = code && !(row['code'] instanceof Uint8Array && Buffer.compare(row['code'], code) === 0);
  const faults: ExaminedEntry['faults'] = [
    ...(fault ? [fault] : []),
    ...(misplaced ? (['INDEX_DIFFERS'] as const) : []),
    ...(forged ? (['ENTRY_NOT_AUTHENTIC'] as const) : []),
  ];
  return { sequence: Number(row['sequence']), entry, faults };
}
