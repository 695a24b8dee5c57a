import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { figures, paragraph, table, type Plot } from '../../documents/document.ts';
import { documentPage, htmlBlock } from '../../documents/html.ts';
import { plotSvg, plotTable } from '../../documents/plot.ts';

/** Texts that do not look like a figure gone wrong. */
const text = (constraints: fc.StringConstraints = {}) =>
  fc.string(constraints).filter((each) => !/NaN|Infinity|undefined/.test(each));

const plot: fc.Arbitrary<Plot> = fc
  .record({
    series: fc.uniqueArray(text({ minLength: 1 }), { minLength: 1, maxLength: 9 }),
    shape: fc.constantFrom('BARS', 'LINES'),
  })
  .chain(({ series, shape }) =>
    fc.record({
      kind: fc.constant('PLOT' as const),
      shape: fc.constant(shape),
      title: text(),
      unit: text(),
      series: fc.constant(series),
      points: fc.array(
        fc.record({
          label: text(),
          values: fc.array(fc.option(fc.integer({ min: 0, max: 1e6 })), {
            minLength: series.length,
            maxLength: series.length,
          }),
        }),
        { minLength: 1, maxLength: 15 },
      ),
    }),
  );

describe('A document as a page', () => {
  test('lets no text become markup', () => {
    const bad = `<script>alert("1")</script>&'`;
    const page = documentPage({
      title: bad,
      blocks: [
        paragraph(bad, { strong: bad }, { code: bad }),
        table([bad, figures(bad)], [[bad, bad]]),
        { kind: 'VERBATIM', text: bad },
      ],
    });
    expect(page).not.toContain('<script');
    expect(page.match(/&lt;script&gt;/g)).toHaveLength(10);
  });

  test('draws finite numbers, and the figures of every value, whatever the plot', () => {
    fc.assert(
      fc.property(plot, (drawn) => {
        const text = plotSvg(drawn);
        expect(text).not.toMatch(/NaN|Infinity|undefined/);
        expect(htmlBlock(drawn)).toContain('<figcaption>');
        const { columns, rows } = plotTable(drawn);
        expect([columns.length, rows.length]).toEqual([drawn.series.length + 1, drawn.points.length]);
      }),
    );
  });

  test('interrupts a line where there is no value', () => {
    const values = [1, 2, null, 3, 4];
    const points = values.map((value, at) => ({ label: String(at), values: [value] }));
    const text = plotSvg({ kind: 'PLOT', shape: 'LINES', title: 'T', unit: 'u', series: ['one'], points });
    expect(text.match(/<polyline/g)).toHaveLength(2);
    expect(text.match(/<circle/g)).toHaveLength(4);
  });

  test('draws bars as long as their values', () => {
    const points = [4, 2, 0].map((value, at) => ({ label: String(at), values: [value] }));
    const text = plotSvg({ kind: 'PLOT', shape: 'BARS', title: 'T', unit: 'u', series: ['one'], points });
    const widths = [...text.matchAll(/<rect[^>]* width="([\d.]+)"/g)].map(([, width]) => Number(width));
    expect(widths).toEqual([540, 270, 0]);
  });
});
