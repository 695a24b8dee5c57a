import { decisionCore, ledger, evidence, workStore } from '../adapters/compose/aws.ts';
import { applyPreBureauPolicy } from '../app/workflow/apply-pre-bureau-policy.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler(
  'ApplyPreBureauPolicy',
  applyPreBureauPolicy({ ledger: ledger(), evidence: evidence(), workStore: workStore(), decisionCore }),
);
