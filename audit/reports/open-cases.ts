import { addDays, daysBetween } from '../../domain/calendar.ts';
import { NOTICE_DAYS } from '../../domain/decision/record.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { readBody } from '../../domain/ledger/events.ts';
import { statusOf } from '../../domain/status.ts';
import { hoursBetween, receiptOf, roundsOf, Tally } from './recorded.ts';
import { within, defineReport } from './report.ts';

/**
 * Days from receipt: the law's thirty (12 CFR 1002.9(a)(1), (c)(1)), and before it two of ours, at which somebody is told
 * and at which a case goes before all others.
 */
export const CLOCKS = { ALARM: 20, HARD_STOP: 25, LIMIT: NOTICE_DAYS } as const;
const CLOCK_ORDER = ['IN_TIME', 'PAST_DAY_20', 'PAST_DAY_25', 'PAST_DAY_30'] as const;
export type ClockState = (typeof CLOCK_ORDER)[number];

/** @param age in whole days since receipt. */
export function clockOf(age: number): ClockState {
  if (age > CLOCKS.LIMIT) return 'PAST_DAY_30';
  if (age >= CLOCKS.HARD_STOP) return 'PAST_DAY_25';
  return age >= CLOCKS.ALARM ? 'PAST_DAY_20' : 'IN_TIME';
}

const CASE_STATUSES = [
  'IN_PROGRESS',
  'IN_REVIEW',
  'PENDING_APPLICANT',
  'NEEDS_ATTENTION',
  'UNNOTIFIED',
  'ENDED',
] as const;

type OpenCaseRow = {
  applicationId: string;
  product: string;
  receivedOn: string;
  reopenedOn: string | null;
  ageDays: number;
  noticeDueOn: string;
  clock: ClockState;
  status: (typeof CASE_STATUSES)[number];
  waitsFor: string;
  waitsHours: number | null;
};

export const openCases = defineReport<OpenCaseRow>({
  name: 'open-cases',
  title: 'Unfinished cases and cases that need attention',
  question: 'Which applications have no decision or no notice yet, how old are they, and what do they wait for?',
  dated: 'received',
  reads: [],
  notes: [
    'Ages are whole days from receipt, or from the newest reopening, to today, on the creditor’s dates. From day 20 somebody should be told, from day 25 a case goes before all others, after day 30 the applicant should have heard (12 CFR 1002.9(a)(1), (c)(1)).',
    'ENDED: the workflow ended without a decision, and nothing moves it by itself. UNNOTIFIED: decided, without a notice.',
  ],
  columns: [
    { name: 'applicationId', heading: 'Application', brief: true },
    { name: 'product', heading: 'Product' },
    { name: 'receivedOn', heading: 'Received', brief: true },
    { name: 'reopenedOn', heading: 'Reopened' },
    { name: 'ageDays', heading: 'Days', format: 'COUNT', brief: true },
    { name: 'noticeDueOn', heading: 'Notice due', brief: true },
    { name: 'clock', heading: 'Clock', brief: true },
    { name: 'status', heading: 'Status', brief: true },
    { name: 'waitsFor', heading: 'Waits for', brief: true },
    { name: 'waitsHours', heading: 'Waits, hours', format: 'DECIMAL' },
  ],
  begin(scope) {
    const byClock = new Tally(CASE_STATUSES);
    return {
      *add(recorded) {
        const receipt = receiptOf(recorded);
        const round = roundsOf(recorded).at(-1);
        if (!receipt || !round || !within(scope, receipt.receivedOn)) return;
        const openCase = openCaseOf(recorded.entries);
        if (!openCase) return;
        const ageDays = daysBetween(round.startedOn, scope.today);
        const clock = clockOf(ageDays);
        byClock.add(clock, openCase.status);
        yield {
          applicationId: recorded.applicationId,
          product: receipt.product,
          receivedOn: receipt.receivedOn,
          reopenedOn: round.reopened === null ? null : round.startedOn,
          ageDays,
          noticeDueOn: addDays(round.startedOn, CLOCKS.LIMIT),
          clock,
          status: openCase.status,
          waitsFor: openCase.waitsFor,
          waitsHours: openCase.since === null ? null : hoursBetween(openCase.since, scope.now),
        };
      },
      end: () => ({
        plots: [{ kind: 'PLOT', shape: 'BARS', title: 'By clock', unit: 'cases', ...byClock.plotted(CLOCK_ORDER) }],
      }),
    };
  },
});

interface OpenCase {
  readonly status: OpenCaseRow['status'];
  readonly waitsFor: string;
  readonly since: string | null;
}

/** @returns undefined for a case whose notice is issued, and for an applicant who was forgotten. */
function openCaseOf(entries: readonly LedgerEntry[]): OpenCase | undefined {
  const { status, waiting, noticed } = statusOf(entries) ?? { status: 'FORGOTTEN' };
  switch (status) {
    case 'PENDING_APPLICANT':
      // Else the applicant can complete it: the notice of incompleteness stops the clock.
      return waiting?.kind === 'TASK'
        ? { status, waitsFor: 'a document of the applicant', since: waiting.entry.occurredAt }
        : unnotified(noticed);
    case 'IN_REVIEW':
    case 'NEEDS_ATTENTION':
      return waiting ? { status, waitsFor: taskInWords(waiting.entry), since: waiting.entry.occurredAt } : undefined;
    case 'DECIDED':
      return unnotified(noticed);
    case 'ENDED':
      return { status, waitsFor: 'an operator to redrive it', since: waiting?.entry.occurredAt ?? null };
    case 'IN_PROGRESS':
      return { status, waitsFor: '', since: null };
    case 'FORGOTTEN':
      return undefined;
  }
}

const unnotified = (noticed: boolean): OpenCase | undefined =>
  noticed ? undefined : { status: 'UNNOTIFIED', waitsFor: 'its notice', since: null };

function taskInWords(opened: LedgerEntry): string {
  if (opened.type === 'REVIEW_AWAITED') {
    const { stage } = readBody(opened, opened.type).facts as Record<string, string>;
    return `a reviewer, ${stage}`;
  }
  const { failedState, error } = readBody(opened, 'ATTENTION_NEEDED').facts as Record<string, string>;
  return `${failedState}: ${error}`;
}
