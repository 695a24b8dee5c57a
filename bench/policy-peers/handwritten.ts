/**
 * The fixture policy as a TypeScript programmer would write it, for benchmarks only: the floor that a compiled policy is
 * measured against.
 */
export interface Applicant {
  readonly requested_amount: number;
  readonly term: number;
  readonly state: string;
  readonly residence: string;
  readonly employment: string;
  readonly months_employed: number | null;
  readonly monthly_income: number;
  readonly monthly_housing: number;
  readonly applied_on: string;
  readonly identity_status: string;
  readonly sanctions_hit: boolean;
  readonly age: number;
  readonly existing_balance_with_us: number | null;
  readonly overdrafts_90d: number | null;
  readonly channel_risk: string;
  readonly fico: number | null;
  readonly pd: number | null;
  readonly report_matches: boolean;
  readonly fraud_alert: boolean;
  readonly report_frozen: boolean;
  readonly verified_income: number | null;
  readonly monthly_debt: number;
  readonly open_tradelines: number;
  readonly oldest_account_months: number | null;
  readonly delinquencies_30d_24m: number;
  readonly delinquencies_60d_24m: number;
  readonly delinquencies_90d_24m: number;
  readonly accounts_past_due: number;
  readonly amount_past_due: number;
  readonly collections: number;
  readonly collections_amount: number;
  readonly months_since_bankruptcy: number | null;
  readonly months_since_foreclosure: number | null;
  readonly charge_offs_36m: number;
  readonly inquiries_6m: number;
  readonly accounts_opened_12m: number;
  readonly revolving_balance: number;
  readonly revolving_limit: number;
  readonly unsecured_balance: number;
  readonly oldest_report_on: string | null;
}

export interface Answer {
  readonly outcome: 'HOLD' | 'DECLINE' | 'REFER' | 'APPROVE';
  readonly failed: string[];
  readonly derived: Record<string, number | boolean | null>;
  readonly tables: Record<string, number | null>;
  readonly limit: number | null;
}

const APR: Record<string, readonly (number | null)[]> = {
  A: [799, 899, 999, 1099],
  B: [1099, 1199, 1299, 1399],
  C: [1499, 1599, 1699, 1799],
  D: [1999, 2199, 2399, 2599],
  E: [2799, 2999, null, null],
};
const LINE = [
  [500_000, 300_000, 200_000, 100_000],
  [1_500_000, 1_000_000, 500_000, 200_000],
  [3_000_000, 2_000_000, 1_000_000, 500_000],
  [5_000_000, 3_500_000, 2_000_000, 1_000_000],
];
const STATE_CAP: Record<string, number> = {
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
const halfUp = (n: number, d: number): number | null => (d === 0 ? null : Math.floor(n / d + 0.5));
/** By arithmetic, as Date.parse would be most of the whole decision's time. */
function days(date: string): number {
  const digit = (index: number): number => date.charCodeAt(index) - 48;
  const month = digit(5) * 10 + digit(6);
  const year = digit(0) * 1000 + digit(1) * 100 + digit(2) * 10 + digit(3) - (month > 2 ? 0 : 1);
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + digit(8) * 10 + digit(9) - 1;
  return year * 365 + Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400) + dayOfYear - 719_468;
}

