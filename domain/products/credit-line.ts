import type { PolicyResult as Evaluated } from '@underwright/policy-compiler/module';

import { CREDIT_LINE } from '../application/products.ts';
import type { CreditLineApplication } from '../application/submission.ts';
import { addDays, type LocalDate } from '../calendar.ts';
import type { LendingMode } from '../lender.ts';
import type { Constraint, LineOffer } from '../policy/result.ts';
import { capOf, disclosedApr } from '../pricing/apr.ts';
import { floorToStep, formatPercent } from '../pricing/arithmetic.ts';
import { lineCost } from '../pricing/line-cost.ts';
import { openEndMapr } from '../pricing/military-apr.ts';
import { SUBSCRIPTION_TREATMENT } from '../pricing/participation-fee.ts';
import { RATE_CAP_ROWS } from '../pricing/rate-cap-rows.ts';
import { evaluateRateCaps, type CapEvaluation } from '../pricing/rate-caps.ts';
import { dailyInterestCents } from '../pricing/schedule.ts';
import type { ScoredRange } from '../scoring/candidates.ts';
import { commonFullInputs, commonPreBureauInputs, scoreInputs } from './common-inputs.ts';
import { capContext, expiry, offerId, valuesOf } from './loan-offers.ts';
import {
  OfferOfOtherProduct,
  OfferUnlawful,
  parameter,
  type CreditFile,
  type Lending,
  type PreBureauFile,
  type Product,
  type Values,
} from './product.ts';
import { refusalOf, scoredRanges, UNKNOWN, type Refusal } from './scored-ranges.ts';

const CYCLES_PER_YEAR = 12;
const CYCLE_DAYS = 30;
/** Of the model's terms the shortest it was trained on: a line has none. */
const SCORED_TERM_MONTHS = 36;

/** A line of credit with a flat subscription, each draw repaid in full by the next payday. */
export const creditLine: Product<CreditLineApplication> = {
  terms: CREDIT_LINE,
  cappedAs: () => 'LOC',
  features: (application) => ({
    // Who names no limit may get the largest, so the model is asked about that.
    requestedAmountCents: application.request.limitCents ?? CREDIT_LINE.requestCents[1],
    termMonths: SCORED_TERM_MONTHS,
    annualIncomeCents: application.income?.annualGrossCents ?? 0,
  }),
  preBureauInputs,
  fullInputs: (file, model) => ({ ...preBureauInputs(file), ...commonFullInputs(file, model) }),
  price(file, module, mode) {
    const inputs = creditLine.fullInputs(file, module.model);
    const requested = module.evaluate('full', inputs);
    if (requested.limits.amount === null) return NOTHING;
    const { requestedAmountCents: amountCents } = creditLine.features(file.application);
    const request = { amountCents, termMonths: SCORED_TERM_MONTHS };
    const values = valuesOf(requested);
    let refused: FoundLimit | undefined;
    for (const range of scoredRanges(file.scoring, SCORED_TERM_MONTHS, { request, values })) {
      const own = scoreInputs(file.scoring, range.pdMicros, module.model);
      const evaluated = range.pdMicros === null ? null : module.evaluate('full', { ...inputs, ...own });
      const found = limitIn(range, { file, mode, evaluated, requested, refused });
      const { offer, constraint, reasons } = found;
      // Where the score of a larger limit is missing, no smaller one is known to be the largest.
      if (constraint.boundBy === 'UNKNOWN') return NOTHING;
      if (offer !== null) {
        const asRequested = constraint.boundBy === 'REQUESTED' || file.application.request.limitCents === null;
        return {
          determined: true,
          offers: [offer],
          asRequested: asRequested ? offer : null,
          reasons: asRequested ? [] : reasons,
          constraints: [constraint],
        };
      }
      refused = found;
    }
    if (!refused) return NOTHING;
    return { ...NOTHING, determined: true, reasons: refused.reasons, constraints: [refused.constraint] };
  },
  priceTerms({ application, asOf, lender }, terms, values, mode) {
    const days = values['draw_days'];
    const { offer, refusedBy } = priceLine(
      {
        limitCents: terms.amountCents,
        rate: terms.annualRateBasisPoints,
        days: typeof days === 'number' ? days : CYCLE_DAYS,
        boundBy: 'REVIEWER',
        expiresOn: addDays(asOf, parameter(values, 'offer_days')),
      },
      application,
      values,
      { asOf, lender, mode },
    );
    if (offer) return offer;
    throw new OfferUnlawful(`These terms come to no lawful offer (${refusedBy}): lower the rate, or raise the limit.`);
  },
  // A line has no dates. Its rate, fee and example draw stay, so only the caps of the day can differ.
  reprice(application, given, lending) {
    if (given.kind !== 'LINE') throw new OfferOfOtherProduct(CREDIT_LINE.product, given.kind);
    const { limitCents, annualRateBasisPoints: rate, drawDays: days, boundBy, expiresOn } = given;
    const { offer, refusedBy, caps } = priceLine(
      { limitCents, rate, days, boundBy, expiresOn },
      application,
      { subscription_fee: given.subscriptionFeeCents },
      lending,
    );
    return { offer, refusedBy, rateCaps: caps.evaluated.map(({ capId, result }) => ({ capId, result })) };
  },
};

