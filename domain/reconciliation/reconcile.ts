import type { LedgerEntry } from '../ledger/chain.ts';
import { evidenceNamedBy, readBody } from '../ledger/events.ts';
import type { RowFaultName } from '../projections/rule.ts';
import { forgettingOf } from '../retention/retention.ts';
import { statusOf } from '../status.ts';

export interface ExecutionState {
  readonly executionArn: string;
  /** 0 for the first; of the application's n-th reopening n. */
  readonly reopening: number;
  /** `RUNNING` or how it ended; null where its engine knows it no more. */
  readonly status: string | null;
  /** UTC instant of its start or newest redrive; null where its engine knows it no more. */
  readonly runningSince: string | null;
  /** The newest of its history; null where its engine knows it no more. */
  readonly lastEvent: { readonly id: number; readonly timestamp: string } | null;
}

/** What the stores and the engine say of one application. */
export interface ApplicationSeen {
  readonly entries: readonly LedgerEntry[];
  /** Every execution that was started for it. */
  readonly executions: readonly ExecutionState[];
  /** Addresses that entries name and the store has not. */
  readonly missing: ReadonlySet<string>;
  /** Whether the vault still has its data key. */
  readonly keyPresent: boolean;
}

/** What can be set right, and by what; the others need a person. */
export const REPAIRS = {
  /** An execution ended and its history is not archived. */
  ARCHIVE_MISSING: 'the history is archived now',
  /** Accepted or reopened, and never started. */
  NOT_STARTED: 'the execution is started now',
  /** Forgotten, and a backup brought the key back. */
  KEY_RESTORED: 'the key is destroyed by the next sweep',
} as const;

const REBUILT = 'the row is rebuilt from the ledger, or removed where no entry explains it';

/** Rows and events that are derived from the ledger. */
export const ROW_REPAIRS: Readonly<Record<RowFaultName | 'EVENT_DIFFERS', string>> = {
  SUMMARY_DIFFERS: REBUILT,
  TASK_DIFFERS: REBUILT,
  CASE_DIFFERS: REBUILT,
  DECIDED_DIFFERS: REBUILT,
  OFFERS_DIFFER: REBUILT,
  NOTICE_DIFFERS: REBUILT,
  PULL_DIFFERS: REBUILT,
  PERSON_DIFFERS: REBUILT,
  AFFECTED_DIFFERS: REBUILT,
  RETENTION_DIFFERS: REBUILT,
  CONTROL_DIFFERS: REBUILT,
  ROW_UNKNOWN: REBUILT,
  EVENT_DIFFERS: 'the event is set right from the ledger',
};

export const ALARMS = {
  /** An entry or a row has a shape that no reader knows. */
  RECORDS_UNREADABLE: 'its records cannot be read: run underwright verify on it',
  /** Nothing archived it, and the engine has forgotten it. */
  HISTORY_LOST: 'the engine has forgotten an execution that was never archived: restore it from a backup',
  DECISION_WITHOUT_EVIDENCE: 'the store has not the sealed record of a decision: restore it from a backup',
  EVIDENCE_MISSING: 'the store has not what an entry names: restore it from a backup',
  /** Decided, and the applicant was told nothing. */
  NOTICE_MISSING: 'it was decided and no notice was issued: redrive the execution',
  /**
   * Running for a day, without an entry in that day and without a task. Its newest event is no measure: a step that Step
   * Functions repeats without end, such as a failing NeedsAttention, adds events.
   */
  NEVER_ENDED: 'it has run for a day without an entry, and no person has its task: see the errors of its execution',
  /** A booking in the outbox was not the one that was accepted. */
  BOOKING_DIFFERED: 'a booking event was changed, and is set right: compare it with what other systems booked',
  /** Ended without a decision. */
  STOPPED: 'its execution ended without a decision: redrive it',
} as const;

