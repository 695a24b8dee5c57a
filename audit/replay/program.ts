import { join } from 'node:path';

const RELEASE = join(import.meta.dirname, '..', '..');

/** The program of the replay process. */
export const REPLAY_PROGRAM = join(import.meta.dirname, 'child.ts');

/** What the replay process reads: the program and its packages, and no data. */
export function replayReads(): string[] {
  return ['package.json', 'adapters', 'audit', 'domain', 'packages', 'node_modules'].map((path) => join(RELEASE, path));
}
