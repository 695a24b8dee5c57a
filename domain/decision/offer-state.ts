import type { LocalDate } from '../calendar.ts';
import { conditionId } from '../ledger/acts.ts';
import type { LedgerEntry } from '../ledger/chain.ts';
import { evidenceNamedBy, readBody, type EventBody, type EventType } from '../ledger/events.ts';
import { outcomeIn } from '../ledger/statements.ts';
import type { DecisionRecord } from './record.ts';

/** Events that close a decision. A withdrawal closes one where it names one. */
const CLOSING: ReadonlySet<string> = new Set<EventType>([
  'OFFER_ACCEPTED',
  'ACCEPTANCE_LAPSED',
  'OFFER_LAPSED',
  'APPLICATION_LAPSED',
  'APPLICATION_WITHDRAWN',
  'DECISION_REOPENED',
]);

/** The entries after the newest decision. */
function afterDecision(entries: readonly LedgerEntry[]): LedgerEntry[] {
  return entries.slice(entries.findLastIndex(({ type }) => type === 'DECISION_RECORDED') + 1);
}

/**
 * The entries that close the newest decision: at most a lapse and then a reopening. The lapse of an acceptance takes the place
 * of the acceptance.
 */
export function closingsOf(entries: readonly LedgerEntry[]): LedgerEntry[] {
  const after = afterDecision(entries);
  const lapsed = after.some(({ type }) => type === 'ACCEPTANCE_LAPSED');
  return after.filter((entry) => {
    const isOver = lapsed && entry.type === 'OFFER_ACCEPTED';
    return CLOSING.has(entry.type) && !isOver && evidenceNamedBy(entry).length > 0;
  });
}

/** Whether no offer of a decision that an entry closed can be accepted or booked any more, so that it may be reopened. */
export const isLapse = ({ type }: LedgerEntry): boolean => type === 'OFFER_LAPSED' || type === 'ACCEPTANCE_LAPSED';

/** How the newest decision was closed; `OPEN`: it is not, or none is recorded. */
export type Closing =
  | { readonly state: 'OPEN' | 'REOPENED' }
  /** `entry`: the acceptance. `BOOKED`: every condition is cleared, and the booking is announced. */
  | { readonly state: 'ACCEPTED' | 'BOOKED'; readonly entry: LedgerEntry }
  /** `entry`: the lapse of every offer, of the acceptance or of an incomplete application; or the withdrawal. */
  | { readonly state: 'LAPSED' | 'WITHDRAWN'; readonly entry: LedgerEntry };

/** Folds how the applicant, or time, closed an application's newest decision. */
export function offerStateOf(entries: readonly LedgerEntry[]): Closing {
  const entry = closingsOf(entries).at(-1);
  if (!entry) return { state: 'OPEN' };
  switch (entry.type) {
    case 'DECISION_REOPENED':
      return { state: 'REOPENED' };
    case 'OFFER_ACCEPTED': {
      const booked = afterDecision(entries).some(({ type }) => type === 'CREDIT_BOOKED');
      return { state: booked ? 'BOOKED' : 'ACCEPTED', entry };
    }
    case 'APPLICATION_WITHDRAWN':
      return { state: 'WITHDRAWN', entry };
    default:
      return { state: 'LAPSED', entry };
  }
}

/**
 * The denial that a withdrawal leaves: where the applicant withdraws while a denial is decided again, the denial counts.
 * @returns the entry of the denial, or of the counteroffer that was not accepted.
 */
export function denialLeft(entries: readonly LedgerEntry[]): LedgerEntry | undefined {
  const decisions = entries.filter(({ type }) => type === 'DECISION_RECORDED');
  const newest = decisions.at(-1);
  const isWithdrawn = newest && (outcomeIn(newest) === 'WITHDRAWN' || offerStateOf(entries).state === 'WITHDRAWN');
  const answer = decisions.findLast((each) => !['WITHDRAWN', 'INCOMPLETE'].includes(outcomeIn(each)));
  return isWithdrawn && answer && answer !== newest && outcomeIn(answer) !== 'APPROVE' ? answer : undefined;
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

/** How far the conditions of a decision are. */
export interface ConditionState {
  /** Conditions without a result, in the order of the decision. */
  readonly open: readonly string[];
  readonly contradicted: readonly string[];
}

/** @param decision the address of the decision. @param conditions of the decision. */
export function conditionStateOf(
  entries: readonly LedgerEntry[],
  decision: string,
  conditions: readonly string[],
): ConditionState {
  const results = new Map(entries.map(({ id, type }) => [id, type]));
  const resultOf = (condition: string) => results.get(conditionId(decision, condition));
  return {
    open: conditions.filter((condition) => resultOf(condition) === undefined),
    contradicted: conditions.filter((condition) => resultOf(condition) === 'CONDITION_CONTRADICTED'),
  };
}

/** The entry of the first condition that what was verified contradicts. @param decision its address. */
export function contradictionOf(
  entries: readonly LedgerEntry[],
  decision: string,
  conditions: readonly string[],
): LedgerEntry | undefined {
  const ids = conditions.map((condition) => conditionId(decision, condition));
  return entries.find(({ id, type }) => type === 'CONDITION_CONTRADICTED' && ids.includes(id));
}

/** Why an acceptance lapses. */
type LapseReason = EventBody<'ACCEPTANCE_LAPSED'>['why'];

/** What settles an acceptance on a day. */
export type Settlement =
  | { readonly type: 'CREDIT_BOOKED' }
  | { readonly type: 'ACCEPTANCE_LAPSED'; readonly why: LapseReason };

/**
 * Returns what settles an acceptance by its conditions; undefined while one is open and can still be cleared. Terms of the day
 * that are not those of the acceptance make its booking a lapse (`bookingContract`).
 * @param entries of the application. @param today the creditor's local date.
 */
export function settlementOf(
  entries: readonly LedgerEntry[],
  acceptance: LedgerEntry,
  today: string,
): Settlement | undefined {
  const { conditions, clearBy } = readBody(acceptance, 'OFFER_ACCEPTED');
  const { open, contradicted } = conditionStateOf(entries, decisionIn(acceptance), conditions);
  if (contradicted.length > 0) return { type: 'ACCEPTANCE_LAPSED', why: 'CONTRADICTED' };
  if (open.length === 0) return { type: 'CREDIT_BOOKED' };
  return clearBy !== null && today > clearBy ? { type: 'ACCEPTANCE_LAPSED', why: 'EXPIRED' } : undefined;
}

/** The address of the decision that an entry names first. */
export const decisionIn = (entry: LedgerEntry): string => evidenceNamedBy(entry)[0]?.address ?? '';
