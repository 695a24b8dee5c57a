import { clock, events, evidence, ledger, workStore, workflows, lending } from '../adapters/compose/aws.ts';
import { contract, reopenApplication } from '../app/reopening/reopen-application.ts';
import { entry } from './entry.ts';

export const handler = entry('ReopenApplication', contract, reopenApplication, {
  ledger,
  evidence,
  workStore,
  events,
  workflows,
  clock,
  lending,
});
