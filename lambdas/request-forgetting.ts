import { clock, evidenceLocks, ledger, workStore } from '../adapters/compose/aws.ts';
import { contract, requestForgetting } from '../app/retention/request-forgetting.ts';
import { entry } from './entry.ts';

export const handler = entry('RequestForgetting', contract, requestForgetting, {
  ledger,
  workStore,
  evidenceLocks,
  clock,
});
