import type { LocalDate } from '../application/local-date.ts';
import { PERSONAL_LOAN } from '../application/products.ts';
import type { Application } from '../application/submission.ts';
import type { CreditReport } from '../bureau/report.ts';
import { affordableAmount, type AmountLimit, type Budget } from '../pricing/capacity.ts';
import { addMonths } from '../pricing/calendar.ts';
import { priceOffer } from '../pricing/offers.ts';
import { regularFactor } from '../pricing/schedule.ts';
import { principalReasons } from '../reasons/principal-reasons.ts';
import type { ReasonCode } from '../reasons/catalogue.ts';
import type { Scoring } from '../scoring/scoring.ts';
import type { Screening } from '../screening/screen.ts';
import { evaluateRules, strictest, type Offer, type PolicyResult, type Rule } from './result.ts';

/**
 * The first personal-loan policy: a short true rule set. All amounts in cents, rates in basis points, probabilities of
 * default in parts per million.
 */
export const POLICY = { id: 'personal-loan', version: '1.0.0' } as const;

/**
 * Where the lender lends: states whose law, as the lender's counsel reads it, takes an APR of up to 36 %.
 * IL: 815 ILCS 123, 36 % computed like the MAPR. The others [from memory] are configuration for the sandbox only.
 */
const STATES_SERVED: readonly string[] = ['IL', 'CA', 'FL', 'MO', 'OH', 'UT', 'WI', 'GA', 'AZ', 'WA'];

const MINIMUM_ANNUAL_INCOME = 1_800_000;
/** From this probability on the model declines. The model's reference applicants stand just below it: a test holds that. */
export const CUTOFF_PD_PPM = 70_996;
/** From here to the cut-off a person decides. */
const REVIEW_FROM_PD_PPM = 67_000;
const MAXIMUM_ACCOUNTS_NOW_DELINQUENT = 1;
/** Housing and obligations, with the proposed payment, to gross income; and the payment alone. */
const DTI_CAP_BASIS_POINTS = 4_300;
const PTI_CAP_BASIS_POINTS = 1_200;
const ORIGINATION_FEE_BASIS_POINTS = 300;
const AMOUNT_STEP = 10_000;
const LARGEST_AMOUNT = 4_000_000;
/** 36 % with every charge counted: 32 CFR 232.4(b), and the cap of the states served. In millionths of a percent. */
const APR_CAP = 36_000_000;

/** Rates and amounts by probability of default: a price never falls and an amount never grows as risk rises. */
const BANDS = [
  { belowPdPpm: 20_000, rateBasisPoints: 899, largestAmount: LARGEST_AMOUNT },
  { belowPdPpm: 30_000, rateBasisPoints: 1_199, largestAmount: 3_500_000 },
  { belowPdPpm: 40_000, rateBasisPoints: 1_499, largestAmount: 3_000_000 },
  { belowPdPpm: 50_000, rateBasisPoints: 1_899, largestAmount: 2_000_000 },
  { belowPdPpm: 60_000, rateBasisPoints: 2_299, largestAmount: 1_500_000 },
  { belowPdPpm: 1_000_001, rateBasisPoints: 2_699, largestAmount: 1_000_000 },
] as const;
const LONG_TERM_SURCHARGE_BASIS_POINTS = 100;

/** The rules whose reasons are the model's: with a reason of any other rule the policy itself refuses. */
export const MODEL_RULES: readonly string[] = ['PREDICTED_DEFAULT_TOO_LIKELY', 'PREDICTED_DEFAULT_NEAR_CUTOFF'];

/** Why an amount is smaller than asked for, as the applicant is told. Income is stated here and not yet verified. */
const REASON_OF_LIMIT: Record<Exclude<AmountLimit, 'REQUESTED' | 'TIER_MAXIMUM'>, ReasonCode> = {
  LTV: 'AX05',
  PTI: 'AA08',
  DTI: 'AA09',
  RESIDUAL_INCOME: 'AA09',
};

interface PreBureauInput {
  readonly application: Application;
  readonly screening: Screening;
}

const POSSIBLE_LIST_MATCH: Rule<{ readonly screening: Screening }> = {
  id: 'POSSIBLE_LIST_MATCH',
  action: 'HOLD',
  reasons: () => ['AX01'],
  fires: ({ screening }) => screening.status === 'HOLD',
};

