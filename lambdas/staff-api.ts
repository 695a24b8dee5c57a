import { clock, evidence, functions, ledger, lending, workStore } from '../adapters/compose/aws.ts';
import { contract, staffApi } from '../http/staff-api.ts';
import { entry } from './entry.ts';

export const handler = entry('StaffApi', contract, staffApi, {
  clock,
  evidence,
  functions,
  ledger,
  workStore,
  lending,
});
