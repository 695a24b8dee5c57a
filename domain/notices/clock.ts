import { addDays, daysBetween, localDate, type LocalDate } from '../calendar.ts';
import { NOTICE_DAYS } from '../decision/record.ts';
import type { LedgerEntry } from '../ledger/chain.ts';
import { NOTICE_WARNING_DAYS, readBody } from '../ledger/events.ts';
import { byExecution } from '../ledger/reopening.ts';
import { deliveriesOf, givenOn, noticesIn } from './delivery.ts';

/** The days in which an applicant must be notified, and how far they have run. */
export interface NoticeClock {
  /** The creditor's local date of receipt, or of the reopening after the last notice that was given. */
  readonly countedFrom: LocalDate;
  /** The last day of the law's 30 (12 CFR 1002.9(a)(1), (c)(1)). */
  readonly dueOn: LocalDate;
  /** The local date on which the last of its notices was given; null while one is missing. */
  readonly givenOn: LocalDate | null;
  /** Whether the applicant withdrew, so that no notice is due (comment 9-2). */
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
  const deliveries = new Map(deliveriesOf(entries).map((each) => [each.notice, each]));
  const clocks: NoticeClock[] = [];
  for (const part of byExecution(entries)) {
    const before = clocks.at(-1);
    const [opening] = part;
    const reopenedOn = opening?.type === 'DECISION_REOPENED' ? localDate(opening.occurredAt, timeZone) : undefined;
    const start = before && (isRunning(before) ? before.countedFrom : reopenedOn);
    const countedFrom = start ?? readBody(received, 'APPLICATION_RECEIVED').receivedOn;
    const issued = part.filter(({ type }) => type === 'NOTICES_ISSUED').flatMap(noticesIn);
    const given = issued.map(({ notice }) => givenOn(deliveries.get(notice)!));
    const isGiven = given.length > 0 && given.every((date) => date !== undefined);
    clocks.push({
      countedFrom,
      dueOn: addDays(countedFrom, NOTICE_DAYS),
      givenOn: isGiven ? (given.toSorted().at(-1) ?? null) : null,
      withdrawn: part.some(({ type }) => type === 'APPLICATION_WITHDRAWN'),
    });
  }
  return clocks;
}

/** Whether the applicant still has to be notified. */
const isRunning = ({ givenOn: date, withdrawn }: NoticeClock): boolean => date === null && !withdrawn;

/** The clock that runs now; undefined where the applicant was notified, or withdrew. */
export function runningClock(entries: readonly LedgerEntry[], timeZone: string): NoticeClock | undefined {
  const newest = noticeClocks(entries, timeZone).at(-1);
  return newest && isRunning(newest) ? newest : undefined;
}

/** The warnings that are due on a local date. */
export function warningsDue({ countedFrom }: NoticeClock, today: LocalDate) {
  return NOTICE_WARNING_DAYS.filter((day) => daysBetween(countedFrom, today) >= day);
}
