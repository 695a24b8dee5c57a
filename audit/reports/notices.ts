import { type LocalDate, addDays, daysBetween, localDate } from '../../domain/calendar.ts';
import { CLOCKS } from './open-cases.ts';
import { receiptOf, roundsOf, Tally, type Round } from './recorded.ts';
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
  noticeOn: string | null;
  dueOn: string;
  days: number;
  daysLeft: number;
  timeliness: Timeliness;
};

export const notices = defineReport<NoticeRow>({
  name: 'notices',
  title: 'Notices late or near their day',
  question: 'Which applicants heard after day 30, or near it, and who has not heard yet?',
  dated: 'due',
  reads: [],
  notes: [
    `Counted on the creditor’s dates from receipt, which is never later than completion, or from a reopening; a day on a weekend stays there. NEAR and DUE_SOON: within ${NEAR_DAYS} days of it. MISSING: the day has passed without a notice. Days left are negative after the day.`,
    'The first notice after receipt and after each reopening counts. A notice is recorded as ready to be delivered: nothing here mails it, and the law counts from mailing or delivery (comment 9-3).',
    'The table leaves out what was in time and is not yet due; the plot has all.',
  ],
  columns: [
    { name: 'applicationId', heading: 'Application', brief: true },
    { name: 'product', heading: 'Product' },
    { name: 'outcome', heading: 'Outcome', brief: true },
    { name: 'receivedOn', heading: 'Received', brief: true },
    { name: 'reopenedOn', heading: 'Reopened' },
    { name: 'decidedOn', heading: 'Decided' },
    { name: 'noticeOn', heading: 'Notice', brief: true },
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
        const { applicationId } = recorded;
        const { product, receivedOn } = receipt;
        for (const round of roundsOf(recorded)) {
          const clock = noticeClock(round, scope.today, recorded.timeZone);
          if (!within(scope, clock.dueOn)) continue;
          const { timeliness } = clock;
          const { outcome, decidedOn } = round.decided ?? { outcome: null, decidedOn: null };
          byOutcome.add(outcome ?? 'UNDECIDED', timeliness);
          if (timeliness === 'IN_TIME' || timeliness === 'NOT_YET_DUE') continue;
          const reopenedOn = round.reopened === null ? null : round.startedOn;
          yield { applicationId, product, outcome, receivedOn, reopenedOn, decidedOn, ...clock };
        }
      },
      end: () => ({
        plots: [{ kind: 'PLOT', shape: 'BARS', title: 'By outcome', unit: 'notices', ...byOutcome.plotted() }],
      }),
    };
  },
});

/** When the notice of a round is due, when it was issued, and how the two compare. */
function noticeClock({ startedOn, decided, entries }: Round, today: LocalDate, timeZone: string) {
  const dueOn = decided?.noticeDueOn ?? addDays(startedOn, CLOCKS.LIMIT);
  const issued = entries.find(({ type }) => type === 'NOTICES_ISSUED');
  const noticeOn = issued ? localDate(issued.occurredAt, timeZone) : null;
  return {
    noticeOn,
    dueOn,
    days: daysBetween(startedOn, noticeOn ?? today),
    daysLeft: daysBetween(noticeOn ?? today, dueOn),
    timeliness: timelinessOf(noticeOn, dueOn, today),
  };
}

export function timelinessOf(noticeOn: LocalDate | null, dueOn: LocalDate, today: LocalDate): Timeliness {
  const left = daysBetween(noticeOn ?? today, dueOn);
  if (noticeOn === null) return left < 0 ? 'MISSING' : left <= NEAR_DAYS ? 'DUE_SOON' : 'NOT_YET_DUE';
  return left < 0 ? 'LATE' : left <= NEAR_DAYS ? 'NEAR' : 'IN_TIME';
}
