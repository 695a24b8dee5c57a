import { evidence, ledger } from '../adapters/compose/aws.ts';
import { contract, validateApplication } from '../app/workflow/validate-application.ts';
import { entry } from './entry.ts';

export const handler = entry('ValidateApplication', contract, validateApplication, { ledger, evidence });
