import { figures, heading, paragraph, table, type Plot, type PlottedBlock } from '../../documents/document.ts';
import { escaped } from '../../documents/escaped.ts';
import { documentPage, htmlPage } from '../../documents/html.ts';
import { BACKTEST_OUTCOMES, SIDES, type BacktestReport, type BySide } from '../../domain/policy/officer/backtest.ts';
import type { PolicyChange, TableChange } from '../../domain/policy/officer/diff.ts';
import { REASONS, type ReasonCode } from '../../domain/reasons/catalogue.ts';
import { assumptionsInWords, bookCells, count, percent, signed, swapInWords } from './backtest-text.ts';

/** Every change, before at the left and after at the right; a table whole, its changed cells marked. */
export function diffPage(before: string, after: string, changes: readonly PolicyChange[]): string {
  const title = `Policy change: ${before} to ${after}`;
  if (changes.length === 0) return htmlPage(title, '<p>They say the same.</p>');
  const head = (what: string): string => `<th scope="col">${escaped(what)}</th>`;
  const sections = Map.groupBy(changes, ({ section }) => section);
  const body = [...sections].flatMap(([section, entries]) => {
    const rows = entries.flatMap(({ name, change, fields }) =>
      fields.map(({ field, before: left, after: right }) => {
        const what = field === 'is' ? name : `${name} · ${field}`;
        return `<tr class="${change}">${[what, left ?? '', right ?? ''].map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`;
      }),
    );
    const listed = `<table><thead><tr>${['', before, after].map(head).join('')}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table>`;
    const tables = entries.flatMap((entry) => (entry.table ? [cellTable(entry.name, entry.table, before, after)] : []));
    return [`<h2>${escaped(section)}</h2>`, ...(rows.length > 0 ? [listed] : []), ...tables];
  });
  return htmlPage(title, body.join('\n'));
}

function cellTable(name: string, { columns, rows }: TableChange, before: string, after: string): string {
  const names = columns.length > 0 ? columns : [''];
  const over = (side: string): string =>
    `<th class="n" scope="colgroup" colspan="${names.length}">${escaped(side)}</th>`;
  const under = [...names, ...names].map((column) => `<th class="n" scope="col">${escaped(column)}</th>`).join('');
  const drawn = rows.map(({ row, cells }) => {
    const changed = cells.some((cell) => cell.before !== cell.after);
    const side = (of: 'before' | 'after'): string =>
      cells
        .map((cell) => {
          const text = escaped(cell[of]);
          return `<td class="n">${cell.before === cell.after ? text : `<mark>${text}</mark>`}</td>`;
        })
        .join('');
    return `<tr${changed ? ' class="changed"' : ''}><th scope="row">${escaped(row)}</th>${side('before')}${side('after')}</tr>`;
  });
  return (
    `<table><thead><tr><th scope="col" rowspan="2">${escaped(name)}</th>${over(before)}${over(after)}</tr>` +
    `<tr>${under}</tr></thead><tbody>\n${drawn.join('\n')}\n</tbody></table>`
  );
}

