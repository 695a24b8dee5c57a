import { clock, events, evidence, ledger, workStore, workflows, lending } from '../adapters/compose/aws.ts';
import { contract, amendApplication } from '../app/reopening/amend-application.ts';
import { entry } from './entry.ts';

export const handler = entry('AmendApplication', contract, amendApplication, {
  clock,
  events,
  evidence,
  ledger,
  workStore,
  workflows,
  lending,
});
