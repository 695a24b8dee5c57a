import { clock, evidenceLocks, ledger, workStore, lending } from '../adapters/compose/aws.ts';
import { contract, setLegalHold } from '../app/retention/set-legal-hold.ts';
import { entry } from './entry.ts';

export const handler = entry('SetLegalHold', contract, setLegalHold, {
  ledger,
  workStore,
  evidenceLocks,
  clock,
  lending,
});