const PRE_BUREAU_RULES: readonly Rule<PreBureauInput>[] = [
  POSSIBLE_LIST_MATCH,
  {
    id: 'STATE_NOT_SERVED',
    action: 'NOT_OFFERED',
    reasons: () => [],
    fires: ({ application }) => !STATES_SERVED.includes(application.residence.state),
  },
  {
    id: 'UNDER_LEGAL_AGE',
    action: 'DECLINE',
    reasons: () => ['AX12'],
    fires: ({ screening }) => !screening.ofLegalAge,
  },
  {
    id: 'INCOME_BELOW_MINIMUM',
    action: 'DECLINE',
    reasons: () => ['AX11'],
    fires: ({ application }) => below(application.income?.annualGrossCents, MINIMUM_ANNUAL_INCOME),
  },
  {
    id: 'OTHER_APPLICATION_OPEN',
    action: 'REFER',
    reasons: () => ['AX10'],
    fires: ({ screening }) => screening.otherOpenApplications > 0,
  },
];

export interface FullInput {
  readonly application: Application;
  readonly screening: Screening;
  /** Of the bureau pull; `AMBIGUOUS` when nobody can tell whether it was answered. */
  readonly status: CreditReport['status'] | 'AMBIGUOUS';
  readonly report: CreditReport | null;
  readonly scoring: Scoring | null;
  readonly cleared: ReadonlySet<string>;
  /** The creditor's local date on which the policy is applied. */
  readonly asOf: LocalDate;
}

/** A hold for what a report says: integrity goes before every other outcome. */
function hold(id: string, reason: ReasonCode, fires: (input: FullInput) => boolean): Rule<FullInput> {
  return { id, action: 'HOLD', reasons: () => [reason], fires };
}
const alerted = (alert: string) => (input: FullInput) => input.report?.alerts.some((each) => each === alert) ?? false;

const FULL_RULES: readonly Rule<FullInput>[] = [
  POSSIBLE_LIST_MATCH,
  hold('PULL_AMBIGUOUS', 'AA04', ({ status }) => status === 'AMBIGUOUS'),
  hold('BUREAU_UNAVAILABLE', 'AA04', ({ status }) => status === 'UNAVAILABLE'),
  hold('FILE_FROZEN', 'AX02', ({ status }) => status === 'FROZEN'),
  hold('REPORT_MISMATCH', 'AX01', ({ status }) => status === 'MISMATCH'),
  hold('FRAUD_ALERT', 'AX01', alerted('FRAUD_INITIAL')),
  hold('EXTENDED_FRAUD_ALERT', 'AX01', alerted('FRAUD_EXTENDED')),
  hold('ACTIVE_DUTY_ALERT', 'AX01', alerted('ACTIVE_DUTY')),
  hold('DECEASED_INDICATOR', 'AX01', alerted('DECEASED')),
  hold('UNKNOWN_ALERT', 'AX01', alerted('UNKNOWN')),
  { id: 'NO_CREDIT_FILE', action: 'REFER', reasons: () => ['AA14'], fires: ({ status }) => status === 'NO_HIT' },
  { id: 'THIN_FILE', action: 'REFER', reasons: () => ['AA15'], fires: ({ status }) => status === 'THIN' },
  {
    id: 'FEATURES_UNUSABLE',
    action: 'REFER',
    reasons: () => ['AA04'],
    fires: ({ scoring }) => scoring !== null && scoring.faults.length > 0,
  },
  {
    id: 'BANKRUPTCY',
    action: 'DECLINE',
    reasons: () => ['AA21'],
    fires: ({ report }) => above(report?.attributes?.bankruptcies, 0),
  },
  {
    id: 'ACCOUNTS_NOW_DELINQUENT',
    action: 'DECLINE',
    reasons: () => ['AA17'],
    fires: ({ report }) => above(report?.attributes?.accountsNowDelinquent, MAXIMUM_ACCOUNTS_NOW_DELINQUENT),
  },
  {
    id: 'OBLIGATIONS_ALONE_TOO_HIGH',
    action: 'DECLINE',
    reasons: () => ['AA09'],
    fires: ({ application, report }) => {
      const income = application.income?.annualGrossCents;
      const obligations = report?.attributes?.monthlyObligationsCents;
      const housing = application.housing?.monthlyPaymentCents;
      if (!income || housing === undefined || obligations === null || obligations === undefined) return undefined;
      return (housing + obligations) * 12 * 10_000 > income * DTI_CAP_BASIS_POINTS;
    },
  },
  {
    // A decline by the score needs a reason that can be told: without one a person decides (12 CFR 1002.9(b)(2)).
    id: 'PREDICTED_DEFAULT_TOO_LIKELY',
    action: 'DECLINE',
    reasons: ({ scoring }) => modelReasons(scoring),
    fires: ({ scoring }) => {
      const pd = scoring?.result?.pdMicros;
      if (pd === undefined) return undefined;
      if (pd < CUTOFF_PD_PPM) return false;
      return modelReasons(scoring).length > 0 ? true : undefined;
    },
  },
  {
    id: 'PREDICTED_DEFAULT_NEAR_CUTOFF',
    action: 'REFER',
    reasons: ({ scoring }) => modelReasons(scoring),
    fires: ({ scoring }) => {
      const pd = scoring?.result?.pdMicros;
      return pd === undefined ? undefined : pd >= REVIEW_FROM_PD_PPM && pd < CUTOFF_PD_PPM;
    },
  },
];

