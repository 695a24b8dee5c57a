import { describe, expect, test } from '@jest/globals';

import type { AutoLoanApplication } from '../../../domain/application/submission.ts';
import { applyFull } from '../../../domain/policy/apply.ts';
import type { LoanOffer } from '../../../domain/policy/result.ts';
import { moneyOf, type LoanMoney } from '../../../domain/pricing/proceeds.ts';
import { loansOf, policyInput } from '../../support/policy-inputs.ts';
import { applicationOf, autoApplicationOf, lineApplicationOf } from '../../support/submissions.ts';

const offer: LoanOffer = loansOf(applyFull(policyInput()))[0]!;
const loan = (changes: Partial<LoanOffer>, request?: Partial<AutoLoanApplication['request']>): LoanMoney => {
  const application = request ? autoApplicationOf(request) : applicationOf();
  return moneyOf({ ...offer, ...changes }, application) as LoanMoney;
};
const REFINANCE = { purpose: 'REFINANCE', currentLoan: { payoffCents: 900_000, monthlyPaymentCents: 40_000 } } as const;

describe('The money of an offer', () => {
  test('of a personal loan arrives whole, less the prepaid fee', () => {
    expect(loan({})).toMatchObject({
      amountCents: 1_000_000,
      prepaidFinanceChargeCents: 30_000,
      amountFinancedCents: 970_000,
      paidTo: [{ payee: 'APPLICANT', amountCents: 970_000 }],
      netProceedsCents: 970_000,
      shortfallCents: 0,
    });
  });

  test('of a refinance pays the current lender and the added products first, and the applicant the rest', () => {
    expect(loan({}, { ...REFINANCE, gapCents: 50_000 })).toMatchObject({
      paidTo: [
        { payee: 'APPLICANT', amountCents: 20_000 },
        { payee: 'CURRENT_LENDER', amountCents: 900_000 },
        { payee: 'ADDED_PRODUCTS', amountCents: 50_000 },
      ],
      netProceedsCents: 20_000,
      shortfallCents: 0,
    });
  });

  test('of a refinance states what the applicant must add, where the loan does not cover the payoff', () => {
    const short = loan({ amountFinancedCents: 880_000 }, { ...REFINANCE, serviceContractCents: 10_000 });
    expect(short).toMatchObject({ netProceedsCents: 0, shortfallCents: 30_000 });
    expect(short.paidTo).toContainEqual({ payee: 'CURRENT_LENDER', amountCents: 880_000 });
  });

  test('of a purchase goes to the dealer, and nothing to the applicant', () => {
    expect(loan({}, { negativeEquityCents: 100_000, serviceContractCents: 20_000 })).toMatchObject({
      paidTo: [
        { payee: 'APPLICANT', amountCents: 0 },
        { payee: 'DEALER', amountCents: 850_000 },
        { payee: 'TRADE_IN_LENDER', amountCents: 100_000 },
        { payee: 'ADDED_PRODUCTS', amountCents: 20_000 },
      ],
      netProceedsCents: 0,
    });
  });

  test('adds up: the parts to the amount financed, and that with the finance charge to the payments', () => {
    const requests = [undefined, REFINANCE, { gapCents: 5_000, negativeEquityCents: 7_000 }];
    for (const { amountFinancedCents, paidTo, prepaidFinanceChargeCents, ...money } of requests.map((each) =>
      loan({}, each),
    )) {
      expect(paidTo.reduce((sum, { amountCents }) => sum + amountCents, 0)).toBe(amountFinancedCents);
      expect(amountFinancedCents + prepaidFinanceChargeCents).toBe(money.amountCents);
      expect(amountFinancedCents + money.financeChargeCents).toBe(money.totalOfPaymentsCents);
    }
  });

  test('of a line is the draw, which arrives whole and is repaid with its interest and the subscription', () => {
    const application = lineApplicationOf();
    const [line] = applyFull(policyInput({ application })).offers;
    if (line?.kind !== 'LINE') throw new TypeError('The policy offers no line.');
    expect(moneyOf(line, application)).toEqual({
      kind: 'LINE',
      limitCents: 100_000,
      netProceedsCents: 100_000,
      subscriptionFeeCents: line.subscriptionFeeCents,
      totalCostCents: line.totalCostCents,
      repaidCents: 100_000 + line.totalCostCents,
    });
  });
});
