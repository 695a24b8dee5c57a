import { addDays, type LocalDate } from '../calendar.ts';
import type { ProductTerms } from './products.ts';
import type { Application } from './submission.ts';

/** What an applicant is asked for to complete an application, in the words of the notice (12 CFR 1002.9(c)(2)). */
export interface MissingItem {
  readonly path: string;
  readonly ask: string;
}

/** What `ValidateApplication` found. */
export interface Validation {
  readonly schemaVersion: 1;
  readonly status: 'COMPLETE' | 'INCOMPLETE';
  readonly missing: readonly MissingItem[];
  /** UTC; from the claim of the application id. */
  readonly receivedAt: string;
  /** The creditor's local date of receipt: legal periods start here. */
  readonly receivedOn: LocalDate;
  /** Until when the applicant may complete an incomplete application. */
  readonly completeBy: LocalDate | null;
}

/**
 * Compares an application with what its product needs. Missing parts that the applicant can supply make it incomplete, and
 * never declined. Consents are not among them: intake refuses a submission without one, and no pull is made without one.
 */
export function validateApplication(
  application: Application,
  terms: ProductTerms,
  received: { readonly at: string; readonly on: LocalDate },
): Validation {
  const missing: MissingItem[] = [];
  if (!application.income) missing.push({ path: 'income', ask: 'Your gross annual income' });
  if (!application.employment)
    missing.push({ path: 'employment', ask: 'Your employment status and years in your job' });
  if (!application.housing) missing.push({ path: 'housing', ask: 'Your housing status and monthly housing payment' });
  if (application.product === 'auto-loan' && application.request.purpose === 'REFINANCE') {
    if (!application.request.currentLoan) {
      missing.push({ path: 'request.currentLoan', ask: 'The payoff and the monthly payment of your current loan' });
    }
  }
  if (application.product === 'credit-line' && !application.deposits) {
    missing.push({ path: 'deposits', ask: 'Your average monthly deposits and how often you are paid' });
  }
  return {
    schemaVersion: 1,
    status: missing.length === 0 ? 'COMPLETE' : 'INCOMPLETE',
    missing,
    receivedAt: received.at,
    receivedOn: received.on,
    completeBy: missing.length === 0 ? null : addDays(received.on, terms.completionDays),
  };
}
