import { clock, evidenceLocks, ledger, workStore } from '../adapters/compose/aws.ts';
import { lambdaHandler } from './handler.ts';
import { requestForgetting } from '../app/retention/request-forgetting.ts';

export const handler = lambdaHandler(
  'RequestForgetting',
  requestForgetting({ ledger: ledger(), workStore: workStore(), evidenceLocks: evidenceLocks(), clock: clock() }),
);
