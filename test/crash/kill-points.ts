import { writeSync } from 'node:fs';

import type { Orders, Phase, Saying } from './phases.ts';

export const orders = JSON.parse(process.argv[2] ?? '') as Orders;

/** Written through before it returns: a process that is about to be killed has no later. */
export function say(saying: Saying): void {
  writeSync(1, `${JSON.stringify(saying)}\n`);
}

let reached = 0;

export function reach(phase: Phase): void {
  if (phase !== orders.kill?.phase) return;
  reached += 1;
  if (reached < orders.kill.nth) return;
  say({ killedAt: phase });
  process.kill(process.pid, 'SIGKILL');
}
