import { batchFiles, batchScorer } from '../adapters/compose/aws.ts';
import { rescoreBatch } from '../app/batch/rescore-batch.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler('RescoreBatch', rescoreBatch({ batchFiles: batchFiles(), scorer: batchScorer }));
