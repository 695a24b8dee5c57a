import {
  clock,
  events,
  evidence,
  ledger,
  workStore,
  lending,
  identities,
  screeningList,
} from '../adapters/compose/aws.ts';
import { contract, acceptOffer } from '../app/offers/accept-offer.ts';
import { entry } from './entry.ts';

export const handler = entry('AcceptOffer', contract, acceptOffer, {
  ledger,
  evidence,
  workStore,
  events,
  clock,
  lending,
  identities,
  screeningList,
});
