/**
 * Replays decisions in a process that may read the program and nothing else: it is given cores, models and frozen decisions,
 * one order a line, and answers each with a line. Started by cli/replay-process.ts.
 */
import { createInterface } from 'node:readline';

import { loadCore, openModel } from '../adapters/compose/replay.ts';
import type { DecisionCore, ReplayModel } from '../domain/decision/replay.ts';
import type { ReplayAnswer, ReplayOrder } from './replay-process.ts';

const cores = new Map<string, DecisionCore>();
const models = new Map<string, ReplayModel>();
const bytes = (base64: string): Uint8Array => Buffer.from(base64, 'base64');

async function carryOut(order: ReplayOrder): Promise<ReplayAnswer> {
  switch (order.order) {
    case 'CORE':
      cores.set(order.digest, await loadCore(order.digest, bytes(order.module)));
      return {};
    case 'MODEL':
      models.set(order.digest, await openModel(order.digest, bytes(order.manifest), bytes(order.model)));
      return {};
    case 'REPLAY': {
      const core = cores.get(order.core);
      if (!core) throw new TypeError(`The decision core ${order.core} was not given.`);
      return { differences: await core.replay(order.decisions, (digest) => models.get(digest)) };
    }
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line) as ReplayOrder;
  const answer = await carryOut(order).catch((error: Error): ReplayAnswer => ({ failed: error.message }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
