import { decisionCore, events, evidence, ledger, workStore, lending } from '../adapters/compose/aws.ts';
import { contract, recordDecision } from '../app/workflow/record-decision.ts';
import { entry } from './entry.ts';

export const handler = entry('RecordDecision', contract, recordDecision, {
  ledger,
  evidence,
  workStore,
  events,
  decisionCore,
  lending,
});
