import { clock, events, evidence, ledger, workStore } from '../adapters/compose/aws.ts';
import { lambdaHandler } from './handler.ts';
import { acceptOffer } from '../app/offers/accept-offer.ts';

export const handler = lambdaHandler(
  'AcceptOffer',
  acceptOffer({ ledger: ledger(), evidence: evidence(), workStore: workStore(), events: events(), clock: clock() }),
);
