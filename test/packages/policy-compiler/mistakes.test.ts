import { describe, expect, test } from '@jest/globals';

import type { PolicyErrorCode } from '../../../packages/policy-compiler/index.ts';
import { compiled, errorsOf, PERSONAL_LOAN, policyWith } from './support.ts';

/**
 * A change of the personal loan policy, what it must be refused as, a word that its sentence must have, and the line that
 * is at fault: the changed one unless said.
 */
type Mistake = [name: string, from: string, to: string, code: PolicyErrorCode, says: string, line?: string];

const MISTAKES: Mistake[] = [
  ['a misspelt input', 'inquiries_6m > 6', 'inquires_6m > 6', 'UNKNOWN_NAME', 'inquires_6m'],
  ['a misspelt derived value', 'when: pti > 2000', 'when: ptti > 2000', 'UNKNOWN_NAME', 'ptti'],
  [
    'a number for an enumeration',
    'identity_status == "FAILED"',
    'identity_status == 3',
    'TYPE_CLASH',
    'identity_status',
  ],
  ['text for a number', 'pd >= 1200', 'pd >= "1200"', 'TYPE_CLASH', 'pd'],
  ['money against months', 'dti > 5000', 'monthly_income > term', 'TYPE_CLASH', 'money with a months'],
  ['a fraction of a cent', 'monthly_income < 150000', 'monthly_income < 1500.5', 'TYPE_CLASH', 'whole'],
  ['a number as a condition', 'when: sanctions_hit', 'when: age', 'TYPE_CLASH', 'condition'],
  ['a half-written expression', 'when: pti > 2000', 'when: pti >', 'SYNTAX', 'cannot be read'],
  ['an assignment', 'when: pti > 2000', 'when: pti = 2000', 'SYNTAX', 'cannot be read'],
  ['AND in words', 'pd >= 800 && pd < 1200', 'pd >= 800 and pd < 1200', 'SYNTAX', 'cannot be read'],
  ['a broken bracket of YAML', 'when: age < 18', 'when: [age < 18', 'SYNTAX', 'YAML', 'allow: [age]'],
  ['an exclamation mark without quotes', "when: '!report_matches'", 'when: !report_matches', 'SYNTAX', 'YAML'],
  ['an anchor', 'when: age < 18', 'when: &young age < 18', 'SYNTAX', 'anchor'],
  ['an anchor on a key', 'when: age < 18', '&young when: age < 18', 'SYNTAX', 'key'],
  ['a tag', 'when: age < 18', 'when: !!str age < 18', 'SYNTAX', 'tags'],
  [
    'a null nobody handles',
    'when: fico < 600\n      missing: { fico: refer }',
    'when: fico < 600',
    'UNHANDLED_NULL',
    'fico',
  ],
  [
    'a table with no result that says nothing',
    'missing: refer\n    values:\n      - [799',
    'values:\n      - [799',
    'UNHANDLED_NULL',
    'apr',
    '  apr:\n',
  ],
  [
    'a handled null that never comes',
    'when: age < 18',
    'when: age < 18\n      missing: { age: pass }',
    'NEEDLESS_MISSING',
    'age',
  ],
  [
    'a misspelt null',
    'missing: { fico: refer }\n      reason',
    'missing: { ficoo: refer }\n      reason',
    'UNKNOWN_NAME',
    'ficoo',
  ],
  ['no reason', 'when: inquiries_6m > 6, reason: AA22', 'when: inquiries_6m > 6', 'NO_REASON', 'inquiries'],
  ['two reasons', 'reason: AA22', 'reason: [AA22, AX09]', 'NO_REASON', 'exactly one'],
  ['no reason for a decline', 'reason: AX11', 'reason: none', 'UNKNOWN_REASON', 'income_too_low'],
  ['no reason for a score', 'reason: from(model)', 'reason: none', 'GENERIC_REASON', 'none'],
  ['a reason outside the catalogue', 'reason: AA22', 'reason: AA42', 'UNKNOWN_REASON', 'AA42'],
  [
    'a generic reason for a bureau score',
    'reason: from(bureau)\n      severity: 80',
    'reason: AA03\n      severity: 80',
    'GENERIC_REASON',
    'bureau score',
  ],
  [
    'a generic reason for a model score',
    'reason: from(model)\n      severity: 81',
    'reason: AA17\n      severity: 81',
    'GENERIC_REASON',
    'model score',
  ],
  [
    'the reasons of the other score',
    'reason: from(model)\n      severity: 81',
    'reason: from(bureau)\n      severity: 81',
    'GENERIC_REASON',
    'from(bureau)',
  ],
  ['two scores in one rule', 'when: fico < 600', 'when: fico < 600 && pd > 100', 'UNHANDLED_NULL', 'pd'],
  ['a model reason without a model', 'reason: AA22', 'reason: from(model)', 'FALSE_REASON_SOURCE', 'does not read'],
  ['age read without leave', 'allow: [age]\n', '\n', 'PROHIBITED_READ', 'age', 'under_age:'],
  ['age in a condition to clear', 'when: identity_status == "UNVERIFIED"', 'when: age > 70', 'PROHIBITED_READ', 'age'],
  ['age in a limit', 'value: half_income * 12', 'value: half_income * age', 'PROHIBITED_READ', 'age'],
  ['leave for nothing', 'allow: [age]', 'allow: [age, fico]', 'NEEDLESS_ALLOW', 'fico'],
  ['a score that cannot be so low', 'when: fico < 600', 'when: fico < 300', 'UNREACHABLE', 'fico < 300'],
  ['a rule for everyone', 'when: age < 18', 'when: age < 121', 'ALWAYS_FIRES', 'under_age'],
  ['a rule of a constant', 'when: sanctions_hit', 'when: "true"', 'ALWAYS_FIRES', 'constant'],
  ['a rule that is off', 'when: sanctions_hit', 'when: "false"', 'UNREACHABLE', 'constant'],
  ['a contradiction', 'term < 12 || term > 60', 'term < 12 && term > 60', 'CONTRADICTION', 'never true together'],
  ['a contradiction of names', 'pd >= 800 && pd < 1200', 'pd >= 1200 && pd < 800', 'CONTRADICTION', 'grey_pd'],
  [
    'a comparison in vain',
    'requested_amount < 100000 ||',
    'requested_amount < 50000 ||',
    'CONSTANT_COMPARISON',
    'never true',
  ],
  ['a comparison of constants', 'when: age < 18', 'when: age < 18 && 1 < 2', 'CONSTANT_COMPARISON', 'constants'],
  [
    'two rules that leave no room',
    'when: inquiries_6m > 6',
    'when: accounts_opened_12m <= 6',
    'NEVER_APPROVES',
    'approved',
    'new_accounts: {',
  ],
  ['a state that does not exist', 'state in ["VT", "WV"]', 'state in ["VT", "WW"]', 'NOT_IN_ENUMERATION', 'WW'],
  ['a residence that does not exist', 'residence != "OWN"', 'residence != "OWNS"', 'NOT_IN_ENUMERATION', 'OWNS'],
  ['one id twice', '    identity_failed: {', '    sanctions: {', 'DUPLICATE_ID', 'sanctions'],
  ['one id in both stages', '    report_mismatch: {', '    sanctions: {', 'DUPLICATE_ID', 'sanctions'],
  ['an id of a limit', '    report_mismatch: {', '    by_income: {', 'DUPLICATE_ID', 'by_income'],
  ['one input twice', '    fraud_alert: boolean', '    report_matches: boolean', 'DUPLICATE_ID', 'report_matches'],
  ['a derived value with the name of an input', '  pti: {', '  pd: {', 'DUPLICATE_ID', 'pd'],
  ['a table without a row', '      - [2799, 2999, none, none]\n', '', 'TABLE_GAP', 'rows', '- [799, 899'],
  ['a table without a cell', '[1999, 2199, 2399, 2599]', '[1999, 2199, 2399]', 'TABLE_GAP', '3 values'],
  ['a table without a state', '      NY: 1600\n', '', 'TABLE_GAP', 'NY', 'AL: 3600'],
  ['a table with a state too many', '      NY: 1600\n', '      NY: 1600\n      ZZ: 1600\n', 'NOT_IN_ENUMERATION', 'ZZ'],
  [
    'a table without a key of its axis',
    'rows: { risk: [A, B, C, D, E] }',
    'rows: { risk: [A, B, C, D] }',
    'TABLE_GAP',
    'E',
  ],
  ['a band without a name', 'names: [A, B, C, D, E]', 'names: [A, B, C, D]', 'TABLE_GAP', 'names'],
  [
    'cut points that fall',
    'columns: { dti: [2000, 3500, 4500] }',
    'columns: { dti: [2000, 4500, 3500] }',
    'CUT_POINTS_OUT_OF_ORDER',
    '3500',
  ],
  ['one cut point twice', 'cuts: [150, 300, 500, 800]', 'cuts: [150, 300, 300, 800]', 'CUT_POINTS_OUT_OF_ORDER', '300'],
  [
    'a cut point outside the range',
    'rows: { fico: [600, 660, 720] }',
    'rows: { fico: [600, 660, 900] }',
    'CUT_POINT_OUT_OF_RANGE',
    '900',
  ],
  [
    'a price that falls as risk rises',
    '[1499, 1599, 1699, 1799]',
    '[1499, 1599, 1699, 1299]',
    'PRICE_INVERSION',
    'risk',
  ],
  ['a line that rises with debt', '[1_500_000', '[900_000', 'PRICE_INVERSION', 'dti'],
  ['a price outside what the table gives', '[799, 899', '[7, 899', 'TABLE_VALUE_OUT_OF_RANGE', '7'],
  ['a rule too early for what it reads', 'when: sanctions_hit', 'when: fraud_alert', 'WRONG_STAGE', 'fraud_alert'],
  [
    'a rule too early for what its value rests on',
    'when: sanctions_hit',
    'when: free_income < 0',
    'WRONG_STAGE',
    'free_income',
  ],
  ['arithmetic in a rule', 'when: pti > 2000', 'when: payment * 5 > income', 'ARITHMETIC_IN_CONDITION', 'payment * 5'],
  [
    'a division without rounding',
    '    value: requested_amount / term\n    round: up',
    '    value: requested_amount / term',
    'NO_ROUNDING',
    'payment',
  ],
  [
    'a ratio without places',
    'income, places: 4, round: half-up }',
    'income, round: half-up }',
    'NO_ROUNDING',
    'places',
  ],
  [
    'a division inside a sum',
    'value: monthly_housing + monthly_debt',
    'value: monthly_housing + monthly_debt / 2',
    'NO_ROUNDING',
    'rounded',
  ],
  [
    'cents times cents',
    'value: monthly_housing + monthly_debt',
    'value: monthly_housing * monthly_debt',
    'TYPE_CLASH',
    'multiplies',
  ],
  [
    'numbers past what is exact',
    'value: half_income * 12',
    'value: half_income * 900000000',
    'INEXACT_ARITHMETIC',
    'exact',
  ],
  [
    'a value that rests on itself',
    'value: monthly_housing + monthly_debt',
    'value: free_income + monthly_debt',
    'CYCLE',
    'free_income',
    'free_income: {',
  ],
  ['a section nobody knows', 'conditions:\n', 'condition:\n', 'UNKNOWN_KEY', 'condition'],
  ['a key nobody knows', 'age < 18\n      allow', 'age < 18\n      allows', 'UNKNOWN_KEY', 'allows'],
  [
    'an action that does not exist',
    'sanctions: { action: hold',
    'sanctions: { action: approve',
    'MALFORMED',
    'approve',
  ],
  ['a score of nobody', 'score? 300..850 @bureau', 'score? 300..850', 'MALFORMED', 'origin'],
  ['an input without a range', 'age: integer 0..120', 'age: integer', 'MALFORMED', 'range'],
  ['a range that runs backwards', 'age: integer 0..120', 'age: integer 120..0', 'MALFORMED', 'backwards'],
  ['a product nobody sells', 'product: personal-loan', 'product: mortgage', 'MALFORMED', 'mortgage'],
  ['a day that is in no calendar', 'effective: 2026-11-01', 'effective: 2026-02-30', 'MALFORMED', 'calendar'],
  ['a macro', 'when: sanctions_hit', 'when: "has(sanctions_hit)"', 'UNSUPPORTED', 'has'],
  ['an unknown function', 'value: income - obligations', 'value: "pow(income, obligations)"', 'UNSUPPORTED', 'pow'],
  [
    'a question whether something is missing that never is',
    'when: age < 18',
    'when: age == null',
    'CONSTANT_COMPARISON',
    'never is',
  ],
];

