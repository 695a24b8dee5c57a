import * as fc from 'fast-check';

import type { CreditAttributes } from '../../domain/bureau/report.ts';
import type { FeatureApplication } from '../../domain/features/build.ts';

export const APPLICATION: FeatureApplication = {
  requestedAmountCents: 16_100_00,
  termMonths: 36,
  annualIncomeCents: 35_000_00,
};

export const ATTRIBUTES: CreditAttributes = {
  delinquencies2y: 0,
  inquiries6m: 0,
  revolvingUtilisationPercent: 67.4,
  accountsNowDelinquent: 0,
  instalmentActive: 1,
  instalmentOpened12m: 0,
  instalmentOpened24m: 0,
  instalmentBalanceCents: 1_099_00,
  allUtilisationPercent: 48,
  financeInquiries: 0,
  inquiries12m: 3,
  delinquentAmountCents: 0,
  instalmentAccounts: 3,
  instalmentLimitCents: 13_193_00,
  monthlyObligationsCents: null,
  oldestAccountMonths: 77,
  bankruptcies: null,
};

const cents = (minimum: number, maximum: number): fc.Arbitrary<number> =>
  fc.integer({ min: minimum * 100, max: maximum * 100 });
const count = (maximum: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: maximum });
const percent = (maximum: number): fc.Arbitrary<number> => fc.double({ min: 0, max: maximum, noNaN: true });

/** Applications whose features are all believed. */
export const applications: fc.Arbitrary<FeatureApplication> = fc.record({
  requestedAmountCents: cents(500, 100_000),
  termMonths: fc.integer({ min: 6, max: 84 }),
  annualIncomeCents: cents(5_000, 500_000),
});

/** Credit files whose features are all believed. */
export const files: fc.Arbitrary<CreditAttributes> = fc.record({
  delinquencies2y: count(20),
  inquiries6m: count(20),
  revolvingUtilisationPercent: percent(150),
  accountsNowDelinquent: count(10),
  instalmentActive: count(40),
  instalmentOpened12m: count(20),
  instalmentOpened24m: count(30),
  instalmentBalanceCents: cents(0, 500_000),
  allUtilisationPercent: percent(200),
  financeInquiries: count(20),
  inquiries12m: count(40),
  delinquentAmountCents: cents(0, 50_000),
  instalmentAccounts: count(80),
  instalmentLimitCents: cents(10_000, 600_000),
  monthlyObligationsCents: fc.constant(null),
  oldestAccountMonths: count(600),
  bankruptcies: fc.constant(null),
});
