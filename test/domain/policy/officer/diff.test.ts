import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { diffPolicies, type PolicyText } from '../../../../domain/policy/officer/diff.ts';

const POLICY: PolicyText = {
  policy: 'personal-loan',
  version: '1.0.0',
  inputs: { 'pre-bureau': { term: 'months 36..60' }, full: { pd: 'integer? 0..1_000_000 @model' } },
  derive: { pti_cap: { type: 'ratio', value: '1200' } },
  bands: { risk: { of: 'pd', cuts: ['20_000'], names: ['A', 'B'] } },
  tables: {
    annual_rate: {
      gives: 'ratio 0..3599',
      rows: { risk: ['A', 'B'] },
      columns: { term: ['37'] },
      values: [
        ['899', '999'],
        ['1199', '1299'],
      ],
    },
  },
  rules: { full: { TOO_LIKELY: { action: 'decline', when: 'pd >= 70_996', reason: 'from(model)' } } },
  conditions: { VERIFY_INCOME: { clear: 'income', when: '!income_verified' } },
};

const node: fc.Arbitrary<PolicyText> = fc.dictionary(
  fc.constantFrom('rules', 'tables', 'derive', 'version', 'inputs'),
  fc.oneof(fc.string(), fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), fc.dictionary(fc.string(), fc.string()))),
);

describe('The difference of two policies', () => {
  test('is empty between a policy and itself, whatever it says', () => {
    fc.assert(fc.property(node, (text) => expect(diffPolicies(text, structuredClone(text))).toEqual([])));
  });

  test('is the same both ways, with before and after exchanged', () => {
    fc.assert(
      fc.property(node, node, (a, b) => {
        const names = (from: PolicyText, to: PolicyText): string[] =>
          diffPolicies(from, to)
            .map(({ section, name }) => `${section} ${name}`)
            .sort();
        expect(names(a, b)).toEqual(names(b, a));
      }),
    );
  });

  test('leaves out the underscores of numbers', () => {
    const rules = { full: { TOO_LIKELY: { action: 'decline', when: 'pd >= 70996', reason: 'from(model)' } } };
    expect(diffPolicies(POLICY, { ...POLICY, rules })).toEqual([]);
  });

  test('names the changed field of a rule', () => {
    const rules = { full: { TOO_LIKELY: { action: 'decline', when: 'pd >= 65000', reason: 'from(model)' } } };
    expect(diffPolicies(POLICY, { ...POLICY, rules })).toEqual([
      {
        section: 'rules.full',
        name: 'TOO_LIKELY',
        change: 'changed',
        fields: [{ field: 'when', before: 'pd >= 70996', after: 'pd >= 65000' }],
        table: null,
      },
    ]);
  });

  test('shows a table cell by cell, with the names of its rows and columns', () => {
    const table = POLICY['tables'] as Record<string, PolicyText>;
    const values = [
      ['899', '999'],
      ['1249', '1299'],
    ];
    const [change] = diffPolicies(POLICY, { ...POLICY, tables: { annual_rate: { ...table['annual_rate'], values } } });
    expect(change).toMatchObject({ section: 'tables', name: 'annual_rate', fields: [] });
    expect(change?.table?.columns).toEqual(['term < 37', 'term >= 37']);
    expect(change?.table?.rows[1]).toEqual({
      row: 'risk B',
      cells: [
        { before: '1199', after: '1249' },
        { before: '1299', after: '1299' },
      ],
    });
  });

  test('shows a table with other axes as text, before and after', () => {
    const tables = { annual_rate: { gives: 'ratio 0..3599', rows: { risk: ['A', 'B'] }, values: ['899', '1199'] } };
    const [change] = diffPolicies(POLICY, { ...POLICY, tables });
    expect(change?.table).toBeNull();
    expect(change?.fields.map(({ field }) => field)).toEqual(['columns', 'values']);
  });

  test('tells what is added and removed', () => {
    const rules = { full: { OTHER: { action: 'refer', when: 'pd > 1', reason: 'from(model)' } } };
    const changes = diffPolicies(POLICY, { ...POLICY, rules });
    expect(changes.map(({ name, change }) => [name, change])).toEqual([
      ['TOO_LIKELY', 'removed'],
      ['OTHER', 'added'],
    ]);
  });
});