interface LimitContext {
  readonly file: CreditFile<CreditLineApplication>;
  readonly mode: LendingMode;
  /** The policy at the score of the range; null where it has none. */
  readonly evaluated: Evaluated | null;
  /** The policy at the score of the request. */
  readonly requested: Evaluated;
  /** What refused the next larger limits. */
  readonly refused: FoundLimit | undefined;
}

interface FoundLimit {
  readonly offer: LineOffer | null;
  readonly constraint: Constraint;
  /** Of the limit that bound it. */
  readonly reasons: readonly string[];
}

/** The largest limit of a range that keeps the limits and caps at the range's own score. */
function limitIn(range: ScoredRange, context: LimitContext): FoundLimit {
  const { file, evaluated, requested } = context;
  const refusal = evaluated ? refusalOf(evaluated, requested) : UNKNOWN;
  if (!evaluated || refusal) return noLimit(refusal);
  const values = valuesOf(evaluated);
  const { annual_rate: rate, draw_days: days } = values;
  const { amount, binding, reason } = evaluated.limits;
  if (amount === null || typeof rate !== 'number' || typeof days !== 'number') return noLimit();
  const { limitCents, constraint } = limitOf(evaluated.limits, file.application.request.limitCents, range, values);
  const reasons = reason === null ? [] : [reason];
  if (limitCents < Math.max(range.fromCents, parameter(values, 'smallest_amount'))) {
    return { offer: null, constraint: { ...constraint, boundBy: binding ?? 'NONE' }, reasons };
  }
  const bound = constraint.boundBy === 'SAME_SCORE' ? (context.refused ?? noLimit()) : { constraint, reasons };
  const { boundBy } = bound.constraint;
  const { offer, refusedBy, caps } = priceLine(
    { limitCents, rate, days, boundBy, expiresOn: expiry(file, values) },
    file.application,
    values,
    { asOf: file.asOf, lender: file.lender, mode: context.mode },
  );
  const rateCaps = caps.evaluated.map(({ capId, result }) => ({ capId, result }));
  return {
    offer,
    constraint: { ...constraint, boundBy: refusedBy ?? boundBy, rateCaps },
    reasons: offer ? bound.reasons : [],
  };
}

function noLimit({ by, reason }: Refusal = UNKNOWN): FoundLimit {
  const constraint = { termMonths: null, boundBy: by, candidates: [], rateCaps: [] };
  return { offer: null, constraint, reasons: reason === null ? [] : [reason] };
}

/**
 * The limit that was requested where the policy allows it, else the largest allowed one, and what bound it. `SAME_SCORE`:
 * the largest limit of the range.
 */
