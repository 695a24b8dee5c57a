import type { Embedded } from '../adapters/compose/embedded.ts';
import type { HistoryEvent } from '../adapters/ports.ts';
import { applicationReference } from '../lambdas/contracts.ts';
import { keys, RECEIVED_SHARDS, type Summary } from '../lambdas/work-items.ts';
import { executionArnOf, readHistory } from '../local/engine/store.ts';
import { STATE_MACHINE } from '../local/underwriting-process.ts';

/**
 * Every application of a data folder, in the order they came: those of the ledger, then those that only the vault, the
 * summaries or the engine still know of, from which `verify` tells that a ledger was cut. An intake that died before it
 * accepted the application, and an execution that is no application's, are left out.
 */
export function allApplications({ database }: Embedded): string[] {
  const ids = (sql: string) =>
    database
      .statement(sql)
      .all()
      .map((row) => String(row['id']));
  const inLedger = ids('SELECT application_id AS id FROM ledger_applications ORDER BY ledger_applications.id');
  const known = new Set(inLedger);
  const summaries = `SELECT substr(pk, length('APPLICATION#') + 1) FROM work_items WHERE sk = 'SUMMARY'`;
  const started = `json_extract(data, '$.executionArn') IS NOT NULL`;
  for (const id of [
    ...ids(
      `SELECT application_id AS id FROM vault_applications
       WHERE application_id NOT IN (SELECT application_id FROM ledger_applications)
         AND application_id NOT IN (${summaries} AND NOT ${started})`,
    ),
    ...ids(`SELECT substr(pk, length('APPLICATION#') + 1) AS id FROM work_items WHERE sk = 'SUMMARY' AND ${started}`),
  ]) {
    known.add(id);
  }
  const executions = database.statement('SELECT name, input FROM workflow_execution WHERE machine = ?');
  for (const { name, input } of executions.all(STATE_MACHINE)) {
    const id = referredTo(String(input));
    if (id === undefined || known.has(id)) continue;
    if (validated(readHistory(database, executionArnOf(STATE_MACHINE, String(name))))) known.add(id);
  }
  return [...known];
}

function referredTo(input: string): string | undefined {
  try {
    const parsed = applicationReference.safeParse(JSON.parse(input));
    return parsed.success ? parsed.data.applicationId : undefined;
  } catch {
    return undefined;
  }
}

/** Whether an execution was found to be an application's: ValidateApplication found it in the ledger. */
export function validated(history: readonly HistoryEvent[]): boolean {
  return history.some(({ type, stateExitedEventDetails: details }) => {
    if (type !== 'TaskStateExited') return false;
    const { name, output } = details as { name: string; output: string };
    if (name !== 'ValidateApplication') return false;
    const { Payload } = JSON.parse(output) as { Payload: { status: string } };
    return Payload.status !== 'REJECTED';
  });
}

/** Whether the vault has a key or an identity of an application. */
export function holdsVault({ database }: Embedded, applicationId: string): boolean {
  return (
    database.statement('SELECT 1 FROM vault_applications WHERE application_id = ?').get(applicationId) !== undefined
  );
}

/** Entries and kinds of what a data folder holds. */
export function ledgerCounts({ database }: Embedded): { applications: number; entries: number; evidence: number } {
  const count = (table: string) => Number(database.statement(`SELECT count(*) AS n FROM ${table}`).get()?.['n'] ?? 0);
  return {
    applications: count('ledger_applications'),
    entries: count('ledger_entries'),
    evidence: count('evidence_objects'),
  };
}

/** Applications received on a local date of the creditor, oldest first. */
export async function receivedOn({ workStore }: Embedded, date: string): Promise<string[]> {
  const found: Summary[] = [];
  for (let shard = 0; shard < RECEIVED_SHARDS; shard += 1) {
    found.push(...(await listed(workStore, keys.receivedOn(date, shard))).map((data) => data as Summary));
  }
  return found
    .sort((a, b) => (a.receivedAt < b.receivedAt ? -1 : a.receivedAt > b.receivedAt ? 1 : 0))
    .map(({ applicationId }) => applicationId);
}

/** Applications in a queue, the one that waits longest first. */
export async function queued({ workStore }: Embedded, queue: 'REVIEW' | 'ATTENTION'): Promise<string[]> {
  const ids: string[] = [];
  let after: string | undefined;
  do {
    const page = await workStore.listIndex(keys.queue(queue), after === undefined ? {} : { after });
    // The key of a queue's index ends in the application's id: the item itself holds a task token, which nobody reads.
    ids.push(...page.items.map(({ pk }) => pk.replace(/^APPLICATION#/, '')));
    after = page.next;
  } while (after !== undefined);
  return ids;
}

async function listed(workStore: Embedded['workStore'], indexPk: string) {
  const items = [];
  let after: string | undefined;
  do {
    const page = await workStore.listIndex(indexPk, after === undefined ? {} : { after });
    items.push(...page.items.map(({ data }) => data));
    after = page.next;
  } while (after !== undefined);
  return items;
}
