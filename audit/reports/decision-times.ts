import { receiptOf, roundsOf } from './recorded.ts';
import { within, defineReport } from './report.ts';

type TimeRow = {
  product: string;
  by: string;
  decisions: number;
  medianSeconds: number;
  ninetiethSeconds: number;
  ninetyNinthSeconds: number;
  longestSeconds: number;
};

/** What a person does for a case that waits. */
const JUDGED: readonly string[] = ['REVIEW_COMPLETED', 'ATTENTION_COMPLETED'];

export const decisionTimes = defineReport<TimeRow>({
  name: 'decision-times',
  title: 'Time from receipt to decision',
  question: 'How long did applicants wait for a decision, with a person’s part in it and without?',
  dated: 'decided',
  reads: [],
  notes: [
    'From receipt, or from a reopening, to the decision. WITH_A_PERSON: a person acted on it before it was decided. A percentile is the smallest time that at least so many of the decisions did not exceed.',
  ],
  columns: [
    { name: 'product', heading: 'Product', brief: true },
    { name: 'by', heading: 'Decided', brief: true },
    { name: 'decisions', heading: 'Decisions', format: 'COUNT', brief: true },
    { name: 'medianSeconds', heading: 'Median, s', format: 'DECIMAL', brief: true },
    { name: 'ninetiethSeconds', heading: '90 %, s', format: 'DECIMAL', brief: true },
    { name: 'ninetyNinthSeconds', heading: '99 %, s', format: 'DECIMAL', brief: true },
    { name: 'longestSeconds', heading: 'Longest, s', format: 'DECIMAL', brief: true },
  ],
  begin(scope) {
    const times = new Map<string, { product: string; by: string; seconds: number[] }>();
    return {
      add(recorded) {
        const product = receiptOf(recorded)?.product ?? '';
        for (const { startedAt, decided, entries } of roundsOf(recorded)) {
          if (!decided || !within(scope, decided.decidedOn)) continue;
          const { sequence, occurredAt } = decided.entry;
          const judged = entries.some(({ type, ...each }) => each.sequence < sequence && JUDGED.includes(type));
          const by = judged ? 'WITH_A_PERSON' : 'BY_ITSELF';
          const key = `${product} ${by}`;
          const group = times.get(key) ?? { product, by, seconds: [] };
          group.seconds.push((Date.parse(occurredAt) - Date.parse(startedAt)) / 1_000);
          times.set(key, group);
        }
        return [];
      },
      end() {
        const rows = [...times.values()]
          .sort((a, b) => (`${a.product} ${a.by}` < `${b.product} ${b.by}` ? -1 : 1))
          .map(({ product, by, seconds }) => {
            const sorted = Float64Array.from(seconds).sort();
            const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
            return {
              product,
              by,
              decisions: sorted.length,
              medianSeconds: at(0.5),
              ninetiethSeconds: at(0.9),
              ninetyNinthSeconds: at(0.99),
              longestSeconds: at(1),
            };
          });
        const points = rows.map((row) => ({
          label: `${row.product}, ${row.by}`,
          values: [row.medianSeconds, row.ninetiethSeconds, row.ninetyNinthSeconds],
        }));
        const series = ['median', '90 %', '99 %'];
        return {
          rows,
          plots: [
            { kind: 'PLOT', shape: 'BARS', title: 'Time to decision', unit: 'seconds', decimals: 2, series, points },
          ],
        };
      },
    };
  },
});
