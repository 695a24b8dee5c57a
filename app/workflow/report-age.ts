import { CREDITOR } from '../../domain/application/products.ts';
import { addDays, localDate } from '../../domain/calendar.ts';
import type { DecisionRecord } from '../../domain/decision/record.ts';

/** Days for which a report is lent on, and reused without a new inquiry: the `report_days` of every policy. */
export const REPORT_DAYS = 30;

/** Whether what came in at an instant is fresh enough on a local date. */
export function isFresh(receivedAt: string, on: string): boolean {
  return on <= addDays(localDate(receivedAt, CREDITOR.timeZone), REPORT_DAYS);
}

/** Whether what a decision read came in too long ago; it may be older than its offers where a person priced them. */
export function isStale({ reportsUsed, completedAt }: DecisionRecord, on: string): boolean {
  return reportsUsed.length > 0 && completedAt !== null && !isFresh(completedAt, on);
}
