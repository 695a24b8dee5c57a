import type { Inputs, PolicyModule, PolicyResult as Evaluated } from '@underwright/policy-compiler/module';

import { addDays, type LocalDate } from '../calendar.ts';
import { digestOf } from '../ledger/canonical-json.ts';
import type { LendingMode } from '../lender.ts';
import type { Constraint, LoanOffer, Offer } from '../policy/result.ts';
import { formatPercent } from '../pricing/arithmetic.ts';
import type { AffordabilityPolicy, AmountRequest, Budget } from '../pricing/capacity.ts';
import {
  offersFor,
  priceUnderCaps,
  type Offer as PricedLoan,
  type OfferConstraint,
  type TermOffer,
  type TermPrice,
} from '../pricing/offers.ts';
import { RATE_CAP_ROWS, RATE_INDICES } from '../pricing/rate-cap-rows.ts';
import type { CapContext, CappedProduct } from '../pricing/rate-caps.ts';
import type { ReasonCode } from '../reasons/catalogue.ts';
import type { ScoredRange } from '../scoring/candidates.ts';
import { reportAgeDays, scoreInputs } from './common-inputs.ts';
import {
  OfferOfOtherProduct,
  OfferUnlawful,
  parameter,
  type CreditFile,
  type Lending,
  type Priced,
  type Repriced,
  type ReviewerTerms,
  type Values,
} from './product.ts';
import { refusalOf, scoredRanges } from './scored-ranges.ts';

/** What a loan's product says of its request. */
export interface LoanRequest {
  readonly amountCents: number;
  readonly termMonths: number;
  readonly termsMonths: readonly number[];
  readonly state: string;
  readonly cappedAs: CappedProduct;
  /** Whether it is held to the cap of the Military Lending Act. */
  readonly coveredCredit: boolean;
  /** Charges within the amount that count only towards the MAPR. */
  readonly maprChargesCents: number;
  readonly collateralCents?: number;
  /** The reasons why the policy has no rate at a term, where the product's policy limits terms by another fact. */
  readonly termBoundBy?: readonly ReasonCode[];
}

/** Why an amount is smaller than asked for, as the applicant is told. Income is stated here and not yet verified. */
const REASON_OF: Readonly<Record<OfferConstraint, string | null>> = {
  REQUESTED: null,
  TIER_MAXIMUM: 'from(model)',
  LTV: 'AX05',
  PTI: 'AA08',
  DTI: 'AA09',
  NOT_AMORTIZING: 'AX16',
  BUDGET_UNDETERMINED: null,
  // No adverse action: the law refuses the price, not the lender the applicant (12 CFR 1002.2(c)(2)(iv)).
  MAPR_CAP: null,
  RATE_CAP: null,
  NOT_OFFERED_LEGAL: null,
  // The rule's own reason.
  RULE: null,
  UNKNOWN: null,
};

export function capContext(mode: LendingMode, asOf: LocalDate): CapContext {
  return mode === 'production'
    ? { mode: 'PRODUCTION', asOf, indices: {} }
    : { mode: 'DEMONSTRATION', asOf, indices: RATE_INDICES };
}

/**
 * Prices every candidate of a loan: the policy is evaluated at each term and each probability of default, and gives the
 * rate, the largest amount and the other limits. Without a score at every candidate, only the request can be approved.
 */
