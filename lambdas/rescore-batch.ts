import { batchFiles, batchModels, lending } from '../adapters/compose/aws.ts';
import { contract, rescoreBatch } from '../app/batch/rescore-batch.ts';
import { entry } from './entry.ts';

export const handler = entry('RescoreBatch', contract, rescoreBatch, { batchFiles, models: batchModels, lending });
