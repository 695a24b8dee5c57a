import { Engine, type Almanac, type NestedCondition, type RuleProperties } from 'json-rules-engine';

import { LINE, RISK_RATES, STATE_CAPS, TABLES } from './expressions.ts';
import type { Applicant } from './handwritten.ts';
import type { Peer, PeerAnswer } from './peer.ts';

type Action = 'hold' | 'decline' | 'refer';
interface Decided {
  readonly outcome: PeerAnswer['outcome'];
  readonly failed: readonly string[];
  readonly values: Readonly<Record<string, number | boolean | null>>;
}

/**
 * json-rules-engine with every rule as data and every derived value and table as a function of facts, which is how the
 * engine has them: it has no arithmetic. A rule that asks for a person without a value is a second rule.
 */
export function loadJsonRules(): Peer {
  const start = performance.now();
  const engine = new Engine(rules());
  for (const [name, of] of Object.entries(FACTS)) engine.addFact(name, (_, almanac) => of(almanac));
  return {
    load_ms: performance.now() - start,
    decide: async (applicant): Promise<Decided> => {
      const { events, almanac } = await engine.run(applicant);
      const asked = new Set(events.map(({ params }) => params?.['action'] as Action));
      const values: Record<string, number | boolean | null> = {};
      for (const name of VALUES) values[name] = await almanac.factValue(name);
      const refer = asked.has('refer') || values['apr'] === null || values['line'] === null;
      return {
        outcome: asked.has('hold') ? 'HOLD' : asked.has('decline') ? 'DECLINE' : refer ? 'REFER' : 'APPROVE',
        failed: events.map(({ type }) => type),
        values,
      };
    },
    answerOf: (decided) => {
      const { outcome, failed, values } = decided as Decided;
      const { apr = null, line = null, state_cap = null, limit = null, ...derived } = values;
      return {
        outcome,
        failed,
        derived,
        tables: { apr, line, state_cap } as PeerAnswer['tables'],
        limit: limit as number | null,
      };
    },
  };
}

type Fact = (almanac: Almanac) => Promise<number | boolean | null>;
const input = async <K extends keyof Applicant>(almanac: Almanac, name: K): Promise<Applicant[K]> =>
  almanac.factValue<Applicant[K]>(name);
const number = async (almanac: Almanac, name: string): Promise<number> => almanac.factValue<number>(name);
const halfUp = (n: number, d: number): number | null => (d === 0 ? null : Math.floor(n / d + 0.5));
const place = (cuts: readonly number[], value: number): number => cuts.filter((cut) => value >= cut).length;

const FACTS: Readonly<Record<string, Fact>> = {
  income: async (facts) => {
    const [stated, verified] = [await input(facts, 'monthly_income'), await input(facts, 'verified_income')];
    return verified === null ? stated : Math.min(stated, verified);
  },
  payment: async (facts) => Math.ceil((await input(facts, 'requested_amount')) / (await input(facts, 'term'))),
  obligations: async (facts) => (await input(facts, 'monthly_housing')) + (await input(facts, 'monthly_debt')),
  dti: async (facts) => {
    const owed = (await number(facts, 'obligations')) + (await number(facts, 'payment'));
    return halfUp(owed * 10_000, await number(facts, 'income'));
  },
  pti: async (facts) => halfUp((await number(facts, 'payment')) * 10_000, await number(facts, 'income')),
  utilisation: async (facts) =>
    halfUp((await input(facts, 'revolving_balance')) * 10_000, await input(facts, 'revolving_limit')),
  free_income: async (facts) => (await number(facts, 'income')) - (await number(facts, 'obligations')),
  half_income: async (facts) => Math.floor(((await number(facts, 'income')) * 50) / 100),
  report_age: async (facts) => {
    const oldest = await input(facts, 'oldest_report_on');
    return oldest === null ? null : (Date.parse(await input(facts, 'applied_on')) - Date.parse(oldest)) / 86_400_000;
  },
  stated_above_verified: async (facts) => {
    const verified = await input(facts, 'verified_income');
    return verified !== null && (await input(facts, 'monthly_income')) > verified;
  },
  apr: async (facts) => {
    const pd = await input(facts, 'pd');
    if (pd === null) return null;
    return RISK_RATES[place([150, 300, 500, 800], pd)]?.[place([24, 37, 49], await input(facts, 'term'))] ?? null;
  },
  line: async (facts) => {
    const [fico, dti] = [await input(facts, 'fico'), await facts.factValue<number | null>('dti')];
    if (fico === null || dti === null) return null;
    return LINE[place([600, 660, 720], fico)]?.[place([2000, 3500, 4500], dti)] ?? null;
  },
  state_cap: async (facts) => STATE_CAPS[await input(facts, 'state')] ?? null,
  limit: async (facts) => {
    const line = await facts.factValue<number | null>('line');
    return line === null ? null : Math.min(line, (await number(facts, 'half_income')) * 12, 5_000_000);
  },
};
const VALUES = [...Object.keys(FACTS).filter((name) => !TABLES.includes(name) && name !== 'limit'), ...TABLES, 'limit'];

