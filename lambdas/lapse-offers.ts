import { clock, events, evidence, ledger, workStore, workflows, lending } from '../adapters/compose/aws.ts';
import { contract, lapseOffers } from '../app/offers/lapse-offers.ts';
import { entry } from './entry.ts';

export const handler = entry('LapseOffers', contract, lapseOffers, {
  ledger,
  evidence,
  workStore,
  events,
  workflows,
  clock,
  lending,
});
