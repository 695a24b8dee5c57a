import { ledger, workStore, events } from '../adapters/compose/aws.ts';
import { lambdaHandler } from './handler.ts';
import { awaitReview } from '../app/workflow/await-review.ts';

export const handler = lambdaHandler(
  'AwaitReview',
  awaitReview({ ledger: ledger(), workStore: workStore(), events: events() }),
);
