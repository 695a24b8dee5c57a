import { clock, ledger, lending, models, workStore } from '../adapters/compose/aws.ts';
import { contract, governPolicy } from '../app/governance/govern-policy.ts';
import { entry } from './entry.ts';

export const handler = entry('GovernPolicy', contract, governPolicy, {
  ledger,
  workStore,
  models,
  clock,
  lending,
});
