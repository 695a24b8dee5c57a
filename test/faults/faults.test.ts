import { beforeAll, describe, expect, test } from '@jest/globals';

import { randomFrom } from '../crash/random.ts';
import { SCALE, scaled } from '../support/scale.ts';
import type { Fault } from './fault.ts';
import { faults, isWrong, tally } from './faults.ts';

const seed = Number(process.env['UNDERWRIGHT_SEED']);
const RUNS = { runs: scaled(5_000), kills: scaled(500), fullDisks: scaled(500), clocks: scaled(2_000) };

describe('Faults of disks and processes', () => {
  const done: Fault[] = [];
  beforeAll(
    async () => {
      for await (const fault of faults({ ...RUNS, random: randomFrom(seed) })) done.push(fault);
      process.stdout.write(`${[`Faults, UNDERWRIGHT_SEED=${seed}`, ...tally(done)].join('\n')}\n`);
      // A fault takes up to 0.3 s.
    },
    Math.max(300_000, RUNS.runs * 300 * 2),
  );

  test('change nothing that was acknowledged without being found, and lose nothing', () => {
    expect(done.filter(isWrong)).toEqual([]);
  });

  test('are of every kind, some found, some refused, and some of no consequence', () => {
    expect(done).toHaveLength(1 + RUNS.runs + RUNS.kills + RUNS.fullDisks + RUNS.clocks);
    expect(done[0]).toMatchObject({ kind: 'no damage', verdict: 'INTACT' });
    // A few dozen faults need not include one that is refused.
    const verdicts = SCALE < 0.1 ? ['INTACT', 'FOUND'] : ['INTACT', 'REFUSED', 'FOUND'];
    for (const verdict of verdicts) expect(done.map((each) => each.verdict)).toContain(verdict);
    const harmed = done.filter(({ kind, verdict }) => kind === 'bit flipped in evidence' && verdict === 'INTACT');
    expect(harmed).toEqual([]);
  });
});
