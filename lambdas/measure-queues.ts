import { clock, measure, workStore } from '../adapters/compose/aws.ts';
import { measureQueues } from '../app/operations/measure-queues.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler(
  'MeasureQueues',
  measureQueues({ workStore: workStore(), clock: clock(), measure: measure() }),
);
