import { addDays, daysBetween, localDate, type LocalDate } from '../calendar.ts';
import { NOTICE_DAYS } from '../decision/record.ts';
import type { LedgerEntry } from '../ledger/chain.ts';
import { NOTICE_WARNING_DAYS, readBody } from '../ledger/events.ts';
import { byExecution } from '../ledger/reopening.ts';
import { outcomeIn } from '../ledger/statements.ts';
import { deliveriesOf, givenOn, noticesIn, type NoticeDelivery } from './delivery.ts';

/** The days in which an applicant must be notified, and how far they have run. */
export interface NoticeClock {
  /** The creditor's local date of receipt, or of the reopening after the last notice that was given. */
  readonly countedFrom: LocalDate;
  /** The last day of the law's 30 (12 CFR 1002.9(a)(1), (c)(1)). */
  readonly dueOn: LocalDate;
  /** The local date on which the last of its notices was given; null while one is missing. */
  readonly givenOn: LocalDate | null;
  /** Whether the applicant withdrew before an answer other than an approval, so that no notice is due (comment 9-2). */
  readonly withdrawn: boolean;
}

/**
 * The clocks of an application, oldest first: of its receipt, and of each reopening. A reopening begins a clock of its own only
 * where the applicant had been notified before: else the earlier clock runs on.
 * @returns none for an application that was never received.
 */
export function noticeClocks(entries: readonly LedgerEntry[], timeZone: string): NoticeClock[] {
  const received = entries.find(({ type }) => type === 'APPLICATION_RECEIVED');
  if (!received) return [];
  const deliveries = deliveriesOf(entries);
  const clocks: NoticeClock[] = [];
  let answered = false;
  for (const part of byExecution(entries)) {
    const before = clocks.at(-1);
    const [opening] = part;
    const reopenedOn = opening?.type === 'DECISION_REOPENED' ? localDate(opening.occurredAt, timeZone) : undefined;
    const start = before && (isRunning(before) ? before.countedFrom : reopenedOn);
    const countedFrom = start ?? readBody(received, 'APPLICATION_RECEIVED').receivedOn;
    // An answer that was never given is still owed, also where the applicant withdraws its review.
    const owes: boolean = answered && before !== undefined && isRunning(before);
    const withdrawnAt = part.findIndex(({ type }) => type === 'APPLICATION_WITHDRAWN');
    answered = owes || part.slice(0, withdrawnAt < 0 ? undefined : withdrawnAt).some(isAnswer);
    clocks.push({
      countedFrom,
      dueOn: addDays(countedFrom, NOTICE_DAYS),
      givenOn: lastGivenOn(part, deliveries),
      withdrawn: withdrawnAt >= 0 && !answered,
    });
  }
  return clocks;
}

/** The date on which the last notice of an execution was given; null while one is missing. An acknowledgment answers nothing. */
function lastGivenOn(part: readonly LedgerEntry[], deliveries: readonly NoticeDelivery[]): LocalDate | null {
  const notices = part
    .filter(({ type }) => type === 'NOTICES_ISSUED')
    .flatMap(noticesIn)
    .filter(({ kind }) => kind !== 'WITHDRAWAL');
  const given = deliveries.filter((each) => notices.some(({ notice }) => notice === each.notice)).map(givenOn);
  let last: LocalDate | null = null;
  for (const date of given) {
    if (date === undefined) return null;
    if (last === null || date > last) last = date;
  }
  return last;
}

/**
 * Whether an entry records a decision that a later withdrawal does not undo. A withdrawal after an approval is express, and no
 * adverse action was taken: comment 9-2 applies.
 */
function isAnswer(entry: LedgerEntry): boolean {
  return entry.type === 'DECISION_RECORDED' && ['DECLINE', 'COUNTEROFFER', 'NOT_OFFERED'].includes(outcomeIn(entry));
}

/** Whether the applicant still has to be notified. */
const isRunning = ({ givenOn: date, withdrawn }: NoticeClock): boolean => date === null && !withdrawn;

/** The last day of the clock of each execution's decision or reopening, by the id of the entry. */
export function dueOnByEntry(entries: readonly LedgerEntry[], timeZone: string): ReadonlyMap<string, LocalDate> {
  const clocks = noticeClocks(entries, timeZone);
  const days = byExecution(entries).flatMap((part, number) => {
    const dueOn = clocks[number]?.dueOn;
    return dueOn === undefined ? [] : part.map(({ id }) => [id, dueOn] as const);
  });
  return new Map(days);
}

/** The clock that runs now; undefined where the applicant was notified, or withdrew. */
export function runningClock(entries: readonly LedgerEntry[], timeZone: string): NoticeClock | undefined {
  const newest = noticeClocks(entries, timeZone).at(-1);
  return newest && isRunning(newest) ? newest : undefined;
}

/** The warnings that are due on a local date. */
export function warningsDue({ countedFrom }: NoticeClock, today: LocalDate) {
  return NOTICE_WARNING_DAYS.filter((day) => daysBetween(countedFrom, today) >= day);
}
