import type { LocalDate } from '../calendar.ts';
import { annualPercentageRate, aprIsAtMost, capOf, type CreditTransaction } from './apr.ts';
import { divideHalfUp, InvalidPricingInput } from './arithmetic.ts';
import { openEndRate } from './military-apr.ts';

/**
 * `BANK_HOME_STATE` a bank that lends where it is chartered, `BANK_EXPORT` a bank that lends into other states under its
 * home state's rates (12 USC 85, 1831d), `STATE_LICENSEE` a non-bank with a license of the borrower's state.
 */
export const LENDER_TYPES = [
  'BANK_HOME_STATE',
  'BANK_EXPORT',
  'FEDERAL_CREDIT_UNION',
  'STATE_LICENSEE',
  'UNLICENSED',
] as const;
export type LenderType = (typeof LENDER_TYPES)[number];
/** `PL` personal loan, `LOC` line of credit. */
export type CappedProduct = 'PL' | 'AUTO_PURCHASE' | 'AUTO_REFI' | 'LOC';
export type RateBasis = 'SIMPLE_INTEREST' | 'REGZ_APR' | 'MAPR' | 'FEE_INCLUSIVE';

/** One bracket of a blended cap: the part of the balance up to `upToCents`, or all above the last when null. */
export interface CapBracket {
  readonly upToCents: number | null;
  readonly bps: number;
}

type Cap =
  | { readonly kind: 'FIXED'; readonly bps: number }
  | {
      readonly kind: 'INDEXED';
      readonly index: string;
      readonly marginBps: number;
      readonly floorBps?: number;
      readonly ceilBps?: number;
    }
  | { readonly kind: 'TIERED_BLENDED'; readonly brackets: readonly CapBracket[]; readonly orFlatBps?: number }
  | { readonly kind: 'NONE' }
  /** No number, but a court may find a rate unconscionable: passes, and counsel has to look. */
  | { readonly kind: 'UNCONSCIONABILITY' };

/** One row of law: data with dates, never code. */
export interface RateCap {
  readonly id: string;
  /** Residence of the borrower, ISO 3166-2. */
  readonly jurisdiction: string;
  readonly lenderTypes: readonly LenderType[];
  readonly products: readonly CappedProduct[];
  readonly amount: { readonly minCents: number; readonly maxExclusiveCents?: number };
  /** Both ends included; credit without a term, such as a line, matches only rows without this. */
  readonly termMonths?: { readonly min?: number; readonly max?: number };
  readonly basis: RateBasis;
  readonly cap: Cap;
  /** First day in force. */
  readonly effectiveFrom: LocalDate;
  /** Last day in force; open unless given. */
  readonly effectiveTo?: LocalDate;
  readonly citation: string;
  readonly consequence: string;
  /** When and by whom counsel confirmed the row; null until then, and then production does not use it. */
  readonly verifiedOn: LocalDate | null;
  readonly verifiedBy: string | null;
}

/** What a cap is compared with: the contract's rate, the cash flows of a loan, or a cycle of a line. */
type Measure =
  | { readonly kind: 'RATE'; readonly annualRateBasisPoints: number }
  | { readonly kind: 'TRANSACTION'; readonly transaction: CreditTransaction }
  | {
      readonly kind: 'CYCLE';
      readonly chargesCents: number;
      readonly balanceCents: number;
      readonly cyclesPerYear: number;
    };

/** The credit that is to be allowed, with its rate on every basis that can be measured. */
export interface CappedCredit {
  readonly jurisdiction: string;
  readonly lenderType: LenderType;
  readonly product: CappedProduct;
  readonly amountCents: number;
  /** Null for a line. */
  readonly termMonths: number | null;
  readonly measures: Readonly<Partial<Record<RateBasis, Measure>>>;
}

export interface CapContext {
  readonly asOf: LocalDate;
  readonly mode: 'PRODUCTION' | 'DEMONSTRATION';
  /** Values of indices on `asOf`, basis points. */
  readonly indices: Readonly<Record<string, number>>;
}

