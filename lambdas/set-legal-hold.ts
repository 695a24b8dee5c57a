import { clock, evidenceLocks, ledger, workStore } from '../adapters/compose/aws.ts';
import { setLegalHold } from '../app/retention/set-legal-hold.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler(
  'SetLegalHold',
  setLegalHold({ ledger: ledger(), workStore: workStore(), evidenceLocks: evidenceLocks(), clock: clock() }),
);
