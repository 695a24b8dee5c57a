import { beforeAll, describe, expect, it, jest } from '@jest/globals';

import { measureStatedReasons, type MeasuredDecline } from '../../training/stated-reasons.ts';
import { scaled } from '../support/scale.ts';

jest.setTimeout(600_000);

const ROWS = 9_855;

let declines: MeasuredDecline[];
beforeAll(async () => {
  const step = Math.floor(ROWS / scaled(ROWS, 500));
  declines = await measureStatedReasons((row) => row % step === 0);
});

describe('the reasons of a decline by the score', () => {
  it('are given to about a fifth of the training data, one to four each', () => {
    expect(declines.length).toBeGreaterThan(60);
    for (const { reasons } of declines) expect([1, 2, 3, 4]).toContain(reasons.length);
  });

  it('name the features that moved the score, and leave out none that moved it more', () => {
    expect(declines.filter(({ moved }) => !moved)).toEqual([]);
  });

  it('suffice: with their features at the reference values the rule no longer fires, or their share is bounded', () => {
    const uncleared = declines.filter(({ cleared }) => !cleared);
    expect(uncleared.length / declines.length).toBeLessThan(0.01);
    for (const { shareOfDistance, shareOfDeficit } of uncleared) {
      expect(shareOfDistance).toBeGreaterThan(0.8);
      expect(shareOfDeficit).toBeGreaterThan(0.6);
    }
  });

  it('never name a feature without effect, or the length of employment', () => {
    const stated = new Set(declines.flatMap(({ reasons }) => reasons));
    for (const code of ['AA17', 'AX22', 'AA07']) expect(stated).not.toContain(code);
  });
});
