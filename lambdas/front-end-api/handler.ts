import { callable, clock, evidence, ledger, pause } from '../../adapters/compose/aws.ts';
import { lambdaHandler } from '../handler.ts';
import { frontEndApi } from './front-end-api.ts';

export const handler = lambdaHandler(
  'FrontEndApi',
  frontEndApi({ clock: clock(), evidence: evidence(), functions: callable(), ledger: ledger(), pause }),
);