describe('a policy is refused, with every fault named at its line, for', () => {
  test.each(MISTAKES)('%s', (...[, from, to, code, says, line]: Mistake) => {
    const at = PERSONAL_LOAN.indexOf(from);
    expect(at).toBeGreaterThan(0);
    const source = PERSONAL_LOAN.slice(0, at) + to + PERSONAL_LOAN.slice(at + from.length);
    const errors = errorsOf(source);
    const error = errors.find((candidate) => candidate.code === code && candidate.message.includes(says));
    expect({
      codes: errors.map((found) => `${found.line} ${found.code} ${found.message}`),
      found: error?.code,
    }).toEqual({
      codes: expect.anything(),
      found: code,
    });
    const lineOf = (offset: number): number => source.slice(0, offset).split('\n').length;
    const first = lineOf(line === undefined ? at : source.indexOf(line));
    const last = line === undefined ? lineOf(at + to.trimEnd().length) : first;
    expect(error?.line).toBeGreaterThanOrEqual(first);
    expect(error?.line).toBeLessThanOrEqual(last);
    expect(error?.file).toBe('policy.yaml');
    expect(error?.message).toMatch(/^[A-Z].*\.$/);
    expect(error?.fix).toMatch(/.+/);
  });
});

describe('arithmetic that stops being exact is refused', () => {
  test.each([
    ['a numerator in basis points', 'a / b', 'ratio, places: 4, round: down', false],
    ['a numerator in basis points of a small ratio', 'a / c', 'ratio, places: 4, round: down', false],
    ['the same ratio in whole units', 'a / c', 'ratio, places: 0, round: down', true],
    ['a share of an amount', 'a * share', 'money, round: down', false],
    ['a product', 'a * 10', 'money', false],
    ['a sum', 'a + a + a + a + a + a + a + a + a + a', 'money', false],
    ['a sum that stays exact', 'a + a', 'money', true],
  ])('%s', (_, value, type, exact) => {
    const source = policyWith({
      inputs: `    a: money 0..1_000_000_000_000_000\n    b: money 1..1000\n    c: money 500_000_000_000_000..1_000_000_000_000_000\n    share: ratio 0..10_000`,
      rest: `derive:\n  d: { value: ${value}, type: ${type} }`,
      rules: '    it: { action: refer, when: d > 3, reason: AX13, severity: 1 }',
    });
    expect(errorsOf(source).map(({ code }) => code)).toEqual(exact ? [] : ['INEXACT_ARITHMETIC']);
  });
});

