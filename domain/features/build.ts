import type { CreditAttributes } from '../bureau/report.ts';
import { FEATURES, type FeatureName } from './catalogue.ts';

/** What the features need of an application. */
export interface FeatureApplication {
  readonly requestedAmountCents: number;
  readonly termMonths: number;
  /** Gross, as stated by the applicant. */
  readonly annualIncomeCents: number;
}

/** A value for every feature of the catalogue; null is missing. */
export type FeatureVector = Readonly<Record<FeatureName, number | null>>;

export interface FeatureFault {
  readonly feature: FeatureName;
  readonly fault: 'MISSING' | 'NOT_FINITE' | 'OUT_OF_RANGE';
  /** Never holds the value, which is personal data. */
  readonly message: string;
}

/** The vector may not reach a model: the application goes to a person. */
export class FeaturesUnusable extends Error {
  override readonly name = 'FeaturesUnusable';
}

/**
 * The features of one applicant, for scoring and for training alike.
 *
 * Amounts become dollars. Ratios are taken of cents and rounded to 6 decimals, half up; a ratio to an income that is not
 * positive is missing. Nothing is judged here: `featureFaults` does that.
 */
export function buildFeatures(application: FeatureApplication, attributes: CreditAttributes): FeatureVector {
  const { annualIncomeCents } = application;
  const { instalmentBalanceCents, instalmentLimitCents } = attributes;
  const { loan_amount, term_months, loan_to_income } = loanFeatures(application);
  return {
    loan_amount,
    term_months,
    annual_income: dollars(annualIncomeCents),
    delinquencies_2y: attributes.delinquencies2y,
    inquiries_6m: attributes.inquiries6m,
    revolving_utilisation: attributes.revolvingUtilisationPercent,
    accounts_now_delinquent: attributes.accountsNowDelinquent,
    instalment_active: attributes.instalmentActive,
    instalment_opened_12m: attributes.instalmentOpened12m,
    instalment_opened_24m: attributes.instalmentOpened24m,
    instalment_balance: dollars(instalmentBalanceCents),
    all_utilisation: attributes.allUtilisationPercent,
    finance_inquiries: attributes.financeInquiries,
    inquiries_12m: attributes.inquiries12m,
    delinquent_amount: dollars(attributes.delinquentAmountCents),
    instalment_accounts: attributes.instalmentAccounts,
    instalment_limit: dollars(instalmentLimitCents),
    loan_to_income,
    instalment_balance_to_income: ratio(instalmentBalanceCents, annualIncomeCents),
    instalment_utilisation: instalmentLimitCents === 0 ? 0 : ratio(instalmentBalanceCents, instalmentLimitCents),
  };
}

/** The features that another amount or term changes. */
export function loanFeatures({ requestedAmountCents, termMonths, annualIncomeCents }: FeatureApplication) {
  return {
    loan_amount: dollars(requestedAmountCents),
    term_months: termMonths,
    loan_to_income: ratio(requestedAmountCents, annualIncomeCents),
  } satisfies Partial<FeatureVector>;
}

/** Everything that keeps a vector from the model, in the catalogue's order; empty when it may be scored. */
export function featureFaults(vector: FeatureVector): FeatureFault[] {
  const faults: FeatureFault[] = [];
  for (const { name, unit, minimum, maximum } of FEATURES) {
    const value = vector[name] ?? null;
    if (value === null) {
      faults.push({
        feature: name,
        fault: 'MISSING',
        message: `${name} is missing: obtain it, or let a person decide.`,
      });
    } else if (!Number.isFinite(value)) {
      faults.push({
        feature: name,
        fault: 'NOT_FINITE',
        message: `${name} is not a number: correct its source, or let a person decide.`,
      });
    } else if (value < minimum || value > maximum) {
      faults.push({
        feature: name,
        fault: 'OUT_OF_RANGE',
        message: `${name} is outside ${minimum} to ${maximum} (${unit}): check its source, or let a person decide.`,
      });
    }
  }
  return faults;
}

/**
 * The vector as a model reads it: one row in the catalogue's order.
 * @throws FeaturesUnusable when `featureFaults` finds any.
 */
export function featureRow(vector: FeatureVector): Float32Array {
  const faults = featureFaults(vector);
  if (faults.length > 0) throw new FeaturesUnusable(faults.map((fault) => fault.message).join(' '));
  return Float32Array.from(FEATURES, ({ name }) => vector[name] ?? Number.NaN);
}

function dollars(cents: number): number;
function dollars(cents: number | null): number | null;
function dollars(cents: number | null): number | null {
  return cents === null ? null : cents / 100;
}

function ratio(part: number | null, whole: number | null): number | null {
  if (part === null || whole === null || whole <= 0) return null;
  return Math.round((part / whole) * 1e6) / 1e6;
}
