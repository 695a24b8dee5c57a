import type { LocalDate } from '../calendar.ts';
import { annualPercentageRate, disclosedApr, transactionOf } from './apr.ts';
import { floorToStep, InvalidPricingInput, requireInteger, shareHalfUp } from './arithmetic.ts';
import { affordableAmount, type AmountLimit, type AmountRequest } from './capacity.ts';
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

/** The price of one term, for every amount or for a range of amounts. */
export interface TermPrice {
  readonly termMonths: number;
  readonly annualRateBasisPoints: number;
  readonly originationFeeBasisPoints: number;
  /** The most that the applicant's tier may borrow for this term. */
  readonly maximumCents: number;
  /** The amounts, in cents, that have this price because they share one score. Absent: every amount. */
  readonly amounts?: { readonly fromCents: number; readonly toCents: number };
  /** Limits of this price in place of the request's. */
  readonly limits?: Pick<OffersRequest, 'minimumCents' | 'stepCents' | 'policy' | 'collateral'>;
  /** No offer of these amounts: a rule of the policy refuses them, or their score or a value of the policy is missing. */
  readonly refusedBy?: 'RULE' | 'UNKNOWN';
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
  | 'NOT_OFFERED_LEGAL'
  | NonNullable<TermPrice['refusedBy']>;

/** A limit that was computed. `SAME_SCORE`: the largest amount with the score and so the price of the offer. */
interface ComputedLimit {
  readonly limit: AmountLimit | 'SAME_SCORE';
  readonly amountCents: number;
}

export interface TermOffer {
  readonly termMonths: number;
  readonly offer: Offer | null;
  /** What bound the amount. Where it is the largest with its score: what refuses the next larger amount. */
  readonly constraint: OfferConstraint;
  /** The price at which `constraint` binds. */
  readonly boundAt: TermPrice;
  /** Limits at the price of the offer; without an offer, at the price of the smallest amounts. */
  readonly candidates: readonly ComputedLimit[];
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

/**
 * Prices every term of a request under every limit. Where a term has several prices, its offer is the largest amount that
 * keeps the limits at its own price. The order of `terms` and of `rateCaps.rows` does not matter.
 */
export function offersFor(request: OffersRequest): Offers {
  requireInteger('requestedTermMonths', request.requestedTermMonths, 1);
  const byTerm = pricesByTerm(request)
    .map((prices) => largestOffer(request, prices))
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

/** The prices of each term, from the largest amounts down. @throws InvalidPricingInput where two have an amount in common. */
function pricesByTerm({ terms }: OffersRequest): TermPrice[][] {
  const byTerm = Map.groupBy(terms, ({ termMonths }) => termMonths);
  return [...byTerm.values()].map((prices) => {
    const falling = prices.toSorted((a, b) => topOf(b) - topOf(a));
    const overlap = falling.some((price, index) => {
      const below = falling[index + 1];
      return below !== undefined && (price.amounts?.fromCents ?? 0) <= topOf(below);
    });
    if (!overlap) return falling;
    throw new InvalidPricingInput(
      'terms has a term of the same months twice for one amount: give each amount one price.',
    );
  });
}

const topOf = ({ amounts }: TermPrice): number => amounts?.toCents ?? Number.POSITIVE_INFINITY;

/** The offer of the largest amounts that have one, or what refuses the smallest amounts. */
function largestOffer(request: OffersRequest, prices: readonly TermPrice[]): TermOffer {
  let refused: TermOffer | undefined;
  for (const price of prices) {
    const found = offerAt(request, price);
    if (found.offer === null) refused = found;
    else if (found.constraint !== 'SAME_SCORE') return { ...found, constraint: found.constraint };
    else return { ...found, constraint: refused?.constraint ?? 'UNKNOWN', boundAt: refused?.boundAt ?? price };
  }
  if (refused) return refused;
  throw new InvalidPricingInput('terms has a term without a price: leave the term out.');
}

type RefusedOffer = TermOffer & { readonly offer: null };

interface PricedOffer extends Omit<TermOffer, 'constraint'> {
  readonly offer: Offer;
  readonly constraint: OfferConstraint | 'SAME_SCORE';
}

/** The largest amount of one price under every limit. */
function offerAt(request: OffersRequest, price: TermPrice): PricedOffer | RefusedOffer {
  const { termMonths, annualRateBasisPoints, maximumCents, amounts } = price;
  const none = { termMonths, offer: null, boundAt: price, candidates: [], rateCaps: null };
  if (price.refusedBy) return { ...none, constraint: price.refusedBy };
  const factor = annuityFactor(annualRateBasisPoints, termMonths);
  const limits = { ...request, ...price.limits, tierMaximumCents: maximumCents, factor };
  const amount = affordableAmount(limits);
  if (amount.status === 'UNDETERMINED') return { ...none, constraint: 'BUDGET_UNDETERMINED' };
  const { binding, amountCents } = amount;
  const top =
    amounts && amounts.toCents < request.requestedCents ? floorToStep(amounts.toCents, limits.stepCents) : undefined;
  const candidates: ComputedLimit[] = [...amount.candidates];
  if (top !== undefined) candidates.push({ limit: 'SAME_SCORE', amountCents: top });
  const principalCents = Math.min(amountCents, top ?? amountCents);
  const smallest = Math.max(limits.minimumCents, amounts?.fromCents ?? 0);
  if (principalCents < smallest) return { ...none, constraint: binding, candidates };
  const { offer, refusedBy, rateCaps } = underCaps(request, price, principalCents);
  if (!offer) return { ...none, constraint: refusedBy, candidates, rateCaps };
  const constraint = principalCents < amountCents ? 'SAME_SCORE' : binding;
  return { termMonths, offer, constraint, boundAt: price, candidates, rateCaps };
}

/** The caps that a loan is compared with. */
type LoanCaps = Pick<OffersRequest, 'coveredBorrower' | 'rateCaps'>;

type CappedOffer =
  | { readonly offer: Offer; readonly refusedBy: null; readonly rateCaps: CapEvaluation }
  | { readonly offer: null; readonly refusedBy: OfferConstraint; readonly rateCaps: CapEvaluation | null };

/** The loan of one amount, where its payments are level and no cap refuses it. */
function underCaps(request: OffersRequest, price: TermPrice, principalCents: number): CappedOffer {
  const { termMonths, annualRateBasisPoints, originationFeeBasisPoints } = price;
  const terms = {
    disbursementDate: request.disbursementDate,
    annualRateBasisPoints,
    termMonths,
    principalCents,
    originationFeeCents: shareHalfUp(principalCents, originationFeeBasisPoints),
    maprChargesCents: request.maprChargesCents ?? 0,
  };
  return priceUnderCaps(terms, request);
}

/** Prices a loan, where its payments are level and no cap refuses it. */
export function priceUnderCaps(terms: OfferTerms, { coveredBorrower, rateCaps: caps }: LoanCaps): CappedOffer {
  const priced = priceUnlessUneven(terms);
  if (!priced) return { offer: null, refusedBy: 'NOT_AMORTIZING', rateCaps: null };
  const { rows, jurisdiction, lenderType, product, ...context } = caps;
  const { principalCents: amountCents, termMonths } = terms;
  const credit = { jurisdiction, lenderType, product, amountCents, termMonths };
  const rateCaps = evaluateRateCaps(rows, { ...credit, measures: priced.measures }, context);
  const refused = { offer: null, rateCaps };
  if (coveredBorrower && !priced.offer.mapr.withinCap) return { ...refused, refusedBy: 'MAPR_CAP' };
  if (rateCaps.status === 'EXCEEDED') return { ...refused, refusedBy: 'RATE_CAP' };
  if (rateCaps.status === 'NOT_OFFERED_LEGAL') return { ...refused, refusedBy: 'NOT_OFFERED_LEGAL' };
  return { offer: priced.offer, refusedBy: null, rateCaps };
}

function priceUnlessUneven(terms: OfferTerms): Priced | undefined {
  try {
    return priceLoan(terms);
  } catch (error) {
    if (error instanceof NegativeAmortization || error instanceof EarlyPayoff) return undefined;
    throw error;
  }
}