/** The report of `backtestLines` as plots and tables. */
export function backtestPage(report: BacktestReport): string {
  const { policies, applications, outcomes, offeredBasisPoints, bands, book } = report;
  const named = (side: (typeof SIDES)[number]): string => `${policies[side].id} ${policies[side].version}`;
  const met = BACKTEST_OUTCOMES.filter((outcome) => outcomes.champion[outcome] + outcomes.candidate[outcome] > 0);
  const rates = (figure: 'expectedLossCents' | 'yieldCents') =>
    bands.map((band) => ({
      label: `Band ${band.band}`,
      values: SIDES.map((side) => ratio(band[side][figure], band[side].amountCents)),
    }));
  return documentPage({
    title: `Backtest of ${named('candidate')} against ${named('champion')}`,
    blocks: [
      paragraph(
        ...SIDES.flatMap((side, at) => [
          `${at === 0 ? 'Champion' : '; candidate'}: ${named(side)}, text `,
          { code: policies[side].sourceDigest.slice(0, 16) },
        ]),
        `. ${count(applications)} applications. Offered: ${percent(offeredBasisPoints.champion)} under the champion, ` +
          `${percent(offeredBasisPoints.candidate)} under the candidate.`,
      ),
      plot(
        'Outcomes',
        'applications',
        0,
        met.map((outcome) => ({
          label: outcome,
          values: SIDES.map((side) => outcomes[side][outcome]),
        })),
      ),
      heading(2, 'Who changes'),
      paragraph({ strong: swapInWords(report) }),
      swapSet(report, met),
      ...movers(report),
      heading(2, 'Expected loss and yield'),
      paragraph('Of what is offered, over the whole term, by band of risk.'),
      table(
        ['band', 'policy', ...['offered', 'amount', 'loss', 'loss %', 'yield', 'yield %'].map(figures)],
        [...bands, { band: 'all', ...book }].flatMap((band) =>
          SIDES.map((side) => [band.band, side, ...bookCells(band[side])]),
        ),
      ),
      plot('Expected loss', '% of what is offered', 2, rates('expectedLossCents')),
      plot('Yield', '% of what is offered', 2, rates('yieldCents')),
      ...shifts(report),
      heading(2, 'Assumptions'),
      paragraph(assumptionsInWords(report)),
    ],
  });
}

function plot(title: string, unit: string, decimals: number, points: Plot['points']): Plot {
  return { kind: 'PLOT', shape: 'BARS', title, unit, series: SIDES, points, decimals };
}

function swapSet({ matrix }: BacktestReport, met: readonly string[]): PlottedBlock {
  const at = (from: string, to: string): number =>
    matrix.find((cell) => cell.from === from && cell.to === to)?.count ?? 0;
  return table(
    ['champion \\ candidate', ...met.map(figures)],
    met.map((from) => [from, ...met.map((to) => count(at(from, to)))]),
  );
}

function movers({ movers: moved }: BacktestReport): PlottedBlock[] {
  if (moved.length === 0) return [];
  return [
    paragraph(
      'What moved them: a rule that failed under one policy alone, or a limit. An application may count under several.',
    ),
    table(
      ['from', 'to', 'by', figures('count'), 'such as'],
      moved.map(({ from, to, by, count: met, samples }) => [from, to, by, count(met), samples.slice(0, 2).join(', ')]),
    ),
  ];
}

function shifts({ reasons, rules, limits, refusedInputs }: BacktestReport): PlottedBlock[] {
  return [
    ...shift(
      'Reasons of declines',
      reasons.map(({ reason, ...counts }) => ({ name: reasonInWords(reason), ...counts })),
    ),
    ...shift(
      'Rules that failed',
      rules.map(({ rule, ...counts }) => ({ name: rule, ...counts })),
    ),
    ...shift(
      'What bound the amount',
      limits.map(({ limit, ...counts }) => ({ name: limit, ...counts })),
    ),
    ...shift(
      'Refused inputs',
      refusedInputs.map(({ input, ...counts }) => ({ name: input, ...counts })),
    ),
  ];
}

/** Nothing where nothing was counted. */
function shift(title: string, counted: readonly ({ readonly name: string } & BySide<number>)[]): PlottedBlock[] {
  if (counted.length === 0) return [];
  const rows = counted.map(({ name, champion, candidate }) => {
    return [name, count(champion), count(candidate), signed(candidate - champion)];
  });
  return [heading(2, title), table(['', ...['champion', 'candidate', 'change'].map(figures)], rows)];
}

function reasonInWords(reason: string): string {
  return Object.hasOwn(REASONS, reason) ? `${reason} ${REASONS[reason as ReasonCode]}` : reason;
}

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : (part * 100) / whole);
