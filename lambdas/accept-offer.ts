import { clock, events, evidence, ledger, workStore } from '../adapters/compose/aws.ts';
import { acceptOffer } from '../app/offers/accept-offer.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler(
  'AcceptOffer',
  acceptOffer({ ledger: ledger(), evidence: evidence(), workStore: workStore(), events: events(), clock: clock() }),
);
