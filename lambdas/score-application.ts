import { decisionCore, ledger, evidence, scorer } from '../adapters/compose/aws.ts';
import { scoreApplication } from '../app/workflow/score-application.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler(
  'ScoreApplication',
  scoreApplication({ ledger: ledger(), evidence: evidence(), scorer, decisionCore }),
);