type CapResult = 'PASSED' | 'EXCEEDED' | 'UNVERIFIED' | 'INDEX_MISSING' | 'NOT_MEASURED';

interface EvaluatedCap {
  readonly capId: string;
  readonly citation: string;
  readonly basis: RateBasis;
  readonly result: CapResult;
  /** Millionths of a percent, nearest; null where there is no number. */
  readonly capMillionthsOfPercent: number | null;
  readonly rateMillionthsOfPercent: number | null;
}

export interface CapEvaluation {
  /** `NOT_OFFERED_LEGAL`: no row matches, or one cannot be applied. It fails closed. */
  readonly status: 'PERMITTED' | 'EXCEEDED' | 'NOT_OFFERED_LEGAL';
  /** Every row that matches, by id. */
  readonly evaluated: readonly EvaluatedCap[];
  readonly needsCounsel: boolean;
}

/** Whether a row of law speaks about this credit on this day. */
export function matches(cap: RateCap, credit: CappedCredit, asOf: LocalDate): boolean {
  const { amount, termMonths: term } = cap;
  const months = credit.termMonths;
  return (
    cap.jurisdiction === credit.jurisdiction &&
    cap.lenderTypes.includes(credit.lenderType) &&
    cap.products.includes(credit.product) &&
    credit.amountCents >= amount.minCents &&
    (amount.maxExclusiveCents === undefined || credit.amountCents < amount.maxExclusiveCents) &&
    (term === undefined || (months !== null && months >= (term.min ?? 0) && months <= (term.max ?? Infinity))) &&
    cap.effectiveFrom <= asOf &&
    (cap.effectiveTo === undefined || asOf <= cap.effectiveTo)
  );
}

/**
 * Holds credit against every cap that matches: all must pass, so the most restrictive wins. Rates are compared unrounded
 * and a rate equal to the cap passes.
 */
export function evaluateRateCaps(caps: readonly RateCap[], credit: CappedCredit, context: CapContext): CapEvaluation {
  const matching = caps
    .filter((cap) => matches(cap, credit, context.asOf))
    .toSorted((a, b) => (a.id < b.id ? -1 : Number(a.id > b.id)));
  const evaluated = matching.map((cap) => evaluate(cap, credit, context));
  const results = new Set(evaluated.map(({ result }) => result));
  const needsCounsel = matching.some(({ cap }) => cap.kind === 'UNCONSCIONABILITY');
  // A cap that is certainly exceeded is the better reason, whatever else could not be established.
  if (results.has('EXCEEDED')) return { status: 'EXCEEDED', evaluated, needsCounsel };
  const permitted = results.size === 1 && results.has('PASSED');
  return { status: permitted ? 'PERMITTED' : 'NOT_OFFERED_LEGAL', evaluated, needsCounsel };
}

function evaluate(cap: RateCap, credit: CappedCredit, { mode, indices }: CapContext): EvaluatedCap {
  const measure = credit.measures[cap.basis];
  const described = {
    capId: cap.id,
    citation: cap.citation,
    basis: cap.basis,
    rateMillionthsOfPercent: measure ? rateOf(measure) : null,
  };
  const without = (result: CapResult): EvaluatedCap => ({ ...described, result, capMillionthsOfPercent: null });
  if (mode === 'PRODUCTION' && (cap.verifiedOn === null || cap.verifiedBy === null)) return without('UNVERIFIED');
  if (cap.cap.kind === 'NONE' || cap.cap.kind === 'UNCONSCIONABILITY') return without('PASSED');
  const limit = limitOf(cap.cap, credit, indices);
  if (limit === undefined) return without('INDEX_MISSING');
  if (!measure) return without('NOT_MEASURED');
  const result = isAtMost(measure, limit) ? 'PASSED' : 'EXCEEDED';
  return { ...described, result, capMillionthsOfPercent: limit };
}

