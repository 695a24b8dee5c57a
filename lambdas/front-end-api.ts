import { changes, clock, evidence, functions, ledger, lending } from '../adapters/compose/aws.ts';
import { contract, frontEndApi } from '../http/front-end-api.ts';
import { entry } from './entry.ts';

export const handler = entry('FrontEndApi', contract, frontEndApi, {
  changes,
  clock,
  evidence,
  functions,
  ledger,
  lending,
});
