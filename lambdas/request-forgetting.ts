import { clock, evidenceLocks, ledger, workStore } from '../adapters/compose/aws.ts';
import { requestForgetting } from '../app/retention/request-forgetting.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler(
  'RequestForgetting',
  requestForgetting({ ledger: ledger(), workStore: workStore(), evidenceLocks: evidenceLocks(), clock: clock() }),
);
