import { clock, events, evidence, ledger, workStore } from '../adapters/compose/aws.ts';
import { lapseOffers } from '../app/offers/lapse-offers.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler(
  'LapseOffers',
  lapseOffers({ ledger: ledger(), evidence: evidence(), workStore: workStore(), events: events(), clock: clock() }),
);