/** Undefined, not false, where the value is missing. */
function below(value: number | null | undefined, limit: number): boolean | undefined {
  return value === null || value === undefined ? undefined : value < limit;
}
function above(value: number | null | undefined, limit: number): boolean | undefined {
  return value === null || value === undefined ? undefined : value > limit;
}

function modelReasons(scoring: Scoring | null): string[] {
  return scoring?.result ? principalReasons(scoring.result.contributions).map(({ code }) => code) : [];
}

/** Rules that need no report. */
export function applyPreBureauPolicy({
  application,
  screening,
  cleared,
}: PreBureauInput & { readonly cleared: ReadonlySet<string> }): PolicyResult {
  const rules = evaluateRules(PRE_BUREAU_RULES, { application, screening }, cleared);
  const outcome = strictest(rules) ?? 'PROCEED';
  return {
    schemaVersion: 1,
    policy: POLICY,
    stage: 'PRE_BUREAU',
    outcome,
    rules,
    derived: {},
    offers: [],
    reasons: outcome === 'DECLINE' ? declineReasons(rules) : [],
    conditions: [],
  };
}

/**
 * All rules over the whole file, then prices and offers. Offers are made out also where a person decides, so that the
 * reviewer sees what the policy would give.
 */
export function applyFullPolicy(input: FullInput): PolicyResult {
  const rules = evaluateRules(FULL_RULES, input, input.cleared);
  const asked = strictest(rules);
  const pricing = price(input);
  const full = pricing.offers.find(
    ({ amountCents, termMonths }) =>
      amountCents === input.application.request.amountCents && termMonths === input.application.request.termMonths,
  );
  let outcome: PolicyResult['outcome'];
  let reasons: string[] = [];
  if (asked) {
    outcome = asked;
    if (asked === 'DECLINE') reasons = declineReasons(rules);
  } else if (!pricing.determined) {
    outcome = 'REFER';
  } else if (full) {
    outcome = 'APPROVE';
  } else {
    outcome = pricing.offers.length > 0 ? 'COUNTEROFFER' : 'DECLINE';
    reasons = pricing.reasons;
  }
  return {
    schemaVersion: 1,
    policy: POLICY,
    stage: 'FULL',
    outcome,
    rules,
    derived: {
      pdPpm: input.scoring?.result?.pdMicros ?? null,
      monthlyIncomeCents: input.application.income ? Math.floor(input.application.income.annualGrossCents / 12) : null,
      monthlyObligationsCents: input.report?.attributes?.monthlyObligationsCents ?? null,
      rateBasisPoints: pricing.rateBasisPoints,
    },
    offers: outcome === 'APPROVE' && full ? [full] : outcome === 'DECLINE' ? [] : pricing.offers,
    reasons,
    conditions: ['INCOME', 'IDENTITY'],
  };
}

function declineReasons(rules: PolicyResult['rules']): string[] {
  const fired = rules.filter(({ action, result }) => action === 'DECLINE' && result === 'FIRED');
  return [...new Set(fired.flatMap(({ reasons }) => reasons))].slice(0, 4);
}

interface Pricing {
  /** False when income, housing, obligations or the score is missing: nothing can be offered or refused for its amount. */
  readonly determined: boolean;
  readonly rateBasisPoints: number | null;
  readonly offers: Offer[];
  /** What kept the amount at the requested term below the request. */
  readonly reasons: string[];
}

