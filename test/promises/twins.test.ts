import { beforeAll, describe, expect, jest, test } from '@jest/globals';

import { CREDIT_FILES } from '../../adapters/bureaus/simulator/credit-file.ts';
import { newestPolicy } from '../../app/governance/policies.ts';
import { syntheticItems } from '../../cli/policy/synthetic.ts';
import { releasedModel } from '../../cli/released-model.ts';
import { PRODUCT_NAMES } from '../../domain/application/products.ts';
import { UNRECORDED_LENDER } from '../../domain/lender.ts';
import type { RescoringItem } from '../../domain/rescoring/item.ts';
import { rescore, type Rescored, type Rescoring } from '../../domain/rescoring/rescore.ts';
import { scaled } from '../support/scale.ts';

jest.setTimeout(600_000);

/** 12 CFR 1002.6(b)(2) and (5): age, retirement, disability and public assistance. */
const TWINS = [
  { status: 'EMPLOYED', yearsInJob: 10 },
  { status: 'EMPLOYED', yearsInJob: 0 },
  { status: 'EMPLOYED', yearsInJob: null },
  { status: 'RETIRED', yearsInJob: null },
  // Income from public assistance, or from disability insurance.
  { status: 'NOT_EMPLOYED', yearsInJob: null },
] as const;

/** At full size most rows of the simulated bureau are drawn: 1 - (1 - 1/400)^800 = 86 %. */
const FILES = scaled(2 * CREDIT_FILES, 60);

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

const decided = async (items: readonly RescoringItem[], employment: (typeof TWINS)[number]): Promise<Rescored[]> =>
  rescore(
    items.map((item) => ({ ...item, application: { ...item.application, employment } })),
    rescoring,
  );

describe('Applicants who differ only in their employment', () => {
  test.each(PRODUCT_NAMES)('for a %s have one score, outcome, offer and list of reasons', async (product) => {
    const items = [...syntheticItems(product, FILES, 11)];
    const [first, ...others] = await Promise.all(TWINS.map((employment) => decided(items, employment)));
    const outcomes = new Set(first?.map((line) => ('champion' in line ? line.champion.outcome : 'FAILED')));
    expect([...outcomes]).toEqual(expect.arrayContaining(['APPROVE', 'COUNTEROFFER', 'DECLINE']));
    expect(outcomes).not.toContain('FAILED');
    for (const twin of others) expect(twin).toEqual(first);
  });

  test('are never declined for the length of their employment', async () => {
    const items = [...syntheticItems('personal-loan', FILES, 12)];
    for (const employment of TWINS) {
      for (const line of await decided(items, employment)) {
        expect('champion' in line ? line.champion.reasons : ['FAILED']).not.toContain('AA07');
      }
    }
  });
});
