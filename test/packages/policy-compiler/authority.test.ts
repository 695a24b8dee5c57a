import { describe, expect, test } from '@jest/globals';

import { DECISION_KINDS } from '../../../packages/policy-compiler/module.ts';
import { errorsOf, load, policyWith } from './support.ts';

const RATES = `tables:
  annual_rate:
    gives: ratio 0..3599
    rows: { fico: [600] }
    missing: refer
    values: [899, 1999]
`;
const AUTHORITY = `authority:
  rates: 899..1999
  escalation: senior-reviewer
  separate: [requester]
  roles:
    reviewer: { amount: 500, corridor: 50, alone: [as-policy], confirms: [] }
    senior-reviewer: { amount: 1_000, corridor: 100, alone: [], confirms: [as-policy, own-words] }
`;
const source = (from = '', to = '') => policyWith({ rest: `${RATES}${AUTHORITY.replace(from, to)}` });

describe('The authority of a policy', () => {
  test('is compiled into its module, and part of its digest', async () => {
    const module = await load(source());
    expect(module.authority).toEqual({
      rates: { low: 899, high: 1_999 },
      escalation: 'senior-reviewer',
      separate: ['requester'],
      roles: {
        reviewer: { amount: 500, corridor: 50, alone: ['as-policy'], confirms: [] },
        'senior-reviewer': { amount: 1_000, corridor: 100, alone: [], confirms: ['as-policy', 'own-words'] },
      },
    });
    expect((await load(policyWith({ rest: RATES }))).authority).toBeUndefined();
  });

  test.each([
    ['a hard decline that one person reverses', 'alone: [as-policy]', 'alone: [hard-decline-reversed]', 'ONE_PERSON'],
    ['words that no second person confirms', 'alone: []', 'alone: [own-words]', 'ONE_PERSON'],
    ['a kind that is none', 'alone: [as-policy]', 'alone: [as-polcy]', 'UNKNOWN_NAME'],
    ['a kind twice', 'alone: [as-policy]', 'alone: [as-policy, as-policy]', 'DUPLICATE_ID'],
    ['a role that decides nothing', '    reviewer:', '    auditor:', 'UNKNOWN_NAME'],
    ['rates below the table', 'rates: 899..1999', 'rates: 799..1999', 'TABLE_VALUE_OUT_OF_RANGE'],
    ['rates above the table', 'rates: 899..1999', 'rates: 899..2099', 'TABLE_VALUE_OUT_OF_RANGE'],
    ['rates in the wrong order', 'rates: 899..1999', 'rates: 1999..899', 'MALFORMED'],
    ['rates above 36 %', 'rates: 899..1999', 'rates: 899..3600', 'MALFORMED'],
    ['an amount that is no number', 'amount: 500,', 'amount: much,', 'MALFORMED'],
    ['an amount below nothing', 'amount: 500,', 'amount: -1,', 'MALFORMED'],
    ['a corridor as wide as any rate', 'corridor: 50,', 'corridor: 3600,', 'MALFORMED'],
    ['a role without a limit', 'corridor: 50, ', '', 'MISSING_KEY'],
    ['an escalation to a role without limits', /    senior-reviewer.*\n/.exec(AUTHORITY)![0], '', 'MISSING_KEY'],
    ['people who are no one', 'separate: [requester]', 'separate: [applicant]', 'UNKNOWN_NAME'],
    ['a member that means nothing', '  escalation:', '  escalates:', 'UNKNOWN_KEY'],
  ])('is refused with %s', (_, from, to, code) => {
    expect(errorsOf(source()).map(({ message }) => message)).toEqual([]);
    expect(errorsOf(source(from, to)).map((error) => error.code)).toContain(code);
  });

  test('names each kind of decision once', () => {
    expect(new Set(DECISION_KINDS).size).toBe(DECISION_KINDS.length);
  });
});