const is = (fact: string, operator: string, value: unknown): NestedCondition => ({ fact, operator, value });
const less = (fact: string, value: unknown) => is(fact, 'lessThan', value);
const more = (fact: string, value: unknown) => is(fact, 'greaterThan', value);
const least = (fact: string, value: unknown) => is(fact, 'greaterThanInclusive', value);
const absent = (fact: string) => is(fact, 'equal', null);
const any = (...conditions: NestedCondition[]): NestedCondition => ({ any: conditions });
const all = (...conditions: NestedCondition[]): NestedCondition => ({ all: conditions });

/** Id, action, condition, and where a person is asked for. A comparison with null is false in this engine. */
const TABLE: readonly (readonly [string, Action, NestedCondition, NestedCondition?])[] = [
  ['sanctions', 'hold', is('sanctions_hit', 'equal', true)],
  ['identity_failed', 'hold', is('identity_status', 'equal', 'FAILED')],
  ['under_age', 'decline', less('age', 18)],
  ['state_not_served', 'decline', is('state', 'in', ['VT', 'WV'])],
  ['report_mismatch', 'hold', is('report_matches', 'equal', false)],
  ['alert', 'hold', any(is('fraud_alert', 'equal', true), is('report_frozen', 'equal', true))],
  ['bankruptcy', 'decline', less('months_since_bankruptcy', 48)],
  ['foreclosure', 'decline', less('months_since_foreclosure', 36)],
  ['past_due', 'decline', all(more('accounts_past_due', 0), more('amount_past_due', 10_000))],
  ['recent_90', 'decline', least('delinquencies_90d_24m', 1)],
  ['charge_off', 'decline', more('charge_offs_36m', 0)],
  ['high_pd', 'decline', least('pd', 1200), absent('pd')],
  ['low_score', 'decline', less('fico', 600), absent('fico')],
  ['collection', 'decline', any(more('collections', 2), more('collections_amount', 100_000))],
  ['dti_too_high', 'decline', any(more('dti', 5000), absent('dti'))],
  ['pti_too_high', 'decline', more('pti', 2000), absent('pti')],
  ['negative_free_income', 'decline', is('free_income', 'lessThanInclusive', 0)],
  ['limit_too_small', 'decline', less('limit', 100_000), absent('limit')],
  ['income_too_low', 'decline', less('monthly_income', 150_000)],
  ['amount_not_offered', 'decline', any(less('requested_amount', 100_000), more('requested_amount', 5_000_000))],
  ['term_not_offered', 'decline', any(less('term', 12), more('term', 60))],
  ['existing_loan', 'decline', more('existing_balance_with_us', 2_500_000), absent('existing_balance_with_us')],
  ['overdrafts', 'refer', least('overdrafts_90d', 5)],
  ['recent_60', 'refer', any(least('delinquencies_60d_24m', 2), least('delinquencies_30d_24m', 4))],
  ['dti_high', 'refer', all(is('residence', 'notEqual', 'OWN'), any(more('dti', 4300), absent('dti')))],
  ['utilised', 'refer', more('utilisation', 9500)],
  ['inquiries', 'refer', more('inquiries_6m', 6)],
  ['new_accounts', 'refer', more('accounts_opened_12m', 6)],
  [
    'short_employment',
    'refer',
    all(
      is('employment', 'in', ['EMPLOYED', 'SELF_EMPLOYED']),
      any(less('months_employed', 6), absent('months_employed')),
    ),
  ],
  [
    'thin',
    'refer',
    any(less('open_tradelines', 2), less('oldest_account_months', 12), absent('oldest_account_months')),
  ],
  ['unsecured', 'refer', more('unsecured_balance', 10_000_000)],
  ['grey_pd', 'refer', any(all(least('pd', 800), less('pd', 1200)), absent('pd'))],
  ['stale_report', 'refer', any(is('channel_risk', 'equal', 'HIGH'), more('report_age', 3650))],
  ['price_above_cap', 'refer', any(more('apr', { fact: 'state_cap' }), absent('apr'))],
];

function rules(): RuleProperties[] {
  return TABLE.flatMap(([id, action, when, unknown]) => {
    const rule = { conditions: { all: [when] }, event: { type: id, params: { action } } };
    if (!unknown) return [rule];
    return [rule, { conditions: { all: [unknown] }, event: { type: id, params: { action: 'refer' } } }];
  });
}
