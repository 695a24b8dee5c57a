import { identityHoldsOf, policyBehindReview } from '../../app/review/read-hold-identity.ts';
import { HOLD_IDENTITY } from '../../domain/access/hold-identity.ts';
import { daysBetween, localDate } from '../../domain/calendar.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { readBody } from '../../domain/ledger/events.ts';
import { policyResult } from '../../domain/policy/result.ts';
import { receiptOf, Tally } from './recorded.ts';
import { defineReport, within } from './report.ts';

type IdentityHoldRow = {
  applicationId: string;
  product: string;
  holds: string;
  heldOn: string;
  ageDays: number;
  identityReads: number;
  lastReadBy: string | null;
};

export const identityHolds = defineReport<IdentityHoldRow>({
  name: 'identity-holds',
  title: 'Open holds about identity',
  question: 'Which applications does an alert or another doubt about identity hold, and since when?',
  dated: 'held',
  reads: ['policy'],
  notes: [
    'A hold is open while it waits for a reviewer. Its age is in whole days from the first day of the wait to today, on the creditor’s dates. A deadline that passes does not start the wait again.',
    'Reads count since the wait began: PERSONAL_DATA_READ of the kind hold-identity.',
  ],
  columns: [
    { name: 'applicationId', heading: 'Application', brief: true },
    { name: 'product', heading: 'Product' },
    { name: 'holds', heading: 'Holds', brief: true },
    { name: 'heldOn', heading: 'Held', brief: true },
    { name: 'ageDays', heading: 'Days', format: 'COUNT', brief: true },
    { name: 'identityReads', heading: 'Reads', format: 'COUNT', brief: true },
    { name: 'lastReadBy', heading: 'Last read by', brief: true },
  ],
  begin(scope) {
    const byHold = new Tally();
    return {
      *add(recorded) {
        const { applicationId, entries, timeZone, values } = recorded;
        const policy = values.get(policyBehindReview(entries) ?? '');
        const holds = policy === undefined ? [] : identityHoldsOf(policyResult.parse(policy));
        const opened = firstOpening(entries);
        if (holds.length === 0 || !opened) return;
        const heldOn = localDate(opened.occurredAt, timeZone);
        if (!within(scope, heldOn)) return;
        for (const hold of holds) byHold.add(hold, 'open');
        const reads = entries.filter((entry) => entry.sequence > opened.sequence && isRead(entry));
        yield {
          applicationId,
          product: receiptOf(recorded)?.product ?? '',
          holds: holds.join(' '),
          heldOn,
          ageDays: daysBetween(heldOn, scope.today),
          identityReads: reads.length,
          lastReadBy: reads.at(-1)?.actor ?? null,
        };
      },
      end: () => ({ plots: [{ kind: 'PLOT', shape: 'BARS', title: 'By hold', unit: 'holds', ...byHold.plotted() }] }),
    };
  },
});

/** The entry that first opened the newest review: an escalation opens it again. */
const firstOpening = (entries: readonly LedgerEntry[]): LedgerEntry | undefined =>
  entries.findLast((entry) => entry.type === 'REVIEW_AWAITED' && readBody(entry, entry.type).facts['escalation'] === 0);

const isRead = (entry: LedgerEntry): boolean =>
  entry.type === 'PERSONAL_DATA_READ' && readBody(entry, entry.type).kinds.includes(HOLD_IDENTITY);
