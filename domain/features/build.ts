import type { CreditAttributes } from '../bureau/report.ts';
import { definitionOf, namesOf, type FeatureName } from './catalogue.ts';

/** What the features need of an application. */
export interface FeatureApplication {
  readonly requestedAmountCents: number;
  readonly termMonths: number;
  /** Gross, as stated by the applicant. */
  readonly annualIncomeCents: number;
}

/** Values of features by name; null or absent is missing. */
export type FeatureVector = Readonly<Partial<Record<FeatureName, number | null>>>;

/** What a model package declares about one of its features. */
export interface ModelFeature {
  /** `name@version`. */
  readonly feature: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly missingCodes: readonly number[];
}

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
 * Every feature of the catalog for one applicant, for scoring and for training alike.
 *
 * Amounts become dollars. Ratios are taken of cents and rounded to 6 decimals, half up; a ratio to an income that is not
 * positive is missing. Nothing is judged here: `featureFaults` does that.
 */
export function buildFeatures(application: FeatureApplication, attributes: CreditAttributes) {
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
    oldest_account_months: attributes.oldestAccountMonths,
  } satisfies Record<FeatureName, number | null>;
}

/** The values of a model's own features, a missing one as null. */
export function ownFeatures(vector: FeatureVector, features: readonly ModelFeature[]): FeatureVector {
  return Object.fromEntries(namesOf(features).map((name) => [name, vector[name] ?? null]));
}

/** The features that another amount or term changes. */
export function loanFeatures({ requestedAmountCents, termMonths, annualIncomeCents }: FeatureApplication) {
  return {
    loan_amount: dollars(requestedAmountCents),
    term_months: termMonths,
    loan_to_income: ratio(requestedAmountCents, annualIncomeCents),
  } satisfies Partial<FeatureVector>;
}

/** Everything that keeps a vector from a model, in the order of its columns; empty when it may be scored. */
export function featureFaults(vector: FeatureVector, features: readonly ModelFeature[]): FeatureFault[] {
  const names = namesOf(features);
  return features.flatMap((feature, column) => {
    const name = names[column]!;
    const fault = faultOf(vector[name] ?? null, feature);
    return fault === undefined ? [] : [{ feature: name, fault, message: `${name} ${messageOf(fault, name, feature)}` }];
  });
}

function faultOf(value: unknown, feature: ModelFeature): FeatureFault['fault'] | undefined {
  if (value === null) return 'MISSING';
  // Texts and lists would be scored as the number that they convert to.
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'NOT_FINITE';
  if (feature.missingCodes.includes(value)) return 'MISSING';
  return value < feature.minimum || value > feature.maximum ? 'OUT_OF_RANGE' : undefined;
}

function messageOf(fault: FeatureFault['fault'], name: FeatureName, { minimum, maximum }: ModelFeature): string {
  if (fault === 'MISSING') return 'is missing: obtain it, or let a person decide.';
  if (fault === 'NOT_FINITE') return 'is not a number: correct its source, or let a person decide.';
  const unit = definitionOf(name)?.unit;
  return `is outside ${minimum} to ${maximum} (${unit}): check its source, or let a person decide.`;
}

/**
 * The vector as a model reads it: one row in the order of its columns.
 * @throws FeaturesUnusable when `featureFaults` finds any.
 */
export function featureRow(vector: FeatureVector, features: readonly ModelFeature[]): Float32Array {
  const faults = featureFaults(vector, features);
  if (faults.length > 0) throw new FeaturesUnusable(faults.map((fault) => fault.message).join(' '));
  return Float32Array.from(namesOf(features), (name) => vector[name] ?? Number.NaN);
}

function dollars(cents: number): number;
function dollars(cents: number | null): number | null;
function dollars(cents: number | null): number | null {
  return cents === null ? null : areNumbers(cents) ? cents / 100 : Number.NaN;
}

function ratio(part: number | null, whole: number | null): number | null {
  if (part === null || whole === null) return null;
  if (!areNumbers(part, whole)) return Number.NaN;
  return whole <= 0 ? null : Math.round((part / whole) * 1e6) / 1e6;
}

/** A division would turn a text, a list or a truth value into a number. */
const areNumbers = (...values: readonly unknown[]): boolean => values.every((value) => typeof value === 'number');
