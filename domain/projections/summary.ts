import type { JsonObject } from '../json.ts';
import type { LedgerEntry } from '../ledger/chain.ts';
import { parseExecutionName } from '../ledger/execution-name.ts';
import { byExecution, validatedExecution } from '../ledger/reopening.ts';
import { statusOf, type Status } from '../status.ts';
import { keys } from './keys.ts';
import { receivedIndex } from './listed.ts';
import { differences, exactly, type Projected, type Rule, type Stored } from './rule.ts';

/** An application's status, for lists: a projection of its ledger. */
export interface Summary extends JsonObject {
  applicationId: string;
  product: string;
  receivedAt: string;
  /** Null until the execution was started. */
  executionArn: string | null;
  status: Status;
  outcome: string | null;
  /** The newest reopening that was begun; 0 while there is none. */
  reopening: number;
}

/** The members of a summary that the ledger determines; undefined for an application that was never received. */
export function summaryData(
  entries: readonly LedgerEntry[],
): Pick<Summary, 'product' | 'receivedAt' | 'status' | 'outcome' | 'reopening'> | undefined {
  const folded = statusOf(entries);
  if (!folded) return undefined;
  const { product, receivedAt, status, outcome, reopening } = folded;
  return { product, receivedAt, status, outcome, reopening };
}

/** The row that queues an ended execution for operators; undefined where none waits for a redrive. */
export function endedItem(entries: readonly LedgerEntry[]): Projected | undefined {
  const { waiting } = statusOf(entries) ?? {};
  if (waiting?.kind !== 'ENDED') return undefined;
  const { id: archive, applicationId, occurredAt } = waiting.entry;
  return {
    ...keys.ended(applicationId),
    index: { pk: keys.queue(waiting.queue), sk: `${occurredAt}#${applicationId}` },
    data: { applicationId, archive },
  };
}

/** The row of an ended execution is there exactly while it waits for a redrive. */
export function endedRule(applicationId: string, entries: readonly LedgerEntry[]): Rule {
  const item = endedItem(entries);
  return exactly('TASK_DIFFERS', item ?? { ...keys.ended(applicationId), data: {} }, item ? 'MUST' : 'MUST_NOT');
}

/**
 * The summary of an application, in its place on the list of its month, or of those to be started.
 * @param executionArn of its newest execution; null where none was started.
 */
function summaryItem(received: LedgerEntry, entries: readonly LedgerEntry[], executionArn: string | null): Projected {
  const { applicationId, occurredAt } = received;
  return {
    ...keys.summary(applicationId),
    index:
      executionArn === null ? { pk: keys.starting, sk: `${occurredAt}#${applicationId}` } : receivedIndex(received),
    data: { applicationId, executionArn, ...summaryData(entries) },
  };
}

/** The summary that an intake makes before it accepts an application. */
export function intakeSummary(applicationId: string, product: string, receivedAt: string): Summary {
  return { applicationId, product, receivedAt, executionArn: null, status: 'IN_PROGRESS', outcome: null, reopening: 0 };
}

/**
 * @param reopeningListed whether StartAccepted still lists the newest reopening: until it starts, the summary is the one
 * of the decision before.
 */
export function summaryRule(received: LedgerEntry, entries: readonly LedgerEntry[], reopeningListed: boolean): Rule {
  const { applicationId } = received;
  const parts = byExecution(entries);
  const reopening = parts.length - 1;
  const earlier = reopeningListed && reopening > 0 ? parts.slice(0, -1).flat() : undefined;
  const validated = validatedExecution(parts.at(-1) ?? []);
  const started = validated ?? null;
  const before = validatedExecution(parts.at(-2) ?? []) ?? null;
  const item = summaryItem(received, entries, started ?? before);
  const isOwn = (arn: unknown): arn is string => {
    const name = typeof arn === 'string' ? parseExecutionName(arn) : undefined;
    return name?.applicationId === applicationId && name.reopening === reopening;
  };
  const accepts = (row: Stored): boolean => {
    const { executionArn } = row.data;
    const equals = (of: readonly LedgerEntry[], arn: string | null) => {
      const expected = summaryItem(received, of, arn);
      if (arn !== null) return differences(expected, row).length === 0;
      return isStarting(row, applicationId) && differences({ ...expected, index: row.index! }, row).length === 0;
    };
    if (earlier && equals(earlier, before)) return true;
    // Started, and its first step not recorded yet.
    if (validated === undefined && isOwn(executionArn)) return equals(entries, executionArn);
    if (validated === undefined && reopening === 0) return equals(entries, null);
    return equals(entries, started ?? before);
  };
  return { fault: 'SUMMARY_DIFFERS', pk: item.pk, sk: item.sk, need: 'MUST', accepts, repair: { kind: 'WRITE', item } };
}

/** An intake that is sent again is listed as of then, so the instant is not the receipt's. */
const isStarting = ({ index }: Stored, applicationId: string): boolean =>
  index?.pk === keys.starting && isListedAt(index.sk, applicationId);

export function isListedAt(place: string, applicationId: string): boolean {
  const [instant = ''] = place.split('#');
  return place === `${instant}#${applicationId}` && !Number.isNaN(Date.parse(instant));
}

/** The summary of an intake that was never accepted: no ledger has the application. @param destroyed its key is gone. */
export function unacceptedRule(applicationId: string, destroyed: boolean): Rule {
  const accepts = ({ data, index }: Stored): boolean => {
    const { product, receivedAt } = data;
    if (typeof product !== 'string' || typeof receivedAt !== 'string') return false;
    if (differences({ data: intakeSummary(applicationId, product, receivedAt) }, { data }).length > 0) return false;
    if (index === undefined) return destroyed;
    return [keys.starting, keys.abandoned].includes(index.pk) && isListedAt(index.sk, applicationId);
  };
  const { pk, sk } = keys.summary(applicationId);
  return { fault: 'ROW_UNKNOWN', pk, sk, need: 'MAY', accepts, repair: { kind: 'PERSON' } };
}
