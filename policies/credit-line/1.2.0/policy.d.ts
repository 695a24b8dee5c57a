// Inputs and results of policy credit-line 1.2.0. Written by the compiler; not to be edited.
export interface PreBureauInputs {
  /** Cents, 50000 to 500000. */
  readonly requested_limit: number | null;
  /** One of these. */
  readonly plan: "BASIC" | "PLUS";
  /** Cents, 0 to 100000000. */
  readonly average_deposits: number | null;
  /** One of these. */
  readonly pay_frequency: "WEEKLY" | "BIWEEKLY" | "SEMI_MONTHLY" | "MONTHLY" | null;
  /** Cents, 0 to 1000000000. */
  readonly annual_income: number | null;
  /** One of these. */
  readonly income_verified: boolean;
  /** One of these. */
  readonly identity_verified: boolean;
  /** One of these. */
  readonly employment: "EMPLOYED" | "SELF_EMPLOYED" | "RETIRED" | "NOT_EMPLOYED" | null;
  /** Cents, 0 to 10000000. */
  readonly housing_payment: number | null;
  /** One of these. */
  readonly list_match: boolean;
  /** One of these. */
  readonly of_legal_age: boolean;
  /** Whole number, 0 to 1000. */
  readonly other_open_applications: number;
}
export interface FullInputs extends PreBureauInputs {
  /** One of these. */
  readonly bureau_status: "HIT" | "THIN" | "NO_HIT" | "FROZEN" | "UNAVAILABLE" | "MISMATCH" | "AMBIGUOUS";
  /** One of these. */
  readonly alert_fraud_initial: boolean;
  /** One of these. */
  readonly alert_fraud_extended: boolean;
  /** One of these. */
  readonly alert_active_duty: boolean;
  /** One of these. */
  readonly alert_deceased: boolean;
  /** One of these. */
  readonly alert_unknown: boolean;
  /** Whole number, 0 to 100000. */
  readonly report_age_days: number | null;
  /** Cents, 0 to 10000000. */
  readonly monthly_obligations: number | null;
  /** Whole number, 0 to 20. */
  readonly bankruptcies: number | null;
  /** Whole number, 0 to 100. */
  readonly accounts_now_delinquent: number | null;
  /** Cents, 0 to 1000000000. */
  readonly delinquent_amount: number | null;
  /** Whole number, 0 to 100. */
  readonly delinquencies_2y: number | null;
  /** Whole number, 0 to 100. */
  readonly inquiries_6m: number | null;
  /** Whole number, 0 to 100. */
  readonly finance_inquiries: number | null;
  /** Whole number, 0 to 100. */
  readonly instalment_opened_12m: number | null;
  /** Basis points, 0 to 30000. */
  readonly revolving_utilisation: number | null;
  /** Months, 0 to 1200. */
  readonly oldest_account_months: number | null;
  /** Whole number, 0 to 100. */
  readonly model_faults: number;
  /** Whole number, 0 to 1000000. */
  readonly pd: number | null;
  /** Whole number, 0 to 1000000. */
  readonly cutoff_decline: number | null;
  /** Whole number, 0 to 1000000. */
  readonly cutoff_referral: number | null;
  /** One of these. */
  readonly risk: "A" | "B" | "C" | "D" | "E" | "F" | null;
}
export type RuleId = "POSSIBLE_LIST_MATCH" | "BUREAU_UNAVAILABLE" | "FILE_FROZEN" | "PULL_AMBIGUOUS" | "REPORT_MISMATCH" | "ACTIVE_DUTY_ALERT" | "DECEASED_INDICATOR" | "EXTENDED_FRAUD_ALERT" | "FRAUD_ALERT" | "UNKNOWN_ALERT" | "UNDER_LEGAL_AGE" | "BANKRUPTCY" | "ACCOUNTS_NOW_DELINQUENT" | "OBLIGATIONS_ALONE_TOO_HIGH" | "INCOME_BELOW_MINIMUM" | "DEPOSITS_TOO_LOW" | "PREDICTED_DEFAULT_TOO_LIKELY" | "LIMIT_TOO_SMALL" | "NO_CREDIT_FILE" | "THIN_FILE" | "FEATURES_UNUSABLE" | "REPORT_STALE" | "LARGE_AMOUNT_PAST_DUE" | "MANY_PAST_DELINQUENCIES" | "MANY_INQUIRIES" | "MANY_FINANCE_INQUIRIES" | "MANY_NEW_ACCOUNTS" | "REVOLVING_OVER_LIMIT" | "HOUSING_COST_UNKNOWN" | "YOUNG_FILE" | "DEPOSITS_FAR_BELOW_INCOME" | "DEPOSITS_FAR_ABOVE_INCOME" | "LIMIT_ABOVE_DEPOSITS" | "OTHER_APPLICATION_OPEN" | "PREDICTED_DEFAULT_NEAR_CUTOFF";
export type LimitName = "TIER_MAXIMUM" | "NET_DEPOSITS" | "NET_INCOME" | "OBLIGATIONS";
export type ConditionId = "VERIFY_INCOME" | "VERIFY_IDENTITY" | "VERIFY_EMPLOYMENT";
export interface Values {
  readonly derived: {
    readonly smallest_amount: number;
    readonly amount_step: number;
    readonly offer_days: number;
    readonly report_days: number;
    readonly dti_cap: number;
    readonly obligations: number | null;
    readonly dti_before_loan: number | null;
    readonly deposit_share: number | null;
    readonly income_share: number | null;
    readonly debt_capacity: number | null;
    readonly deposits_to_income: number | null;
  };
  readonly bands: {
    readonly risk: "A" | "B" | "C" | "D" | "E" | "F" | null;
  };
  readonly tables: {
    readonly annual_rate: number | null;
    readonly largest_amount: number | null;
    readonly subscription_fee: number;
    readonly draw_days: number | null;
  };
}

import type { PolicyModule } from '@underwright/policy-compiler/module';
export declare const policy: PolicyModule['policy'];
export declare const evaluate: PolicyModule['evaluate'];
export declare const explain: PolicyModule['explain'];
export declare const model: NonNullable<PolicyModule['model']>;
export declare const authority: NonNullable<PolicyModule['authority']>;