/** Checks no input and keeps no outcome of a rule that passed: less than a compiled policy does. */
export function handwritten(a: Applicant): Answer {
  const income = a.verified_income === null ? a.monthly_income : Math.min(a.monthly_income, a.verified_income);
  const payment = Math.ceil(a.requested_amount / a.term);
  const obligations = a.monthly_housing + a.monthly_debt;
  const dti = halfUp((obligations + payment) * 10_000, income);
  const pti = halfUp(payment * 10_000, income);
  const utilisation = halfUp(a.revolving_balance * 10_000, a.revolving_limit);
  const freeIncome = income - obligations;
  const halfIncome = Math.floor((income * 50) / 100);
  const reportAge = a.oldest_report_on === null ? null : days(a.applied_on) - days(a.oldest_report_on);
  const statedAbove = a.verified_income !== null && a.monthly_income > a.verified_income;
  const { pd, fico } = a;
  const risk = pd === null ? null : pd < 150 ? 'A' : pd < 300 ? 'B' : pd < 500 ? 'C' : pd < 800 ? 'D' : 'E';
  const termColumn = a.term < 24 ? 0 : a.term < 37 ? 1 : a.term < 49 ? 2 : 3;
  const apr = risk === null ? null : (APR[risk]?.[termColumn] ?? null);
  let line: number | null = null;
  if (fico !== null && dti !== null) {
    const row = fico < 600 ? 0 : fico < 660 ? 1 : fico < 720 ? 2 : 3;
    const column = dti < 2000 ? 0 : dti < 3500 ? 1 : dti < 4500 ? 2 : 3;
    line = LINE[row]?.[column] ?? null;
  }
  const cap = STATE_CAP[a.state] ?? 0;
  const limit = line === null ? null : Math.min(line, halfIncome * 12, 5_000_000);

  const failed: string[] = [];
  let hold = false;
  let decline = false;
  let refer = apr === null || line === null;
  const rule = (id: string, fired: boolean | null): boolean => {
    if (fired !== false) failed.push(id);
    return fired === true;
  };
  /** As `rule`, for one that asks for a person when it does not know. */
  const ask = (id: string, fired: boolean | null): boolean => {
    if (fired === null) refer = true;
    return rule(id, fired);
  };
  const employed = a.employment === 'EMPLOYED' || a.employment === 'SELF_EMPLOYED';
  if (rule('sanctions', a.sanctions_hit)) hold = true;
  if (rule('identity_failed', a.identity_status === 'FAILED')) hold = true;
  if (rule('under_age', a.age < 18)) decline = true;
  if (rule('state_not_served', a.state === 'VT' || a.state === 'WV')) decline = true;
  if (rule('report_mismatch', !a.report_matches)) hold = true;
  if (rule('alert', a.fraud_alert || a.report_frozen)) hold = true;
  if (rule('bankruptcy', a.months_since_bankruptcy !== null && a.months_since_bankruptcy < 48)) decline = true;
  if (rule('foreclosure', a.months_since_foreclosure !== null && a.months_since_foreclosure < 36)) decline = true;
  if (rule('past_due', a.accounts_past_due > 0 && a.amount_past_due > 10_000)) decline = true;
  if (rule('recent_90', a.delinquencies_90d_24m >= 1)) decline = true;
  if (rule('charge_off', a.charge_offs_36m > 0)) decline = true;
  if (ask('high_pd', pd === null ? null : pd >= 1200)) decline = true;
  if (ask('low_score', fico === null ? null : fico < 600)) decline = true;
  if (rule('collection', a.collections > 2 || a.collections_amount > 100_000)) decline = true;
  if (rule('dti_too_high', dti === null || dti > 5000)) decline = true;
  if (ask('pti_too_high', pti === null ? null : pti > 2000)) decline = true;
  if (rule('negative_free_income', freeIncome <= 0)) decline = true;
  if (ask('limit_too_small', limit === null ? null : limit < 100_000)) decline = true;
  if (rule('income_too_low', a.monthly_income < 150_000)) decline = true;
  if (rule('amount_not_offered', a.requested_amount < 100_000 || a.requested_amount > 5_000_000)) decline = true;
  if (rule('term_not_offered', a.term < 12 || a.term > 60)) decline = true;
  const owed = a.existing_balance_with_us;
  if (ask('existing_loan', owed === null ? null : owed > 2_500_000)) decline = true;
  if (rule('overdrafts', a.overdrafts_90d !== null && a.overdrafts_90d >= 5)) refer = true;
  if (rule('recent_60', a.delinquencies_60d_24m >= 2 || a.delinquencies_30d_24m >= 4)) refer = true;
  if (ask('dti_high', a.residence === 'OWN' ? false : dti === null ? null : dti > 4300)) refer = true;
  if (rule('utilised', utilisation !== null && utilisation > 9500)) refer = true;
  if (rule('inquiries', a.inquiries_6m > 6)) refer = true;
  if (rule('new_accounts', a.accounts_opened_12m > 6)) refer = true;
  if (rule('short_employment', employed && (a.months_employed === null || a.months_employed < 6))) refer = true;
  const oldest = a.oldest_account_months;
  if (ask('thin', a.open_tradelines < 2 || (oldest === null ? null : oldest < 12))) refer = true;
  if (rule('unsecured', a.unsecured_balance > 10_000_000)) refer = true;
  if (ask('grey_pd', pd === null ? null : pd >= 800 && pd < 1200)) refer = true;
  if (rule('stale_report', a.channel_risk === 'HIGH' || (reportAge !== null && reportAge > 3650))) refer = true;
  if (ask('price_above_cap', apr === null ? null : apr > cap)) refer = true;
  return {
    outcome: hold ? 'HOLD' : decline ? 'DECLINE' : refer ? 'REFER' : 'APPROVE',
    failed,
    derived: {
      income,
      payment,
      obligations,
      dti,
      pti,
      utilisation,
      free_income: freeIncome,
      half_income: halfIncome,
      report_age: reportAge,
      stated_above_verified: statedAbove,
    },
    tables: { apr, line, state_cap: cap },
    limit,
  };
}
