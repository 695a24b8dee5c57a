import { decisionCore, ledger, evidence, workStore } from '../adapters/compose/aws.ts';
import { applyPolicy } from '../app/workflow/apply-policy.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler(
  'ApplyPolicy',
  applyPolicy({ ledger: ledger(), evidence: evidence(), workStore: workStore(), decisionCore }),
);
