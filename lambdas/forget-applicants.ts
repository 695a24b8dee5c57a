import {
  clock,
  events,
  evidenceLocks,
  identities,
  ledger,
  printQueue,
  vault,
  workStore,
  lending,
} from '../adapters/compose/aws.ts';
import { contract, forgetApplicants } from '../app/retention/forget-applicants.ts';
import { entry } from './entry.ts';

export const handler = entry('ForgetApplicants', contract, forgetApplicants, {
  ledger,
  vault,
  identities,
  workStore,
  evidenceLocks,
  events,
  printQueue,
  clock,
  lending,
});
