import { beforeAll, describe, expect, test } from '@jest/globals';

import { randomFrom } from '../crash/random.ts';
import { faults, isWrong, tally, type Fault } from './faults.ts';

const seed = Number(process.env['UNDERWRIGHT_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = { runs: 240, kills: 6, fullDisks: 10, clocks: 60 };

describe('Faults of disks and processes', () => {
  const done: Fault[] = [];
  beforeAll(async () => {
    for await (const fault of faults({ ...RUNS, random: randomFrom(seed) })) done.push(fault);
    process.stdout.write(`${[`Faults, UNDERWRIGHT_SEED=${seed}`, ...tally(done)].join('\n')}\n`);
  }, 300_000);

  test('change nothing that was acknowledged without being found, and lose nothing', () => {
    expect(done.filter(isWrong)).toEqual([]);
  });

  test('are of every kind, some found, some refused, and some of no consequence', () => {
    expect(done).toHaveLength(1 + RUNS.runs + RUNS.kills + RUNS.fullDisks + RUNS.clocks);
    expect(done[0]).toMatchObject({ kind: 'no damage', verdict: 'INTACT' });
    for (const verdict of ['INTACT', 'REFUSED', 'FOUND']) expect(done.map((each) => each.verdict)).toContain(verdict);
    const harmed = done.filter(({ kind, verdict }) => kind === 'bit flipped in evidence' && verdict === 'INTACT');
    expect(harmed).toEqual([]);
  });
});
