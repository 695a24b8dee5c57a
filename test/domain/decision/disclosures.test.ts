import { beforeAll, describe, expect, test } from '@jest/globals';

import type { Scorer } from '../../../adapters/ports.ts';
import { syntheticItems } from '../../../cli/policy/synthetic.ts';
import { releasedModel } from '../../../cli/released-model.ts';
import { MAX_KEY_FACTORS, type Disclosing } from '../../../domain/decision/disclosures.ts';
import { decide, type DecisionInputs } from '../../../domain/decision/record.ts';
import { featureRow } from '../../../domain/features/build.ts';
import { MAX_SCORE, MIN_SCORE, type GroupContribution, toMicros } from '../../../domain/scoring/score.ts';
import { decisionInputs } from '../../support/decision-inputs.ts';
import { scoredItem } from '../../support/own-scores.ts';
import { scoringOf } from '../../support/policy-inputs.ts';
import { scaled } from '../../support/scale.ts';

let scorer: Scorer;
beforeAll(async () => {
  scorer = await releasedModel('personal-loan');
});

const contribution = (group: GroupContribution['group'], fromBestMicros: number): GroupContribution => ({
  group,
  contributionMicros: 0,
  deficitMicros: 0,
  fromBestMicros,
});
const disclosing = (changes: Partial<Disclosing> = {}): Disclosing => ({
  scoring: scoringOf(10_000, [contribution('ALL_UTILISATION', 5_000)]),
  // Still the day before in Chicago.
  scoredAt: '2026-01-31T04:30:00.000Z',
  scoreDisclosure: 'BOTH',
  ...changes,
});
const disclosed = (changes: Partial<DecisionInputs> = {}, how: Partial<Disclosing> = {}) => {
  const { disclosures } = decide(decisionInputs({ disclosing: disclosing(how), ...changes }));
  if (!disclosures) throw new TypeError('The record has no disclosures.');
  return disclosures;
};
const keyFactors = (contributions: readonly GroupContribution[]): string[] =>
  (disclosed({}, { scoring: scoringOf(10_000, contributions) }).scores[0]?.keyFactors ?? []).map(({ fact }) => fact);

describe('The score that a decision used', () => {
  test("is disclosed with its provider, range and the lender's local date", () => {
    expect(disclosed().scores).toEqual([
      {
        provider: 'LENDER',
        own: true,
        model: 'personal-loan-default 1.1.0',
        score: 600,
        range: { lowest: 300, highest: 850 },
        direction: 'HIGHER_IS_BETTER',
        createdOn: '2026-01-30',
        keyFactors: [
          {
            code: 'AX20',
            text: 'Proportion of balances to credit limits over all accounts',
            fact: 'ALL_UTILISATION',
            fromBestMicros: 5_000,
          },
        ],
        distribution: null,
      },
    ]);
  });

  test('is no credit score where the lender counts those of bureaus alone', () => {
    expect(disclosed({}, { scoreDisclosure: 'BUREAU' }).scores).toEqual([]);
    expect(disclosed({}, { scoreDisclosure: 'OWN' }).scores).toHaveLength(1);
  });

  test('is not disclosed without its evidence, or without the time at which it was made', () => {
    expect(disclosed({}, { scoring: null }).scores).toEqual([]);
    expect(disclosed({}, { scoredAt: null }).scores).toEqual([]);
    expect(disclosed({}, { scoring: { ...scoringOf(1), result: null } }).scores).toEqual([]);
  });

  test('is absent, as all disclosures are, from a record that was made without them', () => {
    expect(decide(decisionInputs())).not.toHaveProperty('disclosures');
  });
});

