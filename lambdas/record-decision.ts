import { decisionCore, ledger, evidence, workStore, events } from '../adapters/compose/aws.ts';
import { lambdaHandler } from './handler.ts';
import { recordDecision } from '../app/workflow/record-decision.ts';

export const handler = lambdaHandler(
  'RecordDecision',
  recordDecision({ ledger: ledger(), evidence: evidence(), workStore: workStore(), events: events(), decisionCore }),
);
