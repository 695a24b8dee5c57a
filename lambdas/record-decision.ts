import { decisionCore, ledger, evidence, workStore, events } from '../adapters/compose/aws.ts';
import { recordDecision } from '../app/workflow/record-decision.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler(
  'RecordDecision',
  recordDecision({ ledger: ledger(), evidence: evidence(), workStore: workStore(), events: events(), decisionCore }),
);
