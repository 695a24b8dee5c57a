import { ledger, evidence } from '../adapters/compose/aws.ts';
import { lambdaHandler } from './handler.ts';
import { validateApplication } from '../app/workflow/validate-application.ts';

export const handler = lambdaHandler(
  'ValidateApplication',
  validateApplication({ ledger: ledger(), evidence: evidence() }),
);
