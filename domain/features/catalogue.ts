/**
 * The facts that a model reads, one or more features each. A principal reason names one fact, so two features share a group
 * only where they count the same thing over two periods, or where none of them has an effect: see domain/reasons.
 */
export type ReasonGroup =
  | 'LOAN_AMOUNT'
  | 'TERM'
  | 'ANNUAL_INCOME'
  | 'LOAN_TO_INCOME'
  | 'DELINQUENCY'
  | 'RECENT_INQUIRIES'
  | 'FINANCE_INQUIRIES'
  | 'REVOLVING_UTILISATION'
  | 'ALL_UTILISATION'
  | 'ACTIVE_ACCOUNTS'
  | 'OPENED_ACCOUNTS'
  | 'INSTALMENT_BALANCE'
  | 'BALANCE_TO_INCOME'
  | 'BALANCE_TO_LOANS'
  | 'ACCOUNTS_HELD'
  | 'CREDIT_HELD'
  | 'CREDIT_AGE';

export interface FeatureDefinition {
  readonly name: string;
  /** Fixes how the value is computed. A model names its features as `name@version`. */
  readonly version: number;
  readonly description: string;
  readonly unit: 'usd' | 'months' | 'count' | 'percent' | 'ratio';
  /** Inclusive range in which a value is believed; outside it the application goes to a person. */
  readonly minimum: number;
  readonly maximum: number;
  /** 1: a larger value never lowers the predicted risk; -1: never raises it. */
  readonly monotone: 1 | -1;
  readonly group: ReasonGroup;
}

type Unit = Pick<FeatureDefinition, 'unit' | 'minimum' | 'maximum'>;
type Effect = Pick<FeatureDefinition, 'monotone' | 'group'>;

/** Values from `minimum` to `maximum` of a unit. */
const within = (unit: FeatureDefinition['unit']) => (minimum: number, maximum: number) => ({ unit, minimum, maximum });
const [usd, months] = [within('usd'), within('months')];
const [count, percent, ratio] = [within('count'), within('percent'), within('ratio')];

/** A larger value raises the predicted risk, or leaves it. */
const raises = (group: ReasonGroup): Effect => ({ monotone: 1, group });
/** A larger value lowers the predicted risk, or leaves it. */
const lowers = (group: ReasonGroup): Effect => ({ monotone: -1, group });

function feature<const Name extends string>(
  name: Name,
  { unit, minimum, maximum }: Unit,
  { monotone, group }: Effect,
  description: string,
): FeatureDefinition & { readonly name: Name } {
  return { name, version: 1, description, unit, minimum, maximum, monotone, group };
}

/**
 * The one definition of every feature. A model package names those that it uses, in the order of its columns. Directions come from the field's knowledge of
 * credit risk, not from the data. Age, sex, place and every other prohibited basis are not here and may never be
 * (12 CFR 1002.2(z), 1002.6(b)). The length of employment is not here either: retired and disabled applicants have none, so
 * it would stand in for age and public assistance (decision 0032).
 */
export const FEATURES = [
  feature('loan_amount', usd(500, 100_000), raises('LOAN_AMOUNT'), 'Amount of credit requested'),
  feature('term_months', months(6, 84), raises('TERM'), 'Repayment term requested'),
  feature('annual_income', usd(1, 10_000_000), lowers('ANNUAL_INCOME'), 'Gross annual income, stated'),
  feature(
    'delinquencies_2y',
    count(0, 100),
    raises('DELINQUENCY'),
    'Delinquencies of 30 days or more in the last 2 years',
  ),
  feature('inquiries_6m', count(0, 100), raises('RECENT_INQUIRIES'), 'Hard inquiries in the last 6 months'),
  feature(
    'revolving_utilisation',
    percent(0, 300),
    raises('REVOLVING_UTILISATION'),
    'Revolving balances to revolving limits',
  ),
  feature('accounts_now_delinquent', count(0, 100), raises('DELINQUENCY'), 'Accounts delinquent now'),
  feature('instalment_active', count(0, 200), raises('ACTIVE_ACCOUNTS'), 'Active instalment accounts'),
  feature(
    'instalment_opened_12m',
    count(0, 100),
    raises('OPENED_ACCOUNTS'),
    'Instalment accounts opened in the last 12 months',
  ),
  feature(
    'instalment_opened_24m',
    count(0, 100),
    raises('OPENED_ACCOUNTS'),
    'Instalment accounts opened in the last 24 months',
  ),
  feature('instalment_balance', usd(0, 10_000_000), raises('INSTALMENT_BALANCE'), 'Balance of all instalment accounts'),
  feature('all_utilisation', percent(0, 400), raises('ALL_UTILISATION'), 'Balances to limits over all accounts'),
  feature('finance_inquiries', count(0, 100), raises('FINANCE_INQUIRIES'), 'Personal finance inquiries'),
  feature('inquiries_12m', count(0, 200), raises('RECENT_INQUIRIES'), 'Credit inquiries in the last 12 months'),
  feature('delinquent_amount', usd(0, 10_000_000), raises('DELINQUENCY'), 'Amount past due on delinquent accounts'),
  feature('instalment_accounts', count(0, 300), lowers('ACCOUNTS_HELD'), 'Instalment accounts ever held'),
  feature('instalment_limit', usd(0, 10_000_000), lowers('CREDIT_HELD'), 'Highest credit of all instalment accounts'),
  feature('loan_to_income', ratio(0, 1_000), raises('LOAN_TO_INCOME'), 'loan_amount / annual_income'),
  feature(
    'instalment_balance_to_income',
    ratio(0, 10_000),
    raises('BALANCE_TO_INCOME'),
    'instalment_balance / annual_income',
  ),
  feature(
    'instalment_utilisation',
    ratio(0, 100),
    raises('BALANCE_TO_LOANS'),
    'instalment_balance / instalment_limit; 0 without a limit',
  ),
  feature('oldest_account_months', months(0, 1_200), lowers('CREDIT_AGE'), 'Age of the oldest account'),
] as const satisfies readonly FeatureDefinition[];

export type FeatureName = (typeof FEATURES)[number]['name'];

const BY_NAME: ReadonlyMap<string, FeatureDefinition> = new Map(FEATURES.map((each) => [each.name, each]));

/** The definition of a feature by its name; undefined where this release has none. */
export function definitionOf(name: string): FeatureDefinition | undefined {
  return BY_NAME.get(name);
}

const NAMES = new WeakMap<object, readonly FeatureName[]>();

/** The names of a model's features without their versions, in the order of its columns. */
export function namesOf(features: readonly { readonly feature: string }[]): readonly FeatureName[] {
  const known = NAMES.get(features) ?? features.map(({ feature }) => feature.split('@')[0] as FeatureName);
  NAMES.set(features, known);
  return known;
}