describe('the place of a fault', () => {
  test('is the line and column of the name inside its expression', () => {
    const source = PERSONAL_LOAN.replace('months_employed < 6', 'months_emploied < 6');
    const line = source.split('\n').findIndex((text) => text.includes('months_emploied')) + 1;
    const column = (source.split('\n')[line - 1] ?? '').indexOf('months_emploied') + 1;
    expect(errorsOf(source)).toContainEqual(expect.objectContaining({ code: 'UNKNOWN_NAME', line, column }));
  });

  test.each([
    ['quoted', `    a: { action: decline, when: "amount > 1 && amuont < 9", reason: AX13, severity: 1 }`],
    [
      'folded',
      `    a:\n      action: decline\n      reason: AX13\n      severity: 1\n      when: >-\n        amount > 1 &&\n        amuont < 9`,
    ],
    [
      'plain over two lines',
      `    a:\n      action: decline\n      reason: AX13\n      severity: 1\n      when: amount > 1\n        && amuont < 9`,
    ],
    ['in square brackets of a list', `    a: { action: decline, when: 'amuont in [1, 2]', reason: AX13, severity: 1 }`],
  ])('is right in an expression that is %s', (_, rules) => {
    const source = policyWith({ rules });
    const line = source.split('\n').findIndex((text) => text.includes('amuont')) + 1;
    const column = (source.split('\n')[line - 1] ?? '').indexOf('amuont') + 1;
    expect(errorsOf(source)).toContainEqual(expect.objectContaining({ code: 'UNKNOWN_NAME', line, column }));
  });

  test('is told for every fault at once, in the order of the text', () => {
    const source = PERSONAL_LOAN.replace('age < 18', 'agee < 18')
      .replace('inquiries_6m > 6', 'inquires_6m > 6')
      .replace('reason: AA21', 'reason: ZZ');
    const errors = errorsOf(source);
    expect(errors.map(({ code }) => code)).toEqual(['UNKNOWN_NAME', 'UNKNOWN_REASON', 'UNKNOWN_NAME']);
    expect(errors.map(({ line }) => line)).toEqual(errors.map(({ line }) => line).toSorted((a, b) => a - b));
  });

  test('comes with the way to write a number, where CEL knows none with "_"', () => {
    const [error] = errorsOf(
      policyWith({ rules: '    a: { action: refer, when: amount > 1_0, reason: AX13, severity: 1 }' }),
    );
    expect(error).toMatchObject({ code: 'SYNTAX', fix: 'Write numbers in an expression without "_": 200000.' });
  });

  test('comes with the name that was meant', () => {
    const [error] = errorsOf(PERSONAL_LOAN.replace('inquiries_6m > 6', 'inquires_6m > 6'));
    expect(error?.fix).toBe('Did you mean "inquiries_6m"?');
  });
});

