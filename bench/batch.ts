/**
 * A file of applications decided anew, by the state machine that does it on AWS: lines read, batched, scored, decided under
 * one policy with prices, and written, durably, in one process.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { syntheticItems } from '../cli/policy/synthetic.ts';
import { BATCH_MACHINE_ARN, openUnderwriting } from '../local/underwriting-process.ts';
import type { Measurement } from './support.ts';

const ITEMS = 20_000;

export const packages = ['onnxruntime-node', 'jsonata', 'csv-parse'];

export default async function batch(): Promise<Measurement> {
  const folder = mkdtempSync(join(tmpdir(), 'underwright-batch-'));
  const running = await openUnderwriting({ folder });
  try {
    const { batchFiles } = running.embedded;
    const lines = [...syntheticItems('personal-loan', ITEMS, 1)].map((item) => `${JSON.stringify(item)}\n`);
    await batchFiles.write('input/bench.jsonl', Buffer.from(lines.join('')));
    const run = async (): Promise<number> => {
      const input = JSON.stringify({ batchId: 'bench', key: 'input/bench.jsonl', format: 'JSONL' });
      const start = performance.now();
      const { executionArn } = await running.engine.startExecution({ stateMachineArn: BATCH_MACHINE_ARN, input });
      await running.engine.drain();
      const { status } = await running.engine.describeExecution({ executionArn });
      if (status !== 'SUCCEEDED') throw new Error(`The batch ended as ${status}.`);
      return (performance.now() - start) / 1000;
    };
    const first = await run();
    const again = await run();
    return {
      figures: {
        items: ITEMS,
        items_per_second: Math.round(ITEMS / first),
        seconds: Number(first.toFixed(2)),
        seconds_of_a_second_run: Number(again.toFixed(2)),
        peak_resident_mib: Math.round(process.resourceUsage().maxRSS / 1_024),
      },
      peers: {},
    };
  } finally {
    await running.close();
    rmSync(folder, { recursive: true });
  }
}
