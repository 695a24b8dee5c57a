import { clock, events, evidence, functions, identities, ledger, workStore, lending } from '../adapters/compose/aws.ts';
import { contract, withdrawApplication } from '../app/withdrawal/withdraw-application.ts';
import { entry } from './entry.ts';

export const handler = entry('WithdrawApplication', contract, withdrawApplication, {
  clock,
  events,
  evidence,
  functions,
  identities,
  ledger,
  workStore,
  lending,
});
