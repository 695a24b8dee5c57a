import { batchFiles } from '../adapters/compose/aws.ts';
import { lambdaHandler } from './handler.ts';
import { summariseBatch } from '../app/batch/summarise-batch.ts';

export const handler = lambdaHandler('SummariseBatch', summariseBatch({ batchFiles: batchFiles() }));