export function loanOffers(
  file: CreditFile,
  request: LoanRequest,
  inputs: Inputs,
  { module, mode }: { readonly module: PolicyModule; readonly mode: LendingMode },
): Priced {
  const requested = module.evaluate('full', inputs);
  const values = valuesOf(requested);
  const { annual_income: annualIncome, housing_payment: housing } = inputs;
  const { obligations } = values;
  if (typeof annualIncome !== 'number' || typeof housing !== 'number' || typeof obligations !== 'number')
    return NOTHING;
  if (typeof values['largest_amount'] !== 'number') return NOTHING;
  const evaluate: CandidateContext['evaluate'] = (term, pdMicros) =>
    module.evaluate('full', { ...inputs, term, ...scoreInputs(file.scoring, pdMicros, module.model) });
  const candidates = request.termsMonths.flatMap((termMonths) =>
    scoredRanges(file.scoring, termMonths, { request, values }).map((range) =>
      candidateAt(range, { termMonths, request, requested, evaluate }),
    ),
  );
  const budget: Budget = { annualIncomeCents: annualIncome, housingCents: housing, obligationsCents: obligations };
  const priced = candidates.filter((candidate) => candidate !== null);
  const found = offersFor({
    ...terms(request, { asOf: file.asOf, lender: file.lender, mode }),
    ...limitsOf(request, values),
    budget,
    requestedCents: request.amountCents,
    requestedTermMonths: request.termMonths,
    terms: priced.map(({ price }) => price),
  });
  if (found.status === 'UNDETERMINED') return NOTHING;
  const expiresOn = expiry(file, values);
  const offers = found.byTerm.flatMap(({ offer, constraint }) =>
    offer ? [loanOffer(offer, constraint, expiresOn)] : [],
  );
  const reasonsAt = ({ constraint, boundAt }: TermOffer): string[] => {
    const bound = priced.find(({ price }) => price === boundAt);
    return bound ? reasonsOf(constraint, request.amountCents, bound) : [];
  };
  const atTerm = found.byTerm.find(({ termMonths }) => termMonths === request.termMonths);
  const nearest = found.byTerm.find(({ offer }) => offer !== null);
  const asRequested = found.status === 'AS_REQUESTED' ? (offers[0] ?? null) : null;
  return {
    determined: asRequested !== null || candidates.every((candidate) => candidate?.price.refusedBy !== 'UNKNOWN'),
    offers,
    asRequested,
    // No price at the term: the policy does not lend over it on such security, whatever the score.
    // The nearest offer may have another term, whose own limit is a reason too.
    reasons: [
      ...new Set([
        ...(atTerm ? reasonsAt(atTerm) : (request.termBoundBy ?? [])),
        ...(nearest ? reasonsAt(nearest) : []),
      ]),
    ],
    constraints: found.byTerm.map(constraintOf),
  };
}

const NOTHING: Priced = { determined: false, offers: [], asRequested: null, reasons: [], constraints: [] };

/** The price of a range of amounts, and the policy's values from which it comes. */
interface PricedCandidate {
  readonly price: TermPrice;
  readonly values: Values;
  /** The reason of the rule that refuses the range. */
  readonly ruleReason: string | null;
}

interface CandidateContext {
  readonly termMonths: number;
  readonly request: LoanRequest;
  readonly requested: Evaluated;
  readonly evaluate: (term: number, pdMicros: number) => Evaluated;
}

/** @returns null for a term at which the policy has no rate. */
function candidateAt(
  { pdMicros, ...amounts }: ScoredRange,
  { termMonths, request, requested, evaluate }: CandidateContext,
): PricedCandidate | null {
  const range = { termMonths, amounts };
  const refused = (refusedBy: NonNullable<TermPrice['refusedBy']>, ruleReason: string | null): PricedCandidate => ({
    price: { ...range, annualRateBasisPoints: 0, originationFeeBasisPoints: 0, maximumCents: 0, refusedBy },
    values: {},
    ruleReason,
  });
  if (pdMicros === null) return refused('UNKNOWN', null);
  const evaluated = evaluate(termMonths, pdMicros);
  const refusal = refusalOf(evaluated, requested);
  if (refusal) return refused(refusal.by, refusal.reason);
  const values = valuesOf(evaluated);
  const { annual_rate: annualRateBasisPoints, largest_amount: maximumCents } = values;
  if (typeof annualRateBasisPoints !== 'number') return null;
  if (typeof maximumCents !== 'number') return refused('UNKNOWN', null);
  const originationFeeBasisPoints = parameter(values, 'origination_fee');
  const limits = limitsOf(request, values);
  return {
    price: { ...range, annualRateBasisPoints, originationFeeBasisPoints, maximumCents, limits },
    values,
    ruleReason: null,
  };
}

/** A tier's largest amount is the model's doing; what is above the product's largest is not. */
function reasonsOf(
  constraint: OfferConstraint,
  requestedCents: number,
  { values, ruleReason }: PricedCandidate,
): string[] {
  const reason = constraint === 'RULE' ? ruleReason : REASON_OF[constraint];
  if (reason === null) return [];
  if (constraint !== 'TIER_MAXIMUM') return [reason];
  const largest = parameter(values, 'product_maximum');
  if (requestedCents <= largest) return [reason];
  return values['largest_amount'] === largest ? ['AX27'] : ['AX27', reason];
}

export function valuesOf({ derived, tables }: Evaluated): Values {
  return { ...derived, ...tables };
}

function limitsOf(request: LoanRequest, values: Values): NonNullable<TermPrice['limits']> {
  const ltvCap = values['ltv_cap'];
  const collateral: AmountRequest['collateral'] =
    request.collateralCents === undefined || typeof ltvCap !== 'number'
      ? undefined
      : { valueCents: request.collateralCents, ltvCapBasisPoints: ltvCap };
  const policy: AffordabilityPolicy = {
    ptiCapBasisPoints: parameter(values, 'pti_cap'),
    dtiCapBasisPoints: parameter(values, 'dti_cap'),
  };
  return {
    minimumCents: parameter(values, 'smallest_amount'),
    stepCents: parameter(values, 'amount_step'),
    policy,
    ...(collateral && { collateral }),
  };
}

