import type { Application } from '../application/submission.ts';
import type { LineOffer, LoanOffer, Offer } from '../policy/result.ts';

/** The receivers of a loan's money. The lender keeps the prepaid finance charge, which has no receiver. */
export const PAYEES = ['APPLICANT', 'DEALER', 'CURRENT_LENDER', 'TRADE_IN_LENDER', 'ADDED_PRODUCTS'] as const;
type Payee = (typeof PAYEES)[number];

/** The money of a loan, cents (12 CFR 1026.18(b), (c), (d), (h), from memory). */
export interface LoanMoney {
  readonly kind: 'LOAN';
  /** The note. */
  readonly amountCents: number;
  /** The origination fee, taken off the note. */
  readonly prepaidFinanceChargeCents: number;
  readonly amountFinancedCents: number;
  readonly financeChargeCents: number;
  readonly totalOfPaymentsCents: number;
  /** The itemization of the amount financed: the parts add up to it. The applicant's own part is first. */
  readonly paidTo: readonly { readonly payee: Payee; readonly amountCents: number }[];
  /** The money that arrives: the applicant's own part of the amount financed. */
  readonly netProceedsCents: number;
  /** What the applicant adds, because the amount financed does not cover the payoff and the added products. */
  readonly shortfallCents: number;
}

/** The money of a line, cents, for one draw of the whole limit. */
interface LineMoney {
  readonly kind: 'LINE';
  readonly limitCents: number;
  /** The money that arrives: a draw has no charge taken off it. */
  readonly netProceedsCents: number;
  /** Of a month, whether or not anything is drawn. */
  readonly subscriptionFeeCents: number;
  /** Interest and subscription of the example draw. */
  readonly totalCostCents: number;
  readonly repaidCents: number;
}

export type OfferMoney = LoanMoney | LineMoney;

/** Derives from an offer and its application what arrives, what is paid to others and what the credit costs. */
export function moneyOf(offer: Offer, application: Application): OfferMoney {
  return offer.kind === 'LINE' ? lineMoney(offer) : loanMoney(offer, application);
}

function lineMoney({ limitCents, subscriptionFeeCents, totalCostCents }: LineOffer): LineMoney {
  return {
    kind: 'LINE',
    limitCents,
    netProceedsCents: limitCents,
    subscriptionFeeCents,
    totalCostCents,
    repaidCents: limitCents + totalCostCents,
  };
}

function loanMoney(offer: LoanOffer, application: Application): LoanMoney {
  const { amountCents, originationFeeCents, amountFinancedCents, financeChargeCents, totalOfPaymentsCents } = offer;
  const { fixed, rest } = payeesOf(application);
  let left = amountFinancedCents;
  const paid = fixed.map(({ payee, amountCents: due }) => {
    const part = Math.min(due, left);
    left -= part;
    return { payee, amountCents: part };
  });
  const due = fixed.reduce((sum, each) => sum + each.amountCents, 0);
  const others = [{ payee: rest, amountCents: left }, ...paid].filter((part) => part.payee !== 'APPLICANT');
  const netProceedsCents = rest === 'APPLICANT' ? left : 0;
  return {
    kind: 'LOAN',
    amountCents,
    prepaidFinanceChargeCents: originationFeeCents,
    amountFinancedCents,
    financeChargeCents,
    totalOfPaymentsCents,
    paidTo: [{ payee: 'APPLICANT', amountCents: netProceedsCents }, ...others.filter((part) => part.amountCents > 0)],
    netProceedsCents,
    shortfallCents: Math.max(0, due - amountFinancedCents),
  };
}

/** The payees with a fixed amount, in the order in which they are paid, and the payee of the rest. */
function payeesOf(application: Application): {
  readonly fixed: readonly { readonly payee: Payee; readonly amountCents: number }[];
  readonly rest: Payee;
} {
  if (application.product !== 'auto-loan') return { fixed: [], rest: 'APPLICANT' };
  const { purpose, currentLoan, negativeEquityCents, gapCents, serviceContractCents } = application.request;
  const added = { payee: 'ADDED_PRODUCTS', amountCents: gapCents + serviceContractCents } as const;
  if (purpose === 'PURCHASE') {
    return { fixed: [{ payee: 'TRADE_IN_LENDER', amountCents: negativeEquityCents }, added], rest: 'DEALER' };
  }
  return { fixed: [{ payee: 'CURRENT_LENDER', amountCents: currentLoan?.payoffCents ?? 0 }, added], rest: 'APPLICANT' };
}
