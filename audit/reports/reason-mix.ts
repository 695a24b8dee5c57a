import { decisionsOf, reasonInWords } from './recorded.ts';
import { within, defineReport } from './report.ts';

/** Reasons that the plot tells apart. */
const PLOTTED = 7;

type ReasonRow = {
  month: string;
  reason: string;
  words: string;
  decisions: number;
  adverse: number;
  share: number;
};

export const reasonMix = defineReport<ReasonRow>({
  name: 'reasons',
  title: 'Principal reasons over time',
  question: 'For which reasons was credit refused or countered, month by month?',
  dated: 'decided',
  reads: [],
  notes: [
    'Of declines and counteroffers, each decision counted in the month in which it was made. A decision has up to four reasons, so shares of a month add up to more than one.',
  ],
  columns: [
    { name: 'month', heading: 'Month', brief: true },
    { name: 'reason', heading: 'Reason', brief: true },
    { name: 'words', heading: 'In words', brief: true },
    { name: 'decisions', heading: 'Decisions', format: 'COUNT', brief: true },
    { name: 'adverse', heading: 'Of adverse', format: 'COUNT', brief: true },
    { name: 'share', heading: 'Share', format: 'SHARE', brief: true },
  ],
  begin(scope) {
    const adverse = new Map<string, number>();
    const counts = new Map<string, Map<string, number>>();
    const total = new Map<string, number>();
    const addTo = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1);
    return {
      add(recorded) {
        for (const { outcome, reasons, decidedOn } of decisionsOf(recorded)) {
          if ((outcome !== 'DECLINE' && outcome !== 'COUNTEROFFER') || !within(scope, decidedOn)) continue;
          const month = decidedOn.slice(0, 7);
          addTo(adverse, month);
          const ofMonth = counts.get(month) ?? new Map<string, number>();
          for (const reason of reasons) {
            addTo(ofMonth, reason);
            addTo(total, reason);
          }
          counts.set(month, ofMonth);
        }
        return [];
      },
      end() {
        const months = [...adverse.keys()].sort();
        const ranked = [...total].sort(([a, first], [b, second]) => second - first || (a < b ? -1 : 1));
        const order = ranked.map(([reason]) => reason);
        const shareOf = (month: string, reason: string) =>
          (counts.get(month)?.get(reason) ?? 0) / (adverse.get(month) ?? 1);
        const plotted = order.slice(0, PLOTTED);
        return {
          rows: months.flatMap((month) =>
            order
              .filter((reason) => counts.get(month)?.has(reason))
              .map((reason) => ({
                month,
                reason,
                words: reasonInWords(reason),
                decisions: counts.get(month)?.get(reason) ?? 0,
                adverse: adverse.get(month) ?? 0,
                share: shareOf(month, reason),
              })),
          ),
          plots: [
            {
              kind: 'PLOT',
              shape: 'LINES',
              title: `The ${Math.min(PLOTTED, order.length)} reasons given most`,
              unit: '% of the adverse decisions of the month',
              decimals: 1,
              series: plotted.map((reason) => `${reason} ${reasonInWords(reason)}`),
              points: months.map((month) => ({
                label: month,
                values: plotted.map((reason) => shareOf(month, reason) * 100),
              })),
            },
          ],
        };
      },
    };
  },
});
