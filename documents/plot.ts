/** Plots as inline SVG, and their figures as a table for who does not see them. */
import { figures, table, type Plot, type TableBlock } from './document.ts';
import { escaped } from './escaped.ts';

/** Told apart by people who see colours otherwise too (Okabe and Ito), and from white. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#555555', '#8a6d00'];
const colour = (series: number): string => COLOURS[series % COLOURS.length] ?? '#555555';

const WIDTH = 860;

/** The figures of a plot. */
export function plotTable(plot: Plot): TableBlock {
  return table(
    ['', ...plot.series.map(figures)],
    plot.points.map(({ label, values }) => [label, ...values.map((value) => say(plot, value))]),
  );
}

function say({ decimals = 0 }: Plot, value: number | null): string {
  return value === null
    ? ''
    : value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

export function plotSvg(plot: Plot): string {
  // One label makes no line: its points would lie over each other.
  const { height, marks } = plot.shape === 'BARS' || plot.points.length === 1 ? bars(plot) : lines(plot);
  const keyed = plot.series.length > 1 ? legend(plot.series, height) : { height: 0, marks: '' };
  const about = `${plot.points.length} labels, ${plot.series.length} series (${plot.series.join(', ')}), in ${plot.unit}. The table after it has the figures.`;
  return (
    `<svg viewBox="0 0 ${WIDTH} ${height + keyed.height}" role="img" font-size="13" font-family="system-ui,sans-serif">` +
    `<title>${escaped(plot.title)}</title><desc>${escaped(about)}</desc>${marks}${keyed.marks}</svg>`
  );
}

interface Drawing {
  readonly height: number;
  readonly marks: string;
}

/** Horizontal bars, the series of a label one below the other; of several series, those that are zero are left out. */
function bars(plot: Plot): Drawing {
  const [left, right, thickness] = [230, 90, 16];
  const largest = Math.max(1e-9, ...plot.points.flatMap(({ values }) => values.map((value) => value ?? 0)));
  let top = 4;
  const marks: string[] = [];
  for (const { label, values } of plot.points) {
    const drawn = values
      .map((value, series) => ({ value, series }))
      .filter(({ value }) => value !== null && (value !== 0 || values.length === 1));
    const height = Math.max(1, drawn.length) * (thickness + 2);
    marks.push(
      `<text x="${left - 8}" y="${top + height / 2 + 4}" text-anchor="end">${escaped(shortened(label, 32))}</text>`,
      ...drawn.map(({ value, series }, at) => {
        const y = top + at * (thickness + 2);
        const width = (Math.max(0, value ?? 0) / largest) * (WIDTH - left - right);
        return (
          `<rect x="${left}" y="${y}" width="${width.toFixed(1)}" height="${thickness}" fill="${colour(series)}"/>` +
          `<text x="${(left + width + 6).toFixed(1)}" y="${y + thickness - 4}" font-size="12">${escaped(say(plot, value))}</text>`
        );
      }),
    );
    top += height + 10;
  }
  return { height: top, marks: marks.join('') };
}

/** A line a series over labels in order; a label without a value interrupts it. */
function lines(plot: Plot): Drawing {
  const [left, top, height, right] = [60, 12, 260, 40];
  const largest = roundAbove(Math.max(1e-9, ...plot.points.flatMap(({ values }) => values.map((value) => value ?? 0))));
  const across = (at: number) =>
    left + (plot.points.length === 1 ? 0.5 : at / (plot.points.length - 1)) * (WIDTH - left - right);
  const down = (value: number) => top + height - (value / largest) * height;
  const grid = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const y = down(part * largest).toFixed(1);
    return (
      `<line x1="${left}" x2="${WIDTH - right}" y1="${y}" y2="${y}" stroke="#d8dee4"/>` +
      `<text x="${left - 8}" y="${y}" dy="4" font-size="12" text-anchor="end">${escaped((part * largest).toLocaleString('en-US', { maximumFractionDigits: 2 }))}</text>`
    );
  });
  const every = Math.ceil(plot.points.length / 12);
  const labels = plot.points.map(({ label }, at) =>
    at % every === 0
      ? `<text x="${across(at).toFixed(1)}" y="${top + height + 20}" font-size="12" text-anchor="middle">${escaped(label)}</text>`
      : '',
  );
  const drawn = plot.series.flatMap((_, series) => {
    const runs: (readonly [string, string])[][] = [[]];
    for (const [at, { values }] of plot.points.entries()) {
      const value = values[series] ?? null;
      if (value === null) runs.push([]);
      else runs.at(-1)?.push([across(at).toFixed(1), down(value).toFixed(1)]);
    }
    return runs
      .filter((run) => run.length > 0)
      .map(
        (run) =>
          `<polyline points="${run.join(' ')}" fill="none" stroke="${colour(series)}" stroke-width="2"/>` +
          run.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="3" fill="${colour(series)}"/>`).join(''),
      );
  });
  return { height: top + height + 32, marks: [...grid, ...labels, ...drawn].join('') };
}

/** The next of 1, 2, 4, 10 and so on, whose quarters are easily read. */
function roundAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 10].find((step) => step * power >= value) ?? 10) * power;
}

/** What the colours stand for, in rows of two. */
function legend(series: readonly string[], from: number): Drawing {
  const marks = series.map((name, at) => {
    const [x, y] = [20 + (at % 2) * 420, from + 8 + Math.floor(at / 2) * 20];
    return `<rect x="${x}" y="${y}" width="12" height="12" fill="${colour(at)}"/><text x="${x + 18}" y="${y + 11}">${escaped(shortened(name, 54))}</text>`;
  });
  return { height: 12 + Math.ceil(series.length / 2) * 20, marks: marks.join('') };
}

const shortened = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);
