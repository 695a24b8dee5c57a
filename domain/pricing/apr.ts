import { formatPercent, InvalidPricingInput, MILLIONTHS_PER_BASIS_POINT, requireInteger } from './arithmetic.ts';
import type { Timing, UnitPeriods } from './unit-periods.ts';

/**
 * The annual percentage rate by the actuarial method: 12 CFR 1026 (Regulation Z), appendix J. The general equation (b)(8) is
 * stated from memory; the published examples (c)(1) to (c)(5) are in the tests.
 */

interface CashFlow extends UnitPeriods {
  readonly amountCents: number;
}

/** What the consumer gets and pays. An amount financed is an advance after prepaid finance charges were taken off. */
export interface CreditTransaction extends Pick<Timing, 'unitPeriodsPerYear'> {
  readonly advances: readonly CashFlow[];
  readonly payments: readonly CashFlow[];
}

class AprUnsolvable extends Error {
  override readonly name = 'AprUnsolvable';
}

/** Largest rate per unit period that is searched: 1,000 %. */
const MAXIMUM_RATE = 10;
/** Iteration stops when a step moves the APR by less than this many percentage points. */
const STEP_TOLERANCE = 1e-10;
/** Newton needs about five steps, and bisection alone about fifty. */
const MAXIMUM_STEPS = 200;
/** What two present values may differ by, relatively, and count as equal: rounding of some hundred float64 sums. */
const EQUAL = 1e-13;

function integerPower(base: number, exponent: number): number {
  let power = 1;
  for (; exponent > 0; exponent = Math.floor(exponent / 2), base *= base) if (exponent % 2 === 1) power *= base;
  return power;
}

/** Cash flows in order of time, each member in an array of its own: what the sums run over. */
interface Flows {
  readonly amounts: Float64Array;
  readonly wholes: Float64Array;
  readonly fractions: Float64Array;
  readonly total: number;
}

/**
 * Sums of floats depend on their order, and the answer may not depend on the order of the input.
 * @throws InvalidPricingInput for what is no amount or no time.
 */
function flowsOf(given: readonly CashFlow[]): Flows {
  const flows = given.every((flow, index) => index === 0 || inTime(given[index - 1] ?? flow, flow) <= 0)
    ? given
    : given.toSorted(inTime);
  const amounts = new Float64Array(flows.length);
  const wholes = new Float64Array(flows.length);
  const fractions = new Float64Array(flows.length);
  let total = 0;
  for (const [index, { amountCents, whole, numerator, denominator }] of flows.entries()) {
    requireInteger('amountCents', amountCents);
    requireInteger('whole', whole);
    requireInteger('numerator', numerator);
    requireInteger('denominator', denominator, 1);
    amounts[index] = amountCents;
    wholes[index] = whole;
    fractions[index] = numerator / denominator;
    total += amountCents;
  }
  return { amounts, wholes, fractions, total };
}

function inTime(a: CashFlow, b: CashFlow): number {
  return (
    a.whole - b.whole || a.numerator / a.denominator - b.numerator / b.denominator || a.amountCents - b.amountCents
  );
}

/**
 * Present value in cents at a rate per unit period, and its derivative: amount / ((1 + f·i)(1 + i)^t).
 *
 * Only + − × ÷ on float64, which every processor rounds alike; Math.pow has no such promise.
 */
function presentValue({ amounts, wholes, fractions }: Flows, rate: number): { value: number; slope: number } {
  const discount = 1 / (1 + rate);
  let [value, slope, power, at] = [0, 0, 1, 0];
  // Most flows of a loan are the same part of a period late.
  let [fraction, growth, ofFraction] = [0, 1, 0];
  for (let index = 0; index < amounts.length; index += 1) {
    const whole = wholes[index] ?? 0;
    if (whole === at + 1) power *= discount;
    else if (whole > at) power *= integerPower(discount, whole - at);
    else if (whole < at) power = integerPower(discount, whole);
    at = whole;
    if (fractions[index] !== fraction) {
      fraction = fractions[index] ?? 0;
      growth = 1 + fraction * rate;
      ofFraction = fraction / growth;
    }
    const term = ((amounts[index] ?? 0) * power) / growth;
    value += term;
    slope -= term * (ofFraction + whole * discount);
  }
  return { value, slope };
}

interface Checked {
  readonly advances: Flows;
  readonly payments: Flows;
  /** Millionths of a percent, once solved. */
  rate?: number;
}

/** A loan's rate is asked for as APR, as MAPR and for each cap: its flows are put in order and solved once. */
const checkedTransactions = new WeakMap<CreditTransaction, Checked>();

function checked(transaction: CreditTransaction): Checked {
  const earlier = checkedTransactions.get(transaction);
  if (earlier) return earlier;
  const { unitPeriodsPerYear: perYear, advances, payments } = transaction;
  requireInteger('unitPeriodsPerYear.numerator', perYear.numerator, 1);
  requireInteger('unitPeriodsPerYear.denominator', perYear.denominator, 1);
  const made: Checked = { advances: flowsOf(advances), payments: flowsOf(payments) };
  checkedTransactions.set(transaction, made);
  return made;
}

