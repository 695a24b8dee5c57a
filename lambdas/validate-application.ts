import { ledger, evidence } from '../adapters/compose/aws.ts';
import { validateApplication } from '../app/workflow/validate-application.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler(
  'ValidateApplication',
  validateApplication({ ledger: ledger(), evidence: evidence() }),
);
