/** The fixture policy in the expression language of zen: what its author would write, with nulls handled by hand. */
export const RISK_RATES: readonly (readonly (number | null)[])[] = [
  [799, 899, 999, 1099],
  [1099, 1199, 1299, 1399],
  [1499, 1599, 1699, 1799],
  [1999, 2199, 2399, 2599],
  [2799, 2999, null, null],
];
export const LINE: readonly (readonly number[])[] = [
  [500_000, 300_000, 200_000, 100_000],
  [1_500_000, 1_000_000, 500_000, 200_000],
  [3_000_000, 2_000_000, 1_000_000, 500_000],
  [5_000_000, 3_500_000, 2_000_000, 1_000_000],
];
export const STATE_CAPS: Readonly<Record<string, number>> = {
  AL: 3600,
  AZ: 3600,
  CA: 3600,
  CO: 3600,
  FL: 3000,
  GA: 3600,
  IL: 3600,
  NY: 1600,
  TX: 3000,
  VA: 3600,
  VT: 1800,
  WV: 3100,
};
export const TABLES = ['apr', 'line', 'state_cap'];

/** In an order in which each reads only what is before it. `$` is what the node has given so far. */
export const DERIVED: readonly [string, string][] = [
  ['income', 'verified_income == null ? monthly_income : min([monthly_income, verified_income])'],
  ['payment', 'ceil(requested_amount / term)'],
  ['obligations', 'monthly_housing + monthly_debt'],
  ['dti', '$.income == 0 ? null : floor(($.obligations + $.payment) * 10000 / $.income + 0.5)'],
  ['pti', '$.income == 0 ? null : floor($.payment * 10000 / $.income + 0.5)'],
  ['utilisation', 'revolving_limit == 0 ? null : floor(revolving_balance * 10000 / revolving_limit + 0.5)'],
  ['free_income', '$.income - $.obligations'],
  ['half_income', 'floor($.income * 50 / 100)'],
  ['report_age', 'oldest_report_on == null ? null : (date(applied_on) - date(oldest_report_on)) / 86400'],
  ['stated_above_verified', 'verified_income != null and monthly_income > verified_income'],
];

/** `when` gives null where the policy reports the rule as missing and asks for a person. */
export const RULES: readonly { id: string; action: 'hold' | 'decline' | 'refer'; when: string }[] = [
  { id: 'sanctions', action: 'hold', when: 'sanctions_hit' },
  { id: 'identity_failed', action: 'hold', when: 'identity_status == "FAILED"' },
  { id: 'under_age', action: 'decline', when: 'age < 18' },
  { id: 'state_not_served', action: 'decline', when: 'state in ["VT", "WV"]' },
  { id: 'report_mismatch', action: 'hold', when: 'not report_matches' },
  { id: 'alert', action: 'hold', when: 'fraud_alert or report_frozen' },
  { id: 'bankruptcy', action: 'decline', when: 'months_since_bankruptcy != null and months_since_bankruptcy < 48' },
  { id: 'foreclosure', action: 'decline', when: 'months_since_foreclosure != null and months_since_foreclosure < 36' },
  { id: 'past_due', action: 'decline', when: 'accounts_past_due > 0 and amount_past_due > 10000' },
  { id: 'recent_90', action: 'decline', when: 'delinquencies_90d_24m >= 1' },
  { id: 'charge_off', action: 'decline', when: 'charge_offs_36m > 0' },
  { id: 'high_pd', action: 'decline', when: 'pd == null ? null : pd >= 1200' },
  { id: 'low_score', action: 'decline', when: 'fico == null ? null : fico < 600' },
  { id: 'collection', action: 'decline', when: 'collections > 2 or collections_amount > 100000' },
  { id: 'dti_too_high', action: 'decline', when: '$.dti == null or $.dti > 5000' },
  { id: 'pti_too_high', action: 'decline', when: '$.pti == null ? null : $.pti > 2000' },
  { id: 'negative_free_income', action: 'decline', when: '$.free_income <= 0' },
  { id: 'limit_too_small', action: 'decline', when: '$.limit == null ? null : $.limit < 100000' },
  { id: 'income_too_low', action: 'decline', when: 'monthly_income < 150000' },
  { id: 'amount_not_offered', action: 'decline', when: 'requested_amount < 100000 or requested_amount > 5000000' },
  { id: 'term_not_offered', action: 'decline', when: 'term < 12 or term > 60' },
  {
    id: 'existing_loan',
    action: 'decline',
    when: 'existing_balance_with_us == null ? null : existing_balance_with_us > 2500000',
  },
  { id: 'overdrafts', action: 'refer', when: 'overdrafts_90d != null and overdrafts_90d >= 5' },
  { id: 'recent_60', action: 'refer', when: 'delinquencies_60d_24m >= 2 or delinquencies_30d_24m >= 4' },
  { id: 'dti_high', action: 'refer', when: 'residence == "OWN" ? false : ($.dti == null ? null : $.dti > 4300)' },
  { id: 'utilised', action: 'refer', when: '$.utilisation != null and $.utilisation > 9500' },
  { id: 'inquiries', action: 'refer', when: 'inquiries_6m > 6' },
  { id: 'new_accounts', action: 'refer', when: 'accounts_opened_12m > 6' },
  {
    id: 'short_employment',
    action: 'refer',
    when: 'employment in ["EMPLOYED", "SELF_EMPLOYED"] and (months_employed == null or months_employed < 6)',
  },
  {
    id: 'thin',
    action: 'refer',
    when: 'open_tradelines < 2 ? true : (oldest_account_months == null ? null : oldest_account_months < 12)',
  },
  { id: 'unsecured', action: 'refer', when: 'unsecured_balance > 10000000' },
  { id: 'grey_pd', action: 'refer', when: 'pd == null ? null : (pd >= 800 and pd < 1200)' },
  {
    id: 'stale_report',
    action: 'refer',
    when: 'channel_risk == "HIGH" or ($.report_age != null and $.report_age > 3650)',
  },
  { id: 'price_above_cap', action: 'refer', when: '$.apr == null ? null : $.apr > $.state_cap' },
];

/** Rules that ask for a person when they do not know. */
export const ASKING = RULES.map(({ id, when }) => ({ id, when }))
  .filter(({ when }) => when.includes('null ? null'))
  .map(({ id }) => id);
