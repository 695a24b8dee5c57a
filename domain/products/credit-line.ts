import type { PolicyResult as Evaluated } from '@underwright/policy-compiler/module';

import { CREDIT_LINE } from '../application/products.ts';
import type { CreditLineApplication } from '../application/submission.ts';
import { addDays, type LocalDate } from '../calendar.ts';
import type { Constraint, LineOffer } from '../policy/result.ts';
import { capOf, disclosedApr } from '../pricing/apr.ts';
import { floorToStep, formatPercent } from '../pricing/arithmetic.ts';
import { lineCost } from '../pricing/line-cost.ts';
import { openEndMapr } from '../pricing/military-apr.ts';
import { SUBSCRIPTION_TREATMENT } from '../pricing/participation-fee.ts';
import { RATE_CAP_ROWS } from '../pricing/rate-cap-rows.ts';
import { evaluateRateCaps, type CapEvaluation } from '../pricing/rate-caps.ts';
import { dailyInterestCents } from '../pricing/schedule.ts';
import { commonFullInputs, commonPreBureauInputs, employmentYears } from './common-inputs.ts';
import { capContext, expiry, offerId, valuesOf } from './loan-offers.ts';
import { OfferUnlawful, parameter, type Lending, type PreBureauFile, type Product, type Values } from './product.ts';

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
    employmentYears: employmentYears(application),
  }),
  preBureauInputs,
  fullInputs: (file) => ({ ...preBureauInputs(file), ...commonFullInputs(file) }),
  price(file, module, mode) {
    const evaluated = module.evaluate('full', creditLine.fullInputs(file));
    const { amount, reason } = evaluated.limits;
    const values = valuesOf(evaluated);
    const rate = values['annual_rate'];
    const days = values['draw_days'];
    if (amount === null || typeof rate !== 'number' || typeof days !== 'number') return NOTHING;
    const { limitCents: requested } = file.application.request;
    const { limitCents, constraint } = limitOf(evaluated.limits, amount, requested, values);
    const { boundBy } = constraint;
    const reasons = requested === null || boundBy === 'REQUESTED' || reason === null ? [] : [reason];
    if (limitCents < parameter(values, 'smallest_amount')) {
      return { ...NOTHING, determined: true, reasons: reason === null ? [] : [reason], constraints: [constraint] };
    }
    const priced = priceLine(
      { limitCents, rate, days, boundBy, expiresOn: expiry(file, values) },
      file.application,
      values,
      { asOf: file.asOf, lender: file.lender, mode },
    );
    const rateCaps = priced.caps.evaluated.map(({ capId, result }) => ({ capId, result }));
    const constraints = [{ ...constraint, boundBy: priced.offer ? boundBy : priced.refusedBy, rateCaps }];
    if (!priced.offer) return { ...NOTHING, determined: true, constraints };
    const { offer } = priced;
    const asRequested = reasons.length === 0 ? offer : null;
    return { determined: true, offers: [offer], asRequested, reasons, constraints };
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
};

/** The limit that is asked for where the policy allows it, else the largest allowed one, and what bound it. */
function limitOf(
  { amounts, binding }: Evaluated['limits'],
  allowedCents: number,
  requestedCents: number | null,
  values: Values,
): { readonly limitCents: number; readonly constraint: Constraint } {
  const reached = requestedCents !== null && requestedCents <= allowedCents;
  const candidates = Object.entries(amounts).map(([limit, cents]) => ({ limit, amountCents: cents ?? 0 }));
  const requested = requestedCents === null ? [] : [{ limit: 'REQUESTED', amountCents: requestedCents }];
  return {
    limitCents: reached ? requestedCents : floorToStep(Math.max(0, allowedCents), parameter(values, 'amount_step')),
    constraint: {
      termMonths: null,
      boundBy: reached ? 'REQUESTED' : (binding ?? 'NONE'),
      candidates: [...requested, ...candidates],
      rateCaps: [],
    },
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
