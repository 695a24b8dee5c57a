import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';

import { FEATURES } from '../../../domain/features/catalogue.ts';
import { REASON_OF_GROUP, REASONS } from '../../../domain/reasons/catalogue.ts';
import { principalReasons, rankDeficits } from '../../../domain/reasons/principal-reasons.ts';
import { reasonGroups, type GroupContribution } from '../../../domain/scoring/score.ts';

const groups = reasonGroups({ features: FEATURES });
const contributionsOf = (deficits: readonly number[]): GroupContribution[] =>
  groups.map((group, index) => ({ group, contributionMicros: 0, deficitMicros: deficits[index] ?? 0 }));
const deficitLists = fc.array(fc.integer({ min: -500_000, max: 500_000 }), {
  minLength: groups.length,
  maxLength: groups.length,
});

describe('principal reasons', () => {
  it('are the factors furthest behind the reference, equal ones by code, without padding', () => {
    const reference = { B_UTIL: -100_000, C_INQ: -50_000, A_AGE_TL: 200_000, D_DTI: 50_000, E_DELQ: 100_000 };
    const applicant = { B_UTIL: 600_000, C_INQ: 100_000, A_AGE_TL: 900_000, D_DTI: 40_000, E_DELQ: 100_000 };
    const deficits = (Object.keys(reference) as (keyof typeof reference)[]).map((code) => ({
      code,
      deficitMicros: applicant[code] - reference[code],
    }));
    expect(rankDeficits(deficits)).toEqual([
      { code: 'A_AGE_TL', deficitMicros: 700_000 },
      { code: 'B_UTIL', deficitMicros: 700_000 },
      { code: 'C_INQ', deficitMicros: 150_000 },
    ]);
  });

  it('are told with their code and text', () => {
    const contributions: GroupContribution[] = [
      { group: 'TERM', contributionMicros: 90_000, deficitMicros: 40_000 },
      { group: 'RECENT_INQUIRIES', contributionMicros: 300_000, deficitMicros: 380_000 },
    ];
    expect(principalReasons(contributions)).toEqual([
      { code: 'AA22', text: 'Number of recent inquiries on credit bureau report', deficitMicros: 380_000 },
      { code: 'AX14', text: 'Length of the repayment term requested', deficitMicros: 40_000 },
    ]);
  });

  it('are none when nothing counts against the applicant by more than the tolerance', () => {
    expect(principalReasons(contributionsOf([100, 0, -700_000]))).toEqual([]);
    expect(principalReasons(contributionsOf([101, 0, -700_000]))).toHaveLength(1);
  });

  it('are at most four, adverse, sorted, and leave out no factor worse than one they name', () => {
    fc.assert(
      fc.property(deficitLists, (deficits) => {
        const reasons = principalReasons(contributionsOf(deficits));
        const named = reasons.map((reason) => reason.deficitMicros);
        const adverse = deficits.filter((deficit) => deficit > 100).sort((a, b) => b - a);
        expect(named).toEqual(adverse.slice(0, 4));
      }),
    );
  });

  it('do not depend on the order of the contributions', () => {
    fc.assert(
      fc.property(deficitLists.map(contributionsOf), (contributions) => {
        expect(principalReasons(contributions.toReversed())).toEqual(principalReasons(contributions));
      }),
    );
  });

  it('name a factor no later when it gets worse', () => {
    fc.assert(
      fc.property(
        deficitLists,
        fc.nat(groups.length - 1),
        fc.integer({ min: 1, max: 500_000 }),
        (deficits, index, by) => {
          const code = REASON_OF_GROUP[groups[index] ?? 'TERM'];
          const rank = (list: readonly number[]): number => {
            const found = principalReasons(contributionsOf(list)).findIndex((reason) => reason.code === code);
            return found < 0 ? 4 : found;
          };
          expect(rank(deficits.with(index, (deficits[index] ?? 0) + by))).toBeLessThanOrEqual(rank(deficits));
        },
      ),
    );
  });
});

describe('the catalogue of reasons', () => {
  it('has the list of form C-1 and our own, numbered without a gap', () => {
    const numbered = (prefix: string, last: number): string[] =>
      Array.from({ length: last }, (_, index) => `${prefix}${String(index + 1).padStart(2, '0')}`);
    expect(Object.keys(REASONS)).toEqual([...numbered('AA', 24), ...numbered('AX', 39)]);
  });

  it.each(Object.entries(REASONS))('%s is specific: "%s" blames no score, policy or model', (_, text) => {
    expect(text).not.toMatch(/score too low|qualifying score|internal standard|polic(y|ies)|\bmodels?\b/i);
    expect(text.trim()).toBe(text);
    expect(text).not.toBe('');
  });

  it('has one reason for every group of features, and no reason for two groups', () => {
    expect(Object.keys(REASON_OF_GROUP).sort()).toEqual(groups);
    expect(new Set(Object.values(REASON_OF_GROUP)).size).toBe(groups.length);
  });
});