function limitOf(
  { amounts, amount, binding }: Evaluated['limits'],
  requestedCents: number | null,
  { toCents }: ScoredRange,
  values: Values,
): { readonly limitCents: number; readonly constraint: Constraint } {
  const step = parameter(values, 'amount_step');
  const allowedCents = Math.max(0, amount ?? 0);
  const reached = requestedCents !== null && requestedCents <= allowedCents;
  const limitCents = reached ? requestedCents : floorToStep(allowedCents, step);
  const top = toCents === requestedCents ? toCents : floorToStep(toCents, step);
  const computed = Object.entries(amounts).map(([limit, cents]) => ({ limit, amountCents: cents ?? 0 }));
  const requested = requestedCents === null ? [] : [{ limit: 'REQUESTED', amountCents: requestedCents }];
  const sameScore = toCents === (requestedCents ?? toCents) ? [] : [{ limit: 'SAME_SCORE', amountCents: top }];
  const boundBy = top < limitCents ? 'SAME_SCORE' : reached ? 'REQUESTED' : (binding ?? 'NONE');
  return {
    limitCents: Math.min(top, limitCents),
    constraint: { termMonths: null, boundBy, candidates: [...requested, ...computed, ...sameScore], rateCaps: [] },
  };
}

const NOTHING = { determined: false, offers: [], asRequested: null, reasons: [], constraints: [] };

function preBureauInputs(file: PreBureauFile<CreditLineApplication>) {
  const { request, deposits } = file.application;
  return {
    ...commonPreBureauInputs(file),
    requested_limit: request.limitCents,
    plan: request.plan,
    average_deposits: deposits?.averageMonthlyNetCents ?? null,
    pay_frequency: deposits?.payFrequency ?? null,
  };
}

interface LinePrice {
  readonly limitCents: number;
  readonly rate: number;
  /** Until the next payday, when a draw is repaid. */
  readonly days: number;
  readonly boundBy: string;
  readonly expiresOn: LocalDate;
}

type PricedLine =
  | { readonly offer: LineOffer; readonly refusedBy: null; readonly caps: CapEvaluation }
  | {
      readonly offer: null;
      readonly refusedBy: 'MAPR_CAP' | 'RATE_CAP' | 'NOT_OFFERED_LEGAL';
      readonly caps: CapEvaluation;
    };

/** Prices a line as drawn whole. Its MAPR is that of a whole cycle, at most 36 %, whoever borrows; its cost is one draw's. */
function priceLine(
  { limitCents, rate, days, boundBy, expiresOn }: LinePrice,
  { request, residence }: CreditLineApplication,
  values: Values,
  { asOf, lender, mode }: Lending,
): PricedLine {
  const subscriptionCents = parameter(values, 'subscription_fee');
  const cycleCents = subscriptionCents + dailyInterestCents(limitCents, rate, CYCLE_DAYS);
  const stated = { kind: 'RATE', annualRateBasisPoints: rate } as const;
  const cycle = {
    kind: 'CYCLE',
    chargesCents: cycleCents,
    balanceCents: limitCents,
    cyclesPerYear: CYCLES_PER_YEAR,
  } as const;
  const caps = evaluateRateCaps(
    RATE_CAP_ROWS,
    {
      jurisdiction: `US-${residence.state}`,
      lenderType: lender.type,
      product: 'LOC',
      amountCents: limitCents,
      termMonths: null,
      measures: { SIMPLE_INTEREST: stated, REGZ_APR: stated, FEE_INCLUSIVE: cycle, MAPR: cycle },
    },
    capContext(mode, asOf),
  );
  const mapr = openEndMapr(cycleCents, limitCents, CYCLES_PER_YEAR);
  if (!mapr.withinCap) return { offer: null, refusedBy: 'MAPR_CAP', caps };
  if (caps.status !== 'PERMITTED') {
    return { offer: null, refusedBy: caps.status === 'EXCEEDED' ? 'RATE_CAP' : 'NOT_OFFERED_LEGAL', caps };
  }
  const cost = lineCost({
    drawCents: limitCents,
    days,
    annualRateBasisPoints: rate,
    subscriptionCents,
  });
  const offer = {
    kind: 'LINE',
    limitCents,
    plan: request.plan,
    subscriptionFeeCents: subscriptionCents,
    feeTreatment: SUBSCRIPTION_TREATMENT,
    annualRateBasisPoints: rate,
    drawDays: days,
    totalCostCents: cost.totalCostCents,
    apr: disclosedApr(capOf(rate)),
    mapr: formatPercent(mapr.millionthsOfPercent),
    allInRate: formatPercent(cost.allInMillionthsOfPercent),
    costInWords: cost.inWords,
    boundBy,
    expiresOn,
  } as const;
  return { offer: { ...offer, offerId: offerId(offer) }, refusedBy: null, caps };
}
