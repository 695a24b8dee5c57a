import { localDate } from '../../domain/calendar.ts';
import { readBody } from '../../domain/ledger/events.ts';
import { decisionsOf, receiptOf, Tally } from './recorded.ts';
import { within, defineReport } from './report.ts';

/** What a bureau answered, the good answer first. UNREADABLE: it answered what no mapping can read. */
const STATUSES = ['HIT', 'THIN', 'NO_HIT', 'FROZEN', 'MISMATCH', 'UNAVAILABLE', 'AMBIGUOUS', 'UNREADABLE'] as const;

type CreditFileRow = {
  applicationId: string;
  product: string;
  pulledOn: string;
  bureau: string;
  status: string;
  inquiry: string | null;
  outcome: string;
  decidedBy: string | null;
  reasons: string;
};

export const creditFiles = defineReport<CreditFileRow>({
  name: 'credit-files',
  title: 'Credit files that were not a plain hit',
  question: 'Where was a file frozen, thin, missing, mismatched, unavailable or in doubt, and what came of it?',
  dated: 'pulled',
  reads: [],
  notes: [
    'Every pull counts, also a second one that a person ordered. The table has every status but HIT; the plot has all. UNREADABLE: an answer that no mapping could read, kept as it came. AMBIGUOUS: nobody can tell whether the bureau was asked, so a person resolves it and it is never sent again.',
  ],
  columns: [
    { name: 'applicationId', heading: 'Application', brief: true },
    { name: 'product', heading: 'Product' },
    { name: 'pulledOn', heading: 'Pulled', brief: true },
    { name: 'bureau', heading: 'Bureau' },
    { name: 'status', heading: 'Status', brief: true },
    { name: 'inquiry', heading: 'Inquiry' },
    { name: 'outcome', heading: 'Outcome', brief: true },
    { name: 'decidedBy', heading: 'Decided by', brief: true },
    { name: 'reasons', heading: 'Reasons', brief: true },
  ],
  begin(scope) {
    const byStatus = new Tally();
    return {
      *add(recorded) {
        const decided = decisionsOf(recorded).at(-1);
        const product = receiptOf(recorded)?.product ?? '';
        for (const entry of recorded.entries) {
          const pulled = pulledIn(entry);
          const pulledOn = localDate(entry.occurredAt, recorded.timeZone);
          if (!pulled || !within(scope, pulledOn)) continue;
          const outcome = decided?.outcome ?? 'UNDECIDED';
          byStatus.add(pulled.status, outcome);
          if (pulled.status === 'HIT') continue;
          const reasons = (decided?.reasons ?? []).join(' ');
          const base = { applicationId: recorded.applicationId, product, pulledOn };
          yield { ...base, ...pulled, outcome, decidedBy: decided?.decidedBy ?? null, reasons };
        }
      },
      end: () => ({
        plots: [{ kind: 'PLOT', shape: 'BARS', title: 'By status', unit: 'pulls', ...byStatus.plotted(STATUSES) }],
      }),
    };
  },
});

function pulledIn(entry: Parameters<typeof readBody>[0]) {
  if (entry.type === 'BUREAU_ANSWER_UNREADABLE') {
    return { bureau: readBody(entry, 'BUREAU_ANSWER_UNREADABLE').bureau, status: 'UNREADABLE', inquiry: 'HARD' };
  }
  if (entry.type !== 'BUREAU_REPORT_PULLED') return undefined;
  const facts = readBody(entry, 'BUREAU_REPORT_PULLED').facts as { bureau: string; status: string; inquiry?: string };
  return { bureau: facts.bureau, status: facts.status, inquiry: facts.inquiry ?? null };
}
