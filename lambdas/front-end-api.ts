import { callable, changes, clock, evidence, ledger } from '../adapters/compose/aws.ts';
import { lambdaHandler } from './handler.ts';
import { frontEndApi } from '../http/front-end-api.ts';

export const handler = lambdaHandler(
  'FrontEndApi',
  frontEndApi({ changes, clock: clock(), evidence: evidence(), functions: callable(), ledger: ledger() }),
);
