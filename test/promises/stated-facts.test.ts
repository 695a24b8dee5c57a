import { beforeAll, describe, expect, jest, test } from '@jest/globals';

import type { Scorer } from '../../adapters/ports.ts';
import { newestPolicy } from '../../app/governance/policies.ts';
import { syntheticItems } from '../../cli/policy/synthetic.ts';
import { releasedModel } from '../../cli/released-model.ts';
import { PRODUCT_NAMES } from '../../domain/application/products.ts';
import { buildFeatures } from '../../domain/features/build.ts';
import { namesOf, type ReasonGroup } from '../../domain/features/catalogue.ts';
import { UNRECORDED_LENDER } from '../../domain/lender.ts';
import { productOf } from '../../domain/products/index.ts';
import { REASON_OF_GROUP, type ReasonCode } from '../../domain/reasons/catalogue.ts';
import { applicationOf, type RescoringItem } from '../../domain/rescoring/item.ts';
import { rescore } from '../../domain/rescoring/rescore.ts';
import { scaled } from '../support/scale.ts';

jest.setTimeout(600_000);

type Holds = (item: RescoringItem) => boolean;

const income = ({ application }: RescoringItem): number => application.income?.annualGrossCents ?? Number.NaN;
const attribute =
  (name: 'bankruptcies' | 'accountsNowDelinquent' | 'monthlyObligationsCents') => (item: RescoringItem) =>
    item.report.attributes?.[name] ?? 0;
const vehicle = ({ application }: RescoringItem) =>
  application.product === 'auto-loan' ? application.request.vehicle : undefined;
const amount = ({ application: { request } }: RescoringItem): number | null =>
  'limitCents' in request ? (request.limitCents ?? null) : request.amountCents;

/** What must be true of a file for a policy to state each reason, read from the file alone. */
const FACTS: Partial<Record<ReasonCode, Holds>> = {
  AA08: (item) => (amount(item) ?? 0) > 0,
  AA09: (item) => {
    const housing = item.application.housing?.monthlyPaymentCents ?? 0;
    // The new payment adds to them, so a twentieth of the income can be too much beside it.
    return (housing + attribute('monthlyObligationsCents')(item)) * 12 > 0.05 * income(item);
  },
  AA17: (item) => attribute('accountsNowDelinquent')(item) > 0,
  AA21: (item) => attribute('bankruptcies')(item) > 0,
  AX05: (item) => (amount(item) ?? 0) > 0.7 * (vehicle(item)?.valueCents ?? Number.POSITIVE_INFINITY),
  AX11: (item) => income(item) < 2_000_000,
  AX17: (item) => income(item) < 24_000_000,
  AX27: (item) => (amount(item) ?? 0) > 50_000,
  AX32: (item) => 2026 - (vehicle(item)?.year ?? 2026) >= 5,
  AX33: (item) => (vehicle(item)?.mileage ?? 0) > 150_000,
  AX38: ({ application }) =>
    application.product === 'credit-line' && (application.deposits?.averageMonthlyNetCents ?? 0) < 2_000_000,
};

let model: Scorer;
beforeAll(async () => {
  model = await releasedModel('personal-loan');
});

/** Whether a feature of the reason's fact is worse than its reference value. */
function isWorseThanReference(code: string, item: RescoringItem): boolean {
  const { attributes } = item.report;
  if (!attributes) return false;
  const application = applicationOf(item);
  const features = buildFeatures(productOf(application).features(application), attributes);
  return model.manifest.features.some(({ group, monotone }, column) => {
    const name = namesOf(model.manifest.features)[column]!;
    const reference = model.manifest.reference.rows[0]?.[column] ?? Number.NaN;
    return (
      REASON_OF_GROUP[group as ReasonGroup] === code && ((features[name] ?? Number.NaN) - reference) * monotone > 0
    );
  });
}

describe('No automatic decision states a reason that the file does not support', () => {
  test.each(PRODUCT_NAMES)('about a %s', async (product) => {
    const items = [...syntheticItems(product, scaled(3_000, 120), 23)];
    const lines = await rescore(items, {
      mode: 'sandbox',
      lender: UNRECORDED_LENDER,
      model: () => model,
      champion: newestPolicy,
      candidate: () => undefined,
    });
    let stated = 0;
    for (const [at, line] of lines.entries()) {
      const item = items[at];
      if (!item || !('champion' in line)) throw new Error('The file was not decided.');
      const { outcome, reasons } = line.champion;
      expect(reasons.length > 0).toBe(outcome === 'DECLINE' || outcome === 'COUNTEROFFER');
      for (const code of reasons) {
        stated += 1;
        const supported = isWorseThanReference(code, item) || FACTS[code as ReasonCode]?.(item) === true;
        expect([item.id, code, supported]).toEqual([item.id, code, true]);
      }
    }
    expect(stated).toBeGreaterThan(100);
  });
});
