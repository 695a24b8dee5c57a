import { events, ledger, workStore } from '../adapters/compose/aws.ts';
import { contract, awaitReview } from '../app/workflow/await-review.ts';
import { entry } from './entry.ts';

export const handler = entry('AwaitReview', contract, awaitReview, { ledger, workStore, events });
