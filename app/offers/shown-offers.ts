import * as z from 'zod';

import type { Evidence } from '../../adapters/ports.ts';
import type { DecisionRecord } from '../../domain/decision/record.ts';
import { lineOffer, loanOffer } from '../../domain/policy/result.ts';
import { moneyOf, PAYEES } from '../../domain/pricing/proceeds.ts';
import { readEvidence } from '../workflow/read-evidence.ts';

/** An offer as an applicant reads it: its terms, and the money that arrives. Cents. */
export const shownOffer = z.discriminatedUnion('kind', [
  loanOffer.extend({
    /** The money that the applicant receives. */
    netProceedsCents: z.int().nonnegative(),
    /** The itemization of the amount financed. */
    paidTo: z.array(z.strictObject({ payee: z.enum(PAYEES), amountCents: z.int().nonnegative() })),
    /** What the applicant adds, because the amount financed does not cover the payoff and the added products. */
    shortfallCents: z.int().nonnegative(),
  }),
  lineOffer.extend({
    /** The money that arrives from a draw of the whole limit. */
    netProceedsCents: z.int().nonnegative(),
    /** What is paid back for that draw, with its interest and the subscription. */
    repaidCents: z.int().nonnegative(),
  }),
]);
export type ShownOffer = z.infer<typeof shownOffer>;

/** The offers of a decision with the money of each, as its application states where the money goes. */
export async function shownOffers(
  evidence: Pick<Evidence, 'open'>,
  decision: Pick<DecisionRecord, 'applicationId' | 'offers' | 'evidence'>,
): Promise<ShownOffer[]> {
  if (decision.offers.length === 0) return [];
  const application = await readEvidence(
    evidence,
    decision.applicationId,
    'application',
    decision.evidence.application,
  );
  return decision.offers.map((offer) => {
    const money = moneyOf(offer, application);
    const { netProceedsCents } = money;
    if (offer.kind === 'LOAN' && money.kind === 'LOAN') {
      return { ...offer, netProceedsCents, paidTo: [...money.paidTo], shortfallCents: money.shortfallCents };
    }
    if (offer.kind === 'LINE' && money.kind === 'LINE') {
      return { ...offer, netProceedsCents, repaidCents: money.repaidCents };
    }
    throw new TypeError(`The money of offer ${offer.offerId} is of another kind of credit.`);
  });
}
