import type { Embedded } from '../adapters/compose/embedded.ts';
import type { HistoryEvent } from '../adapters/ports.ts';
import type { LedgerEntry } from '../domain/ledger/chain.ts';
import { readBody } from '../domain/ledger/events.ts';
import { readSummary } from '../lambdas/work-items.ts';
import { executionArnOf, parseExecutionArn, readHistory, type ExecutionStatus } from '../local/engine/store.ts';
import { STATE_MACHINE } from '../local/underwriting-process.ts';

/**
 * The ARN of an application's execution: the one that was validated, else the one that was started for it, else the one
 * that has its name.
 */
export async function executionArnFor(
  { workStore }: Embedded,
  applicationId: string,
  entries: readonly LedgerEntry[],
): Promise<string> {
  const validated = entries.find(({ type }) => type === 'APPLICATION_VALIDATED');
  const stated = validated && readBody(validated, 'APPLICATION_VALIDATED').facts['executionArn'];
  if (typeof stated === 'string') return stated;
  return (await readSummary(workStore, applicationId))?.executionArn ?? executionArnOf(STATE_MACHINE, applicationId);
}

export interface Ending {
  /** How the execution ended; null while it runs. */
  readonly status: Exclude<ExecutionStatus, 'RUNNING'> | null;
  /** The id of its last event: an archive of as many events is its newest. */
  readonly lastEvent: number;
}

const ENDINGS: Readonly<Record<string, Ending['status']>> = {
  ExecutionSucceeded: 'SUCCEEDED',
  ExecutionFailed: 'FAILED',
  ExecutionTimedOut: 'TIMED_OUT',
  ExecutionAborted: 'ABORTED',
};

/** Of the last event of a history: a redrive goes on behind an earlier end. */
export const endingOf = (last: HistoryEvent | undefined): Ending => ({
  status: ENDINGS[last?.type ?? ''] ?? null,
  lastEvent: last?.id ?? 0,
});

/** @returns undefined for an execution that the engine does not know, or has forgotten. */
export function readEnding({ database }: Embedded, executionArn: string): Ending | undefined {
  return known(() => endingOf(readHistory(database, executionArn, { reverseOrder: true, limit: 1 })[0]));
}

export interface ExecutionSeen {
  readonly executionArn: string;
  readonly status: string;
  readonly input: string;
  readonly history: readonly HistoryEvent[];
}

/** The engine's row and history of an execution; undefined as for `readEnding`. */
export function readExecution({ database }: Embedded, executionArn: string): ExecutionSeen | undefined {
  return known(() => {
    const history = readHistory(database, executionArn);
    const { machine, name } = parseExecutionArn(executionArn);
    const row = database
      .statement('SELECT status, input FROM workflow_execution WHERE machine = ? AND name = ?')
      .get(machine, name);
    return { executionArn, status: String(row?.['status']), input: String(row?.['input']), history };
  });
}

function known<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (['ExecutionDoesNotExist', 'InvalidArn'].includes((error as Error).name)) return undefined;
    throw error;
  }
}
