import { ledger, workStore, events } from '../adapters/compose/aws.ts';
import { awaitReview } from '../app/workflow/await-review.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler(
  'AwaitReview',
  awaitReview({ ledger: ledger(), workStore: workStore(), events: events() }),
);
