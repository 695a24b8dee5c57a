import * as z from 'zod';

import { TERMS } from '../application/products.ts';
import type { Application } from '../application/submission.ts';
import { addDays } from '../calendar.ts';
import { digest } from '../ledger/digest.ts';
import { LENDING_MODES } from '../lender.ts';
import { offer, offerIdSchema, type Offer } from '../policy/result.ts';
import { isAprAccurate, isFinanceChargeAccurate } from '../pricing/accuracy.ts';
import { LENDER_TYPES } from '../pricing/rate-caps.ts';
import { paymentSchedule } from '../pricing/schedule.ts';
import { productOf } from '../products/index.ts';
import { offerId } from '../products/loan-offers.ts';
import type { Lending } from '../products/product.ts';

/** What the applicant and the lender agree on at acceptance, with the figures of that day (12 CFR 1026.18). */
export const creditContract = z.strictObject({
  schemaVersion: z.literal(1),
  /** The address of the decision. */
  decision: digest,
  product: z.string(),
  /** The offer that the applicant accepted. */
  offerId: offerIdSchema,
  /** The creditor's local date. */
  acceptedOn: z.string(),
  /** The creditor's local date of the booking, where that is a later day: terms and schedule are as of it. */
  bookedOn: z.string().optional(),
  /** The terms as of the day of the acceptance or booking, under the id of the accepted offer. */
  terms: offer,
  /** Every payment of a loan. Null for a line, which has no dates before a draw. */
  schedule: z
    .array(
      z.strictObject({
        dueOn: z.string(),
        paymentCents: z.int().positive(),
        interestCents: z.int().nonnegative(),
        principalCents: z.int().positive(),
        balanceCents: z.int().nonnegative(),
      }),
    )
    .nullable(),
  /** State rate caps that the terms keep. */
  rateCaps: z.array(z.strictObject({ capId: z.string(), result: z.string() })),
  mode: z.enum(LENDING_MODES),
  lender: z.strictObject({ type: z.enum(LENDER_TYPES), timeZone: z.string() }),
  /** What must be verified before funds go out. */
  conditions: z.array(z.string()),
  /** The last local date on which a condition can be cleared; null without conditions. */
  clearBy: z.string().nullable(),
});
export type CreditContract = z.infer<typeof creditContract>;

/** What an acceptance comes to on its day. */
export type Concluded =
  | { readonly result: 'CONTRACT'; readonly contract: CreditContract }
  /** The terms of the day are beyond the tolerance, so the applicant must accept them as a new offer. */
  | { readonly result: 'NEW_TERMS'; readonly revised: RevisedOffer }
  /** A cap of the day refuses the terms. */
  | { readonly result: 'UNLAWFUL'; readonly refusedBy: string };

/** An offer with the terms of a later day, which takes the place of an earlier offer once the applicant accepts it. Sealed. */
export const revisedOffer = z.strictObject({
  schemaVersion: z.literal(1),
  /** The address of the decision. */
  decision: digest,
  /** The offer that it takes the place of. */
  replaces: offerIdSchema,
  /** The creditor's local date of the terms. */
  revisedOn: z.string(),
  mode: z.enum(LENDING_MODES),
  lender: z.strictObject({ type: z.enum(LENDER_TYPES), timeZone: z.string() }),
  offer,
});
export type RevisedOffer = z.infer<typeof revisedOffer>;

/** What an acceptance is computed from. */
export interface Concluding {
  /** The address of the decision. */
  readonly decision: string;
  readonly application: Application;
  readonly offer: Offer;
  readonly conditions: readonly string[];
  readonly lending: Lending;
}

/** Computes the terms of an offer on the day of its acceptance, and compares the terms with those that were offered. */
export function conclude({ decision, application, offer: offered, conditions, lending }: Concluding): Concluded {
  const { asOf, mode, lender } = lending;
  const { offer: terms, refusedBy, rateCaps } = productOf(application).reprice(application, offered, lending);
  if (!terms) return { result: 'UNLAWFUL', refusedBy: refusedBy ?? 'NOT_OFFERED_LEGAL' };
  const common = {
    schemaVersion: 1,
    decision,
    mode,
    lender: { type: lender.type, timeZone: lender.timeZone },
  } as const;
  if (!isWithinTolerance(offered, terms)) {
    const replaces = offered.offerId;
    // Its id names the offer before it, so terms that change back make no circle.
    const revised = { ...terms, offerId: offerId({ ...withoutId(terms), replaces }) };
    return { result: 'NEW_TERMS', revised: { ...common, replaces, revisedOn: asOf, offer: revised } };
  }
  const contract: CreditContract = {
    ...common,
    product: application.product,
    offerId: offered.offerId,
    acceptedOn: asOf,
    terms: { ...terms, offerId: offered.offerId },
    schedule: terms.kind === 'LOAN' ? scheduleOf(terms, asOf) : null,
    rateCaps: [...rateCaps],
    conditions: [...conditions],
    clearBy: conditions.length === 0 ? null : clearByOf(application.product, offered),
  };
  return { result: 'CONTRACT', contract };
}

/**
 * The contract of a booking: the terms of the accepted contract on the day of booking, for the same lender.
 * @returns undefined where those terms are beyond the tolerance, or a cap of the day refuses them.
 */
export function bookingContract(
  accepted: CreditContract,
  application: Application,
  today: string,
): CreditContract | undefined {
  const { acceptedOn, clearBy, decision, terms: offered, conditions, mode, lender } = accepted;
  if (today === acceptedOn) return accepted;
  const concluded = conclude({
    decision,
    application,
    offer: offered,
    conditions,
    lending: { asOf: today, mode, lender },
  });
  if (concluded.result !== 'CONTRACT') return undefined;
  return { ...concluded.contract, acceptedOn, bookedOn: today, clearBy };
}

/** The last local date on which a condition of an accepted offer can be cleared. */
function clearByOf(product: Application['product'], { expiresOn }: Offer): string {
  return addDays(expiresOn, TERMS[product].clearingDays);
}

function withoutId(given: Offer): object {
  const { offerId: _, ...terms } = given;
  return terms;
}

function scheduleOf({ amountCents, annualRateBasisPoints, termMonths }: Offer & { kind: 'LOAN' }, on: string) {
  return paymentSchedule({ principalCents: amountCents, annualRateBasisPoints, termMonths }, on);
}

/**
 * Whether the terms of the day are those that were offered, within the tolerances of 12 CFR 1026.18(d)(2) and 1026.22(a)(2).
 * A line has no dates, so its terms must be equal.
 */
function isWithinTolerance(offered: Offer, terms: Offer): boolean {
  if (offered.kind === 'LINE' || terms.kind === 'LINE')
    return offerId(withoutId(offered)) === offerId(withoutId(terms));
  return (
    offered.amountFinancedCents === terms.amountFinancedCents &&
    isAprAccurate(offered.apr, terms.apr) &&
    isFinanceChargeAccurate(offered.financeChargeCents, terms.financeChargeCents, terms.amountFinancedCents)
  );
}
