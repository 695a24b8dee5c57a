import { type CreditTransaction, smallestAmountFinancedCents } from './apr.ts';
import { InvalidPricingInput, requireInteger } from './arithmetic.ts';

/** A charge in connection with credit, by what it is for. */
export type ChargeKind =
  | 'INTEREST'
  | 'ORIGINATION_FEE'
  | 'TRANSACTION_FEE'
  | 'REQUIRED_INSURANCE'
  | 'VOLUNTARY_INSURANCE'
  | 'DEBT_CANCELLATION'
  | 'ANCILLARY_PRODUCT'
  | 'APPLICATION_FEE'
  | 'PARTICIPATION_FEE'
  | 'TITLE_OR_FILING_FEE'
  | 'LATE_FEE';

/**
 * Which charges count towards Regulation Z's finance charge (12 CFR 1026.4) and towards the MAPR (32 CFR 232.4(c)(1)).
 *
 * Read in the source: interest and transaction charges as finance charges. From memory, to be confirmed before production:
 * every other entry. `APPLICATION_FEE` is one charged to all applicants; `VOLUNTARY_INSURANCE` and `DEBT_CANCELLATION` are
 * sold with the disclosures and the signed election; `TITLE_OR_FILING_FEE` is itemised; a participation fee is one that
 * participation-fee.ts classifies as such.
 */
export const CHARGE_TREATMENT: Readonly<
  Record<ChargeKind, { readonly financeCharge: boolean; readonly mapr: boolean }>
> = {
  INTEREST: { financeCharge: true, mapr: true },
  ORIGINATION_FEE: { financeCharge: true, mapr: true },
  TRANSACTION_FEE: { financeCharge: true, mapr: true },
  REQUIRED_INSURANCE: { financeCharge: true, mapr: true },
  VOLUNTARY_INSURANCE: { financeCharge: false, mapr: true },
  DEBT_CANCELLATION: { financeCharge: false, mapr: true },
  ANCILLARY_PRODUCT: { financeCharge: false, mapr: true },
  APPLICATION_FEE: { financeCharge: false, mapr: true },
  PARTICIPATION_FEE: { financeCharge: false, mapr: true },
  TITLE_OR_FILING_FEE: { financeCharge: false, mapr: false },
  LATE_FEE: { financeCharge: false, mapr: false },
};

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

/**
 * The largest charge, in cents, that can be taken off the principal in advance while the APR stays at most the cap; null
 * when even no charge keeps it.
 *
 * With the wider charges of 32 CFR 232 it is the largest sum of charges under the MAPR cap.
 */
export function largestPrepaidChargeCents(
  principalCents: number,
  payments: Pick<CreditTransaction, 'payments' | 'unitPeriodsPerYear'>,
  capMillionthsOfPercent: number,
): number | null {
  requireInteger('principalCents', principalCents, 1);
  const room = principalCents - smallestAmountFinancedCents(payments, capMillionthsOfPercent);
  return room < 0 ? null : room;
}

/**
 * Whether a disclosed finance charge is accurate, for credit not secured by real property: within $5 for an amount
 * financed of up to $1,000, else within $10 (12 CFR 1026.18(d)(2), from memory).
 */
export function isFinanceChargeAccurate(disclosedCents: number, actualCents: number, amountFinanced: number): boolean {
  return Math.abs(disclosedCents - actualCents) <= (amountFinanced <= 1_000_00 ? 5_00 : 10_00);
}
