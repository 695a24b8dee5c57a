import type { LocalDate } from '../calendar.ts';
import { annualPercentageRate, disclosedApr, transactionOf } from './apr.ts';
import { InvalidPricingInput, requireInteger, shareHalfUp } from './arithmetic.ts';
import { affordableAmount, type AmountLimit, type AmountRequest, type CandidateAmount } from './capacity.ts';
import { amountFinancedCents, financeChargeCents } from './finance-charge.ts';
import { closedEndMapr, type Mapr } from './military-apr.ts';
import {
  type CapContext,
  type CapEvaluation,
  type CappedCredit,
  evaluateRateCaps,
  type RateBasis,
  type RateCap,
} from './rate-caps.ts';
import {
  annuityFactor,
  dueDates,
  EarlyPayoff,
  levelPayments,
  type LoanTerms,
  NegativeAmortization,
  paymentsOf,
} from './schedule.ts';
import { type Timing, timingOf } from './unit-periods.ts';

export interface OfferTerms extends LoanTerms {
  readonly disbursementDate: LocalDate;
  /** Taken off the principal at disbursement: a prepaid finance charge. */
  readonly originationFeeCents: number;
  /** Charges taken off the principal that count only towards the MAPR, such as voluntary credit insurance. */
  readonly maprChargesCents?: number;
}

/** A priced loan, with everything a disclosure and the decision record need. */
export interface Offer {
  readonly principalCents: number;
  readonly annualRateBasisPoints: number;
  readonly termMonths: number;
  readonly originationFeeCents: number;
  readonly paymentCents: number;
  readonly finalPaymentCents: number;
  readonly totalOfPaymentsCents: number;
  readonly amountFinancedCents: number;
  readonly financeChargeCents: number;
  /** Nearest millionth of a percent. */
  readonly aprMillionthsOfPercent: number;
  /** Percent, two decimals: `21.97`. */
  readonly disclosedApr: string;
  readonly mapr: Mapr;
}

/** The timing of a loan depends on its day and term alone, and an offer is priced for every term of a day. */
const timings = new Map<string, Timing>();
const MAX_TIMINGS = 1_000;

function monthlyTiming(disbursementDate: LocalDate, termMonths: number): Timing {
  const key = `${disbursementDate} ${termMonths}`;
  const earlier = timings.get(key);
  if (earlier) return earlier;
  const timing = timingOf([disbursementDate], dueDates(disbursementDate, termMonths));
  if (timings.size === MAX_TIMINGS) timings.clear();
  timings.set(key, timing);
  return timing;
}

interface Priced {
  readonly offer: Offer;
  readonly measures: CappedCredit['measures'];
}

/**
 * Prices one loan: schedule, amount financed, finance charge, APR and MAPR (12 CFR 1026.18, 1026.22; 32 CFR 232.4(c)).
 * @throws NegativeAmortization, EarlyPayoff when the payments cannot be level; InvalidPricingInput for impossible terms.
 */
export function priceLoan(terms: OfferTerms): Priced {
  const { principalCents, annualRateBasisPoints, termMonths, originationFeeCents, disbursementDate } = terms;
  const { maprChargesCents = 0 } = terms;
  const payments = levelPayments(terms);
  const paymentsCents = paymentsOf(payments, termMonths);
  const timing = monthlyTiming(disbursementDate, termMonths);
  const financed = amountFinancedCents(principalCents, originationFeeCents);
  const transaction = transactionOf(timing, [financed], paymentsCents);
  const wider =
    maprChargesCents === 0
      ? transaction
      : transactionOf(timing, [amountFinancedCents(financed, maprChargesCents)], paymentsCents);
  const aprMillionthsOfPercent = annualPercentageRate(transaction);
  const measures = {
    SIMPLE_INTEREST: { kind: 'RATE', annualRateBasisPoints },
    REGZ_APR: { kind: 'TRANSACTION', transaction },
    FEE_INCLUSIVE: { kind: 'TRANSACTION', transaction },
    MAPR: { kind: 'TRANSACTION', transaction: wider },
  } as const satisfies Record<RateBasis, unknown>;
  const offer = {
    principalCents,
    annualRateBasisPoints,
    termMonths,
    originationFeeCents,
    paymentCents: payments.paymentCents,
    finalPaymentCents: payments.finalPaymentCents,
    totalOfPaymentsCents: payments.totalOfPaymentsCents,
    amountFinancedCents: financed,
    financeChargeCents: financeChargeCents(payments.totalOfPaymentsCents, financed),
    aprMillionthsOfPercent,
    disclosedApr: disclosedApr(aprMillionthsOfPercent),
    mapr: closedEndMapr(wider),
  };
  return { offer, measures };
}

/** The price of one term. */
export interface TermPrice {
  readonly termMonths: number;
  readonly annualRateBasisPoints: number;
  readonly originationFeeBasisPoints: number;
  /** The most that the applicant's tier may borrow for this term. */
  readonly maximumCents: number;
}

export interface OffersRequest extends Omit<AmountRequest, 'factor' | 'tierMaximumCents'> {
  readonly disbursementDate: LocalDate;
  readonly requestedTermMonths: number;
  readonly terms: readonly TermPrice[];
  /** A covered borrower under the Military Lending Act: no offer above a MAPR of 36 %. */
  readonly coveredBorrower: boolean;
  readonly maprChargesCents?: number;
  readonly rateCaps: CapContext &
    Pick<CappedCredit, 'jurisdiction' | 'lenderType' | 'product'> & { readonly rows: readonly RateCap[] };
}