function terms(request: LoanRequest, { asOf, lender, mode }: Lending) {
  return {
    disbursementDate: asOf,
    coveredBorrower: request.coveredCredit,
    maprChargesCents: request.maprChargesCents,
    rateCaps: {
      ...capContext(mode, asOf),
      rows: RATE_CAP_ROWS,
      jurisdiction: `US-${request.state}`,
      lenderType: lender.type,
      product: request.cappedAs,
    },
  } as const;
}

function constraintOf({ termMonths, constraint, candidates, rateCaps }: TermOffer): Constraint {
  return {
    termMonths,
    boundBy: constraint,
    candidates: candidates.map(({ limit, amountCents }) => ({ limit, amountCents })),
    rateCaps: (rateCaps?.evaluated ?? []).map(({ capId, result }) => ({ capId, result })),
  };
}

/** The earlier of the offer's own days and the report's: a decision may not rest on an old report. */
export function expiry(file: Pick<CreditFile, 'asOf' | 'lender' | 'report'>, values: Values): LocalDate {
  const fresh = parameter(values, 'report_days') - (reportAgeDays(file) ?? 0);
  return addDays(file.asOf, Math.min(parameter(values, 'offer_days'), Math.max(0, fresh)));
}

function loanOffer(priced: PricedLoan, boundBy: string, expiresOn: LocalDate): LoanOffer {
  const offer = {
    kind: 'LOAN',
    amountCents: priced.principalCents,
    termMonths: priced.termMonths,
    annualRateBasisPoints: priced.annualRateBasisPoints,
    originationFeeCents: priced.originationFeeCents,
    amountFinancedCents: priced.amountFinancedCents,
    paymentCents: priced.paymentCents,
    finalPaymentCents: priced.finalPaymentCents,
    financeChargeCents: priced.financeChargeCents,
    totalOfPaymentsCents: priced.totalOfPaymentsCents,
    apr: priced.disclosedApr,
    mapr: formatPercent(priced.mapr.millionthsOfPercent),
    boundBy,
    expiresOn,
  } as const;
  return { ...offer, offerId: offerId(offer) };
}

/** The same terms have the same id. */
export function offerId(offer: object): string {
  return digestOf(offer).slice(0, 16);
}

/** The offer that a reviewer's terms come to: every limit is the reviewer's, every cap the law's. @throws OfferUnlawful */
export function reviewedLoan(
  request: LoanRequest,
  { amountCents, termMonths, annualRateBasisPoints }: ReviewerTerms,
  values: Values,
  lending: Lending,
): LoanOffer {
  const months = termMonths ?? request.termMonths;
  const { byTerm } = offersFor({
    ...terms(request, lending),
    minimumCents: 1,
    stepCents: 1,
    budget: { annualIncomeCents: null, housingCents: 0, obligationsCents: null },
    policy: {},
    requestedCents: amountCents,
    requestedTermMonths: months,
    terms: [
      {
        termMonths: months,
        annualRateBasisPoints,
        originationFeeBasisPoints: parameter(values, 'origination_fee'),
        maximumCents: amountCents,
      },
    ],
  });
  const [found] = byTerm;
  if (found?.offer) return loanOffer(found.offer, 'REVIEWER', addDays(lending.asOf, parameter(values, 'offer_days')));
  throw new OfferUnlawful(
    `These terms come to no lawful offer (${found?.constraint ?? 'none'}): lower the rate, or change the amount or the term.`,
  );
}

/** Prices a loan's offer as disbursed on another day. @throws OfferOfOtherProduct for a line. */
export function repricedLoan(request: LoanRequest, offer: Offer, lending: Lending): Repriced {
  if (offer.kind !== 'LOAN') throw new OfferOfOtherProduct('loan', offer.kind);
  const { amountCents: principalCents, termMonths, annualRateBasisPoints, originationFeeCents } = offer;
  const { disbursementDate, maprChargesCents, ...caps } = terms(request, lending);
  const priced = priceUnderCaps(
    { principalCents, termMonths, annualRateBasisPoints, originationFeeCents, disbursementDate, maprChargesCents },
    caps,
  );
  const rateCaps = (priced.rateCaps?.evaluated ?? []).map(({ capId, result }) => ({ capId, result }));
  if (!priced.offer) return { offer: null, refusedBy: priced.refusedBy, rateCaps };
  return { offer: loanOffer(priced.offer, offer.boundBy, offer.expiresOn), refusedBy: null, rateCaps };
}
