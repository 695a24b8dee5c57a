import type { Application } from '../application/submission.ts';
import type { Offer } from '../policy/result.ts';
import type { ReviewerTerms } from './product.ts';

/** What an application asks for, as the decision record says it: null where nothing was asked for. */
export interface Requested {
  /** Amount of a loan, limit of a line. */
  readonly amountCents: number | null;
  readonly termMonths: number | null;
}

export function requestedOf(application: Application): Requested {
  return application.product === 'credit-line'
    ? { amountCents: application.request.limitCents, termMonths: null }
    : { amountCents: application.request.amountCents, termMonths: application.request.termMonths };
}

/** Whether an offer gives what was asked for: the whole amount over the very term (12 CFR 1002.2(c)(1)(i)). */
export function meetsRequest(offer: Offer, application: Application): boolean {
  const { amountCents, termMonths } = requestedOf(application);
  if (offer.kind === 'LINE') return offer.limitCents >= (amountCents ?? 0);
  return offer.amountCents >= (amountCents ?? 0) && offer.termMonths === termMonths;
}

/** An offer's terms as a reviewer would give them. */
export function termsOf(offer: Offer): ReviewerTerms {
  const { annualRateBasisPoints } = offer;
  return offer.kind === 'LINE'
    ? { amountCents: offer.limitCents, termMonths: null, annualRateBasisPoints }
    : { amountCents: offer.amountCents, termMonths: offer.termMonths, annualRateBasisPoints };
}
