import { csvLine } from '../../documents/csv.ts';
import { formatDollars, formatBasisPoints } from '../../domain/money.ts';
import {
  BACKTEST_OUTCOMES,
  SIDES,
  type BacktestReport,
  type BookFigures,
} from '../../domain/policy/officer/backtest.ts';
import { columns, wrap } from './columns.ts';

const WIDTH = 100;
const MAX_MOVERS = 20;

export const count = (value: number): string => value.toLocaleString('en-US');
export const percent = (basisPoints: number): string => `${formatBasisPoints(basisPoints)} %`;
export const signed = (value: number): string => (value > 0 ? `+${count(value)}` : count(value));
const share = (part: number, whole: number): string => (whole === 0 ? '-' : percent((part * 10_000) / whole));

/** The report for a credit officer, at most 100 wide; the same report gives the same lines. */
export function backtestLines(report: BacktestReport): string[] {
  const { policies } = report;
  const named = SIDES.map((side) => {
    const { id, version, sourceDigest } = policies[side];
    return `${side.padEnd(9)}  ${id} ${version}  ${sourceDigest.slice(0, 16)}`;
  });
  return [...named, '', ...comparisonLines(report)];
}

/** The same report without the names of the two sides. */
function comparisonLines(report: BacktestReport): string[] {
  return [
    ...outcomeLines(report),
    '',
    ...wrap(swapInWords(report), WIDTH),
    ...matrixLines(report),
    ...moverLines(report),
    'Expected loss and yield of what is offered, over the whole term, by band',
    ...columns(
      ['band', 'policy', 'offered', 'amount', 'loss', 'loss %', 'yield', 'yield %'],
      [
        ...report.bands.flatMap((band) => SIDES.map((side) => [band.band, side, ...bookCells(band[side])])),
        ...SIDES.map((side) => ['all', side, ...bookCells(report.book[side])]),
      ],
      2,
    ),
    '',
    ...changedLines(report),
    ...wrap(`Assumed: ${assumptionsInWords(report)}`, WIDTH),
  ];
}

