/**
 * The arithmetic of prices. Money is a safe integer of cents. Rates are integers too: basis points (1 % = 100) where people set them, millionths of
 * a percent (1 % = 1,000,000) where they are computed. Quotients are rounded once, from the exact rational.
 */

/** One basis point in millionths of a percent. */
export const MILLIONTHS_PER_BASIS_POINT = 10_000;

export class InvalidPricingInput extends Error {
  override readonly name = 'InvalidPricingInput';
}

/** @throws InvalidPricingInput unless `value` is a safe integer of at least `minimum`. */
export function requireInteger(field: string, value: number, minimum = 0): void {
  if (!Number.isSafeInteger(value) || value < minimum) {
    throw new InvalidPricingInput(`${field} is ${value}: give a whole number of at least ${minimum}.`);
  }
}

/** The quotient to the nearest integer, halves upwards; `denominator` > 0. */
export function divideHalfUp(numerator: bigint, denominator: bigint): bigint {
  return divideFloor(2n * numerator + denominator, 2n * denominator);
}

/** The largest integer not above the quotient; `denominator` > 0. */
export function divideFloor(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  return numerator % denominator < 0n ? quotient - 1n : quotient;
}

/**
 * As `divideHalfUp` for plain numbers: whole, at least 0, and 2 × `numerator` + `denominator` a safe integer. Of two such
 * numbers the float64 quotient is never rounded up to a whole that it does not reach, so its floor is exact.
 */
export function quotientHalfUp(numerator: number, denominator: number): number {
  return Math.floor((2 * numerator + denominator) / (2 * denominator));
}

/** `cents` × `basisPoints`, to the nearest cent, halves upwards. */
export function shareHalfUp(cents: number, basisPoints: number): number {
  return Number(divideHalfUp(BigInt(cents) * BigInt(basisPoints), 10_000n));
}

/** `cents` × `basisPoints`, down to the cent. */
export function shareFloor(cents: number, basisPoints: number): number {
  return Number(divideFloor(BigInt(cents) * BigInt(basisPoints), 10_000n));
}

/** The largest multiple of `stepCents` not above `cents`. */
export function floorToStep(cents: number, stepCents: number): number {
  requireInteger('stepCents', stepCents, 1);
  return Math.floor(cents / stepCents) * stepCents;
}

/** Millionths of a percent as a percentage of two decimals, halves upwards: `21969355` as `21.97`. */
export function formatPercent(millionthsOfPercent: number): string {
  requireInteger('millionthsOfPercent', millionthsOfPercent);
  const hundredths = Math.floor((millionthsOfPercent + 5_000) / 10_000);
  return `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')}`;
}
