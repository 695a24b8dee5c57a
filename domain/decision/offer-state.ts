import type { LocalDate } from '../calendar.ts';
import type { LedgerEntry } from '../ledger/chain.ts';
import { evidenceNamedBy, type EventType } from '../ledger/events.ts';
import type { DecisionRecord } from './record.ts';

/** Events that close a decision. A withdrawal closes one where it names one. */
const CLOSING: ReadonlySet<string> = new Set<EventType>([
  'OFFER_ACCEPTED',
  'OFFER_LAPSED',
  'APPLICATION_LAPSED',
  'APPLICATION_WITHDRAWN',
  'DECISION_REOPENED',
]);

/** The entries that close the newest decision: at most a lapse of its offers and then a reopening. */
export function closingsOf(entries: readonly LedgerEntry[]): LedgerEntry[] {
  const decided = entries.findLastIndex(({ type }) => type === 'DECISION_RECORDED');
  return entries.slice(decided + 1).filter((entry) => CLOSING.has(entry.type) && evidenceNamedBy(entry).length > 0);
}

/** How the newest decision was closed; `OPEN`: it is not, or none is recorded. */
export type Closing =
  | { readonly state: 'OPEN' | 'REOPENED' }
  /** `entry`: the acceptance, the lapse of every offer or of an incomplete application, or the withdrawal. */
  | { readonly state: 'ACCEPTED' | 'LAPSED' | 'WITHDRAWN'; readonly entry: LedgerEntry };

/** Folds how the applicant, or time, closed an application's newest decision. */
export function offerStateOf(entries: readonly LedgerEntry[]): Closing {
  const entry = closingsOf(entries).at(-1);
  if (!entry) return { state: 'OPEN' };
  switch (entry.type) {
    case 'DECISION_REOPENED':
      return { state: 'REOPENED' };
    case 'OFFER_ACCEPTED':
      return { state: 'ACCEPTED', entry };
    case 'APPLICATION_WITHDRAWN':
      return { state: 'WITHDRAWN', entry };
    default:
      return { state: 'LAPSED', entry };
  }
}

/**
 * The last day on which the applicant can answer a decision: accept an offer of it, or complete the application. Undefined
 * where there is nothing to answer.
 */
export function lastDay({ outcome, completeBy, offers }: DecisionRecord): LocalDate | undefined {
  if (outcome === 'INCOMPLETE') return completeBy ?? undefined;
  return offers
    .map(({ expiresOn }) => expiresOn)
    .toSorted()
    .at(-1);
}

/** Whether the applicant can answer a decision on a local date of the creditor. */
export function isAnswerable(record: DecisionRecord, today: LocalDate): boolean {
  const last = lastDay(record);
  return last !== undefined && today <= last;
}