function price({ application, report, scoring, asOf }: FullInput): Pricing {
  const pd = scoring?.result?.pdMicros;
  const band = pd === undefined ? undefined : BANDS.find(({ belowPdPpm }) => pd < belowPdPpm);
  const undetermined: Pricing = { determined: false, rateBasisPoints: null, offers: [], reasons: [] };
  if (!band) return undetermined;
  const { amountCents: requestedCents, termMonths: requestedTerm } = application.request;
  if (!application.housing) return undetermined;
  const budget: Budget = {
    annualIncomeCents: application.income?.annualGrossCents ?? null,
    housingCents: application.housing.monthlyPaymentCents,
    obligationsCents: report?.attributes?.monthlyObligationsCents ?? null,
  };
  const offers: Offer[] = [];
  let reasons: string[] = [];
  for (const termMonths of PERSONAL_LOAN.termsMonths) {
    const rateBasisPoints = band.rateBasisPoints + (termMonths > 36 ? LONG_TERM_SURCHARGE_BASIS_POINTS : 0);
    const amount = affordableAmount({
      requestedCents,
      minimumCents: PERSONAL_LOAN.requestCents[0],
      tierMaximumCents: band.largestAmount,
      stepCents: AMOUNT_STEP,
      factor: regularFactor(rateBasisPoints, termMonths),
      budget,
      policy: { ptiCapBasisPoints: PTI_CAP_BASIS_POINTS, dtiCapBasisPoints: DTI_CAP_BASIS_POINTS },
    });
    if (amount.status === 'UNDETERMINED') return undetermined;
    if (termMonths === requestedTerm) reasons = limitReasons(amount.binding, requestedCents, scoring);
    if (amount.status === 'BELOW_MINIMUM') continue;
    offers.push(
      priceTerms(
        { amountCents: amount.amountCents, termMonths, annualRateBasisPoints: rateBasisPoints },
        amount.binding,
        asOf,
      ),
    );
  }
  // Nearest to what was asked for first: by amount, then by term.
  offers.sort(
    (a, b) =>
      b.amountCents - a.amountCents || Math.abs(a.termMonths - requestedTerm) - Math.abs(b.termMonths - requestedTerm),
  );
  return { determined: true, rateBasisPoints: band.rateBasisPoints, offers, reasons };
}

/** A band's largest amount is the model's doing, so the reasons are the model's (comment 9(b)(2)-7 to 12 CFR 1002.9). */
function limitReasons(limit: AmountLimit, requestedCents: number, scoring: Scoring | null): string[] {
  if (limit === 'REQUESTED') return [];
  if (limit !== 'TIER_MAXIMUM') return [REASON_OF_LIMIT[limit]];
  const ofModel = modelReasons(scoring);
  return requestedCents > LARGEST_AMOUNT || ofModel.length === 0 ? ['AX13', ...ofModel].slice(0, 4) : ofModel;
}

export interface Terms {
  readonly amountCents: number;
  readonly termMonths: number;
  readonly annualRateBasisPoints: number;
}

/**
 * The offer that terms come to: fee, payments and APR, disbursed on `asOf` and first paid a month later.
 * @param boundBy the limit that kept the amount where it is.
 * @throws RateAboveCap: terms that no state served takes are a fault of the policy or of a reviewer, not an offer.
 */
export function priceTerms(terms: Terms, boundBy: string, asOf: LocalDate): Offer {
  const { amountCents, termMonths, annualRateBasisPoints } = terms;
  const originationFeeCents = Math.floor((amountCents * ORIGINATION_FEE_BASIS_POINTS) / 10_000);
  const priced = priceOffer({
    principalCents: amountCents,
    annualRateBasisPoints,
    termMonths,
    originationFeeCents,
    disbursementDate: asOf,
    firstPaymentDate: addMonths(asOf, 1),
  });
  if (priced.aprMillionthsOfPercent > APR_CAP) {
    throw new RateAboveCap(
      `The APR of ${priced.disclosedApr} % is above the cap of ${APR_CAP / 1e6} %: lower the rate or the origination fee.`,
    );
  }
  const {
    amountFinancedCents,
    paymentCents,
    finalPaymentCents,
    financeChargeCents,
    totalOfPaymentsCents,
    disclosedApr,
  } = priced;
  return {
    amountCents,
    termMonths,
    annualRateBasisPoints,
    originationFeeCents,
    amountFinancedCents,
    paymentCents,
    finalPaymentCents,
    financeChargeCents,
    totalOfPaymentsCents,
    apr: disclosedApr,
    boundBy,
  };
}

export class RateAboveCap extends Error {
  override readonly name = 'RateAboveCap';
}
