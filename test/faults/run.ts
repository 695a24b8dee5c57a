/**
 * The fault suite: `npm run faults -- --runs 5000 --kills 500 --full-disks 500 --clocks 2000 --projections 10000 --seed 7`.
 * It damages files, kills processes, fills disks, moves clocks, and changes rows of every table and column of a data folder
 * that has every kind of record. Prints the counts and each change that was not found. Ends with 1 when there is one.
 * `--every N` judges one round of changes in N in depth: by the derivation, and by what a reconciliation leaves.
 */
import { parseArgs } from 'node:util';

import { randomFrom } from '../crash/random.ts';
import type { Fault } from './fault.ts';
import { faults, isWrong, tally } from './faults.ts';
import { changes, isUnnoticed, tallyChanges, type Change } from './projections.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5000' },
    kills: { type: 'string', default: '500' },
    'full-disks': { type: 'string', default: '500' },
    clocks: { type: 'string', default: '2000' },
    projections: { type: 'string', default: '10000' },
    every: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});
const [runs, kills, fullDisks, clocks, projections, every, seed] = [
  values.runs,
  values.kills,
  values['full-disks'],
  values.clocks,
  values.projections,
  values.every,
  values.seed,
].map(Number) as [number, number, number, number, number, number, number];

const wrong = (await damageFiles()) + (projections > 0 ? await changeRows() : 0);
process.exitCode = wrong === 0 ? 0 : 1;

async function damageFiles(): Promise<number> {
  const done: Fault[] = [];
  for await (const fault of faults({ runs, kills, fullDisks, clocks, random: randomFrom(seed) })) {
    done.push(fault);
    if (isWrong(fault)) console.log(`${fault.verdict}: ${fault.kind}, ${fault.place}`);
    if (done.length % 500 === 0) console.error(`${done.length} of ${runs + kills + fullDisks + clocks}`);
  }
  console.log([`${done.length} faults, seed ${seed}:`, ...tally(done)].join('\n'));
  const wrong = done.filter(isWrong).length;
  console.log(wrong === 0 ? 'No change undetected, no acknowledged event lost.' : `${wrong} undetected or lost.`);
  return wrong;
}

async function changeRows(): Promise<number> {
  const done: Change[] = [];
  for await (const change of changes({ runs: projections, every, random: randomFrom(seed) })) {
    done.push(change);
    const { table, column, operation, verdict, place, found, left = [] } = change;
    if (isUnnoticed(change)) {
      const why = left.length > 0 ? `left after reconcile: ${left.join(', ')}` : found.join(', ');
      console.log(`${verdict}: ${operation} ${table}.${column}, ${why}\n    ${place}`);
    }
    if (done.length % 500 === 0) console.error(`${done.length} of ${projections}`);
  }
  console.log([`${done.length} changes of rows, seed ${seed}:`, ...tallyChanges(done)].join('\n'));
  const wrong = done.filter(isUnnoticed).length;
  console.log(
    wrong === 0 ? 'No change undetected, and every derived row was rebuilt.' : `${wrong} undetected or not rebuilt.`,
  );
  return wrong;
}
