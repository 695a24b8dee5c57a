import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';

import { buildFeatures, featureRow } from '../../../domain/features/build.ts';
import type { JsonObject } from '../../../domain/json.ts';
import { modelPackage } from '../../../domain/scoring/model-package.ts';
import {
  ScoreUnusable,
  type ScoreResult,
  explanationRows,
  interpretMargins,
  pdMicrosOf,
  reasonGroups,
  scaledScore,
  toMicros,
} from '../../../domain/scoring/score.ts';
import { APPLICATION, ATTRIBUTES } from '../../support/applicants.ts';

const manifestFile = join(import.meta.dirname, '../../../models/personal-loan-default/2.0.0/manifest.json');
const manifest = modelPackage.parse(JSON.parse(readFileSync(manifestFile, 'utf8')));
const groups = reasonGroups(manifest);
const { features } = manifest;
const [baseline = []] = manifest.reference.rows;
const columns = features.length;

/** Margins as an additive model gives them: the applicant's margin is the baseline and every group's part. */
function additive(baseline: number, parts: readonly number[]): Float32Array {
  const whole = parts.reduce((sum, part) => sum + part, baseline);
  return Float32Array.of(whole, baseline, ...parts.map((part) => baseline + part));
}
const parts = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), {
  minLength: groups.length,
  maxLength: groups.length,
});

describe('the rows that explain a score', () => {
  const row = featureRow(buildFeatures(APPLICATION, ATTRIBUTES), features);
  const rows = explanationRows(manifest, row);
  const at = (index: number): number[] => [...rows.subarray(index * columns, (index + 1) * columns)];

  it('are the applicant, the baseline, and one a reason group', () => {
    expect(rows).toHaveLength((2 + groups.length) * columns);
    expect(at(0)).toEqual([...row]);
    expect(at(1)).toEqual(baseline);
  });

  it('substitute the features of a fact together, and no others', () => {
    for (const [index, group] of groups.entries()) {
      const expected = features.map((feature, column) => (feature.group === group ? row[column] : baseline[column]));
      expect(at(2 + index)).toEqual(expected);
    }
  });

  it('are refused for a row of another model', () => {
    expect(() => explanationRows(manifest, row.slice(1))).toThrow(ScoreUnusable);
  });
});

describe('a score', () => {
  it('is integers: margin, probability, points, and what each group contributed', () => {
    const margins = additive(
      -2.5,
      groups.map((group) => (group === 'RECENT_INQUIRIES' ? 0.25 : 0)),
    );
    const score: JsonObject & ScoreResult = interpretMargins(manifest, margins);
    expect(score).toMatchObject({ marginMicros: -2_250_000, pdMicros: 95_349, score: 560, additivityErrorMicros: 0 });
    expect(score.contributions.map(({ group }) => group)).toEqual(groups);
    const mean = toMicros(manifest.reference.groupMeans['RECENT_INQUIRIES'] ?? Number.NaN);
    expect(score.contributions.find(({ group }) => group === 'RECENT_INQUIRIES')).toEqual({
      group: 'RECENT_INQUIRIES',
      contributionMicros: 250_000,
      deficitMicros: 250_000 - mean,
    });
  });

  it('has contributions that add up to the margin', () => {
    fc.assert(
      fc.property(fc.double({ min: -5, max: 5, noNaN: true }), parts, (baseline, each) => {
        const score = interpretMargins(manifest, additive(baseline, each));
        expect(Math.abs(score.additivityErrorMicros)).toBeLessThanOrEqual(100);
        expect(
          Object.values(score)
            .flat()
            .every((value) => typeof value === 'object' || Number.isSafeInteger(value)),
        ).toBe(true);
      }),
    );
  });

  it('is refused when the contributions do not add up', () => {
    const margins = additive(
      -2.5,
      groups.map(() => 0.125),
    );
    expect(() => interpretMargins(manifest, margins.with(0, (margins[0] ?? 0) + 0.0002))).toThrow(ScoreUnusable);
    expect(() => interpretMargins(manifest, margins.with(0, (margins[0] ?? 0) + 0.00005))).not.toThrow();
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('is refused when a margin is %p', (margin) => {
    expect(() =>
      interpretMargins(
        manifest,
        additive(
          -2.5,
          groups.map(() => 0),
        ).with(4, margin),
      ),
    ).toThrow('no number');
  });

  it('is refused when margins are missing or too many', () => {
    const margins = additive(
      -2.5,
      groups.map(() => 0),
    );
    expect(() => interpretMargins(manifest, margins.slice(1))).toThrow(ScoreUnusable);
    expect(() => interpretMargins(manifest, Float32Array.of(...margins, 0))).toThrow(ScoreUnusable);
  });

  it('is refused when the manifest has no mean for a group', () => {
    const { TERM: _, ...groupMeans } = manifest.reference.groupMeans;
    const damaged = { ...manifest, reference: { ...manifest.reference, groupMeans } };
    expect(() =>
      interpretMargins(
        damaged,
        additive(
          -2.5,
          groups.map(() => 0),
        ),
      ),
    ).toThrow('TERM');
  });
});

describe('the scales of a score', () => {
  it.each([
    [0, 500_000],
    [-2_944_439, 50_000],
    [2_944_439, 950_000],
    [-13_815_511, 1],
    [-50_000_000, 0],
    [50_000_000, 1_000_000],
  ])('put a margin of %pe-6 at %p defaults in a million', (marginMicros, pdMicros) => {
    expect(pdMicrosOf(marginMicros)).toBe(pdMicros);
  });

  it('agree with the logistic function everywhere', () => {
    fc.assert(
      fc.property(fc.integer({ min: -40_000_000, max: 40_000_000 }), (marginMicros) => {
        const exact = 1e6 / (1 + Math.exp(-marginMicros / 1e6));
        expect(Math.abs(pdMicrosOf(marginMicros) - exact)).toBeLessThanOrEqual(0.5 + 1e-6);
      }),
    );
  });

  it.each([
    [-2_944_439, 600],
    [-2_944_439 - 693_147, 640],
    [-2_944_439 + 693_147, 560],
    [-9_000_000, 850],
    [9_000_000, 300],
  ])('put a margin of %pe-6 at %p points', (marginMicros, points) => {
    expect(scaledScore(marginMicros)).toBe(points);
  });

  it('never improve when the margin rises', () => {
    const margin = fc.integer({ min: -20_000_000, max: 20_000_000 });
    fc.assert(
      fc.property(margin, fc.nat(1_000_000), (marginMicros, rise) => {
        expect(pdMicrosOf(marginMicros + rise)).toBeGreaterThanOrEqual(pdMicrosOf(marginMicros));
        expect(scaledScore(marginMicros + rise)).toBeLessThanOrEqual(scaledScore(marginMicros));
      }),
    );
  });

  it('round log-odds half away from zero, and know no minus zero', () => {
    expect([0.0000015, -0.0000015, 0.0000004, -0.0000004].map(toMicros)).toEqual([2, -2, 0, 0]);
  });
});
