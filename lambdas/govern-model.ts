import { clock, events, ledger, lending, modelRuntime, models, workStore } from '../adapters/compose/aws.ts';
import { contract, governModel } from '../app/models/govern-model.ts';
import { entry } from './entry.ts';

export const handler = entry('GovernModel', contract, governModel, {
  ledger,
  workStore,
  models,
  modelRuntime,
  events,
  clock,
  lending,
});
