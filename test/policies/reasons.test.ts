/** Each rule's reason names what the rule reads: with that at a good value it does not fire, however bad the rest is. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { COMPILED_POLICIES } from '../../app/governance/policies.ts';
import { PRODUCT_NAMES } from '../../domain/application/products.ts';
import { REASON_OF_GROUP, REASONS, RETIRED_REASONS, type ReasonCode } from '../../domain/reasons/catalogue.ts';
import { compilePolicy } from '../../packages/policy-compiler/compile.ts';
import type { Inputs } from '../../packages/policy-compiler/module.ts';
import { boundaryInputs } from '../packages/policy-compiler/boundaries.ts';
import { policyInput } from '../support/policy-inputs.ts';
import { autoApplicationOf, lineApplicationOf } from '../support/submissions.ts';

/** The inputs that each reason names. A report of another status or with an alert leaves the identity unverified. */
const NAMED: Partial<Record<ReasonCode, readonly string[]>> = {
  AA08: ['requested_amount', 'annual_income'],
  AA09: ['monthly_obligations', 'housing_payment', 'annual_income'],
  AA10: ['average_deposits', 'annual_income'],
  AA14: ['bureau_status'],
  AA15: ['bureau_status', 'oldest_account_months'],
  AA17: ['accounts_now_delinquent', 'delinquent_amount', 'delinquencies_2y'],
  AA21: ['bankruptcies'],
  AA22: ['inquiries_6m'],
  AX01: [
    'list_match',
    'bureau_status',
    'alert_fraud_initial',
    'alert_fraud_extended',
    'alert_active_duty',
    'alert_deceased',
    'alert_unknown',
  ],
  AX02: ['bureau_status'],
  AX11: ['annual_income'],
  AX12: ['of_legal_age'],
  AX15: ['average_deposits', 'requested_limit'],
  AX17: ['annual_income'],
  AX18: ['finance_inquiries'],
  AX19: ['revolving_utilisation'],
  AX21: ['instalment_opened_12m'],
  AX28: ['requested_amount', 'payoff'],
  AX29: ['requested_amount', 'payoff'],
  AX30: ['other_open_applications'],
  AX31: ['housing_payment'],
  AX32: ['vehicle_age'],
  AX33: ['vehicle_mileage'],
  AX34: ['negative_equity', 'vehicle_value'],
  AX35: ['gap_price', 'service_contract_price', 'vehicle_value'],
  AX36: ['down_payment', 'trade_in_value'],
  AX37: ['value_source'],
  AX38: ['average_deposits'],
};

/** Bad inputs of the rules whose cut points are no single number: words, and values derived of several inputs. */
const BAD: Readonly<Record<string, Inputs>> = {
  POSSIBLE_LIST_MATCH: { list_match: true },
  UNDER_LEGAL_AGE: { of_legal_age: false },
  HOUSING_COST_UNKNOWN: { housing_payment: null },
  AMOUNT_ABOVE_INCOME: { requested_amount: 4_000_000, annual_income: 1_900_000 },
  OBLIGATIONS_ALONE_TOO_HIGH: { monthly_obligations: 5_000_000 },
  NO_CREDIT_FILE: { bureau_status: 'NO_HIT' },
  THIN_FILE: { bureau_status: 'THIN' },
  FILE_FROZEN: { bureau_status: 'FROZEN' },
  REPORT_MISMATCH: { bureau_status: 'MISMATCH' },
  FRAUD_ALERT: { alert_fraud_initial: true },
  EXTENDED_FRAUD_ALERT: { alert_fraud_extended: true },
  ACTIVE_DUTY_ALERT: { alert_active_duty: true },
  DECEASED_INDICATOR: { alert_deceased: true },
  UNKNOWN_ALERT: { alert_unknown: true },
  NEGATIVE_EQUITY_TOO_HIGH: { negative_equity: 5_000_000 },
  ANCILLARIES_TOO_HIGH: { gap_price: 1_000_000 },
  VALUE_STATED_BY_SELLER: { value_source: 'DEALER_INVOICE', vehicle_age: 3 },
  LARGE_LOAN_WITHOUT_OWN_MONEY: { requested_amount: 6_000_000, down_payment: 0, trade_in_value: 0 },
  MILEAGE_UNUSUAL: { vehicle_mileage: 140_000 },
  REFINANCE_BELOW_PAYOFF: { payoff: 9_000_000 },
  REFINANCE_CASH_OUT: { payoff: 100_000 },
  DEPOSITS_FAR_BELOW_INCOME: { average_deposits: 1_000 },
  DEPOSITS_FAR_ABOVE_INCOME: { average_deposits: 90_000_000 },
  LIMIT_ABOVE_DEPOSITS: { requested_limit: 500_000, average_deposits: 400_000 },
};
/** Reads two facts; the other one says from which amount or age on the rule asks. */
const QUALIFIED: Readonly<Record<string, Inputs>> = {
  LARGE_LOAN_WITHOUT_OWN_MONEY: { requested_amount: 6_000_000 },
  VALUE_STATED_BY_SELLER: { vehicle_age: 3 },
};

