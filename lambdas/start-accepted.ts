import { clock, events, ledger, lending, workStore, workflows } from '../adapters/compose/aws.ts';
import { contract, startAccepted } from '../app/intake/start-accepted.ts';
import { entry } from './entry.ts';

export const handler = entry('StartAccepted', contract, startAccepted, {
  ledger,
  workStore,
  workflows,
  events,
  clock,
  lending,
});
