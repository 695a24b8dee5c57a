import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { alike, scaleOf } from '../../../audit/reports/alike.ts';
import { PointTree } from '../../../audit/reports/nearest.ts';
import { ran, recordedOf } from '../../support/recorded.ts';

describe('A tree of points', () => {
  const coordinates = fc.array(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 3, maxLength: 3 }), {
    minLength: 1,
    maxLength: 60,
  });

  test('finds what comparing every pair finds', () => {
    fc.assert(
      fc.property(coordinates, fc.integer({ min: 0, max: 300 }), (points, within) => {
        const all = Float32Array.from(points.flat());
        const members = points.map((_, row) => row).filter((row) => row % 2 === 0);
        const tree = new PointTree(all, 3, members);
        for (const [row, point] of points.entries()) {
          const distances = members
            .filter((member) => member !== row)
            .map((member) => point.reduce((sum, value, axis) => sum + (value - points[member]![axis]!) ** 2, 0));
          const nearest = Math.min(...distances);
          const { found, whole } = tree.nearest(row, within, 1_000);
          expect(whole).toBe(true);
          expect(found?.squared).toBe(nearest <= within ? nearest : undefined);
        }
      }),
    );
  });

  test('says when the bound ended a search', () => {
    const points = Float32Array.from({ length: 3_000 }, (_, at) => (at * 7919) % 1_000);
    const tree = new PointTree(points, 3, [...Array(1_000).keys()]);
    expect(tree.nearest(0, 1e9, 5).whole).toBe(false);
    expect(tree.nearest(0, 1e9, 10_000).whole).toBe(true);
  });
});

describe('A scale', () => {
  test.each([
    ['the interquartile range', [1, 2, 3, 4, 5], 2],
    ['the standard deviation where that is zero', [0, 0, 0, 0, 0, 0, 0, 0, 0, 10], 3],
    ['one where all are the same', [4, 4, 4], 1],
    ['one where there are none', [], 1],
  ])('is %s', (_, values, scale) => expect(scaleOf(Float32Array.from(values))).toBeCloseTo(scale));
});

describe('Similar applicants with different outcomes', () => {
  const decided = (id: string, outcome: 'APPROVE' | 'DECLINE', inquiries: number, on = '2026-01-06') =>
    recordedOf({
      id,
      decided: { on, outcome, reasons: outcome === 'DECLINE' ? ['AA22'] : [] },
      features: { inquiries_6m: inquiries },
    });
  // The interquartile range of 0, 1, 2, 3, 40 is 2, so one inquiry is half a scale in one of 20 features.
  const applications = [
    decided('a', 'APPROVE', 0),
    decided('b', 'APPROVE', 1),
    decided('c', 'DECLINE', 2),
    decided('d', 'APPROVE', 3),
    decided('e', 'DECLINE', 40),
  ];

  test('are found with the distance that was computed by hand, the nearest first', () => {
    const { rows, plots, notes } = ran(alike, applications);
    const half = Math.round(Math.sqrt(0.25 / 20) * 1e4) / 1e4;
    expect(rows[0]).toMatchObject({
      one: 'b',
      other: 'c',
      oneOutcome: 'APPROVE',
      otherOutcome: 'DECLINE',
      distance: half,
      otherReasons: 'AA22',
      differMost: 'inquiries_6m 0.50',
    });
    expect(rows.map(({ one, other }) => `${one}${other}`)).toEqual(['bc', 'cd', 'ac']);
    // e is alike to nobody. The nearest of a is b, which came out the same; b has one as near that did, c and d have none.
    expect(plots[0]!.points).toEqual([{ label: 'personal-loan', values: [5, 4, 2] }]);
    expect(notes![0]).toContain('inquiries_6m 2.00');
  });

  test('are none where all came out the same, and none outside the period', () => {
    expect(
      ran(alike, applications.map((each, at) => (at === 2 ? decided('c', 'APPROVE', 2) : each)).slice(0, 4)).rows,
    ).toEqual([]);
    expect(ran(alike, applications, { from: '2026-01-07' }).rows).toEqual([]);
  });
});