/** Outcomes without loss and yield, which two models compute from different PDs. */
export function movementLines(report: BacktestReport): string[] {
  const lines = [...outcomeLines(report), '', ...matrixLines(report), ...moverLines(report), ...changedLines(report)];
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function metOutcomes({ outcomes }: BacktestReport): (typeof BACKTEST_OUTCOMES)[number][] {
  return BACKTEST_OUTCOMES.filter((outcome) => outcomes.champion[outcome] + outcomes.candidate[outcome] > 0);
}

function matrixLines(report: BacktestReport): string[] {
  const met = metOutcomes(report);
  const at = (from: string, to: string): number =>
    report.matrix.find((cell) => cell.from === from && cell.to === to)?.count ?? 0;
  const rows = met.map((from) => [from, ...met.map((to) => count(at(from, to)))]);
  return [...columns(['champion \\ candidate', ...met], rows), ''];
}

function changedLines(report: BacktestReport): string[] {
  return [
    ...changedRows(
      'rule',
      report.rules.map(({ rule, ...counts }) => ({ name: rule, ...counts })),
    ),
    ...changedRows(
      'reason',
      report.reasons.map(({ reason, ...counts }) => ({ name: reason, ...counts })),
    ),
    ...changedRows(
      'limit',
      report.limits.map(({ limit, ...counts }) => ({ name: limit, ...counts })),
    ),
    ...changedRows(
      'refused input',
      report.refusedInputs.map(({ input, ...counts }) => ({ name: input, ...counts })),
    ),
  ];
}

function outcomeLines(report: BacktestReport): string[] {
  const { applications, outcomes, offeredBasisPoints } = report;
  const rows = metOutcomes(report).map((outcome) => {
    const { [outcome]: champion } = outcomes.champion;
    const { [outcome]: candidate } = outcomes.candidate;
    return [outcome, count(champion), count(candidate), signed(candidate - champion)];
  });
  const { champion, candidate } = offeredBasisPoints;
  return columns(
    ['outcome', 'champion', 'candidate', 'change'],
    [
      ...rows,
      ['all', count(applications), count(applications), ''],
      ['offered', percent(champion), percent(candidate), percent(candidate - champion)],
    ],
  );
}

export function swapInWords({ swapped, applications, repriced }: BacktestReport): string {
  return (
    `Swap set: ${count(swapped)} of ${count(applications)} change their outcome (${share(swapped, applications)}); ` +
    `${count(repriced)} keep it at another price or amount.`
  );
}

export function assumptionsInWords({ assumptions }: BacktestReport): string {
  const { lossGivenDefault, exposureAtDefault, averageBalance, lineMonths } = assumptions;
  return (
    `loss given default ${lossGivenDefault}, exposure at default ${exposureAtDefault} and average balance ` +
    `${averageBalance} of the amount, ${lineMonths} months for a line. The predicted probability of ` +
    'default is taken for the whole term, which says too little: the model predicts early delinquency. Yield is ' +
    'before the cost of funds. Amounts are estimated; rate caps of states and offers at other terms are left out.'
  );
}

function moverLines({ movers }: BacktestReport): string[] {
  if (movers.length === 0) return [];
  const rows = movers.slice(0, MAX_MOVERS).map(({ from, to, by, count: moved, samples }) => {
    return [from, to, by, count(moved), samples[0] ?? ''];
  });
  return [
    'What moved them (an application may count under several rules)',
    ...columns(['from', 'to', 'by', 'count', 'such as'], rows, 3),
    ...(movers.length > MAX_MOVERS ? [`and ${movers.length - MAX_MOVERS} more`] : []),
    '',
  ];
}

/** Offered, amount, loss, its share, yield, its share. */
export function bookCells({ offered, amountCents, expectedLossCents, yieldCents }: BookFigures): string[] {
  return [
    count(offered),
    formatDollars(amountCents),
    formatDollars(expectedLossCents),
    share(expectedLossCents, amountCents),
    formatDollars(yieldCents),
    share(yieldCents, amountCents),
  ];
}

interface Counted {
  readonly name: string;
  readonly champion: number;
  readonly candidate: number;
}

/** Only what is not the same under both. */
function changedRows(what: string, all: readonly Counted[]): string[] {
  const changed = all.filter(({ champion, candidate }) => champion !== candidate);
  if (changed.length === 0) return [];
  const rows = changed.map(({ name, champion, candidate }) => [
    name,
    count(champion),
    count(candidate),
    signed(candidate - champion),
  ]);
  return [...columns([`${what} (only where counts differ)`, 'champion', 'candidate', 'change'], rows), ''];
}

/** Every figure as one row: section, name, champion, candidate. */
export function backtestCsv(report: BacktestReport): string {
  const rows: (string | number)[][] = [['section', 'name', 'champion', 'candidate']];
  for (const outcome of BACKTEST_OUTCOMES) {
    rows.push(['outcome', outcome, report.outcomes.champion[outcome], report.outcomes.candidate[outcome]]);
  }
  const { offeredBasisPoints: offered } = report;
  rows.push(['outcome', 'offered basis points', offered.champion, offered.candidate]);
  for (const { from, to, count: met } of report.matrix) rows.push(['matrix', `${from} > ${to}`, met, met]);
  for (const { from, to, by, count: met } of report.movers) rows.push(['mover', `${from} > ${to} ${by}`, met, met]);
  for (const { band, champion, candidate } of [...report.bands, { band: 'all', ...report.book }]) {
    for (const figure of ['offered', 'amountCents', 'expectedLossCents', 'yieldCents'] as const) {
      rows.push(['band', `${band} ${figure}`, champion[figure], candidate[figure]]);
    }
  }
  for (const { rule, champion, candidate } of report.rules) rows.push(['rule', rule, champion, candidate]);
  for (const { reason, champion, candidate } of report.reasons) rows.push(['reason', reason, champion, candidate]);
  for (const { limit, champion, candidate } of report.limits) rows.push(['limit', limit, champion, candidate]);
  for (const { input, champion, candidate } of report.refusedInputs) {
    rows.push(['refused input', input, champion, candidate]);
  }
  for (const [name, value] of Object.entries(report.assumptions)) rows.push(['assumption', name, value, value]);
  return rows.map(csvLine).join('');
}
