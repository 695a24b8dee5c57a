import { batchFiles } from '../adapters/compose/aws.ts';
import { contract, summariseBatch } from '../app/batch/summarise-batch.ts';
import { entry } from './entry.ts';

export const handler = entry('SummariseBatch', contract, summariseBatch, { batchFiles });
