import { clock, events, evidence, ledger, lending, workflows, workStore } from '../adapters/compose/aws.ts';
import { clearCondition, contract } from '../app/offers/clear-condition.ts';
import { entry } from './entry.ts';

export const handler = entry('ClearCondition', contract, clearCondition, {
  ledger,
  evidence,
  workStore,
  events,
  workflows,
  clock,
  lending,
});
