import { beforeAll, describe, expect, test } from '@jest/globals';

import type { Scorer } from '../../../adapters/ports.ts';
import { syntheticItems } from '../../../cli/policy/synthetic.ts';
import { releasedModel } from '../../../cli/released-model.ts';
import { PRODUCT_NAMES } from '../../../domain/application/products.ts';
import type { CreditAttributes } from '../../../domain/bureau/report.ts';
import { changedFile, possibleChanges } from '../../../domain/features/changes.ts';
import { applyFull } from '../../../domain/policy/apply.ts';
import type { PolicyResult, WouldHelp } from '../../../domain/policy/result.ts';
import { KILL_SWITCH, referredBy } from '../../../domain/policy/switched.ts';
import { withHelp } from '../../../domain/policy/would-help.ts';
import { callOf, changedItself, decided, scoredItem, type ScoredFile } from '../../support/own-scores.ts';
import { policyInput, reportOf, scoringOf } from '../../support/policy-inputs.ts';
import { scaled } from '../../support/scale.ts';

let scorer: Scorer;
beforeAll(async () => {
  scorer = await releasedModel('personal-loan');
});

type Change = WouldHelp[number][number];

/** The file of an applicant who made the changes and applies again, scored by the model itself. */
function withChanges(file: ScoredFile, changes: readonly Change[]): Promise<ScoredFile> {
  const own = file.report.attributes!;
  let attributes: CreditAttributes = own;
  let request = {};
  for (const { fact, to } of changes) {
    if (fact === 'AMOUNT') {
      request = file.application.product === 'credit-line' ? { limitCents: to } : { amountCents: to };
    } else if (fact === 'TERM') {
      request = { termMonths: to };
    } else {
      attributes = changedFile(attributes, fact, to);
    }
  }
  return changedItself(scorer, file, { attributes, request });
}

const BETTER: Partial<Record<PolicyResult['outcome'], readonly string[]>> = {
  DECLINE: ['APPROVE', 'COUNTEROFFER'],
  COUNTEROFFER: ['APPROVE'],
};

describe.each(PRODUCT_NAMES)('what would help an applicant for a %s', (product) => {
  test('lowers or keeps the probability of default and brings the better outcome, by the model itself', async () => {
    let alternatives = 0;
    for (const item of syntheticItems(product, scaled(2_000, 40), 23)) {
      const file = await scoredItem(scorer, item);
      const before = decided(file);
      for (const changes of withHelp(callOf(file), before).wouldHelp ?? []) {
        alternatives += 1;
        const after = await withChanges(file, changes);
        expect(after.scoring.result!.pdMicros).toBeLessThanOrEqual(file.scoring.result!.pdMicros);
        expect(BETTER[before.outcome]).toContain(decided(after).outcome);
        for (const { from, to } of changes) expect(to).toBeLessThan(from);
      }
    }
    expect(alternatives).toBeGreaterThan(5);
  });

  test('goes no further than it must', async () => {
    for (const item of syntheticItems(product, scaled(2_000, 20), 29)) {
      const file = await scoredItem(scorer, item);
      const before = decided(file);
      for (const [change, ...more] of withHelp(callOf(file), before).wouldHelp ?? []) {
        if (!change || more.length > 0 || change.fact === 'AMOUNT' || change.fact === 'TERM') continue;
        const targets = possibleChanges(file.report.attributes!).find(({ fact }) => fact === change.fact)!.targets;
        const nearer = targets[targets.indexOf(change.to) - 1];
        if (nearer === undefined) continue;
        const after = decided(await withChanges(file, [{ ...change, to: nearer }]));
        expect(BETTER[before.outcome]).not.toContain(after.outcome);
      }
    }
  });
});

describe('What would help', () => {
  test('names the accounts past due where one rule alone declines for them', () => {
    const call = policyInput({ report: reportOf({ accountsNowDelinquent: 1, delinquentAmountCents: 5_000 }) });
    const changes = [{ fact: 'PAST_DUE' as const, from: 1, targets: [{ to: 0, byMicros: 0 }] }];
    const scoring = scoringOf(10_000);
    const file = { ...call, scoring: { ...scoring, result: { ...scoring.result!, changes } } };
    const result = applyFull(file);
    expect(result.outcome).toBe('DECLINE');
    expect(withHelp(file, result).wouldHelp).toEqual([[{ fact: 'PAST_DUE', unit: 'COUNT', from: 1, to: 0 }]]);
  });

  test('is left out where no change of the applicant turns the outcome', () => {
    const file = policyInput({ report: reportOf({ bankruptcies: 1 }) });
    expect(withHelp(file, applyFull(file)).wouldHelp).toEqual([]);
  });

  test('is left out of approvals, and of what a person decides', () => {
    const approved = policyInput();
    expect(withHelp(approved, applyFull(approved))).not.toHaveProperty('wouldHelp');
    const declined = policyInput({ report: reportOf({ bankruptcies: 1 }) });
    const referred = referredBy(KILL_SWITCH, applyFull(declined));
    expect(withHelp(declined, referred)).toBe(referred);
  });

  test('has no change of a fact that the file does not report, or that is at its best', () => {
    const none = Object.fromEntries(Object.keys(reportOf().attributes!).map((name) => [name, null]));
    expect(possibleChanges(none as unknown as CreditAttributes)).toEqual([]);
    const best = Object.fromEntries(Object.keys(none).map((name) => [name, 0]));
    expect(possibleChanges(best as unknown as CreditAttributes)).toEqual([]);
  });

  test('keeps two counts of one fact consistent: six months never has more inquiries than twelve', () => {
    const file = { ...reportOf().attributes!, inquiries6m: 3, inquiries12m: 8 };
    for (const { fact, targets } of possibleChanges(file)) {
      for (const to of targets) {
        const changed = changedFile(file, fact, to);
        expect(changed.inquiries6m!).toBeLessThanOrEqual(changed.inquiries12m!);
      }
    }
  });
});
