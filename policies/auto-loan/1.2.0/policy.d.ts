// Inputs and results of policy auto-loan 1.2.0. Written by the compiler; not to be edited.
export interface PreBureauInputs {
  /** Cents, 500000 to 10000000. */
  readonly requested_amount: number;
  /** Months, 36 to 84. */
  readonly term: number;
  /** One of these. */
  readonly purpose: "PURCHASE" | "REFINANCE";
  /** Cents, 100000 to 30000000. */
  readonly vehicle_value: number;
  /** One of these. */
  readonly value_source: "DEALER_INVOICE" | "GUIDE_BOOK" | "APPRAISAL";
  /** Whole number, 0 to 60. */
  readonly vehicle_age: number;
  /** Whole number, 0 to 500000. */
  readonly vehicle_mileage: number;
  /** Cents, 0 to 30000000. */
  readonly down_payment: number;
  /** Cents, 0 to 30000000. */
  readonly trade_in_value: number;
  /** Cents, 0 to 10000000. */
  readonly negative_equity: number;
  /** Cents, 0 to 1000000. */
  readonly gap_price: number;
  /** Cents, 0 to 1000000. */
  readonly service_contract_price: number;
  /** Cents, 1 to 10000000. */
  readonly payoff: number | null;
  /** Cents, 0 to 1000000. */
  readonly paid_off_payment: number | null;
  /** One of these. */
  readonly title_verified: boolean;
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
export type RuleId = "POSSIBLE_LIST_MATCH" | "BUREAU_UNAVAILABLE" | "FILE_FROZEN" | "PULL_AMBIGUOUS" | "REPORT_MISMATCH" | "ACTIVE_DUTY_ALERT" | "DECEASED_INDICATOR" | "EXTENDED_FRAUD_ALERT" | "FRAUD_ALERT" | "UNKNOWN_ALERT" | "UNDER_LEGAL_AGE" | "BANKRUPTCY" | "ACCOUNTS_NOW_DELINQUENT" | "OBLIGATIONS_ALONE_TOO_HIGH" | "INCOME_BELOW_MINIMUM" | "VEHICLE_TOO_OLD" | "MILEAGE_TOO_HIGH" | "NEGATIVE_EQUITY_TOO_HIGH" | "PREDICTED_DEFAULT_TOO_LIKELY" | "NO_CREDIT_FILE" | "THIN_FILE" | "FEATURES_UNUSABLE" | "REPORT_STALE" | "LARGE_AMOUNT_PAST_DUE" | "MANY_PAST_DELINQUENCIES" | "MANY_INQUIRIES" | "MANY_FINANCE_INQUIRIES" | "MANY_NEW_ACCOUNTS" | "REVOLVING_OVER_LIMIT" | "HOUSING_COST_UNKNOWN" | "YOUNG_FILE" | "ANCILLARIES_TOO_HIGH" | "VALUE_STATED_BY_SELLER" | "MILEAGE_UNUSUAL" | "LARGE_LOAN_WITHOUT_OWN_MONEY" | "REFINANCE_BELOW_PAYOFF" | "REFINANCE_CASH_OUT" | "OTHER_APPLICATION_OPEN" | "PREDICTED_DEFAULT_NEAR_CUTOFF";
export type LimitName = never;
export type ConditionId = "VERIFY_INCOME" | "VERIFY_IDENTITY" | "VERIFY_EMPLOYMENT" | "VERIFY_TITLE";
export interface Values {
  readonly derived: {
    readonly product_maximum: number;
    readonly smallest_amount: number;
    readonly amount_step: number;
    readonly origination_fee: number;
    readonly pti_cap: number;
    readonly dti_cap: number;
    readonly offer_days: number;
    readonly report_days: number;
    readonly obligations: number | null;
    readonly dti_before_loan: number | null;
    readonly ancillaries: number;
    readonly ancillary_share: number;
    readonly negative_equity_share: number;
    readonly own_money: number;
    readonly cash_out: number | null;
    readonly usual_mileage: number;
    readonly annual_rate: number | null;
  };
  readonly bands: {
    readonly risk: "A" | "B" | "C" | "D" | "E" | "F" | null;
  };
  readonly tables: {
    readonly longest_term: number;
    readonly base_rate: number | null;
    readonly age_surcharge: number;
    readonly ltv_cap: number | null;
    readonly largest_amount: number | null;
  };
}

import type { PolicyModule } from '@underwright/policy-compiler/module';
export declare const policy: PolicyModule['policy'];
export declare const evaluate: PolicyModule['evaluate'];
export declare const explain: PolicyModule['explain'];
export declare const model: NonNullable<PolicyModule['model']>;
export declare const authority: NonNullable<PolicyModule['authority']>;
