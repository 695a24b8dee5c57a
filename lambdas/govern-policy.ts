import { clock, ledger, workStore } from '../adapters/compose/aws.ts';
import { governPolicy } from '../app/governance/govern-policy.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler(
  'GovernPolicy',
  governPolicy({ ledger: ledger(), workStore: workStore(), clock: clock() }),
);
