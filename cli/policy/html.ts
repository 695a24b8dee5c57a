/** Reports as one self-contained page: no script and nothing that is loaded. */
import { BACKTEST_OUTCOMES, SIDES, type BacktestReport } from '../../domain/policy/officer/backtest.ts';
import type { PolicyChange } from '../../domain/policy/officer/diff.ts';
import { backtestLines } from './backtest-text.ts';

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const STYLE = `body{font:15px/1.45 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}td,th{border-bottom:1px solid #ddd;padding:.25rem .5rem;
text-align:left;vertical-align:top}.added{background:#e8f6ec}.removed{background:#fbeaea}.changed{background:#fff8e1}
mark{background:#ffe08a}pre{overflow-x:auto;font-size:13px}svg{width:100%;height:auto}`;

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title><style>${STYLE}</style></head>
<body><h1>${escaped(title)}</h1>
${body}
</body></html>
`;
}

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
  return page(`Policy change: ${before} to ${after}`, changes.length === 0 ? '<p>They say the same.</p>' : table);
}

export function backtestPage(report: BacktestReport): string {
  const { champion, candidate } = report.policies;
  const outcomes = BACKTEST_OUTCOMES.map((outcome) => ({
    label: outcome,
    champion: report.outcomes.champion[outcome],
    candidate: report.outcomes.candidate[outcome],
  })).filter((bar) => bar.champion + bar.candidate > 0);
  const rates = (figure: 'expectedLossCents' | 'yieldCents') =>
    report.bands.map((band) => ({
      label: `Band ${band.band}`,
      champion: ratio(band.champion[figure], band.champion.amountCents),
      candidate: ratio(band.candidate[figure], band.candidate.amountCents),
    }));
  return page(
    `Backtest: ${champion.id} ${champion.version} against ${candidate.id} ${candidate.version}`,
    `<h2>Outcomes</h2>${bars(outcomes, (value) => value.toLocaleString('en-US'))}
<h2>Expected loss, % of what is offered</h2>${bars(rates('expectedLossCents'), percent)}
<h2>Yield, % of what is offered</h2>${bars(rates('yieldCents'), percent)}
<h2>Figures</h2><pre>${escaped(backtestLines(report, Number.POSITIVE_INFINITY).join('\n'))}</pre>`,
  );
}

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : (part * 100) / whole);
const percent = (value: number): string => `${value.toFixed(2)} %`;

interface Bar {
  readonly label: string;
  readonly champion: number;
  readonly candidate: number;
}

/** Two horizontal bars a label, the champion's above. */
function bars(all: readonly Bar[], say: (value: number) => string): string {
  const largest = Math.max(1e-9, ...all.flatMap(({ champion, candidate }) => [champion, candidate]));
  const drawn = all.flatMap((bar, at) =>
    SIDES.map((side, below) => {
      const y = at * 48 + below * 18 + 4;
      const width = (bar[side] / largest) * 500;
      const fill = side === 'champion' ? '#8a99a8' : '#1f6feb';
      return (
        `<rect x="150" y="${y}" width="${width.toFixed(1)}" height="15" fill="${fill}"/>` +
        `<text x="${(156 + width).toFixed(1)}" y="${y + 12}" font-size="12">${escaped(say(bar[side]))} ${side}</text>` +
        (below === 0 ? `<text x="140" y="${y + 22}" font-size="13" text-anchor="end">${escaped(bar.label)}</text>` : '')
      );
    }),
  );
  return `<svg viewBox="0 0 860 ${all.length * 48 + 8}" role="img">${drawn.join('')}</svg>`;
}
