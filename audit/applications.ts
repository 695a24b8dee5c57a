import type { Embedded } from '../adapters/compose/embedded.ts';
import type { HistoryEvent } from '../adapters/ports.ts';
import { applicationReference } from '../app/contracts.ts';
import { parseExecutionName } from '../domain/ledger/execution-name.ts';
import { damageOf } from './damage.ts';
import type { Records } from './records.ts';

/**
 * Every application: those of the ledger, then those that only the vault, the summaries or the engine still know of, from
 * which `verify` tells that a ledger was cut.
 */
export async function* everyApplication(records: Records): AsyncIterable<string> {
  const told = new Set<string>();
  for await (const id of records.ledger.applications()) {
    told.add(id);
    yield id;
  }
  for (const others of [records.leftBehind(), startedApplications(records, told)]) {
    for await (const id of others) {
      if (told.has(id)) continue;
      told.add(id);
      yield id;
    }
  }
}

/** Applications of executions under names that are not known. An execution that is no application's is left out. */
async function* startedApplications({ executions }: Records, known: ReadonlySet<string>): AsyncIterable<string> {
  for await (const name of executions.names()) {
    if (known.has(name) || known.has(parseExecutionName(name).applicationId)) continue;
    const arn = executions.arnOf(name);
    const seen = await executions.describe(arn);
    const id = seen && referredTo(seen.input);
    if (id === undefined || known.has(id)) continue;
    // A history that cannot be read may be the application's: its verification names the fault.
    const came = executions.history(arn).then((history) => validated(history ?? []));
    if (await came.catch(isDamaged)) yield id;
  }
}

function isDamaged(error: unknown): boolean {
  if (damageOf(error) === undefined) throw error;
  return true;
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

/** Entries and kinds of what a data folder holds. */
export function ledgerCounts({ database }: Embedded): { applications: number; entries: number; evidence: number } {
  const count = (table: string) => Number(database.statement(`SELECT count(*) AS n FROM ${table}`).get()?.['n'] ?? 0);
  return {
    applications: count('ledger_applications'),
    entries: count('ledger_entries'),
    evidence: count('evidence_objects'),
  };
}