/** Rate of one unit period, a plain number: 0.01 for 1 %. */
function solveUnitRate(transaction: CreditTransaction): number {
  const { advances, payments } = checked(transaction);
  const [advanced, paid] = [advances.total, payments.total];
  if (advanced <= 0) throw new AprUnsolvable('advances come to nothing: give the amount financed, above 0 cents.');
  if (paid < advanced) {
    throw new AprUnsolvable(`payments of ${paid} cents do not repay advances of ${advanced} cents: give all payments.`);
  }
  // No finance charge has no rate, exactly, whatever the dates are.
  if (paid === advanced) return 0;
  const excess = (rate: number): { value: number; slope: number } => {
    const [out, back] = [presentValue(advances, rate), presentValue(payments, rate)];
    return { value: back.value - out.value, slope: back.slope - out.slope };
  };
  let [low, high] = [0, MAXIMUM_RATE];
  if (excess(high).value > 0) {
    throw new AprUnsolvable('the rate is above 1,000 % a unit period: check the amounts and the dates of payments.');
  }
  const percentPerRate = 100 * yearly(transaction);
  let rate = 0.01;
  for (let step = 0; step < MAXIMUM_STEPS; step += 1) {
    const { value, slope } = excess(rate);
    if (value === 0) return rate;
    if (value > 0) low = rate;
    else high = rate;
    const newton = rate - value / slope;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    const moved = Math.abs(next - rate) * percentPerRate;
    rate = next;
    if (moved < STEP_TOLERANCE) return rate;
  }
  // Steps below float64's resolution keep alternating; the bracket still says how near they are.
  if ((high - low) * percentPerRate < 1e-9) return rate;
  throw new AprUnsolvable('the general equation did not converge: check the amounts and the dates of payments.');
}

function yearly({ unitPeriodsPerYear }: CreditTransaction): number {
  return unitPeriodsPerYear.numerator / unitPeriodsPerYear.denominator;
}

/**
 * The annual percentage rate: rate of a unit period × unit periods in a year (appendix J (b)(1)).
 * @returns millionths of a percent, nearest: 21969355 is 21.969355 %. Exactly 0 without a finance charge.
 * @throws AprUnsolvable when payments do not repay the advances, or the rate is above 1,000 % a unit period.
 */
export function annualPercentageRate(transaction: CreditTransaction): number {
  const solved = checked(transaction);
  return (solved.rate ??= Math.round(solveUnitRate(transaction) * yearly(transaction) * 100 * 1e6));
}

/** The APR as disclosed: percent, two decimals, halves upwards. */
export const disclosedApr = formatPercent;

/**
 * How far a transaction at the given APR is from the general equation: (value of payments − value of advances) over the
 * advances, both present values at that rate. 0 at the exact APR, positive below it.
 */
export function equationResidual(transaction: CreditTransaction, aprMillionthsOfPercent: number): number {
  const rate = aprMillionthsOfPercent / 1e8 / yearly(transaction);
  const { advances, payments } = checked(transaction);
  const advanced = presentValue(advances, rate).value;
  return (presentValue(payments, rate).value - advanced) / advanced;
}

/**
 * Whether the unrounded APR is at most a cap: 36.000018 % is above a cap of 36 %, and 36 % is not.
 *
 * Decided by the general equation at the cap itself, so that no rounding of an APR can let a loan pass.
 */
export function aprIsAtMost(transaction: CreditTransaction, capMillionthsOfPercent: number): boolean {
  requireInteger('capMillionthsOfPercent', capMillionthsOfPercent);
  if (checked(transaction).advances.total <= 0) return false;
  return equationResidual(transaction, capMillionthsOfPercent) <= EQUAL;
}

/**
 * The transaction of a contract from its dates, as `timingOf` counts them, and its amounts in cents in the same order.
 * @throws InvalidPricingInput unless each date has one amount.
 */
export function transactionOf(
  timing: Timing,
  advancesCents: readonly number[],
  paymentsCents: readonly number[],
): CreditTransaction {
  return {
    unitPeriodsPerYear: timing.unitPeriodsPerYear,
    advances: flows('advances', timing.advances, advancesCents),
    payments: flows('payments', timing.payments, paymentsCents),
  };
}

function flows(name: string, periods: readonly UnitPeriods[], amounts: readonly number[]): CashFlow[] {
  if (periods.length !== amounts.length) {
    throw new InvalidPricingInput(
      `${name} has ${periods.length} dates and ${amounts.length} amounts: give one amount for each date.`,
    );
  }
  return periods.map(({ whole, numerator, denominator }, index) => ({
    amountCents: amounts[index] ?? 0,
    whole,
    numerator,
    denominator,
  }));
}

/** A cap in basis points as the millionths of a percent that APRs are compared in. */
export function capOf(basisPoints: number): number {
  return basisPoints * MILLIONTHS_PER_BASIS_POINT;
}