const APPLICATIONS = {
  'personal-loan': undefined,
  'auto-loan': autoApplicationOf(),
  'credit-line': lineApplicationOf(),
} as const;

describe.each(PRODUCT_NAMES)('The newest policy of %s', (product) => {
  const { module } = COMPILED_POLICIES[product].at(-1)!;
  const path = join(import.meta.dirname, '../../policies', product, module.policy.version, 'policy.yaml');
  const compiled = compilePolicy(readFileSync(path, 'utf8'), 'policy.yaml', { reasons: Object.keys(REASONS) });
  if (!compiled.ok) throw new Error('The policy does not compile.');
  const { policy } = compiled;
  const application = APPLICATIONS[product];
  const file = policyInput(application ? { application } : {});
  const approved = file.product.fullInputs(file, module.model);
  const stated = policy.rules.filter(({ reason }) => Object.hasOwn(REASONS, reason));
  const bounds = boundaryInputs(policy, approved);
  const fires = (id: string, inputs: Inputs) => module.evaluate('full', inputs).rules[id] === 'FIRED';

  test('states no reason that joins several facts', () => {
    const codes = [...stated, ...policy.limits].map(({ reason }) => reason);
    expect(codes.filter((code) => RETIRED_REASONS.has(code))).toEqual([]);
    expect(Object.values(REASON_OF_GROUP).filter((code) => RETIRED_REASONS.has(code))).toEqual([]);
  });

  test('states no reason where the lender or the bureau failed', () => {
    const silent = policy.rules.filter(({ reason }) => reason === 'none').map(({ id }) => id);
    expect(silent.sort()).toEqual(['BUREAU_UNAVAILABLE', 'FEATURES_UNUSABLE', 'PULL_AMBIGUOUS', 'REPORT_STALE']);
  });

  test.each(stated.map(({ id, reason }) => [id, reason as ReasonCode] as const))(
    '%s fires for what %s names',
    (id, code) => {
      const bad = BAD[id]
        ? [{ ...approved, ...BAD[id] }]
        : bounds.filter(({ of }) => of === `rules.${id}`).map(({ inputs }) => inputs);
      const fired = bad.filter((inputs) => fires(id, inputs));
      expect(fired.length).toBeGreaterThan(0);
      const named = NAMED[code] ?? [];
      for (const inputs of fired) {
        const good = Object.fromEntries(named.map((name) => [name, approved[name] ?? null]));
        expect(fires(id, { ...inputs, ...good })).toBe(false);
        // What the reason does not name does not make the rule fire, but for the size from which it asks.
        const others = Object.fromEntries(Object.entries(approved).filter(([name]) => !named.includes(name)));
        expect(fires(id, { ...inputs, ...others, ...QUALIFIED[id] })).toBe(true);
      }
    },
  );
});

describe('The limits of a line', () => {
  const { module } = COMPILED_POLICIES['credit-line'].at(-1)!;
  const file = policyInput({ application: lineApplicationOf() });
  const approved = file.product.fullInputs(file, module.model);

  test.each([
    ['NET_DEPOSITS', 'AX38', { average_deposits: 150_000 }],
    ['NET_INCOME', 'AX17', { annual_income: 1_300_000, monthly_obligations: 0, housing_payment: 0 }],
    ['OBLIGATIONS', 'AA09', { monthly_obligations: 190_000, annual_income: 7_200_000 }],
  ] as const)('%s binds for what %s names, whether or not an amount is requested', (limit, code, bad) => {
    const named = Object.fromEntries((NAMED[code] ?? []).map((name) => [name, approved[name] ?? null]));
    for (const requested_limit of [null, 500_000]) {
      const inputs = { ...approved, ...bad, requested_limit };
      const { limits } = module.evaluate('full', inputs);
      expect(limits).toMatchObject({ binding: limit, reason: code });
      const { amounts } = module.evaluate('full', { ...inputs, ...named }).limits;
      expect(amounts[limit]).toBeGreaterThan(limits.amount ?? Number.NaN);
    }
    expect(REASONS[code]).not.toMatch(/request/);
  });
});
