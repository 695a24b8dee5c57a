/**
 * The one text form of money: dollars with cents, negative amounts signed. `123456` is `$1,234.56`, `-5` is `-$0.05`.
 * @param cents a safe integer. @throws RangeError for any other number, so that no page rounds an amount in silence.
 */
export function formatDollars(cents: number): string {
  if (!Number.isSafeInteger(cents)) throw new RangeError(`cents is ${cents}: give a whole number of cents.`);
  const amount = Math.abs(cents);
  // `Intl` is not used: a decision core has none in QuickJS.
  const dollars = String(Math.floor(amount / 100)).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${cents < 0 ? '-' : ''}$${dollars}.${String(amount % 100).padStart(2, '0')}`;
}

/** Basis points as a percentage of two decimals, without the sign: `2197` is `21.97`. */
export const formatBasisPoints = (basisPoints: number): string => (basisPoints / 100).toFixed(2);
