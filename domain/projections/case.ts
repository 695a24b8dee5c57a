import { MS_PER_DAY } from '../calendar.ts';
import { caseOf } from '../casework/case.ts';
import type { JsonObject } from '../json.ts';
import type { LedgerEntry } from '../ledger/chain.ts';
import type { Queue } from '../ledger/statements.ts';
import { forgettingOf } from '../retention/retention.ts';
import { keys } from './keys.ts';
import { exactly, type Projected, type Rule } from './rule.ts';

/** A case as its list shows it. No personal data: comments, requests and documents are sealed. */
export interface CaseRow extends JsonObject {
  applicationId: string;
  product: string;
  queue: Queue;
  /** UTC instant at which the wait for a person began. */
  since: string;
  dueAt: string;
  hardStopAt: string;
  /** The newest claim that nothing released; it may have expired. */
  holder: string | null;
  claimedUntil: string | null;
  /** UTC instant at which the request to the applicant expires; null where none is open. */
  pendingUntil: string | null;
}

/** The row of an application's case, in its place on its list; undefined where no task waits for a person. */
export function caseItem(entries: readonly LedgerEntry[]): (Projected & { data: CaseRow }) | undefined {
  const found = caseOf(entries);
  if (!found) return undefined;
  const { applicationId, product, queue, since, dueAt, hardStopAt, claim, request } = found;
  const data: CaseRow = {
    applicationId,
    product,
    queue,
    since,
    dueAt,
    hardStopAt,
    holder: claim?.holder ?? null,
    claimedUntil: claim?.until ?? null,
    pendingUntil: request?.until ?? null,
  };
  return {
    ...keys.case(applicationId),
    index: request
      ? { pk: keys.cases('APPLICANT'), sk: `${request.until}#${applicationId}` }
      : { pk: keys.cases(queue), sk: `${dueAt}#${applicationId}` },
    data,
  };
}

/** The row of a case is there exactly while its task waits. The sweep that forgets the applicant removes it. */
export function caseRule(applicationId: string, entries: readonly LedgerEntry[]): Rule {
  const item = caseItem(entries);
  const { decided, done } = forgettingOf(entries);
  const need = decided && !done ? 'MAY' : 'MUST_NOT';
  return item
    ? exactly('CASE_DIFFERS', item)
    : { ...exactly('CASE_DIFFERS', { ...keys.case(applicationId), data: {} }, need), accepts: () => true };
}

/** What a list of cases has. Each member narrows it. */
export interface CaseFilter {
  readonly product?: string | undefined;
  /** The person who holds the case. */
  readonly claimedBy?: string | undefined;
  /** Only cases that no person holds. */
  readonly unclaimed?: boolean | undefined;
  /** Only cases that are due at this UTC instant or earlier. */
  readonly dueUntil?: string | undefined;
  /** Only cases that have waited for a person for so many whole days. */
  readonly days?: number | undefined;
}

/** @param now a UTC instant. @returns the person who holds the case then; undefined where no person does. */
export const holderOf = ({ holder, claimedUntil }: CaseRow, now: string): string | undefined =>
  holder !== null && claimedUntil !== null && claimedUntil > now ? holder : undefined;

/** Whether a list has a case. @param now a UTC instant. */
export function matchesCase(row: CaseRow, filter: CaseFilter, now: string): boolean {
  const { product, claimedBy, unclaimed, dueUntil, days } = filter;
  const holder = holderOf(row, now);
  return (
    (product === undefined || row.product === product) &&
    (claimedBy === undefined || holder === claimedBy) &&
    (unclaimed !== true || holder === undefined) &&
    (dueUntil === undefined || row.dueAt <= dueUntil) &&
    (days === undefined || Date.parse(now) - Date.parse(row.since) >= days * MS_PER_DAY)
  );
}