describe('The key factors of a score', () => {
  const five = (['TERM', 'ANNUAL_INCOME', 'LOAN_AMOUNT', 'CREDIT_HELD', 'OPENED_ACCOUNTS'] as const).map(
    (group, index) => contribution(group, 9_000 - 1_000 * index),
  );

  test('are at most four, most important first', () => {
    expect(keyFactors(five.toReversed())).toEqual(['TERM', 'ANNUAL_INCOME', 'LOAN_AMOUNT', 'CREDIT_HELD']);
  });

  test('have the number of inquiries as a fifth, where it lowered the score and is not among the four', () => {
    expect(keyFactors([...five, contribution('RECENT_INQUIRIES', 2_000)]).at(-1)).toBe('RECENT_INQUIRIES');
    expect(keyFactors([...five, contribution('RECENT_INQUIRIES', 99)])).toHaveLength(MAX_KEY_FACTORS);
    const among = keyFactors([
      ...five,
      contribution('RECENT_INQUIRIES', 8_500),
      contribution('FINANCE_INQUIRIES', 200),
    ]);
    expect(among).toEqual(['TERM', 'RECENT_INQUIRIES', 'ANNUAL_INCOME', 'LOAN_AMOUNT']);
  });

  test('leave out what did not lower the score', () => {
    expect(keyFactors([contribution('TERM', 0), contribution('ANNUAL_INCOME', 100)])).toEqual([]);
  });

  test('name what lowered a real score: there are some, and the best value of each raises the score by its measure', async () => {
    const columns = scorer.manifest.features;
    for (const item of syntheticItems('personal-loan', scaled(2_000, 40), 31)) {
      const { scoring } = await scoredItem(scorer, item);
      const [score] = disclosed({}, { scoring }).scores;
      expect(score!.keyFactors.length).toBeGreaterThan(0);
      for (const { group, fromBestMicros } of scoring.result!.contributions) {
        expect({ group, lowered: fromBestMicros! >= 0 }).toEqual({ group, lowered: true });
      }
      const own = featureRow(scoring.features, columns);
      for (const { fact, fromBestMicros } of score!.keyFactors) {
        const row = Float32Array.from(own, (value, column) => {
          const feature = columns[column]!;
          return feature.group === fact ? (feature.monotone === 1 ? feature.minimum : feature.maximum) : value;
        });
        const [margin, best] = await scorer.margins(new Float32Array([...own, ...row]), 0);
        expect(toMicros(margin! - best!)).toBe(fromBestMicros);
      }
    }
  });
});

describe('The notice on credit scores', () => {
  test('is form H-4 for an approval with a score, and H-5 without one', () => {
    expect(disclosed().priceNotice).toEqual({ form: 'H-4', exemption: null });
    expect(disclosed({}, { scoreDisclosure: 'BUREAU' }).priceNotice).toEqual({ form: 'H-5', exemption: null });
  });

  test('is not due without a report, or where nothing is offered', () => {
    expect(disclosed({ reports: [] }).priceNotice).toBeNull();
    const policy = { ...decisionInputs().policy!, outcome: 'DECLINE' as const, offers: [], reasons: ['AX21'] };
    expect(disclosed({ policy }).priceNotice).toBeNull();
  });

  test('is exempt for a counteroffer, whose notice has the part on adverse action', () => {
    const policy = { ...decisionInputs().policy!, outcome: 'COUNTEROFFER' as const, reasons: ['AX21'] };
    expect(disclosed({ policy }).priceNotice).toEqual({ form: null, exemption: 'ADVERSE_ACTION_NOTICE' });
  });

  test("has the distribution of the package's training sample: bars without a gap that hold all people", async () => {
    const { scoreBands: bandShares } = scorer.manifest;
    if (!bandShares) throw new TypeError('The package has no distribution.');
    const { distribution } = disclosed({}, { scoring: { ...scoringOf(10_000), bandShares } }).scores[0]!;
    const { bars, people, population, lowerShareMicros } = distribution!;
    expect({ population, people }).toEqual({ population: 'TRAINING_SAMPLE', people: scorer.manifest.training.rows });
    expect([bars[0]?.from, bars.at(-1)?.to]).toEqual([MIN_SCORE, MAX_SCORE]);
    for (const [index, { from }] of bars.entries()) if (index > 0) expect(from).toBe(bars[index - 1]!.to + 1);
    const all = bars.reduce((sum, { shareMicros }) => sum + shareMicros, 0);
    expect(Math.abs(all - 1e6)).toBeLessThanOrEqual(bars.length);
    // A score of 600 is in the fifth bar, 600 to 606.
    expect(lowerShareMicros).toBe(bars.slice(0, 4).reduce((sum, { shareMicros }) => sum + shareMicros, 0));
  });
});

describe('What would help', () => {
  const wouldHelp = [[{ fact: 'PAST_DUE' as const, unit: 'COUNT' as const, from: 1, to: 0 }]];
  const declined = {
    ...decisionInputs().policy!,
    outcome: 'DECLINE' as const,
    offers: [],
    reasons: ['AA17'],
    wouldHelp,
  };

  test('is disclosed as the policy computed it', () => {
    expect(disclosed({ policy: declined }).whatWouldHelp).toEqual(wouldHelp);
  });

  test('is left out where a person decided', () => {
    const review = {
      schemaVersion: 1,
      round: 0,
      action: 'DECLINE',
      by: 'r.vega',
      reasons: ['AA17'],
      clears: [],
      note: 'The account is past due.',
    } as unknown as DecisionInputs['reviews'][number];
    expect(disclosed({ policy: declined, reviews: [review] }).whatWouldHelp).toEqual([]);
  });
});
