import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';

import { FeaturesUnusable, buildFeatures, featureFaults, featureRow } from '../../../domain/features/build.ts';
import { FEATURES } from '../../../domain/features/catalogue.ts';
import { applications, APPLICATION, ATTRIBUTES, files } from '../../support/applicants.ts';
import { EVERY_FEATURE } from '../../support/every-feature.ts';

describe('the features of an applicant', () => {
  it('are the application and the credit file in dollars, counts, percent and ratios', () => {
    expect(buildFeatures(APPLICATION, ATTRIBUTES)).toEqual({
      loan_amount: 16_100,
      term_months: 36,
      annual_income: 35_000,
      delinquencies_2y: 0,
      inquiries_6m: 0,
      revolving_utilisation: 67.4,
      accounts_now_delinquent: 0,
      instalment_active: 1,
      instalment_opened_12m: 0,
      instalment_opened_24m: 0,
      instalment_balance: 1_099,
      all_utilisation: 48,
      finance_inquiries: 0,
      inquiries_12m: 3,
      delinquent_amount: 0,
      instalment_accounts: 3,
      instalment_limit: 13_193,
      loan_to_income: 0.46,
      instalment_balance_to_income: 0.0314,
      instalment_utilisation: 0.083302,
      oldest_account_months: 77,
    });
  });

  it('have exactly the names of the catalogue', () => {
    expect(Object.keys(buildFeatures(APPLICATION, ATTRIBUTES))).toEqual(FEATURES.map(({ name }) => name));
  });

  it('round ratios to 6 decimals, half up', () => {
    const ratio = (part: number, whole: number): unknown =>
      buildFeatures({ ...APPLICATION, requestedAmountCents: part, annualIncomeCents: whole }, ATTRIBUTES)[
        'loan_to_income'
      ];
    expect(ratio(1, 3)).toBe(0.333333);
    expect(ratio(2, 3)).toBe(0.666667);
    expect(ratio(1, 2_000_000)).toBe(0.000001);
    expect(ratio(1, 2_000_001)).toBe(0);
  });

  it('have no utilisation of instalment accounts where there is no limit, and keep unknown unknown', () => {
    const utilisation = (balance: number | null, limit: number | null): unknown =>
      buildFeatures(APPLICATION, { ...ATTRIBUTES, instalmentBalanceCents: balance, instalmentLimitCents: limit })[
        'instalment_utilisation'
      ];
    expect(utilisation(0, 0)).toBe(0);
    expect(utilisation(5_000_00, null)).toBeNull();
    expect(utilisation(null, 5_000_00)).toBeNull();
  });

  it('never depend on attributes that are not features', () => {
    const others = { monthlyObligationsCents: 1, bankruptcies: 3 };
    expect(buildFeatures(APPLICATION, { ...ATTRIBUTES, ...others })).toEqual(buildFeatures(APPLICATION, ATTRIBUTES));
  });
});

describe('faults of features', () => {
  const faultsOf = (...change: Parameters<typeof buildFeatures>) =>
    featureFaults(buildFeatures(...change), EVERY_FEATURE).map(({ feature, fault }) => `${feature} ${fault}`);

  it('are none for an applicant whose every value is believed', () => {
    fc.assert(
      fc.property(applications, files, (application, file) => {
        expect(faultsOf(application, file)).toEqual([]);
      }),
    );
  });

  it('name what is missing, and never take it for zero', () => {
    expect(faultsOf(APPLICATION, { ...ATTRIBUTES, delinquencies2y: null, instalmentBalanceCents: null })).toEqual([
      'delinquencies_2y MISSING',
      'instalment_balance MISSING',
      'instalment_balance_to_income MISSING',
      'instalment_utilisation MISSING',
    ]);
  });

  it.each([
    ['an income of zero', { annualIncomeCents: 0 }],
    ['a negative income', { annualIncomeCents: -1 }],
  ])('refuse %s and the ratios to it', (_, change) => {
    expect(faultsOf({ ...APPLICATION, ...change }, ATTRIBUTES)).toEqual([
      'annual_income OUT_OF_RANGE',
      'loan_to_income MISSING',
      'instalment_balance_to_income MISSING',
    ]);
  });

  it('refuse what is no number', () => {
    expect(
      faultsOf({ ...APPLICATION, termMonths: Number.NaN }, { ...ATTRIBUTES, inquiries6m: Number.POSITIVE_INFINITY }),
    ).toEqual(['term_months NOT_FINITE', 'inquiries_6m NOT_FINITE']);
  });

  it.each(FEATURES.map((feature) => [feature.name, feature] as const))(
    'let %s reach its bounds and go no further',
    (name, { minimum, maximum }) => {
      const vector = buildFeatures(APPLICATION, ATTRIBUTES);
      const faultOf = (value: number): unknown => featureFaults({ ...vector, [name]: value }, EVERY_FEATURE)[0]?.fault;
      expect(faultOf(minimum)).toBeUndefined();
      expect(faultOf(maximum)).toBeUndefined();
      expect(faultOf(minimum - 0.001)).toBe('OUT_OF_RANGE');
      expect(faultOf(maximum + 0.001)).toBe('OUT_OF_RANGE');
      expect(faultOf(Number.NEGATIVE_INFINITY)).toBe('NOT_FINITE');
    },
  );

  it('never say the value, which is personal', () => {
    const [fault] = featureFaults(
      { ...buildFeatures(APPLICATION, ATTRIBUTES), annual_income: 98_765_432 },
      EVERY_FEATURE,
    );
    expect(fault?.message).toMatch(/^annual_income is outside 1 to 10000000 \(usd\)/);
    expect(fault?.message).not.toContain('98765432');
  });
});

describe('a row of features', () => {
  it('is in the order of the catalogue', () => {
    const row = featureRow(buildFeatures(APPLICATION, ATTRIBUTES), EVERY_FEATURE);
    expect(row.slice(0, 5)).toEqual(Float32Array.of(16_100, 36, 35_000, 0, 0));
    expect(row).toHaveLength(FEATURES.length);
  });

  it('is never made of a vector with faults', () => {
    const vector = buildFeatures(APPLICATION, { ...ATTRIBUTES, inquiries6m: null });
    expect(() => featureRow(vector, EVERY_FEATURE)).toThrow(FeaturesUnusable);
    expect(() => featureRow(vector, EVERY_FEATURE)).toThrow('inquiries_6m is missing');
  });
});