/**
 * What bound an offer's amount, or why there is none: `REQUESTED` when nothing did. `NOT_OFFERED_LEGAL`: no cap could be
 * established. `NOT_AMORTIZING`: the amount is too small for level payments over the term.
 */
export type OfferConstraint =
  | AmountLimit
  | 'BUDGET_UNDETERMINED'
  | 'NOT_AMORTIZING'
  | 'MAPR_CAP'
  | 'RATE_CAP'
  | 'NOT_OFFERED_LEGAL';

export interface TermOffer {
  readonly termMonths: number;
  readonly offer: Offer | null;
  readonly constraint: OfferConstraint;
  readonly candidates: readonly CandidateAmount[];
  /** Null where no loan could be priced. */
  readonly rateCaps: CapEvaluation | null;
}

export interface Offers {
  /** `UNDETERMINED`: income or an obligation is not known, so no term has an answer. */
  readonly status: 'AS_REQUESTED' | 'COUNTEROFFER' | 'NONE' | 'UNDETERMINED';
  /** Nearest to the request first: by amount, then by term, then the lower APR; terms without an offer last. */
  readonly byTerm: readonly TermOffer[];
  /** The nearest offer when the request cannot be met. */
  readonly counteroffer: Offer | null;
}

/** Prices every term of a request under every limit. The order of `terms` and of `rateCaps.rows` does not matter. */
export function offersFor(request: OffersRequest): Offers {
  requireInteger('requestedTermMonths', request.requestedTermMonths, 1);
  const terms = new Set(request.terms.map(({ termMonths }) => termMonths));
  if (terms.size !== request.terms.length) {
    throw new InvalidPricingInput('terms has a term of the same months twice: give each term one price.');
  }
  const byTerm = request.terms
    .map((term) => offerFor(request, term))
    .toSorted((a, b) => compare(distance(request, a), distance(request, b)));
  const nearest = byTerm[0]?.offer ?? null;
  if (nearest === null) {
    const undetermined = byTerm.some(({ constraint }) => constraint === 'BUDGET_UNDETERMINED');
    return { status: undetermined ? 'UNDETERMINED' : 'NONE', byTerm, counteroffer: null };
  }
  const asRequested =
    nearest.principalCents === request.requestedCents && nearest.termMonths === request.requestedTermMonths;
  return asRequested
    ? { status: 'AS_REQUESTED', byTerm, counteroffer: null }
    : { status: 'COUNTEROFFER', byTerm, counteroffer: nearest };
}

function distance({ requestedCents, requestedTermMonths }: OffersRequest, { offer, termMonths }: TermOffer): number[] {
  return [
    offer ? 0 : 1,
    offer ? requestedCents - offer.principalCents : 0,
    Math.abs(requestedTermMonths - termMonths),
    offer?.aprMillionthsOfPercent ?? 0,
    termMonths,
  ];
}

function compare(a: readonly number[], b: readonly number[]): number {
  return a.map((value, index) => value - (b[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
}

function offerFor(request: OffersRequest, term: TermPrice): TermOffer {
  const { termMonths, annualRateBasisPoints, originationFeeBasisPoints, maximumCents } = term;
  const factor = annuityFactor(annualRateBasisPoints, termMonths);
  const amount = affordableAmount({ ...request, tierMaximumCents: maximumCents, factor });
  const none = { termMonths, offer: null, rateCaps: null };
  if (amount.status === 'UNDETERMINED') return { ...none, constraint: 'BUDGET_UNDETERMINED', candidates: [] };
  const { binding, candidates, amountCents: principalCents } = amount;
  if (amount.status === 'BELOW_MINIMUM') return { ...none, constraint: binding, candidates };
  const originationFeeCents = shareHalfUp(principalCents, originationFeeBasisPoints);
  const priced = priceUnlessUneven({
    disbursementDate: request.disbursementDate,
    principalCents,
    annualRateBasisPoints,
    termMonths,
    originationFeeCents,
    maprChargesCents: request.maprChargesCents ?? 0,
  });
  if (!priced) return { ...none, constraint: 'NOT_AMORTIZING', candidates };
  const { rows, jurisdiction, lenderType, product, ...context } = request.rateCaps;
  const credit = { jurisdiction, lenderType, product, amountCents: principalCents, termMonths };
  const rateCaps = evaluateRateCaps(rows, { ...credit, measures: priced.measures }, context);
  const refused = { termMonths, offer: null, candidates, rateCaps };
  if (request.coveredBorrower && !priced.offer.mapr.withinCap) return { ...refused, constraint: 'MAPR_CAP' };
  if (rateCaps.status === 'EXCEEDED') return { ...refused, constraint: 'RATE_CAP' };
  if (rateCaps.status === 'NOT_OFFERED_LEGAL') return { ...refused, constraint: 'NOT_OFFERED_LEGAL' };
  return { termMonths, offer: priced.offer, constraint: binding, candidates, rateCaps };
}

function priceUnlessUneven(terms: OfferTerms): Priced | undefined {
  try {
    return priceLoan(terms);
  } catch (error) {
    if (error instanceof NegativeAmortization || error instanceof EarlyPayoff) return undefined;
    throw error;
  }
}
