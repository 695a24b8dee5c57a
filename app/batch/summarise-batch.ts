import * as z from 'zod';

import type { Files } from '../../adapters/ports.ts';
import { failedItems, sumOf, tally, type Tally } from '../../domain/rescoring/tally.ts';
import { batch, type Contract, type UseCase } from '../contracts.ts';

export const contract = {
  /** `manifestKey`: where the map run says which files its results are in. */
  input: z.strictObject({ batch, manifestKey: z.string() }),
  output: z.strictObject({ summary: z.string(), items: z.int().nonnegative(), failed: z.int().nonnegative() }),
} as const satisfies Contract;

/** A file that the map run must have written is not there. */
export class BatchResultsMissing extends Error {
  override readonly name = 'BatchResultsMissing';
}

const resultFiles = z.array(z.looseObject({ Key: z.string() }));
const manifest = z.looseObject({ ResultFiles: z.looseObject({ FAILED: resultFiles, SUCCEEDED: resultFiles }) });
const succeeded = tally.extend({ part: z.string() });
const failed = z.looseObject({ Input: z.string(), Error: z.string().default('Unknown') });
const part = z.looseObject({ Items: z.array(z.unknown()) });

/** Adds up the parts of a batch, those that failed whole included, and writes the one summary. */
export function summariseBatch({ batchFiles }: { readonly batchFiles: Files }): UseCase<typeof contract> {
  return async ({ batch, manifestKey }) => {
    const read = async (key: string): Promise<string> => {
      const bytes = await batchFiles.read(key);
      if (!bytes) throw new BatchResultsMissing(`There is no file ${key} among the results of ${batch.batchId}.`);
      return Buffer.from(bytes).toString('utf8');
    };
    const linesOf = async (files: z.infer<typeof resultFiles>): Promise<unknown[]> => {
      const texts = await Promise.all(files.map(({ Key }) => read(Key)));
      return texts
        .flatMap((text) => text.split('\n'))
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as unknown);
    };
    const { ResultFiles } = manifest.parse(JSON.parse(await read(manifestKey)));
    const parts = succeeded.array().parse(await linesOf(ResultFiles.SUCCEEDED));
    const lost = failed.array().parse(await linesOf(ResultFiles.FAILED));
    const total = sumOf([
      ...parts,
      ...lost.map((one): Tally => {
        const items = part.parse(JSON.parse(one.Input)).Items.length;
        return { items, failures: { [one.Error]: items }, champion: {}, candidate: {}, matrix: {} };
      }),
    ]);
    const summary = `results/${batch.batchId}/summary.json`;
    const { batchId, format, champion, candidate } = batch;
    const described = {
      schemaVersion: 1,
      batchId,
      format,
      policies: { champion, candidate },
      ...total,
      parts: parts.map((each) => each.part),
    };
    await batchFiles.write(summary, Buffer.from(JSON.stringify(described, null, 2)));
    return { summary, items: total.items, failed: failedItems(total) };
  };
}
