import { InvalidPricingInput, requireInteger } from './arithmetic.ts';

/**
 * Amount financed: what is left of the note after the charges taken off it in advance (12 CFR 1026.18(b), from memory).
 * @throws InvalidPricingInput when the charges leave nothing.
 */
export function amountFinancedCents(principalCents: number, prepaidFinanceChargeCents: number): number {
  requireInteger('principalCents', principalCents, 1);
  requireInteger('prepaidFinanceChargeCents', prepaidFinanceChargeCents);
  if (prepaidFinanceChargeCents >= principalCents) {
    throw new InvalidPricingInput(
      `prepaidFinanceChargeCents is ${prepaidFinanceChargeCents}: give less than the principal of ${principalCents}.`,
    );
  }
  return principalCents - prepaidFinanceChargeCents;
}

/** Finance charge of a closed-end loan: what the consumer pays beyond the amount financed, in cents. */
export function financeChargeCents(totalOfPaymentsCents: number, amountFinanced: number): number {
  return totalOfPaymentsCents - amountFinanced;
}
