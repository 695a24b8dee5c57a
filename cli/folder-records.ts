import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { executionArnOf, parseExecutionArn, readHistory } from '@underwright/asl-engine';

import type { Embedded } from '../adapters/compose/embedded.ts';
import type { Executions } from '../adapters/ports.ts';
import { recordRead } from '../app/personal-data.ts';
import { takeOut } from '../audit/decision-file/collect.ts';
import type { Records } from '../audit/records.ts';
import { engineFaults, type RowFaultOf } from '../audit/verify/engine.ts';
import { fileFaults } from '../audit/verify/files.ts';
import { STATE_MACHINE } from '../local/underwriting-process.ts';

/** The records of an open data folder, as auditors' commands read them. */
export function folderRecords(embedded: Embedded, folder: string): Records {
  const { database, signer: exportSigner } = embedded;
  return {
    ...embedded,
    takeOut: (applicationId, taken) => takeOut({ ...embedded, exportSigner }, applicationId, taken),
    recordRead: (applicationId, read) => recordRead(embedded, applicationId, read),
    place: `the data folder ${folder}`,
    option: `--data ${folder}`,
    exportSigner,
    executions: engineExecutions(database),
    outbox: embedded.events,
    engineFaults: async (only) => [...engineFaults(database, only), ...(await fileFaults(embedded, only))],
    databaseFaults: () => databaseFaults(database),
    acceptDerivedRows: async () => {
      // All or none: a change of the ledger or the engine is no row that was rebuilt.
      const changed = database.changedTables() ?? [];
      if (!changed.every((table) => DERIVED_TABLES.includes(table))) return;
      for (const table of DERIVED_TABLES) await database.acceptRows(table);
    },
    isInUse: () => isInUse(folder),
    async *leftBehind() {
      const summaries = `SELECT substr(pk, length('APPLICATION#') + 1) AS id FROM work_items WHERE sk = 'SUMMARY'`;
      const started = `CASE WHEN json_valid(data) THEN json_extract(data, '$.executionArn') IS NOT NULL ELSE 0 END`;
      for (const sql of [
        `SELECT application_id AS id FROM vault_applications
         WHERE application_id NOT IN (SELECT application_id FROM ledger_applications)
           AND application_id NOT IN (${summaries} AND NOT ${started})`,
        `${summaries} AND ${started}`,
      ]) {
        for (const { id } of database.statement(sql).all()) yield String(id);
      }
    },
  };
}

/** The tables that `reconcile` rebuilds. */
const DERIVED_TABLES = ['work_items', 'events_outbox'];

function databaseFaults(database: Embedded['database']): RowFaultOf[] {
  const faults = (database.changedTables() ?? []).map((table) => ({
    fault: 'ROWS_CHANGED',
    sequence: null,
    applicationId: null,
    detail:
      `Another program inserted, changed or deleted rows of ${table}. ` +
      (DERIVED_TABLES.includes(table)
        ? 'Run underwright reconcile, which rebuilds them from the ledger.'
        : 'Nothing derives them: restore the data folder from a backup.'),
  }));
  if (database.isWhole()) return faults;
  const detail = 'SQLite finds damage in the database file: restore it from a backup.';
  return [...faults, { fault: 'DATABASE_DAMAGED', sequence: null, applicationId: null, detail }];
}

/** Whether a process announces that it runs on the folder. */
function isInUse(folder: string): boolean {
  try {
    const { pid } = JSON.parse(readFileSync(join(folder, 'process.json'), 'utf8')) as { pid: number };
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** What the engine of a data folder knows of executions: it forgets none. */
function engineExecutions(database: Embedded['database']): Executions {
  return {
    arnOf: (name) => executionArnOf(STATE_MACHINE, name),
    describe: (executionArn) =>
      known(() => {
        const { machine, name } = parseExecutionArn(executionArn);
        const row = database
          .statement(
            `SELECT status, input, strftime('%Y-%m-%dT%H:%M:%fZ', coalesce(redriven_at, started_at) / 1000.0, 'unixepoch')
               AS running_since FROM workflow_execution WHERE machine = ? AND name = ?`,
          )
          .get(machine, name);
        return (
          row && {
            executionArn,
            status: String(row['status']),
            input: String(row['input']),
            runningSince: String(row['running_since']),
          }
        );
      }),
    history: (executionArn) => known(() => readHistory(database, executionArn)),
    lastEvent: (executionArn) => known(() => readHistory(database, executionArn, { reverseOrder: true, limit: 1 })[0]),
    async *names() {
      const rows = database.statement('SELECT name FROM workflow_execution WHERE machine = ? ORDER BY id');
      for (const { name } of rows.all(STATE_MACHINE)) yield String(name);
    },
  };
}

async function known<T>(read: () => T): Promise<T | undefined> {
  try {
    return read();
  } catch (error) {
    if (['ExecutionDoesNotExist', 'InvalidArn'].includes((error as Error).name)) return undefined;
    throw error;
  }
}