describe('a policy is warned of', () => {
  test('a rule that another makes needless', () => {
    const source = policyWith({
      rules: `    poor: { action: decline, when: amount > 300, reason: AX13, severity: 2 }
    poorer: { action: decline, when: amount > 500 && member, reason: AX13, severity: 1 }`,
    });
    expect(compiled(source).warnings).toContainEqual(expect.objectContaining({ code: 'SUBSUMED', line: 17 }));
  });

  test('no rule before the bureau whose master runs only after', () => {
    const source = (first: string, second: string): string =>
      policyWith({ rules: second }).replace('rules:\n', `rules:\n  pre-bureau:\n${first}\n`);
    const strict = (id: string): string =>
      `    ${id}: { action: decline, when: amount > 300, reason: AX13, severity: 2 }`;
    const lax = (id: string): string => `    ${id}: { action: decline, when: amount > 500, reason: AX13, severity: 1 }`;
    const subsumed = (text: string): number => compiled(text).warnings.filter(({ code }) => code === 'SUBSUMED').length;
    expect(subsumed(source(lax('early'), strict('late')))).toBe(0);
    expect(subsumed(source(strict('early'), lax('late')))).toBe(1);
  });

  test('no rule whose master only refers', () => {
    const source = policyWith({
      rules: `    poor: { action: refer, when: amount > 300, reason: AX13, severity: 2 }
    poorer: { action: decline, when: amount > 500, reason: AX13, severity: 1 }`,
    });
    expect(compiled(source).warnings.filter(({ code }) => code === 'SUBSUMED')).toEqual([]);
  });

  test('an input that nothing reads', () => {
    const { warnings } = compiled(policyWith({}));
    expect(warnings.map(({ code, line }) => [code, line])).toEqual([
      ['UNREAD_INPUT', 8],
      ['UNREAD_INPUT', 9],
      ['UNREAD_INPUT', 11],
      ['UNREAD_INPUT', 12],
    ]);
  });

  test('nothing, when there is nothing', () => {
    expect(compiled(PERSONAL_LOAN).warnings).toEqual([]);
  });
});
