import { clock, measure, workStore } from '../adapters/compose/aws.ts';
import { contract, measureQueues } from '../app/operations/measure-queues.ts';
import { entry } from './entry.ts';

export const handler = entry('MeasureQueues', contract, measureQueues, { workStore, clock, measure });
