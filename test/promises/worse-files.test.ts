import { beforeAll, describe, expect, jest, test } from '@jest/globals';

import { newestPolicy } from '../../app/governance/policies.ts';
import { syntheticItems } from '../../cli/policy/synthetic.ts';
import { releasedModel } from '../../cli/released-model.ts';
import { PRODUCT_NAMES } from '../../domain/application/products.ts';
import type { CreditAttributes } from '../../domain/bureau/report.ts';
import { UNRECORDED_LENDER } from '../../domain/lender.ts';
import type { RescoringItem } from '../../domain/rescoring/item.ts';
import { rescore, type Rescored, type Rescoring } from '../../domain/rescoring/rescore.ts';
import { scaled } from '../support/scale.ts';

jest.setTimeout(600_000);

/** From the best outcome to the worst. Each file here has a report, so no hold applies. */
const OUTCOMES = ['APPROVE', 'COUNTEROFFER', 'REFER', 'DECLINE'];

type Worse = (attributes: CreditAttributes) => Partial<CreditAttributes>;
const more =
  (name: keyof CreditAttributes, by: number): Worse =>
  (attributes) => ({ [name]: (attributes[name] ?? 0) + by });
const less =
  (name: keyof CreditAttributes, by: number): Worse =>
  (attributes) => ({ [name]: Math.max(0, (attributes[name] ?? 0) - by) });

/** Each makes one fact of a report worse. */
const WORSE: readonly (readonly [string, Worse])[] = [
  ['a bankruptcy', more('bankruptcies', 1)],
  ['an account delinquent now', more('accountsNowDelinquent', 1)],
  ['an amount past due', more('delinquentAmountCents', 3_000_000)],
  ['past delinquencies', more('delinquencies2y', 6)],
  ['inquiries in 6 months', more('inquiries6m', 2)],
  ['inquiries in 12 months', more('inquiries12m', 4)],
  ['personal finance inquiries', more('financeInquiries', 3)],
  ['new accounts in 12 months', more('instalmentOpened12m', 2)],
  ['new accounts in 24 months', more('instalmentOpened24m', 3)],
  ['fuller revolving limits', more('revolvingUtilisationPercent', 25)],
  ['fuller limits', more('allUtilisationPercent', 25)],
  ['a larger installment balance', more('instalmentBalanceCents', 2_000_000)],
  ['larger monthly obligations', more('monthlyObligationsCents', 30_000)],
  ['fewer installment accounts held', less('instalmentAccounts', 4)],
  ['a younger file', less('oldestAccountMonths', 90)],
];

let rescoring: Rescoring;
beforeAll(async () => {
  const model = await releasedModel('personal-loan');
  rescoring = {
    mode: 'sandbox',
    lender: UNRECORDED_LENDER,
    model: () => model,
    champion: newestPolicy,
    candidate: () => undefined,
  };
});

const rankOf = (line: Rescored | undefined): number => {
  if (!line || !('champion' in line)) throw new Error('The file was not decided.');
  return OUTCOMES.indexOf(line.champion.outcome);
};

describe('A worse file never gets a better outcome', () => {
  test.each(PRODUCT_NAMES)('for a %s, through the model and the policy', async (product) => {
    const items = [...syntheticItems(product, scaled(800, 60), 17)];
    const before = await rescore(items, rescoring);
    const changed: string[] = [];
    for (const [what, worse] of WORSE) {
      const worsened = items.map((item): RescoringItem => {
        const { attributes } = item.report;
        if (!attributes) throw new Error('Each item has a report.');
        return { ...item, report: { ...item.report, attributes: { ...attributes, ...worse(attributes) } } };
      });
      const after = await rescore(worsened, rescoring);
      for (const [at, line] of after.entries()) {
        if (rankOf(line) !== rankOf(before[at])) changed.push(what);
        if (rankOf(line) < rankOf(before[at])) throw new Error(`${items[at]?.id} is better off with ${what}.`);
      }
    }
    // Many kinds change some outcome, so the property is not empty.
    expect(new Set(changed).size).toBeGreaterThan(6);
  });
});