export type RepairKind = keyof typeof REPAIRS;
export type AlarmKind = keyof typeof ALARMS;

export interface Finding {
  readonly kind: RepairKind | AlarmKind | keyof typeof ROW_REPAIRS;
  /** The execution, the address of evidence, the row or the event that it is about; null for the application itself. */
  readonly about: string | null;
}

/** Younger than this, what is missing may be on its way. */
export const IN_FLIGHT_MS = 15 * 60_000;
const STALLED_MS = 24 * 3_600_000;

/**
 * Holds what the ledger, the store, the engine and the lists say of an application against each other.
 * @param now UTC instant.
 */
export function findingsOf(seen: ApplicationSeen, now: string): Finding[] {
  const { entries, executions, missing } = seen;
  const { decided, done } = forgettingOf(entries);
  if (done && seen.keyPresent) return [{ kind: 'KEY_RESTORED', about: null }];
  const evidence = missingEvidence(entries, missing);
  // The sweep finishes what it began; of a forgotten application nothing else can be set right.
  if (decided) return evidence;
  return [
    ...evidence,
    ...executions.flatMap((execution) => executionFindings(seen, execution, now)),
    ...applicationFindings(seen, now),
  ];
}

const olderThan = (instant: string, ms: number, now: string): boolean => Date.parse(now) - Date.parse(instant) > ms;

function missingEvidence(entries: readonly LedgerEntry[], missing: ReadonlySet<string>): Finding[] {
  return entries.flatMap((entry) =>
    evidenceNamedBy(entry)
      .filter(({ address }) => missing.has(address))
      .map(({ address, kind }) => ({
        kind:
          entry.type === 'DECISION_RECORDED' && kind === 'decision' ? 'DECISION_WITHOUT_EVIDENCE' : 'EVIDENCE_MISSING',
        about: address,
      })),
  );
}

function executionFindings(
  { entries }: ApplicationSeen,
  { executionArn, status, runningSince, lastEvent }: ExecutionState,
  now: string,
): Finding[] {
  const archives = entries.flatMap((entry) => {
    if (entry.type !== 'HISTORY_ARCHIVED') return [];
    const body = readBody(entry, 'HISTORY_ARCHIVED');
    return body.executionArn === executionArn ? [body.events] : [];
  });
  if (status === null || runningSince === null || lastEvent === null) {
    return archives.length === 0 ? [{ kind: 'HISTORY_LOST', about: executionArn }] : [];
  }
  if (status === 'RUNNING') {
    const newest = entries.at(-1)?.recordedAt ?? now;
    const stalled =
      statusOf(entries)?.waiting?.kind !== 'TASK' &&
      olderThan(newest, STALLED_MS, now) &&
      olderThan(runningSince, STALLED_MS, now);
    return stalled ? [{ kind: 'NEVER_ENDED', about: executionArn }] : [];
  }
  // Of an execution that was redriven, the newest end is what must be archived.
  return !archives.includes(lastEvent.id) && olderThan(lastEvent.timestamp, IN_FLIGHT_MS, now)
    ? [{ kind: 'ARCHIVE_MISSING', about: executionArn }]
    : [];
}

function applicationFindings({ entries, executions }: ApplicationSeen, now: string): Finding[] {
  const findings: Finding[] = [];
  const find = (kind: Finding['kind']) => findings.push({ kind, about: null });
  const newest = entries.at(-1);
  // Whatever follows an entry, such as its summary, may be on its way.
  if (!newest || !olderThan(newest.recordedAt, IN_FLIGHT_MS, now)) return [];
  const folded = statusOf(entries);
  const execution = executions.find(({ reopening }) => reopening === folded?.reopening);
  if (!execution) find('NOT_STARTED');
  else if (execution.status !== null && execution.status !== 'RUNNING') {
    if (!folded?.decided) find('STOPPED');
    else if (!folded.noticed) find('NOTICE_MISSING');
  }
  return findings;
}
