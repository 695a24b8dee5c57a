import { clock, evidenceLocks, ledger, workStore, lending } from '../adapters/compose/aws.ts';
import { contract, requestForgetting } from '../app/retention/request-forgetting.ts';
import { entry } from './entry.ts';

export const handler = entry('RequestForgetting', contract, requestForgetting, {
  ledger,
  workStore,
  evidenceLocks,
  clock,
  lending,
});
