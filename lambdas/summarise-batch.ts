import { batchFiles } from '../adapters/compose/aws.ts';
import { summariseBatch } from '../app/batch/summarise-batch.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler('SummariseBatch', summariseBatch({ batchFiles: batchFiles() }));
