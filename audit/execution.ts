import type { ExecutionSeen, HistoryEvent } from '../adapters/ports.ts';
import { readSummary } from '../app/work-items.ts';
import type { LedgerEntry } from '../domain/ledger/chain.ts';
import { executionName, parseExecutionName } from '../domain/ledger/execution-name.ts';
import { validatedExecution } from '../domain/ledger/reopening.ts';
import type { Records } from './records.ts';

/**
 * The ARN of an application's execution since a reopening, 0 for its first: the one that was validated, else the one that
 * was started for it, else the one that has its name.
 * @param entries of that execution.
 */
export async function executionArnFor(
  { workStore, executions }: Records,
  applicationId: string,
  entries: readonly LedgerEntry[],
  reopening = 0,
): Promise<string> {
  const validated = validatedExecution(entries);
  if (validated !== undefined) return validated;
  // A summary that cannot be read is a fault of its own, and says nothing.
  const summary = await readSummary(workStore, applicationId).catch(() => undefined);
  const started = summary?.executionArn;
  if (started && parseExecutionName(started).reopening === reopening) return started;
  return executions.arnOf(executionName(applicationId, reopening));
}

export interface Ending {
  /** How the execution ended; null while it runs. */
  readonly status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | null;
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
export async function readEnding({ executions }: Records, executionArn: string): Promise<Ending | undefined> {
  const last = await executions.lastEvent(executionArn);
  return last && endingOf(last);
}

export interface ExecutionWithHistory extends ExecutionSeen {
  readonly history: readonly HistoryEvent[];
}

/** What the engine says of an execution, and its history; undefined as for `readEnding`. */
export async function readExecution(
  { executions }: Records,
  executionArn: string,
): Promise<ExecutionWithHistory | undefined> {
  const seen = await executions.describe(executionArn);
  const history = seen && (await executions.history(executionArn));
  return history && { ...seen, history };
}
