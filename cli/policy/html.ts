import { BACKTEST_OUTCOMES, SIDES, type BacktestReport } from '../../domain/policy/officer/backtest.ts';
import { heading, type Plot } from '../../domain/document.ts';
import type { PolicyChange } from '../../domain/policy/officer/diff.ts';
import { escaped } from '../document/escaped.ts';
import { documentPage, htmlPage } from '../document/html.ts';
import { backtestLines } from './backtest-text.ts';

export function diffPage(before: string, after: string, changes: readonly PolicyChange[]): string {
  const rows = changes.flatMap(({ section, name, change, fields, table }) => [
    ...fields.map(
      ({ field, before: left, after: right }) =>
        `<tr class="${change}"><td>${escaped(section)}</td><td>${escaped(name)}${field === 'is' ? '' : ` · ${escaped(field)}`}</td>` +
        `<td>${escaped(left ?? '')}</td><td>${escaped(right ?? '')}</td></tr>`,
    ),
    ...(table?.rows ?? []).map(({ row, cells }) => {
      const of = (side: 'before' | 'after'): string =>
        cells
          .map((cell) => (cell.before === cell.after ? escaped(cell[side]) : `<mark>${escaped(cell[side])}</mark>`))
          .join(' &nbsp; ');
      return `<tr class="changed"><td>${escaped(section)}</td><td>${escaped(name)} · ${escaped(row)}</td><td>${of('before')}</td><td>${of('after')}</td></tr>`;
    }),
  ]);
  const table = `<table><tr><th>Section</th><th>What</th><th>${escaped(before)}</th><th>${escaped(after)}</th></tr>${rows.join('\n')}</table>`;
  return htmlPage(`Policy change: ${before} to ${after}`, changes.length === 0 ? '<p>They say the same.</p>' : table);
}

export function backtestPage(report: BacktestReport): string {
  const { champion, candidate } = report.policies;
  const plot = (title: string, unit: string, decimals: number, points: Plot['points']): Plot => ({
    kind: 'PLOT',
    shape: 'BARS',
    title,
    unit,
    series: SIDES,
    points,
    decimals,
  });
  const outcomes = BACKTEST_OUTCOMES.map((outcome) => ({
    label: outcome,
    values: SIDES.map((side) => report.outcomes[side][outcome]),
  })).filter(({ values }) => values.some((value) => value > 0));
  const rates = (figure: 'expectedLossCents' | 'yieldCents') =>
    report.bands.map((band) => ({
      label: `Band ${band.band}`,
      values: SIDES.map((side) => ratio(band[side][figure], band[side].amountCents)),
    }));
  return documentPage({
    title: `Backtest: ${champion.id} ${champion.version} against ${candidate.id} ${candidate.version}`,
    blocks: [
      plot('Outcomes', 'applications', 0, outcomes),
      plot('Expected loss', '% of what is offered', 2, rates('expectedLossCents')),
      plot('Yield', '% of what is offered', 2, rates('yieldCents')),
      heading(2, 'Figures'),
      { kind: 'VERBATIM', text: backtestLines(report, Number.POSITIVE_INFINITY).join('\n') },
    ],
  });
}

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : (part * 100) / whole);
