import { callable, clock, evidence, ledger, workStore } from '../adapters/compose/aws.ts';
import { staffApi } from '../http/staff-api.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler(
  'StaffApi',
  staffApi({ clock: clock(), evidence: evidence(), functions: callable(), ledger: ledger(), workStore: workStore() }),
);
