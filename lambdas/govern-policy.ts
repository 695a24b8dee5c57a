import { clock, ledger, workStore } from '../adapters/compose/aws.ts';
import { lambdaHandler } from './handler.ts';
import { governPolicy } from '../app/governance/govern-policy.ts';

export const handler = lambdaHandler(
  'GovernPolicy',
  governPolicy({ ledger: ledger(), workStore: workStore(), clock: clock() }),
);
