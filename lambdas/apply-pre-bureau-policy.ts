import { decisionCore, ledger, evidence, workStore } from '../adapters/compose/aws.ts';
import { lambdaHandler } from './handler.ts';
import { applyPreBureauPolicy } from '../app/workflow/apply-pre-bureau-policy.ts';

export const handler = lambdaHandler(
  'ApplyPreBureauPolicy',
  applyPreBureauPolicy({ ledger: ledger(), evidence: evidence(), workStore: workStore(), decisionCore }),
);
