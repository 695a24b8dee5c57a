import { offerStateOf } from './decision/offer-state.ts';
import type { DecisionRecord } from './decision/record.ts';
import type { LedgerEntry } from './ledger/chain.ts';
import { readBody } from './ledger/events.ts';
import { parseExecutionName } from './ledger/execution-name.ts';
import { byExecution, isDecided, validatedExecution, withdrawalIn } from './ledger/reopening.ts';
import { completedId, completesTask, outcomeIn, queueOf, type Queue } from './ledger/statements.ts';
import { forgettingOf } from './retention/retention.ts';

/**
 * `IN_REVIEW` and `NEEDS_ATTENTION`: a task waits for a person. `PENDING_APPLICANT`: the review waits for a document that the
 * applicant was asked for, or the applicant can complete the application. `DECIDED`: a decision is recorded, and no task
 * waits.
 * `ENDED`: the execution ended without a decision. `FORGOTTEN`: the applicant was forgotten, and nothing sealed opens.
 */
export const STATUSES = [
  'IN_PROGRESS',
  'IN_REVIEW',
  'PENDING_APPLICANT',
  'NEEDS_ATTENTION',
  'DECIDED',
  'ENDED',
  'FORGOTTEN',
] as const;
export type Status = (typeof STATUSES)[number];

/** Statuses without a final outcome: docs/decisions/0023. A DECIDED application may still owe its notice: see `waiting`. */
const OPEN: ReadonlySet<Status> = new Set<Status>([
  'IN_PROGRESS',
  'IN_REVIEW',
  'PENDING_APPLICANT',
  'NEEDS_ATTENTION',
  'ENDED',
]);

/** Whether the status has no final outcome: screening then holds another application of the same person. */
export const isOpen = (status: Status): boolean => OPEN.has(status);

/** What waits for a person: a task that the workflow opened, or an ended execution that an operator must redrive. */
interface Waiting {
  readonly kind: 'TASK' | 'ENDED';
  readonly queue: Queue;
  /** The entry that opened the task, or that archived the ended execution. */
  readonly entry: LedgerEntry;
}

export interface ApplicationStatus {
  readonly product: string;
  /** UTC instant. */
  readonly receivedAt: string;
  /** The creditor's local date. */
  readonly receivedOn: string;
  readonly status: Status;
  /**
   * The decision's outcome while the status is DECIDED or FORGOTTEN, WITHDRAWN where the applicant withdrew after it, else
   * null.
   */
  readonly outcome: DecisionRecord['outcome'] | null;
  /** Null where nothing waits. An ended execution waits for its redrive until the applicant's notice is issued. */
  readonly waiting: Waiting | null;
  /** The number of reopenings; 0 before the first. */
  readonly reopening: number;
  /** Whether this execution has recorded its decision, also while a task behind the decision waits. */
  readonly decided: boolean;
  /** Whether the notice of that decision is issued. */
  readonly noticed: boolean;
}

/**
 * Folds an application's ledger into its status, for every reader and for the stored summary.
 *
 * Only the engine knows that an execution was stopped until its history is archived, a few seconds later. Only the engine
 * knows that an execution was redriven until it opens a task or records a decision.
 * @param entries all of the application's. @returns undefined for an application that was never received.
 */
export function statusOf(entries: readonly LedgerEntry[]): ApplicationStatus | undefined {
  const received = entries.find(({ type }) => type === 'APPLICATION_RECEIVED');
  if (!received) return undefined;
  const { product, receivedOn } = readBody(received, 'APPLICATION_RECEIVED');
  const parts = byExecution(entries);
  const part = parts.at(-1) ?? [];
  const { outcome: recorded, noticed, task, archive } = progressOf(part, parts.length - 1);
  const closing = offerStateOf(part).state;
  const outcome = recorded !== null && closing === 'WITHDRAWN' ? 'WITHDRAWN' : recorded;
  const base = {
    product,
    receivedAt: received.occurredAt,
    receivedOn,
    reopening: parts.length - 1,
    decided: isDecided(entries),
    noticed,
  };
  if (forgettingOf(entries).decided) return { ...base, status: 'FORGOTTEN', outcome, waiting: null };
  if (task) {
    const queue = queueOf(task);
    const reviewed = isPending(part) ? 'PENDING_APPLICANT' : 'IN_REVIEW';
    const status = queue === 'REVIEW' ? reviewed : 'NEEDS_ATTENTION';
    return { ...base, status, outcome: null, waiting: { kind: 'TASK', queue, entry: task } };
  }
  const waiting: Waiting | null = archive && !noticed ? { kind: 'ENDED', queue: 'ATTENTION', entry: archive } : null;
  if (outcome === 'INCOMPLETE' && closing === 'OPEN')
    return { ...base, status: 'PENDING_APPLICANT', outcome: null, waiting };
  if (outcome !== null) return { ...base, status: 'DECIDED', outcome, waiting };
  return { ...base, status: archive ? 'ENDED' : 'IN_PROGRESS', outcome: null, waiting };
}

/** Whether the applicant has not answered the newest request, which ends with the task, too. */
function isPending(part: readonly LedgerEntry[]): boolean {
  const request = part.findLast(({ type }) => type === 'DOCUMENT_REQUESTED');
  const after = request ? part.filter(({ sequence }) => sequence > request.sequence) : [];
  return request !== undefined && !after.some((entry) => entry.body['closes'] === request.id || completesTask(entry));
}

/** How far one execution has come, by its entries. */
interface Progress {
  outcome: DecisionRecord['outcome'] | null;
  noticed: boolean;
  /** The entry of the task that waits. */
  task: LedgerEntry | undefined;
  /** The archive of the execution's end; undefined while it runs. */
  archive: LedgerEntry | undefined;
}

/** @param part the entries of the newest execution. @param reopening its number; 0 for the first. */
function progressOf(part: readonly LedgerEntry[], reopening: number): Progress {
  const progress: Progress = { outcome: null, noticed: false, task: undefined, archive: undefined };
  let opened: LedgerEntry | undefined;
  for (const entry of part) {
    switch (entry.type) {
      case 'REVIEW_AWAITED':
      case 'ATTENTION_NEEDED':
        opened = entry;
        Object.assign(progress, { task: entry, archive: undefined });
        break;
      case 'REVIEW_COMPLETED':
      case 'ATTENTION_COMPLETED':
        // An answer to an expired task leaves its successor open.
        if (opened && entry.id === completedId(opened.id)) progress.task = opened = undefined;
        break;
      case 'DECISION_RECORDED':
        progress.outcome = outcomeIn(entry);
        progress.archive = undefined;
        break;
      case 'NOTICES_ISSUED':
        progress.noticed = true;
        break;
      case 'HISTORY_ARCHIVED':
        if (isEndOf(entry, part, reopening)) Object.assign(progress, { task: undefined, archive: entry });
        break;
      case 'TASK_RESUMED':
        Object.assign(progress, { task: opened, archive: undefined });
        break;
      default:
    }
  }
  // The workflow records the withdrawal: no task waits for a person.
  if (progress.outcome === null && withdrawalIn(part)) progress.task = undefined;
  return progress;
}

/** Whether an archive is of this execution: another execution may have taken a reopening's name before it began. */
function isEndOf(archive: LedgerEntry, part: readonly LedgerEntry[], reopening: number): boolean {
  const { executionArn } = readBody(archive, 'HISTORY_ARCHIVED');
  const validated = validatedExecution(part);
  return validated === undefined
    ? parseExecutionName(executionArn).reopening === reopening
    : validated === executionArn;
}
