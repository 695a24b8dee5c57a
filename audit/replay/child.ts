/**
 * Replays decisions in a process that may read the program and nothing else: it is given cores, models and frozen decisions,
 * one order a line, and answers each with a line. Started by audit/replay/process.ts.
 */
import { createInterface } from 'node:readline';

import { CoreFailed, CoreStopped, loadedCores, openModel } from '../../adapters/compose/replay.ts';
import { NativeLibraryUnavailable } from '../../adapters/onnx/session.ts';
import { AnswerUnusable, replay, type ReplayModel } from '../../domain/decision/replay.ts';
import type { ReplayAnswer, ReplayOrder } from './process.ts';

const cores = loadedCores();
const models = new Map<string, ReplayModel>();
const bytes = (base64: string): Uint8Array => Buffer.from(base64, 'base64');

async function carryOut(order: ReplayOrder): Promise<ReplayAnswer> {
  switch (order.order) {
    case 'CORE':
      await cores.load(order.digest, bytes(order.module), order.limits);
      return {};
    case 'MODEL':
      models.set(order.digest, await openModel(order.digest, bytes(order.manifest), bytes(order.model)));
      return {};
    case 'REPLAY': {
      const model = (digest: string) => models.get(digest);
      return { differences: await cores.use(order.core, (core) => replay(order.decisions, { core, model })) };
    }
  }
}

function failed(error: Error): ReplayAnswer {
  const { message } = error;
  if (error instanceof NativeLibraryUnavailable) return { failed: message, library: true };
  if (error instanceof CoreStopped) return { failed: message, core: 'STOPPED' };
  const ofCore = error instanceof CoreFailed || error instanceof AnswerUnusable;
  return { failed: message, ...(ofCore && { core: 'FAILED' as const }) };
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await carryOut(JSON.parse(line) as ReplayOrder).catch(failed);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
