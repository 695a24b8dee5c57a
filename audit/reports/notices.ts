import { daysBetween, localDate, type LocalDate } from '../../domain/calendar.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { noticeClocks, type NoticeClock } from '../../domain/notices/clock.ts';
import { deliveriesOf, deliveryState, noticesIn } from '../../domain/notices/delivery.ts';
import { CLOCKS } from './open-cases.ts';
import { receiptOf, roundsOf, Tally } from './recorded.ts';
import { within, defineReport } from './report.ts';

/** LATE: after its day. MISSING: its day has passed without one. NEAR: within the last days before it. */
const TIMELINESS = ['IN_TIME', 'NEAR', 'LATE', 'DUE_SOON', 'MISSING', 'NOT_YET_DUE'] as const;
type Timeliness = (typeof TIMELINESS)[number];
const NEAR_DAYS = CLOCKS.LIMIT - CLOCKS.HARD_STOP;

type NoticeRow = {
  applicationId: string;
  product: string;
  outcome: string | null;
  receivedOn: string;
  reopenedOn: string | null;
  decidedOn: string | null;
  readyOn: string | null;
  sentOn: string | null;
  returns: number;
  superseded: number;
  dueOn: string;
  days: number;
  daysLeft: number;
  timeliness: Timeliness;
};

export const notices = defineReport<NoticeRow>({
  name: 'notices',
  title: 'Notices late or near their day',
  question: 'Which applicants were notified after day 30, or near it, and which are not notified yet?',
  dated: 'due',
  selectsLate: true,
  reads: [],
  notes: [
    `Counted on the creditor’s dates from receipt, which is never later than completion, or from a reopening after a notice that was sent; a day on a weekend stays there. NEAR and DUE_SOON: within ${NEAR_DAYS} days of it. MISSING: the day has passed without a sent notice. Days left are negative after the day.`,
    'A notice counts on the day on which a mail server accepted it or the print shop mailed it (comment 9-3). A notice that is ready is not sent. An e-mail that came back does not count, and its mailing on paper does.',
    'A notice whose decision was superseded or closed before it was sent is not sent. The clock runs on to the notice of the next decision.',
    'Where several notices belong to a decision, the last one counts. An application that its applicant withdrew needs no notice.',
    'The table leaves out what was in time and is not yet due; the plot has all.',
  ],
  columns: [
    { name: 'applicationId', heading: 'Application', brief: true },
    { name: 'product', heading: 'Product' },
    { name: 'outcome', heading: 'Outcome', brief: true },
    { name: 'receivedOn', heading: 'Received', brief: true },
    { name: 'reopenedOn', heading: 'Reopened' },
    { name: 'decidedOn', heading: 'Decided' },
    { name: 'readyOn', heading: 'Ready' },
    { name: 'sentOn', heading: 'Sent', brief: true },
    { name: 'returns', heading: 'Returns', format: 'COUNT' },
    { name: 'superseded', heading: 'Superseded', format: 'COUNT' },
    { name: 'dueOn', heading: 'Due', brief: true },
    { name: 'days', heading: 'Days', format: 'COUNT', brief: true },
    { name: 'daysLeft', heading: 'Days left', format: 'COUNT' },
    { name: 'timeliness', heading: 'Timeliness', brief: true },
  ],
  begin(scope) {
    const byOutcome = new Tally(TIMELINESS);
    return {
      *add(recorded) {
        const receipt = receiptOf(recorded);
        if (!receipt) return;
        const { applicationId, entries, timeZone } = recorded;
        const { product, receivedOn } = receipt;
        const clocks = noticeClocks(entries, timeZone);
        for (const [number, round] of roundsOf(recorded).entries()) {
          const clock = clocks[number];
          // A reopening before the notice was sent lets the clock run on: the next round states it.
          const runsOn = clock?.givenOn === null && clocks[number + 1]?.countedFrom === clock.countedFrom;
          if (!clock || runsOn || clock.withdrawn || !within(scope, clock.dueOn)) continue;
          const stated = statedClock(clock, scope.today);
          const { timeliness } = stated;
          const { outcome, decidedOn } = round.decided ?? { outcome: null, decidedOn: null };
          byOutcome.add(outcome ?? 'UNDECIDED', timeliness);
          if (!(scope.late === true ? LATE : SHOWN).has(timeliness)) continue;
          const reopenedOn = round.reopened === null ? null : round.startedOn;
          const issued = issueOf(round.entries, entries, timeZone);
          yield { applicationId, product, outcome, receivedOn, reopenedOn, decidedOn, ...issued, ...stated };
        }
      },
      end: () => ({
        plots: [{ kind: 'PLOT', shape: 'BARS', title: 'By outcome', unit: 'notices', ...byOutcome.plotted() }],
      }),
    };
  },
});

const LATE: ReadonlySet<Timeliness> = new Set<Timeliness>(['LATE', 'MISSING']);
const SHOWN: ReadonlySet<Timeliness> = new Set<Timeliness>(['LATE', 'MISSING', 'NEAR', 'DUE_SOON']);

/** The day on which a round's notices were ready, and how often one of them came back. */
function issueOf(round: readonly LedgerEntry[], entries: readonly LedgerEntry[], timeZone: string) {
  const issued = round.filter(({ type }) => type === 'NOTICES_ISSUED');
  const own = new Set(issued.flatMap(noticesIn).map(({ notice }) => notice));
  const deliveries = deliveriesOf(entries).filter(({ notice }) => own.has(notice));
  const attempts = deliveries.flatMap((each) => each.attempts);
  const [first] = issued;
  return {
    readyOn: first ? localDate(first.occurredAt, timeZone) : null,
    superseded: deliveries.filter((each) => deliveryState(each) === 'SUPERSEDED').length,
    returns: attempts.filter(({ returned }) => returned).length,
  };
}

/** When the notice of a round is due, when it was sent, and how the two compare. */
function statedClock({ countedFrom, dueOn, givenOn: sentOn }: NoticeClock, today: LocalDate) {
  return {
    sentOn,
    dueOn,
    days: daysBetween(countedFrom, sentOn ?? today),
    daysLeft: daysBetween(sentOn ?? today, dueOn),
    timeliness: timelinessOf(sentOn, dueOn, today),
  };
}

export function timelinessOf(sentOn: LocalDate | null, dueOn: LocalDate, today: LocalDate): Timeliness {
  const left = daysBetween(sentOn ?? today, dueOn);
  if (sentOn === null) return left < 0 ? 'MISSING' : left <= NEAR_DAYS ? 'DUE_SOON' : 'NOT_YET_DUE';
  return left < 0 ? 'LATE' : left <= NEAR_DAYS ? 'NEAR' : 'IN_TIME';
}
