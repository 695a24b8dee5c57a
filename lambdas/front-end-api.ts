import { callable, changes, clock, evidence, ledger } from '../adapters/compose/aws.ts';
import { frontEndApi } from '../http/front-end-api.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler(
  'FrontEndApi',
  frontEndApi({ changes, clock: clock(), evidence: evidence(), functions: callable(), ledger: ledger() }),
);
