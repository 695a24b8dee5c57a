import { describe, expect, test } from '@jest/globals';
import validateStateMachine from 'asl-validator';
import jsonata from 'jsonata';

import { namesOfKind } from '../../lambdas/functions.ts';
import { batchMachine as batch, batchText as text } from '../support/state-machines.ts';
import {
  checkComments,
  checkExpressions,
  checkRetries,
  checkVariables,
  inner,
  placeholders,
  type StateMachine,
} from '../support/workflow-checks.ts';

/** A copy with one field changed. */
function seeded(path: string, value: unknown): StateMachine {
  const copy = structuredClone(batch) as unknown as Record<string, unknown>;
  const steps = path.split('/');
  const last = steps.pop() ?? '';
  let target = copy;
  for (const step of steps) target = target[step] as Record<string, unknown>;
  target[last] = value;
  return copy as unknown as StateMachine;
}

describe('The batch workflow', () => {
  test('is valid Amazon States Language in JSONata', () => {
    const { errorsText } = validateStateMachine(structuredClone(batch));
    expect(errorsText('\n')).toBe('');
  });
  test('says of every state why it is there', () => expect(checkComments(batch)).toEqual([]));
  test('reads reserved variables only where they exist, and calls known functions', () =>
    expect(checkExpressions(batch)).toEqual([]));
  test('assigns every variable on every path to where it is read', () => expect(checkVariables(batch)).toEqual([]));
  test('tries again only what may happen twice', () => expect(checkRetries(batch)).toEqual([]));
  test('calls only functions of the batch', () =>
    expect(placeholders(text)).toEqual(['BatchBucket', ...namesOfKind('batch')]));
  test('decides rows as it decides lines', () => {
    const bare = (name: string) =>
      JSON.stringify(batch.States[name])
        .replaceAll(/"Comment":"[^"]*"/g, '""')
        .replaceAll(/Row|Line/g, 'Item')
        .replace('"InputType":"CSV","CSVHeaderLocation":"FIRST_ROW"', '"InputType":"JSONL"');
    expect(bare('RescoreRows')).toBe(bare('RescoreLines'));
  });
});

test.each([
  [
    'a variable of the batch read in a child',
    'States/RescoreLines/ItemProcessor/States/RescoreLineBatch/Arguments/Payload/batch',
    '{% $batch %}',
  ],
  ['a variable that nothing assigns', 'States/RescoreRows/ItemBatcher/BatchInput/batchId', '{% $batches.batchId %}'],
])('Seeded, %s is found', (_, path, value) => {
  expect(checkVariables(seeded(path, value))).toHaveLength(1);
});

describe('The input of a batch', () => {
  const taken = async (input: unknown): Promise<unknown> =>
    jsonata(inner(batch.States['CheckBatch']!.Choices![0]!.Condition!)).evaluate({}, { states: { input } });
  const least = { batchId: 'portfolio-2026-11', key: 'input/portfolio.jsonl', format: 'JSONL' };

  test.each([
    {},
    { champion: null, candidate: 'personal-loan@1.0.0', toleratedFailurePercentage: 0, maxConcurrency: 1 },
    { toleratedFailurePercentage: 100, maxConcurrency: 1000, format: 'CSV' },
  ])('is taken with %j', async (more) => expect(await taken({ ...least, ...more })).toBe(true));

  test.each([
    { batchId: '../others' },
    { batchId: '.' },
    { key: 'results/portfolio.jsonl' },
    { format: 'XML' },
    { candidate: 7 },
    { toleratedFailurePercentage: 100.1 },
    { toleratedFailurePercentage: '5' },
    { maxConcurrency: 0 },
    { maxConcurrency: 1001 },
    { applicant: { name: 'A' } },
  ])('is refused with %j', async (more) => expect(await taken({ ...least, ...more })).toBe(false));
});
