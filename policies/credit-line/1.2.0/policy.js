// Policy credit-line 1.2.0, compiled from the text with SHA-256 6005c029fe524ec58417c340468c23c92ce9d7d95935f4a14acc12996f608055. Not to be edited.
export const policy = Object.freeze({"id":"credit-line","version":"1.2.0","product":"credit-line","effective":"2026-12-01","sourceDigest":"6005c029fe524ec58417c340468c23c92ce9d7d95935f4a14acc12996f608055"});
export const model = {"purpose":"default","uses":["decide","price","limit"],"cutoffs":["decline","referral"],"bands":{"risk":["A","B","C","D","E","F"]}};
export const authority = {"rates":{"low":899,"high":1599},"roles":{"reviewer":{"amount":100000,"corridor":100,"alone":["as-policy","against-applicant","other-terms","declined-without-offer","hold-cleared"],"confirms":[]},"senior-reviewer":{"amount":500000,"corridor":300,"alone":["as-policy","for-applicant","against-applicant","other-terms","declined-without-offer","hold-cleared"],"confirms":["as-policy","for-applicant","against-applicant","other-terms","approved-without-offer","declined-without-offer","hard-decline-reversed","own-words"]}},"escalation":"senior-reviewer","separate":["requester","earlier-reviewer"]};
const and = (a, b) => (a === false || b === false ? false : a === null || b === null ? null : true);
function divideDown(n, d, unit) {
  if (d === 0) return null;
  if (d < 0) { n = -n; d = -d; }
  let q = Math.floor(n / d);
  const r = n - q * d;
  if (r < 0) q -= 1; else if (r >= d) q += 1;
  return q * unit + 0;
}
function divideUp(n, d, unit) {
  if (d === 0) return null;
  if (d < 0) { n = -n; d = -d; }
  let q = Math.ceil(n / d);
  const r = q * d - n;
  if (r < 0) q += 1; else if (r >= d) q -= 1;
  return q * unit + 0;
}
function faultOf([name, kind, nullable, low, high, labels], given) {
  if (given === null || typeof given !== 'object' || Array.isArray(given) || !Object.hasOwn(given, name)) return 'ABSENT';
  const value = given[name];
  if (value === undefined) return 'ABSENT';
  if (value === null) return nullable ? null : 'NULL';
  if (kind === 'boolean') return typeof value === 'boolean' ? null : 'WRONG_TYPE';
  if (kind === 'enumeration') {
    if (typeof value !== 'string') return 'WRONG_TYPE';
    return labels.includes(value) ? null : 'NOT_IN_ENUMERATION';
  }
  let number = value;
  if (kind === 'date') {
    if (typeof value !== 'string') return 'WRONG_TYPE';
    number = daysOf(value);
    if (number !== number) return 'NOT_A_DATE';
  } else {
    if (typeof value !== 'number') return 'WRONG_TYPE';
    if (value !== value) return 'NOT_A_NUMBER';
  }
  if (number < low || number > high) return 'OUT_OF_RANGE';
  return Number.isInteger(number) ? null : 'NOT_WHOLE';
}
function faultsOf(expected, given) {
  const faults = [];
  for (const input of expected) {
    const fault = faultOf(input, given);
    if (fault !== null) faults.push({ name: input[0], fault });
  }
  if (given !== null && typeof given === 'object' && !Array.isArray(given)) {
    for (const name of Object.keys(given).sort()) {
      if (!expected.some((input) => input[0] === name)) faults.push({ name, fault: 'UNKNOWN' });
    }
  }
  return faults;
}
function refused(stage, invalidInputs) {
  return {
    policy, stage, outcome: 'REFER', rules: {}, failed: [], derived: {}, bands: {}, tables: {},
    limits: { amounts: {}, binding: null, amount: null, reason: null }, conditions: [], unevaluated: [], invalidInputs,
  };
}
function changeOf(operator, value, threshold) {
  switch (operator) {
    case '<': return value < threshold ? threshold - value : threshold - 1 - value;
    case '<=': return value <= threshold ? threshold + 1 - value : threshold - value;
    case '>': return value > threshold ? threshold - value : threshold + 1 - value;
    case '>=': return value >= threshold ? threshold - 1 - value : threshold - value;
    default: return value === threshold ? 1 : threshold - value;
  }
}
function holdsOf(operator, value, threshold) {
  switch (operator) {
    case '<': return value < threshold;
    case '<=': return value <= threshold;
    case '>': return value > threshold;
    case '>=': return value >= threshold;
    case '==': return value === threshold;
    default: return value !== threshold;
  }
}
const SET_0 = new Set(["HIT", "THIN", "NO_HIT", "FROZEN", "UNAVAILABLE", "MISMATCH", "AMBIGUOUS"]);
const PRE_BUREAU_INPUTS = [
  ["requested_limit","money",true,50000,500000,[]],
  ["plan","enumeration",false,0,1,["BASIC","PLUS"]],
  ["average_deposits","money",true,0,100000000,[]],
  ["pay_frequency","enumeration",true,0,3,["WEEKLY","BIWEEKLY","SEMI_MONTHLY","MONTHLY"]],
  ["annual_income","money",true,0,1000000000,[]],
  ["income_verified","boolean",false,0,1,[]],
  ["identity_verified","boolean",false,0,1,[]],
  ["employment","enumeration",true,0,3,["EMPLOYED","SELF_EMPLOYED","RETIRED","NOT_EMPLOYED"]],
  ["housing_payment","money",true,0,10000000,[]],
  ["list_match","boolean",false,0,1,[]],
  ["of_legal_age","boolean",false,0,1,[]],
  ["other_open_applications","integer",false,0,1000,[]],
];
const FULL_INPUTS = [
  ["requested_limit","money",true,50000,500000,[]],
  ["plan","enumeration",false,0,1,["BASIC","PLUS"]],
  ["average_deposits","money",true,0,100000000,[]],
  ["pay_frequency","enumeration",true,0,3,["WEEKLY","BIWEEKLY","SEMI_MONTHLY","MONTHLY"]],
  ["annual_income","money",true,0,1000000000,[]],
  ["income_verified","boolean",false,0,1,[]],
  ["identity_verified","boolean",false,0,1,[]],
  ["employment","enumeration",true,0,3,["EMPLOYED","SELF_EMPLOYED","RETIRED","NOT_EMPLOYED"]],
  ["housing_payment","money",true,0,10000000,[]],
  ["list_match","boolean",false,0,1,[]],
  ["of_legal_age","boolean",false,0,1,[]],
  ["other_open_applications","integer",false,0,1000,[]],
  ["bureau_status","enumeration",false,0,6,["HIT","THIN","NO_HIT","FROZEN","UNAVAILABLE","MISMATCH","AMBIGUOUS"]],
  ["alert_fraud_initial","boolean",false,0,1,[]],
  ["alert_fraud_extended","boolean",false,0,1,[]],
  ["alert_active_duty","boolean",false,0,1,[]],
  ["alert_deceased","boolean",false,0,1,[]],
  ["alert_unknown","boolean",false,0,1,[]],
  ["report_age_days","integer",true,0,100000,[]],
  ["monthly_obligations","money",true,0,10000000,[]],
  ["bankruptcies","integer",true,0,20,[]],
  ["accounts_now_delinquent","integer",true,0,100,[]],
  ["delinquent_amount","money",true,0,1000000000,[]],
  ["delinquencies_2y","integer",true,0,100,[]],
  ["inquiries_6m","integer",true,0,100,[]],
  ["finance_inquiries","integer",true,0,100,[]],
  ["instalment_opened_12m","integer",true,0,100,[]],
  ["revolving_utilisation","ratio",true,0,30000,[]],
  ["oldest_account_months","months",true,0,1200,[]],
  ["model_faults","integer",false,0,100,[]],
  ["pd","integer",true,0,1000000,[]],
  ["cutoff_decline","integer",true,0,1000000,[]],
  ["cutoff_referral","integer",true,0,1000000,[]],
  ["risk","enumeration",true,0,5,["A","B","C","D","E","F"]],
];
const CELLS_annual_rate = [899,1099,1299,1399,1499,1599];
const CELLS_largest_amount = [500000,400000,300000,200000,100000,60000];
const CELLS_subscription_fee = [300,800];
const CELLS_draw_days = [7,14,15,30];
const FIRED_0 = Object.freeze({"rule":"POSSIBLE_LIST_MATCH","action":"hold","outcome":"FIRED","reason":"AX01"});
const FIRED_1 = Object.freeze({"rule":"BUREAU_UNAVAILABLE","action":"hold","outcome":"FIRED","reason":"none"});
const FIRED_2 = Object.freeze({"rule":"FILE_FROZEN","action":"hold","outcome":"FIRED","reason":"AX02"});
const FIRED_3 = Object.freeze({"rule":"PULL_AMBIGUOUS","action":"hold","outcome":"FIRED","reason":"none"});
const FIRED_4 = Object.freeze({"rule":"REPORT_MISMATCH","action":"hold","outcome":"FIRED","reason":"AX01"});
const FIRED_5 = Object.freeze({"rule":"ACTIVE_DUTY_ALERT","action":"hold","outcome":"FIRED","reason":"AX01"});
const FIRED_6 = Object.freeze({"rule":"DECEASED_INDICATOR","action":"hold","outcome":"FIRED","reason":"AX01"});
const FIRED_7 = Object.freeze({"rule":"EXTENDED_FRAUD_ALERT","action":"hold","outcome":"FIRED","reason":"AX01"});
const FIRED_8 = Object.freeze({"rule":"FRAUD_ALERT","action":"hold","outcome":"FIRED","reason":"AX01"});
const FIRED_9 = Object.freeze({"rule":"UNKNOWN_ALERT","action":"hold","outcome":"FIRED","reason":"AX01"});
const FIRED_10 = Object.freeze({"rule":"UNDER_LEGAL_AGE","action":"decline","outcome":"FIRED","reason":"AX12"});
const FIRED_11 = Object.freeze({"rule":"BANKRUPTCY","action":"decline","outcome":"FIRED","reason":"AA21"});
const MISSING_REFERRED_11 = Object.freeze({"rule":"BANKRUPTCY","action":"refer","outcome":"MISSING_REFERRED","reason":"AA21"});
const FIRED_12 = Object.freeze({"rule":"ACCOUNTS_NOW_DELINQUENT","action":"decline","outcome":"FIRED","reason":"AA17"});
const MISSING_REFERRED_12 = Object.freeze({"rule":"ACCOUNTS_NOW_DELINQUENT","action":"refer","outcome":"MISSING_REFERRED","reason":"AA17"});
const FIRED_13 = Object.freeze({"rule":"OBLIGATIONS_ALONE_TOO_HIGH","action":"decline","outcome":"FIRED","reason":"AA09"});
const MISSING_REFERRED_13 = Object.freeze({"rule":"OBLIGATIONS_ALONE_TOO_HIGH","action":"refer","outcome":"MISSING_REFERRED","reason":"AA09"});
const FIRED_14 = Object.freeze({"rule":"INCOME_BELOW_MINIMUM","action":"decline","outcome":"FIRED","reason":"AX11"});
const MISSING_REFERRED_14 = Object.freeze({"rule":"INCOME_BELOW_MINIMUM","action":"refer","outcome":"MISSING_REFERRED","reason":"AX11"});
const FIRED_15 = Object.freeze({"rule":"DEPOSITS_TOO_LOW","action":"decline","outcome":"FIRED","reason":"AX38"});
const MISSING_REFERRED_15 = Object.freeze({"rule":"DEPOSITS_TOO_LOW","action":"refer","outcome":"MISSING_REFERRED","reason":"AX38"});
const FIRED_16 = Object.freeze({"rule":"PREDICTED_DEFAULT_TOO_LIKELY","action":"decline","outcome":"FIRED","reason":"from(model)"});
const MISSING_REFERRED_16 = Object.freeze({"rule":"PREDICTED_DEFAULT_TOO_LIKELY","action":"refer","outcome":"MISSING_REFERRED","reason":"from(model)"});
const FIRED_17 = Object.freeze({"rule":"LIMIT_TOO_SMALL","action":"decline","outcome":"FIRED","reason":"from(limit)"});
const MISSING_REFERRED_17 = Object.freeze({"rule":"LIMIT_TOO_SMALL","action":"refer","outcome":"MISSING_REFERRED","reason":"from(limit)"});
const FIRED_18 = Object.freeze({"rule":"NO_CREDIT_FILE","action":"refer","outcome":"FIRED","reason":"AA14"});
const FIRED_19 = Object.freeze({"rule":"THIN_FILE","action":"refer","outcome":"FIRED","reason":"AA15"});
const FIRED_20 = Object.freeze({"rule":"FEATURES_UNUSABLE","action":"refer","outcome":"FIRED","reason":"none"});
const FIRED_21 = Object.freeze({"rule":"REPORT_STALE","action":"refer","outcome":"FIRED","reason":"none"});
const MISSING_REFERRED_21 = Object.freeze({"rule":"REPORT_STALE","action":"refer","outcome":"MISSING_REFERRED","reason":"none"});
const FIRED_22 = Object.freeze({"rule":"LARGE_AMOUNT_PAST_DUE","action":"refer","outcome":"FIRED","reason":"AA17"});
const MISSING_REFERRED_22 = Object.freeze({"rule":"LARGE_AMOUNT_PAST_DUE","action":"refer","outcome":"MISSING_REFERRED","reason":"AA17"});
const FIRED_23 = Object.freeze({"rule":"MANY_PAST_DELINQUENCIES","action":"refer","outcome":"FIRED","reason":"AA17"});
const MISSING_REFERRED_23 = Object.freeze({"rule":"MANY_PAST_DELINQUENCIES","action":"refer","outcome":"MISSING_REFERRED","reason":"AA17"});
const FIRED_24 = Object.freeze({"rule":"MANY_INQUIRIES","action":"refer","outcome":"FIRED","reason":"AA22"});
const MISSING_REFERRED_24 = Object.freeze({"rule":"MANY_INQUIRIES","action":"refer","outcome":"MISSING_REFERRED","reason":"AA22"});
const FIRED_25 = Object.freeze({"rule":"MANY_FINANCE_INQUIRIES","action":"refer","outcome":"FIRED","reason":"AX18"});
const MISSING_REFERRED_25 = Object.freeze({"rule":"MANY_FINANCE_INQUIRIES","action":"refer","outcome":"MISSING_REFERRED","reason":"AX18"});
const FIRED_26 = Object.freeze({"rule":"MANY_NEW_ACCOUNTS","action":"refer","outcome":"FIRED","reason":"AX21"});
const MISSING_REFERRED_26 = Object.freeze({"rule":"MANY_NEW_ACCOUNTS","action":"refer","outcome":"MISSING_REFERRED","reason":"AX21"});
const FIRED_27 = Object.freeze({"rule":"REVOLVING_OVER_LIMIT","action":"refer","outcome":"FIRED","reason":"AX19"});
const MISSING_REFERRED_27 = Object.freeze({"rule":"REVOLVING_OVER_LIMIT","action":"refer","outcome":"MISSING_REFERRED","reason":"AX19"});
const FIRED_28 = Object.freeze({"rule":"HOUSING_COST_UNKNOWN","action":"refer","outcome":"FIRED","reason":"AX31"});
const FIRED_29 = Object.freeze({"rule":"YOUNG_FILE","action":"refer","outcome":"FIRED","reason":"AA15"});
const MISSING_REFERRED_29 = Object.freeze({"rule":"YOUNG_FILE","action":"refer","outcome":"MISSING_REFERRED","reason":"AA15"});
const FIRED_30 = Object.freeze({"rule":"DEPOSITS_FAR_BELOW_INCOME","action":"refer","outcome":"FIRED","reason":"AA10"});
const FIRED_31 = Object.freeze({"rule":"DEPOSITS_FAR_ABOVE_INCOME","action":"refer","outcome":"FIRED","reason":"AA10"});
const FIRED_32 = Object.freeze({"rule":"LIMIT_ABOVE_DEPOSITS","action":"refer","outcome":"FIRED","reason":"AX15"});
const MISSING_REFERRED_32 = Object.freeze({"rule":"LIMIT_ABOVE_DEPOSITS","action":"refer","outcome":"MISSING_REFERRED","reason":"AX15"});
const FIRED_33 = Object.freeze({"rule":"OTHER_APPLICATION_OPEN","action":"refer","outcome":"FIRED","reason":"AX30"});
const FIRED_34 = Object.freeze({"rule":"PREDICTED_DEFAULT_NEAR_CUTOFF","action":"refer","outcome":"FIRED","reason":"from(model)"});
const MISSING_REFERRED_34 = Object.freeze({"rule":"PREDICTED_DEFAULT_NEAR_CUTOFF","action":"refer","outcome":"MISSING_REFERRED","reason":"from(model)"});
const CONDITION_FIRED_0 = Object.freeze({"condition":"VERIFY_INCOME","clear":"income","outcome":"FIRED"});
const CONDITION_FIRED_1 = Object.freeze({"condition":"VERIFY_IDENTITY","clear":"identity","outcome":"FIRED"});
const CONDITION_FIRED_2 = Object.freeze({"condition":"VERIFY_EMPLOYMENT","clear":"employment","outcome":"FIRED"});
const CONDITION_MISSING_FIRED_2 = Object.freeze({"condition":"VERIFY_EMPLOYMENT","clear":"employment","outcome":"MISSING_FIRED"});
const RULES = [
  ["POSSIBLE_LIST_MATCH","hold",["list_match"],[]],
  ["BUREAU_UNAVAILABLE","hold",["bureau_status"],[]],
  ["FILE_FROZEN","hold",["bureau_status"],[]],
  ["PULL_AMBIGUOUS","hold",["bureau_status"],[]],
  ["REPORT_MISMATCH","hold",["bureau_status"],[]],
  ["ACTIVE_DUTY_ALERT","hold",["alert_active_duty"],[]],
  ["DECEASED_INDICATOR","hold",["alert_deceased"],[]],
  ["EXTENDED_FRAUD_ALERT","hold",["alert_fraud_extended"],[]],
  ["FRAUD_ALERT","hold",["alert_fraud_initial"],[]],
  ["UNKNOWN_ALERT","hold",["alert_unknown"],[]],
  ["UNDER_LEGAL_AGE","decline",["of_legal_age"],[]],
  ["BANKRUPTCY","decline",["bankruptcies"],[["bankruptcies > 0","bankruptcies",">",0]]],
  ["ACCOUNTS_NOW_DELINQUENT","decline",["accounts_now_delinquent"],[["accounts_now_delinquent > 0","accounts_now_delinquent",">",0]]],
  ["OBLIGATIONS_ALONE_TOO_HIGH","decline",["dti_before_loan","dti_cap"],[["dti_before_loan > dti_cap","dti_before_loan",">","dti_cap"]]],
  ["INCOME_BELOW_MINIMUM","decline",["annual_income"],[["annual_income < 1200000","annual_income","<",1200000]]],
  ["DEPOSITS_TOO_LOW","decline",["average_deposits"],[["average_deposits < 100000","average_deposits","<",100000]]],
  ["PREDICTED_DEFAULT_TOO_LIKELY","decline",["pd","cutoff_decline"],[["pd >= cutoff_decline","pd",">=","cutoff_decline"]]],
  ["LIMIT_TOO_SMALL","decline",["limit","smallest_amount"],[["limit < smallest_amount","limit","<","smallest_amount"]]],
  ["NO_CREDIT_FILE","refer",["bureau_status"],[]],
  ["THIN_FILE","refer",["bureau_status"],[]],
  ["FEATURES_UNUSABLE","refer",["model_faults"],[["model_faults > 0","model_faults",">",0]]],
  ["REPORT_STALE","refer",["report_age_days","report_days"],[["report_age_days > report_days","report_age_days",">","report_days"]]],
  ["LARGE_AMOUNT_PAST_DUE","refer",["delinquent_amount"],[["delinquent_amount > 2500000","delinquent_amount",">",2500000]]],
  ["MANY_PAST_DELINQUENCIES","refer",["delinquencies_2y"],[["delinquencies_2y > 12","delinquencies_2y",">",12]]],
  ["MANY_INQUIRIES","refer",["inquiries_6m"],[["inquiries_6m > 8","inquiries_6m",">",8]]],
  ["MANY_FINANCE_INQUIRIES","refer",["finance_inquiries"],[["finance_inquiries > 25","finance_inquiries",">",25]]],
  ["MANY_NEW_ACCOUNTS","refer",["instalment_opened_12m"],[["instalment_opened_12m > 8","instalment_opened_12m",">",8]]],
  ["REVOLVING_OVER_LIMIT","refer",["revolving_utilisation"],[["revolving_utilisation > 11000","revolving_utilisation",">",11000]]],
  ["HOUSING_COST_UNKNOWN","refer",["housing_payment"],[]],
  ["YOUNG_FILE","refer",["oldest_account_months"],[["oldest_account_months < 12","oldest_account_months","<",12]]],
  ["DEPOSITS_FAR_BELOW_INCOME","refer",["deposits_to_income"],[["deposits_to_income < 2500","deposits_to_income","<",2500]]],
  ["DEPOSITS_FAR_ABOVE_INCOME","refer",["deposits_to_income"],[["deposits_to_income > 20000","deposits_to_income",">",20000]]],
  ["LIMIT_ABOVE_DEPOSITS","refer",["requested_limit","average_deposits"],[["requested_limit > average_deposits","requested_limit",">","average_deposits"]]],
  ["OTHER_APPLICATION_OPEN","refer",["other_open_applications"],[["other_open_applications > 0","other_open_applications",">",0]]],
  ["PREDICTED_DEFAULT_NEAR_CUTOFF","refer",["pd","cutoff_referral","cutoff_decline"],[["pd >= cutoff_referral","pd",">=","cutoff_referral"],["pd < cutoff_decline","pd","<","cutoff_decline"]]],
];
const numberOf = (value) => value;
function preBureau(i) {
  if (typeof i !== 'object' || i === null) return refused("pre-bureau", faultsOf(PRE_BUREAU_INPUTS, i));
  const $requested_limit = i.requested_limit;
  const $plan = i.plan;
  const $average_deposits = i.average_deposits;
  const $pay_frequency = i.pay_frequency;
  const $annual_income = i.annual_income;
  const $income_verified = i.income_verified;
  const $identity_verified = i.identity_verified;
  const $employment = i.employment;
  const $housing_payment = i.housing_payment;
  const $list_match = i.list_match;
  const $of_legal_age = i.of_legal_age;
  const $other_open_applications = i.other_open_applications;
  const prototype = Object.getPrototypeOf(i);
  if (!((prototype === Object.prototype || prototype === null) && Object.keys(i).length === 12
    && ($requested_limit === null || (typeof $requested_limit === 'number' && $requested_limit >= 50000 && $requested_limit <= 500000 && Number.isInteger($requested_limit)))
    && ($plan === "BASIC" || $plan === "PLUS")
    && ($average_deposits === null || (typeof $average_deposits === 'number' && $average_deposits >= 0 && $average_deposits <= 100000000 && Number.isInteger($average_deposits)))
    && ($pay_frequency === null || (($pay_frequency === "WEEKLY" || $pay_frequency === "BIWEEKLY" || $pay_frequency === "SEMI_MONTHLY" || $pay_frequency === "MONTHLY")))
    && ($annual_income === null || (typeof $annual_income === 'number' && $annual_income >= 0 && $annual_income <= 1000000000 && Number.isInteger($annual_income)))
    && typeof $income_verified === 'boolean'
    && typeof $identity_verified === 'boolean'
    && ($employment === null || (($employment === "EMPLOYED" || $employment === "SELF_EMPLOYED" || $employment === "RETIRED" || $employment === "NOT_EMPLOYED")))
    && ($housing_payment === null || (typeof $housing_payment === 'number' && $housing_payment >= 0 && $housing_payment <= 10000000 && Number.isInteger($housing_payment)))
    && typeof $list_match === 'boolean'
    && typeof $of_legal_age === 'boolean'
    && typeof $other_open_applications === 'number' && $other_open_applications >= 0 && $other_open_applications <= 1000 && Number.isInteger($other_open_applications)
  )) {
    const faults = faultsOf(PRE_BUREAU_INPUTS, i);
    if (faults.length > 0) return refused("pre-bureau", faults);
  }
  let level = 0;
  const failed = [];
  const unevaluated = [];
  const conditions = [];
  const $smallest_amount = 50000;
  const $amount_step = 5000;
  const $offer_days = 30;
  const $report_days = 30;
  const $dti_cap = 4300;
  const $deposit_share = ($average_deposits === null ? null : divideDown(($average_deposits * 25), 100, 1));
  const $income_share = ($annual_income === null ? null : divideDown(($annual_income * 25), 1200, 1));
  const $debt_capacity = ($annual_income === null ? null : divideDown(($annual_income * 43), 1200, 1));
  const $deposits_to_income = ($average_deposits === null || $annual_income === null ? null : divideDown(($average_deposits * 12) * 10000, $annual_income, 1));
  const $subscription_fee = CELLS_subscription_fee[($plan === "BASIC" ? 0 : 1)];
  const $draw_days = $pay_frequency === null ? null : CELLS_draw_days[($pay_frequency === "WEEKLY" ? 0 : $pay_frequency === "BIWEEKLY" ? 1 : $pay_frequency === "SEMI_MONTHLY" ? 2 : 3)];
  let r0 = 'PASSED';
  if (($list_match === true)) { r0 = 'FIRED'; level |= 4; failed.push(FIRED_0); }
  let r10 = 'PASSED';
  if (!($of_legal_age === true)) { r10 = 'FIRED'; level |= 2; failed.push(FIRED_10); }
  let r14 = 'PASSED';
  if ($annual_income === null) { r14 = 'MISSING_REFERRED'; level |= 1; failed.push(MISSING_REFERRED_14); }
  else if (($annual_income < 1200000)) { r14 = 'FIRED'; level |= 2; failed.push(FIRED_14); }
  let r15 = 'PASSED';
  if ($average_deposits === null) { r15 = 'MISSING_REFERRED'; level |= 1; failed.push(MISSING_REFERRED_15); }
  else if (($average_deposits < 100000)) { r15 = 'FIRED'; level |= 2; failed.push(FIRED_15); }
  let r28 = 'PASSED';
  if (($housing_payment === null)) { r28 = 'FIRED'; level |= 1; failed.push(FIRED_28); }
  let r30 = 'PASSED';
  if ($deposits_to_income === null) { r30 = 'MISSING_PASSED'; }
  else if (($deposits_to_income < 2500)) { r30 = 'FIRED'; level |= 1; failed.push(FIRED_30); }
  let r31 = 'PASSED';
  if ($deposits_to_income === null) { r31 = 'MISSING_PASSED'; }
  else if (($deposits_to_income > 20000)) { r31 = 'FIRED'; level |= 1; failed.push(FIRED_31); }
  let r32 = 'PASSED';
  if ($requested_limit === null || $average_deposits === null) if ($average_deposits === null) { r32 = 'MISSING_REFERRED'; level |= 1; failed.push(MISSING_REFERRED_32); } else { r32 = 'MISSING_PASSED'; }
  else if (($requested_limit > $average_deposits)) { r32 = 'FIRED'; level |= 1; failed.push(FIRED_32); }
  let r33 = 'PASSED';
  if (($other_open_applications > 0)) { r33 = 'FIRED'; level |= 1; failed.push(FIRED_33); }
  return {
    policy,
    stage: "pre-bureau",
    outcome: level >= 4 ? 'HOLD' : level >= 2 ? 'DECLINE' : level === 1 ? 'REFER' : 'PROCEED',
    rules: { "POSSIBLE_LIST_MATCH": r0, "UNDER_LEGAL_AGE": r10, "INCOME_BELOW_MINIMUM": r14, "DEPOSITS_TOO_LOW": r15, "HOUSING_COST_UNKNOWN": r28, "DEPOSITS_FAR_BELOW_INCOME": r30, "DEPOSITS_FAR_ABOVE_INCOME": r31, "LIMIT_ABOVE_DEPOSITS": r32, "OTHER_APPLICATION_OPEN": r33 },
    failed,
    derived: { smallest_amount: $smallest_amount, amount_step: $amount_step, offer_days: $offer_days, report_days: $report_days, dti_cap: $dti_cap, deposit_share: $deposit_share, income_share: $income_share, debt_capacity: $debt_capacity, deposits_to_income: $deposits_to_income },
    bands: {  },
    tables: { subscription_fee: $subscription_fee, draw_days: $draw_days },
    limits: {
      amounts: {  },
      binding: null, amount: null, reason: null,
    },
    conditions,
    unevaluated,
    invalidInputs: [],
  };
}
function full(i) {
  if (typeof i !== 'object' || i === null) return refused("full", faultsOf(FULL_INPUTS, i));
  const $requested_limit = i.requested_limit;
  const $plan = i.plan;
  const $average_deposits = i.average_deposits;
  const $pay_frequency = i.pay_frequency;
  const $annual_income = i.annual_income;
  const $income_verified = i.income_verified;
  const $identity_verified = i.identity_verified;
  const $employment = i.employment;
  const $housing_payment = i.housing_payment;
  const $list_match = i.list_match;
  const $of_legal_age = i.of_legal_age;
  const $other_open_applications = i.other_open_applications;
  const $bureau_status = i.bureau_status;
  const $alert_fraud_initial = i.alert_fraud_initial;
  const $alert_fraud_extended = i.alert_fraud_extended;
  const $alert_active_duty = i.alert_active_duty;
  const $alert_deceased = i.alert_deceased;
  const $alert_unknown = i.alert_unknown;
  const $report_age_days = i.report_age_days;
  const $monthly_obligations = i.monthly_obligations;
  const $bankruptcies = i.bankruptcies;
  const $accounts_now_delinquent = i.accounts_now_delinquent;
  const $delinquent_amount = i.delinquent_amount;
  const $delinquencies_2y = i.delinquencies_2y;
  const $inquiries_6m = i.inquiries_6m;
  const $finance_inquiries = i.finance_inquiries;
  const $instalment_opened_12m = i.instalment_opened_12m;
  const $revolving_utilisation = i.revolving_utilisation;
  const $oldest_account_months = i.oldest_account_months;
  const $model_faults = i.model_faults;
  const $pd = i.pd;
  const $cutoff_decline = i.cutoff_decline;
  const $cutoff_referral = i.cutoff_referral;
  const $risk = i.risk;
  const prototype = Object.getPrototypeOf(i);
  if (!((prototype === Object.prototype || prototype === null) && Object.keys(i).length === 34
    && ($requested_limit === null || (typeof $requested_limit === 'number' && $requested_limit >= 50000 && $requested_limit <= 500000 && Number.isInteger($requested_limit)))
    && ($plan === "BASIC" || $plan === "PLUS")
    && ($average_deposits === null || (typeof $average_deposits === 'number' && $average_deposits >= 0 && $average_deposits <= 100000000 && Number.isInteger($average_deposits)))
    && ($pay_frequency === null || (($pay_frequency === "WEEKLY" || $pay_frequency === "BIWEEKLY" || $pay_frequency === "SEMI_MONTHLY" || $pay_frequency === "MONTHLY")))
    && ($annual_income === null || (typeof $annual_income === 'number' && $annual_income >= 0 && $annual_income <= 1000000000 && Number.isInteger($annual_income)))
    && typeof $income_verified === 'boolean'
    && typeof $identity_verified === 'boolean'
    && ($employment === null || (($employment === "EMPLOYED" || $employment === "SELF_EMPLOYED" || $employment === "RETIRED" || $employment === "NOT_EMPLOYED")))
    && ($housing_payment === null || (typeof $housing_payment === 'number' && $housing_payment >= 0 && $housing_payment <= 10000000 && Number.isInteger($housing_payment)))
    && typeof $list_match === 'boolean'
    && typeof $of_legal_age === 'boolean'
    && typeof $other_open_applications === 'number' && $other_open_applications >= 0 && $other_open_applications <= 1000 && Number.isInteger($other_open_applications)
    && SET_0.has($bureau_status)
    && typeof $alert_fraud_initial === 'boolean'
    && typeof $alert_fraud_extended === 'boolean'
    && typeof $alert_active_duty === 'boolean'
    && typeof $alert_deceased === 'boolean'
    && typeof $alert_unknown === 'boolean'
    && ($report_age_days === null || (typeof $report_age_days === 'number' && $report_age_days >= 0 && $report_age_days <= 100000 && Number.isInteger($report_age_days)))
    && ($monthly_obligations === null || (typeof $monthly_obligations === 'number' && $monthly_obligations >= 0 && $monthly_obligations <= 10000000 && Number.isInteger($monthly_obligations)))
    && ($bankruptcies === null || (typeof $bankruptcies === 'number' && $bankruptcies >= 0 && $bankruptcies <= 20 && Number.isInteger($bankruptcies)))
    && ($accounts_now_delinquent === null || (typeof $accounts_now_delinquent === 'number' && $accounts_now_delinquent >= 0 && $accounts_now_delinquent <= 100 && Number.isInteger($accounts_now_delinquent)))
    && ($delinquent_amount === null || (typeof $delinquent_amount === 'number' && $delinquent_amount >= 0 && $delinquent_amount <= 1000000000 && Number.isInteger($delinquent_amount)))
    && ($delinquencies_2y === null || (typeof $delinquencies_2y === 'number' && $delinquencies_2y >= 0 && $delinquencies_2y <= 100 && Number.isInteger($delinquencies_2y)))
    && ($inquiries_6m === null || (typeof $inquiries_6m === 'number' && $inquiries_6m >= 0 && $inquiries_6m <= 100 && Number.isInteger($inquiries_6m)))
    && ($finance_inquiries === null || (typeof $finance_inquiries === 'number' && $finance_inquiries >= 0 && $finance_inquiries <= 100 && Number.isInteger($finance_inquiries)))
    && ($instalment_opened_12m === null || (typeof $instalment_opened_12m === 'number' && $instalment_opened_12m >= 0 && $instalment_opened_12m <= 100 && Number.isInteger($instalment_opened_12m)))
    && ($revolving_utilisation === null || (typeof $revolving_utilisation === 'number' && $revolving_utilisation >= 0 && $revolving_utilisation <= 30000 && Number.isInteger($revolving_utilisation)))
    && ($oldest_account_months === null || (typeof $oldest_account_months === 'number' && $oldest_account_months >= 0 && $oldest_account_months <= 1200 && Number.isInteger($oldest_account_months)))
    && typeof $model_faults === 'number' && $model_faults >= 0 && $model_faults <= 100 && Number.isInteger($model_faults)
    && ($pd === null || (typeof $pd === 'number' && $pd >= 0 && $pd <= 1000000 && Number.isInteger($pd)))
    && ($cutoff_decline === null || (typeof $cutoff_decline === 'number' && $cutoff_decline >= 0 && $cutoff_decline <= 1000000 && Number.isInteger($cutoff_decline)))
    && ($cutoff_referral === null || (typeof $cutoff_referral === 'number' && $cutoff_referral >= 0 && $cutoff_referral <= 1000000 && Number.isInteger($cutoff_referral)))
    && ($risk === null || (($risk === "A" || $risk === "B" || $risk === "C" || $risk === "D" || $risk === "E" || $risk === "F")))
  )) {
    const faults = faultsOf(FULL_INPUTS, i);
    if (faults.length > 0) return refused("full", faults);
  }
  let level = 0;
  const failed = [];
  const unevaluated = [];
  const conditions = [];
  const $smallest_amount = 50000;
  const $amount_step = 5000;
  const $offer_days = 30;
  const $report_days = 30;
  const $dti_cap = 4300;
  const $obligations = ($monthly_obligations === null ? null : $monthly_obligations);
  const $dti_before_loan = ($housing_payment === null || $obligations === null || $annual_income === null ? null : divideUp((($housing_payment + $obligations) * 12) * 10000, $annual_income, 1));
  const $deposit_share = ($average_deposits === null ? null : divideDown(($average_deposits * 25), 100, 1));
  const $income_share = ($annual_income === null ? null : divideDown(($annual_income * 25), 1200, 1));
  const $debt_capacity = ($annual_income === null ? null : divideDown(($annual_income * 43), 1200, 1));
  const $deposits_to_income = ($average_deposits === null || $annual_income === null ? null : divideDown(($average_deposits * 12) * 10000, $annual_income, 1));
  const $annual_rate = $risk === null ? null : CELLS_annual_rate[($risk === "A" ? 0 : $risk === "B" ? 1 : $risk === "C" ? 2 : $risk === "D" ? 3 : $risk === "E" ? 4 : 5)];
  if ($annual_rate === null) { level |= 1; unevaluated.push("tables.annual_rate"); }
  const $largest_amount = $risk === null ? null : CELLS_largest_amount[($risk === "A" ? 0 : $risk === "B" ? 1 : $risk === "C" ? 2 : $risk === "D" ? 3 : $risk === "E" ? 4 : 5)];
  if ($largest_amount === null) { level |= 1; unevaluated.push("tables.largest_amount"); }
  const $subscription_fee = CELLS_subscription_fee[($plan === "BASIC" ? 0 : 1)];
  const $draw_days = $pay_frequency === null ? null : CELLS_draw_days[($pay_frequency === "WEEKLY" ? 0 : $pay_frequency === "BIWEEKLY" ? 1 : $pay_frequency === "SEMI_MONTHLY" ? 2 : 3)];
  if ($draw_days === null) { level |= 1; unevaluated.push("tables.draw_days"); }
  let binding = null, $limit = null, reason = null;
  const limit0 = ($largest_amount === null ? null : $largest_amount);
  if (limit0 !== null && ($limit === null || limit0 < $limit)) { $limit = limit0; binding = "TIER_MAXIMUM"; reason = "from(model)"; }
  const limit1 = ($deposit_share === null ? null : $deposit_share);
  if (limit1 !== null && ($limit === null || limit1 < $limit)) { $limit = limit1; binding = "NET_DEPOSITS"; reason = "AX38"; }
  const limit2 = ($income_share === null ? null : ($income_share - $subscription_fee));
  if (limit2 !== null && ($limit === null || limit2 < $limit)) { $limit = limit2; binding = "NET_INCOME"; reason = "AX17"; }
  const limit3 = ($debt_capacity === null || $housing_payment === null || $obligations === null ? null : ((($debt_capacity - $housing_payment) - $obligations) - $subscription_fee));
  if (limit3 !== null && ($limit === null || limit3 < $limit)) { $limit = limit3; binding = "OBLIGATIONS"; reason = "AA09"; }
  if (limit0 === null) { level |= 1; unevaluated.push("limits.TIER_MAXIMUM"); binding = null; $limit = null; reason = null; }
  if (limit1 === null) { level |= 1; unevaluated.push("limits.NET_DEPOSITS"); binding = null; $limit = null; reason = null; }
  if (limit2 === null) { level |= 1; unevaluated.push("limits.NET_INCOME"); binding = null; $limit = null; reason = null; }
  if (limit3 === null) { level |= 1; unevaluated.push("limits.OBLIGATIONS"); binding = null; $limit = null; reason = null; }
  let r0 = 'PASSED';
  if (($list_match === true)) { r0 = 'FIRED'; level |= 4; failed.push(FIRED_0); }
  let r1 = 'PASSED';
  if (($bureau_status === "UNAVAILABLE")) { r1 = 'FIRED'; level |= 4; failed.push(FIRED_1); }
  let r2 = 'PASSED';
  if (($bureau_status === "FROZEN")) { r2 = 'FIRED'; level |= 4; failed.push(FIRED_2); }
  let r3 = 'PASSED';
  if (($bureau_status === "AMBIGUOUS")) { r3 = 'FIRED'; level |= 4; failed.push(FIRED_3); }
  let r4 = 'PASSED';
  if (($bureau_status === "MISMATCH")) { r4 = 'FIRED'; level |= 4; failed.push(FIRED_4); }
  let r5 = 'PASSED';
  if (($alert_active_duty === true)) { r5 = 'FIRED'; level |= 4; failed.push(FIRED_5); }
  let r6 = 'PASSED';
  if (($alert_deceased === true)) { r6 = 'FIRED'; level |= 4; failed.push(FIRED_6); }
  let r7 = 'PASSED';
  if (($alert_fraud_extended === true)) { r7 = 'FIRED'; level |= 4; failed.push(FIRED_7); }
  let r8 = 'PASSED';
  if (($alert_fraud_initial === true)) { r8 = 'FIRED'; level |= 4; failed.push(FIRED_8); }
  let r9 = 'PASSED';
  if (($alert_unknown === true)) { r9 = 'FIRED'; level |= 4; failed.push(FIRED_9); }
  let r10 = 'PASSED';
  if (!($of_legal_age === true)) { r10 = 'FIRED'; level |= 2; failed.push(FIRED_10); }
  let r11 = 'PASSED';
  if ($bankruptcies === null) { r11 = 'MISSING_REFERRED'; level |= 1; failed.push(MISSING_REFERRED_11); }
  else if (($bankruptcies > 0)) { r11 = 'FIRED'; level |= 2; failed.push(FIRED_11); }
  let r12 = 'PASSED';
  if ($accounts_now_delinquent === null) { r12 = 'MISSING_REFERRED'; level |= 1; failed.push(MISSING_REFERRED_12); }
  else if (($accounts_now_delinquent > 0)) { r12 = 'FIRED'; level |= 2; failed.push(FIRED_12); }
  let r13 = 'PASSED';
  if ($dti_before_loan === null) { r13 = 'MISSING_REFERRED'; level |= 1; failed.push(MISSING_REFERRED_13); }
  else if (($dti_before_loan > $dti_cap)) { r13 = 'FIRED'; level |= 2; failed.push(FIRED_13); }
  let r14 = 'PASSED';
  if ($annual_income === null) { r14 = 'MISSING_REFERRED'; level |= 1; failed.push(MISSING_REFERRED_14); }
  else if (($annual_income < 1200000)) { r14 = 'FIRED'; level |= 2; failed.push(FIRED_14); }
  let r15 = 'PASSED';
  if ($average_deposits === null) { r15 = 'MISSING_REFERRED'; level |= 1; failed.push(MISSING_REFERRED_15); }
  else if (($average_deposits < 100000)) { r15 = 'FIRED'; level |= 2; failed.push(FIRED_15); }
  let r16 = 'PASSED';
  if ($pd === null || $cutoff_decline === null) { r16 = 'MISSING_REFERRED'; level |= 1; failed.push(MISSING_REFERRED_16); }
  else if (($pd >= $cutoff_decline)) { r16 = 'FIRED'; level |= 2; failed.push(FIRED_16); }
  let r17 = 'PASSED';
  if ($limit === null) { r17 = 'MISSING_REFERRED'; level |= 1; failed.push(MISSING_REFERRED_17); }
  else if (($limit < $smallest_amount)) { r17 = 'FIRED'; level |= 2; failed.push(FIRED_17); }
  let r18 = 'PASSED';
  if (($bureau_status === "NO_HIT")) { r18 = 'FIRED'; level |= 1; failed.push(FIRED_18); }
  let r19 = 'PASSED';
  if (($bureau_status === "THIN")) { r19 = 'FIRED'; level |= 1; failed.push(FIRED_19); }
  let r20 = 'PASSED';
  if (($model_faults > 0)) { r20 = 'FIRED'; level |= 1; failed.push(FIRED_20); }
  let r21 = 'PASSED';
  if ($report_age_days === null) { r21 = 'MISSING_REFERRED'; level |= 1; failed.push(MISSING_REFERRED_21); }
  else if (($report_age_days > $report_days)) { r21 = 'FIRED'; level |= 1; failed.push(FIRED_21); }
  let r22 = 'PASSED';
  if ($delinquent_amount === null) { r22 = 'MISSING_REFERRED'; level |= 1; failed.push(MISSING_REFERRED_22); }
  else if (($delinquent_amount > 2500000)) { r22 = 'FIRED'; level |= 1; failed.push(FIRED_22); }
  let r23 = 'PASSED';
  if ($delinquencies_2y === null) { r23 = 'MISSING_REFERRED'; level |= 1; failed.push(MISSING_REFERRED_23); }
  else if (($delinquencies_2y > 12)) { r23 = 'FIRED'; level |= 1; failed.push(FIRED_23); }
  let r24 = 'PASSED';
  if ($inquiries_6m === null) { r24 = 'MISSING_REFERRED'; level |= 1; failed.push(MISSING_REFERRED_24); }
  else if (($inquiries_6m > 8)) { r24 = 'FIRED'; level |= 1; failed.push(FIRED_24); }
  let r25 = 'PASSED';
  if ($finance_inquiries === null) { r25 = 'MISSING_REFERRED'; level |= 1; failed.push(MISSING_REFERRED_25); }
  else if (($finance_inquiries > 25)) { r25 = 'FIRED'; level |= 1; failed.push(FIRED_25); }
  let r26 = 'PASSED';
  if ($instalment_opened_12m === null) { r26 = 'MISSING_REFERRED'; level |= 1; failed.push(MISSING_REFERRED_26); }
  else if (($instalment_opened_12m > 8)) { r26 = 'FIRED'; level |= 1; failed.push(FIRED_26); }
  let r27 = 'PASSED';
  if ($revolving_utilisation === null) { r27 = 'MISSING_REFERRED'; level |= 1; failed.push(MISSING_REFERRED_27); }
  else if (($revolving_utilisation > 11000)) { r27 = 'FIRED'; level |= 1; failed.push(FIRED_27); }
  let r28 = 'PASSED';
  if (($housing_payment === null)) { r28 = 'FIRED'; level |= 1; failed.push(FIRED_28); }
  let r29 = 'PASSED';
  if ($oldest_account_months === null) { r29 = 'MISSING_REFERRED'; level |= 1; failed.push(MISSING_REFERRED_29); }
  else if (($oldest_account_months < 12)) { r29 = 'FIRED'; level |= 1; failed.push(FIRED_29); }
  let r30 = 'PASSED';
  if ($deposits_to_income === null) { r30 = 'MISSING_PASSED'; }
  else if (($deposits_to_income < 2500)) { r30 = 'FIRED'; level |= 1; failed.push(FIRED_30); }
  let r31 = 'PASSED';
  if ($deposits_to_income === null) { r31 = 'MISSING_PASSED'; }
  else if (($deposits_to_income > 20000)) { r31 = 'FIRED'; level |= 1; failed.push(FIRED_31); }
  let r32 = 'PASSED';
  if ($requested_limit === null || $average_deposits === null) if ($average_deposits === null) { r32 = 'MISSING_REFERRED'; level |= 1; failed.push(MISSING_REFERRED_32); } else { r32 = 'MISSING_PASSED'; }
  else if (($requested_limit > $average_deposits)) { r32 = 'FIRED'; level |= 1; failed.push(FIRED_32); }
  let r33 = 'PASSED';
  if (($other_open_applications > 0)) { r33 = 'FIRED'; level |= 1; failed.push(FIRED_33); }
  let r34 = 'PASSED';
  if ($pd === null || $cutoff_referral === null || $cutoff_decline === null) {
    const open = and(($pd === null || $cutoff_referral === null ? null : ($pd >= $cutoff_referral)), ($pd === null || $cutoff_decline === null ? null : ($pd < $cutoff_decline)));
    if (open === true) { r34 = 'FIRED'; level |= 1; failed.push(FIRED_34); }
    else if (open === null) { r34 = 'MISSING_REFERRED'; level |= 1; failed.push(MISSING_REFERRED_34); }
  }
  else if ((($pd >= $cutoff_referral) && ($pd < $cutoff_decline))) { r34 = 'FIRED'; level |= 1; failed.push(FIRED_34); }
  if (!($income_verified === true)) { conditions.push(CONDITION_FIRED_0); }
  if (!($identity_verified === true)) { conditions.push(CONDITION_FIRED_1); }
  if ($employment === null || $requested_limit === null) {
    const open = and(($employment === null ? null : ($employment === "EMPLOYED" || $employment === "SELF_EMPLOYED")), ($requested_limit === null ? null : ($requested_limit >= 300000)));
    if (open === true) { conditions.push(CONDITION_FIRED_2); }
    else if (open === null) if ($employment === null) { conditions.push(CONDITION_MISSING_FIRED_2); } else {  }
  }
  else if ((($employment === "EMPLOYED" || $employment === "SELF_EMPLOYED") && ($requested_limit >= 300000))) { conditions.push(CONDITION_FIRED_2); }
  return {
    policy,
    stage: "full",
    outcome: level >= 4 ? 'HOLD' : level >= 2 ? 'DECLINE' : level === 1 ? 'REFER' : 'APPROVE',
    rules: { "POSSIBLE_LIST_MATCH": r0, "BUREAU_UNAVAILABLE": r1, "FILE_FROZEN": r2, "PULL_AMBIGUOUS": r3, "REPORT_MISMATCH": r4, "ACTIVE_DUTY_ALERT": r5, "DECEASED_INDICATOR": r6, "EXTENDED_FRAUD_ALERT": r7, "FRAUD_ALERT": r8, "UNKNOWN_ALERT": r9, "UNDER_LEGAL_AGE": r10, "BANKRUPTCY": r11, "ACCOUNTS_NOW_DELINQUENT": r12, "OBLIGATIONS_ALONE_TOO_HIGH": r13, "INCOME_BELOW_MINIMUM": r14, "DEPOSITS_TOO_LOW": r15, "PREDICTED_DEFAULT_TOO_LIKELY": r16, "LIMIT_TOO_SMALL": r17, "NO_CREDIT_FILE": r18, "THIN_FILE": r19, "FEATURES_UNUSABLE": r20, "REPORT_STALE": r21, "LARGE_AMOUNT_PAST_DUE": r22, "MANY_PAST_DELINQUENCIES": r23, "MANY_INQUIRIES": r24, "MANY_FINANCE_INQUIRIES": r25, "MANY_NEW_ACCOUNTS": r26, "REVOLVING_OVER_LIMIT": r27, "HOUSING_COST_UNKNOWN": r28, "YOUNG_FILE": r29, "DEPOSITS_FAR_BELOW_INCOME": r30, "DEPOSITS_FAR_ABOVE_INCOME": r31, "LIMIT_ABOVE_DEPOSITS": r32, "OTHER_APPLICATION_OPEN": r33, "PREDICTED_DEFAULT_NEAR_CUTOFF": r34 },
    failed,
    derived: { smallest_amount: $smallest_amount, amount_step: $amount_step, offer_days: $offer_days, report_days: $report_days, dti_cap: $dti_cap, obligations: $obligations, dti_before_loan: $dti_before_loan, deposit_share: $deposit_share, income_share: $income_share, debt_capacity: $debt_capacity, deposits_to_income: $deposits_to_income },
    bands: { risk: $risk },
    tables: { annual_rate: $annual_rate, largest_amount: $largest_amount, subscription_fee: $subscription_fee, draw_days: $draw_days },
    limits: {
      amounts: { "TIER_MAXIMUM": limit0, "NET_DEPOSITS": limit1, "NET_INCOME": limit2, "OBLIGATIONS": limit3 },
      binding, amount: $limit, reason,
    },
    conditions,
    unevaluated,
    invalidInputs: [],
  };
}
export function evaluate(stage, inputs) {
  if (stage === 'full') return full(inputs);
  if (stage === 'pre-bureau') return preBureau(inputs);
  throw new RangeError('A policy is evaluated at "pre-bureau" or "full".');
}
export function explain(stage, inputs) {
  const result = evaluate(stage, inputs);
  const { outcome, invalidInputs } = result;
  if (invalidInputs.length > 0) return { policy, stage, outcome, rules: [], invalidInputs };
  const values = { ...inputs, ...result.derived, ...result.bands, ...result.tables, limit: result.limits.amount };
  const rules = [];
  for (const [rule, action, reads, comparisons] of RULES) {
    if (!Object.hasOwn(result.rules, rule)) continue;
    rules.push({
      rule,
      action,
      outcome: result.rules[rule],
      reads: Object.fromEntries(reads.map((name) => [name, values[name]])),
      comparisons: comparisons.map(([text, name, operator, against]) => {
        const value = numberOf(values[name]);
        const threshold = typeof against === 'number' ? against : numberOf(values[against]);
        const known = value !== null && threshold !== null;
        const holds = known ? holdsOf(operator, value, threshold) : null;
        const change = known ? changeOf(operator, value, threshold) : null;
        return { text, name, operator, value, threshold, holds, change };
      }),
    });
  }
  return { policy, stage, outcome, rules, invalidInputs };
}
