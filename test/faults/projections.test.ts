import { beforeAll, describe, expect, test } from '@jest/globals';

import { randomFrom } from '../crash/random.ts';
import { scaled } from '../support/scale.ts';
import { changes, tallyChanges, type Change } from './projections.ts';

const seed = Number(process.env['UNDERWRIGHT_SEED']);
const RUNS = scaled(10_000);

describe('Changes of rows of every table', () => {
  const done: Change[] = [];
  beforeAll(
    async () => {
      for await (const change of changes({ runs: RUNS, every: 10, random: randomFrom(seed) })) done.push(change);
      process.stdout.write(`${[`Changes of rows, UNDERWRIGHT_SEED=${seed}`, ...tallyChanges(done)].join('\n')}\n`);
      // A change takes up to 0.6 s.
    },
    Math.max(600_000, RUNS * 600),
  );

  test('alter no answer, event or date without a named fault', () => {
    expect(done.filter(({ verdict }) => verdict === 'UNDETECTED')).toEqual([]);
  });

  test('end verification never with an error that names nothing', () => {
    expect(done.filter(({ verdict }) => verdict === 'CRASHED')).toEqual([]);
  });

  test('of work items and events are set right by a reconciliation', () => {
    expect(done.filter(({ left = [] }) => left.length > 0)).toEqual([]);
  });

  test('are of every table', () => {
    expect(done).toHaveLength(RUNS);
    expect(new Set(done.map(({ table }) => table)).size).toBeGreaterThan(10);
  });
});
