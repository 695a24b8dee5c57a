/**
 * The fault suite over as many runs as asked for: `npm run faults -- --runs 5000 --kills 500 --full-disks 500 --seed 7`.
 * Prints the counts, and each change that nobody found; ends with 1 when there is one.
 */
import { parseArgs } from 'node:util';

import { randomFrom } from '../crash/random.ts';
import { faults, isWrong, tally, type Fault } from './faults.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5000' },
    kills: { type: 'string', default: '500' },
    'full-disks': { type: 'string', default: '500' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});
const [runs, kills, fullDisks, seed] = [values.runs, values.kills, values['full-disks'], values.seed].map(Number) as [
  number,
  number,
  number,
  number,
];
const done: Fault[] = [];
for await (const fault of faults({ runs, kills, fullDisks, random: randomFrom(seed) })) {
  done.push(fault);
  if (isWrong(fault)) console.log(`${fault.verdict}: ${fault.kind}, ${fault.place}`);
  if (done.length % 500 === 0) console.error(`${done.length} of ${runs + kills + fullDisks}`);
}
console.log([`${done.length} faults, seed ${seed}:`, ...tally(done)].join('\n'));
const wrong = done.filter(isWrong).length;
console.log(wrong === 0 ? 'No change undetected, no acknowledged event lost.' : `${wrong} undetected or lost.`);
process.exitCode = wrong === 0 ? 0 : 1;
