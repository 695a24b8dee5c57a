import { decisionCore, evidence, ledger, lending, workStore } from '../adapters/compose/aws.ts';
import { contract, applyPolicy } from '../app/workflow/apply-policy.ts';
import { entry } from './entry.ts';

export const handler = entry('ApplyPolicy', contract, applyPolicy, {
  ledger,
  evidence,
  workStore,
  decisionCore,
  lending,
});
