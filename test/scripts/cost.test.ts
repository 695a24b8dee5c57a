import { readFileSync } from 'node:fs';

import { beforeAll, describe, expect, jest, test } from '@jest/globals';

import { countDecisions, type DecisionCounts } from '../../scripts/cost/count.ts';
import { costDocument, linesOf, type CostInputs } from '../../scripts/cost/document.ts';
import { PRICES } from '../../scripts/cost/prices.ts';
import { templateFacts } from '../../scripts/cost/template.ts';

// Two decisions and the warming of all functions, over servers on loopback, and a synthesis.
jest.setTimeout(120_000);

let inputs: CostInputs;
beforeAll(async () => {
  const { counts } = await countDecisions();
  const durations = JSON.parse(readFileSync('scripts/cost/durations.json', 'utf8')) as CostInputs['durations'];
  inputs = { counts, durations, facts: templateFacts() };
}, 120_000);

test('docs/cost.md says what the templates and the calls of today come to: otherwise run npm run cost', () => {
  expect(costDocument(inputs)).toBe(readFileSync('docs/cost.md', 'utf8'));
});

describe('What is counted of a decision', () => {
  test('is every function of the way to an approval, each once, and the archive of its history', () => {
    const { functions } = inputs.counts.approved;
    expect(Object.keys(functions)).toEqual(
      expect.arrayContaining(['IntakeApplication', 'ScoreApplication', 'RecordDecision', 'ArchiveHistory']),
    );
    for (const { calls } of Object.values(functions)) expect(calls).toBe(1);
  });

  test('has for each of them what it must write and read: none is free', () => {
    for (const [name, counts] of Object.entries(inputs.counts.approved.functions)) {
      expect([name, counts.dynamoDbWrites > 0, counts.dynamoDbReads > 0]).toEqual([name, true, true]);
    }
  });

  test('costs more with every call more, by its price', () => {
    const costOf = (counts: DecisionCounts) => linesOf(counts, inputs).reduce((sum, [, usd]) => sum + usd, 0);
    const { approved } = inputs.counts;
    const more = { ...approved, transitions: approved.transitions + 4, events: approved.events + 3 };
    expect(costOf(more) - costOf(approved)).toBeCloseTo(4 * PRICES.stateTransition.value + 3 * PRICES.event.value, 12);
  });
});