/** The cap in millionths of a percent; undefined when its index is not known. */
function limitOf(
  cap: Extract<Cap, { kind: 'FIXED' | 'INDEXED' | 'TIERED_BLENDED' }>,
  { amountCents, termMonths }: CappedCredit,
  indices: CapContext['indices'],
): number | undefined {
  switch (cap.kind) {
    case 'FIXED':
      return capOf(cap.bps);
    case 'INDEXED': {
      const value = indices[cap.index];
      if (value === undefined) return undefined;
      return capOf(Math.min(Math.max(value + cap.marginBps, cap.floorBps ?? 0), cap.ceilBps ?? Infinity));
    }
    case 'TIERED_BLENDED': {
      // Without a term nothing can be scheduled: what holds for a balance that is never repaid is the first month's blend.
      const blended =
        termMonths === null
          ? firstMonthRate(amountCents, cap.brackets)
          : blendedRate(amountCents, termMonths, cap.brackets);
      return Math.max(blended, capOf(cap.orFlatBps ?? 0));
    }
  }
}

function rateOf(measure: Measure): number {
  switch (measure.kind) {
    case 'RATE':
      return capOf(measure.annualRateBasisPoints);
    case 'TRANSACTION':
      return annualPercentageRate(measure.transaction);
    case 'CYCLE': {
      const [numerator, denominator] = openEndRate(measure);
      return Number(divideHalfUp(numerator, denominator));
    }
  }
}

function isAtMost(measure: Measure, capMillionthsOfPercent: number): boolean {
  if (measure.kind === 'RATE') return capOf(measure.annualRateBasisPoints) <= capMillionthsOfPercent;
  if (measure.kind === 'TRANSACTION') return aprIsAtMost(measure.transaction, capMillionthsOfPercent);
  const [numerator, denominator] = openEndRate(measure);
  return numerator <= BigInt(capMillionthsOfPercent) * denominator;
}

/** Parts of a cent that a blended schedule is computed in. */
const PARTS = 10_000n;

function bracketInterest(balance: bigint, brackets: readonly CapBracket[]): bigint {
  let [interest, from] = [0n, 0n];
  for (const { upToCents, bps } of brackets) {
    const to = upToCents === null ? balance : BigInt(upToCents) * PARTS;
    if (balance > from) interest += ((balance < to ? balance : to) - from) * BigInt(bps);
    from = to;
  }
  if (balance > from) throw new InvalidPricingInput('brackets end below the balance: let the last one be open (null).');
  // Down, which is against the lender.
  return interest / 120_000n;
}

function firstMonthRate(amountCents: number, brackets: readonly CapBracket[]): number {
  const balance = BigInt(amountCents) * PARTS;
  return Number((bracketInterest(balance, brackets) * 12n * 100_000_000n) / balance);
}

/**
 * The rate that a cap of brackets comes to for a level loan, millionths of a percent: the balance falls through the
 * brackets, so the largest level payment they allow is scheduled and its rate solved. An average of the first month's
 * brackets would be too low.
 */
export function blendedRate(amountCents: number, termMonths: number, brackets: readonly CapBracket[]): number {
  const principal = BigInt(amountCents) * PARTS;
  const owedAfter = (payment: bigint): bigint => {
    let balance = principal;
    for (let month = 0; month < termMonths; month += 1) {
      if (balance <= 0n) return balance - 1n;
      balance += bracketInterest(balance, brackets) - payment;
    }
    return balance;
  };
  let [enough, short] = [principal + bracketInterest(principal, brackets), 0n];
  while (enough - short > 1n) {
    const middle = (enough + short) / 2n;
    if (owedAfter(middle) > 0n) short = middle;
    else enough = middle;
  }
  const amount = Number(short);
  // Parts of a cent stand for cents here: a rate does not depend on the unit of money.
  return annualPercentageRate({
    unitPeriodsPerYear: { numerator: 12, denominator: 1 },
    advances: [{ amountCents: Number(principal), whole: 0, numerator: 0, denominator: 1 }],
    payments: Array.from({ length: termMonths }, (_, index) => ({
      amountCents: amount,
      whole: index + 1,
      numerator: 0,
      denominator: 1,
    })),
  });
}
