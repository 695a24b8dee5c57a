import { decisionCore, evidence, ledger, lending, workStore } from '../adapters/compose/aws.ts';
import { contract, applyPreBureauPolicy } from '../app/workflow/apply-pre-bureau-policy.ts';
import { entry } from './entry.ts';

export const handler = entry('ApplyPreBureauPolicy', contract, applyPreBureauPolicy, {
  ledger,
  evidence,
  workStore,
  decisionCore,
  lending,
});
