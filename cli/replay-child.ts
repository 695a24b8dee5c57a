/**
 * Replays decisions in a process that may read the program and nothing else: one frozen decision a line in, its differences
 * a line out. Started by cli/replay.ts.
 */
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { loadArchive } from '../adapters/compose/replay.ts';
import { replay, type FrozenDecision } from '../domain/decision/replay.ts';

const archive = await loadArchive(join(import.meta.dirname, '..'));
for await (const line of createInterface({ input: process.stdin })) {
  const differences = await replay(JSON.parse(line) as FrozenDecision, archive);
  process.stdout.write(`${JSON.stringify(differences)}\n`);
}
